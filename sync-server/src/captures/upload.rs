//! One photo's upload: begun, asked after, gone on with, and checked once it is whole.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use shared::domain::{DeviceId, PhotoHash, PhotoId, TenantId};
use shared::protocol::rescued::RescuedPhoto;

use super::{
    completed,
    holder::{Claim, Promised, unproved},
};
use crate::{
    app::App,
    audit,
    crypt::Unreadable,
    http::tus::{self, elsewhere, malformed, part_name, resumable},
    photos::MAX_PHOTO_BYTES,
    problem::Problem,
    store::ObjectKey,
    sync::News,
};

/// Most uploads of one device that have begun and are not whole.
const MOST_BEGUN: i64 = 500;

/// Most slices of one photo: twenty megabytes in the smallest slices that devices send are eighty.
const MOST_PARTS: usize = 256;

/// Photos that are being worked on just now: one slice, or one reading, at a time for each.
#[derive(Debug, Clone, Default)]
pub struct Writing(Arc<Mutex<HashSet<PhotoId>>>);

/// One slice's turn; over when it is dropped.
pub(super) struct Turn(Writing, PhotoId);

impl Writing {
    /// 423 `upload_in_use` while another slice of the photo is being taken in, or the photo is being read.
    pub(super) fn begin(&self, photo: PhotoId) -> Result<Turn, Problem> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(photo);
        if free {
            return Ok(Turn(self.clone(), photo));
        }
        Err(Problem::new(
            StatusCode::LOCKED,
            "upload_in_use",
            "This photo is being worked on. Try again in a moment.",
        )
        .retry_after(1))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
    }
}

/// An upload as it stands.
pub(super) struct Upload {
    pub(super) promised: Promised,
    pub(super) device: String,
    wrapped_key: Vec<u8>,
    stored: i64,
    parts: Vec<String>,
}

impl Upload {
    /// Has all of it arrived?
    pub(super) fn is_whole(&self) -> bool {
        self.stored == i64::from(self.promised.bytes)
    }
}

/// Begins an upload; the same one again goes on where it is.
///
/// # Errors
/// 400, 401, 403, 409 `upload_reused`, 412, 413, 429.
pub(crate) async fn create(app: &App, headers: &HeaderMap) -> Result<Response, Problem> {
    speaks_tus(headers)?;
    let claim = Claim::of(headers)?;
    let length =
        tus::number(headers, "upload-length").ok_or_else(|| malformed("Upload-Length is missing."))?;
    let bytes = photo_bytes(length)?;
    let photo: PhotoId = tus::metadata(headers, "photo")
        .and_then(|photo| photo.parse().ok())
        .ok_or_else(|| malformed("Upload-Metadata lacks the photo's id."))?;
    let cipher = tus::metadata(headers, "sha256")
        .and_then(|digest| shared::protocol::tus::exactly::<32>(&digest))
        .ok_or_else(|| malformed("Upload-Metadata lacks the photo's sha256."))?;
    let promised = Promised { photo, cipher: PhotoHash::from_bytes(cipher), bytes };
    let stored = begin(app, claim, promised).await?;
    let place =
        HeaderValue::from_str(&format!("/files/{photo}")).map_err(|error| Problem::internal(&error))?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place), resumable(), tus::offset(stored)]).into_response())
}

/// Begins an upload that a device signed for, or finds it begun; how much of it is durable.
async fn begin(app: &App, claim: Claim, promised: Promised) -> Result<i64, Problem> {
    let Promised { photo, cipher, bytes } = promised;
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    app.store
        .write(move |conn| {
            let known = claim.known(conn, &keys)?;
            if !claim.holds(&known, promised) {
                return Err(unproved());
            }
            let tenant = known.tenant;
            if let Some(there) = row(conn, tenant, photo)? {
                return if there.promised == promised {
                    Ok(there.stored)
                } else {
                    Err(Problem::conflict("upload_reused", "This photo's name was used for another photo."))
                };
            }
            let begun: i64 = conn
                .prepare_cached(
                    "SELECT count(*) FROM capture_uploads WHERE device = ?1 AND verified_at IS NULL",
                )?
                .query_row([claim.device.to_string()], |row| row.get(0))?;
            if begun >= MOST_BEGUN {
                return Err(Problem::new(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too_many_uploads",
                    "Too many photos have begun. Finish those first.",
                )
                .retry_after(60));
            }
            let (_, wrapped) = keys.tenant(tenant).new_document(&key_name(photo), &random)?;
            conn.prepare_cached(
                "INSERT INTO capture_uploads(tenant, photo, device, cipher, bytes, wrapped_key, created_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                tenant.to_string(),
                photo.to_string(),
                claim.device.to_string(),
                cipher.to_bytes(),
                bytes,
                wrapped,
                now.as_millisecond()
            ])?;
            Ok(0)
        })
        .await
}

/// How much of a photo is durable. All of it means: whole, and its digest is the right one.
///
/// # Errors
/// 401, 403, 404, 412.
pub(crate) async fn how_far(app: &App, id: &str, headers: &HeaderMap) -> Result<Response, Problem> {
    speaks_tus(headers)?;
    let (_, upload) = claimed(app, Claim::of(headers)?, named(id)?).await?;
    let headers = [
        resumable(),
        tus::offset(upload.stored),
        tus::length(i64::from(upload.promised.bytes)),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((StatusCode::OK, headers).into_response())
}

/// Takes the next slice; the last one is acknowledged when the whole was checked and is durable.
///
/// # Errors
/// 401, 403, 404, 409 `upload_offset`, 412, 413, 415, 423, 460 `photo_digest`.
pub(crate) async fn go_on(
    app: &App,
    id: &str,
    headers: &HeaderMap,
    slice: Bytes,
) -> Result<Response, Problem> {
    speaks_tus(headers)?;
    if headers.get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/offset+octet-stream") {
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "upload_malformed",
            "Send slices as application/offset+octet-stream.",
        ));
    }
    let (claim, photo) = (Claim::of(headers)?, named(id)?);
    let offset = tus::number(headers, "upload-offset");
    let stored = take(app, claim, photo, offset, slice).await?;
    Ok((StatusCode::NO_CONTENT, [resumable(), tus::offset(stored)]).into_response())
}

/// Takes in a whole photo that somebody brought, signed by the device as for an upload of its own. One that is here already
/// stays as it is.
///
/// # Errors
/// As the requests of an upload, without those that are about the requests themselves.
pub(crate) async fn bring(app: &App, device: DeviceId, brought: RescuedPhoto) -> Result<(), Problem> {
    let RescuedPhoto { photo, signature, sealed } = brought;
    let bytes = photo_bytes(i64::try_from(sealed.0.len()).unwrap_or(i64::MAX))?;
    let promised = Promised { photo, cipher: PhotoHash::of(&sealed.0), bytes };
    let claim = Claim { device, signature };
    let stored = begin(app, claim, promised).await?;
    let rest = usize::try_from(stored).ok().and_then(|stored| sealed.0.get(stored..)).unwrap_or_default();
    if !rest.is_empty() {
        let rest = Bytes::copy_from_slice(rest);
        take(app, claim, photo, Some(stored), rest).await?;
    }
    Ok(())
}

/// Takes the slice that goes on from `offset`; how much is durable by it.
async fn take(
    app: &App,
    claim: Claim,
    photo: PhotoId,
    offset: Option<i64>,
    slice: Bytes,
) -> Result<i64, Problem> {
    claimed(app, claim, photo).await?;
    let _turn = app.writing.begin(photo)?;
    // Again, now that nobody else is at it.
    let (tenant, upload) = claimed(app, claim, photo).await?;
    if offset != Some(upload.stored) {
        return Err(elsewhere());
    }
    let stored = upload.stored + slice.len() as i64;
    if slice.is_empty() || stored > i64::from(upload.promised.bytes) {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "photo_too_large",
            "The slice does not fit the announced length.",
        ));
    }
    if upload.parts.len() >= MOST_PARTS {
        return Err(malformed("Too many slices: send larger ones."));
    }
    let key = app.keys.tenant(tenant).document(&key_name(photo), &upload.wrapped_key)?;
    let name = part_name(upload.stored, &slice);
    let object = part(tenant, photo, &name);
    let sealed = key.seal(object.place(), &slice, &app.world.random)?;
    app.store.objects().put(&object, sealed.into()).await?;
    let mut parts = upload.parts.clone();
    parts.push(name);
    let whole = stored == i64::from(upload.promised.bytes);
    if whole && digest_of(app, tenant, &upload, &parts).await? != upload.promised.cipher {
        forget(app, tenant, photo, &parts).await?;
        return Err(Problem::new(
            StatusCode::from_u16(460).unwrap_or(StatusCode::CONFLICT),
            "photo_digest",
            "The photo did not arrive as it was signed. Begin again.",
        ));
    }
    advance(app, tenant, photo, upload.stored, stored, &parts, whole).await?;
    Ok(stored)
}

/// The new state, and what becomes complete by it.
async fn advance(
    app: &App,
    tenant: TenantId,
    photo: PhotoId,
    before: i64,
    stored: i64,
    parts: &[String],
    whole: bool,
) -> Result<(), Problem> {
    let (keys, now) = (app.keys.clone(), app.world.clock.now());
    let parts = serde_json::to_string(parts).map_err(|error| Problem::internal(&error))?;
    let receipts = app
        .store
        .write(move |conn| {
            let verified_at = whole.then(|| now.as_millisecond());
            let changed = conn
                .prepare_cached(
                    "UPDATE capture_uploads SET stored = ?4, parts = ?5, verified_at = ?6
                     WHERE tenant = ?1 AND photo = ?2 AND stored = ?3 AND verified_at IS NULL",
                )?
                .execute(params![
                    tenant.to_string(),
                    photo.to_string(),
                    before,
                    stored,
                    parts,
                    verified_at
                ])?;
            if changed == 0 {
                return Err(elsewhere());
            }
            if !whole {
                return Ok(Vec::new());
            }
            audit::record(
                conn,
                audit::Entry {
                    tenant: &tenant.to_string(),
                    at: now,
                    actor: "machine",
                    action: "photo.verified",
                    subject: &photo.to_string(),
                    detail: "{}",
                },
            )?;
            Ok::<_, Problem>(completed(conn, &keys, tenant, photo, now)?)
        })
        .await?;
    for (scope, receipt) in receipts {
        app.news.tell(News::Receipt(scope, receipt));
        app.submissions.ring();
    }
    Ok(())
}

/// Throws away what arrived.
async fn forget(app: &App, tenant: TenantId, photo: PhotoId, parts: &[String]) -> Result<(), Problem> {
    let gone = app
        .store
        .write(move |conn| {
            Ok::<_, Problem>(
                conn.prepare_cached(
                    "DELETE FROM capture_uploads WHERE tenant = ?1 AND photo = ?2 AND verified_at IS NULL",
                )?
                .execute(params![tenant.to_string(), photo.to_string()])?,
            )
        })
        .await?;
    if gone == 0 {
        // Another request's slice made it whole meanwhile: its parts stay.
        return Err(elsewhere());
    }
    for name in parts {
        app.store.objects().remove(&part(tenant, photo, name)).await?;
    }
    Ok(())
}

async fn digest_of(
    app: &App,
    tenant: TenantId,
    upload: &Upload,
    parts: &[String],
) -> Result<PhotoHash, Problem> {
    let mut digest = Sha256::new();
    read_parts(app, tenant, upload, parts, |part| digest.update(part)).await?;
    Ok(PhotoHash::from_bytes(digest.finalize().into()))
}

/// All that was uploaded, as the device sent it.
///
/// # Errors
/// When it cannot be read or opened.
pub(super) async fn whole(app: &App, tenant: TenantId, upload: &Upload) -> Result<Vec<u8>, Problem> {
    let mut whole = Vec::with_capacity(upload.promised.bytes as usize);
    read_parts(app, tenant, upload, &upload.parts, |part| whole.extend_from_slice(&part)).await?;
    Ok(whole)
}

async fn read_parts(
    app: &App,
    tenant: TenantId,
    upload: &Upload,
    parts: &[String],
    mut take: impl FnMut(Vec<u8>),
) -> Result<(), Problem> {
    let photo = upload.promised.photo;
    let key = app.keys.tenant(tenant).document(&key_name(photo), &upload.wrapped_key)?;
    for name in parts {
        let object = part(tenant, photo, name);
        let sealed = app.store.objects().get(&object).await?;
        let plain: Result<Vec<u8>, Unreadable> = key.open(object.place(), &sealed);
        take(plain?);
    }
    Ok(())
}

/// The length of a photo, bytes, where a photo may be so long.
fn photo_bytes(length: i64) -> Result<u32, Problem> {
    let fits = (1..=MAX_PHOTO_BYTES as i64).contains(&length);
    u32::try_from(length).ok().filter(|_| fits).ok_or_else(|| {
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "photo_too_large", "The photo must have 1 byte to 20 MB.")
    })
}

fn named(id: &str) -> Result<PhotoId, Problem> {
    id.parse().map_err(|_| Problem::not_found())
}

/// The upload that this device signed for.
async fn claimed(app: &App, claim: Claim, photo: PhotoId) -> Result<(TenantId, Upload), Problem> {
    let keys = app.keys.clone();
    app.store
        .read(move |conn| {
            let known = claim.known(conn, &keys)?;
            let upload = row(conn, known.tenant, photo)?.ok_or_else(Problem::not_found)?;
            if claim.holds(&known, upload.promised) { Ok((known.tenant, upload)) } else { Err(unproved()) }
        })
        .await
}

/// An upload's row.
///
/// # Errors
/// When it cannot be read.
pub(super) fn row(conn: &Connection, tenant: TenantId, photo: PhotoId) -> Result<Option<Upload>, Problem> {
    let upload = conn
        .prepare_cached(
            "SELECT cipher, bytes, wrapped_key, stored, parts, device FROM capture_uploads
             WHERE tenant = ?1 AND photo = ?2",
        )?
        .query_row(params![tenant.to_string(), photo.to_string()], |row| {
            let parts: String = row.get(4)?;
            Ok(Upload {
                promised: Promised { photo, cipher: PhotoHash::from_bytes(row.get(0)?), bytes: row.get(1)? },
                wrapped_key: row.get(2)?,
                stored: row.get(3)?,
                parts: serde_json::from_str(&parts).unwrap_or_default(),
                device: row.get(5)?,
            })
        })
        .optional()?;
    Ok(upload)
}

/// 412 for another version of the protocol.
fn speaks_tus(headers: &HeaderMap) -> Result<(), Problem> {
    if headers.get("tus-resumable").is_some_and(|version| version == "1.0.0") {
        return Ok(());
    }
    Err(Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "upload_malformed",
        "Speak tus 1.0.0 here: send the header Tus-Resumable.",
    ))
}

fn part(tenant: TenantId, photo: PhotoId, name: &str) -> ObjectKey {
    ObjectKey::new(tenant, "captures", format_args!("{photo}-{name}"))
}

fn key_name(photo: PhotoId) -> String {
    format!("photo {photo}")
}
