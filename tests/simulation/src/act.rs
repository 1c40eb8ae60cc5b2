//! What people do and what fate does, drawn one at a time.

use jiff::Timestamp;
use rand::seq::SliceRandom;
use rand::{Rng, RngCore};
use shared::document::{
    Application, ChangeHash, DocumentError, DocumentId, Edit, Field, Needs, Photo, Slot, Source, Stamp,
};
use shared::domain::{AccountId, PhotoHash, PhotoId, ScopeId, SubmissionId};
use shared::protocol::sync::{PhotoManifest, Revoked};
use shared::sync::manifest_of;

use crate::device::Tab;
use crate::disk::PhotoRow;
use crate::world::World;

/// Fields that are typed into: few, so that people meet.
const FIELDS: [Field; 5] = [Field::Price, Field::Mileage, Field::Brand, Field::Term, Field::Dealer];
/// Most documents of one seed.
const MOST_DOCUMENTS: usize = 8;

/// One edit with what the model has to know about it.
struct Act {
    edits: Vec<Edit>,
    typed: Vec<(Field, String)>,
    manifest: Option<PhotoManifest>,
}

impl World {
    pub(crate) fn act(&mut self) {
        let number = self.rng.gen_range(0..self.devices.len());
        if let Some(running) = &mut self.devices[number].running {
            running.busy_until = self.now + 60_000;
        }
        self.tick_within(number, 500);
        match self.rng.gen_range(0..1000) {
            0..700 => self.edit(number),
            700..760 => self.crash_and_restart(number),
            760..790 if self.server.up => self.crash_server(),
            790..860 => {
                let device = &mut self.devices[number];
                match self.rng.gen_range(0..4) {
                    0 => (device.up_blocked, device.down_blocked) = (true, true),
                    1 => (device.up_blocked, device.down_blocked) = (true, false),
                    2 => (device.up_blocked, device.down_blocked) = (false, true),
                    _ => (device.up_blocked, device.down_blocked) = (false, false),
                }
            }
            860..890 => {
                for device in &mut self.devices {
                    (device.up_blocked, device.down_blocked) = (false, false);
                }
            }
            890..920 => self.devices[number].clock_ms = self.rng.gen_range(-86_400_000..=86_400_000),
            920..940 => self.devices[number].full = self.rng.gen_bool(0.6),
            940..960 => self.devices[number].backup = Some(self.devices[number].disk.clone()),
            960..972 => self.roll_back(number),
            972..990 => {
                let two = self.rng.gen_bool(0.7);
                if let Some(running) = &mut self.devices[number].running {
                    if two && running.tabs.len() < 2 {
                        running.tabs.push(Tab::default());
                    } else if !two && running.tabs.len() > 1 && running.tabs[1].busy.is_empty() {
                        running.tabs.truncate(1);
                    }
                }
            }
            990..995 => self.revoke(number),
            _ => {}
        }
    }

    fn edit(&mut self, number: usize) {
        let Some(running) = &self.devices[number].running else { return };
        let tab = self.rng.gen_range(0..running.tabs.len());
        let known: Vec<DocumentId> = self.devices[number].disk.log.keys().copied().collect();
        let new =
            known.is_empty() || (self.document_scopes.len() < MOST_DOCUMENTS && self.rng.gen_bool(0.08));
        let document = if new && self.document_scopes.len() < MOST_DOCUMENTS {
            self.begin(number, tab)
        } else {
            known.choose(&mut self.rng).copied()
        };
        let Some(document) = document else { return };
        if !self.open_in(number, tab, document) {
            return;
        }
        let Some(mut application) = self.take_out(number, tab, document) else { return };
        let done = self.draw_edit(number, &mut application);
        match done {
            Ok(act) => self.save(number, tab, application, act),
            // Refused by the document: nothing has changed, and the tab keeps it.
            Err(_) => self.put_back(number, tab, application),
        }
    }

    fn draw_edit(&mut self, number: usize, application: &mut Application) -> Result<Act, DocumentError> {
        let at = 1_795_600_000 + (self.now as i64 + self.devices[number].clock_ms) / 1_000;
        let at = Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH);
        let stamp = Stamp { source: Source::advisor(AccountId::from_bytes([number as u8 + 1; 16])), at };
        let field = *FIELDS.choose(&mut self.rng).unwrap_or(&Field::Brand);
        let value = self.rng.gen_range(1..100u32).to_string();
        let one = |edit: Edit, typed: Vec<(Field, String)>| Act { edits: vec![edit], typed, manifest: None };
        let open = application.view().open_fields();
        if let Some(field) = open.first().copied()
            && self.rng.gen_bool(0.5)
        {
            let choices: Vec<String> =
                application.field(field).choices().map(|entry| entry.text.clone()).collect();
            let chosen = choices.choose(&mut self.rng).cloned().unwrap_or_default();
            let edit = application.settle(field, &chosen, &stamp)?;
            self.settled += 1;
            return Ok(one(edit, vec![(field, chosen)]));
        }
        match self.rng.gen_range(0..100) {
            0..55 => Ok(one(application.enter_field(field, &value, &stamp)?, vec![(field, value)])),
            55..65 => {
                let typed = [
                    (Field::Colour, "red"),
                    (Field::Keys, "2"),
                    (Field::Seats, "5"),
                    (Field::Dealer, &value),
                ];
                let before: Vec<_> = typed.iter().map(|(field, _)| application.field(*field).typed).collect();
                let edit = application.fill_section(&typed, &stamp)?;
                // What the field said already was not written again.
                let unsaid = |(place, (_, text)): &(usize, &(Field, &str))| {
                    let said = &before[*place];
                    said.is_empty() || said.iter().any(|entry| entry.text != *text)
                };
                let written =
                    typed.iter().enumerate().filter(unsaid).map(|(_, (f, text))| (*f, (*text).to_owned()));
                Ok(one(edit, written.collect()))
            }
            65..70 => Ok(one(application.clear_field(field, &stamp)?, vec![(field, String::new())])),
            70..76 => {
                let notes = format!("{}{}", application.view().notes, value);
                Ok(one(application.write_note(&notes)?, Vec::new()))
            }
            76..82 => {
                let partner = if self.rng.gen_bool(0.5) { "registry" } else { "valuer" };
                Ok(one(application.confirm_by_partner(&[(field, &value)], partner, at)?, Vec::new()))
            }
            82..92 => self.photograph(number, application, &stamp).map(|edit| one(edit, Vec::new())),
            _ => {
                let mut id = [0; 16];
                self.rng.fill_bytes(&mut id);
                let needs = Needs { fields: Vec::new(), photos: Vec::new(), consents: Vec::new() };
                let submitted = application.submit(SubmissionId::from_bytes(id), &needs, &stamp)?;
                let manifest = manifest_of(application.id(), &submitted.seal);
                Ok(Act { edits: vec![submitted.edit], typed: Vec::new(), manifest: Some(manifest) })
            }
        }
    }

    /// The picture is stored first, then its entry.
    fn photograph(
        &mut self,
        number: usize,
        application: &mut Application,
        stamp: &Stamp,
    ) -> Result<Edit, DocumentError> {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let mut bytes = vec![0; self.rng.gen_range(100..5_000)];
        self.rng.fill_bytes(&mut bytes);
        let photo = Photo {
            id: PhotoId::from_bytes(id),
            slot: Slot::Vehicle,
            plain: PhotoHash::of(&id),
            cipher: PhotoHash::of(&bytes),
            cipher_bytes: bytes.len() as u32,
            source: stamp.source.clone(),
            at: stamp.at,
        };
        let edit = application.attach_photo(&photo)?;
        self.model.photos.insert(photo.id, photo.cipher);
        let length = bytes.len() as u32;
        let row = PhotoRow { document: application.id(), bytes, stored: false };
        self.devices[number].disk.photos.insert(photo.id, row);
        if let Some(running) = &mut self.devices[number].running {
            running.uploads.add(photo.id, length);
        }
        Ok(edit)
    }

    /// A new document, with its first entry.
    fn begin(&mut self, number: usize, tab: usize) -> Option<DocumentId> {
        let mut id = [0; 16];
        self.rng.fill_bytes(&mut id);
        let document = DocumentId::from_bytes(id);
        let scope: ScopeId = *self.devices[number].scopes.choose(&mut self.rng)?;
        self.document_scopes.insert(document, scope);
        let mut actor = [0; 16];
        self.rng.fill_bytes(&mut actor);
        let application = Application::begin(document, shared::document::Actor::fresh(actor)).ok()?;
        self.devices[number].running.as_mut()?.tabs.get_mut(tab)?.open.insert(document, application);
        Some(document)
    }

    fn take_out(&mut self, number: usize, tab: usize, document: DocumentId) -> Option<Application> {
        self.devices[number].running.as_mut()?.tabs.get_mut(tab)?.open.remove(&document)
    }

    fn put_back(&mut self, number: usize, tab: usize, application: Application) {
        if let Some(running) = &mut self.devices[number].running
            && let Some(tab) = running.tabs.get_mut(tab)
        {
            tab.open.insert(application.id(), application);
        }
    }

    fn save(&mut self, number: usize, tab: usize, application: Application, act: Act) {
        let document = application.id();
        let scope = self.document_scopes[&document];
        let seal = act.manifest.as_ref().map(|manifest| manifest.submission);
        for edit in &act.edits {
            self.note(&edit.bytes);
            self.model.make(number, document, &edit.bytes, act.typed.clone(), seal);
        }
        let started = self.devices[number].running.as_ref().map_or(0, |running| running.started);
        let moment = self.moment(self.devices[number].clock_ms, started);
        let Some(running) = &mut self.devices[number].running else { return };
        match running.machine.handle_edit(document, scope, &act.edits, act.manifest, moment) {
            Ok(effects) => {
                for effect in &effects {
                    if let shared::sync::Effect::Store(transaction) = effect {
                        running.waiting.insert(transaction.id, (tab, document));
                    }
                }
                if let Some(tab) = running.tabs.get_mut(tab) {
                    tab.busy.insert(document);
                    tab.open.insert(document, application);
                }
                self.carry_out(number, effects);
            }
            // Locked, revoked or full: the person is told, and the tab forgets the edit.
            Err(_) => drop(application),
        }
    }

    /// Somebody restores an old backup of the device, or its storage falls back to an older state.
    fn roll_back(&mut self, number: usize) {
        let Some(backup) = self.devices[number].backup.clone() else { return };
        if self.devices[number].erased {
            return;
        }
        self.note(b"roll back");
        self.crash(number);
        let lost: Vec<(DocumentId, ChangeHash)> =
            self.devices[number].disk.known.difference(&backup.known).copied().collect();
        let photos: Vec<PhotoId> = (self.devices[number].disk.photos.keys())
            .filter(|photo| !backup.photos.contains_key(*photo))
            .copied()
            .collect();
        self.model.excused_photos.extend(photos);
        for change in lost {
            if !self.server.store.changes.contains(&change) {
                self.model.excused.insert(change);
            }
        }
        self.devices[number].disk = backup;
        let delay = self.rng.gen_range(100..30_000);
        self.at(delay, crate::world::Event::Start(number));
    }

    fn revoke(&mut self, number: usize) {
        if self.devices[number].revoked {
            return;
        }
        let how = if self.rng.gen_bool(0.7) { Revoked::HandOver } else { Revoked::Erase };
        self.note(b"revoke");
        self.devices[number].revoked = true;
        let id = self.devices[number].id;
        if let Some(known) = self.server.store.devices.get_mut(&id) {
            known.revoked = Some(how);
        }
        let theirs: Vec<u64> = (self.server.sessions.iter())
            .filter(|(_, session)| session.device() == Some(id))
            .map(|(connection, _)| *connection)
            .collect();
        for connection in theirs {
            self.answer(connection, |session| session.handle_revoked(how));
        }
    }

    /// A device's key was destroyed: what only it had is lost, and the office knows how much.
    pub(crate) fn model_excuses(&mut self, number: usize) {
        let known: Vec<_> = self.devices[number].disk.known.iter().copied().collect();
        for change in known {
            if !self.server.store.changes.contains(&change) {
                self.model.excused.insert(change);
            }
        }
        let photos: Vec<_> = self.devices[number].disk.photos.keys().copied().collect();
        self.model.excused_photos.extend(photos);
    }
}
