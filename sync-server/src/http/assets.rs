//! Styles, icons and scripts, built into the program.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};

use super::input::Path;
use crate::{app::App, problem::Problem};

/// One file of `assets/`.
struct Asset {
    name: &'static str,
    bytes: &'static [u8],
    /// First 16 hexadecimal digits of its SHA-256.
    version: String,
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let with_version = |&(name, bytes): &(&'static str, &'static [u8])| Asset {
        name,
        bytes,
        version: hex::encode(&Sha256::digest(bytes)[..8]),
    };
    FILES.iter().map(with_version).collect()
});

/// One asset.
#[utoipa::path(get, path = "/assets/{*name}", tag = "page", params(("name" = String, Path, description = "Name")),
    responses((status = 200, description = "The file")))]
pub(crate) async fn serve(
    State(_): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asset = ASSETS.iter().find(|asset| asset.name == name).ok_or_else(Problem::not_found)?;
    // Kept, but asked about each time, so that a page never meets the style of another release. The tag is weak because
    // the same file goes out plain and compressed.
    let tag = format!("W/\"{}\"", asset.version);
    let cache =
        [(header::CACHE_CONTROL, HeaderValue::from_static("no-cache")), (header::ETAG, tag_value(&tag))];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, cache).into_response());
    }
    Ok((cache, [(header::CONTENT_TYPE, content_type(asset.name))], asset.bytes).into_response())
}

fn tag_value(tag: &str) -> HeaderValue {
    HeaderValue::from_str(tag).unwrap_or(HeaderValue::from_static("W/\"\""))
}

pub(super) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending) {
        Some("css") => "text/css; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("ico") => "image/x-icon",
        Some("webp") => "image/webp",
        Some("json") => "application/json",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
