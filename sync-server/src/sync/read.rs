//! What devices are sent: changes in the order of commits, and which documents differ.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{DeviceId, DocumentId, ScopeId, TenantId};
use shared::protocol::sync::{AIM_FRAME_BYTES, Bytes, DocumentDigest, Receipt, Sent, head_digest};
use shared::sync::{Batch, KnownDevice, Ledger, receipt};

use super::{
    commit::{opened, unreadable},
    ledger::{self, Committed},
};
use crate::{
    crypt::{Keys, PersonKey},
    store::StoreError,
};

/// The device as it is known now.
///
/// # Errors
/// When the store cannot be read.
pub(crate) fn device(conn: &Connection, device: DeviceId) -> Result<Option<KnownDevice>, StoreError> {
    let ledger = Committed::of(conn);
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
    tenant: TenantId,
    document: DocumentId,
) -> Result<Option<Receipt>, StoreError> {
    let ledger = Committed::of(conn);
    let receipt = receipt(&ledger, tenant, document);
    ledger.sound()?;
    Ok(receipt)
}

/// How far a scope is.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn head(conn: &Connection, scope: ScopeId) -> Result<u64, StoreError> {
    let head = conn
        .prepare_cached("SELECT head FROM scopes WHERE id = ?1")?
        .query_row([scope.to_string()], |row| ledger::count(row, 0))
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
        "SELECT c.seq, d.id, d.tenant, d.wrapped_key, c.hash, c.sealed
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
        to = ledger::count(row, 0)?;
        let document: DocumentId = ledger::id(row, 1)?;
        if !places.contains_key(&document) {
            let (id, tenant, wrapped): (String, String, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(3)?);
            let key = keys.tenant(tenant).document(&id, &wrapped).map_err(unreadable)?;
            documents.push(Sent { document, changes: Vec::new() });
            places.insert(document, (documents.len() - 1, key));
        }
        let Some((place, key)) = places.get(&document) else { continue };
        let hash: Vec<u8> = row.get(4)?;
        documents[*place].changes.push(Bytes(opened(key, &hash, &sealed)?));
    }
    Ok(Batch { scope, from, to, head, documents })
}

/// Those of these documents that come to something else here. What the device may not see is not among them.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn compare(
    conn: &Connection,
    known: &KnownDevice,
    digests: &[DocumentDigest],
) -> Result<Vec<DocumentId>, StoreError> {
    let mut heads = conn.prepare_cached("SELECT heads FROM application_documents WHERE id = ?1")?;
    let mut differ = Vec::new();
    for digest in digests {
        let differs = match visible(conn, known, digest.document)? {
            Some(true) => {
                let here: Vec<u8> = heads.query_row([digest.document.to_string()], |row| row.get(0))?;
                head_digest(&ledger::hashes(&here)) != digest.digest
            }
            // Not here at all: the device learns that it holds what nobody has.
            Some(false) => true,
            None => false,
        };
        if differs {
            differ.push(digest.document);
        }
    }
    Ok(differ)
}

/// Every change of a document, oldest first; `None` for one that the device may not see.
///
/// # Errors
/// When the store cannot be read, or was sealed with other keys.
pub(super) fn changes(
    conn: &Connection,
    keys: &Keys,
    known: &KnownDevice,
    document: DocumentId,
) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
    match visible(conn, known, document)? {
        None => return Ok(None),
        Some(false) => return Ok(Some(Vec::new())),
        Some(true) => {}
    }
    let id = document.to_string();
    let wrapped: Vec<u8> = conn
        .prepare_cached("SELECT wrapped_key FROM application_documents WHERE id = ?1")?
        .query_row([&id], |row| row.get(0))?;
    let key = keys.tenant(known.tenant).document(&id, &wrapped).map_err(unreadable)?;
    let mut statement = conn.prepare_cached(
        "SELECT c.hash, c.sealed FROM application_changes c JOIN application_documents d ON d.number = c.document
         WHERE d.id = ?1 ORDER BY c.seq",
    )?;
    let mut rows = statement.query([&id])?;
    let mut changes = Vec::new();
    while let Some(row) = rows.next()? {
        let (hash, sealed): (Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?);
        changes.push(opened(&key, &hash, &sealed)?);
    }
    Ok(Some(changes))
}

/// May the device see this document (`None`: no), and is it here?
fn visible(conn: &Connection, known: &KnownDevice, document: DocumentId) -> Result<Option<bool>, StoreError> {
    let ledger = Committed::of(conn);
    let here = ledger.document(document);
    ledger.sound()?;
    Ok(match here {
        Some(here) => (here.tenant == known.tenant && known.scopes.contains(&here.scope)).then_some(true),
        None => Some(false),
    })
}
