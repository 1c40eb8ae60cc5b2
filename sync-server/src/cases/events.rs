//! Live progress by server-sent events: which page the customer is on, and the stages.

use std::{convert::Infallible, time::Duration};

use axum::{
    extract::{Path, State},
    http::{HeaderName, HeaderValue},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use ui::customer::CustomerPage;

use super::page;
use crate::{
    app::App,
    links::{Customer, resolve},
    problem::Problem,
};

/// A stream ends after this; the browser connects again.
const LONGEST: Duration = Duration::from_secs(10 * 60);

/// Progress of the case.
#[utoipa::path(get, path = "/c/{token}/events", tag = "page", params(("token" = String, Path)), responses((status = 200)))]
pub(super) async fn events(State(app): State<App>, Path(token): Path<String>) -> Response {
    let now = app.world.clock.now();
    let found = app.store.read::<_, Problem>(move |conn| Ok(resolve(conn, &token, now)?)).await;
    let customer = match found {
        Ok(Some(customer)) => customer,
        Ok(None) => return Problem::not_found().into_response(),
        Err(problem) => return problem.into_response(),
    };
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    ([unbuffered], Sse::new(progress(app, customer)).keep_alive(KeepAlive::default())).into_response()
}

fn progress(app: App, customer: Customer) -> impl Stream<Item = Result<Event, Infallible>> {
    let of = customer.of;
    let news = BroadcastStream::new(app.driver.news())
        .filter(move |news| std::future::ready(news.as_ref().map_or(true, |moved| moved.of == of)))
        .map(|_| ());
    stream::once(std::future::ready(()))
        .chain(news)
        .then(move |()| {
            let (app, customer) = (app.clone(), customer.clone());
            async move { Ok(now(&app, &customer).await) }
        })
        .take_until(tokio::time::sleep(LONGEST))
}

async fn now(app: &App, customer: &Customer) -> Event {
    let data = match page::page_for(app, customer, "", false).await {
        Ok(shown) => {
            let stages = match &shown.page {
                CustomerPage::Progress(progress) => json!(
                    progress
                        .stages
                        .iter()
                        .map(|stage| json!({"key": stage.key, "state": stage.state.key(), "ms": stage.ms}))
                        .collect::<Vec<_>>()
                ),
                _ => json!([]),
            };
            json!({ "page": shown.page.key(), "stages": stages })
        }
        Err(_) => json!({ "page": "busy", "stages": [] }),
    };
    Event::default().event("progress").data(data.to_string())
}
