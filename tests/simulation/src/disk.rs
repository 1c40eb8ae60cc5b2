//! A device's storage: what is in here survives a crash, and nothing else does.

use std::collections::{BTreeMap, BTreeSet};

use shared::document::{Actor, Application, ChangeHeader};
use shared::domain::{ChangeHash, DocumentId, PhotoHash, PhotoId, ScopeId};
use shared::protocol::sync::{Receipt, Revoked};
use shared::sync::{DeviceBoot, Ends, Lease, OutboxRow, Transaction, Write};

/// A photo's encrypted bytes on the device.
#[derive(Clone)]
pub(crate) struct PhotoRow {
    pub(crate) document: DocumentId,
    pub(crate) bytes: Vec<u8>,
    pub(crate) stored: bool,
}

/// One device's storage. Cloned, it is a backup that a device can be rolled back to.
#[derive(Clone, Default)]
pub(crate) struct Disk {
    pub(crate) log: BTreeMap<DocumentId, Vec<Vec<u8>>>,
    pub(crate) known: BTreeSet<(DocumentId, ChangeHash)>,
    pub(crate) ends: BTreeMap<DocumentId, Ends>,
    pub(crate) scopes: BTreeMap<DocumentId, ScopeId>,
    pub(crate) outbox: BTreeMap<u64, OutboxRow>,
    pub(crate) cursors: BTreeMap<ScopeId, u64>,
    pub(crate) receipts: BTreeMap<DocumentId, Receipt>,
    pub(crate) lease: Option<Lease>,
    pub(crate) revoked: Option<Revoked>,
    pub(crate) photos: BTreeMap<PhotoId, PhotoRow>,
    pub(crate) incoming_set_aside: Vec<(DocumentId, Vec<u8>)>,
}

impl Disk {
    /// What the machine starts from.
    pub(crate) fn boot(&self) -> DeviceBoot {
        DeviceBoot {
            cursors: self.cursors.iter().map(|(scope, cursor)| (*scope, *cursor)).collect(),
            outbox: self.outbox.values().cloned().collect(),
            lease: self.lease,
            revoked: self.revoked,
        }
    }

    /// All of a transaction.
    pub(crate) fn commit(&mut self, transaction: &Transaction, scope_of: impl Fn(DocumentId) -> ScopeId) {
        for write in &transaction.writes {
            match write {
                Write::Change { document, bytes, .. } => {
                    self.scopes.entry(*document).or_insert_with(|| scope_of(*document));
                    self.append(*document, &bytes.0);
                }
                Write::Outbox(row) => {
                    self.outbox.insert(row.row, row.clone());
                }
                Write::Row(_) => {}
                Write::OutboxRemove(row) => {
                    self.outbox.remove(row);
                }
                Write::OutboxAside(row, code) => {
                    if let Some(row) = self.outbox.get_mut(row) {
                        row.aside = Some(*code);
                    }
                }
                Write::OutboxAgain(row) => {
                    if let Some(row) = self.outbox.get_mut(row) {
                        row.aside = None;
                    }
                }
                Write::Incoming(sent) => {
                    self.scopes.entry(sent.document).or_insert_with(|| scope_of(sent.document));
                    for change in &sent.changes {
                        self.append(sent.document, &change.0);
                    }
                }
                Write::Cursor(scope, cursor) => {
                    self.cursors.insert(*scope, *cursor);
                }
                Write::Receipt(receipt) => {
                    self.receipts.insert(receipt.document, receipt.clone());
                }
                Write::Lease(lease) => self.lease = Some(*lease),
                Write::Revoked(how) => self.revoked = Some(*how),
                // The simulated server tells nothing of offers and cases.
                Write::OnOffer(_) | Write::Case(_) => {}
            }
        }
    }

    fn append(&mut self, document: DocumentId, bytes: &[u8]) {
        let Ok(header) = ChangeHeader::read(bytes) else {
            self.incoming_set_aside.push((document, bytes.to_vec()));
            return;
        };
        if self.known.insert((document, header.hash)) {
            self.log.entry(document).or_default().push(bytes.to_vec());
            let known = &self.known;
            let ends = self.ends.entry(document).or_default();
            ends.append(&header, |hash| known.contains(&(document, hash)));
        }
    }

    /// A document as it is stored, opened by a fresh actor.
    pub(crate) fn open(&self, document: DocumentId, actor: [u8; 16]) -> Option<Application> {
        let changes = self.log.get(&document)?;
        let mut application = Application::replay(document, Actor::fresh(actor), changes).ok()?;
        if let Some(receipt) = self.receipts.get(&document) {
            application.accept(receipt.submission);
        }
        Some(application)
    }

    /// The digest of a photo's bytes.
    pub(crate) fn photo_digest(&self, photo: PhotoId) -> Option<PhotoHash> {
        Some(PhotoHash::of(&self.photos.get(&photo)?.bytes))
    }
}
