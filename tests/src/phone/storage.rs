//! A phone's storage, in memory: what survives the phone's being switched off.

use std::collections::{BTreeMap, BTreeSet};

use shared::document::{Actor, Application, ChangeHeader};
use shared::domain::{ChangeHash, DocumentId, PhotoId, ScopeId};
use shared::protocol::on_offer::OnOffer;
use shared::protocol::sync::{CaseNews, Receipt, Revoked};
use shared::sync::{DeviceBoot, Ends, Lease, OutboxRow, Transaction, Write};

/// The storage. Cloned, it is a backup that a phone can be rolled back to.
#[derive(Clone, Default)]
pub struct Storage {
    /// Every document's changes, as they came.
    pub log: BTreeMap<DocumentId, Vec<Vec<u8>>>,
    /// How far each scope was pulled.
    pub cursors: BTreeMap<ScopeId, u64>,
    /// Photos that were taken and are not yet complete on the server.
    pub photos: BTreeMap<PhotoId, Vec<u8>>,
    /// What the server said about submissions.
    pub receipts: BTreeMap<DocumentId, Receipt>,
    /// What is on offer.
    pub on_offer: Option<OnOffer>,
    /// How cases stand, as it was last said.
    pub cases: BTreeMap<DocumentId, CaseNews>,
    /// Is the device revoked?
    pub revoked: Option<Revoked>,
    known: BTreeSet<(DocumentId, ChangeHash)>,
    ends: BTreeMap<DocumentId, Ends>,
    scopes: BTreeMap<DocumentId, ScopeId>,
    outbox: BTreeMap<u64, OutboxRow>,
    lease: Option<Lease>,
}

impl Storage {
    /// What the machine starts from.
    pub fn boot(&self) -> DeviceBoot {
        DeviceBoot {
            cursors: self.cursors.iter().map(|(scope, cursor)| (*scope, *cursor)).collect(),
            outbox: self.outbox.values().cloned().collect(),
            lease: self.lease,
            revoked: self.revoked,
        }
    }

    /// Where every document ends.
    pub fn ends(&self) -> &BTreeMap<DocumentId, Ends> {
        &self.ends
    }

    /// Where a document belongs.
    pub fn scope_of(&self, document: DocumentId) -> Option<ScopeId> {
        self.scopes.get(&document).copied()
    }

    /// A document as it is stored, opened by a fresh actor.
    pub fn open(&self, document: DocumentId, actor: [u8; 16]) -> Option<Application> {
        let changes = self.log.get(&document)?;
        let mut application = Application::replay(document, Actor::fresh(actor), changes).ok()?;
        if let Some(receipt) = self.receipts.get(&document) {
            application.accept(receipt.submission);
        }
        Some(application)
    }

    /// All of a transaction; new documents belong to `scope`.
    pub fn commit(&mut self, transaction: &Transaction, scope: ScopeId) {
        for write in &transaction.writes {
            match write {
                Write::Change { document, bytes, .. } => self.append(*document, &bytes.0, scope),
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
                    for change in &sent.changes {
                        self.append(sent.document, &change.0, scope);
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
                Write::OnOffer(bytes) => self.on_offer = OnOffer::read(&bytes.0),
                Write::Case(news) => {
                    let older = self.cases.get(&news.document).is_some_and(|known| known.at_ms > news.at_ms);
                    if !older {
                        self.cases.insert(news.document, news.clone());
                    }
                }
            }
        }
    }

    fn append(&mut self, document: DocumentId, bytes: &[u8], scope: ScopeId) {
        self.scopes.entry(document).or_insert(scope);
        let Ok(header) = ChangeHeader::read(bytes) else { return };
        if self.known.insert((document, header.hash)) {
            self.log.entry(document).or_default().push(bytes.to_vec());
            let known = &self.known;
            let ends = self.ends.entry(document).or_default();
            ends.append(&header, |hash| known.contains(&(document, hash)));
        }
    }
}
