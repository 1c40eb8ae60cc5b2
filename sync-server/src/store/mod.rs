//! The embedded store: one durable group-committing writer, many readers, migrations; the object store.
//!
//! SQL is written beside the use case it serves; this folder only knows how a change becomes durable.

mod counts;
mod lock;
mod migrate;
mod objects;
mod readers;
mod writer;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::http::StatusCode;
use rusqlite::Connection;

pub(crate) use counts::{count, signed};
pub use lock::Folder;
#[cfg(test)]
pub(crate) use migrate::bring_up;
pub use objects::{ObjectKey, Objects};
pub use writer::WriterStats;

use crate::{
    audit::{self, ChainKey},
    problem::Problem,
};

/// Why the store could not do as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No room on the disk: nothing was stored.
    #[error("the disk is full")]
    Full,
    /// The store is closing or its writer failed: nothing was stored.
    #[error("the store is not available")]
    Unavailable,
    /// Too many changes wait: nothing was stored.
    #[error("too many changes are waiting")]
    Busy,
    /// Another process owns the data folder.
    #[error(
        "the data folder {0} is in use by another miaopi process; stop that one first or choose another --data"
    )]
    InUse(PathBuf),
    /// Written by a newer release.
    #[error(
        "the data was written by a newer release (schema {found}, this one knows {known}); start that release instead"
    )]
    Newer {
        /// Schema number found.
        found: i64,
        /// Newest schema number this release knows.
        known: i64,
    },
    /// The bundled SQLite is too old to be trusted (WAL reset corruption before 3.51.3).
    #[error("SQLite {0} is older than 3.51.3 and can corrupt its log; build with the bundled one")]
    OldSqlite(String),
    /// SQL went wrong.
    #[error(transparent)]
    Sql(rusqlite::Error),
    /// A file went wrong.
    #[error("a file in the data folder could not be used")]
    Io(#[from] std::io::Error),
    /// An object went wrong.
    #[error("a stored object could not be used")]
    Object(#[from] object_store::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{CannotOpen, DatabaseBusy, DatabaseLocked, DiskFull, SystemIoFailure};
        match error.sqlite_error_code() {
            Some(DiskFull) => Self::Full,
            Some(CannotOpen | DatabaseBusy | DatabaseLocked | SystemIoFailure) => {
                tracing::error!(%error, "the database cannot be used at the moment");
                Self::Unavailable
            }
            _ => Self::Sql(error),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Full => Problem::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "storage_full",
                "There is no room to store this at the moment. Nothing was recorded; try again in a few minutes.",
            )
            .retry_after(60),
            StoreError::Io(io) if is_full_kind(io) => StoreError::Full.into(),
            StoreError::Object(object) if is_full(object) => StoreError::Full.into(),
            StoreError::Io(io) => {
                tracing::error!(error = %io, "a file in the data folder cannot be used at the moment");
                StoreError::Unavailable.into()
            }
            StoreError::Busy => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "busy",
                "The system is busy. Nothing was recorded; try again in a few seconds.",
            )
            .retry_after(5),
            StoreError::Unavailable => Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "store_unavailable",
                "Nothing can be stored at the moment. Nothing was recorded; try again in a few seconds.",
            )
            .retry_after(5),
            _ => Problem::internal(&error),
        }
    }
}

impl From<rusqlite::Error> for Problem {
    fn from(error: rusqlite::Error) -> Self {
        StoreError::from(error).into()
    }
}

fn is_full(error: &object_store::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<std::io::Error>() {
            return is_full_kind(io);
        }
        cause = e.source();
    }
    false
}

fn is_full_kind(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

/// The data folder, owned by this process for as long as this value lives. Clones share it.
#[derive(Clone)]
pub struct Store {
    writer: writer::Writer,
    readers: readers::Readers,
    objects: Objects,
    folder: Arc<Folder>,
}

impl Store {
    /// Takes the folder for this process, brings the schema up to date and starts the writer. Without the audit
    /// chain's key: for whoever looks at the data or migrates it, and adds nothing to the chain.
    ///
    /// # Errors
    /// [`StoreError::InUse`] when another process has it; [`StoreError::Newer`] when a newer release wrote it.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_in(Folder::take(folder)?, (), |_| Ok(None))
    }

    /// Opens the store of a folder that was taken before. `prepare` sees the database before anything else happens in
    /// it, may refuse it, and answers with the key that seals audit rows. The writer holds `held` for as long as it
    /// runs.
    ///
    /// # Errors
    /// What `prepare` answers; [`StoreError::Newer`] when a newer release wrote the data.
    pub fn open_in<E: From<StoreError>>(
        folder: Folder,
        held: impl Send + 'static,
        prepare: impl FnOnce(&Connection) -> Result<Option<ChainKey>, E>,
    ) -> Result<Self, E> {
        let path = folder.path().to_owned();
        let file = path.join("miaopi.db");
        let connection = connect(&file)?;
        let key = prepare(&connection)?;
        audit::seal::carry(&connection, key)?;
        Ok(Self {
            readers: readers::Readers::new(file),
            writer: writer::Writer::start(connection, held)?,
            objects: Objects::open(&path.join("objects"))?,
            folder: Arc::new(folder),
        })
    }

    /// Runs `change` in the next commit and answers once that commit is on the disk.
    /// When `change` answers an error, nothing it did is kept.
    ///
    /// # Errors
    /// What `change` answers, or a [`StoreError`] when the commit failed.
    pub async fn write<T, E>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.writer.write(change).await
    }

    /// Runs `question` on a read-only connection, beside the writer.
    ///
    /// # Errors
    /// What `question` answers, or a [`StoreError`] when no connection could be had.
    pub async fn read<T, E>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        self.readers.read(question).await
    }

    /// Photos and documents.
    pub fn objects(&self) -> &Objects {
        &self.objects
    }

    /// The data folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Commits so far and changes they carried.
    pub fn stats(&self) -> WriterStats {
        self.writer.stats()
    }
}

fn connect(file: &Path) -> Result<Connection, StoreError> {
    require_sound_sqlite()?;
    let mut connection = Connection::open(file)?;
    prepare_writing(&connection)?;
    migrate::up(&mut connection)?;
    Ok(connection)
}

fn require_sound_sqlite() -> Result<(), StoreError> {
    if rusqlite::version_number() < 3_051_003 {
        return Err(StoreError::OldSqlite(rusqlite::version().to_owned()));
    }
    Ok(())
}

/// Pages of the log (4 KiB each) after which they are carried over into the database. Carrying over flushes twice and
/// copies each page once, however often it was written: with SQLite's own 1,000, a busy server does so every few commits.
const LOG_PAGES: u32 = 8_000;

fn prepare_writing(connection: &Connection) -> Result<(), StoreError> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", "ON")?;
    connection.pragma_update(None, "cache_size", -16_000)?;
    connection.pragma_update(None, "wal_autocheckpoint", LOG_PAGES)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    Ok(())
}

#[cfg(test)]
mod tests;
