//! The device's database: one file, encrypted as a whole by whoever opened the connection.
//!
//! Where to start: [`Store::open`]; [`Store::commit`] is the only way in for what sync decides; `rows.rs` is the list.

mod commit;
mod photos;
mod rows;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use commit::Incoming;
pub(crate) use rows::{ListRow, Listed};

/// The version of the tables that this program writes.
const SCHEMA: i64 = 1;

const TABLES: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  id       BLOB PRIMARY KEY,
  scope    BLOB NOT NULL,
  begun_at INTEGER NOT NULL                -- milliseconds
) WITHOUT ROWID;
CREATE TABLE changes (                     -- every document's changes, in the order in which they came
  number   INTEGER PRIMARY KEY,
  document BLOB NOT NULL,
  hash     BLOB NOT NULL,
  bytes    BLOB NOT NULL
);
CREATE UNIQUE INDEX changes_by_name ON changes(document, hash);
CREATE TABLE refused_changes (             -- that came and could not be taken: kept for whoever looks into it
  document BLOB NOT NULL,
  bytes    BLOB NOT NULL,
  code     TEXT NOT NULL
);
CREATE TABLE outbox (
  row      INTEGER PRIMARY KEY,
  document BLOB NOT NULL,
  scope    BLOB NOT NULL,
  hash     BLOB,                           -- of a change; absent for a submission
  body     BLOB NOT NULL,                  -- the change, or the frame of the submission's manifest
  aside    INTEGER                         -- why the server does not take it
);
CREATE TABLE cursors (scope BLOB PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE receipts (
  document   BLOB PRIMARY KEY,
  submission BLOB NOT NULL,
  complete   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE cases (                       -- how a document's case stands, as the server last said
  document BLOB PRIMARY KEY,
  at_ms    INTEGER NOT NULL,
  frame    BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE photos (                      -- small, because it is looked at often; the pictures lie apart
  id       BLOB PRIMARY KEY,
  document BLOB NOT NULL,
  slot     TEXT NOT NULL,
  bytes    INTEGER NOT NULL,               -- length of what is uploaded
  stored   INTEGER NOT NULL DEFAULT 0,     -- 1: verified by the server; 2: refused by it
  here     INTEGER NOT NULL DEFAULT 1,     -- 0: its bytes are gone, because they are safe on the server
  removed  INTEGER NOT NULL DEFAULT 0      -- taken out of the case; kept until that is safe on the server
) WITHOUT ROWID;
CREATE INDEX photos_by_document ON photos(document);
CREATE TABLE pictures (
  photo    BLOB PRIMARY KEY,
  picture  BLOB NOT NULL,
  sealed   BLOB NOT NULL                   -- what is uploaded
);
CREATE TABLE rows (                        -- the list of cases, made from the documents
  document   BLOB PRIMARY KEY,
  name       TEXT NOT NULL,
  vehicle    TEXT NOT NULL,
  financed   INTEGER,                      -- fen
  number     TEXT,
  stage      INTEGER NOT NULL,
  missing    INTEGER NOT NULL,
  aside      INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL,             -- milliseconds
  search     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX rows_by_change ON rows(changed_at DESC);
CREATE INDEX rows_by_stage ON rows(stage, changed_at DESC);
";

/// Why the database does not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("there is no room left on this device")]
    Full,
    /// It was written by a newer app. Nothing is touched.
    #[error("the data was written by a newer app: update this one")]
    Newer,
    /// Anything else.
    #[error("the device's storage failed")]
    Failed(#[source] rusqlite::Error),
}

impl StoreError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Full => "storage_full",
            Self::Newer => "storage_newer",
            Self::Failed(_) => "storage_failed",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            _ => Self::Failed(error),
        }
    }
}

/// The database.
pub struct Store {
    conn: Connection,
}

impl Store {
    /// Takes a connection whose key is set already, and makes or checks the tables.
    ///
    /// # Errors
    /// [`StoreError::Newer`]; when the database cannot be read, as with a wrong key.
    pub fn open(conn: Connection) -> Result<Store, StoreError> {
        conn.pragma_update(None, "synchronous", "FULL")?;
        let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
        match found {
            0 => {
                let all = format!("BEGIN; {TABLES} PRAGMA user_version = {SCHEMA}; COMMIT;");
                conn.execute_batch(&all)?;
            }
            SCHEMA => {}
            _ => return Err(StoreError::Newer),
        }
        Ok(Store { conn })
    }

    /// A setting.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn meta<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, StoreError> {
        let json: Option<Vec<u8>> = self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([key], |row| row.get(0))
            .optional()?;
        Ok(json.and_then(|json| serde_json::from_slice(&json).ok()))
    }

    /// Keeps a setting.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn set_meta<T: Serialize>(&self, key: &str, value: &T) -> Result<(), StoreError> {
        put_meta(&self.conn, key, value)
    }

    pub(crate) fn begin_document(
        &self,
        document: [u8; 16],
        scope: [u8; 16],
        at_ms: i64,
        row: &ListRow,
    ) -> Result<(), StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        tx.prepare_cached("INSERT INTO documents(id, scope, begun_at) VALUES (?1, ?2, ?3)")?
            .execute(params![document, scope, at_ms])?;
        row.put(&tx, document)?;
        Ok(tx.commit()?)
    }
}

fn put_meta<T: Serialize>(conn: &Connection, key: &str, value: &T) -> Result<(), StoreError> {
    let json = serde_json::to_vec(value).unwrap_or_default();
    conn.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)")?
        .execute(params![key, json])?;
    Ok(())
}
