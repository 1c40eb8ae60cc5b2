//! The encrypted database on this device's disk.

use std::{
    io,
    path::{Path, PathBuf},
};

use engine::{Store, StoreError};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use zeroize::Zeroizing;

use super::{files, vault::Key};

const FILE: &str = "miaopi.db";
/// What SQLite puts beside it. The journal first: without it nothing could be restored from the rest.
const WITH_IT: [&str; 4] = ["miaopi.db-journal", "miaopi.db-wal", "miaopi.db-shm", FILE];

/// Where it lies.
pub(crate) fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// Is there one? A folder that cannot be looked into is no answer.
///
/// # Errors
/// `storage_failed`.
pub(crate) fn is_there(folder: &Path) -> Result<bool, &'static str> {
    path(folder).try_exists().map_err(|_| "storage_failed")
}

/// Makes a database with this key.
///
/// # Errors
/// As [`open`].
pub(crate) fn create(folder: &Path, key: &Key) -> Result<Store, StoreError> {
    open_with(folder, key, OpenFlags::SQLITE_OPEN_CREATE)
}

/// Opens the database with this key.
///
/// # Errors
/// [`StoreError::Failed`] with a wrong key or a damaged file, which is left as it is; [`StoreError::Newer`];
/// [`StoreError::Full`].
pub(crate) fn open(folder: &Path, key: &Key) -> Result<Store, StoreError> {
    open_with(folder, key, OpenFlags::empty())
}

fn open_with(folder: &Path, key: &Key, further: OpenFlags) -> Result<Store, StoreError> {
    let conn = keyed(folder, key, further)?;
    // One connection: nobody else may open it, and the journal's file stays, only its head is wiped.
    // The lock is taken by the first write and then never given back; an empty one takes it at once. Apple's disks are told
    // apart from their caches by `fullfsync` only.
    conn.execute_batch(
        "PRAGMA fullfsync = ON; PRAGMA temp_store = MEMORY; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = PERSIST;
         BEGIN EXCLUSIVE; COMMIT;",
    )?;
    Store::open(conn)
}

/// A connection for looking alone, to a database that does not open otherwise: nothing is written by it but what a
/// transaction that was cut short has to give back.
///
/// # Errors
/// With a wrong key or a damaged file.
pub(crate) fn connect(folder: &Path, key: &Key) -> Result<Connection, rusqlite::Error> {
    let conn = keyed(folder, key, OpenFlags::empty())?;
    conn.execute_batch("PRAGMA temp_store = MEMORY; PRAGMA query_only = ON;")?;
    Ok(conn)
}

fn keyed(folder: &Path, key: &Key, further: OpenFlags) -> Result<Connection, rusqlite::Error> {
    let flags = further
        | OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_NOFOLLOW;
    let conn = Connection::open_with_flags(path(folder), flags)?;
    // As hexadecimal digits it is the key itself: nothing is derived again, the vault did that.
    let set = Zeroizing::new(format!("PRAGMA key = \"x'{}'\";", *Zeroizing::new(hex::encode(&key[..]))));
    conn.execute_batch(&set)?;
    // A SQLite without encryption would take the key, say nothing, and write in the clear.
    let _encrypts: String = conn.query_row("PRAGMA cipher_version", [], |row| row.get(0))?;
    Ok(conn)
}

/// The stable code of why an existing database does not open.
pub(crate) fn code(error: &StoreError) -> &'static str {
    let unreadable = |error: &rusqlite::Error| {
        matches!(error.sqlite_error_code(), Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt))
    };
    match error {
        StoreError::Failed(cause) if unreadable(cause) => "storage_unreadable",
        StoreError::Failed(cause) if cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => {
            "storage_in_use"
        }
        error => error.code(),
    }
}

/// Deletes it: its key is gone, or the device is somebody else's now.
///
/// # Errors
/// When a file cannot be removed.
pub(crate) fn delete(folder: &Path) -> io::Result<()> {
    WITH_IT.iter().try_for_each(|file| files::remove(&folder.join(file)))
}
