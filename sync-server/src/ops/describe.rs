//! The API's description, made from the handlers themselves.

use std::sync::LazyLock;

use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use utoipa::ToSchema;

use crate::{app::App, router};

static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| Bytes::from(format!("{:#}", router::description())));

/// An OpenAPI document.
#[derive(ToSchema)]
#[schema(as = OpenApiDocument, example = json!({"openapi": "3.1.0", "info": {"title": "Miaopi 秒批", "version": "0.1.0"},
    "paths": {}, "components": {}}))]
#[allow(dead_code, reason = "only described")]
struct DocumentShape {
    /// The version of OpenAPI.
    openapi: String,
    /// What is described.
    #[schema(value_type = Object)]
    info: (),
    /// Every route.
    #[schema(value_type = Object)]
    paths: (),
    /// Types and credentials.
    #[schema(value_type = Object)]
    components: (),
}

/// This document.
#[utoipa::path(get, path = "/api/openapi.json", tag = "operations",
    responses((status = 200, description = "OpenAPI 3.1 document", body = DocumentShape)))]
pub(crate) async fn openapi(State(_): State<App>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone()).into_response()
}
