//! Questions and answers on their way between page and program: the length of the JSON (4 bytes, most significant
//! first), the JSON, and the bytes beside it. Pictures stay bytes; nothing becomes text on the way.

/// Packs JSON and the bytes beside it.
pub fn pack(json: &str, bytes: Option<&[u8]>) -> Vec<u8> {
    let bytes = bytes.unwrap_or_default();
    let mut packed = Vec::with_capacity(4 + json.len() + bytes.len());
    packed.extend_from_slice(&u32::try_from(json.len()).unwrap_or(0).to_be_bytes());
    packed.extend_from_slice(json.as_bytes());
    packed.extend_from_slice(bytes);
    packed
}

/// The JSON and the bytes beside it; `None` for anything else.
pub fn unpack(packed: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = packed.split_first_chunk::<4>()?;
    let (json, bytes) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    Some((std::str::from_utf8(json).ok()?, bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_comes_out_and_nothing_else_does() {
        assert_eq!(unpack(&pack("{\"名\":1}", Some(&[0, 255]))), Some(("{\"名\":1}", &[0, 255][..])));
        assert_eq!(unpack(&pack("", None)), Some(("", &[][..])));
        for odd in
            [&[][..], &[0, 0, 0], &[0, 0, 0, 2, b'a'], &[255, 255, 255, 255, b'a'], &[0, 0, 0, 1, 0xFF]]
        {
            assert_eq!(unpack(odd), None, "{odd:?}");
        }
    }
}
