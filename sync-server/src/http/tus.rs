//! What resumable uploads (tus 1.0) have in common, whoever sends: headers in and out.

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use shared::protocol::tus as wire;

use crate::problem::Problem;

/// Largest slice taken at once, in bytes.
pub const MAX_SLICE_BYTES: usize = 1024 * 1024 + 1024;

/// A header that holds a number.
pub fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    wire::number(headers.get(name)?.to_str().ok()?)
}

/// One value of `Upload-Metadata`, where it is text.
pub fn metadata(headers: &HeaderMap, key: &str) -> Option<String> {
    wire::metadata(headers.get("upload-metadata")?.to_str().ok()?, key)
}

/// 400 `upload_malformed`.
pub fn malformed(detail: &str) -> Problem {
    Problem::new(axum::http::StatusCode::BAD_REQUEST, "upload_malformed", detail)
}

/// 409 `upload_offset`.
pub fn elsewhere() -> Problem {
    Problem::conflict("upload_offset", "Ask how far the upload is, then go on from there.")
}

/// The version that is spoken here.
pub fn resumable() -> (HeaderName, HeaderValue) {
    (HeaderName::from_static("tus-resumable"), HeaderValue::from_static("1.0.0"))
}

/// How much is durable.
pub fn offset(stored: i64) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static("upload-offset"), HeaderValue::from(stored))
}

/// How long the whole is.
pub fn length(length: i64) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static("upload-length"), HeaderValue::from(length))
}

/// What an upload's part is called: by what it holds as well, for of two slices sent for one place at once, the one
/// that is not taken must not lie where the other does.
pub fn part_name(from: i64, slice: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    format!("{from}-{}", hex::encode(&Sha256::digest(slice)[..8]))
}
