//! A company's own system hears of its cases: a flow that tells it goes live, the system is down, the server restarts, and
//! what was to be told arrives, signed, under the same id.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU16, Ordering},
};

use axum::{Router, body::Bytes, extract::State, http::HeaderMap, http::StatusCode};
use jiff::Timestamp;
use miaopi::partners::webhooks::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret, sign};
use reqwest::Method;
use serde_json::{Value, json};
use tests::world::{Customer, Desk, Lab, PATIENCE, Who, demo_offer, in_a_hurry, wait_until};

type Heard = Arc<Mutex<Vec<(HeaderMap, Bytes)>>>;

#[derive(Clone)]
struct Crm {
    heard: Heard,
    answers: Arc<AtomicU16>,
}

async fn hear(State(crm): State<Crm>, headers: HeaderMap, body: Bytes) -> StatusCode {
    crm.heard.lock().unwrap().push((headers, body));
    StatusCode::from_u16(crm.answers.load(Ordering::SeqCst)).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_company_is_to_be_told_survives_its_own_outage_and_our_restart() {
    let crm = Crm { heard: Heard::default(), answers: Arc::new(AtomicU16::new(500)) };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/miaopi", listener.local_addr().unwrap());
    let routes = Router::new().fallback(hear).with_state(crm.clone());
    tokio::spawn(async move { axum::serve(listener, routes).await });

    let lab = Lab::start().unwrap();
    let mut server = lab.serves(in_a_hurry()).start().await.unwrap();
    let admin = Desk::of(&server, "tenant_admin").await.unwrap();
    let made =
        admin.done(Method::POST, "/api/v1/webhooks", &json!({"url": url, "label": "CRM"})).await.unwrap();
    let id = made["id"].as_str().unwrap().to_owned();
    let secret = WebhookSecret::parse(made["secret"].as_str().unwrap()).unwrap();

    let (designer, approver) =
        (Desk::of(&server, "designer").await.unwrap(), Desk::of(&server, "approver").await.unwrap());
    let tell = |file: &mut Value| file["blocks"]["notify"]["params"]["channel"] = json!("webhook");
    let version = designer.hand_in(tell, "Tells the CRM of signatures.").await.unwrap();
    for (step, body) in [("decide", json!({"approve": true})), ("release", json!({"share_percent": 100}))] {
        let path = format!("/api/v1/flows/versions/{version}/{step}");
        approver.done(Method::POST, &path, &body).await.unwrap();
    }

    let offer = demo_offer().unwrap();
    let link = server.new_link(&offer).await.unwrap();
    let phone = offer["phone"].as_str().unwrap();
    let mut customer = Customer::of(&link.url, &server.lab_url, phone, Who::sample()).unwrap();
    let signed = customer.walk(|_| false).await.unwrap();
    assert_eq!(signed["decision"], "approved", "a system that is down holds no case up: {signed}");
    wait_until("the first try", PATIENCE, async || (!crm.heard.lock().unwrap().is_empty()).then_some(()))
        .await
        .unwrap();

    server.kill_server().await.unwrap();
    crm.answers.store(200, Ordering::SeqCst);
    let before = crm.heard.lock().unwrap().len();
    server.restart().await.unwrap();
    wait_until("the next try", PATIENCE, async || (crm.heard.lock().unwrap().len() > before).then_some(()))
        .await
        .unwrap();

    let heard = crm.heard.lock().unwrap().clone();
    let text = |headers: &HeaderMap, name| headers.get(name).unwrap().to_str().unwrap().to_owned();
    let first = text(&heard[0].0, WEBHOOK_ID);
    for (headers, body) in &heard {
        assert_eq!(text(headers, WEBHOOK_ID), first, "one message, one id");
        let at = Timestamp::from_second(text(headers, WEBHOOK_TIMESTAMP).parse().unwrap()).unwrap();
        assert_eq!(text(headers, WEBHOOK_SIGNATURE), sign(&secret, &first, at, body));
        let said: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(
            (&said["data"]["case"], &said["data"]["signed"]),
            (&json!(link.case), &json!(true)),
            "{said}"
        );
        let plain = String::from_utf8_lossy(body);
        for personal in [phone, "唐飞", "110105198004197592"] {
            assert!(!plain.contains(personal), "{plain}");
        }
    }
    let admin = Desk::of(&server, "tenant_admin").await.unwrap();
    let path = format!("/api/v1/webhooks/{id}/deliveries");
    wait_until("the delivery to be on record", PATIENCE, async || {
        let all = admin.done(Method::GET, &path, &Value::Null).await.ok()?;
        (all["deliveries"][0]["state"] == "delivered").then_some(())
    })
    .await
    .unwrap();
}
