//! The device's database: one file, encrypted as a whole by whoever opened the connection.
//!
//! Where to start: [`Store::open`]; [`Store::commit`] is the only way in for what sync decides; `rows.rs` is the list.

mod asks;
mod commit;
mod heads;
mod migrate;
mod photos;
mod rows;
mod salvage;
mod trials;

use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use serde::{Serialize, de::DeserializeOwned};

pub(crate) use asks::Act;
#[cfg(test)]
pub(crate) use asks::MOST_ASKS;
pub(crate) use commit::{Batch, Incoming};
pub(crate) use photos::{CAPTURING, NewPhoto};
pub(crate) use rows::{ListRow, Listed};

/// Why the database does not do something.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no room.
    #[error("there is no room left on this device")]
    Full,
    /// It was written by a newer app. Nothing is touched.
    #[error("the data was written by a newer app: update this one")]
    Newer,
    /// Reading it has ended the program again and again: it is kept and left alone.
    #[error("this case cannot be read on this device: it is kept")]
    Damaged,
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
            Self::Damaged => "case_damaged",
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
        migrate::migrate(&conn)?;
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
        act: &Act,
    ) -> Result<(), StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        tx.prepare_cached("INSERT INTO documents(id, scope, begun_at) VALUES (?1, ?2, ?3)")?
            .execute(params![document, scope, at_ms])?;
        row.put(&tx, document)?;
        asks::put_act(&tx, act)?;
        Ok(tx.commit()?)
    }
}

fn put_meta<T: Serialize>(conn: &Connection, key: &str, value: &T) -> Result<(), StoreError> {
    let json = serde_json::to_vec(value).unwrap_or_default();
    conn.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)")?
        .execute(params![key, json])?;
    Ok(())
}
