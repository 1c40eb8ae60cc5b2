//! Links over HTTP, for programs with an API key and for staff.

use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::domain::LinkId;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{LinkMade, OfferBody, make, revoke};
use crate::{
    accounts::permission::{LinkMaker, LinkRevoker},
    app::App,
    http::input::{Json, Path},
    problem::Problem,
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
async fn make_link(State(app): State<App>, maker: LinkMaker, Json(body): Json<OfferBody>) -> Result<Response, Problem> {
    let made = make(&app, maker.tenant, &maker.actor, body).await?;
    Ok((StatusCode::CREATED, axum::Json(made)).into_response())
}

/// Takes a link back; its customer is told to ask for a new one.
#[utoipa::path(delete, path = "/api/v1/links/{link}", tag = "links", params(("link" = String, Path, description = "The link's id")),
    responses((status = 204, description = "Taken back"), (status = 404, description = "No such link", body = Problem)),
    security(("api_key" = []), ("session" = [])))]
async fn revoke_link(State(app): State<App>, revoker: LinkRevoker, Path(link): Path<LinkId>) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| revoke(conn, revoker.tenant, link, &revoker.actor, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
