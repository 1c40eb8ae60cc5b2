//! What a device has and the server has not, as a file that a person carries there: when a device's program or disk does
//! not let it connect any more. It holds what the device would have sent, signed as it would have been, so that whoever
//! takes it in holds it to the same rules; and it is sealed, so that only its tenant's server reads it.
//!
//! `"miaopi rescue 1\n" ‖ device (16) ‖ the file's own name (16) ‖ sealed` as in [`sealed_photo`],
//! for this purpose, tenant, device and name. What is sealed is [`Rescued`] in postcard.

use serde::{Deserialize, Serialize};

use super::sealed_photo::{self, NotOurs};
use super::sync::{Bytes, Signature, id};
use crate::domain::{DeviceId, PhotoId, TenantId};

/// The first bytes of every such file.
pub const MAGIC: &[u8; 16] = b"miaopi rescue 1\n";
/// Largest file, in bytes (16 MiB): what does not fit goes into the next one.
pub const MAX_RESCUE_BYTES: usize = 16 * 1024 * 1024;
const HEAD_BYTES: usize = 48;

/// What lies in a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rescued {
    /// Pushes and photo manifests as [`encode`](super::sync::encode) writes them, in the order in which they go.
    pub frames: Vec<Bytes>,
    /// Photos.
    pub photos: Vec<RescuedPhoto>,
}

/// A photo as it would have been uploaded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RescuedPhoto {
    /// Its name.
    #[serde(with = "id")]
    pub photo: PhotoId,
    /// Over [`upload_bytes`](super::sync::signed::upload_bytes).
    pub signature: Signature,
    /// What is uploaded.
    pub sealed: Bytes,
}

/// Makes a file. `name` and `fresh` are drawn for it alone.
pub fn seal(
    rescued: &Rescued,
    (tenant, device): (TenantId, DeviceId),
    server_key: &[u8; 32],
    name: [u8; 16],
    fresh: [u8; 32],
) -> Vec<u8> {
    // Writing into a vector cannot fail; were it otherwise, the reader refuses what is empty.
    let plain = postcard::to_extend(rescued, Vec::new()).unwrap_or_default();
    let mut file = [&MAGIC[..], &device.to_bytes(), &name].concat();
    file.extend(sealed_photo::seal_for(&purpose(tenant, device, name), &plain, server_key, fresh));
    file
}

/// Whose file is it, by what it says of itself? Nothing of it is proved by that.
pub fn device_of(file: &[u8]) -> Option<DeviceId> {
    let rest = file.strip_prefix(MAGIC)?;
    Some(DeviceId::from_bytes(rest.get(..16)?.try_into().ok()?))
}

/// Reads a file with its tenant's secret key.
///
/// # Errors
/// [`NotOurs`] for what is no such file, was sealed for another tenant, or was changed.
pub fn open(file: &[u8], tenant: TenantId, server_secret: &[u8; 32]) -> Result<Rescued, NotOurs> {
    let device = device_of(file).ok_or(NotOurs)?;
    let (head, sealed) = file.split_at_checked(HEAD_BYTES).ok_or(NotOurs)?;
    let name = head[32..].try_into().map_err(|_| NotOurs)?;
    let plain = sealed_photo::open_for(&purpose(tenant, device, name), sealed, server_secret)?;
    let (rescued, rest) = postcard::take_from_bytes(&plain).map_err(|_| NotOurs)?;
    if rest.is_empty() { Ok(rescued) } else { Err(NotOurs) }
}

fn purpose(tenant: TenantId, device: DeviceId, name: [u8; 16]) -> Vec<u8> {
    [b"miaopi rescue 1".as_slice(), &tenant.to_bytes(), &device.to_bytes(), &name].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: [u8; 32] = [7; 32];

    fn whose() -> (TenantId, DeviceId) {
        (TenantId::from_bytes([1; 16]), DeviceId::from_bytes([2; 16]))
    }

    fn rescued() -> Rescued {
        let photo = RescuedPhoto {
            photo: PhotoId::from_bytes([3; 16]),
            signature: Signature([4; 64]),
            sealed: Bytes(vec![5; 9]),
        };
        Rescued { frames: vec![Bytes(vec![6; 3])], photos: vec![photo] }
    }

    fn file() -> Vec<u8> {
        seal(&rescued(), whose(), &sealed_photo::public_key(&SECRET), [8; 16], [9; 32])
    }

    #[test]
    fn its_tenants_server_reads_it_and_nobody_else() {
        let (tenant, device) = whose();
        assert_eq!(device_of(&file()), Some(device));
        assert_eq!(open(&file(), tenant, &SECRET), Ok(rescued()));
        assert_eq!(open(&file(), TenantId::from_bytes([9; 16]), &SECRET), Err(NotOurs));
        assert_eq!(open(&file(), tenant, &[8; 32]), Err(NotOurs));
    }

    #[test]
    fn every_changed_bit_is_noticed_and_nothing_short_makes_it_panic() {
        let (tenant, _) = whose();
        let file = file();
        for place in 0..file.len() * 8 {
            let mut changed = file.clone();
            changed[place / 8] ^= 1 << (place % 8);
            assert_eq!(open(&changed, tenant, &SECRET), Err(NotOurs), "bit {place}");
        }
        for length in 0..file.len() {
            assert_eq!(open(&file[..length], tenant, &SECRET), Err(NotOurs), "{length} bytes");
        }
    }

    /// Whoever changes this form makes files unreadable that lie on a stick somewhere.
    #[test]
    fn files_keep_their_form() {
        let hex: String = file().iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, include_str!("golden/rescue-v1.txt").trim());
    }
}
