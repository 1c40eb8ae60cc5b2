//! Handing in: the heads and the photos' digests are frozen, and what the document says from then on is what it said
//! at those heads. Changes that come later are kept and listed, and count for nothing until an amendment takes them up.

use super::{
    Application, Field, FieldView, MAX_PEOPLE_CONCURRENT, Source,
    application::{own, theirs},
    genesis::keys,
};
use crate::domain::{ChangeHash, DocumentId, PhotoHash, PhotoId, SubmissionId};
use automerge::ROOT;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What was handed in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seal {
    /// Which handing-in.
    pub submission: SubmissionId,
    /// The document's heads at that moment.
    pub heads: Vec<ChangeHash>,
    /// Its photos at that moment.
    pub photos: Vec<SealedPhoto>,
    /// Who handed it in.
    pub source: Source,
    /// When.
    pub at: Timestamp,
}

/// A photo as it was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SealedPhoto {
    /// Its name, as 16 bytes.
    id: [u8; 16],
    /// Digest of the prepared picture.
    pub plain: PhotoHash,
    /// Digest of the encrypted bytes.
    pub cipher: PhotoHash,
    /// Length of the encrypted bytes.
    pub cipher_bytes: u32,
}

impl SealedPhoto {
    /// Its name.
    pub fn id(&self) -> PhotoId {
        PhotoId::from_bytes(self.id)
    }
}

/// What somebody changed after it was handed in, most likely on a device without a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Late {
    /// The field.
    pub field: Field,
    /// What it would be now.
    pub now: FieldView,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    submission: [u8; 16],
    heads: Vec<ChangeHash>,
    photos: Vec<SealedPhoto>,
    source: Source,
    at_seconds: i64,
}

#[derive(Serialize, Deserialize)]
struct StoredLink {
    document: [u8; 16],
    submission: [u8; 16],
}

impl Seal {
    pub(super) fn of(
        application: &Application,
        submission: SubmissionId,
        source: Source,
        at: Timestamp,
    ) -> Seal {
        let photos = application.photos_at(None).into_iter().map(|photo| SealedPhoto {
            id: photo.id.to_bytes(),
            plain: photo.plain,
            cipher: photo.cipher,
            cipher_bytes: photo.cipher_bytes,
        });
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Seal { submission, heads: application.heads(), photos: photos.collect(), source, at }
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            submission: self.submission.to_bytes(),
            heads: self.heads.clone(),
            photos: self.photos.clone(),
            source: self.source.clone(),
            at_seconds: self.at.as_second(),
        };
        postcard::to_allocvec(&stored).unwrap_or_default()
    }

    fn from_bytes(bytes: &[u8]) -> Option<Seal> {
        let stored: Stored = postcard::from_bytes(bytes).ok()?;
        Some(Seal {
            submission: SubmissionId::from_bytes(stored.submission),
            heads: stored.heads,
            photos: stored.photos,
            source: stored.source,
            at: Timestamp::from_second(stored.at_seconds).ok()?,
        })
    }
}

/// The bytes that link an amendment to what it amends.
pub(super) fn link_bytes(document: DocumentId, submission: SubmissionId) -> Vec<u8> {
    let link = StoredLink { document: document.to_bytes(), submission: submission.to_bytes() };
    postcard::to_allocvec(&link).unwrap_or_default()
}

impl Application {
    /// The seals, the standing one first. There are several when two devices handed it in without a signal; the server
    /// takes the first that reaches it ([`Application::accept`] tells the document which), until then the one with the
    /// smallest id stands, so that every device shows the same.
    pub fn seals(&self) -> Vec<Seal> {
        let values = self.all_values(&ROOT, keys::SEAL, None);
        let mut seals: Vec<Seal> = values
            .iter()
            .flatten()
            .filter_map(|bytes| Seal::from_bytes(bytes))
            // A seal over heads that are not here seals nothing that could be shown.
            .filter(|seal| !seal.heads.is_empty() && seal.heads.iter().all(|head| self.has(*head)))
            .collect();
        seals.sort_by_key(|seal| (Some(seal.submission) != self.accepted, seal.submission));
        seals
    }

    /// The seal that stands.
    pub fn seal(&self) -> Option<Seal> {
        self.seals().into_iter().next()
    }

    /// The server's receipt names this submission: its seal stands, whatever others there are.
    pub fn accept(&mut self, submission: SubmissionId) {
        self.accepted = Some(submission);
    }

    /// What this document amends.
    pub fn amends(&self) -> Option<(DocumentId, SubmissionId)> {
        let values = self.all_values(&ROOT, keys::AMENDS, None);
        let links =
            values.iter().flatten().filter_map(|bytes| postcard::from_bytes::<StoredLink>(bytes).ok());
        let link = links.min_by_key(|link| (link.document, link.submission))?;
        Some((DocumentId::from_bytes(link.document), SubmissionId::from_bytes(link.submission)))
    }

    /// What fields would be if changes after the seal counted. Empty for a document that was not handed in.
    pub fn late(&self) -> Vec<Late> {
        let Some(heads) = self.reading_heads() else { return Vec::new() };
        let changed = |field: &Field| {
            let now = self.field_at(*field, None);
            (now != self.field_at(*field, Some(&heads))).then_some(Late { field: *field, now })
        };
        Field::ALL.iter().filter_map(changed).collect()
    }

    /// Changes that nobody's seal covers: kept, shown to a person, and no part of what was handed in.
    pub fn late_changes(&self) -> Vec<ChangeHash> {
        let Some(heads) = self.reading_heads() else { return Vec::new() };
        own(self.doc.get_changes(&heads).iter().map(|change| change.hash()).collect())
            .into_iter()
            .filter(|hash| !self.wrote_a_seal(*hash))
            .collect()
    }

    /// The heads that the document is read at: those of the standing seal, or `None` for all of it.
    pub(super) fn reading_heads(&self) -> Option<Vec<automerge::ChangeHash>> {
        Some(self.seal()?.heads.into_iter().map(theirs).collect())
    }

    fn wrote_a_seal(&self, hash: ChangeHash) -> bool {
        use automerge::ReadDoc;
        let seals = self.doc.get_all(ROOT, keys::SEAL).unwrap_or_default();
        let mut wrote =
            seals.iter().take(MAX_PEOPLE_CONCURRENT).filter_map(|(_, id)| self.doc.hash_for_opid(id));
        wrote.any(|writer| writer == theirs(hash))
    }
}
