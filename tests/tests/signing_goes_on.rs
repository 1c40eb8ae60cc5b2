//! A customer who gave the right code has signed: an authority that fails for a while does not throw that away.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::Duration;

use serde_json::{Value, json};
use tests::world::{Server, Start, http, in_checkout, wait_until};

/// Longer than the longest pause between two tries, with a breaker's pause on top.
const A_WHILE: Duration = Duration::from_secs(90);

async fn break_authority(server: &Server, fault: &str) {
    let control = format!("{}/control/ca", server.lab_url);
    let answer = http().unwrap().put(control).json(&json!({ "fault": fault })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
}

/// Goes through everything and gives the right code; the answer to it comes later.
async fn give_the_code(server: &Server, link: &str) {
    let photo = in_checkout("assets/cards/sample-1.jpg").to_string_lossy().into_owned();
    let more = ["--id-number", "110105198004197592", "--photo", &photo, "--accept", "--wait", "25"];
    let submitted = server.submit(link, &more).await.unwrap();
    assert_eq!(submitted.code, 3, "{:?}", submitted.said);
}

async fn page(server: &Server, token: &str) -> Value {
    let url = format!("{}/api/v1/customer/case", server.url);
    http().unwrap().get(url).bearer_auth(token).send().await.unwrap().json().await.unwrap()
}

async fn wait_for(server: &Server, token: &str, key: &str, value: &str) -> Value {
    wait_until(&format!("{key} {value}"), A_WHILE, async || {
        let view = page(server, token).await;
        (view[key] == value).then_some(view)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_tried_until_the_authority_answers_again() {
    let server = Server::start_demo().await.unwrap();
    let link = server.new_link(&json!({})).await.unwrap();
    break_authority(&server, "server_error").await;
    give_the_code(&server, &link.url).await;
    let shown = http().unwrap().get(&link.url).send().await.unwrap().text().await.unwrap();
    assert!(shown.contains("您的签署意愿已记录"), "{shown}");
    assert_eq!(page(&server, link.token.as_deref().unwrap()).await["page"], "progress");
    break_authority(&server, "none").await;
    let view = wait_for(&server, link.token.as_deref().unwrap(), "decision", "approved").await;
    assert!(view["contract_sha256"].is_string(), "{view}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_is_finished_after_a_restart() {
    let mut server = Server::start_demo().await.unwrap();
    let link = server.new_link(&json!({})).await.unwrap();
    break_authority(&server, "server_error").await;
    give_the_code(&server, &link.url).await;
    server.kill_server().await.unwrap();
    // The lab starts anew with the server, in good health.
    server.restart().await.unwrap();
    wait_for(&server, link.token.as_deref().unwrap(), "decision", "approved").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_takes_it_when_time_is_over_or_the_authority_refuses() {
    let impatient = Start::demo().env("MIAOPI_SIGN_MINUTES", "0").start().await.unwrap();
    let patient = Server::start_demo().await.unwrap();
    for (server, fault) in [(&impatient, "server_error"), (&patient, "redirect")] {
        let link = server.new_link(&json!({})).await.unwrap();
        break_authority(server, fault).await;
        give_the_code(server, &link.url).await;
        wait_for(server, link.token.as_deref().unwrap(), "page", "in-review").await;
    }
}
