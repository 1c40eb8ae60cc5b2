//! Programs that were built for the browser, served as they lie beside the server's own.
//!
//! They are read once, when the server starts, and no path of a request ever becomes a path of the disk.

use std::{collections::BTreeMap, path::Path as FilePath, sync::Arc};

use axum::{
    body::Body,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::assets::content_type;
use crate::problem::Problem;

/// The page that a program begins with.
pub(super) const SHELL: &str = "index.html";

/// As for every page, and wasm may be compiled, and workers started from here.
const CONTENT_SECURITY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data: blob:; media-src 'self' blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

struct File {
    plain: Bytes,
    /// Ready-made brotli.
    packed: Option<Bytes>,
    tag: HeaderValue,
}

/// The files of one program. Empty where it was not built.
#[derive(Clone, Default)]
pub struct BuiltFiles(Arc<BTreeMap<String, File>>);

impl BuiltFiles {
    /// Reads the files of a folder. One that is not there has none.
    ///
    /// # Errors
    /// When the folder is there and cannot be read.
    pub fn read(folder: &FilePath) -> std::io::Result<Self> {
        let mut files = BTreeMap::new();
        if folder.is_dir() {
            collect(folder, "", &mut files)?;
        }
        Ok(Self(Arc::new(files)))
    }

    /// A file by its name.
    pub(super) fn answer(&self, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let file = self.file(name)?;
        // Kept, and asked about each time; once installed, the app's own service worker keeps one version as a whole.
        let always = [
            (header::CACHE_CONTROL, HeaderValue::from_static("no-cache")),
            (header::ETAG, file.tag.clone()),
            (header::VARY, HeaderValue::from_static("accept-encoding")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY)),
        ];
        if headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == file.tag) {
            return Ok((StatusCode::NOT_MODIFIED, always).into_response());
        }
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)))];
        let accepts = headers.get_all(header::ACCEPT_ENCODING).iter().any(|value| {
            value.to_str().is_ok_and(|list| list.split(',').any(|one| one.trim().starts_with("br")))
        });
        Ok(match &file.packed {
            Some(packed) if accepts => {
                let packing = [(header::CONTENT_ENCODING, HeaderValue::from_static("br"))];
                (always, kind, packing, Body::from(packed.clone())).into_response()
            }
            _ => (always, kind, Body::from(file.plain.clone())).into_response(),
        })
    }

    /// The first page, changed for whoever asks.
    pub(super) fn shell(&self, change: impl FnOnce(&str) -> String) -> Result<Response, Problem> {
        let page = change(&String::from_utf8_lossy(&self.file(SHELL)?.plain));
        let always = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY)),
        ];
        Ok((always, page).into_response())
    }

    fn file(&self, name: &str) -> Result<&File, Problem> {
        self.0.get(name).ok_or_else(|| {
            if self.0.is_empty() {
                Problem::new(
                    StatusCode::NOT_FOUND,
                    "app_not_built",
                    "This server came without its programs for the browser. Build them with `cargo xtask app`.",
                )
            } else {
                Problem::not_found()
            }
        })
    }
}

/// Reads a folder, and the folders in it, each file under its path from the top, e.g. `icons/192.png`.
fn collect(folder: &FilePath, above: &str, files: &mut BTreeMap<String, File>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let whole = format!("{above}{name}");
        if path.is_dir() {
            collect(&path, &format!("{whole}/"), files)?;
        } else if !name.ends_with(".br") {
            let plain = std::fs::read(&path)?;
            let packed = path.with_file_name(format!("{name}.br"));
            let packed = if packed.is_file() { Some(std::fs::read(packed)?.into()) } else { None };
            let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&plain)[..8]));
            let tag = HeaderValue::from_str(&tag).unwrap_or(HeaderValue::from_static("W/\"\""));
            files.insert(whole, File { plain: plain.into(), packed, tag });
        }
    }
    Ok(())
}
