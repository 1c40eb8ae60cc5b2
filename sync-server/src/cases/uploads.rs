//! Resumable upload of a photo by the tus 1.0 protocol: create, ask how far, go on. Each slice is sealed and durable
//! before it is acknowledged. Devices of advisors use the same address
//! ([`crate::captures`]); a customer is known by the link's token, a device by its signature.

use axum::{
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::{Bytes, BytesMut};
use rusqlite::{Connection, OptionalExtension, params};
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    customer_api::link_needed,
    hand_in::{open_object, seal_object},
};
use crate::{
    app::App,
    captures,
    flows::journal::CaseRef,
    http::tus::{self, MAX_SLICE_BYTES, elsewhere, malformed, number, part_name, resumable},
    links::{Customer, LinkState, resolve},
    photos::MAX_PHOTO_BYTES,
    problem::Problem,
    store::ObjectKey,
};

/// Uploads that one case may have begun.
const MAX_UPLOADS: i64 = 50;

/// Routes below `/files`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(how_far, go_on))
        .layer(DefaultBodyLimit::max(MAX_SLICE_BYTES))
}

/// Begins an upload.
#[utoipa::path(post, path = "/files", tag = "uploads",
    params(("Upload-Length" = i64, Header, description = "Bytes of the whole photo, 1 to 20 MB", minimum = 1, example = 204_800)),
    responses((status = 201, description = "Begun; `Location` says where to send the slices")),
    extensions(("x-problems" = json!(["400 upload_malformed", "422 photo_empty", "413 photo_too_large",
        "429 too_many_uploads",
        "401 sync_not_enrolled", "403 sync_revoked", "409 upload_reused"]))),
    security(("link_header" = [])))]
async fn create(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    if captures::is_device(&headers) {
        return captures::create(&app, &headers).await;
    }
    let customer = customer(&app, &headers).await?;
    let length = number(&headers, "upload-length").ok_or_else(|| malformed("Upload-Length is missing."))?;
    if length < 1 {
        return Err(Problem::invalid("photo", "photo_empty", "The photo is empty. Choose another one."));
    }
    if length > MAX_PHOTO_BYTES as i64 {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "photo_too_large",
            "The photo is larger than 20 MB. Choose another one.",
        ));
    }
    let id = hex::encode(app.world.random.bytes::<16>());
    let (of, now, row) = (customer.of, app.world.clock.now(), id.clone());
    app.store
        .write(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let begun: i64 = conn
                .prepare_cached("SELECT count(*) FROM uploads WHERE tenant = ?1 AND case_id = ?2")?
                .query_row(params![tenant, case], |row| row.get(0))?;
            if begun >= MAX_UPLOADS {
                return Err(Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_uploads",
                    "Too many uploads were begun. Send the photo with the form instead.",
                ));
            }
            conn.prepare_cached(
                "INSERT INTO uploads(tenant, id, case_id, length, stored, created_at) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
            )?
            .execute(params![tenant, row, case, length, now.as_millisecond()])?;
            Ok(())
        })
        .await?;
    let place = HeaderValue::from_str(&format!("/files/{id}")).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place), resumable()]).into_response())
}

/// How much of an upload is durable.
#[utoipa::path(head, path = "/files/{id}", tag = "uploads", params(("id" = String, Path)),
    responses((status = 200, description = "`Upload-Offset` of `Upload-Length` bytes are durable")),
    extensions(("x-problems" = json!(["404 not_found", "401 sync_not_enrolled", "403 sync_revoked"]))),
    security(("link_header" = [])))]
async fn how_far(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    if captures::is_device(&headers) {
        return captures::how_far(&app, &id, &headers).await;
    }
    let customer = customer(&app, &headers).await?;
    let upload = load(&app, customer.of, id).await?;
    let headers = [
        resumable(),
        tus::offset(upload.stored),
        tus::length(upload.length),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers).into_response())
}

/// Takes the next slice.
#[utoipa::path(patch, path = "/files/{id}", tag = "uploads",
    params(("id" = String, Path),
        ("Upload-Offset" = i64, Header, description = "Where this slice begins: what HEAD has said", minimum = 0, example = 0)),
    request_body(content = String, content_type = "application/offset+octet-stream",
        description = "The slice, up to 1 MiB", example = json!("(bytes)")),
    responses((status = 204, description = "Durable up to `Upload-Offset`")),
    extensions(("x-problems" = json!(["400 upload_malformed", "409 upload_offset", "413 too_large",
        "413 photo_too_large",
        "415 upload_malformed", "423 upload_in_use", "460 photo_digest", "401 sync_not_enrolled", "403 sync_revoked"]))),
    security(("link_header" = [])))]
async fn go_on(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
    slice: Bytes,
) -> Result<Response, Problem> {
    if captures::is_device(&headers) {
        return captures::go_on(&app, &id, &headers, slice).await;
    }
    let customer = customer(&app, &headers).await?;
    let upload = load(&app, customer.of, id.clone()).await?;
    if number(&headers, "upload-offset") != Some(upload.stored) {
        return Err(elsewhere());
    }
    let stored = upload.stored + slice.len() as i64;
    if slice.is_empty() || stored > upload.length {
        return Err(malformed("The slice does not fit the announced length."));
    }
    let name = part_name(upload.stored, &slice);
    let object = part(customer.of, &id, &name);
    let sealed = seal_object(&app, customer.of, customer.person, &object, &slice).await?;
    app.store.objects().put(&object, sealed).await?;
    let (of, before) = (customer.of, upload.stored);
    let mut parts = upload.parts;
    parts.push(name);
    let parts = serde_json::to_string(&parts).map_err(|error| Problem::internal(&error))?;
    app.store
        .write(move |conn| {
            let changed = conn
                .prepare_cached(
                    "UPDATE uploads SET stored = ?4, parts = ?5 WHERE tenant = ?1 AND id = ?2 AND stored = ?3",
                )?
                .execute(params![of.tenant.to_string(), id, before, stored, parts])?;
            if changed == 0 {
                return Err(elsewhere());
            }
            Ok(())
        })
        .await?;
    Ok((StatusCode::NO_CONTENT, [resumable(), tus::offset(stored)]).into_response())
}

/// The bytes of a finished upload of this case.
///
/// # Errors
/// 422 `photo_truncated` while it is not whole; 404 for another case's.
pub(super) async fn finished(app: &App, customer: &Customer, id: &str) -> Result<Bytes, Problem> {
    let upload = load(app, customer.of, id.to_owned()).await?;
    if upload.stored != upload.length {
        return Err(Problem::invalid(
            "photo",
            "photo_truncated",
            "The photo has not arrived whole. Send it again.",
        ));
    }
    let mut whole = BytesMut::with_capacity(usize::try_from(upload.length).unwrap_or(0));
    for name in upload.parts {
        let object = part(customer.of, id, &name);
        whole.extend_from_slice(&open_object(app, customer.of, customer.person, &object).await?);
    }
    Ok(whole.freeze())
}

struct Upload {
    length: i64,
    stored: i64,
    /// What its parts are called, in their order.
    parts: Vec<String>,
}

async fn load(app: &App, of: CaseRef, id: String) -> Result<Upload, Problem> {
    app.store.read(move |conn| row(conn, of, &id)).await
}

fn row(conn: &Connection, of: CaseRef, id: &str) -> Result<Upload, Problem> {
    conn.prepare_cached(
        "SELECT length, stored, parts FROM uploads WHERE tenant = ?1 AND id = ?2 AND case_id = ?3",
    )?
    .query_row(params![of.tenant.to_string(), id, of.case.to_string()], |row| {
        let parts: String = row.get(2)?;
        Ok(Upload {
            length: row.get(0)?,
            stored: row.get(1)?,
            parts: serde_json::from_str(&parts).unwrap_or_default(),
        })
    })
    .optional()?
    .ok_or_else(Problem::not_found)
}

fn part(of: CaseRef, id: &str, name: &str) -> ObjectKey {
    ObjectKey::new(of.tenant, "uploads", format_args!("{id}-{name}"))
}

async fn customer(app: &App, headers: &HeaderMap) -> Result<Customer, Problem> {
    let token =
        headers.get("miaopi-link").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let now = app.world.clock.now();
    let found = app.store.read::<_, Problem>(move |conn| Ok(resolve(conn, &token, now)?)).await?;
    let customer = found.ok_or_else(link_needed)?;
    Some(customer).filter(|customer| customer.state == LinkState::Open).ok_or_else(Problem::not_found)
}
