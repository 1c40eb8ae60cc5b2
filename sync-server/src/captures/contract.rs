//! The signed contract of a case that began on a device, for the devices of its scope.

use axum::{
    extract::{Path, State},
    http::HeaderMap,
    response::Response,
};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, params};
use shared::{domain::DocumentId, protocol::sync::signed};

use super::holder::{Claim, unproved};
use crate::{app::App, cases::follow, flows::journal::CaseRef, problem::Problem};

/// How far a device's clock may be off, and how long its question holds.
const WITHIN: SignedDuration = SignedDuration::from_hours(36);

/// The contract as its customer signed it. Each download is on record.
///
/// # Errors
/// 401, 403, 404 where no case of the device's scopes came of the document, 409 `contract_not_signed`.
#[utoipa::path(get, path = "/files/{id}/contract", tag = "uploads",
    params(("id" = String, Path, description = "The document's id")),
    responses((status = 200, description = "The signed PDF", content_type = "application/pdf")),
    extensions(("x-problems" = json!(["401 sync_not_enrolled", "403 sync_revoked", "404 not_found",
        "409 contract_not_signed"]))),
    security(("device_signature" = [])))]
pub(super) async fn contract(
    State(app): State<App>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let claim = Claim::of_device(&headers)?;
    let document: DocumentId = id.parse().map_err(|_| Problem::not_found())?;
    let asked =
        headers.get("miaopi-at").and_then(|at| at.to_str().ok()).and_then(|at| at.parse::<i64>().ok());
    let asked = asked.ok_or_else(unproved)?;
    let at = Timestamp::from_millisecond(asked).map_err(|_| unproved())?;
    if at.duration_since(app.world.clock.now()).abs() > WITHIN {
        return Err(unproved());
    }
    let keys = app.keys.clone();
    let of = app
        .store
        .read(move |conn| {
            let known = claim.known(conn, &keys)?;
            if !claim.signed(&known, |who| signed::contract_bytes(who, document, asked)) {
                return Err(unproved());
            }
            let row: Option<(String, String)> = conn
                .prepare_cached(
                    "SELECT case_id, scope FROM submission_cases
                     WHERE document = ?1 AND tenant = ?2 AND state = 'opened'",
                )?
                .query_row(params![document.to_string(), known.tenant.to_string()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let (case, scope) = row.ok_or_else(Problem::not_found)?;
            if !known.scopes.iter().any(|seen| seen.to_string() == scope) {
                return Err(Problem::not_found());
            }
            let case = case.parse().map_err(|error| Problem::internal(&error))?;
            Ok(CaseRef { tenant: known.tenant, case })
        })
        .await?;
    follow::signed_contract(&app, of, format!("device:{}", claim.device)).await
}
