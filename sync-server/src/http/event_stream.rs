//! Server-sent events that a page listens to for as long as it is open.

use std::{convert::Infallible, time::Duration};

use axum::{
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt};
use tokio_util::sync::CancellationToken;

/// A stream ends after this; the browser connects again, and is asked who it is.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// The events as an answer that nothing on the way holds back. It ends when the server stops: that does not wait for pages
/// that listen.
pub fn event_stream(
    stopping: CancellationToken,
    events: impl Stream<Item = Result<Event, Infallible>> + Send + 'static,
) -> Response {
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let events = events.take_until(async move {
        tokio::select! {
            () = tokio::time::sleep(LONGEST) => {}
            () = stopping.cancelled() => {}
        }
    });
    ([unbuffered], Sse::new(events).keep_alive(KeepAlive::default())).into_response()
}
