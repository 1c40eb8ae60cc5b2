//! Links over HTTP, for programs with an API key and for staff.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::Value;
use shared::domain::LinkId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{LinkMade, OfferBody, make, revoke};
use crate::{
    accounts::permission::{LinkMaker, LinkRevoker},
    app::App,
    http::input::{Json, Path},
    problem::{Problem, masked},
};

/// All routes below `/api/v1/links`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make_link)).routes(routes!(revoke_link))
}

/// Opens a case and answers with the customer's link.
#[utoipa::path(post, path = "/api/v1/links", tag = "links", request_body = OfferBody,
    responses(
        (status = 201, description = "The link; its token is said this once", body = LinkMade),
        (status = 422, description = "A field that does not fit", body = Problem)),
    security(("api_key" = []), ("session" = [])))]
async fn make_link(
    State(app): State<App>,
    maker: LinkMaker,
    Json(body): Json<Value>,
) -> Result<Response, Problem> {
    let body = offer(&app, body)?;
    let made = make(&app, maker.tenant, &maker.actor, body).await?;
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
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
    responses((status = 204, description = "Taken back"), (status = 404, description = "No such link", body = Problem)),
    security(("api_key" = []), ("session" = [])))]
async fn revoke_link(
    State(app): State<App>,
    revoker: LinkRevoker,
    Path(link): Path<LinkId>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| revoke(conn, revoker.tenant, link, &revoker.actor, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
