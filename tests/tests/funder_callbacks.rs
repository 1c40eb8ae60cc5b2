//! Funders that say "pending" and answer on their own: the case waits, goes on with the answer, and with it once.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::world::{Server, Submitted, http, in_checkout};

/// A new car at this price; the last two digits (fen) steer how the lab's funders answer.
fn offer(price_fen: i64) -> Value {
    let mut offer: Value =
        serde_json::from_slice(&std::fs::read(in_checkout("sync-server/src/demo/offer.json")).unwrap())
            .unwrap();
    offer["vehicle"]["price_fen"] = price_fen.into();
    offer
}

async fn submitted(server: &Server, price_fen: i64) -> Submitted {
    let link = server.new_link(&offer(price_fen)).await.unwrap();
    let card = in_checkout("assets/cards/sample-1.jpg");
    let arguments = ["--id-number", "110105198004197592", "--photo", card.to_str().unwrap(), "--accept"];
    server.submit(&link.url, &arguments).await.unwrap()
}

fn outcomes(submitted: &Submitted, block: &str) -> Vec<String> {
    let steps = &submitted.expect_report().steps;
    steps.iter().filter(|step| step.block == block).map(|step| step.outcome.clone()).collect()
}

async fn all_callbacks(server: &Server, how: &str) {
    let url = format!("{}/control/funders", server.lab_url);
    let set = http().unwrap().put(url).json(&json!({"callback": how})).send().await.unwrap();
    assert!(set.status().is_success(), "{}", set.text().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_funder_that_approves_by_callback_ends_in_a_signed_contract() {
    let server = Server::start_demo().await.unwrap();
    let submitted = submitted(&server, 12_980_005).await;
    assert_eq!(submitted.code, 0, "{submitted:?}");
    assert_eq!(outcomes(&submitted, "funder"), ["pending"]);
    assert_eq!(outcomes(&submitted, "funder_answer"), ["approved"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pending_funder_that_declines_by_callback_is_not_asked_again() {
    let server = Server::start_demo().await.unwrap();
    let submitted = submitted(&server, 12_980_009).await;
    assert_eq!(submitted.code, 3, "{submitted:?}");
    let answers = outcomes(&submitted, "funder_answer");
    assert!(!answers.is_empty() && answers.iter().all(|answer| answer == "declined"), "{answers:?}");
    let asked = outcomes(&submitted, "funder");
    assert_eq!(asked.iter().filter(|outcome| *outcome == "pending").count(), answers.len(), "{asked:?}");
    assert_eq!(
        asked.last().map(String::as_str),
        Some("none"),
        "nobody is left, so a person looks: {asked:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_callback_that_comes_before_its_answer_or_three_times_counts_once() {
    for how in ["before_response", "duplicate"] {
        let server = Server::start_demo().await.unwrap();
        all_callbacks(&server, how).await;
        let submitted = submitted(&server, 12_980_005).await;
        assert_eq!(submitted.code, 0, "{how}: {submitted:?}");
        assert_eq!(outcomes(&submitted, "funder_answer"), ["approved"], "{how}");
        assert_eq!(outcomes(&submitted, "sign"), ["signed"], "{how}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_get_nowhere_with_a_callback() {
    let server = Server::start_demo().await.unwrap();
    let url = format!("{}/api/v1/webhooks/partners/huaxing-bank", server.url);
    let body =
        json!({"type": "funder.decision", "timestamp": "2026-01-01T00:00:00Z", "data": {}}).to_string();
    let unsigned = http().unwrap().post(&url).body(body.clone()).send().await.unwrap();
    assert_eq!(unsigned.status(), 401);
    assert_eq!(unsigned.json::<Value>().await.unwrap()["code"], "webhook_unsigned");
    let forged = http()
        .unwrap()
        .post(&url)
        .header("webhook-id", "msg_1")
        .header("webhook-timestamp", "1767225600")
        .header("webhook-signature", "v1,AAAA")
        .body(body)
        .send()
        .await
        .unwrap();
    assert_eq!(forged.status(), 401);
    assert_eq!(forged.json::<Value>().await.unwrap()["code"], "webhook_forged");
}
