//! What photos say: asked of the server once a photo is whole there, and written into the case as proposals that a person
//! takes over or not.

use std::collections::{BTreeMap, VecDeque};

use shared::document::{Field, FieldView, MAX_VALUE_BYTES, Slot, Source, Status};
use shared::domain::{DocumentId, PhotoId};
use shared::protocol::photo_reading::{PhotoProposals, Proposal};
use shared::protocol::sync::signed::{self, Signatory};
use shared::sync::Link;

use super::{Deed, Engine, Upload};

/// Most times that one photo is asked about between two starts.
const MOST_TRIES: u32 = 5;
/// Wait after the first answer that was none; it doubles, milliseconds.
const FIRST_WAIT_MS: u64 = 2_000;

/// Photos that are whole on the server and that nobody has read yet.
#[derive(Default)]
pub(super) struct Readings {
    wanted: VecDeque<PhotoId>,
    asked: Option<PhotoId>,
    tries: BTreeMap<PhotoId, u32>,
    not_before: u64,
}

impl Readings {
    /// A photo is whole on the server.
    pub(super) fn want(&mut self, photo: PhotoId, slot: Slot) {
        if slot == Slot::IdFront {
            self.wanted.push_back(photo);
        }
    }
}

impl Engine {
    /// Asks about one photo.
    pub(super) fn read_next(&mut self) {
        let now = (self.world.ticks)();
        let free = self.readings.asked.is_none() && now >= self.readings.not_before && !self.erased;
        if !free || self.device.link() != Link::Online || !self.device.is_quiet() {
            return;
        }
        let Some(photo) = self.readings.wanted.pop_front() else { return };
        // One that was taken out of its case, or went with a complete submission, is nobody's question any more.
        let kept = self.store.photos().unwrap_or_default();
        let document = kept.iter().find(|kept| kept.id == photo && kept.here).map(|kept| kept.document);
        if document.is_none_or(|document| self.was_read(document, photo)) {
            return;
        }
        self.readings.asked = Some(photo);
        let who = Signatory { tenant: self.me.tenant, device: self.me.device };
        self.deeds.push_back(Deed::Read(Upload {
            photo,
            method: "POST",
            path: format!("/files/{photo}/reading"),
            headers: self.signed_headers(&signed::reading_bytes(who, photo)),
            body: Vec::new(),
        }));
    }

    /// Does the document have what this photo says, or is it closed to proposals?
    fn was_read(&mut self, document: DocumentId, photo: PhotoId) -> bool {
        let Ok(Some(application)) = self.application(document) else { return true };
        let from = |source: &Source| matches!(source, Source::Reader { photo: of, .. } if of.id() == photo);
        let view = application.view();
        let read = |field: &FieldView| field.read.iter().any(|entry| from(&entry.source));
        view.status != Status::Draft || view.fields.values().any(read)
    }

    /// What the server says of a photo: the status, 0 where no answer came, and the body.
    pub fn handle_read(&mut self, photo: PhotoId, status: u16, body: &[u8]) {
        if self.readings.asked.take_if(|asked| *asked == photo).is_none() {
            return;
        }
        match status {
            200 => {
                let kept = self.store.photos().unwrap_or_default();
                let document = kept.iter().find(|kept| kept.id == photo).map(|kept| kept.document);
                if let (Some(read), Some(document)) = (PhotoProposals::read(body), document) {
                    self.propose(document, photo, &read);
                }
            }
            // Nobody answered, or was too busy to.
            0 | 423 | 429 | 500.. => {
                let tries = self.readings.tries.entry(photo).or_default();
                *tries += 1;
                if *tries < MOST_TRIES {
                    let wait = FIRST_WAIT_MS << *tries;
                    self.readings.wanted.push_back(photo);
                    self.readings.not_before = (self.world.ticks)() + wait;
                }
            }
            // It is no photo, or not ours to ask about: a person types what it says.
            _ => {}
        }
    }

    fn propose(&mut self, document: DocumentId, photo: PhotoId, read: &PhotoProposals) {
        let at = self.now();
        let mut entries = Vec::new();
        for Proposal { field, text, confidence, region } in &read.fields {
            // A newer server may read what this app has no field for.
            let Some(field) = Field::from_key(field).filter(|_| text.len() <= MAX_VALUE_BYTES) else {
                continue;
            };
            entries.push((field, text.as_str(), Source::reader(*confidence, photo, *region)));
        }
        if !entries.is_empty() {
            // A case that was handed in meanwhile takes no proposals, and needs none.
            let _ = self.edit(document, |application| application.propose_reading(&entries, at));
        }
    }
}
