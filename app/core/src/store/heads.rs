//! Each document's newest changes, kept in its row: what is compared with the server is known without reading a change.
//!
//! Beside them stands what a document refers to and lacks, because changes may come before those that they follow.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};
use shared::document::ChangeHeader;
use shared::domain::{ChangeHash, DocumentId};
use shared::protocol::sync::DocumentDigest;
use shared::sync::Ends;

use super::{Store, StoreError};

const HASH_BYTES: usize = 32;

impl Store {
    /// A digest of where every document ends.
    pub(crate) fn digests(&self) -> Result<Vec<DocumentDigest>, StoreError> {
        Ok(self
            .conn
            .prepare_cached("SELECT heads, awaited, id FROM documents WHERE heads <> x''")?
            .query_map([], |row| {
                let (ends, document) = (read(row)?, DocumentId::from_bytes(row.get(2)?));
                Ok(DocumentDigest { document, digest: ends.digest() })
            })?
            .collect::<Result<Vec<_>, _>>()?)
    }
}

/// A change that was not there before has become part of the document.
pub(super) fn appended(
    tx: &Connection,
    document: DocumentId,
    header: &ChangeHeader,
) -> Result<(), StoreError> {
    let mut ends = tx
        .prepare_cached("SELECT heads, awaited FROM documents WHERE id = ?1")?
        .query_row([document.to_bytes()], read)?;
    let mut here = BTreeSet::new();
    for parent in &header.dependencies {
        if !ends.heads.contains(parent) && is_here(tx, document, *parent)? {
            here.insert(*parent);
        }
    }
    ends.append(header, |hash| here.contains(&hash));
    write(tx, document.to_bytes(), &ends)
}

/// For documents that were kept before there was a place for this.
pub(super) fn fill_in(tx: &Connection) -> Result<(), StoreError> {
    let documents = tx
        .prepare("SELECT id FROM documents")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<Vec<[u8; 16]>, _>>()?;
    for id in documents {
        let (mut here, mut parents) = (BTreeSet::new(), BTreeSet::new());
        let mut changes = tx.prepare_cached("SELECT bytes FROM changes WHERE document = ?1")?;
        let mut rows = changes.query([id])?;
        while let Some(row) = rows.next()? {
            if let Ok(header) = ChangeHeader::read(row.get_ref(0)?.as_blob().unwrap_or_default()) {
                here.insert(header.hash);
                parents.extend(header.dependencies);
            }
        }
        let heads = here.difference(&parents).copied().collect();
        let awaited = parents.difference(&here).copied().collect();
        write(tx, id, &Ends { heads, awaited })?;
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Ends> {
    let read = |column| Ok::<_, rusqlite::Error>(hashes(row.get_ref(column)?.as_blob()?).collect());
    Ok(Ends { heads: read(0)?, awaited: read(1)? })
}

fn write(tx: &Connection, id: [u8; 16], ends: &Ends) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE documents SET heads = ?2, awaited = ?3 WHERE id = ?1")?.execute(params![
        id,
        bytes(&ends.heads),
        bytes(&ends.awaited)
    ])?;
    Ok(())
}

fn is_here(tx: &Connection, document: DocumentId, change: ChangeHash) -> Result<bool, StoreError> {
    Ok(tx
        .prepare_cached("SELECT 1 FROM changes WHERE document = ?1 AND hash = ?2")?
        .exists(params![document.to_bytes(), change.to_bytes()])?)
}

fn hashes(bytes: &[u8]) -> impl Iterator<Item = ChangeHash> {
    bytes.chunks_exact(HASH_BYTES).filter_map(|hash| hash.try_into().ok().map(ChangeHash::from_bytes))
}

fn bytes(hashes: &BTreeSet<ChangeHash>) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_bytes()).collect()
}

#[cfg(test)]
pub(super) mod tests {
    use jiff::Timestamp;
    use shared::document::{Actor, Application, Field, Source, Stamp, genesis_hash};
    use shared::domain::{AccountId, ScopeId};
    use shared::protocol::sync::{Bytes, head_digest};

    use super::*;
    use crate::store::{Act, Batch, Incoming};

    /// Two devices write apart, and a change follows both.
    pub(crate) fn fork_and_join(document: DocumentId) -> Vec<Vec<u8>> {
        let source = Source::advisor(AccountId::from_bytes([6; 16]));
        let stamp = Stamp { source, at: Timestamp::from_second(1_790_000_000).unwrap() };
        let device = |number| Application::begin(document, Actor::fresh([number; 16])).unwrap();
        let (mut a, mut b) = (device(1), device(2));
        let one = a.enter_field(Field::Brand, "红旗", &stamp).unwrap().bytes;
        let two = a.enter_field(Field::Model, "H5", &stamp).unwrap().bytes;
        let three = b.enter_field(Field::Colour, "红", &stamp).unwrap().bytes;
        a.take(std::slice::from_ref(&three)).unwrap();
        let four = a.enter_field(Field::Keys, "2", &stamp).unwrap().bytes;
        vec![one, two, three, four]
    }

    /// What nobody follows, and what is followed and not here, over all changes.
    pub(crate) fn as_defined(document: DocumentId, changes: &[Vec<u8>]) -> Vec<DocumentDigest> {
        let headers: Vec<_> = changes.iter().map(|bytes| ChangeHeader::read(bytes).unwrap()).collect();
        let followed = |hash| headers.iter().any(|header| header.dependencies.contains(&hash));
        let here: BTreeSet<_> = headers.iter().map(|header| header.hash).collect();
        let lacking: BTreeSet<_> = (headers.iter().flat_map(|header| header.dependencies.clone()))
            .filter(|hash| !here.contains(hash) && *hash != genesis_hash())
            .collect();
        let ends: Vec<_> = here.iter().copied().filter(|hash| !followed(*hash)).chain(lacking).collect();
        vec![DocumentDigest { document, digest: head_digest(&ends) }]
    }

    #[test]
    fn in_whatever_order_changes_come_the_newest_are_known_after_each() {
        let document = DocumentId::from_bytes([7; 16]);
        let changes = fork_and_join(document);
        for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 3, 0, 1], [1, 3, 0, 2]] {
            let store = Store::open(Connection::open_in_memory().unwrap()).unwrap();
            for came in 1..=order.len() {
                // The one before comes once more.
                let here: Vec<_> = order[..came].iter().map(|place| changes[*place].clone()).collect();
                let last: Vec<_> = here[came.saturating_sub(2)..].iter().cloned().map(Bytes).collect();
                let incoming = [Incoming { document, changes: last, refused: None }];
                let own_scope = ScopeId::from_bytes([4; 16]);
                let tried = BTreeSet::new();
                let act = Act::default();
                let batch = Batch {
                    writes: &[],
                    incoming: &incoming,
                    rows: &[],
                    act: &act,
                    tried: &tried,
                    own_scope,
                    now_ms: 0,
                };
                store.commit(&batch).unwrap();
                assert_eq!(store.digests().unwrap(), as_defined(document, &here), "{order:?}, {came}");
            }
        }
    }
}
