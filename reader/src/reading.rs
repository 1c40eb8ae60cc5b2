//! What a photo says: types shared by the worker, its caller and the command line.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CardHash, Quality};

/// Largest photo taken, bytes.
pub const MAX_PHOTO_BYTES: usize = 20 * 1024 * 1024;
/// Most pixels in a photo, by its header.
pub const MAX_PHOTO_PIXELS: u64 = 50_000_000;
/// Long side of the copy that we keep, pixels.
pub const KEPT_LONG_SIDE: u32 = 2048;

/// What to do with a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Decode and re-encode only.
    Prepare,
    /// Also find and read an ID card's portrait side.
    ReadCard,
}

/// A photo that was taken in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoReading {
    /// Our re-encoded JPEG: upright, no metadata, long side at most [`KEPT_LONG_SIDE`].
    #[serde(skip)]
    pub jpeg: bytes::Bytes,
    /// Width of that copy, pixels.
    pub width: u32,
    /// Height of that copy, pixels.
    pub height: u32,
    /// SHA-256 of the bytes that were handed in, lower-case hex.
    pub original_sha256: String,
    /// What the picture is like. `None` for [`Task::Prepare`].
    pub quality: Option<Quality>,
    /// What the card says, where one was found.
    pub card: Option<CardReading>,
    /// Wall time in the worker, milliseconds.
    pub took_ms: u32,
}

/// The portrait side of an ID card as read. Every field is a proposal with a confidence, never a fact.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CardReading {
    /// The card's corners in the kept copy (upper left, upper right, lower right, lower left of the card), pixels.
    pub corners: [[f32; 2]; 4],
    /// Compares cards across photos.
    pub hash: CardHash,
    /// 公民身份号码, 18 characters with a right check character; empty where none could be read.
    pub id_number: ReadField,
    /// 姓名.
    pub name: ReadField,
    /// 性别: 男 or 女.
    pub sex: ReadField,
    /// 民族, one of the 56 without 族.
    pub ethnicity: ReadField,
    /// 出生, `YYYY-MM-DD`.
    pub birth: ReadField,
    /// 住址.
    pub address: ReadField,
    /// Where the card contradicts itself.
    pub mismatches: Vec<Mismatch>,
}

/// A contradiction inside one card: a sign of a changed card or of a misreading; for a person to look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// The printed birth date is not the number's.
    BirthAgainstNumber,
    /// The printed sex is not the number's.
    SexAgainstNumber,
}

/// One field as read. Masks itself in `Debug`.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ReadField {
    /// What was read; empty where nothing was.
    pub text: String,
    /// 0–1.
    pub confidence: f32,
    /// Where, in the straightened card.
    pub region: Region,
}

impl fmt::Debug for ReadField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadField(*{} chars, {:.2})", self.text.chars().count(), self.confidence)
    }
}

/// A rectangle in the straightened card, which is 1,000 × 631 pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Region {
    /// Left edge, pixels.
    pub left: u32,
    /// Top edge, pixels.
    pub top: u32,
    /// Width, pixels.
    pub width: u32,
    /// Height, pixels.
    pub height: u32,
}

impl Region {
    pub(super) fn right(self) -> u32 {
        self.left + self.width
    }

    pub(super) fn bottom(self) -> u32 {
        self.top + self.height
    }

    /// `by` pixels more on every side, kept inside `width` × `height`.
    pub(super) fn grown(self, by: u32, width: u32, height: u32) -> Self {
        let (left, top) = (self.left.saturating_sub(by), self.top.saturating_sub(by));
        let (right, bottom) = ((self.right() + by).min(width), (self.bottom() + by).min(height));
        Self { left, top, width: right.saturating_sub(left), height: bottom.saturating_sub(top) }
    }
}
