//! A message off the socket: unpacked within its bound, read, and written again as it came.

#![no_main]

use fuzz::{memory, seeds};
use libfuzzer_sys::fuzz_target;
use shared::protocol::sync::{MAX_FRAME_BYTES, decode, encode, pack, unpack};

/// What one message may hold at once, in bytes: a whole frame, what unpacks it, its lists, and its bytes once more.
const MOST_BYTES: usize = 12 * MAX_FRAME_BYTES;

fuzz_target!(init: seeds::sow(seeds()), |message: &[u8]| {
    memory::within(MOST_BYTES, || {
        let Ok(bytes) = unpack(message) else { return };
        assert!(bytes.len() <= MAX_FRAME_BYTES);
        assert_eq!(unpack(&pack(&bytes)).as_ref(), Ok(&bytes));
        if let Ok(frame) = decode(&bytes) {
            assert_eq!(encode(&frame), bytes, "one value has two encodings: {frame:?}");
        }
    });
});

/// Every frame plainly, and all of them deflated.
fn seeds() -> Vec<Vec<u8>> {
    let frames = seeds::frames();
    let long = pack(&frames.concat());
    frames.iter().map(|frame| pack(frame)).chain([long]).collect()
}
