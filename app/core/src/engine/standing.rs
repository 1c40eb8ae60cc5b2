//! Where the device is, and what is not yet safe on the server.

use std::collections::BTreeMap;

use shared::app::{
    Answer, Gate, LinkState, MAX_LISTED, News, Safety, Standing, UnsafeItem, UnsafeState, UnsafeWhat,
};
use shared::domain::DocumentId;
use shared::sync::{Link, RowState, Upload as State};

use super::{Deed, Engine, ask::CAPTURING, shown::percent};

/// How safe each document is that is not safe altogether.
#[derive(Default, PartialEq)]
pub(super) struct Safeties(BTreeMap<DocumentId, Safety>);

impl Safeties {
    pub(super) fn of(&self, document: DocumentId, aside: bool) -> Safety {
        match self.0.get(&document) {
            _ if aside => Safety::Aside,
            Some(safety) => *safety,
            None => Safety::Safe,
        }
    }

    /// The documents that are otherwise safe than they were.
    fn changed_since(&self, before: &Safeties) -> Vec<DocumentId> {
        let documents = self.0.keys().chain(before.0.keys());
        documents.filter(|document| self.0.get(document) != before.0.get(document)).copied().collect()
    }
}

impl Engine {
    /// May one work on this device?
    pub fn gate(&self) -> Gate {
        if self.erased || self.device.is_revoked() {
            Gate::Revoked
        } else if self.device.is_locked() {
            Gate::LeaseOver
        } else {
            Gate::Open
        }
    }

    pub(super) fn gate_code(&self) -> &'static str {
        if self.gate() == Gate::Revoked { "device_revoked" } else { "device_locked" }
    }

    /// Where the device is.
    pub fn standing(&self) -> Standing {
        let unsynced = self.device.unsynced();
        let aside = unsynced.iter().filter(|item| matches!(item.state, RowState::Aside(_))).count();
        let photos = self.store.photos().unwrap_or_default();
        let waiting: Vec<_> =
            photos.iter().filter(|photo| photo.here && photo.stored != Some(true)).collect();
        let refused = waiting.iter().filter(|photo| photo.stored == Some(false)).count();
        let sending = waiting.iter().find_map(|photo| match self.uploads.state(photo.id) {
            Some(State::Uploading(sent)) => Some(percent(sent, photo.bytes)),
            _ => None,
        });
        Standing {
            gate: self.gate(),
            link: match self.device.link() {
                Link::Offline { .. } => LinkState::Offline,
                Link::Connecting | Link::Greeting { .. } => LinkState::Connecting,
                Link::Online => LinkState::Online,
                Link::Stopped => LinkState::Stopped,
            },
            unsynced: unsynced.len() + waiting.len(),
            aside: aside + refused,
            photo_bytes: waiting.iter().map(|photo| u64::from(photo.bytes)).sum(),
            sending_percent: sending,
            account: self.on_offer.as_ref().map(|offer| offer.name.clone()),
            device_name: Some(self.me.name.clone()),
            capturing: self.store.meta(CAPTURING).ok().flatten().flatten(),
        }
    }

    /// How safe the documents are that are not safe altogether.
    pub(super) fn safeties(&self) -> Safeties {
        let mut safeties = BTreeMap::new();
        for item in self.device.unsynced() {
            let safety = match item.state {
                RowState::Aside(_) | RowState::Behind => Safety::Aside,
                RowState::Sent => Safety::Sending,
                RowState::Saving | RowState::Waiting => Safety::Saved,
            };
            worst(&mut safeties, item.document, safety);
        }
        for photo in self.store.photos().unwrap_or_default() {
            if photo.here && photo.stored != Some(true) {
                let safety = match (photo.stored, self.uploads.state(photo.id)) {
                    (Some(_), _) | (_, Some(State::Rejected)) => Safety::Aside,
                    (_, Some(State::Uploading(_))) => Safety::Sending,
                    _ => Safety::Saved,
                };
                worst(&mut safeties, photo.document, safety);
            }
        }
        Safeties(safeties)
    }

    /// Everything that is not yet safe on the server.
    pub(super) fn unsafe_items(&self) -> Result<Answer, crate::StoreError> {
        let mut items: Vec<UnsafeItem> = Vec::new();
        let unsynced = self.device.unsynced();
        let photos: Vec<_> = (self.store.photos()?.into_iter())
            .filter(|photo| photo.here && photo.stored != Some(true))
            .collect();
        let total = unsynced.len() + photos.len();
        for item in &unsynced {
            let what = if item.submission.is_some() { UnsafeWhat::Submission } else { UnsafeWhat::Change };
            let state = match item.state {
                RowState::Saving | RowState::Waiting | RowState::Behind => UnsafeState::Waiting,
                RowState::Sent => UnsafeState::Sending,
                RowState::Aside(code) => UnsafeState::Aside(code.code().to_owned()),
            };
            let alike = |line: &&mut UnsafeItem| {
                line.document == item.document && line.what == what && line.state == state
            };
            if let Some(line) = items.iter_mut().find(alike) {
                line.count += 1;
            } else if items.len() < MAX_LISTED {
                let name = self.name_of(item.document)?;
                items.push(UnsafeItem { document: item.document, name, what, state, count: 1, bytes: 0 });
            }
        }
        for photo in photos.iter().take(MAX_LISTED.saturating_sub(items.len())) {
            items.push(UnsafeItem {
                document: photo.document,
                name: self.name_of(photo.document)?,
                what: UnsafeWhat::Photo(photo.slot),
                state: match (photo.stored, self.uploads.state(photo.id)) {
                    (Some(_), _) | (_, Some(State::Rejected)) => UnsafeState::Aside("photo_refused".into()),
                    (_, Some(State::Uploading(_))) => UnsafeState::Sending,
                    _ => UnsafeState::Waiting,
                },
                count: 1,
                bytes: u64::from(photo.bytes),
            });
        }
        Ok(Answer::Unsafe { items, total })
    }

    /// The customer's name; nobody's while the gate is shut.
    fn name_of(&self, document: DocumentId) -> Result<String, crate::StoreError> {
        if self.gate() != Gate::Open {
            return Ok(String::new());
        }
        Ok(self.store.row(document)?.map(|listed| listed.row.name).unwrap_or_default())
    }

    /// Tells the screens what has changed since they were last told.
    pub(super) fn tell(&mut self) {
        if self.erased {
            return;
        }
        let safeties = self.safeties();
        self.changed.extend(safeties.changed_since(&self.told_safeties));
        self.told_safeties = safeties;
        let documents: Vec<DocumentId> = std::mem::take(&mut self.changed).into_iter().collect();
        let standing = self.standing();
        if self.told.as_ref() != Some(&standing) {
            self.told = Some(standing.clone());
            self.deeds.push_back(Deed::Tell(News::Standing(standing)));
        }
        if !documents.is_empty() {
            self.deeds.push_back(Deed::Tell(News::Cases { documents }));
        }
    }
}

/// The less safe of two counts.
fn worst(safeties: &mut BTreeMap<DocumentId, Safety>, document: DocumentId, safety: Safety) {
    let rank = |safety: Safety| match safety {
        Safety::Safe => 0,
        Safety::Sending => 1,
        Safety::Saved => 2,
        Safety::Aside => 3,
    };
    let now = safeties.entry(document).or_insert(safety);
    if rank(safety) > rank(*now) {
        *now = safety;
    }
}
