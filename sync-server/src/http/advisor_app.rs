//! The advisor's app: files that were built for the browser, served as they lie beside the program.
//!
//! They are read once, when the server starts, and no path of a request ever becomes a path of the disk.

use std::{collections::BTreeMap, path::Path as FilePath, sync::Arc};

use axum::{
    body::Body,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use bytes::Bytes;
use sha2::{Digest, Sha256};

use super::{assets::content_type, input::Path};
use crate::{app::App, problem::Problem};

/// The page that every address of the app answers with; the app itself reads the address.
const SHELL: &str = "index.html";

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

/// The files of the app. Empty where it was not built.
#[derive(Clone, Default)]
pub struct AdvisorApp(Arc<BTreeMap<String, File>>);

impl AdvisorApp {
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

    fn answer(&self, name: &str, headers: &HeaderMap) -> Result<Response, Problem> {
        let file = self.0.get(name).ok_or_else(|| {
            if self.0.is_empty() {
                Problem::new(
                    StatusCode::NOT_FOUND,
                    "app_not_built",
                    "This server came without the advisor's app. Build it with `cargo xtask app`.",
                )
            } else {
                Problem::not_found()
            }
        })?;
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

/// The way to the app for those who leave the last stroke out.
#[utoipa::path(get, path = "/advisor", tag = "page", responses((status = 308, description = "To the app")))]
pub(crate) async fn door() -> Redirect {
    Redirect::permanent("/advisor/")
}

/// The app's first page.
#[utoipa::path(get, path = "/advisor/", tag = "page", responses((status = 200, description = "The app")))]
pub(crate) async fn shell(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    app.advisor_app.answer(SHELL, &headers)
}

/// A file of the app, or its first page for every address within the app.
#[utoipa::path(get, path = "/advisor/{*path}", tag = "page", params(("path" = String, Path, description = "File, or address within the app")),
    responses((status = 200, description = "The file, or the app")))]
pub(crate) async fn file(
    State(app): State<App>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    app.advisor_app.answer(if is_file { &path } else { SHELL }, &headers)
}
