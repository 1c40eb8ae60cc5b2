//! Is the process alive; can it take work?

use axum::{Json, extract::State, http::StatusCode};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{app::App, problem::Problem, store::StoreError};

/// The state of the server.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Release.
    version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// The process answers.
#[utoipa::path(get, path = "/healthz", tag = "operations",
    responses((status = 200, description = "Alive", body = Health)))]
pub(crate) async fn healthz() -> Json<Health> {
    Json(OK)
}

/// The store takes changes and all background work is up.
#[utoipa::path(get, path = "/readyz", tag = "operations",
    responses((status = 200, description = "Ready", body = Health), (status = 503, description = "Not ready", body = Problem)))]
pub(crate) async fn readyz(State(app): State<App>) -> Result<Json<Health>, Problem> {
    let not_ready =
        |what: String| Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", what).retry_after(5);
    if app.stopping.is_cancelled() {
        return Err(not_ready("The server is stopping.".to_owned()));
    }
    let down = app.workers.down();
    if !down.is_empty() {
        return Err(not_ready(format!("Background work is down: {}. Restart the server.", down.join(", "))));
    }
    let now = app.world.clock.now().as_millisecond();
    let written = app.store.write::<_, StoreError>(move |conn| {
        conn.prepare_cached("INSERT OR REPLACE INTO meta(key, value) VALUES ('ready_at', ?1)")?
            .execute([now.to_string()])?;
        Ok(())
    });
    match written.await {
        Ok(()) => Ok(Json(OK)),
        Err(StoreError::Full) => Err(not_ready("The disk is full. Make room in the data folder.".to_owned())),
        Err(_) => Err(not_ready("The store takes no changes. Look at the log.".to_owned())),
    }
}
