//! Links over HTTP, for programs with an API key and for staff.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use shared::domain::LinkId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{LinkMade, OfferBody, Said, list, make, renew, revoke};
use crate::{
    accounts::permission::{LinkMaker, LinkRevoker},
    app::App,
    http::input::{Json, OnceKey, Path},
    problem::{Problem, masked},
};

/// All routes below `/api/v1/links`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_links, make_link))
        .routes(routes!(revoke_link))
        .routes(routes!(renew_link))
}

/// Opens a case and answers with the customer's link.
#[utoipa::path(post, path = "/api/v1/links", tag = "links", request_body = OfferBody,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters of your own. The same key again gets the first answer and opens no second case")),
    responses(
        (status = 201, description = "The link; without a key of yours its token is said this once", body = LinkMade),
        (status = 200, description = "The first answer again: the key was used before for the same offer", body = LinkMade)),
    extensions(("x-problems" = json!(["409 already_made", "409 version_changed", "422 idempotency_key_form",
        "422 offer_invalid", "422 product_unknown", "422 no_funder", "422 vehicle_condition_unfit", "422 vehicle_energy_unfit",
        "422 down_payment_too_small", "422 term_invalid", "422 region_invalid", "422 amount_invalid", "422 text_invalid",
        "422 days_invalid", "422 phone_length", "422 phone_digits", "422 phone_prefix"]))),
    security(("api_key" = ["links:write"]), ("session" = [])))]
async fn make_link(
    State(app): State<App>,
    maker: LinkMaker,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let (body, once) = (offer(&app, body)?, OnceKey::of_header(&headers)?);
    Ok(answer(make(&app, maker.tenant, &maker.actor, body, once).await?))
}

fn answer(said: Said) -> Response {
    match said {
        Said::First(made) => (StatusCode::CREATED, axum::Json(made)).into_response(),
        Said::Again(made) => (StatusCode::OK, axum::Json(made)).into_response(),
    }
}

/// The offer asked for. In the demo an empty body asks for its default offer.
fn offer(app: &App, body: Value) -> Result<OfferBody, Problem> {
    let is_empty = body.as_object().is_some_and(serde_json::Map::is_empty);
    let body = if is_empty && app.config.demo {
        serde_json::from_str(crate::demo::OFFER)
    } else {
        serde_json::from_value(body)
    };
    body.map_err(|error| {
        Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "offer_invalid",
            format!("The body is not an offer: {}.", masked(&error)),
        )
    })
}

/// Takes a link back; its customer is told to ask for a new one.
#[utoipa::path(delete, path = "/api/v1/links/{link}", tag = "links", params(("link" = String, Path, description = "The link's id")),
    responses((status = 204, description = "Taken back")),
    extensions(("x-problems" = json!(["404 not_found", "409 case_signed"]))),
    security(("api_key" = ["links:write"]), ("session" = [])))]
async fn revoke_link(
    State(app): State<App>,
    revoker: LinkRevoker,
    Path(link): Path<LinkId>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| revoke(conn, &revoker, link, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Makes a fresh link for the same case; the older ones end, and nothing of the case is lost.
#[utoipa::path(post, path = "/api/v1/links/{link}/renew", tag = "links",
    params(("link" = String, Path, description = "The link's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "As for making a link")),
    responses(
        (status = 201, description = "The fresh link", body = LinkMade),
        (status = 200, description = "The first answer again", body = LinkMade)),
    extensions(("x-problems" = json!(["404 not_found", "409 case_over", "409 already_made",
        "422 idempotency_key_form"]))),
    security(("api_key" = ["links:write"]), ("session" = [])))]
async fn renew_link(
    State(app): State<App>,
    revoker: LinkRevoker,
    Path(link): Path<LinkId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    Ok(answer(renew(&app, &revoker, link, OnceKey::of_header(&headers)?).await?))
}

#[cfg(test)]
mod tests;
