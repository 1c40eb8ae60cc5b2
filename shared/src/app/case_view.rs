//! One case as its screens show it.

use super::{CaseRow, Stage};
use crate::document::{Field, Slot};
use crate::domain::{AccountId, PhotoId, Purpose};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One case as its screens show it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CaseView {
    /// The line in the list.
    pub row: CaseRow,
    /// Every field that somebody has said something about.
    pub fields: Vec<FieldShown>,
    /// Its photos.
    pub photos: Vec<PhotoShown>,
    /// What the customer consented to on this screen.
    pub consents: Vec<ConsentShown>,
    /// What is still missing, in the order of the screens.
    pub missing: Vec<MissingShown>,
    /// Notes.
    pub notes: String,
    /// What somebody changed after it was handed in, by field keys: kept, and no part of what was handed in.
    pub late: Vec<String>,
    /// The address that the customer goes on at, once the server has the case.
    pub handover: Option<String>,
    /// The blocks that it passed and the one it is in.
    pub steps: Vec<StepShown>,
}

/// A field.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct FieldShown {
    /// Its key.
    pub key: String,
    /// The value that is shown; empty where there is none.
    pub text: String,
    /// Where it stands.
    pub standing: FieldStanding,
    /// Every value there is to choose from, where somebody has to.
    pub choices: Vec<ChoiceShown>,
    /// What a photo says, whatever was typed.
    pub read: Option<ReadShown>,
}

/// What a photo says about a field.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadShown {
    /// The value.
    pub text: String,
    /// How sure the reader is, percent.
    pub confidence: u8,
    /// Which photo.
    pub photo: PhotoId,
    /// Where on it: left, top, right, bottom in thousandths.
    pub region: [u16; 4],
}

/// Prints no value.
impl std::fmt::Debug for ReadShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ReadShown(*** {} %)", self.confidence)
    }
}

/// Prints no value.
impl std::fmt::Debug for FieldShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FieldShown({} {:?})", self.key, self.standing)
    }
}

/// Where a field stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldStanding {
    /// Emptied.
    Empty,
    /// A reader proposes it; somebody still has to take it over.
    Proposed,
    /// It counts.
    Clear,
    /// People typed different things.
    Conflict,
    /// A partner says otherwise.
    Discrepancy,
}

/// One of several values.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ChoiceShown {
    /// The value.
    pub text: String,
    /// Who says so.
    pub by: By,
    /// When, by their clock.
    pub at: Timestamp,
}

/// Prints no value.
impl std::fmt::Debug for ChoiceShown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ChoiceShown(*** by {:?} at {})", self.by, self.at)
    }
}

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The advisor whose device this is.
    Me,
    /// Another member of staff.
    Colleague(AccountId),
    /// The customer.
    Customer,
    /// A reader, from a photo, so sure (percent).
    Reader {
        /// How sure, percent.
        confidence: u8,
        /// On which photo.
        photo: PhotoId,
        /// Where on it: left, top, right, bottom in thousandths.
        region: [u16; 4],
    },
    /// A partner, by its key.
    Partner(String),
}

/// A photo.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoShown {
    /// Its name.
    pub id: PhotoId,
    /// What it shows.
    pub slot: Slot,
    /// When it was taken.
    pub at: Timestamp,
    /// Where it is.
    pub state: PhotoState,
}

/// Where a photo is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PhotoState {
    /// On this device; it waits.
    Kept,
    /// The server has so much of it, percent.
    Sending(u8),
    /// Verified and durable on the server.
    Safe,
    /// The server does not take it.
    Rejected,
    /// Taken on another device.
    Elsewhere,
}

/// A consent that was captured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentShown {
    /// For what.
    pub purpose: Purpose,
    /// When.
    pub at: Timestamp,
}

/// Something that is missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MissingShown {
    /// Stable code, as [`Missing::code`](crate::document::Missing::code) says it.
    pub code: String,
    /// The field, where it is about one.
    pub field: Option<String>,
    /// What is wrong with its value, a [`BadValue`](crate::document::BadValue) code or `vin_check_digit`.
    pub problem: Option<String>,
    /// Which photos: what, how many there are, at least, at most.
    pub photos: Option<(Slot, usize, usize, usize)>,
    /// Which consent.
    pub consent: Option<Purpose>,
}

/// A block that a case passed, or is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepShown {
    /// The block's kind.
    pub kind: String,
    /// How it left it; absent while it is in it.
    pub outcome: Option<String>,
    /// How long, milliseconds.
    pub ms: u64,
}

impl CaseView {
    /// What is shown of a field, where somebody has said something about it.
    pub fn field(&self, field: Field) -> Option<&FieldShown> {
        self.fields.iter().find(|shown| shown.key == field.key())
    }

    /// The value of a field that is shown; empty where there is none.
    pub fn text(&self, field: Field) -> &str {
        self.field(field).map_or("", |shown| shown.text.as_str())
    }

    /// Can it still be changed?
    pub fn is_draft(&self) -> bool {
        matches!(self.row.stage, Stage::Draft | Stage::Conflict)
    }
}
