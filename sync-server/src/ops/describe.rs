//! The API's description, made from the handlers themselves.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use crate::{app::App, router};

static DOCUMENT: LazyLock<Bytes> =
    LazyLock::new(|| Bytes::from(router::openapi().to_pretty_json().unwrap_or_default()));

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1 document", content_type = "application/json")))]
pub(crate) async fn openapi(State(_): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}
