//! Headers of an upload, written by anybody: each is read or refused, and what was written properly is read back.

#![no_main]

use base64::{Engine, engine::general_purpose::STANDARD};
use fuzz::{memory, seeds};
use libfuzzer_sys::fuzz_target;
use shared::domain::{DeviceId, PhotoId};
use shared::protocol::tus::{exactly, metadata, number};

/// What reading the headers may hold at once, in bytes. A server takes no headers longer than some 100 KiB.
const MOST_BYTES: usize = 1024 * 1024;

fuzz_target!(init: seeds::sow(seeds()), |input: &[u8]| {
    let Ok(text) = std::str::from_utf8(input) else { return };
    memory::within(MOST_BYTES, || read(text));
});

fn read(text: &str) {
    if let Some(number) = number(text) {
        assert!(text.trim_start_matches(['+', '-']).bytes().all(|byte| byte.is_ascii_digit()), "{number}");
    }
    if let Some(digest) = exactly::<32>(text) {
        assert_eq!(hex::encode(digest), text.to_ascii_lowercase());
    }
    if let Some(signature) = exactly::<64>(text) {
        assert_eq!(hex::encode(signature), text.to_ascii_lowercase());
    }
    // An id is written in one way only, so that one upload has one name.
    for (written, read) in [
        (text.parse::<PhotoId>().ok().map(|id| id.to_string()), text),
        (text.parse::<DeviceId>().ok().map(|id| id.to_string()), text),
    ] {
        assert!(written.is_none_or(|written| written == read), "{read}");
    }
    for key in ["photo", "sha256", "filename", ""] {
        if let Some(value) = metadata(text, key) {
            let again = format!("other eA==,{key} {}", STANDARD.encode(&value));
            assert_eq!(metadata(&again, key).as_ref(), Some(&value), "{key}");
        }
    }
}

fn seeds() -> Vec<Vec<u8>> {
    let photo = PhotoId::from_bytes([1; 16]).to_string();
    let digest = "ab".repeat(32);
    let all = format!("photo {},sha256 {}", STANDARD.encode(&photo), STANDARD.encode(&digest));
    let seeds =
        [all, photo, digest, "cd".repeat(64), "300000".into(), "-1".into(), "filename YQ==, photo *".into()];
    seeds.into_iter().map(String::into_bytes).collect()
}
