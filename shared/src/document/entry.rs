//! One value with where it comes from, as it lies in the document: a single register, so that a value never meets
//! another one's provenance in a merge.

use super::DocumentError;
use crate::domain::{AccountId, PhotoId};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Longest value of a field, in bytes.
pub const MAX_VALUE_BYTES: usize = 2_048;
/// Most other values that one settlement overrules.
const MAX_OVERRULED: usize = 32;
/// Longest partner's key, in bytes.
const MAX_PARTNER_BYTES: usize = 48;

/// Who says so.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Source {
    /// Typed by this member of staff.
    Advisor(AccountBytes),
    /// Typed by the customer on their own link.
    Customer,
    /// Read on a photo: a proposal, never a fact.
    Reader {
        /// How sure the reader is, percent.
        confidence: u8,
        /// On which photo.
        photo: PhotoBytes,
        /// Where on it: left, top, right, bottom in thousandths of its width and height.
        region: [u16; 4],
    },
    /// Confirmed by this partner.
    Partner(String),
}

/// An [`AccountId`] as 16 bytes: stored entries spell no ids out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct AccountBytes([u8; 16]);

/// A [`PhotoId`] as 16 bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PhotoBytes([u8; 16]);

impl AccountBytes {
    /// The id.
    pub fn id(self) -> AccountId {
        AccountId::from_bytes(self.0)
    }
}

impl PhotoBytes {
    /// The id.
    pub fn id(self) -> PhotoId {
        PhotoId::from_bytes(self.0)
    }
}

impl fmt::Debug for AccountBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id())
    }
}

impl fmt::Debug for PhotoBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id())
    }
}

impl Source {
    /// Typed by this member of staff.
    pub fn advisor(account: AccountId) -> Source {
        Source::Advisor(AccountBytes(account.to_bytes()))
    }

    /// Read on a photo with `confidence` percent.
    pub fn reader(confidence: u8, photo: PhotoId, region: [u16; 4]) -> Source {
        Source::Reader { confidence: confidence.min(100), photo: PhotoBytes(photo.to_bytes()), region }
    }
}

/// A value, who says it and since when. It prints without the value.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Entry {
    /// When, by the clock of the device that wrote it: for people to read, never to decide which value wins.
    pub at: Timestamp,
    /// Who.
    pub source: Source,
    /// The canonical value; empty where somebody emptied the field.
    pub text: String,
    pub(super) overruled: Vec<[u8; 8]>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry(*** by {:?} at {})", self.source, self.at)
    }
}

/// The bytes of an entry. The order of these fields is the format: only add at the end of `Source`.
#[derive(Serialize, Deserialize)]
struct Stored {
    source: Source,
    at_seconds: i64,
    text: String,
    overruled: Vec<[u8; 8]>,
}

impl Entry {
    pub(super) fn new(source: Source, at: Timestamp, text: String) -> Result<Entry, DocumentError> {
        let partner_fits = !matches!(&source, Source::Partner(key) if key.len() > MAX_PARTNER_BYTES);
        if text.len() > MAX_VALUE_BYTES || !partner_fits {
            return Err(DocumentError::ValueTooLong);
        }
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Ok(Entry { at, source, text, overruled: Vec::new() })
    }

    /// This entry decides against those other values.
    pub(super) fn over<'a>(mut self, others: impl Iterator<Item = &'a str>) -> Entry {
        self.overruled = others.map(mark).take(MAX_OVERRULED).collect();
        self
    }

    pub(super) fn overrules(&self, text: &str) -> bool {
        self.overruled.contains(&mark(text))
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let stored = Stored {
            source: self.source.clone(),
            at_seconds: self.at.as_second(),
            text: self.text.clone(),
            overruled: self.overruled.clone(),
        };
        postcard::to_allocvec(&stored).unwrap_or_default()
    }

    /// `None` for bytes that this program cannot read.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Entry> {
        let stored: Stored = postcard::from_bytes(bytes).ok()?;
        let at = Timestamp::from_second(stored.at_seconds).ok()?;
        let mut entry = Entry::new(stored.source, at, stored.text).ok()?;
        entry.overruled = stored.overruled;
        (entry.overruled.len() <= MAX_OVERRULED).then_some(entry)
    }
}

/// Names a value inside a settlement without repeating it.
fn mark(text: &str) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = crate::domain::ChangeHash::of(text.as_bytes()).to_bytes();
    [a, b, c, d, e, f, g, h]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(source: Source) -> Entry {
        Entry::new(source, Timestamp::from_second(1_790_000_000).unwrap(), "京A12345".into()).unwrap()
    }

    /// Whoever changes these bytes makes every application on every device and in every backup unreadable. Do not:
    /// add a new source at the end, or a new lane with a new format.
    #[test]
    fn stored_entries_keep_their_bytes() {
        let photo = PhotoId::from_bytes([2; 16]);
        for (entry, frozen) in [
            (
                entry(Source::advisor(AccountId::from_bytes([1; 16]))),
                "00 01010101010101010101010101010101 80ee89ab0d09e4baac413132333435 00",
            ),
            (entry(Source::Customer), "0180ee89ab0d09e4baac41313233343500"),
            (
                entry(Source::reader(97, photo, [100, 200, 300, 400])),
                "0261 02020202020202020202020202020202 64c801ac029003 80ee89ab0d09e4baac413132333435 00",
            ),
            (
                entry(Source::Partner("realname".into())).over(["x"].into_iter()),
                "03087265616c6e616d6580ee89ab0d09e4baac413132333435 01 2d711642b726b044",
            ),
        ] {
            let bytes = entry.to_bytes();
            let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(hex, frozen.replace(' ', ""));
            assert_eq!(Entry::from_bytes(&bytes), Some(entry));
        }
    }

    #[test]
    fn it_prints_without_the_value_and_long_values_are_refused() {
        let entry = entry(Source::Customer);
        assert_eq!(format!("{entry:?}"), "Entry(*** by Customer at 2026-09-21T14:13:20Z)");
        let long = Entry::new(Source::Customer, entry.at, "x".repeat(MAX_VALUE_BYTES + 1));
        assert_eq!(long, Err(DocumentError::ValueTooLong));
        assert_eq!(Entry::from_bytes(b"\xff\xff"), None);
    }
}
