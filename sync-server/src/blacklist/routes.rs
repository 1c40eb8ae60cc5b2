//! The blacklist over HTTP, for the staff who keep it. Values travel in bodies only, never in addresses.

use axum::{extract::State, http::StatusCode};
use serde::{Deserialize, Serialize};
use shared::domain::ListedId;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

// Under the name that is not JSON's own: the description takes any `Value` for that.
use super::{EntryLine, Value as ListedValue, add, find, list, remove};
use crate::{
    accounts::permission::BlacklistKeeper,
    app::App,
    cases::today,
    http::input::{Json, Path, Query},
    problem::Problem,
};

/// All routes below `/api/v1/blacklist`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_page, add_one))
        .routes(routes!(find_one))
        .routes(routes!(remove_one))
}

/// Which page of the list.
#[derive(Debug, Deserialize)]
struct Page {
    #[serde(default)]
    page: u32,
}

/// Some of the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BlacklistEntries, example = json!({"entries": [{"entry": "5f3k9q0m7t2v8x1y4z6b0c2d4k", "sort": "phone",
    "masked": "138****0001", "reason": "default", "added_by": "5f3k9q0m7t2v8x1y4z6b0c2d4n", "added_at": 1_795_766_400_000_i64}]}))]
struct Entries {
    /// Newest first; empty behind the last page.
    entries: Vec<EntryLine>,
}

/// What is listed, newest first, values masked.
#[utoipa::path(get, path = "/api/v1/blacklist", tag = "blacklist",
    params(("page" = Option<i64>, Query, minimum = 0, maximum = 4_294_967_295_u32, description = "From 0; a page has 100 entries")),
    responses((status = 200, description = "A page of entries", body = Entries)),
    security(("session" = [])))]
async fn list_page(
    State(app): State<App>,
    keeper: BlacklistKeeper,
    Query(Page { page }): Query<Page>,
) -> Result<axum::Json<Entries>, Problem> {
    let (keys, tenant) = (app.keys.clone(), keeper.tenant);
    let entries = app.store.read(move |conn| list::list(conn, &keys, tenant, page)).await?;
    Ok(axum::Json(Entries { entries }))
}

/// What is to be listed, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = NewBlacklistEntry, example = json!({"sort": "phone", "value": "13800000001", "reason": "default"}))]
struct NewEntry {
    #[serde(flatten)]
    value: ListedValue,
    /// Why, in 1 to 500 characters.
    reason: String,
}

/// Lists an ID number, a phone or a VIN. What is listed already stays as it is and is answered with 200.
#[utoipa::path(post, path = "/api/v1/blacklist", tag = "blacklist", request_body = NewEntry,
    responses((status = 201, description = "Listed from now on", body = EntryLine),
        (status = 200, description = "It was listed before", body = EntryLine)),
    extensions(("x-problems" = json!(["409 blacklist_full", "422 blacklist_value_form",
        "422 blacklist_reason_missing"]))),
    security(("session" = [])))]
async fn add_one(
    State(app): State<App>,
    keeper: BlacklistKeeper,
    Json(body): Json<NewEntry>,
) -> Result<(StatusCode, axum::Json<EntryLine>), Problem> {
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    let entry = body.value.read(&keys, keeper.tenant, today(now))?;
    let added =
        app.store.write(move |conn| add::add(conn, &keys, &random, &keeper, &entry, &body.reason, now));
    let (line, new) = added.await?;
    Ok((if new { StatusCode::CREATED } else { StatusCode::OK }, axum::Json(line)))
}

/// Whether a value is listed.
#[utoipa::path(post, path = "/api/v1/blacklist/find", tag = "blacklist", request_body = ListedValue,
    responses((status = 200, description = "One entry, or none", body = Entries)),
    extensions(("x-problems" = json!(["422 blacklist_value_form"]))),
    security(("session" = [])))]
async fn find_one(
    State(app): State<App>,
    keeper: BlacklistKeeper,
    Json(value): Json<ListedValue>,
) -> Result<axum::Json<Entries>, Problem> {
    let (keys, tenant) = (app.keys.clone(), keeper.tenant);
    let entry = value.read(&keys, tenant, today(app.world.clock.now()))?;
    let found = app.store.read(move |conn| find::find(conn, &keys, tenant, &entry)).await?;
    Ok(axum::Json(Entries { entries: found.into_iter().collect() }))
}

/// Takes an entry off the list.
#[utoipa::path(delete, path = "/api/v1/blacklist/{entry}", tag = "blacklist",
    params(("entry" = String, Path, description = "The entry's id")),
    responses((status = 204, description = "It is off the list")), extensions(("x-problems" = json!([
        "404 not_found"]))),
    security(("session" = [])))]
async fn remove_one(
    State(app): State<App>,
    keeper: BlacklistKeeper,
    Path(entry): Path<ListedId>,
) -> Result<StatusCode, Problem> {
    let now = app.world.clock.now();
    app.store.write(move |conn| remove::remove(conn, &keeper, entry, now)).await?;
    Ok(StatusCode::NO_CONTENT)
}
