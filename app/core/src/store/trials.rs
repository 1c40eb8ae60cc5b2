//! Which documents are being read: noted before, and taken back after. What is still noted when the program starts ended it.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::DocumentId;

use super::{Store, StoreError};

impl Store {
    /// Documents whose reading was begun and never ended, with how often.
    pub(crate) fn trials(&self) -> Result<Vec<(DocumentId, u8)>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT document, times FROM trials")?
            .query_map([], |row| Ok((DocumentId::from_bytes(row.get(0)?), row.get(1)?)))?
            .collect::<Result<Vec<_>, _>>()?)
    }

    /// These are about to be read, for the time that is given with each.
    pub(crate) fn begin_trials(&self, documents: &[(DocumentId, u8)]) -> Result<(), StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        for (document, times) in documents {
            tx.prepare_cached("INSERT OR REPLACE INTO trials(document, times) VALUES (?1, ?2)")?
                .execute(params![document.to_bytes(), times])?;
        }
        Ok(tx.commit()?)
    }

    /// These were read.
    pub(crate) fn end_trials(&self, documents: &BTreeSet<DocumentId>) -> Result<(), StoreError> {
        let tx = self.conn.unchecked_transaction()?;
        end_trials(&tx, documents)?;
        Ok(tx.commit()?)
    }

    /// Puts a document that cannot be read among the cases that need somebody. Was it not there yet?
    pub(crate) fn list_damaged(&self, document: DocumentId, now: Timestamp) -> Result<bool, StoreError> {
        let listed = self
            .conn
            .prepare_cached(
                "INSERT INTO rows(document, name, vehicle, stage, missing, changed_at, search, aside)
                 VALUES (?1, '', '', 0, 0, ?2, '', 1) ON CONFLICT(document) DO UPDATE SET aside = 1 WHERE aside = 0",
            )?
            .execute(params![document.to_bytes(), now.as_millisecond()])?;
        Ok(listed > 0)
    }
}

pub(super) fn end_trials(conn: &Connection, documents: &BTreeSet<DocumentId>) -> Result<(), StoreError> {
    for document in documents {
        conn.prepare_cached("DELETE FROM trials WHERE document = ?1")?.execute([document.to_bytes()])?;
    }
    Ok(())
}
