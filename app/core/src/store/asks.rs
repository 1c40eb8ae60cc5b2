//! Asks that changed something, remembered in the same commit: one that comes again is answered, not carried out.

use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::DocumentId;

use super::{Store, StoreError};

/// How many are remembered. One comes again within moments, when the tab that would have answered was closed.
pub(crate) const MOST_ASKS: i64 = 500;

/// What a person did, beside the changes of the document.
#[derive(Default)]
pub(crate) struct Act {
    /// The ask by its name, and the case that it is about.
    pub asked: Option<(String, DocumentId)>,
    /// A photo that was taken.
    pub taken: Option<super::NewPhoto>,
    /// A photo that was taken out.
    pub removed: Option<shared::domain::PhotoId>,
}

impl Store {
    /// Which case the ask of this name was about, if it was carried out.
    pub(crate) fn asked(&self, name: &str) -> Result<Option<DocumentId>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT document FROM asks WHERE name = ?1")?
            .query_row([name], |row| Ok(DocumentId::from_bytes(row.get(0)?)))
            .optional()?)
    }
}

pub(super) fn put_act(tx: &Connection, act: &Act) -> Result<(), StoreError> {
    if let Some(photo) = &act.taken {
        super::photos::keep(tx, photo)?;
    }
    if let Some(photo) = act.removed {
        super::photos::remove(tx, photo)?;
    }
    if let Some((name, document)) = &act.asked {
        tx.prepare_cached("INSERT INTO asks(name, document) VALUES (?1, ?2)")?
            .execute(params![name, document.to_bytes()])?;
        let oldest = tx.last_insert_rowid() - MOST_ASKS;
        tx.prepare_cached("DELETE FROM asks WHERE number <= ?1")?.execute([oldest])?;
    }
    Ok(())
}
