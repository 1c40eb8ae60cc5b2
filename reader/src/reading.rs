//! What a photo says: types shared by the worker, its caller and the command line.

use std::fmt;

use imageproc::geometric_transformations::Projection;
use serde::{Deserialize, Serialize};

use super::{
    CardHash, Quality, ReadBy,
    straighten::{CARD_HEIGHT, CARD_WIDTH},
};

/// Largest photo taken, bytes.
pub const MAX_PHOTO_BYTES: usize = 20 * 1024 * 1024;

/// What to do with a photo.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Task {
    /// Decode and re-encode only.
    Prepare,
    /// Also find and read an ID card's portrait side.
    ReadCard(ReadBy),
}

/// A photo that was taken in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PhotoReading {
    /// Our re-encoded JPEG: upright, no metadata, long side at most 2,048 pixels.
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

impl CardReading {
    /// Where a region of the straightened card lies in a photo of `width` × `height` pixels: left, top, right and bottom
    /// of the rectangle around it, in thousandths of the photo. `None` where the corners span no area.
    pub fn on_photo(&self, region: Region, width: u32, height: u32) -> Option<[u16; 4]> {
        on_photo(self.corners, region, width, height)
    }
}

fn on_photo(corners: [[f32; 2]; 4], region: Region, width: u32, height: u32) -> Option<[u16; 4]> {
    let (w, h) = (CARD_WIDTH as f32, CARD_HEIGHT as f32);
    let corners = corners.map(|[x, y]| (x, y));
    let to_photo = Projection::from_control_points([(0.0, 0.0), (w, 0.0), (w, h), (0.0, h)], corners)?;
    let (left, top) = (region.left as f32, region.top as f32);
    let (right, bottom) = (region.right() as f32, region.bottom() as f32);
    let points = [(left, top), (right, top), (right, bottom), (left, bottom)].map(|point| to_photo * point);
    let thousandths = |place: f32, of: u32| (place / of.max(1) as f32 * 1_000.0).clamp(0.0, 1_000.0);
    let (xs, ys) = (points.map(|(x, _)| thousandths(x, width)), points.map(|(_, y)| thousandths(y, height)));
    let least = |all: [f32; 4]| all.into_iter().fold(f32::MAX, f32::min).floor() as u16;
    let most = |all: [f32; 4]| all.into_iter().fold(f32::MIN, f32::max).ceil() as u16;
    Some([least(xs), least(ys), most(xs), most(ys)])
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_is_found_again_in_the_photo_however_the_card_lies() {
        let upper_left = Region { left: 0, top: 0, width: 500, height: 316 };
        // Straight, filling the middle half of a photo of 2,000 × 1,262 pixels.
        let (l, t, r, b) = (500.0, 315.5, 1_500.0, 946.5);
        let straight = on_photo([[l, t], [r, t], [r, b], [l, b]], upper_left, 2_000, 1_262).unwrap();
        close(straight, [250, 250, 500, 500]);
        // Upside down: what is upper left on the card is lower right in the photo.
        let turned = on_photo([[r, b], [l, b], [l, t], [r, t]], upper_left, 2_000, 1_262).unwrap();
        close(turned, [500, 500, 750, 750]);
        assert_eq!(on_photo([[0.0; 2]; 4], upper_left, 2_000, 1_262), None);
    }

    fn close(found: [u16; 4], expected: [u16; 4]) {
        for (found, expected) in found.into_iter().zip(expected) {
            assert!(found.abs_diff(expected) <= 2, "{found} instead of {expected}");
        }
    }
}
