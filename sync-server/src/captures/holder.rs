//! Which device uploads, and its right to.

use axum::http::{HeaderMap, StatusCode};
use rusqlite::Connection;
use shared::domain::{DeviceId, PhotoHash, PhotoId};
use shared::protocol::sync::{
    Signature,
    signed::{self, Signatory},
};
use shared::sync::KnownDevice;

use crate::{crypt::Keys, problem::Problem, sync};

/// What a device says of itself with an upload.
#[derive(Debug, Clone, Copy)]
pub(super) struct Claim {
    pub(super) device: DeviceId,
    pub(super) signature: Signature,
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
    /// From the headers of a request that only devices make.
    ///
    /// # Errors
    /// 404 for everybody else, 401 where they are no claim.
    pub(super) fn of_device(headers: &HeaderMap) -> Result<Self, Problem> {
        if is_device(headers) { Self::of(headers) } else { Err(Problem::not_found()) }
    }

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

    /// The device as it is known.
    ///
    /// # Errors
    /// 401 for a device that is not enrolled, 403 for one that is revoked.
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

    /// Did this device sign what `bytes` makes of its name?
    pub(super) fn signed(self, known: &KnownDevice, bytes: impl FnOnce(Signatory) -> Vec<u8>) -> bool {
        let who = Signatory { tenant: known.tenant, device: self.device };
        signed::holds(&known.key, &bytes(who), &self.signature)
    }

    /// Did this device sign for this photo?
    pub(super) fn holds(self, known: &KnownDevice, promised: Promised) -> bool {
        let Promised { photo, cipher, bytes } = promised;
        self.signed(known, |who| signed::upload_bytes(who, photo, cipher, bytes))
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
