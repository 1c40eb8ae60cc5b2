//! Recognises the same card in another photo, whatever number is claimed for it.

use std::fmt;

use image::{DynamicImage, RgbImage};
use image_hasher::{HashAlg, HasherConfig};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::raster::{gray_of, resize_gray};

/// Bytes of a hash.
const HASH_BYTES: usize = 64;

/// At most this many of the 512 bits differ between two photos of one card, as far as it was measured (36 of 40 pairs; the
/// others had glare or a corner found wrong). The nearest two different cards of 3,120 pairs differed in 90: taking one
/// person's card for another's is worse than missing one, so the line is well below that.
pub const SAME_CARD_MAX_DISTANCE: u32 = 72;

/// A perceptual hash of a straightened card: its print and portrait without the number line, so that a card whose
/// number was changed is still recognised.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CardHash([u8; HASH_BYTES]);

impl CardHash {
    pub(super) fn of(card: &RgbImage) -> Option<Self> {
        let gray = gray_of(card);
        let above_number =
            image::imageops::crop_imm(&gray, 0, 0, gray.width(), gray.height() * 78 / 100).to_image();
        let even = evened(&above_number)?;
        let hasher = HasherConfig::with_bytes_type::<[u8; HASH_BYTES]>()
            .hash_size(32, 16)
            .hash_alg(HashAlg::Gradient)
            .to_hasher();
        let hash = hasher.hash_image(&DynamicImage::ImageLuma8(even));
        hash.as_bytes().try_into().ok().map(Self)
    }

    /// Before a card was seen.
    pub fn empty() -> Self {
        Self([0; HASH_BYTES])
    }

    /// Number of bits that differ, 0–512.
    pub fn distance(&self, other: &Self) -> u32 {
        self.0.iter().zip(other.0).map(|(a, b)| (a ^ b).count_ones()).sum()
    }

    /// Whether both photos show one card.
    pub fn same_card(&self, other: &Self) -> bool {
        self.distance(other) <= SAME_CARD_MAX_DISTANCE
    }

    /// The hash under a mask; two under one mask differ in as many bits as without. It keeps a copied disk from telling
    /// whose card a hash is; whoever also has a card of that tenant and its hash can take the mask off.
    pub fn masked(&self, mask: &[u8; HASH_BYTES]) -> Self {
        let mut masked = self.0;
        masked.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
        Self(masked)
    }

    /// 128 hex digits, for the store.
    pub fn to_hex(&self) -> String {
        hex::encode(self.0)
    }

    /// Reads [`Self::to_hex`] back; `None` for anything else.
    pub fn from_hex(text: &str) -> Option<Self> {
        hex::decode(text).ok()?.try_into().ok().map(Self)
    }
}

/// Takes the light out: each pixel against the mean of its surroundings.
fn evened(gray: &image::GrayImage) -> Option<image::GrayImage> {
    let (w, h) = (gray.width(), gray.height());
    let coarse = resize_gray(gray, (w / 40).max(1), (h / 40).max(1))?;
    let around = resize_gray(&coarse, w, h)?;
    let pixels = gray
        .as_raw()
        .iter()
        .zip(around.as_raw())
        .map(|(p, a)| (128 + (i32::from(*p) - i32::from(*a)) * 3 / 2).clamp(0, 255) as u8)
        .collect();
    image::GrayImage::from_raw(w, h, pixels)
}

impl fmt::Debug for CardHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CardHash({}…)", hex::encode(&self.0[..4]))
    }
}

impl Serialize for CardHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_hex())
    }
}

impl<'de> Deserialize<'de> for CardHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::from_hex(&text).ok_or_else(|| serde::de::Error::custom("a card hash is 128 hex digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_hides_the_hash_and_keeps_distances() {
        let (one, mut other) = (CardHash([0b1010_0110; HASH_BYTES]), CardHash([0b1010_0110; HASH_BYTES]));
        other.0[7] ^= 0b0001_0001;
        let mask = std::array::from_fn(|n| (n as u8).wrapping_mul(7) ^ 0b1010_1100);
        assert_eq!(one.masked(&mask).distance(&other.masked(&mask)), one.distance(&other));
        assert!(one.masked(&mask).distance(&one) > SAME_CARD_MAX_DISTANCE);
    }
}
