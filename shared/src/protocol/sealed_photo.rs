//! A photo as it leaves the device: encrypted under a key of its own, which only its tenant's server can work out.
//!
//! `version (1) ‖ the photo's public key, X25519 (32) ‖ AES-256-GCM-SIV of the picture with its tag (16)`. The key comes
//! from both public keys by HKDF-SHA-256 and is bound to tenant and photo, so that one photo cannot pass for another.
//! Each photo has a fresh pair of keys; therefore the nonce may be all zero.

use crate::domain::{PhotoId, TenantId};
use aes_gcm_siv::{Aes256GcmSiv, KeyInit, Nonce, aead::Aead};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};

/// The version of this form.
const VERSION: u8 = 1;
/// Bytes before the encrypted picture.
const HEAD_BYTES: usize = 33;
/// How much longer a sealed photo is than the picture, in bytes.
pub const OVERHEAD_BYTES: usize = HEAD_BYTES + 16;

/// These bytes are no photo sealed for this tenant under this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the photo cannot be opened: it was sealed for somebody else, under another name, or was changed")]
pub struct NotOurs;

/// The public half of a tenant's photo key, for devices.
pub fn public_key(secret: &[u8; 32]) -> [u8; 32] {
    PublicKey::from(&StaticSecret::from(*secret)).to_bytes()
}

/// Seals a picture for the tenant with this public key. `fresh` is drawn for this photo alone.
pub fn seal(
    picture: &[u8],
    tenant: TenantId,
    photo: PhotoId,
    server_key: &[u8; 32],
    fresh: [u8; 32],
) -> Vec<u8> {
    seal_for(&purpose(tenant, photo), picture, server_key, fresh)
}

/// Seals anything else in the same form; what `purpose` says is for what, for whom and under which name.
pub(super) fn seal_for(purpose: &[u8], plain: &[u8], server_key: &[u8; 32], fresh: [u8; 32]) -> Vec<u8> {
    let secret = StaticSecret::from(fresh);
    let own = PublicKey::from(&secret).to_bytes();
    let shared = secret.diffie_hellman(&PublicKey::from(*server_key));
    let mut sealed = Vec::with_capacity(plain.len() + OVERHEAD_BYTES);
    sealed.push(VERSION);
    sealed.extend_from_slice(&own);
    // Encryption fails only beyond 64 GiB.
    let body = cipher(shared.as_bytes(), &own, server_key, purpose).encrypt(&Nonce::default(), plain);
    sealed.extend(body.unwrap_or_default());
    sealed
}

/// Opens what [`seal`] made, with the tenant's secret key.
///
/// # Errors
/// [`NotOurs`].
pub fn open(
    sealed: &[u8],
    tenant: TenantId,
    photo: PhotoId,
    server_secret: &[u8; 32],
) -> Result<Vec<u8>, NotOurs> {
    open_for(&purpose(tenant, photo), sealed, server_secret)
}

/// Opens what [`seal_for`] made.
pub(super) fn open_for(purpose: &[u8], sealed: &[u8], server_secret: &[u8; 32]) -> Result<Vec<u8>, NotOurs> {
    let (head, body) = sealed.split_at_checked(HEAD_BYTES).ok_or(NotOurs)?;
    let own: [u8; 32] = match head.split_first() {
        Some((&VERSION, own)) => own.try_into().map_err(|_| NotOurs)?,
        _ => return Err(NotOurs),
    };
    let secret = StaticSecret::from(*server_secret);
    let shared = secret.diffie_hellman(&PublicKey::from(own));
    let server_key = PublicKey::from(&secret).to_bytes();
    cipher(shared.as_bytes(), &own, &server_key, purpose)
        .decrypt(&Nonce::default(), body)
        .map_err(|_| NotOurs)
}

fn purpose(tenant: TenantId, photo: PhotoId) -> Vec<u8> {
    [b"miaopi sealed photo 1".as_slice(), &tenant.to_bytes(), &photo.to_bytes()].concat()
}

fn cipher(shared: &[u8; 32], own: &[u8; 32], server_key: &[u8; 32], purpose: &[u8]) -> Aes256GcmSiv {
    let salt = [own.as_slice(), server_key].concat();
    let mut key = [0; 32];
    // Fails only for keys longer than 8,160 bytes.
    let _ = Hkdf::<Sha256>::new(Some(&salt), shared).expand(purpose, &mut key);
    Aes256GcmSiv::new(&key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn names() -> (TenantId, PhotoId) {
        (TenantId::from_bytes([1; 16]), PhotoId::from_bytes([2; 16]))
    }

    fn sealed() -> Vec<u8> {
        let (tenant, photo) = names();
        seal(b"a picture", tenant, photo, &public_key(&SECRET), [9; 32])
    }

    #[test]
    fn only_its_tenant_opens_it_and_only_under_its_name() {
        let (tenant, photo) = names();
        let sealed = sealed();
        assert_eq!(sealed.len(), b"a picture".len() + OVERHEAD_BYTES);
        assert_eq!(open(&sealed, tenant, photo, &SECRET), Ok(b"a picture".to_vec()));
        assert_eq!(open(&sealed, tenant, photo, &[8; 32]), Err(NotOurs));
        assert_eq!(open(&sealed, TenantId::from_bytes([3; 16]), photo, &SECRET), Err(NotOurs));
        assert_eq!(open(&sealed, tenant, PhotoId::from_bytes([3; 16]), &SECRET), Err(NotOurs));
    }

    #[test]
    fn every_changed_bit_is_noticed_and_nothing_short_makes_it_panic() {
        let (tenant, photo) = names();
        let sealed = sealed();
        for place in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[place / 8] ^= 1 << (place % 8);
            // The highest bit of an X25519 public key counts for nothing in the exchange, but it does in the salt.
            assert_eq!(open(&changed, tenant, photo, &SECRET), Err(NotOurs), "bit {place}");
        }
        for length in 0..sealed.len() {
            assert_eq!(open(&sealed[..length], tenant, photo, &SECRET), Err(NotOurs), "{length} bytes");
        }
    }

    /// Whoever changes this form makes every photo unreadable that waits on a phone in the field.
    #[test]
    fn sealed_photos_keep_their_form() {
        let hex: String = sealed().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, include_str!("golden/sealed-photo-v1.txt").trim());
    }
}
