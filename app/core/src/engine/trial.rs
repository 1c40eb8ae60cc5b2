//! A document that cannot be read must not keep the app from starting. Reading one may end the program (in a browser a
//! panic does), and what was about to be read would be read again at the next start.
//!
//! So it is noted durably before, and taken back after: with what comes from outside each time, in the same commit; with
//! what is kept here once a start. Documents that are found noted at a start are then read alone, and one under which the
//! program has ended [`MOST_ENDS`] times is left alone: kept byte for byte, listed, refused as `case_damaged`. What
//! comes for it is kept apart, and everything else goes on.

use std::collections::{BTreeMap, BTreeSet};

use shared::domain::DocumentId;
use shared::sync::Write;

use super::Engine;
use crate::StoreError;

/// So often has the program to end under a document. Once says little, for the first time many are read together, and a
/// browser may be closed at any moment; that it is closed three times in the middle of the same document, nobody sees.
pub(super) const MOST_ENDS: u8 = 3;

/// What is known of documents' being readable.
#[derive(Default)]
pub(super) struct Trials {
    /// How often the program ended while they were read.
    ended: BTreeMap<DocumentId, u8>,
    /// Read since the program started.
    proven: BTreeSet<DocumentId>,
    /// Noted, and being read for one transaction.
    together: BTreeSet<DocumentId>,
}

impl Trials {
    pub(super) fn boot(noted: Vec<(DocumentId, u8)>) -> Trials {
        Trials { ended: noted.into_iter().collect(), ..Trials::default() }
    }

    /// Documents that are left alone.
    pub(super) fn damaged(&self) -> impl Iterator<Item = DocumentId> {
        self.ended.iter().filter(|(_, times)| **times >= MOST_ENDS).map(|(document, _)| *document)
    }

    pub(super) fn is_damaged(&self, document: DocumentId) -> bool {
        self.times(document) >= MOST_ENDS
    }

    /// Those that are read for a transaction.
    pub(super) fn together(&self) -> &BTreeSet<DocumentId> {
        &self.together
    }

    /// It was made here, or was read.
    pub(super) fn prove(&mut self, document: DocumentId) {
        self.ended.remove(&document);
        self.proven.insert(document);
    }

    /// Is it noted for the transaction that is being carried out?
    pub(super) fn is_noted(&self, document: DocumentId) -> bool {
        self.together.contains(&document)
    }

    pub(super) fn is_proven(&self, document: DocumentId) -> bool {
        self.proven.contains(&document) || self.is_noted(document)
    }

    fn times(&self, document: DocumentId) -> u8 {
        self.ended.get(&document).copied().unwrap_or(0)
    }
}

impl Engine {
    /// Notes what is about to be read for a transaction. Those that are under suspicion are not among them: see
    /// [`Engine::try_alone`].
    pub(super) fn begin_trial(&mut self, writes: &[Write]) -> Result<(), StoreError> {
        let mut documents = BTreeSet::new();
        for write in writes {
            match write {
                Write::Incoming(sent) => {
                    documents.insert(sent.document);
                }
                Write::Row(document) => self.unread(&mut documents, *document),
                Write::Change { document, .. } => self.unread(&mut documents, *document),
                Write::Receipt(receipt) => self.unread(&mut documents, receipt.document),
                Write::Case(news) => self.unread(&mut documents, news.document),
                _ => {}
            }
        }
        documents.retain(|document| self.trials.times(*document) == 0);
        if documents.is_empty() {
            return Ok(());
        }
        let noted: Vec<_> = documents.iter().map(|document| (*document, 1)).collect();
        self.store.begin_trials(&noted)?;
        self.trials.together = documents;
        Ok(())
    }

    fn unread(&self, documents: &mut BTreeSet<DocumentId>, document: DocumentId) {
        if !self.open.contains_key(&document) && !self.trials.is_proven(document) {
            documents.insert(document);
        }
    }

    /// The transaction is over; where it was stored, its notes went with it.
    pub(super) fn end_trial(&mut self, stored: bool) {
        let together = std::mem::take(&mut self.trials.together);
        if stored {
            together.into_iter().for_each(|document| self.trials.prove(document));
        } else if !together.is_empty() {
            // Where this cannot be written either, they are read alone after the next start: that does no harm.
            let _ = self.store.end_trials(&together);
        }
    }

    /// Reads one document, noted by itself.
    pub(super) fn try_alone<T>(
        &mut self,
        document: DocumentId,
        read: impl FnOnce(&mut Engine) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.trials.is_damaged(document) {
            return Err(StoreError::Damaged);
        }
        let times = self.trials.times(document);
        match self.store.begin_trials(&[(document, times + 1)]) {
            // On a full device what raised no suspicion can still be looked at.
            Err(StoreError::Full) if times == 0 => return read(self),
            noted => noted?,
        }
        let outcome = read(self);
        let _ = self.store.end_trials(&BTreeSet::from([document]));
        self.trials.prove(document);
        outcome
    }
}
