//! What a device's photo says, for the person who took it: read on request, answered field by field, and forgotten.

use axum::{
    Json,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
};
use shared::{
    document::Field,
    domain::PhotoId,
    protocol::{
        photo_reading::{PhotoProposals, Proposal},
        sync::signed,
    },
};
use utoipa::ToSchema;

use super::{
    holder::{Claim, unproved},
    open_sealed::opened,
    upload::row,
};
use crate::{
    app::App,
    photos::{CardReading, PhotoReading, ReadField},
    problem::Problem,
};

/// What was read on a photo. Only the API's description is made from this.
#[derive(ToSchema)]
#[schema(as = PhotoProposals, example = json!({"fields": [{"field": "customer.name", "text": "唐飞", "confidence": 96,
    "region": [180, 120, 420, 190]}]}))]
#[allow(dead_code, reason = "only described")]
struct ReadingShape {
    /// Each field that was read; empty where nothing was.
    fields: Vec<ProposalShape>,
}

/// One field as read.
#[derive(ToSchema)]
#[schema(as = PhotoProposal)]
#[allow(dead_code, reason = "only described")]
struct ProposalShape {
    /// The field's key.
    field: String,
    /// What was read.
    text: String,
    /// How sure the reader is, percent.
    confidence: u8,
    /// Where on the photo: left, top, right, bottom in thousandths.
    region: Vec<u16>,
}

/// Reads an ID card's portrait side on a photo that this device uploaded whole.
///
/// # Errors
/// 401, 403, 404, 409 `photo_not_whole`, 422 where it is no photo, 423, 503 `photo_busy`.
#[utoipa::path(post, path = "/files/{id}/reading", tag = "uploads",
    params(("id" = String, Path, description = "The photo's id")),
    responses((status = 200, description = "What was read; no field where nothing could be", body = ReadingShape)),
    extensions(("x-problems" = json!(["401 sync_not_enrolled", "403 sync_revoked", "404 not_found",
        "409 photo_not_whole",
        "422 photo_not_an_image", "422 photo_decode_failed", "423 upload_in_use", "503 photo_busy"]))),
    security(("device_signature" = [])))]
pub(super) async fn read_card(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Json<PhotoProposals>, Problem> {
    let claim = Claim::of_device(&headers)?;
    let photo: PhotoId = id.parse().map_err(|_| Problem::not_found())?;
    let keys = app.keys.clone();
    let (tenant, upload) = app
        .store
        .read(move |conn| {
            let known = claim.known(conn, &keys)?;
            if !claim.signed(&known, |who| signed::reading_bytes(who, photo)) {
                return Err(unproved());
            }
            let upload = row(conn, known.tenant, photo)?.ok_or_else(Problem::not_found)?;
            // What another device photographed is nobody else's to be read aloud.
            if upload.device != claim.device.to_string() {
                return Err(Problem::not_found());
            }
            Ok((known.tenant, upload))
        })
        .await?;
    if !upload.is_whole() {
        return Err(Problem::conflict(
            "photo_not_whole",
            "The photo is not whole yet. Upload the rest first.",
        ));
    }
    let _turn = app.writing.begin(photo)?;
    let picture = opened(&app, tenant, &upload, None).await?.map_err(|wrong| {
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, wrong.code(), "This photo cannot be opened here.")
    })?;
    let read = app.photos.take_in(picture).await?;
    metrics::counter!("miaopi_photos_read_for_devices_total").increment(1);
    Ok(Json(proposals(&read)))
}

fn proposals(read: &PhotoReading) -> PhotoProposals {
    let Some(card) = &read.card else { return PhotoProposals::default() };
    type Read = fn(&CardReading) -> &ReadField;
    let fields: [(Field, Read); 6] = [
        (Field::IdNumber, |card| &card.id_number),
        (Field::Name, |card| &card.name),
        (Field::Sex, |card| &card.sex),
        (Field::Ethnicity, |card| &card.ethnicity),
        (Field::Birth, |card| &card.birth),
        (Field::CardAddress, |card| &card.address),
    ];
    let proposal = |(field, of): (Field, Read)| {
        let ReadField { text, confidence, region } = of(card);
        let region = card.on_photo(*region, read.width, read.height)?;
        let confidence = (confidence * 100.0).clamp(0.0, 100.0) as u8;
        (!text.is_empty()).then(|| Proposal {
            field: field.key().to_owned(),
            text: text.clone(),
            confidence,
            region,
        })
    };
    PhotoProposals { fields: fields.into_iter().filter_map(proposal).collect() }
}
