//! What devices are sent: changes in the order of commits, and which documents differ.

use std::collections::{BTreeMap, btree_map::Entry};

use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{DeviceId, DocumentId, ScopeId, TenantId};
use shared::protocol::sync::{AIM_FRAME_BYTES, Bytes, DocumentDigest, Receipt, Sent, head_digest};
use shared::sync::{Batch, KnownDevice, Ledger, Submission, receipt};

use super::ledger::{self, Committed, DocumentRow, opened, unreadable};
use crate::{
    crypt::{Keys, PersonKey},
    store::{StoreError, count},
};

/// Largest document that is looked into for a repair, in bytes of its changes. Ten thousand edits are about one
/// megabyte.
const MOST_REPAIRED_BYTES: usize = 8 * 1024 * 1024;

/// The device as it is known now.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn device(
    conn: &Connection,
    keys: &Keys,
    device: DeviceId,
) -> Result<Option<KnownDevice>, StoreError> {
    let ledger = Committed::of(conn, keys);
    let known = ledger.device(device);
    ledger.sound()?;
    Ok(known)
}

/// How far the submission is that stands for a document.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn receipt_of(
    conn: &Connection,
    keys: &Keys,
    tenant: TenantId,
    document: DocumentId,
) -> Result<Option<Receipt>, StoreError> {
    let ledger = Committed::of(conn, keys);
    let receipt = receipt(&ledger, tenant, document);
    ledger.sound()?;
    Ok(receipt)
}

/// The submission that stands for a document.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn submission_of(
    conn: &Connection,
    keys: &Keys,
    document: DocumentId,
) -> Result<Option<Submission>, StoreError> {
    let ledger = Committed::of(conn, keys);
    let submission = ledger.submission_of(document);
    ledger.sound()?;
    Ok(submission)
}

/// Every change of a document, oldest first; `None` for one that is erased, unknown or too large to be looked into.
///
/// # Errors
/// When the store cannot be read, or was sealed with other keys.
pub(crate) fn all_changes(
    conn: &Connection,
    keys: &Keys,
    document: DocumentId,
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let ledger = Committed::of(conn, keys);
    let row = ledger.row(document);
    ledger.sound()?;
    row.map_or(Ok(None), |row| changes_of(conn, &row, document))
}

/// How far a scope is.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn head(conn: &Connection, scope: ScopeId) -> Result<u64, StoreError> {
    let head = conn
        .prepare_cached("SELECT head FROM scopes WHERE id = ?1")?
        .query_row([scope.to_string()], |row| count(row, 0))
        .optional()?;
    Ok(head.unwrap_or(0))
}

/// What came after a number in a scope, as much as fits one frame.
///
/// # Errors
/// When the store cannot be read, or was sealed with other keys.
pub(super) fn batch(conn: &Connection, keys: &Keys, scope: ScopeId, from: u64) -> Result<Batch, StoreError> {
    let head = head(conn, scope)?;
    let mut statement = conn.prepare_cached(
        "SELECT c.seq, d.id, d.tenant, d.wrapped_key, c.name, c.sealed
         FROM application_changes c JOIN application_documents d ON d.number = c.document
         WHERE c.scope = (SELECT number FROM scopes WHERE id = ?1) AND c.seq > ?2 ORDER BY c.seq",
    )?;
    let mut rows = statement.query(params![scope.to_string(), i64::try_from(from).unwrap_or(i64::MAX)])?;
    let mut documents: Vec<Sent> = Vec::new();
    let mut places: BTreeMap<DocumentId, (usize, PersonKey)> = BTreeMap::new();
    let (mut to, mut bytes) = (from, 0);
    while let Some(row) = rows.next()? {
        let sealed: Vec<u8> = row.get(5)?;
        bytes += sealed.len();
        if bytes > AIM_FRAME_BYTES && to > from {
            break;
        }
        to = count(row, 0)?;
        let document: DocumentId = ledger::id(row, 1)?;
        let (place, key) = match places.entry(document) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(new) => {
                let (id, tenant): (String, String) = (row.get(1)?, row.get(2)?);
                // Erased: nobody gets it any more, and nobody waits for it.
                let Some(wrapped) = row.get::<_, Option<Vec<u8>>>(3)? else { continue };
                let key = keys.tenant(tenant).document(&id, &wrapped).map_err(unreadable)?;
                documents.push(Sent { document, changes: Vec::new() });
                new.insert((documents.len() - 1, key))
            }
        };
        let name: Vec<u8> = row.get(4)?;
        documents[*place].changes.push(Bytes(opened(key, &name, &sealed)?));
    }
    Ok(Batch { scope, from, to, head, documents })
}

/// Those of these documents that come to something else here. What the device may not see is not among them.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn compare(
    conn: &Connection,
    keys: &Keys,
    known: &KnownDevice,
    digests: &[DocumentDigest],
) -> Result<Vec<DocumentId>, StoreError> {
    // Each once, however often it is asked after.
    let asked: BTreeMap<DocumentId, [u8; 16]> =
        digests.iter().map(|digest| (digest.document, digest.digest)).collect();
    let ledger = Committed::of(conn, keys);
    let mut differ = Vec::new();
    for (document, digest) in asked {
        let differs = match ledger.row(document) {
            Some(row) if sees(known, &row) => head_digest(&row.heads(document)?) != digest,
            Some(_) => false,
            // Not here at all: the device learns that it holds what nobody has.
            None => true,
        };
        if differs {
            differ.push(document);
        }
    }
    ledger.sound()?;
    Ok(differ)
}

/// Every change of a document, oldest first; `None` for one that the device may not see, or that is too large to be
/// looked into.
///
/// # Errors
/// When the store cannot be read, or was sealed with other keys.
pub(super) fn changes(
    conn: &Connection,
    keys: &Keys,
    known: &KnownDevice,
    document: DocumentId,
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let ledger = Committed::of(conn, keys);
    let row = ledger.row(document);
    ledger.sound()?;
    let row = match row {
        None => return Ok(Some(Vec::new())),
        Some(row) if sees(known, &row) => row,
        Some(_) => return Ok(None),
    };
    changes_of(conn, &row, document)
}

fn changes_of(
    conn: &Connection,
    row: &DocumentRow,
    document: DocumentId,
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    let Some(key) = row.key(document)? else { return Ok(None) };
    let mut statement =
        conn.prepare_cached("SELECT name, sealed FROM application_changes WHERE document = ?1 ORDER BY seq")?;
    let mut rows = statement.query([row.number])?;
    let (mut changes, mut bytes) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (name, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        bytes += sealed.len();
        if bytes > MOST_REPAIRED_BYTES {
            return Ok(None);
        }
        changes.push(opened(&key, &name, &sealed)?);
    }
    Ok(Some(changes))
}

fn sees(known: &KnownDevice, row: &DocumentRow) -> bool {
    row.known.tenant == known.tenant && known.scopes.contains(&row.known.scope)
}
