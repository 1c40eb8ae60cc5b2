use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::ConnectInfo,
    http::{Request, StatusCode, header},
    routing::{get, post},
};
use futures_util::StreamExt as _;
use serde::Deserialize;

use super::input::Json;
use crate::{
    app::App,
    config::Config,
    testing::{Answer, TestServer, captured_log, post_form, send},
};

fn get_with(path: &str, headers: &[(header::HeaderName, &str)]) -> Request<Body> {
    let request =
        headers.iter().fold(Request::get(path), |request, (name, value)| request.header(name, *value));
    request.body(Body::empty()).unwrap()
}

#[derive(Deserialize)]
struct Order {
    #[allow(dead_code, reason = "reading it is the test")]
    price: u32,
}

async fn take(Json(_): Json<Order>) {}

async fn fall_over() {
    panic!("planted personal data");
}

fn routes() -> Router<App> {
    let small = super::bodies_up_to(Router::new().route("/small", post(|body: String| async { body })), 10);
    Router::new().route("/panic", get(fall_over)).route("/order", post(take)).merge(small)
}

fn problem(answer: &Answer) -> (u16, String) {
    assert_eq!(answer.header(header::CONTENT_TYPE), "application/problem+json", "{answer:?}");
    let body = answer.json();
    assert_eq!(body["status"], answer.status.as_u16());
    assert!(body["detail"].as_str().unwrap().ends_with('.'));
    (answer.status.as_u16(), body["code"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn every_refusal_is_a_problem_document() {
    let server = TestServer::start().await;
    let router = server.shell_around(routes());
    let json = |path: &str, body: &str| {
        Request::post(path)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Body::from(body.to_owned()))
            .unwrap()
    };
    for (request, status, code) in [
        (get_with("/nowhere", &[]), 404, "not_found"),
        (get_with("/order", &[]), 405, "method_not_allowed"),
        (get_with("/panic", &[]), 500, "internal"),
        (json("/order", "{"), 400, "not_json"),
        (json("/order", "{}"), 422, "unreadable_input"),
        (json("/order", r#"{"price": "planted"}"#), 422, "unreadable_input"),
        (post_form("/order", "price=1"), 415, "unsupported_media_type"),
        (json("/small", "more than ten bytes"), 413, "too_large"),
    ] {
        let what = request.uri().to_string();
        let answer = send(&router, request).await;
        assert_eq!(problem(&answer), (status, code.to_owned()), "{what}");
        assert!(!answer.text().contains("planted"), "{what}");
    }
    let answer = send(&router, get_with("/order", &[])).await;
    assert_eq!(answer.header(header::ALLOW), "POST");
}

#[tokio::test]
async fn who_is_still_sending_is_heard_out_before_they_are_refused() {
    const PIECE: usize = 1024 * 1024;
    let server = TestServer::start().await;
    let router = server.shell_around(routes());
    // How many pieces of a body are taken from the line before the answer is there.
    let taken = async |pieces: usize, expects_leave: bool| {
        let taken = Arc::new(AtomicUsize::new(0));
        let counter = taken.clone();
        let line = futures_util::stream::iter(0..pieces).map(move |_| {
            counter.fetch_add(1, Ordering::Relaxed);
            Ok::<_, std::io::Error>(Bytes::from(vec![0; PIECE]))
        });
        let request = Request::post("/small").header(header::CONTENT_LENGTH, pieces * PIECE);
        let request = if expects_leave { request.header(header::EXPECT, "100-continue") } else { request };
        let answer = send(&router, request.body(Body::from_stream(line)).unwrap()).await;
        assert_eq!(problem(&answer), (413, "too_large".to_owned()));
        taken.load(Ordering::Relaxed)
    };
    assert_eq!(taken(30, false).await, 30);
    assert_eq!(taken(30, true).await, 0, "who asks first need not send");
    assert!((64..=66).contains(&taken(1_000, false).await), "there is an end to patience");
}

#[tokio::test]
async fn a_browser_sees_a_page_instead() {
    let server = TestServer::start().await;
    let html = (header::ACCEPT, "text/html,application/xhtml+xml");
    for path in ["/nowhere", "/office/nowhere", "/c/unknown/nowhere"] {
        let answer = server.send(get_with(path, std::slice::from_ref(&html))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        assert!(answer.header(header::CONTENT_TYPE).starts_with("text/html"), "{path}");
    }
    let answer = server.send(get_with("/api/nowhere", &[html])).await;
    assert_eq!(problem(&answer), (404, "not_found".to_owned()));
}

#[tokio::test]
async fn every_answer_is_protected() {
    let server = TestServer::start().await;
    for path in ["/", "/healthz", "/nowhere", "/office/", "/office/sign-in", "/docs", "/api/openapi.json"] {
        let answer = server.get(path).await;
        let csp = answer.header(header::CONTENT_SECURITY_POLICY);
        assert!(
            csp.contains("default-src 'none'") && csp.contains("frame-ancestors 'none'"),
            "{path}: {csp}"
        );
        assert!(!csp.contains("unsafe"), "{csp}");
        assert_eq!(answer.header(header::X_CONTENT_TYPE_OPTIONS), "nosniff", "{path}");
        assert_eq!(answer.header(header::REFERRER_POLICY), "no-referrer", "{path}");
        assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
        assert!(answer.header("permissions-policy").contains("camera=(self)"), "{path}");
        assert_eq!(answer.header(header::CACHE_CONTROL), "no-store", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
        assert_eq!(answer.header(header::STRICT_TRANSPORT_SECURITY), "", "{path}");
    }
    let public_url = Some("https://pay.example.cn".parse().unwrap());
    let behind_tls = TestServer::start_with(Config { public_url, ..Config::default() }).await;
    let answer = behind_tls.get("/").await;
    assert!(answer.header(header::STRICT_TRANSPORT_SECURITY).starts_with("max-age="));
}

#[tokio::test]
async fn log_lines_and_figures_hold_the_route_and_nothing_of_the_request() {
    let server = TestServer::start().await;
    let (lines, guard) = captured_log();
    let planted = "planted-11010519491231002X";
    for path in ["/c/{}", "/c/{}?x={}", "/office/sign-in?next=/office/{}", "/{}", "/assets/{}"] {
        let path = path.replace("{}", planted);
        server.send(get_with(&path, &[(header::COOKIE, planted), (header::AUTHORIZATION, planted)])).await;
        server.send(post_form(&path, &format!("user={planted}&password={planted}"))).await;
    }
    drop(guard);
    let lines = String::from_utf8(lines.lock().unwrap().clone()).unwrap();
    assert!(lines.contains("route=\"/office/sign-in\"") && lines.contains("status=404"), "{lines}");
    let figures = server.get("/metrics").await.text();
    assert!(figures.contains("route=\"/office/sign-in\""), "{figures}");
    assert!(!lines.contains("planted") && !figures.contains("planted"), "{lines}");
}

#[tokio::test]
async fn metrics_are_for_known_networks() {
    let server = TestServer::start().await;
    let from = |address: &str| {
        let mut request = get_with("/metrics", &[]);
        request.extensions_mut().insert(ConnectInfo(address.parse::<SocketAddr>().unwrap()));
        request
    };
    assert_eq!(server.send(from("127.0.0.1:9")).await.status, StatusCode::OK);
    assert_eq!(server.send(from("203.0.113.9:9")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn too_many_requests_of_one_address_are_told_when_to_come_back() {
    let config = Config {
        requests_per_minute_address: 3,
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..Config::default()
    };
    let server = TestServer::start_with(config).await;
    let from = |address: &str| {
        get_with("/healthz", &[(header::HeaderName::from_static("x-forwarded-for"), address)])
    };
    for _ in 0..3 {
        assert_eq!(server.send(from("203.0.113.9")).await.status, StatusCode::OK);
    }
    let refused = server.send(from("203.0.113.9")).await;
    assert_eq!(problem(&refused), (429, "too_many_requests".to_owned()));
    assert_eq!(refused.header(header::RETRY_AFTER), "21");
    assert_eq!(server.send(from("203.0.113.10")).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_overloaded_server_says_so_at_once_and_stays_alive() {
    let server = TestServer::start_with(Config { requests_at_once: 1, ..Config::default() }).await;
    let place = server.app.places.clone().acquire_owned().await.unwrap();
    assert_eq!(problem(&server.get("/docs").await), (503, "busy".to_owned()));
    assert_eq!(server.get("/healthz").await.status, StatusCode::OK);
    drop(place);
    assert_eq!(server.get("/docs").await.status, StatusCode::OK);
}

#[tokio::test]
async fn readiness_follows_the_background_work() {
    let server = TestServer::start().await;
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    let work = server.app.workers.running("test");
    assert_eq!(server.get("/readyz").await.status, StatusCode::OK);
    drop(work);
    assert_eq!(problem(&server.get("/readyz").await), (503, "not_ready".to_owned()));
    let _work = server.app.workers.running("test");
    server.app.stopping.cancel();
    assert_eq!(problem(&server.get("/readyz").await), (503, "not_ready".to_owned()));
}

#[tokio::test]
async fn public_text_is_compressed_and_staff_pages_are_not() {
    let server = TestServer::start().await;
    let br = (header::ACCEPT_ENCODING, "br");
    for (path, encoding) in [("/api/openapi.json", "br"), ("/docs", "br"), ("/office/sign-in", "")] {
        let answer = server.send(get_with(path, std::slice::from_ref(&br))).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert_eq!(answer.header(header::CONTENT_ENCODING), encoding, "{path}");
    }
}

#[tokio::test]
async fn an_asset_is_sent_once() {
    let server = TestServer::start().await;
    let first = server.get("/assets/styles/miaopi.css").await;
    assert_eq!(first.status, StatusCode::OK);
    assert_eq!(first.header(header::CONTENT_TYPE), "text/css; charset=utf-8");
    assert_eq!(first.header(header::CACHE_CONTROL), "no-cache");
    let known = (header::IF_NONE_MATCH, first.header(header::ETAG));
    let again = server.send(get_with("/assets/styles/miaopi.css", &[known])).await;
    assert_eq!((again.status, again.body.len()), (StatusCode::NOT_MODIFIED, 0));
    for path in ["/assets/styles/other.css", "/assets/../Cargo.toml", "/assets/contracts/contract.typ"] {
        assert_eq!(server.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}
