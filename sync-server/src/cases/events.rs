//! Live progress by server-sent events: which page the customer is on, and the stages.

use std::convert::Infallible;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response, sse::Event},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::json;
use tokio_stream::wrappers::BroadcastStream;
use ui::customer::CustomerPage;

use super::page;
use crate::{
    app::App,
    http::event_stream,
    links::{Customer, resolve},
    problem::Problem,
};

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
    event_stream(app.stopping.clone(), progress(app, customer))
}

fn progress(app: App, customer: Customer) -> impl Stream<Item = Result<Event, Infallible>> {
    let of = customer.of;
    let news = BroadcastStream::new(app.driver.news())
        .filter(move |news| std::future::ready(news.as_ref().map_or(true, |moved| moved.of == of)))
        .map(|_| ());
    stream::once(std::future::ready(())).chain(news).then(move |()| {
        let (app, customer) = (app.clone(), customer.clone());
        async move { Ok(now(&app, &customer).await) }
    })
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

#[cfg(test)]
mod tests {
    use std::{net::SocketAddr, time::Duration};

    use axum::{
        body::Body,
        extract::ConnectInfo,
        http::{Request, StatusCode, header},
    };
    use tower::ServiceExt;

    use crate::testing::TestServer;

    #[tokio::test]
    async fn a_listening_page_does_not_hold_up_a_stop() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        let offer = Request::post("/api/v1/links")
            .header(header::AUTHORIZATION, format!("Bearer {key}"))
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(crate::demo::OFFER))
            .unwrap();
        let token = server.send(offer).await.json()["token"].as_str().unwrap().to_owned();
        let mut request = Request::get(format!("/c/{token}/events")).body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 40_000))));
        let response = server.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let mut stream = response.into_body().into_data_stream();
        let first = futures_util::StreamExt::next(&mut stream).await.unwrap().unwrap();
        assert!(first.starts_with(b"event: progress"), "{first:?}");
        server.app.stopping.cancel();
        let rest = futures_util::StreamExt::collect::<Vec<_>>(stream);
        tokio::time::timeout(Duration::from_secs(5), rest).await.expect("the stream goes on");
    }
}
