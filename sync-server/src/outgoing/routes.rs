//! A company's webhooks over HTTP, for the staff who keep its settings.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::endpoints::{self, Delivery, Endpoint, Which};
use crate::{
    accounts::permission::SettingsKeeper,
    app::App,
    http::input::{Json, Path},
    problem::Problem,
};

/// All routes below `/api/v1/webhooks` but those of partners.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(remove))
        .routes(routes!(deliveries))
        .routes(routes!(resend))
}

/// All of a company's addresses.
#[derive(Debug, Serialize, ToSchema)]
struct Webhooks {
    /// The oldest first.
    webhooks: Vec<Endpoint>,
}

/// The addresses at which this company's systems are told.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks",
    responses((status = 200, description = "All of them", body = Webhooks)), security(("session" = [])))]
async fn list(State(app): State<App>, keeper: SettingsKeeper) -> Result<axum::Json<Webhooks>, Problem> {
    let tenant = keeper.tenant;
    let webhooks = app.store.read(move |conn| endpoints::list(conn, tenant)).await?;
    Ok(axum::Json(Webhooks { webhooks }))
}

/// An address to enter.
#[derive(Debug, Deserialize, ToSchema)]
struct NewWebhook {
    /// An `https` address on the public internet.
    url: String,
    /// What it is, in 1 to 60 characters.
    label: String,
}

/// An address just entered.
#[derive(Debug, Serialize, ToSchema)]
struct MadeWebhook {
    /// Its id.
    id: String,
    /// `whsec_…`: what the messages are signed with. It is shown this once.
    secret: String,
}

/// Enters an address. Messages to it are signed by Standard Webhooks with the secret that is shown once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = NewWebhook,
    responses((status = 201, description = "Entered", body = MadeWebhook),
        (status = 409, description = "There are as many as can be kept", body = Problem),
        (status = 422, description = "No address that may be told", body = Problem)),
    security(("session" = [])))]
async fn add(
    State(app): State<App>,
    keeper: SettingsKeeper,
    Json(body): Json<NewWebhook>,
) -> Result<(StatusCode, axum::Json<MadeWebhook>), Problem> {
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    let loopback = app.outgoing.line.loopback;
    let made = app.store.write(move |conn| {
        let (keys, text) = ((&keys, &random), (body.url.as_str(), body.label.as_str()));
        endpoints::add(conn, keys, &keeper, text, loopback, now)
    });
    let (id, secret) = made.await?;
    Ok((StatusCode::CREATED, axum::Json(MadeWebhook { id, secret: secret.into() })))
}

/// Removes an address; what waits for it is not sent any more.
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", tag = "webhooks",
    params(("webhook" = String, Path, description = "The address's id")),
    responses((status = 204, description = "Removed"), (status = 404, description = "No such address", body = Problem)),
    security(("session" = [])))]
async fn remove(
    State(app): State<App>,
    keeper: SettingsKeeper,
    Path(webhook): Path<String>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| endpoints::remove(conn, &keeper, &webhook, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Messages to an address.
#[derive(Debug, Serialize, ToSchema)]
struct Deliveries {
    /// The newest 100, the newest first.
    deliveries: Vec<Delivery>,
}

/// What an address was told, and what became of it.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}/deliveries", tag = "webhooks",
    params(("webhook" = String, Path, description = "The address's id")),
    responses((status = 200, description = "The newest messages", body = Deliveries),
        (status = 404, description = "No such address", body = Problem)),
    security(("session" = [])))]
async fn deliveries(
    State(app): State<App>,
    keeper: SettingsKeeper,
    Path(webhook): Path<String>,
) -> Result<axum::Json<Deliveries>, Problem> {
    let tenant = keeper.tenant;
    let all = Which::default();
    let (deliveries, _) =
        app.store.read(move |conn| endpoints::deliveries(conn, tenant, &webhook, &all)).await?;
    Ok(axum::Json(Deliveries { deliveries }))
}

/// Sends a message once more under its id.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/deliveries/{message}/resend", tag = "webhooks",
    params(("webhook" = String, Path, description = "The address's id"),
        ("message" = String, Path, description = "The message's id")),
    responses((status = 204, description = "It goes out once more"),
        (status = 404, description = "No such message", body = Problem)),
    security(("session" = [])))]
async fn resend(
    State(app): State<App>,
    keeper: SettingsKeeper,
    Path((webhook, message)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store
        .write(move |conn| endpoints::resend(conn, &keeper, (webhook.as_str(), message.as_str()), now))
        .await?;
    app.outgoing.bell.ring();
    Ok(StatusCode::NO_CONTENT)
}
