//! What the headers of a resumable upload (tus 1.0) say, read from text that anybody may have sent.

use base64::{Engine, engine::general_purpose::STANDARD};

/// A number of bytes: `Upload-Length`, `Upload-Offset`.
pub fn number(value: &str) -> Option<i64> {
    value.parse().ok()
}

/// One value of `Upload-Metadata`, where it is text.
pub fn metadata(all: &str, key: &str) -> Option<String> {
    let value = all.split(',').find_map(|pair| {
        let (name, value) = pair.trim().split_once(' ')?;
        (name == key).then_some(value)
    })?;
    String::from_utf8(STANDARD.decode(value).ok()?).ok()
}

/// Exactly `N` bytes in hexadecimal: a digest, a signature.
pub fn exactly<const N: usize>(value: &str) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    hex::decode_to_slice(value, &mut bytes).is_ok().then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_read_by_its_name() {
        let all = "filename Y2FyZC5qcGc=, photo YWJj,empty ,bad *";
        assert_eq!(metadata(all, "photo").as_deref(), Some("abc"));
        assert_eq!(metadata(all, "filename").as_deref(), Some("card.jpg"));
        assert_eq!((metadata(all, "bad"), metadata(all, "other")), (None, None));
    }

    #[test]
    fn numbers_are_whole_and_fit() {
        assert_eq!((number("300000"), number("-1")), (Some(300_000), Some(-1)));
        for odd in ["", " 1", "1.5", "0x10", "9223372036854775808"] {
            assert_eq!(number(odd), None, "{odd:?}");
        }
    }

    #[test]
    fn digests_have_their_length_and_nothing_else() {
        assert_eq!(exactly::<2>("00fF"), Some([0, 255]));
        for odd in ["", "00", "00ff00", "00fg", "0 ff", "00f\u{e9}"] {
            assert_eq!(exactly::<2>(odd), None, "{odd:?}");
        }
    }
}
