//! The document as screens and rules read it: a pure function of the document.

use super::{Application, Field, FieldView, Missing, Needs, Photo, Seal, Source, Standing, genesis::keys};
use crate::domain::{ChangeHash, DocumentId, PhotoId, Purpose, Recipient, SubmissionId};
use automerge::{ROOT, ReadDoc};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Most consents that are read.
const MAX_CONSENTS: usize = 64;

/// Where the application is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Being filled.
    Draft,
    /// Taken back before it was handed in.
    Withdrawn,
    /// Handed in; it does not change any more.
    HandedIn,
}

/// A consent as the customer gave it on the advisor's screen. Not effective: the customer confirms it on their own
/// phone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CapturedConsent {
    /// For what.
    pub purpose: Purpose,
    /// For whom.
    pub recipient: Recipient,
    /// Which text was read.
    pub text_version: String,
    /// The photo of the finger's signature.
    pub signature: Option<PhotoId>,
    /// On whose screen.
    pub source: Source,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct StoredConsent {
    text_version: String,
    signature: Option<[u8; 16]>,
    source: Source,
    at_seconds: i64,
}

impl CapturedConsent {
    pub(super) fn key(&self) -> String {
        format!("{}|{}", self.purpose.code(), self.recipient)
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let stored = StoredConsent {
            text_version: self.text_version.clone(),
            signature: self.signature.map(PhotoId::to_bytes),
            source: self.source.clone(),
            at_seconds: self.at.as_second(),
        };
        postcard::to_allocvec(&stored).unwrap_or_default()
    }

    fn read(key: &str, bytes: &[u8]) -> Option<CapturedConsent> {
        let (purpose, recipient) = key.split_once('|')?;
        let stored: StoredConsent = postcard::from_bytes(bytes).ok()?;
        Some(CapturedConsent {
            purpose: Purpose::from_code(purpose)?,
            recipient: recipient.parse().ok()?,
            text_version: stored.text_version,
            signature: stored.signature.map(PhotoId::from_bytes),
            source: stored.source,
            at: Timestamp::from_second(stored.at_seconds).ok()?,
        })
    }
}

/// All that the document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Which application.
    pub id: DocumentId,
    /// Where it is.
    pub status: Status,
    /// Every field somebody has said something about.
    pub fields: BTreeMap<Field, FieldView>,
    /// Its photos.
    pub photos: Vec<Photo>,
    /// Consents captured on the advisor's screen.
    pub consents: Vec<CapturedConsent>,
    /// The notes.
    pub notes: String,
    /// What was handed in.
    pub seal: Option<Seal>,
    /// What it amends.
    pub amends: Option<(DocumentId, SubmissionId)>,
}

impl View {
    /// The value of a field that nobody else has to say anything about.
    pub fn settled(&self, field: Field) -> Option<&str> {
        Some(self.fields.get(&field)?.settled()?.text.as_str())
    }

    /// The fields that somebody has to settle.
    pub fn open_fields(&self) -> Vec<Field> {
        self.fields.iter().filter(|(_, view)| view.is_open()).map(|(field, _)| *field).collect()
    }

    /// Everything that is missing, wrong or open, in the order of the screens.
    pub fn missing(&self, needs: &Needs, today: Date) -> Vec<Missing> {
        needs.missing(self, today)
    }
}

impl Application {
    /// All that the document says; at the sealed heads once it was handed in.
    pub fn view(&self) -> View {
        self.viewed(self.reading_heads().as_deref())
    }

    /// All that the document said at these heads, whatever seals it holds: a server reads what was handed in by the
    /// heads that it was told then. `None` where one of them is not here.
    pub fn view_at(&self, heads: &[ChangeHash]) -> Option<View> {
        let here = self.known(heads);
        (!here.is_empty() && here.len() == heads.len()).then(|| self.viewed(Some(&here)))
    }

    fn viewed(&self, heads: Option<&[automerge::ChangeHash]>) -> View {
        let seal = self.seal();
        let said = |field: &Field| {
            let view = self.field_at(*field, heads);
            let silent = view.standing() == Standing::Empty && view.choices().next().is_none();
            (!silent || view.unreadable > 0).then_some((*field, view))
        };
        let withdrawn = self.all_values(&ROOT, keys::WITHDRAWN, heads).into_iter().flatten().next().is_some();
        View {
            id: self.id(),
            status: match (&seal, withdrawn) {
                (Some(_), _) => Status::HandedIn,
                (None, true) => Status::Withdrawn,
                (None, false) => Status::Draft,
            },
            fields: Field::ALL.iter().filter_map(said).collect(),
            photos: self.photos_at(heads),
            consents: self.consents_at(heads),
            notes: self.notes_at(heads),
            seal,
            amends: self.amends(),
        }
    }

    fn consents_at(&self, heads: Option<&[automerge::ChangeHash]>) -> Vec<CapturedConsent> {
        let Ok(Some((_, map))) = self.doc.get(ROOT, keys::CONSENTS) else { return Vec::new() };
        let keys: Vec<String> = match heads {
            Some(heads) => self.doc.keys_at(&map, heads).take(MAX_CONSENTS).collect(),
            None => self.doc.keys(&map).take(MAX_CONSENTS).collect(),
        };
        let mut consents = Vec::new();
        for key in keys {
            let values = self.all_values(&map, &key, heads);
            consents.extend(values.iter().flatten().filter_map(|bytes| CapturedConsent::read(&key, bytes)));
        }
        consents.sort();
        consents
    }

    fn notes_at(&self, heads: Option<&[automerge::ChangeHash]>) -> String {
        let Ok(Some((_, notes))) = self.doc.get(ROOT, keys::NOTES) else { return String::new() };
        match heads {
            Some(heads) => self.doc.text_at(&notes, heads),
            None => self.doc.text(&notes),
        }
        .unwrap_or_default()
    }
}
