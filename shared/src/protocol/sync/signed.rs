//! What a device's Ed25519 key signs: always a purpose, the tenant and the device first, so that a signature is good for
//! one thing in one place.

use super::{ManifestPhoto, PhotoManifest, Signature};
use crate::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, TenantId};
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

const AUTH: &[u8] = b"miaopi sync auth 1\0";
const PUSH: &[u8] = b"miaopi change batch 1\0";
const UPLOAD: &[u8] = b"miaopi photo upload 1\0";
const READING: &[u8] = b"miaopi photo reading 1\0";
const CONTRACT: &[u8] = b"miaopi contract 1\0";
const MANIFEST: &[u8] = b"miaopi photo manifest 1\0";

/// Who signs, for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Signatory {
    /// The tenant that the device belongs to.
    pub tenant: TenantId,
    /// The device.
    pub device: DeviceId,
}

/// What proves a device over a connection.
pub fn auth_bytes(device: DeviceId, nonce: &[u8; 32]) -> Vec<u8> {
    [AUTH, &device.to_bytes(), nonce].concat()
}

/// What stands for a push: every change by its name, with its document and scope.
pub fn push_bytes(who: Signatory, documents: &[(DocumentId, ScopeId, Vec<ChangeHash>)]) -> Vec<u8> {
    let mut bytes = begin(PUSH, who);
    for (document, scope, changes) in documents {
        bytes.extend(document.to_bytes());
        bytes.extend(scope.to_bytes());
        bytes.extend((changes.len() as u32).to_be_bytes());
        changes.iter().for_each(|change| bytes.extend(change.to_bytes()));
    }
    bytes
}

/// What stands for a manifest.
pub fn manifest_bytes(who: Signatory, manifest: &PhotoManifest) -> Vec<u8> {
    let mut bytes = begin(MANIFEST, who);
    bytes.extend(manifest.submission.to_bytes());
    bytes.extend(manifest.document.to_bytes());
    bytes.extend((manifest.heads.len() as u32).to_be_bytes());
    manifest.heads.iter().for_each(|head| bytes.extend(head.to_bytes()));
    bytes.extend((manifest.photos.len() as u32).to_be_bytes());
    for ManifestPhoto { id, plain, cipher, cipher_bytes } in &manifest.photos {
        bytes.extend(id.to_bytes());
        bytes.extend(plain.to_bytes());
        bytes.extend(cipher.to_bytes());
        bytes.extend(cipher_bytes.to_be_bytes());
    }
    bytes
}

/// What stands for a photo that is uploaded: its name, its digest and its length.
pub fn upload_bytes(who: Signatory, photo: PhotoId, cipher: PhotoHash, cipher_bytes: u32) -> Vec<u8> {
    let mut bytes = begin(UPLOAD, who);
    bytes.extend(photo.to_bytes());
    bytes.extend(cipher.to_bytes());
    bytes.extend(cipher_bytes.to_be_bytes());
    bytes
}

/// What stands for the question what a photo says: its name. Whoever repeats it hears the same again.
pub fn reading_bytes(who: Signatory, photo: PhotoId) -> Vec<u8> {
    let mut bytes = begin(READING, who);
    bytes.extend(photo.to_bytes());
    bytes
}

/// What stands for the question for a signed contract: its document, and when it was asked by the device's clock, in
/// milliseconds since 1970, so that the question does not hold for ever.
pub fn contract_bytes(who: Signatory, document: DocumentId, at_ms: i64) -> Vec<u8> {
    let mut bytes = begin(CONTRACT, who);
    bytes.extend(document.to_bytes());
    bytes.extend(at_ms.to_be_bytes());
    bytes
}

/// Is this a public key that anything can be checked with? Weak ones, for which one signature fits everything, are not.
pub fn is_key(key: &[u8; 32]) -> bool {
    VerifyingKey::from_bytes(key).is_ok_and(|key| !key.is_weak())
}

/// Signs.
pub fn sign(key: &SigningKey, bytes: &[u8]) -> Signature {
    Signature(key.sign(bytes).to_bytes())
}

/// Is it that key's signature over these bytes? Strict: of each signature there is one form only.
pub fn holds(key: &[u8; 32], bytes: &[u8], signature: &Signature) -> bool {
    let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
    VerifyingKey::from_bytes(key).is_ok_and(|key| key.verify_strict(bytes, &signature).is_ok())
}

fn begin(purpose: &[u8], who: Signatory) -> Vec<u8> {
    [purpose, &who.tenant.to_bytes(), &who.device.to_bytes()].concat()
}
