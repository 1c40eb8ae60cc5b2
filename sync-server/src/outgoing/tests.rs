//! Messages out: nobody inside is reached, what is taken is taken once by its id, what fails is tried for three days.

use std::{
    collections::BTreeSet,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use shared::{domain::Role, flow::Facts};
use tokio::net::TcpListener;

use super::{
    deliver::deliver_due,
    post::{Line, Message},
};
use crate::{
    config::Config,
    flows::journal::CaseRef,
    partners::webhooks::{WEBHOOK_ID, WEBHOOK_SIGNATURE, WEBHOOK_TIMESTAMP, WebhookSecret, sign},
    testing::{Desk, TestServer},
};

/// A company's system: takes what comes, or answers as it is told.
#[derive(Clone)]
struct Receiver {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<Heard>>>,
    status: Arc<AtomicU16>,
    location: Arc<Mutex<String>>,
}

#[derive(Debug, Clone)]
struct Heard {
    id: String,
    signature_fits: Box<str>,
    sent_at: i64,
    body: Vec<u8>,
}

impl Receiver {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let receiver = Self {
            address: listener.local_addr().unwrap(),
            heard: Arc::default(),
            status: Arc::new(AtomicU16::new(204)),
            location: Arc::default(),
        };
        let routes = Router::new().fallback(hear).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        receiver
    }

    fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

async fn hear(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, [(header::HeaderName, String); 1]) {
    let text = |name: &str| headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
    receiver.heard.lock().unwrap().push(Heard {
        id: text(WEBHOOK_ID),
        signature_fits: text(WEBHOOK_SIGNATURE).into(),
        sent_at: text(WEBHOOK_TIMESTAMP).parse().unwrap_or(0),
        body: body.to_vec(),
    });
    let status = StatusCode::from_u16(receiver.status.load(Ordering::SeqCst)).unwrap();
    (status, [(header::LOCATION, receiver.location.lock().unwrap().clone())])
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes([7; 32])
}

async fn post(line: &Line, url: &str) -> Result<(), String> {
    let (secret, body) = (secret(), Bytes::from_static(b"{}"));
    line.post(Message { id: "msg_1", url, secret: &secret, body }, Timestamp::UNIX_EPOCH).await
}

/// A line on which every name leads to these addresses, one set after the other; how often it was asked.
fn leading_to(answers: Vec<Vec<SocketAddr>>, loopback: bool) -> (Line, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = asked.clone();
    let line = Line::with(
        move |_, _| {
            let nth = count.fetch_add(1, Ordering::SeqCst);
            let answer = answers[nth.min(answers.len() - 1)].clone();
            Box::pin(async move { Ok(answer) })
        },
        loopback,
    );
    (line, asked)
}

#[tokio::test]
async fn nothing_inside_is_ever_connected_to() {
    let inside = Receiver::start().await;
    let port = inside.address.port();
    let system = Line::system(false);
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "0.0.0.0",
        "localhost",
        "localhost.",
    ] {
        for scheme in ["http", "https"] {
            let url = format!("{scheme}://{host}:{port}/hook");
            let refused = post(&system, &url).await.unwrap_err();
            assert!(
                ["webhook_address_inside", "webhook_address_insecure", "name_unknown"]
                    .contains(&refused.as_str()),
                "{url}: {refused}"
            );
        }
    }
    // A harmless name that leads inside, or not only outside.
    let own: SocketAddr = ([127, 0, 0, 1], port).into();
    let mapped: SocketAddr = format!("[::ffff:127.0.0.1]:{port}").parse().unwrap();
    let outside: SocketAddr = ([93, 184, 216, 34], 443).into();
    for answer in [vec![own], vec![mapped], vec![outside, own], vec![outside, mapped]] {
        let (line, _) = leading_to(vec![answer.clone()], false);
        let url = format!("https://hook.example:{port}/");
        assert_eq!(post(&line, &url).await, Err("webhook_address_inside".to_owned()), "{answer:?}");
    }
    assert_eq!(inside.heard().len(), 0, "somebody connected");
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_looked_at() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    let (line, asked) = leading_to(vec![vec![first.address], vec![second.address]], true);
    // The name leads elsewhere by the time it is asked for again; it is not asked for again.
    assert_eq!(post(&line, &format!("http://localhost:{}/hook", first.address.port())).await, Ok(()));
    assert_eq!((first.heard().len(), second.heard().len(), asked.load(Ordering::SeqCst)), (1, 0, 1));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (first, second) = (Receiver::start().await, Receiver::start().await);
    *first.location.lock().unwrap() = second.url();
    for status in [301, 302, 303, 307, 308] {
        first.answers(status);
        assert_eq!(post(&Line::system(true), &first.url()).await, Err("redirected".to_owned()), "{status}");
    }
    assert_eq!((first.heard().len(), second.heard().len()), (5, 0));
}

#[tokio::test]
async fn what_went_wrong_is_said_by_a_code() {
    let receiver = Receiver::start().await;
    receiver.answers(500);
    assert_eq!(post(&Line::system(true), &receiver.url()).await, Err("status_500".to_owned()));
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    assert_eq!(post(&Line::system(true), &format!("http://{closed}/")).await, Err("unreachable".to_owned()));
}

struct Setting {
    server: TestServer,
    receiver: Receiver,
    case: CaseRef,
}

impl Setting {
    async fn start() -> Self {
        let config = Config { webhooks_to_loopback: true, ..Config::default() };
        let server = TestServer::start_with(config).await;
        let case = server.new_case().await;
        Self { receiver: Receiver::start().await, case, server }
    }

    /// Enters the receiver; its id and secret.
    async fn enter(&self, desk: &Desk<'_>) -> (String, WebhookSecret) {
        let body = json!({"url": self.receiver.url(), "label": "CRM"}).to_string();
        let made = desk.api("POST", "/api/v1/webhooks", &body).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
        let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
        (text("id"), WebhookSecret::parse(&text("secret")).unwrap())
    }

    /// A `notify` block's work with its rows; its outcome.
    async fn notify(&self, message: &str) -> String {
        let params = json!({"message": message, "channel": "webhook"});
        let performed = self.server.perform(self.case, "notify", params, Facts::new()).await;
        if let Some(record) = performed.record {
            let kept = move |conn: &rusqlite::Connection| record(conn).map_err(crate::problem::Problem::from);
            self.server.app.store.write(kept).await.unwrap();
        }
        performed.outcome
    }

    async fn deliveries(&self, desk: &Desk<'_>, id: &str) -> Vec<Value> {
        let answer = desk.api("GET", &format!("/api/v1/webhooks/{id}/deliveries"), "").await;
        answer.json()["deliveries"].as_array().unwrap().clone()
    }

    /// State, last failure and id of the only message there is; sessions do not hold for days.
    async fn state(&self) -> (String, Option<String>, String) {
        let read = self.server.app.store.read(|conn| {
            let sql = "SELECT state, last, id FROM webhook_messages";
            let row = conn.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            Ok::<_, crate::problem::Problem>(row)
        });
        read.await.unwrap()
    }

    /// Waits until the server's own sender, which runs beside, has nothing that is due.
    async fn settle(&self) {
        while deliver_due(&self.server.app).await.unwrap() > 0 {}
    }
}

#[tokio::test]
async fn a_message_is_signed_says_nothing_of_the_person_and_is_known_by_its_id() {
    let setting = Setting::start().await;
    assert_eq!(setting.notify("contract_signed").await, "error", "nobody is to be told yet");
    let desk = setting.server.desk("keeper", &[Role::TenantAdmin]).await;
    let (id, secret) = setting.enter(&desk).await;
    assert_eq!(setting.notify("contract_signed").await, "sent");
    setting.settle().await;
    let delivery = setting.deliveries(&desk, &id).await[0].clone();
    let message = delivery["id"].as_str().unwrap().to_owned();

    // A hundred times over, in any order: the receiver knows each by its id and its signature.
    for _ in 0..99 {
        let path = format!("/api/v1/webhooks/{id}/deliveries/{message}/resend");
        assert_eq!(desk.api("POST", &path, "").await.status, StatusCode::NO_CONTENT);
        setting.settle().await;
    }
    let heard = setting.receiver.heard();
    assert!(heard.len() >= 100, "{}", heard.len());
    let ids: BTreeSet<&str> = heard.iter().map(|heard| heard.id.as_str()).collect();
    assert_eq!(ids.into_iter().collect::<Vec<_>>(), [message.as_str()]);
    for heard in &heard {
        let at = Timestamp::from_second(heard.sent_at).unwrap();
        assert_eq!(*heard.signature_fits, *sign(&secret, &heard.id, at, &heard.body));
        let said: Value = serde_json::from_slice(&heard.body).unwrap();
        let names: Vec<&String> = said["data"].as_object().unwrap().keys().collect();
        assert_eq!((said["type"].as_str(), names.len()), (Some("case.notified"), 4), "{said}");
        assert_eq!(said["data"]["case"], json!(setting.case.case.to_string()));
        assert_eq!(
            (&said["data"]["event"], &said["data"]["signed"]),
            (&json!("contract_signed"), &json!(false))
        );
    }
    // The same block's work done twice is one message.
    assert_eq!(setting.notify("contract_signed").await, "sent");
    assert_eq!(setting.deliveries(&desk, &id).await.len(), 1);
}

#[tokio::test]
async fn what_fails_is_tried_for_three_days_and_then_given_up() {
    let setting = Setting::start().await;
    let desk = setting.server.desk("keeper", &[Role::TenantAdmin]).await;
    let (id, _) = setting.enter(&desk).await;
    setting.receiver.answers(503);
    setting.notify("contract_signed").await;
    setting.settle().await;
    let (state, last, message) = setting.state().await;
    assert_eq!((state.as_str(), last.as_deref()), ("waiting", Some("status_503")));
    let mut hours = 0;
    while setting.state().await.0 == "waiting" {
        hours += 1;
        assert!(hours <= 73, "it is tried for ever");
        setting.server.clock.advance(SignedDuration::from_hours(1));
        setting.settle().await;
    }
    assert!(hours >= 48, "given up after {hours} hours");
    assert_eq!(setting.state().await.0, "given_up");

    // By hand it goes out again, and is taken.
    let desk = setting.server.desk_of("keeper", crate::testing::PASSWORD).await;
    let given_up = setting.deliveries(&desk, &id).await[0].clone();
    assert_eq!((&given_up["state"], &given_up["due_at"]), (&json!("given_up"), &Value::Null));
    setting.receiver.answers(200);
    let path = format!("/api/v1/webhooks/{id}/deliveries/{message}/resend");
    assert_eq!(desk.api("POST", &path, "").await.status, StatusCode::NO_CONTENT);
    setting.settle().await;
    assert_eq!(setting.state().await, ("delivered".to_owned(), None, message));
}

#[tokio::test]
async fn addresses_are_entered_and_removed_by_who_keeps_the_settings_and_it_is_on_record() {
    let setting = Setting::start().await;
    let desk = setting.server.desk("keeper", &[Role::TenantAdmin]).await;
    let (id, secret) = setting.enter(&desk).await;
    let listed = desk.api("GET", "/api/v1/webhooks", "").await;
    assert_eq!(listed.json()["webhooks"][0]["id"], json!(id));
    assert!(!listed.text().contains("whsec_"), "the secret is shown once");
    for (url, label, code) in [
        ("https://10.0.0.1/", "x", "webhook_address_inside"),
        ("http://example.com/", "x", "webhook_address_insecure"),
        ("nothing", "x", "webhook_address_form"),
        ("https://example.com/", " ", "webhook_label_form"),
    ] {
        let refused =
            desk.api("POST", "/api/v1/webhooks", &json!({"url": url, "label": label}).to_string()).await;
        assert_eq!(
            (refused.status, &refused.json()["code"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(code))
        );
    }
    for n in 1..5 {
        let body = json!({"url": format!("https://example.com/{n}"), "label": "other"}).to_string();
        assert_eq!(desk.api("POST", "/api/v1/webhooks", &body).await.status, StatusCode::CREATED);
    }
    let body = json!({"url": "https://example.com/6", "label": "other"}).to_string();
    assert_eq!(desk.api("POST", "/api/v1/webhooks", &body).await.json()["code"], "webhooks_full");

    setting.receiver.answers(500);
    setting.notify("contract_signed").await;
    let path = format!("/api/v1/webhooks/{id}");
    assert_eq!(desk.api("DELETE", &path, "").await.status, StatusCode::NO_CONTENT);
    assert_eq!(desk.api("DELETE", &path, "").await.status, StatusCode::NOT_FOUND);
    let waiting = setting.server.app.store.read(|conn| {
        let sql = "SELECT count(*) FROM webhook_messages m JOIN webhooks w ON w.id = m.webhook
                   WHERE m.state = 'waiting' AND w.removed_at IS NOT NULL";
        Ok::<_, crate::problem::Problem>(conn.query_row(sql, [], |row| row.get::<_, i64>(0))?)
    });
    assert_eq!(waiting.await.unwrap(), 0);
    let acts: Vec<String> = setting.server.audit().await.into_iter().map(|[_, action, ..]| action).collect();
    for action in ["webhook.added", "webhook.removed"] {
        assert!(acts.iter().any(|act| act == action), "{action}: {acts:?}");
    }
    assert!(!format!("{:?}", setting.server.audit().await).contains(&String::from(secret)));
    for role in Role::ALL.into_iter().filter(|role| *role != Role::TenantAdmin) {
        let desk = setting.server.desk(&format!("r-{}", role.code().replace('_', "-")), &[role]).await;
        assert_eq!(desk.api("GET", "/api/v1/webhooks", "").await.status, StatusCode::FORBIDDEN, "{role:?}");
    }
}
