//! Finds the signatures in the bytes and holds each to its canonical place and spelling, before anything is parsed.

use std::ops::Range;

use crate::contracts::append::{BYTE_RANGE, byte_range};

use super::Refusal;

/// Length of the fixed-width byte range, brackets included.
const RANGE_LENGTH: usize = "[0 ".len() + 3 * 10 + 2 + "]".len();
const CONTENTS: &[u8] = b"/Contents";

/// A signature's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Located {
    /// The `/Contents` token, from `<` to past `>`.
    pub(super) contents: Range<usize>,
    /// Where the file ended when it was signed.
    pub(super) end: usize,
    /// The container's DER, without the zeros behind it.
    pub(super) container: Vec<u8>,
}

/// All signatures in the order of the file; the last one's range ends at the file's end.
pub(super) fn signatures(bytes: &[u8]) -> Result<Vec<Located>, Refusal> {
    let found: Vec<usize> = occurrences(bytes, BYTE_RANGE);
    if found.is_empty() {
        return Err(Refusal::NotSigned);
    }
    if found.len() > 2 {
        return Err(Refusal::SignatureCount(found.len()));
    }
    let located = found.into_iter().map(|at| located(bytes, at)).collect::<Result<Vec<_>, Refusal>>()?;
    let last = located.last().map_or(0, |last| last.end);
    if last < bytes.len() {
        return Err(Refusal::AppendedBytes);
    }
    if located.windows(2).any(|pair| pair[0].end > pair[1].contents.start) {
        return Err(Refusal::ByteRange);
    }
    Ok(located)
}

fn located(bytes: &[u8], at: usize) -> Result<Located, Refusal> {
    let range_at = at + BYTE_RANGE.len();
    let start = range_at + RANGE_LENGTH + CONTENTS.len();
    let written = bytes.get(range_at..range_at + RANGE_LENGTH).ok_or(Refusal::ByteRange)?;
    if bytes.get(range_at + RANGE_LENGTH..start) != Some(CONTENTS) || bytes.get(start) != Some(&b'<') {
        return Err(Refusal::ByteRange);
    }
    let room = bytes[start + 1..].iter().position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let close = start + 1 + room.ok_or(Refusal::Truncated)?;
    if bytes[close] != b'>' {
        return Err(Refusal::Contents);
    }
    let contents = start..close + 1;
    let tail: usize = std::str::from_utf8(written)
        .ok()
        .and_then(|text| text.trim_matches(['[', ']']).split_whitespace().nth(3)?.parse().ok())
        .ok_or(Refusal::ByteRange)?;
    let end = contents.end.checked_add(tail).ok_or(Refusal::ByteRange)?;
    if byte_range(&contents, end).as_bytes() != written {
        return Err(Refusal::ByteRange);
    }
    if end > bytes.len() {
        return Err(Refusal::Truncated);
    }
    let container = container(&bytes[start + 1..close]).ok_or(Refusal::Contents)?;
    Ok(Located { contents, end, container })
}

/// The DER value at the start of `text` (hex), where only zeros follow.
fn container(text: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = hex::decode(text).ok()?;
    // A SEQUENCE of 256 to 65,535 bytes: no container of this form is shorter or longer.
    let [0x30, 0x82, high, low, ..] = bytes[..] else { return None };
    let length = 4 + usize::from(u16::from_be_bytes([high, low]));
    if length > bytes.len() || bytes[length..].iter().any(|byte| *byte != 0) {
        return None;
    }
    bytes.truncate(length);
    Some(bytes)
}

fn occurrences(bytes: &[u8], needle: &[u8]) -> Vec<usize> {
    /// Enough to say "too many".
    const MOST: usize = 16;
    let positions = bytes.windows(needle.len()).enumerate();
    positions.filter(|(_, window)| *window == needle).map(|(at, _)| at).take(MOST).collect()
}
