//! One transaction of the sync machine: all of it becomes durable, or nothing.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, params};
use shared::document::ChangeHeader;
use shared::domain::{DocumentId, ScopeId, SubmissionId};
use shared::protocol::on_offer::OnOffer;
use shared::protocol::sync::{self as wire, Bytes, CaseNews, Frame, ReceiptState, Revoked};
use shared::sync::{DeviceBoot, Item, Write};

use super::{
    Act, ListRow, Store, StoreError,
    asks::put_act,
    heads, put_meta,
    salvage::{OUTBOX, outbox_row},
    trials::end_trials,
};

const LEASE: &str = "lease";
pub(super) const REVOKED: &str = "revoked";
const ON_OFFER: &str = "on_offer";

/// Changes that came, as the document took them.
pub(crate) struct Incoming {
    /// Of which document.
    pub document: DocumentId,
    /// The changes.
    pub changes: Vec<Bytes>,
    /// Why the document refuses them: they are kept apart.
    pub refused: Option<&'static str>,
}

/// What becomes durable together.
pub(crate) struct Batch<'a> {
    /// What the sync machine wants written.
    pub writes: &'a [Write],
    /// What came, as the documents took it.
    pub incoming: &'a [Incoming],
    /// The list's rows that follow from it.
    pub rows: &'a [(DocumentId, ListRow)],
    /// What a person did, beside those writes.
    pub act: &'a Act,
    /// Documents that were read for it without harm.
    pub tried: &'a BTreeSet<DocumentId>,
    /// Where this device's own documents belong.
    pub own_scope: ScopeId,
    /// Now, milliseconds.
    pub now_ms: i64,
}

/// What is kept of a document.
pub(crate) struct Kept {
    /// Where it belongs.
    pub scope: ScopeId,
    /// Its changes, in the order in which they came.
    pub changes: Vec<Vec<u8>>,
    /// The submission that stands, by the server's receipt.
    pub accepted: Option<SubmissionId>,
}

impl Store {
    /// Everything that the sync machine starts from.
    pub(crate) fn boot(&self) -> Result<DeviceBoot, StoreError> {
        let cursors = self
            .conn
            .prepare_cached("SELECT scope, cursor FROM cursors")?
            .query_map([], |row| Ok((ScopeId::from_bytes(row.get(0)?), row.get(1)?)))?
            .collect::<Result<Vec<_>, _>>()?;
        let outbox = self
            .conn
            .prepare_cached(&format!("{OUTBOX} ORDER BY row"))?
            .query_map([], outbox_row)?
            .collect::<Result<Vec<_>, _>>()?;
        let revoked: Option<bool> = self.meta(REVOKED)?;
        Ok(DeviceBoot {
            cursors,
            outbox: outbox.into_iter().flatten().collect(),
            lease: self.meta(LEASE)?,
            revoked: revoked.map(|erase| if erase { Revoked::Erase } else { Revoked::HandOver }),
        })
    }

    /// What was last on offer, as it came.
    pub(crate) fn on_offer(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
            .query_row([ON_OFFER], |row| row.get(0))
            .optional()?)
    }

    /// A document as it is kept.
    pub(crate) fn document(&self, document: DocumentId) -> Result<Option<Kept>, StoreError> {
        let id = document.to_bytes();
        let known = self
            .conn
            .prepare_cached("SELECT scope FROM documents WHERE id = ?1")?
            .query_row([id], |row| Ok(ScopeId::from_bytes(row.get(0)?)))
            .optional()?;
        let Some(scope) = known else { return Ok(None) };
        let changes = self
            .conn
            .prepare_cached("SELECT bytes FROM changes WHERE document = ?1 ORDER BY number")?
            .query_map([id], |row| row.get(0))?
            .collect::<Result<Vec<_>, _>>()?;
        let accepted = self
            .conn
            .prepare_cached("SELECT submission FROM receipts WHERE document = ?1")?
            .query_row([id], |row| Ok(SubmissionId::from_bytes(row.get(0)?)))
            .optional()?;
        Ok(Some(Kept { scope, changes, accepted }))
    }

    /// How a document's case stands.
    pub(crate) fn case_news(&self, document: DocumentId) -> Result<Option<CaseNews>, StoreError> {
        let frame: Option<Vec<u8>> = self
            .conn
            .prepare_cached("SELECT frame FROM cases WHERE document = ?1")?
            .query_row([document.to_bytes()], |row| row.get(0))
            .optional()?;
        Ok(frame.and_then(|frame| match wire::decode(&frame) {
            Ok(Frame::Case(news)) => Some(news),
            _ => None,
        }))
    }

    /// Is a document's submission complete on the server?
    pub(crate) fn is_complete(&self, document: DocumentId) -> Result<bool, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT complete FROM receipts WHERE document = ?1")?
            .query_row([document.to_bytes()], |row| row.get(0))
            .optional()?
            .unwrap_or(false))
    }

    /// Writes all of it. Photos of complete submissions go.
    pub(crate) fn commit(&self, batch: &Batch<'_>) -> Result<(), StoreError> {
        let Batch { writes, own_scope, now_ms, .. } = *batch;
        // New documents that came belong to the scope whose cursor moves with them.
        let scope = writes.iter().find_map(|write| match write {
            Write::Cursor(scope, _) => Some(*scope),
            _ => None,
        });
        let scope = scope.unwrap_or(own_scope);
        let tx = self.conn.unchecked_transaction()?;
        for came in batch.incoming {
            for change in &came.changes {
                match came.refused {
                    None => append(&tx, came.document, &change.0, scope, now_ms)?,
                    Some(code) => {
                        tx.prepare_cached("INSERT INTO refused_changes VALUES (?1, ?2, ?3)")?
                            .execute(params![came.document.to_bytes(), change.0, code])?;
                    }
                }
            }
        }
        for write in writes {
            put(&tx, write, own_scope, now_ms)?;
        }
        for (document, row) in batch.rows {
            row.put(&tx, document.to_bytes())?;
        }
        put_act(&tx, batch.act)?;
        end_trials(&tx, batch.tried)?;
        Ok(tx.commit()?)
    }
}

fn put(tx: &Connection, write: &Write, own_scope: ScopeId, now_ms: i64) -> Result<(), StoreError> {
    match write {
        Write::Change { document, bytes, .. } => append(tx, *document, &bytes.0, own_scope, now_ms)?,
        Write::Outbox(row) => {
            let (hash, body) = match &row.item {
                Item::Change { hash, bytes } => (Some(hash.to_bytes()), bytes.0.clone()),
                Item::Manifest(manifest) => (None, wire::encode(&Frame::PhotoManifest(manifest.clone()))),
            };
            let aside = row.aside.map(u16::from);
            tx.prepare_cached(
                "INSERT OR REPLACE INTO outbox(row, document, scope, hash, body, aside, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                row.row,
                row.document.to_bytes(),
                row.scope.to_bytes(),
                hash,
                body,
                aside,
                now_ms
            ])?;
        }
        Write::OutboxRemove(row) => {
            tx.prepare_cached("DELETE FROM outbox WHERE row = ?1")?.execute([row])?;
        }
        Write::OutboxAside(row, code) => {
            tx.prepare_cached("UPDATE outbox SET aside = ?2 WHERE row = ?1")?
                .execute(params![row, u16::from(*code)])?;
            tx.prepare_cached(
                "UPDATE rows SET aside = 1 WHERE document = (SELECT document FROM outbox WHERE row = ?1)",
            )?
            .execute([row])?;
        }
        Write::OutboxAgain(row) => {
            tx.prepare_cached("UPDATE outbox SET aside = NULL WHERE row = ?1")?.execute([row])?;
            tx.prepare_cached(
                "UPDATE rows SET aside = EXISTS (SELECT 1 FROM outbox o WHERE o.document = rows.document AND o.aside IS NOT NULL)
                 WHERE document = (SELECT document FROM outbox WHERE row = ?1)",
            )?
            .execute([row])?;
        }
        Write::Cursor(scope, cursor) => {
            tx.prepare_cached("INSERT OR REPLACE INTO cursors VALUES (?1, ?2)")?
                .execute(params![scope.to_bytes(), cursor])?;
        }
        Write::Receipt(receipt) => {
            let complete = receipt.state == ReceiptState::Complete;
            let document = receipt.document.to_bytes();
            tx.prepare_cached("INSERT OR REPLACE INTO receipts VALUES (?1, ?2, ?3)")?.execute(params![
                document,
                receipt.submission.to_bytes(),
                complete
            ])?;
            if complete {
                forget_pictures(tx, document)?;
            }
        }
        Write::Lease(lease) => put_meta(tx, LEASE, lease)?,
        Write::Revoked(how) => put_meta(tx, REVOKED, &(*how == Revoked::Erase))?,
        Write::OnOffer(bytes) if OnOffer::read(&bytes.0).is_none() => {}
        Write::OnOffer(bytes) => {
            tx.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES (?1, ?2)")?
                .execute(params![ON_OFFER, bytes.0])?;
        }
        Write::Case(news) => {
            let frame = wire::encode(&Frame::Case(news.clone()));
            tx.prepare_cached(
                "INSERT INTO cases VALUES (?1, ?2, ?3) ON CONFLICT(document) DO UPDATE
                 SET at_ms = excluded.at_ms, frame = excluded.frame WHERE excluded.at_ms >= at_ms",
            )?
            .execute(params![news.document.to_bytes(), news.at_ms, frame])?;
        }
        // Both are written from what the documents say now.
        Write::Row(_) | Write::Incoming(_) => {}
    }
    Ok(())
}

/// The case's submission is complete: what the server has verified need not be here any more. What it has not (another
/// device handed in without it) stays, and goes on to be uploaded.
fn forget_pictures(tx: &Connection, document: [u8; 16]) -> Result<(), StoreError> {
    let safe = "document = ?1 AND here = 1 AND (stored = 1 OR removed = 1)";
    tx.prepare_cached(&format!("DELETE FROM pictures WHERE photo IN (SELECT id FROM photos WHERE {safe})"))?
        .execute([document])?;
    tx.prepare_cached(&format!("UPDATE photos SET here = 0 WHERE {safe}"))?.execute([document])?;
    Ok(())
}

fn append(
    tx: &Connection,
    document: DocumentId,
    bytes: &[u8],
    scope: ScopeId,
    now_ms: i64,
) -> Result<(), StoreError> {
    let Ok(header) = ChangeHeader::read(bytes) else { return Ok(()) };
    let id = document.to_bytes();
    tx.prepare_cached("INSERT OR IGNORE INTO documents(id, scope, begun_at) VALUES (?1, ?2, ?3)")?
        .execute(params![id, scope.to_bytes(), now_ms])?;
    let new = tx
        .prepare_cached("INSERT OR IGNORE INTO changes(document, hash, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![id, header.hash.to_bytes(), bytes])?;
    if new > 0 { heads::appended(tx, document, &header) } else { Ok(()) }
}
