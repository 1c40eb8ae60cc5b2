//! Devices over HTTP, for the staff whose they are.

use axum::{extract::State, http::StatusCode};
use serde::Deserialize;
use shared::domain::DeviceId;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{DeviceLine, Enrolled, NewDevice, Revocation, enrol, list, revoke};
use crate::{
    accounts::permission::{DeviceEnroller, DeviceHolder},
    app::App,
    http::input::{Json, Path},
    problem::Problem,
    sync::News,
};

/// All routes below `/api/v1/devices`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(enrol_one, list_all)).routes(routes!(revoke_one))
}

/// Enrols a device of one's own. The same key again gets the first answer.
#[utoipa::path(post, path = "/api/v1/devices", tag = "devices", request_body = NewDevice,
    responses(
        (status = 201, description = "Enrolled: it may connect to /sync", body = Enrolled)),
    extensions(("x-problems" = json!(["409 device_key_taken", "409 too_many_devices", "422 device_name_form",
        "422 device_key_form"]))),
    security(("session" = [])))]
async fn enrol_one(
    State(app): State<App>,
    owner: DeviceEnroller,
    Json(body): Json<NewDevice>,
) -> Result<(StatusCode, axum::Json<Enrolled>), Problem> {
    let (name, key) = body.read()?;
    let (random, now) = (app.world.random.clone(), app.world.clock.now());
    let enrolled = app.store.write(move |conn| enrol::enrol(conn, &owner, &name, key, &random, now)).await?;
    Ok((StatusCode::CREATED, axum::Json(enrolled)))
}

/// One's own devices; all of the tenant's for whoever may revoke them.
#[utoipa::path(get, path = "/api/v1/devices", tag = "devices",
    responses((status = 200, description = "All of them", body = Vec<DeviceLine>, example = json!([{
        "device": "5f3k9q0m7t2v8x1y4z6b0c2d4h", "account": "5f3k9q0m7t2v8x1y4z6b0c2d4n", "name": "phone",
        "enrolled_at": 1_795_766_400_000_i64, "last_seen_at": null, "unsynced": 0, "revoked": null}]))), security(("session" = [])))]
async fn list_all(
    State(app): State<App>,
    holder: DeviceHolder,
) -> Result<axum::Json<Vec<DeviceLine>>, Problem> {
    Ok(axum::Json(app.store.read(move |conn| list::list(conn, &holder)).await?))
}

/// How a device is to be revoked.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"how": "hand_over"}))]
struct Revoke {
    /// `hand_over`, or `erase` for one that was stolen or lost.
    how: Revocation,
}

/// Takes a device out of use.
#[utoipa::path(post, path = "/api/v1/devices/{device}/revoke", tag = "devices", request_body = Revoke,
    params(("device" = String, Path, description = "The device's id")),
    responses((status = 204, description = "Out of use; it hears of it at once where it is connected")),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("session" = [])))]
async fn revoke_one(
    State(app): State<App>,
    holder: DeviceHolder,
    Path(device): Path<DeviceId>,
    Json(body): Json<Revoke>,
) -> Result<StatusCode, Problem> {
    revoke_one_of(&app, holder, device, body.how).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a device out of use; it hears of it at once where it is connected.
///
/// # Errors
/// 404 for a device that is not the holder's to revoke.
pub(crate) async fn revoke_one_of(
    app: &App,
    holder: DeviceHolder,
    device: DeviceId,
    how: Revocation,
) -> Result<(), Problem> {
    let (now, tenant) = (app.world.clock.now(), holder.tenant);
    app.store.write(move |conn| revoke::revoke(conn, &holder, device, how, now)).await?;
    app.news.tell(News::Revoked(device, how.into()));
    app.news.tell_of_devices(tenant);
    Ok(())
}
