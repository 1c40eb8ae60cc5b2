//! The WebSocket that devices connect to.

use axum::{
    extract::{State, WebSocketUpgrade, ws::rejection::WebSocketUpgradeRejection},
    http::StatusCode,
    response::Response,
};
use shared::protocol::sync::MAX_MESSAGE_BYTES;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::connection;
use crate::{app::App, problem::Problem};

/// The name of what is spoken; whoever connects must ask for it.
const PROTOCOL: &str = "miaopi-sync.1";

/// `/sync`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(connect))
}

/// Connects a device; it proves itself by its key, whatever cookies come along.
#[utoipa::path(get, path = "/sync", tag = "page",
    responses((status = 101, description = "A WebSocket that speaks miaopi-sync.1"),
        (status = 426, description = "Not a WebSocket of this protocol", body = Problem)))]
async fn connect(
    State(app): State<App>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| wrong_protocol())?.protocols([PROTOCOL]);
    if upgrade.selected_protocol().is_none() {
        return Err(wrong_protocol());
    }
    Ok(upgrade
        .max_message_size(MAX_MESSAGE_BYTES)
        .max_frame_size(MAX_MESSAGE_BYTES)
        .on_upgrade(move |socket| connection::serve(app, socket)))
}

fn wrong_protocol() -> Problem {
    Problem::new(
        StatusCode::UPGRADE_REQUIRED,
        "sync_protocol_needed",
        "Connect here with a WebSocket that asks for the protocol miaopi-sync.1.",
    )
}
