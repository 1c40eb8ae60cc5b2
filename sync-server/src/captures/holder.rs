//! Which device uploads, and its right to.

use axum::http::{HeaderMap, StatusCode};
use rusqlite::Connection;
use shared::domain::{DeviceId, DocumentId, PhotoHash, PhotoId, TenantId};
use shared::protocol::sync::{Signature, signed};
use shared::sync::KnownDevice;

use crate::{crypt::Keys, problem::Problem, sync};

/// What a device says of itself with an upload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) device: DeviceId,
    signature: Signature,
}

/// The photo that is claimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Promised {
    pub(super) photo: PhotoId,
    pub(super) cipher: PhotoHash,
    pub(super) bytes: u32,
}

/// Does the request come from a device?
pub(crate) fn is_device(headers: &HeaderMap) -> bool {
    headers.contains_key("miaopi-device")
}

impl Claim {
    /// From the request's headers.
    ///
    /// # Errors
    /// 401 where they are no claim.
    pub(super) fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
        let device = text("miaopi-device").and_then(|device| device.parse().ok()).ok_or_else(unproved)?;
        let signature =
            text("miaopi-signature").and_then(shared::protocol::tus::exactly).ok_or_else(unproved)?;
        Ok(Self { device, signature: Signature(signature) })
    }

    /// The device's tenant.
    ///
    /// # Errors
    /// 401 for a device that is not enrolled, 403 for one that is revoked.
    pub(super) fn tenant(self, conn: &Connection, keys: &Keys) -> Result<(TenantId, [u8; 32]), Problem> {
        self.known(conn, keys).map(|known| (known.tenant, known.key))
    }

    /// The device as it is known.
    ///
    /// # Errors
    /// As [`Claim::tenant`].
    pub(super) fn known(self, conn: &Connection, keys: &Keys) -> Result<KnownDevice, Problem> {
        let known = sync::known_device(conn, keys, self.device)?.ok_or_else(unproved)?;
        match known.revoked {
            None => Ok(known),
            Some(_) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "sync_revoked",
                "This device is out of use. Ask your administrator.",
            )),
        }
    }

    /// Did this device ask what this photo says?
    pub(super) fn asks_for_reading(self, tenant: TenantId, key: &[u8; 32], photo: PhotoId) -> bool {
        let who = signed::Signatory { tenant, device: self.device };
        signed::holds(key, &signed::reading_bytes(who, photo), &self.signature)
    }

    /// Did this device ask for the contract of this document, at this moment of its clock (milliseconds since 1970)?
    pub(super) fn asks_for_contract(self, known: &KnownDevice, document: DocumentId, at_ms: i64) -> bool {
        let who = signed::Signatory { tenant: known.tenant, device: self.device };
        signed::holds(&known.key, &signed::contract_bytes(who, document, at_ms), &self.signature)
    }

    /// Did this device sign for this photo?
    pub(super) fn holds(self, tenant: TenantId, key: &[u8; 32], promised: Promised) -> bool {
        let who = signed::Signatory { tenant, device: self.device };
        let Promised { photo, cipher, bytes } = promised;
        signed::holds(key, &signed::upload_bytes(who, photo, cipher, bytes), &self.signature)
    }
}

/// 401: not enrolled, or not signed as it should be; which of the two is not said.
pub(super) fn unproved() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "sync_not_enrolled",
        "This device is not enrolled, or did not sign for this photo. Enrol it and try again.",
    )
}
