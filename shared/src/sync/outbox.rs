//! What is on the device and not yet safe on the server, in the order in which it was done.

use crate::domain::{ChangeHash, DocumentId, ScopeId, SubmissionId};
use crate::protocol::sync::{
    AIM_FRAME_BYTES, Bytes, MAX_PUSH_CHANGES, PhotoManifest, Push, Pushed, SyncCode,
    signed::{self, Signatory},
};
use ed25519_dalek::SigningKey;
use std::collections::{BTreeMap, BTreeSet};

/// Most rows. Ten thousand drafts of ten commits each.
pub const MAX_OUTBOX_ROWS: usize = 100_000;

/// One row, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutboxRow {
    /// Its number: rows are sent in this order.
    pub row: u64,
    /// The document it belongs to.
    pub document: DocumentId,
    /// Where the document belongs.
    pub scope: ScopeId,
    /// What is to be sent.
    pub item: Item,
    /// Set aside: the server will not take it, a person has to look.
    pub aside: Option<SyncCode>,
}

/// What is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// A change.
    Change {
        /// Its name.
        hash: ChangeHash,
        /// Its bytes.
        bytes: Bytes,
    },
    /// A submission; it stays until its receipt says `complete`.
    Manifest(PhotoManifest),
}

/// A push of the changes among these rows, signed.
pub fn push_of(number: u32, rows: &[&OutboxRow], who: Signatory, key: &SigningKey) -> Push {
    let mut documents: Vec<Pushed> = Vec::new();
    let mut names: Vec<(DocumentId, ScopeId, Vec<ChangeHash>)> = Vec::new();
    let mut place: BTreeMap<DocumentId, usize> = BTreeMap::new();
    for row in rows {
        let Item::Change { hash, bytes } = &row.item else { continue };
        let at = *place.entry(row.document).or_insert_with(|| {
            documents.push(Pushed { document: row.document, scope: row.scope, changes: Vec::new() });
            names.push((row.document, row.scope, Vec::new()));
            documents.len() - 1
        });
        documents[at].changes.push(bytes.clone());
        names[at].2.push(*hash);
    }
    let signature = signed::sign(key, &signed::push_bytes(who, &names));
    Push { number, documents, signature }
}

/// Where a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowState {
    /// Storage has not confirmed it: it must not be sent.
    Saving,
    /// Safe on this device only.
    Waiting,
    /// Sent, not acknowledged.
    Sent,
    /// Behind a row of the same document that was set aside.
    Behind,
    /// Set aside.
    Aside(SyncCode),
}

/// An item that is not yet safe on the server, as a person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsynced {
    /// Of which document.
    pub document: DocumentId,
    /// The submission, if it is one.
    pub submission: Option<SubmissionId>,
    /// Where it is.
    pub state: RowState,
}

/// All rows.
#[derive(Debug, Clone, Default)]
pub struct Outbox {
    rows: BTreeMap<u64, (OutboxRow, bool)>, // with "storage has confirmed it"
    hashes: BTreeSet<(DocumentId, ChangeHash)>,
    aside: BTreeSet<DocumentId>,
    next: u64,
}

impl Outbox {
    /// The rows that storage holds.
    pub fn boot(rows: Vec<OutboxRow>) -> Outbox {
        let mut outbox = Outbox::default();
        for row in rows {
            outbox.next = outbox.next.max(row.row + 1);
            outbox.keep(row, true);
        }
        outbox
    }

    /// A row that storage is asked to keep; `None` when there is no room, or the change waits here already.
    pub(super) fn add(&mut self, document: DocumentId, scope: ScopeId, item: Item) -> Option<OutboxRow> {
        if self.rows.len() >= MAX_OUTBOX_ROWS || self.holds(document, &item) {
            return None;
        }
        let row = OutboxRow { row: self.next, document, scope, item, aside: None };
        self.next += 1;
        self.keep(row.clone(), false);
        Some(row)
    }

    pub(super) fn confirm(&mut self, row: u64) {
        if let Some((_, confirmed)) = self.rows.get_mut(&row) {
            *confirmed = true;
        }
    }

    pub(super) fn remove(&mut self, row: u64) {
        let Some((row, _)) = self.rows.remove(&row) else { return };
        if let Item::Change { hash, .. } = row.item {
            self.hashes.remove(&(row.document, hash));
        }
    }

    pub(super) fn set_aside(&mut self, row: u64, code: SyncCode) {
        if let Some((row, _)) = self.rows.get_mut(&row) {
            row.aside = Some(code);
            self.aside.insert(row.document);
        }
    }

    /// The rows that are set aside.
    pub(super) fn set_aside_rows(&self) -> Vec<u64> {
        self.rows.values().filter(|(row, _)| row.aside.is_some()).map(|(row, _)| row.row).collect()
    }

    /// These rows are sent once more.
    pub(super) fn offer_again(&mut self, rows: &[u64]) {
        for row in rows {
            if let Some((row, _)) = self.rows.get_mut(row) {
                row.aside = None;
            }
        }
        let aside = self.rows.values().filter(|(row, _)| row.aside.is_some()).map(|(row, _)| row.document);
        self.aside = aside.collect();
    }

    /// The rows of the next push: changes that storage holds, oldest first, of documents that nothing holds up.
    pub(super) fn next_push(&self, held: impl Fn(DocumentId) -> bool) -> Vec<&OutboxRow> {
        let mut bytes_so_far = 0;
        let mut chosen = Vec::new();
        let mut unconfirmed = BTreeSet::new();
        for (row, confirmed) in self.rows.values() {
            let Item::Change { bytes, .. } = &row.item else { continue };
            if !confirmed {
                unconfirmed.insert(row.document); // what follows in this document must not overtake it
            }
            if unconfirmed.contains(&row.document) || self.aside.contains(&row.document) || held(row.document)
            {
                continue;
            }
            if chosen.len() >= MAX_PUSH_CHANGES
                || (bytes_so_far > 0 && bytes_so_far + bytes.0.len() > AIM_FRAME_BYTES)
            {
                break;
            }
            bytes_so_far += bytes.0.len();
            chosen.push(row);
        }
        chosen
    }

    /// Submissions whose document has been sent whole.
    pub(super) fn manifests(&self) -> Vec<&OutboxRow> {
        let mut busy = BTreeSet::new();
        let mut ready = Vec::new();
        for (row, confirmed) in self.rows.values() {
            match &row.item {
                Item::Change { .. } => {
                    busy.insert(row.document);
                }
                Item::Manifest(_) if *confirmed && row.aside.is_none() && !busy.contains(&row.document) => {
                    ready.push(row)
                }
                Item::Manifest(_) => {}
            }
        }
        ready
    }

    /// The row of this change, if it waits here.
    pub(super) fn row_of(&self, document: DocumentId, hash: ChangeHash) -> Option<u64> {
        let found = self.rows.values().find(|(row, _)| {
            row.document == document
                && matches!(&row.item, Item::Change { hash: theirs, .. } if *theirs == hash)
        });
        found.map(|(row, _)| row.row)
    }

    /// Everything that is not yet safe on the server.
    pub fn unsynced(&self, sent: &BTreeSet<u64>) -> Vec<Unsynced> {
        let state = |row: &OutboxRow, confirmed: bool| match row.aside {
            Some(code) => RowState::Aside(code),
            None if !confirmed => RowState::Saving,
            None if self.aside.contains(&row.document) => RowState::Behind,
            None if sent.contains(&row.row) => RowState::Sent,
            None => RowState::Waiting,
        };
        let show = |(row, confirmed): &(OutboxRow, bool)| Unsynced {
            document: row.document,
            submission: match &row.item {
                Item::Manifest(manifest) => Some(manifest.submission),
                Item::Change { .. } => None,
            },
            state: state(row, *confirmed),
        };
        self.rows.values().map(show).collect()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Is everything safe on the server?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Are there changes that can still be sent, now or once storage confirms them?
    pub(super) fn has_sendable(&self) -> bool {
        let sendable = |(row, _): &(OutboxRow, bool)| {
            matches!(row.item, Item::Change { .. }) && !self.aside.contains(&row.document)
        };
        self.rows.values().any(sendable)
    }

    fn holds(&self, document: DocumentId, item: &Item) -> bool {
        matches!(item, Item::Change { hash, .. } if self.hashes.contains(&(document, *hash)))
    }

    fn keep(&mut self, row: OutboxRow, confirmed: bool) {
        if let Item::Change { hash, .. } = &row.item {
            self.hashes.insert((row.document, *hash));
        }
        if row.aside.is_some() {
            self.aside.insert(row.document);
        }
        self.rows.insert(row.row, (row, confirmed));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(number: u8, length: usize) -> Item {
        Item::Change { hash: ChangeHash::of(&[number]), bytes: Bytes(vec![number; length]) }
    }

    fn document(number: u8) -> DocumentId {
        DocumentId::from_bytes([number; 16])
    }

    /// Two changes of one document and one of another, all confirmed.
    fn three_kept() -> Outbox {
        let mut outbox = Outbox::default();
        for (doc, number) in [(1, 1), (1, 2), (2, 3)] {
            let scope = ScopeId::from_bytes([1; 16]);
            let row = outbox.add(document(doc), scope, change(number, 10)).unwrap();
            outbox.confirm(row.row);
        }
        outbox
    }

    fn rows(outbox: &Outbox) -> Vec<u64> {
        outbox.next_push(|_| false).iter().map(|row| row.row).collect()
    }

    #[test]
    fn nothing_is_sent_that_storage_has_not_confirmed_and_nothing_overtakes_it() {
        let scope = ScopeId::from_bytes([1; 16]);
        let mut outbox = Outbox::default();
        for (doc, number) in [(1, 1), (1, 2), (2, 3)] {
            outbox.add(document(doc), scope, change(number, 10)).unwrap();
        }
        outbox.confirm(1);
        assert_eq!(rows(&outbox), [] as [u64; 0]);
        outbox.confirm(2);
        assert_eq!(rows(&outbox), [2]);
        outbox.confirm(0);
        assert_eq!(rows(&outbox), [0, 1, 2]);
        assert!(outbox.add(document(1), scope, change(1, 10)).is_none(), "it waits here already");
    }

    #[test]
    fn a_poisoned_row_holds_up_its_own_document_only() {
        let mut outbox = three_kept();
        outbox.set_aside(0, SyncCode::ChangeMalformed);
        assert_eq!(rows(&outbox), [2]);
        let states: Vec<_> = outbox.unsynced(&BTreeSet::from([2])).iter().map(|item| item.state).collect();
        assert_eq!(states, [RowState::Aside(SyncCode::ChangeMalformed), RowState::Behind, RowState::Sent]);
    }

    #[test]
    fn what_was_set_aside_is_sent_once_more_in_its_old_order() {
        let mut outbox = three_kept();
        outbox.set_aside(0, SyncCode::ChangeMalformed);
        outbox.set_aside(2, SyncCode::ChangeMalformed);
        assert_eq!(outbox.set_aside_rows(), [0, 2]);
        outbox.offer_again(&[0]);
        assert_eq!((rows(&outbox), outbox.set_aside_rows()), (vec![0, 1], vec![2]));
    }

    #[test]
    fn a_push_is_bounded_and_a_large_change_still_goes() {
        let scope = ScopeId::from_bytes([1; 16]);
        let mut outbox = Outbox::default();
        for number in 0..12 {
            let row = outbox.add(document(number), scope, change(number, 60_000)).unwrap();
            outbox.confirm(row.row);
        }
        assert_eq!(rows(&outbox), [0, 1, 2, 3]);
    }
}
