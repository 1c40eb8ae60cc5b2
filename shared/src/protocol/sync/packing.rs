//! How a frame travels in one WebSocket message: a byte that says how, then the frame, deflated where that is shorter.
//!
//! Each message stands alone. One stream over all messages would be shorter still, but keeps some 300 KB for every
//! connected device, and a batch of changes is long enough to be worth it by itself.

use std::io::{Read, Write};

use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};

use super::{MAX_FRAME_BYTES, SyncCode};

const PLAIN: u8 = 0;
const DEFLATED: u8 = 1;
/// Frames shorter than this are mostly names and signatures: nothing to be gained.
const WORTH_IT: usize = 512;

/// Largest message, in bytes: a frame that could not be made shorter. Whoever reads refuses a longer one before it is in
/// memory.
pub const MAX_MESSAGE_BYTES: usize = MAX_FRAME_BYTES + 1;

/// The message that carries these bytes of a frame.
pub fn pack(frame: &[u8]) -> Vec<u8> {
    if frame.len() >= WORTH_IT {
        let mut packed = DeflateEncoder::new(vec![DEFLATED], Compression::fast());
        // Writing into a vector cannot fail; were it otherwise, the frame travels as it is.
        if packed.write_all(frame).is_ok()
            && let Ok(packed) = packed.finish()
            && packed.len() <= frame.len()
        {
            return packed;
        }
    }
    [&[PLAIN], frame].concat()
}

/// The frame's bytes out of a message.
///
/// # Errors
/// [`SyncCode::FrameTooLarge`] as soon as more would come out than a frame may have; [`SyncCode::FrameMalformed`] for
/// anything but a whole packed frame.
pub fn unpack(message: &[u8]) -> Result<Vec<u8>, SyncCode> {
    if message.len() > MAX_MESSAGE_BYTES {
        return Err(SyncCode::FrameTooLarge);
    }
    match message.split_first() {
        Some((&PLAIN, frame)) => Ok(frame.to_vec()),
        Some((&DEFLATED, packed)) => {
            let mut frame = Vec::new();
            let mut stream = DeflateDecoder::new(packed).take(MAX_FRAME_BYTES as u64 + 1);
            stream.read_to_end(&mut frame).map_err(|_| SyncCode::FrameMalformed)?;
            if frame.len() > MAX_FRAME_BYTES {
                return Err(SyncCode::FrameTooLarge);
            }
            Ok(frame)
        }
        _ => Err(SyncCode::FrameMalformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_repeats_itself_gets_shorter_and_comes_out_as_it_was() {
        let frame: Vec<u8> = b"field 2026-05-01 ".iter().copied().cycle().take(100_000).collect();
        let message = pack(&frame);
        assert!(message.len() < frame.len() / 20, "{}", message.len());
        assert_eq!(unpack(&message).unwrap(), frame);
        assert_eq!(pack(b"short"), b"\0short");
    }

    #[test]
    fn a_bomb_ends_where_a_frame_ends() {
        let mut bomb = DeflateEncoder::new(vec![DEFLATED], Compression::best());
        for _ in 0..64 {
            bomb.write_all(&[0; 1024 * 1024]).unwrap();
        }
        let bomb = bomb.finish().unwrap();
        assert!(bomb.len() < 100_000);
        assert_eq!(unpack(&bomb), Err(SyncCode::FrameTooLarge));
        assert_eq!(unpack(&vec![PLAIN; MAX_MESSAGE_BYTES + 1]), Err(SyncCode::FrameTooLarge));
        for nothing in [&[][..], &[7, 1, 2], &[DEFLATED, 0xff, 0xff]] {
            assert_eq!(unpack(nothing), Err(SyncCode::FrameMalformed));
        }
    }

    proptest! {
        #[test]
        fn any_frame_comes_back(frame in proptest::collection::vec(any::<u8>(), 0..5_000)) {
            prop_assert_eq!(unpack(&pack(&frame)).unwrap(), frame);
        }

        #[test]
        fn any_bytes_are_answered(message in proptest::collection::vec(any::<u8>(), 0..5_000)) {
            let _ = unpack(&message);
        }
    }
}
