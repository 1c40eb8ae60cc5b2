//! Funders: every outcome, counter-offers, callbacks.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::{Value, json};
use shared::protocol::partners::{PartnerToken, funders::FunderDecision};
use tokio::net::TcpListener;

use super::{Setting, application, secret, token};
use crate::partners::{FunderAnswer, IdempotencyKey, PartnerFailure, webhooks};

/// A server of ours that takes callbacks: hands each delivery to the test and answers with the next of `statuses`,
/// 204 when there are no more.
async fn receiver(
    statuses: &'static [u16],
) -> (String, tokio::sync::mpsc::UnboundedReceiver<(axum::http::HeaderMap, Bytes)>) {
    let (sender, deliveries) = tokio::sync::mpsc::unbounded_channel();
    let seen = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let take = move |headers: axum::http::HeaderMap, body: Bytes| async move {
        let number = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let _ = sender.send((headers, body));
        axum::http::StatusCode::from_u16(*statuses.get(number).unwrap_or(&204)).unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/callbacks/funders", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/callbacks/funders", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, deliveries)
}

async fn pending(setting: &Setting, url: &str) -> PartnerToken {
    let mut application = application(12_000_000);
    application.callback_url = Some(url.to_owned());
    match setting.ask("patient", &application).await {
        Ok(FunderAnswer::Pending { reference, callback: true, .. }) => reference,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn every_funder_outcome_arrives() {
    let setting = Setting::new().await;
    let rows = [
        (12_000_000, "approved"),
        (12_000_001, "counter_offer"),
        (12_000_002, "conditional"),
        (12_000_003, "limit_reached"),
        (12_000_004, "declined"),
        (12_000_005, "pending"),
        (12_000_006, "error"),
        (12_000_008, "counter_offer"),
        (12_000_014, "declined"),
        (12_000_024, "approved"),
    ];
    for (price, expected) in rows {
        let mut application = application(price);
        application.application = token(&format!("case-{price}"));
        let answer = setting.ask("quick", &application).await.unwrap();
        assert_eq!(serde_json::to_value(&answer).unwrap()["outcome"], expected, "{price}");
    }
}

#[tokio::test]
async fn the_first_funder_declines_and_the_next_approves() {
    let setting = Setting::new().await;
    let application = application(12_000_094);
    assert!(matches!(setting.ask("generous", &application).await, Ok(FunderAnswer::Declined { .. })));
    assert!(matches!(setting.ask("quick", &application).await, Ok(FunderAnswer::Approved { .. })));
}

#[tokio::test]
async fn an_accepted_counter_offer_is_approved() {
    let setting = Setting::new().await;
    let mut application = application(12_000_001);
    let Ok(FunderAnswer::CounterOffer { reference, terms }) = setting.ask("quick", &application).await else {
        panic!("no counter-offer")
    };
    (application.accepts_offer, application.terms) = (Some(reference), terms.clone());
    let key = IdempotencyKey::mint("case-1", "match-funder", 2, "quick");
    let answer = setting.partners.ask_funder(&token("quick"), &key, None, &application).await.unwrap();
    assert!(matches!(answer, FunderAnswer::Approved { terms: approved, .. } if approved == terms));
}

#[tokio::test]
async fn a_pending_application_is_settled_by_a_signed_callback_or_by_asking() {
    let setting = Setting::new().await;
    let (url, mut deliveries) = receiver(&[503]).await;
    let reference = pending(&setting, &url).await;
    let (_, refused) = deliveries.recv().await.unwrap();
    let (headers, body) = deliveries.recv().await.unwrap();
    assert_eq!(refused, body, "a callback that was not taken comes again");
    let now = setting.world.clock.now();
    let callback = webhooks::verify(&token("patient"), &[secret()], &headers, &body, now).unwrap();
    assert_eq!(
        (callback.data.reference.clone(), callback.data.application.as_str()),
        (reference.clone(), "case-1")
    );
    let asked = application(12_000_000).terms;
    let called_back = FunderAnswer::to(&asked, callback.data.decision).unwrap();
    let looked_up =
        setting.partners.funder_answer(&token("patient"), &reference, None, &asked).await.unwrap();
    assert!(matches!(called_back, FunderAnswer::Approved { .. }));
    assert_eq!(called_back, looked_up);
}

#[tokio::test]
async fn duplicate_forged_stale_and_wrong_callbacks_are_told_apart() {
    let verdicts = async |faults: Value, copies: usize| {
        let setting = Setting::new().await;
        setting.control("funders/patient", faults).await;
        let (url, mut deliveries) = receiver(&[]).await;
        let reference = pending(&setting, &url).await;
        let mut verdicts = Vec::new();
        for _ in 0..copies {
            let (headers, body) = deliveries.recv().await.unwrap();
            verdicts.push(webhooks::verify(
                &token("patient"),
                &[secret()],
                &headers,
                &body,
                setting.world.clock.now(),
            ));
        }
        (reference, verdicts)
    };
    let (reference, copies) = verdicts(json!({ "callback": "duplicate" }), 3).await;
    let copies: Vec<_> = copies.into_iter().map(Result::unwrap).collect();
    assert!(copies.iter().all(|copy| copy.id == copies[0].id && copy.data.reference == reference));
    for (kind, code) in [("forged", "webhook_forged"), ("stale", "webhook_stale")] {
        let (_, refused) = verdicts(json!({ "callback": kind }), 1).await;
        assert_eq!(refused[0].as_ref().unwrap_err().code, code);
    }
    let (_, late) = verdicts(json!({ "callback": { "late": 20 } }), 1).await;
    assert!(late[0].is_ok());
}

#[tokio::test]
async fn a_callback_with_another_amount_is_no_approval() {
    let setting = Setting::new().await;
    let (url, mut deliveries) = receiver(&[]).await;
    setting.control("funders/patient", json!({ "fault": "wrong_amount" })).await;
    pending(&setting, &url).await;
    let (headers, body) = deliveries.recv().await.unwrap();
    let callback =
        webhooks::verify(&token("patient"), &[secret()], &headers, &body, setting.world.clock.now()).unwrap();
    assert!(matches!(callback.data.decision, FunderDecision::Approved { .. }));
    let answer = FunderAnswer::to(&application(12_000_000).terms, callback.data.decision);
    assert_eq!(answer, Err(PartnerFailure::WrongAmount { what: "amount_fen" }));
}

#[tokio::test]
async fn a_callback_can_come_before_the_answer() {
    let setting = Setting::new().await;
    let (url, mut deliveries) = receiver(&[]).await;
    setting.control("funders/patient", json!({ "callback": "before_response" })).await;
    let reference = pending(&setting, &url).await;
    // Already here when the answer is: nothing is waited for.
    let (headers, body) = deliveries.try_recv().unwrap();
    let callback =
        webhooks::verify(&token("patient"), &[secret()], &headers, &body, setting.world.clock.now()).unwrap();
    assert_eq!(callback.data.reference, reference);
}

#[tokio::test]
async fn the_lab_calls_back_only_where_it_may() {
    let setting = Setting::with(|lab| lab.callback_prefix = Some("http://127.0.0.1:1/".into())).await;
    let mut application = application(12_000_000);
    application.callback_url = Some("http://169.254.169.254/latest".into());
    let answer = setting.ask("patient", &application).await;
    assert_eq!(answer, Err(PartnerFailure::Refused { status: 422, code: "callback_url".into() }));
}
