//! What people do to an application, one file per act. Nothing else changes a document.
//!
//! Each act is one commit: when a field is left or a section is done, never per key.

mod amend;
mod attach_photo;
mod capture_consent;
mod choose_plan;
mod clear_field;
mod confirm_by_partner;
mod enter_field;
mod fill_section;
mod propose_reading;
mod remove_photo;
mod settle;
mod submit;
mod withdraw;
mod write_note;

pub use submit::Submitted;
pub use write_note::MAX_NOTE_CHARS;

use super::{Application, DocumentError, Entry, Field, Source, genesis::keys};
use automerge::{
    ROOT, ReadDoc,
    transaction::{Transactable, Transaction},
};
use jiff::Timestamp;

/// Who acts, and when by their own clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// Who.
    pub source: Source,
    /// When.
    pub at: Timestamp,
}

impl Stamp {
    fn today(&self) -> jiff::civil::Date {
        // Only to refuse birth dates in the future; a day's difference between time zones does not matter.
        self.at.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    fn entry(&self, field: Field, typed: &str) -> Result<Entry, DocumentError> {
        Entry::new(self.source.clone(), self.at, field.canonical(typed, self.today()))
    }
}

/// Writes bytes into a register of one of the document's maps.
fn put(tx: &mut Transaction<'_>, map: &str, key: &str, bytes: Vec<u8>) -> Result<(), DocumentError> {
    let (_, map) = tx.get(ROOT, map)?.ok_or(DocumentError::Malformed)?;
    Ok(tx.put(&map, key, bytes)?)
}

impl Application {
    /// Writes typed values in one commit; values that say what the field says already are left out.
    fn type_in(&mut self, typed: &[(Field, &str)], stamp: &Stamp) -> Result<super::Edit, DocumentError> {
        let mut entries = Vec::new();
        for (field, text) in typed {
            let entry = stamp.entry(*field, text)?;
            let view = self.field_at(*field, None);
            let (first, differ) = match view.typed.as_slice() {
                [] => (None, false),
                [first, rest @ ..] => (Some(first), rest.iter().any(|other| other.text != first.text)),
            };
            if differ && field.is_regulated() {
                return Err(DocumentError::InConflict);
            }
            let same = first.is_some_and(|first| !differ && first.text == entry.text);
            let empty_already = first.is_none() && entry.text.is_empty();
            if !same && !empty_already {
                entries.push((*field, entry));
            }
        }
        self.commit(|tx| {
            entries.iter().try_for_each(|(field, entry)| put(tx, keys::TYPED, field.key(), entry.to_bytes()))
        })
    }
}
