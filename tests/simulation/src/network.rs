//! What the network does to frames: delays (and so reorders), drops, doubles, cuts, and lets through one way only.

use std::collections::BTreeMap;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use shared::domain::{ChangeHash, DocumentId};

/// How bad the network is, in thousandths of frames.
#[derive(Clone, Copy, Default)]
pub(crate) struct Weather {
    pub(crate) drop: u32,
    pub(crate) double: u32,
    pub(crate) cut: u32,
    pub(crate) slow_ms: u64,
    /// How often a device or the server dies at a storage or acknowledgement point, in thousandths of them.
    pub(crate) crash: u32,
}

/// One connection.
pub(crate) struct Connection {
    pub(crate) device: usize,
    pub(crate) device_side: bool,
    pub(crate) server_side: bool,
    /// What each push carried, as the wire saw it.
    pub(crate) pushes: BTreeMap<u32, Vec<(DocumentId, ChangeHash)>>,
}

/// What becomes of one message: when it arrives (several times, or never), and whether it is cut.
pub(crate) fn fate(rng: &mut ChaCha8Rng, weather: Weather, blocked: bool) -> Vec<(u64, bool)> {
    let once = |rng: &mut ChaCha8Rng| {
        let delay = rng.gen_range(5..60 + weather.slow_ms);
        (delay, rng.gen_range(0..1000) < weather.cut)
    };
    if blocked || rng.gen_range(0..1000) < weather.drop {
        return Vec::new();
    }
    let first = once(rng);
    if rng.gen_range(0..1000) < weather.double { vec![first, once(rng)] } else { vec![first] }
}
