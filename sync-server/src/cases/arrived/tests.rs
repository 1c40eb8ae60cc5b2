//! Answers that come on their own, early and late: what is set decides who is told, and nothing moves the case.

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use serde_json::json;
use shared::domain::Role;

use crate::{
    config::{Config, Secret},
    flows::journal::CaseRef,
    partners::{PartnersConfig, webhooks::WebhookSecret, webhooks::sign},
    testing::{Answer, TestServer},
};

const FUNDER: &str = "huaxing-bank";
const INBOUND: &str = "/office/webhooks/inbound";

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes([2; 32])
}

async fn start() -> TestServer {
    let funders = ["huaxing-bank", "jiangnan-bank"];
    let partners = PartnersConfig::at_lab("https://partners.example.cn", "key".into(), funders).unwrap();
    TestServer::start_with(Config {
        partners: serde_json::from_value(serde_json::to_value(&partners).unwrap()).unwrap(),
        webhook_secret: Some(Secret::new(String::from(secret()))),
        ..Config::default()
    })
    .await
}

/// The funder declines, in a message of this id.
async fn answers(server: &TestServer, of: CaseRef, id: &str) -> StatusCode {
    let now = server.app.world.clock.now();
    let body = json!({"type": "funder.decision", "timestamp": now, "data": {"funder": FUNDER,
        "application": of.case.to_string(), "reference": "f-1",
        "decision": {"outcome": "declined", "reference": "f-1", "reason": "policy"}}})
    .to_string();
    let request = Request::post(format!("/api/v1/webhooks/partners/{FUNDER}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("webhook-id", id)
        .header("webhook-timestamp", now.as_second())
        .header("webhook-signature", sign(&secret(), id, now, body.as_bytes()));
    server.send(request.body(Body::from(body)).unwrap()).await.status
}

/// The case has gone on without the funder.
async fn goes_on(server: &TestServer) {
    server.sql(r#"UPDATE runs SET state = json_set(state, '$.facts.funder', json('{"said_no": ["huaxing-bank"]}'))"#).await;
}

async fn set_late(server: &TestServer, number: u32, policy: &str) {
    let login = format!("controller-{number}");
    let desk = server.desk(&login, &[Role::Controller]).await;
    let form = format!("full=1&number={number}&state=open&park_minutes=30&late={policy}&reason=tried");
    let answer = desk.post(&format!("/office/partners/funders.{FUNDER}/change"), &form).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
}

async fn states(server: &TestServer) -> Vec<String> {
    let rows = server.app.store.read(|conn| {
        let mut rows = conn.prepare("SELECT state FROM runs ORDER BY case_id")?;
        let rows = rows.query_map([], |row| row.get(0))?;
        Ok::<_, crate::problem::Problem>(rows.collect::<Result<_, _>>()?)
    });
    rows.await.unwrap()
}

#[tokio::test]
async fn reviewers_are_told_of_a_late_answer_where_that_is_set_until_one_takes_note() {
    let server = start().await;
    let of = server.new_case().await;
    set_late(&server, 0, "notice").await;
    let reviewer = server.desk("reviewer", &[Role::Reviewer]).await;
    let case = of.case.to_string();
    let tells = |page: &Answer| page.text().contains(&format!("/office/cases/{case}/late-answers"));

    // Early: the case may still come to wait for it.
    assert_eq!(answers(&server, of, "msg_1").await, StatusCode::NO_CONTENT);
    let controller = server.desk("watcher", &[Role::Controller]).await;
    assert!(controller.get(INBOUND).await.text().contains("早到"));
    assert!(!tells(&reviewer.get("/office/queue").await));

    goes_on(&server).await;
    let before = states(&server).await;
    let queue = reviewer.get("/office/queue").await;
    assert!(tells(&queue) && queue.text().contains("拒绝"), "{}", queue.text());
    let page = controller.get(INBOUND).await.text();
    assert!(page.contains("来迟") && page.contains("提醒审核员"), "{page}");

    // A late one is offered to no case again.
    let apply = format!("{INBOUND}/{FUNDER}/msg_1/apply");
    let refused = controller.post(&apply, "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("没有申请在等待这条答复"), "{}", refused.text());

    let noted = reviewer.post(&format!("/office/cases/{case}/late-answers"), "").await;
    assert_eq!(noted.status, StatusCode::SEE_OTHER, "{}", noted.text());
    assert!(!tells(&reviewer.get("/office/queue").await));
    assert!(controller.get(INBOUND).await.text().contains("reviewer 已阅"));
    let again = reviewer.post(&format!("/office/cases/{case}/late-answers"), "").await;
    assert_eq!(again.status, StatusCode::NOT_FOUND);
    assert_eq!(states(&server).await, before, "the case moved");
    let actions: Vec<String> = server.audit().await.into_iter().map(|[_, action, ..]| action).collect();
    for action in ["partner.changed", "partner.called_back", "partner.late_answer_noted"] {
        assert!(actions.iter().any(|one| one == action), "{action}: {actions:?}");
    }
}

#[tokio::test]
async fn nobody_is_told_of_a_late_answer_that_is_only_recorded_nor_of_one_about_a_decided_case() {
    let server = start().await;
    let of = server.new_case().await;
    goes_on(&server).await;
    let reviewer = server.desk("reviewer", &[Role::Reviewer]).await;
    // What whoever reviews the case finds there.
    let kept = async || {
        server.app.store.read(move |conn| crate::cases::callbacks::late(conn, of)).await.unwrap().len()
    };
    let tells = |page: Answer| page.text().contains("late-answers");

    assert_eq!(answers(&server, of, "msg_kept").await, StatusCode::NO_CONTENT);
    assert_eq!(kept().await, 1);
    assert!(!tells(reviewer.get("/office/queue").await));

    set_late(&server, 0, "ignore").await;
    server.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(answers(&server, of, "msg_ignored").await, StatusCode::NO_CONTENT);
    assert_eq!(kept().await, 1);
    let controller = server.desk("watcher", &[Role::Controller]).await;
    assert!(controller.get(INBOUND).await.text().contains("按设置不提示"));

    set_late(&server, 1, "notice").await;
    assert_eq!(answers(&server, of, "msg_noticed").await, StatusCode::NO_CONTENT);
    assert!(tells(reviewer.get("/office/queue").await));
    server.sql("UPDATE cases SET decision = 'declined'").await;
    assert!(!tells(reviewer.get("/office/queue").await));
}

#[tokio::test]
async fn refused_messages_are_counted_by_the_hour_and_nothing_of_them_is_kept() {
    let server = start().await;
    let forged = async |funder: &str, body: &str| {
        let now = server.app.world.clock.now();
        let request = Request::post(format!("/api/v1/webhooks/partners/{funder}"))
            .header("webhook-id", "msg_1")
            .header("webhook-timestamp", now.as_second())
            .header("webhook-signature", "v1,AAAA");
        let status = server.send(request.body(Body::from(body.to_owned())).unwrap()).await.status;
        assert_eq!(status, StatusCode::UNAUTHORIZED);
    };
    for _ in 0..50 {
        forged(FUNDER, "a stranger's words").await;
    }
    forged("a-strangers-name", "").await;
    let controller = server.desk("watcher", &[Role::Controller]).await;
    let page = controller.get(INBOUND).await.text();
    assert!(page.contains(">50<") && page.contains("签名不符"), "{page}");
    assert!(page.contains("不认识的名称") && !page.contains("a-strangers-name"), "{page}");
    let count = server.app.store.read(|conn| {
        let rows =
            conn.query_row("SELECT count(*) FROM callback_refusals", [], |row| row.get::<_, i64>(0))?;
        Ok::<_, crate::problem::Problem>(rows)
    });
    assert_eq!(count.await.unwrap(), 2);
    // Also after 31 days of nothing else.
    server.clock.advance(SignedDuration::from_hours(31 * 24));
    forged(FUNDER, "").await;
    let controller = server.desk_of("watcher", crate::testing::PASSWORD).await;
    let page = controller.get(INBOUND).await.text();
    assert!(page.contains(">1<") && !page.contains(">50<"), "{page}");
}
