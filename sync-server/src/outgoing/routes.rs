//! A company's webhooks over HTTP, for its programs and for the staff who keep its settings.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::endpoints::{self, Delivery, Endpoint, Wish};
use crate::{
    accounts::permission::WebhookKeeper,
    app::App,
    http::{
        input::{Json, OnceKey, Path, Query},
        paging::{Asked, List},
    },
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

/// A page of a company's addresses.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookPage, example = json!({
    "webhooks": [{"id": "wh_0f8e7d6c5b4a39281706f5e4d3c2b1a0", "label": "CRM", "url": "https://crm.example.com/miaopi",
        "made_at": "2026-11-27T08:00:00Z", "waiting": 0, "given_up": 0}],
    "next": null
}))]
struct Webhooks {
    /// The oldest first.
    webhooks: Vec<Endpoint>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// Lists the addresses at which this company's systems are told.
#[utoipa::path(get, path = "/api/v1/webhooks", tag = "webhooks", params(Asked),
    responses((status = 200, description = "A page of them", body = Webhooks)),
    extensions(("x-problems" = json!(["422 page_limit", "422 page_cursor"]))),
    security(("api_key" = ["webhooks:write"]), ("session" = [])))]
async fn list(
    State(app): State<App>,
    keeper: WebhookKeeper,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Webhooks>, Problem> {
    let tenant = keeper.tenant;
    let list = List::new(&app.keys, tenant, "webhooks");
    let page = list.page(&asked)?;
    let limit = page.limit;
    let rows = app.store.read(move |conn| endpoints::page(conn, tenant, &page)).await?;
    let (webhooks, next) = list.cut(rows, limit, |webhook| webhook.place.clone());
    Ok(axum::Json(Webhooks { webhooks, next }))
}

/// An address to enter.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"url": "https://crm.example.com/miaopi", "label": "CRM"}))]
struct NewWebhook {
    /// An `https` address on the public internet.
    url: String,
    /// What it is, in 1 to 60 characters.
    label: String,
}

/// An address just entered.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({"id": "wh_0f8e7d6c5b4a39281706f5e4d3c2b1a0",
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="}))]
struct MadeWebhook {
    /// Its id.
    id: String,
    /// `whsec_…`: what the messages are signed with. It is shown this once.
    secret: String,
}

/// Enters an address. Messages to it are signed by Standard Webhooks with the secret that is shown once.
#[utoipa::path(post, path = "/api/v1/webhooks", tag = "webhooks", request_body = NewWebhook,
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 128 visible ASCII characters of your own. The same key again gets the first answer and enters no second address")),
    responses((status = 201, description = "Entered", body = MadeWebhook),
        (status = 200, description = "The first answer again: the key was used before for the same address", body = MadeWebhook)),
    extensions(("x-problems" = json!(["409 webhooks_full", "409 already_made", "422 webhook_address_form",
        "422 webhook_address_insecure", "422 webhook_address_inside", "422 webhook_label_form", "422 idempotency_key_form"]))),
    security(("api_key" = ["webhooks:write"]), ("session" = [])))]
async fn add(
    State(app): State<App>,
    keeper: WebhookKeeper,
    headers: HeaderMap,
    Json(body): Json<NewWebhook>,
) -> Result<(StatusCode, axum::Json<MadeWebhook>), Problem> {
    let wish = Wish { url: body.url, label: body.label, once: OnceKey::of_header(&headers)? };
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    let loopback = app.outgoing.line.loopback;
    let made = app
        .store
        .write(move |conn| endpoints::add(conn, (&keys, &random), &keeper, &wish, loopback, now))
        .await?;
    let status = if made.is_repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, axum::Json(MadeWebhook { id: made.id, secret: made.secret.into() })))
}

/// Removes an address; what waits for it is not sent any more.
#[utoipa::path(delete, path = "/api/v1/webhooks/{webhook}", tag = "webhooks",
    params(("webhook" = String, Path, description = "The address's id")),
    responses((status = 204, description = "Removed")), extensions(("x-problems" = json!(["404 not_found"]))),
    security(("api_key" = ["webhooks:write"]), ("session" = [])))]
async fn remove(
    State(app): State<App>,
    keeper: WebhookKeeper,
    Path(webhook): Path<String>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| endpoints::remove(conn, &keeper, &webhook, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A page of messages to an address.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DeliveryPage, example = json!({
    "deliveries": [{"id": "msg_00112233445566778899aabbccddeeff", "case": "5f3k9q0m7t2v8x1y4z6b0c2d4f",
        "number": "MP000042", "event": "contract_signed", "state": "delivered", "tries": 1, "last": null,
        "made_at": "2026-11-27T08:05:43Z", "due_at": null, "delivered_at": "2026-11-27T08:05:44Z"}],
    "next": null
}))]
struct Deliveries {
    /// The newest first.
    deliveries: Vec<Delivery>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// Lists what an address was told, and what became of it.
#[utoipa::path(get, path = "/api/v1/webhooks/{webhook}/deliveries", tag = "webhooks",
    params(("webhook" = String, Path, description = "The address's id"), Asked),
    responses((status = 200, description = "A page of the messages", body = Deliveries)),
    extensions(("x-problems" = json!(["404 not_found", "422 page_limit", "422 page_cursor"]))),
    security(("api_key" = ["webhooks:write"]), ("session" = [])))]
async fn deliveries(
    State(app): State<App>,
    keeper: WebhookKeeper,
    Path(webhook): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<axum::Json<Deliveries>, Problem> {
    let tenant = keeper.tenant;
    let list = List::new(&app.keys, tenant, format!("deliveries {webhook}"));
    let page = list.page(&asked)?;
    let limit = page.limit;
    let rows = app.store.read(move |conn| endpoints::deliveries_page(conn, tenant, &webhook, &page)).await?;
    let (deliveries, next) = list.cut(rows, limit, |delivery| delivery.place.clone());
    Ok(axum::Json(Deliveries { deliveries, next }))
}

/// Sends a message once more under its id.
#[utoipa::path(post, path = "/api/v1/webhooks/{webhook}/deliveries/{message}/resend", tag = "webhooks",
    params(("webhook" = String, Path, description = "The address's id"),
        ("message" = String, Path, description = "The message's id")),
    responses((status = 204, description = "It goes out once more")),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("api_key" = ["webhooks:write"]), ("session" = [])))]
async fn resend(
    State(app): State<App>,
    keeper: WebhookKeeper,
    Path((webhook, message)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store
        .write(move |conn| endpoints::resend(conn, &keeper, (webhook.as_str(), message.as_str()), now))
        .await?;
    app.outgoing.bell.ring();
    Ok(StatusCode::NO_CONTENT)
}
