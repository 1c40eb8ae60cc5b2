//! One log line and two figures for each request. Never the path itself: it may hold a customer's token.

use std::time::Instant;

use axum::{
    extract::{MatchedPath, Request, State},
    http::{HeaderValue, Method, StatusCode},
    middleware::Next,
    response::Response,
};
use tracing::Instrument;

use crate::app::App;

/// Name of a request that met no route.
const NO_ROUTE: &str = "none";

/// Gives the request an id, which comes back as `x-request-id`, and tells what became of it.
pub(super) async fn observe(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = hex::encode(app.world.random.bytes::<8>());
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    // A duration, not a time of day: the monotonic clock decides nothing and is only shown.
    let began = Instant::now();
    let span = tracing::info_span!("request", id);
    let mut response = next.run(request).instrument(span.clone()).await;
    let status = response.status();
    let seconds = began.elapsed().as_secs_f64();
    count(method, &route, status, seconds);
    span.in_scope(|| {
        tracing::info!(
            method,
            route,
            status = status.as_u16(),
            ms = (seconds * 1_000.0).round() as u64,
            "answered"
        );
    });
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-request-id", id);
    }
    response
}

fn count(method: &'static str, route: &str, status: StatusCode, seconds: f64) {
    let (route, status) = (route.to_owned(), status.as_u16().to_string());
    metrics::counter!("miaopi_http_requests_total", "method" => method, "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("miaopi_http_request_seconds", "route" => route).record(seconds);
}

/// A client may invent methods; labels and log lines do not grow with them.
fn known_method(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
