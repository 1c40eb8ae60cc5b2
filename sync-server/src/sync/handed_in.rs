//! What a document said when it was handed in, as the child process that looks into it answers: settled words, photos
//! and consents, and nothing that has to be looked into again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use shared::document::{Slot, View};
use shared::domain::{DocumentId, PhotoHash, PhotoId};

/// What a document said.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct HandedIn {
    /// Settled values by the field's key.
    fields: BTreeMap<String, String>,
    /// Its photos, in the order of their slots and of their taking.
    pub(crate) photos: Vec<HandedInPhoto>,
    /// Purposes of the consents that were captured on the device. None of them is effective.
    pub(crate) captured: Vec<String>,
    /// The document that it amends.
    pub(crate) amends: Option<DocumentId>,
}

/// A photo that was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct HandedInPhoto {
    /// Its name.
    pub(crate) id: PhotoId,
    /// What it shows.
    pub(crate) slot: Slot,
    /// Digest of the picture.
    pub(crate) plain: PhotoHash,
}

impl HandedIn {
    pub(super) fn of(view: &View) -> Self {
        let fields = view.fields.iter().filter_map(|(field, said)| {
            let text = said.settled()?.text.clone();
            (!text.is_empty()).then(|| (field.key().to_owned(), text))
        });
        let photos = view.photos.iter();
        let photos = photos.map(|photo| HandedInPhoto { id: photo.id, slot: photo.slot, plain: photo.plain });
        let mut captured: Vec<String> =
            view.consents.iter().map(|consent| consent.purpose.code().to_owned()).collect();
        captured.dedup();
        Self {
            fields: fields.collect(),
            photos: photos.collect(),
            captured,
            amends: view.amends.map(|(document, _)| document),
        }
    }

    /// What a field said; nothing where it is empty or somebody still has to settle it.
    pub(crate) fn said(&self, field: shared::document::Field) -> Option<&str> {
        self.fields.get(field.key()).map(String::as_str)
    }
}
