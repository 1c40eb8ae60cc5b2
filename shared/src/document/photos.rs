//! Photos as the document knows them: a place, two digests and a size; never a byte of the picture.

use super::{Application, Entry, Source, genesis::keys};
use crate::domain::{PhotoHash, PhotoId};
use automerge::{ChangeHash, ROOT, ReadDoc};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Most photos of one application, removed ones included.
pub const MAX_PHOTOS: usize = 48;
/// Fewest vehicle photos to hand in.
pub const MIN_VEHICLE_PHOTOS: usize = 4;
/// Most vehicle photos to hand in.
pub const MAX_VEHICLE_PHOTOS: usize = 8;

/// What a photo shows. The order is part of the stored format: only add at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Slot {
    /// The identity card's portrait side.
    IdFront,
    /// The identity card's emblem side.
    IdBack,
    /// The vehicle, from any side.
    Vehicle,
    /// The vehicle licence.
    Licence,
    /// The registration certificate.
    Certificate,
    /// What the customer signed on the advisor's screen.
    ConsentSignature,
}

/// A photo of the application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Photo {
    /// Its name.
    pub id: PhotoId,
    /// What it shows.
    pub slot: Slot,
    /// Digest of the prepared picture.
    pub plain: PhotoHash,
    /// Digest of the encrypted bytes that are uploaded.
    pub cipher: PhotoHash,
    /// Length of the encrypted bytes.
    pub cipher_bytes: u32,
    /// Who took it.
    pub source: Source,
    /// When.
    pub at: Timestamp,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    slot: Slot,
    plain: PhotoHash,
    cipher: PhotoHash,
    cipher_bytes: u32,
    source: Source,
    at_seconds: i64,
    removed: bool,
}

impl Photo {
    pub(super) fn to_bytes(&self, removed: bool) -> Vec<u8> {
        let stored = Stored {
            slot: self.slot,
            plain: self.plain,
            cipher: self.cipher,
            cipher_bytes: self.cipher_bytes,
            source: self.source.clone(),
            at_seconds: self.at.as_second(),
            removed,
        };
        postcard::to_allocvec(&stored).unwrap_or_default()
    }

    fn from_bytes(id: PhotoId, bytes: &[u8]) -> Option<(Photo, bool)> {
        let Stored { slot, plain, cipher, cipher_bytes, source, at_seconds, removed } =
            postcard::from_bytes(bytes).ok()?;
        let at = Timestamp::from_second(at_seconds).ok()?;
        // The same bounds as for a typed entry hold for the source.
        Entry::new(source.clone(), at, String::new()).ok()?;
        Some((Photo { id, slot, plain, cipher, cipher_bytes, source, at }, removed))
    }
}

impl Application {
    /// The photos that are part of the application, in the order of their slots.
    pub fn photos(&self) -> Vec<Photo> {
        self.photos_at(self.reading_heads().as_deref())
    }

    pub(super) fn photos_at(&self, heads: Option<&[ChangeHash]>) -> Vec<Photo> {
        let Ok(Some((_, map))) = self.doc.get(ROOT, keys::PHOTOS) else { return Vec::new() };
        let keys: Vec<String> = match heads {
            Some(heads) => self.doc.keys_at(&map, heads).take(MAX_PHOTOS).collect(),
            None => self.doc.keys(&map).take(MAX_PHOTOS).collect(),
        };
        let mut photos: Vec<Photo> = keys
            .iter()
            .filter_map(|key| {
                let id: PhotoId = key.parse().ok()?;
                let values = self.all_values(&map, key, heads);
                let read: Vec<_> =
                    values.iter().flatten().filter_map(|bytes| Photo::from_bytes(id, bytes)).collect();
                // Removed by anybody is removed: adding it again makes a new photo.
                let (photo, _) = read.first()?.clone();
                (!read.iter().any(|(_, removed)| *removed)).then_some(photo)
            })
            .collect();
        photos.sort_by_key(|photo| (photo.slot, photo.at, photo.id));
        photos
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes these bytes loses the digests of every photo that was taken: nothing could be verified any more.
    #[test]
    fn stored_photos_keep_their_bytes() {
        let photo = Photo {
            id: PhotoId::from_bytes([9; 16]),
            slot: Slot::Vehicle,
            plain: PhotoHash::from_bytes([1; 32]),
            cipher: PhotoHash::from_bytes([2; 32]),
            cipher_bytes: 300_000,
            source: Source::Customer,
            at: Timestamp::from_second(1_790_000_000).unwrap(),
        };
        let bytes = photo.to_bytes(false);
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, format!("02{}{}e0a7120180ee89ab0d00", "01".repeat(32), "02".repeat(32)));
        assert_eq!(Photo::from_bytes(photo.id, &bytes), Some((photo, false)));
    }
}
