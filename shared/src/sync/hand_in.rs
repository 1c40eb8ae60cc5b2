//! From a sealed document to what the server is told of its photos.

use crate::document::{Seal, SealedPhoto};
use crate::domain::DocumentId;
use crate::protocol::sync::{ManifestPhoto, PhotoManifest, Signature};

/// The manifest of what was handed in, not signed yet: the device's machine signs it.
pub fn manifest_of(document: DocumentId, seal: &Seal) -> PhotoManifest {
    let sealed = |photo: &SealedPhoto| ManifestPhoto {
        id: photo.id(),
        plain: photo.plain,
        cipher: photo.cipher,
        cipher_bytes: photo.cipher_bytes,
    };
    PhotoManifest {
        submission: seal.submission,
        document,
        heads: seal.heads.clone(),
        photos: seal.photos.iter().map(sealed).collect(),
        signature: Signature([0; 64]),
    }
}
