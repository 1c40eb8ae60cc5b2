//! Where the device is, and what is not yet safe on the server.

use std::collections::BTreeMap;

use shared::app::{
    Answer, Gate, LinkState, MAX_LISTED, News, Safety, Standing, UnsafeItem, UnsafeState, UnsafeWhat,
};
use shared::document::Slot;
use shared::domain::DocumentId;
use shared::sync::{Link, RowState, Upload as State};

use super::{Deed, Engine, shown::percent};
use crate::store::CAPTURING;

/// What has to be looked for in outbox and database. It is kept until something may have changed it.
#[derive(Clone, Default, PartialEq, Debug)]
pub(super) struct Counted {
    unsynced: usize,
    aside: usize,
    photo_bytes: u64,
    sending_percent: Option<u8>,
    capturing: Option<(DocumentId, Slot)>,
    pub(super) safeties: Safeties,
}

/// How safe each document is that is not safe altogether.
#[derive(Clone, Default, PartialEq, Debug)]
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
    pub fn standing(&mut self) -> Standing {
        let Counted { unsynced, aside, photo_bytes, sending_percent, capturing, .. } = *self.counted();
        Standing {
            gate: self.gate(),
            link: match self.device.link() {
                Link::Offline { .. } => LinkState::Offline,
                Link::Connecting | Link::Greeting { .. } => LinkState::Connecting,
                Link::Online => LinkState::Online,
                Link::Stopped => LinkState::Stopped,
            },
            unsynced,
            aside,
            photo_bytes,
            sending_percent,
            account: self.on_offer.as_ref().map(|offer| offer.name.clone()),
            device_name: Some(self.me.name.clone()),
            capturing,
            server: None,
        }
    }

    /// What outbox and database come to, counted anew only after something happened.
    pub(super) fn counted(&mut self) -> &Counted {
        let counted = self.counted.take().unwrap_or_else(|| self.count());
        self.counted.insert(counted)
    }

    /// Something happened that may change what is counted.
    pub(super) fn count_anew(&mut self) {
        self.counted = None;
        self.reporting.changed();
    }

    pub(super) fn count(&self) -> Counted {
        let (unsynced, photos) = (self.device.unsynced(), self.store.photos().unwrap_or_default());
        let waiting: Vec<_> =
            photos.iter().filter(|photo| photo.here && photo.stored != Some(true)).collect();
        let aside = unsynced.iter().filter(|item| matches!(item.state, RowState::Aside(_))).count();
        let refused = waiting.iter().filter(|photo| photo.stored == Some(false)).count();
        let sending = waiting.iter().find_map(|photo| match self.uploads.state(photo.id) {
            Some(State::Uploading(sent)) => Some(percent(sent, photo.bytes)),
            _ => None,
        });
        let mut safeties = BTreeMap::new();
        for item in &unsynced {
            let safety = match item.state {
                RowState::Aside(_) | RowState::Behind => Safety::Aside,
                RowState::Sent => Safety::Sending,
                RowState::Saving | RowState::Waiting => Safety::Saved,
            };
            worst(&mut safeties, item.document, safety);
        }
        for photo in &waiting {
            let safety = match (photo.stored, self.uploads.state(photo.id)) {
                (Some(_), _) | (_, Some(State::Rejected)) => Safety::Aside,
                (_, Some(State::Uploading(_))) => Safety::Sending,
                _ => Safety::Saved,
            };
            worst(&mut safeties, photo.document, safety);
        }
        Counted {
            unsynced: unsynced.len() + waiting.len(),
            aside: aside + refused,
            photo_bytes: waiting.iter().map(|photo| u64::from(photo.bytes)).sum(),
            sending_percent: sending,
            capturing: self.store.meta(CAPTURING).ok().flatten().flatten(),
            safeties: Safeties(safeties),
        }
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
        let told = std::mem::take(&mut self.told_safeties);
        let safeties = &self.counted().safeties;
        if *safeties == told {
            self.told_safeties = told;
        } else {
            let safeties = safeties.clone();
            self.changed.extend(safeties.changed_since(&told));
            self.told_safeties = safeties;
        }
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
