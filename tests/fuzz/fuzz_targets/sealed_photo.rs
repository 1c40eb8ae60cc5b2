//! A sealed photo that anybody may have made: it is opened or refused, and only what was sealed opens.

#![no_main]

use fuzz::{memory, seeds};
use libfuzzer_sys::fuzz_target;
use shared::domain::{PhotoId, TenantId};
use shared::protocol::sealed_photo::{OVERHEAD_BYTES, open, public_key, seal};

/// The tenant's secret in the golden file.
const SECRET: [u8; 32] = [7; 32];
/// What opening may hold at once, beside the input: the picture twice.
const MOST_BYTES: usize = 1024 * 1024;

fuzz_target!(init: seeds::sow([seeds::sealed_photo(), Vec::new()]), |bytes: &[u8]| {
    let (tenant, photo) = (TenantId::from_bytes([1; 16]), PhotoId::from_bytes([2; 16]));
    memory::within(MOST_BYTES + 4 * bytes.len(), || {
        if let Ok(picture) = open(bytes, tenant, photo, &SECRET) {
            assert_eq!(picture.len() + OVERHEAD_BYTES, bytes.len());
            assert!(open(bytes, TenantId::from_bytes([3; 16]), photo, &SECRET).is_err());
        }
        // The same bytes as a picture: sealed, opened, and refused with any one bit changed.
        let Some((place, picture)) = bytes.split_first_chunk::<2>() else { return };
        let mut sealed = seal(picture, tenant, photo, &public_key(&SECRET), [9; 32]);
        assert_eq!(open(&sealed, tenant, photo, &SECRET).as_deref(), Ok(picture));
        let bit = usize::from(u16::from_le_bytes(*place)) % (sealed.len() * 8);
        sealed[bit / 8] ^= 1 << (bit % 8);
        assert!(open(&sealed, tenant, photo, &SECRET).is_err(), "bit {bit}");
    });
});
