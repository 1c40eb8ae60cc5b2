//! What is not yet safe, read one thing after the other, so that a damaged one costs nothing but itself.

use rusqlite::{Connection, OptionalExtension, Row, ToSql};
use shared::domain::{ChangeHash, DocumentId, PhotoId, ScopeId};
use shared::protocol::sync::{self as wire, Bytes, Frame};
use shared::sync::{Item, OutboxRow};

use super::{Store, StoreError, commit::REVOKED, photos::UNSAFE_PHOTOS};

/// The outbox's rows as [`outbox_row`] reads them.
pub(super) const OUTBOX: &str = "SELECT row, document, scope, hash, body, aside FROM outbox";

impl Store {
    /// Takes a connection whose key is set already, whoever wrote its tables: for reading alone.
    pub(crate) fn as_it_is(conn: Connection) -> Store {
        // SQLite opens a file that was cut off, and says so where the end is reached, only for who takes that upon himself.
        // Nothing is written.
        let _ = conn.pragma_update(None, "writable_schema", true);
        Store { conn }
    }

    /// Was this device taken out of use?
    pub(crate) fn is_revoked(&self) -> Result<bool, StoreError> {
        Ok(self.meta::<bool>(REVOKED)?.is_some())
    }

    /// The outbox's rows after this one, and whether all were found.
    pub(crate) fn outbox_numbers(&self, from: Option<u64>) -> (Vec<u64>, bool) {
        let after = from.and_then(|from| i64::try_from(from).ok()).unwrap_or(-1);
        self.all("SELECT row FROM outbox WHERE row > ?1 ORDER BY row", &after, |row| row.get(0))
    }

    /// One row; none where it cannot be read.
    pub(crate) fn outbox_row(&self, number: u64) -> Option<OutboxRow> {
        self.conn
            .prepare_cached(&format!("{OUTBOX} WHERE row = ?1"))
            .and_then(|mut statement| statement.query_row([number], outbox_row).optional())
            .ok()
            .flatten()
            .flatten()
    }

    /// The photos after this one whose bytes are here and nowhere else, and whether all were found.
    pub(crate) fn unsafe_photos(&self, from: Option<PhotoId>) -> (Vec<PhotoId>, bool) {
        let after = from.map_or(Vec::new(), |from| from.to_bytes().to_vec());
        let sql = format!("SELECT id FROM photos WHERE {UNSAFE_PHOTOS} AND id > ?1 ORDER BY id");
        self.all(&sql, &after, |row| Ok(PhotoId::from_bytes(row.get(0)?)))
    }

    /// All that come before one that cannot be read, and whether there was none such.
    fn all<T>(
        &self,
        sql: &str,
        after: &dyn ToSql,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> (Vec<T>, bool) {
        let mut found = Vec::new();
        let look = || -> rusqlite::Result<()> {
            for one in self.conn.prepare_cached(sql)?.query_map([after], read)? {
                found.push(one?);
            }
            Ok(())
        };
        let whole = look().is_ok();
        (found, whole)
    }
}

/// A row of the outbox; none for a body that is nothing we know.
pub(super) fn outbox_row(row: &Row<'_>) -> rusqlite::Result<Option<OutboxRow>> {
    let (hash, body): (Option<[u8; 32]>, Vec<u8>) = (row.get(3)?, row.get(4)?);
    let item = match hash {
        Some(hash) => Some(Item::Change { hash: ChangeHash::from_bytes(hash), bytes: Bytes(body) }),
        None => match wire::decode(&body) {
            Ok(Frame::PhotoManifest(manifest)) => Some(Item::Manifest(manifest)),
            _ => None,
        },
    };
    let (number, aside): (u64, Option<u16>) = (row.get(0)?, row.get(5)?);
    let (document, scope) = (DocumentId::from_bytes(row.get(1)?), ScopeId::from_bytes(row.get(2)?));
    let aside = aside.map(Into::into);
    Ok(item.map(|item| OutboxRow { row: number, document, scope, item, aside }))
}
