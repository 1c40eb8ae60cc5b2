//! What must hold: after every step for what the step touched, and at the end for everything.

use std::collections::{BTreeMap, BTreeSet};

use shared::document::{Field, genesis_hash};
use shared::domain::{ChangeHash, DocumentId, PhotoHash};
use shared::protocol::sync::{Frame, ManifestPhoto, ReceiptState};
use shared::sync::{Item, OutboxRow, Upload};

use crate::Sabotage;
use crate::device::Running;
use crate::world::World;

impl World {
    /// Before the server says something, it must be true.
    pub(crate) fn check_said(&mut self, connection: u64, frame: &Frame) {
        match frame {
            Frame::PushAck(ack) => {
                let Some(open) = self.connections.get(&connection) else { return };
                let carried = open.pushes.get(&ack.number).cloned().unwrap_or_default();
                let refused: BTreeSet<_> =
                    ack.refused.iter().map(|refused| (refused.document, refused.change)).collect();
                for change in carried.iter().filter(|change| !refused.contains(change)) {
                    let store = &self.server.store;
                    let durable = store.changes.contains(change)
                        || (ack.quarantined && store.quarantine.contains(change));
                    if !durable {
                        self.wrong(format!("acknowledged, not durable: {:?} of {}", change.1, change.0));
                    }
                }
            }
            Frame::Receipt(receipt) => {
                let first = *self.model.receipts.entry(receipt.document).or_insert(receipt.submission);
                if first != receipt.submission {
                    self.wrong(format!("two submissions stand for {}", receipt.document));
                }
                if receipt.state == ReceiptState::Complete {
                    self.check_photos(receipt.document);
                }
            }
            _ => {}
        }
    }

    /// Every photo of the submission is there, and its bytes come to what was sealed.
    fn check_photos(&mut self, document: DocumentId) {
        let Some(submission) = self.server.store.submissions.get(&document).cloned() else {
            return self.wrong(format!("complete, but nothing was handed in for {document}"));
        };
        for photo in submission.photos {
            let mut all = self.server.store.photos.iter();
            let there = all.find(|((_, id), _)| *id == photo.id).map(|(_, (_, bytes))| PhotoHash::of(bytes));
            if there != Some(photo.cipher) || self.model.photos.get(&photo.id) != Some(&photo.cipher) {
                self.wrong(format!("complete, but photo {} is not what was sealed", photo.id));
            }
        }
    }

    /// A document on a device says what the naive model says, whoever has it open.
    pub(crate) fn check_document(&mut self, number: usize, document: DocumentId) {
        let device = &self.devices[number];
        let Some(running) = &device.running else { return };
        let accepted = device.disk.receipts.get(&document).map(|receipt| receipt.submission);
        let mut wrong = Vec::new();
        for tab in &running.tabs {
            let Some(application) = tab.open.get(&document) else { continue };
            let known: BTreeSet<ChangeHash> = self.known_to(application);
            let expected = self.model.typed(document, &known, accepted);
            let mut seen: BTreeMap<Field, BTreeSet<String>> = BTreeMap::new();
            for (field, view) in application.view().fields {
                let mut texts: BTreeSet<String> = view.typed.into_iter().map(|entry| entry.text).collect();
                if self.sabotage == Some(Sabotage::ShowOneOfTwo) && texts.len() > 1 {
                    texts.pop_first();
                }
                if !texts.is_empty() {
                    seen.insert(field, texts);
                }
            }
            if seen != expected {
                wrong.push(format!("device {number} shows {seen:?} of {document}, must show {expected:?}"));
            }
            let mut heads = self.model.heads(document, &known);
            let mut theirs = application.heads();
            heads.sort();
            theirs.sort();
            if heads != theirs {
                wrong
                    .push(format!("device {number} has heads {theirs:?} of {document}, must have {heads:?}"));
            }
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }

    fn known_to(&self, application: &shared::document::Application) -> BTreeSet<ChangeHash> {
        let made = self.model.made.keys().filter(|(document, _)| *document == application.id());
        made.filter(|(_, hash)| application.has(*hash)).map(|(_, hash)| *hash).collect()
    }

    /// A program that starts lists whatever is saved here and not yet on the server: its storage is all it has to tell it.
    pub(crate) fn check_listed(&mut self, number: usize) {
        let device = &self.devices[number];
        let listed: BTreeSet<(DocumentId, ChangeHash)> = (device.disk.outbox.values())
            .filter_map(|row| match &row.item {
                Item::Change { hash, .. } => Some((row.document, *hash)),
                Item::Manifest(_) => None,
            })
            .collect();
        let store = &self.server.store;
        let hidden = self.model.made.iter().find(|(change, made)| {
            made.device == number
                && made.saved
                && !listed.contains(change)
                && !store.changes.contains(change)
                && !store.quarantine.contains(change)
                && !self.model.excused.contains(change)
        });
        if let Some(((document, hash), _)) = hidden {
            let what = format!("device {number} does not list {hash:?} of {document}, which is on no server");
            self.wrong(what);
        }
    }

    /// After everything has healed.
    pub(crate) fn check_end(&mut self) {
        self.check_nothing_lost();
        for number in 0..self.devices.len() {
            if self.devices[number].erased || self.devices[number].revoked {
                self.check_revoked(number);
            } else {
                self.check_converged(number);
            }
        }
        self.check_submissions();
    }

    fn check_nothing_lost(&mut self) {
        let mut wrong = Vec::new();
        for ((document, hash), made) in &self.model.made {
            let safe = self.server.store.changes.contains(&(*document, *hash));
            let excused = self.model.excused.contains(&(*document, *hash));
            let handed_over = self.devices[made.device].revoked
                && (self.server.store.quarantine.contains(&(*document, *hash))
                    || self.devices[made.device].disk.known.contains(&(*document, *hash)));
            if made.saved && !safe && !excused && !handed_over {
                wrong.push(format!("lost: {hash:?} of {document}, made on device {}", made.device));
            }
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }

    fn check_converged(&mut self, number: usize) {
        let mut wrong = Vec::new();
        let device = &self.devices[number];
        let arrived = |photo: &ManifestPhoto| self.server.store.photos.keys().any(|(_, id)| *id == photo.id);
        let overdue = |row: &&OutboxRow| match &row.item {
            Item::Change { .. } => true,
            // One whose photos cannot arrive any more stays, where a person sees it.
            Item::Manifest(manifest) => manifest.photos.iter().all(arrived),
        };
        for row in device.disk.outbox.values().filter(overdue) {
            wrong.push(format!(
                "device {number} still holds row {} of {}, {:?}",
                row.row, row.document, row.aside
            ));
        }
        if !device.disk.incoming_set_aside.is_empty() {
            wrong.push(format!("device {number} set incoming changes aside"));
        }
        for (document, (known, _)) in &self.server.store.documents {
            if !device.scopes.contains(&known.scope) {
                if device.disk.log.contains_key(document) {
                    wrong.push(format!("device {number} got {document}, which is not in its scopes"));
                }
                continue;
            }
            let mut there = self.server.store.heads(*document);
            there.sort();
            let Some(application) = device.disk.open(*document, [0xcc; 16]) else {
                wrong.push(format!("device {number} does not have {document}"));
                continue;
            };
            let mut here = application.heads();
            here.sort();
            if here != there {
                wrong.push(format!("device {number} has {document} at {here:?}, the server at {there:?}"));
            }
            let known: BTreeSet<ChangeHash> = self
                .server
                .store
                .changes
                .iter()
                .filter(|(d, _)| d == document)
                .map(|(_, hash)| *hash)
                .collect();
            let accepted = self.server.store.submissions.get(document).map(|submission| submission.id);
            // A receipt reaches the devices that handed it in; the others go by the document until they pull a case.
            if device.disk.receipts.get(document).map(|receipt| receipt.submission) == accepted {
                let expected = self.model.typed(*document, &known, accepted);
                let view = application.view();
                for (field, texts) in expected {
                    let lane = view.fields.get(&field).map(|view| view.typed.clone()).unwrap_or_default();
                    let shown: BTreeSet<String> = lane.into_iter().map(|entry| entry.text).collect();
                    if shown != texts {
                        wrong.push(format!("device {number} ends with {shown:?} in {field:?} of {document}, must be {texts:?}"));
                    }
                }
            }
        }
        // What the server never heard of has to be nowhere.
        for document in device.disk.log.keys() {
            if !self.server.store.documents.contains_key(document) {
                wrong.push(format!("device {number} has {document}, the server does not"));
            }
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }

    fn check_revoked(&mut self, number: usize) {
        let device = &self.devices[number];
        let waiting =
            device.disk.outbox.values().filter(|row| matches!(row.item, shared::sync::Item::Change { .. }));
        let why: Vec<_> = waiting.clone().map(|row| row.aside).collect();
        let waiting = waiting.count();
        if device.erased && !self.server.store.lost.contains_key(&device.id) {
            return self.wrong(format!("device {number} was erased and the office was not told"));
        }
        if !device.erased && waiting > 0 {
            self.wrong(format!(
                "device {number} was revoked and did not hand over {waiting} items, set aside as {why:?}"
            ));
        }
    }

    fn check_submissions(&mut self) {
        let mut wrong = Vec::new();
        for (document, submission) in &self.server.store.submissions {
            for photo in &submission.photos {
                let mut all = self.server.store.photos.iter();
                let there =
                    all.find(|((_, id), _)| *id == photo.id).map(|(_, (_, bytes))| PhotoHash::of(bytes));
                let gone = self.model.excused_photos.contains(&photo.id)
                    || self.devices.iter().any(|device| {
                        let rejected =
                            |running: &Running| running.uploads.state(photo.id) == Some(Upload::Rejected);
                        device.revoked || device.running.as_ref().is_some_and(rejected)
                    });
                if there.is_none() && !gone {
                    wrong.push(format!("photo {} of {document} never arrived", photo.id));
                }
                if there.is_some_and(|there| there != photo.cipher) {
                    wrong.push(format!("photo {} of {document} is not what was sealed", photo.id));
                }
            }
            for head in &submission.heads {
                if *head != genesis_hash() && !self.server.store.changes.contains(&(*document, *head)) {
                    wrong.push(format!("{document} was handed in at a head that the server does not have"));
                }
            }
        }
        wrong.into_iter().for_each(|what| self.wrong(what));
    }
}
