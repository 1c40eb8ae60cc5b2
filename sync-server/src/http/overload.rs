//! What is not begun because too much is under way, and what is given up because it takes too long.

use std::time::Duration;

use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{app::App, ops, problem::Problem};

/// Refuses at once what cannot be worked on now: a short answer keeps the requests under way fast. Probes pass, so
/// that an overloaded server is not taken for a dead one.
pub(super) async fn shed(State(app): State<App>, request: Request, next: Next) -> Response {
    if ops::is_probe(request.uri().path()) {
        return next.run(request).await;
    }
    let Ok(_place) = app.places.clone().try_acquire_owned() else {
        return Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The system is busy. Nothing was recorded; try again in a few seconds.",
        )
        .retry_after(2)
        .into_response();
    };
    next.run(request).await
}

/// Gives up after `request_seconds`. What was already handed to the store is still stored: asking again with the
/// same id gives its answer.
pub(super) async fn in_time(State(app): State<App>, request: Request, next: Next) -> Response {
    let limit = Duration::from_secs(app.config.request_seconds.into());
    match tokio::time::timeout(limit, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "timeout",
            "This took too long. Try again; what was already recorded is kept and not recorded twice.",
        )
        .retry_after(5)
        .into_response(),
    }
}
