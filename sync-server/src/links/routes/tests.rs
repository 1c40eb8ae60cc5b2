use axum::{
    body::Body,
    http::{Request, header},
};
use jiff::SignedDuration;
use serde_json::Value;
use shared::domain::Role;

use crate::{
    demo::OFFER,
    links::{LinkState, resolve},
    problem::Problem,
    testing::{Answer, Desk, TestServer},
};

const FORM: &str = "product=new-car-loan&vehicle=%E7%A7%A6PLUS&vin=LSVWY4180KN246094&energy=plug_in&condition=new\
                    &price=129800&down_payment=38940&months=36&phone=&region=310000";

async fn ask(server: &TestServer, key: &str, once: &str, body: &str) -> Answer {
    let request = Request::post("/api/v1/links")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", once);
    server.send(request.body(Body::from(body.to_owned())).unwrap()).await
}

async fn count(server: &TestServer, what: &'static str) -> i64 {
    let sql = format!("SELECT count(*) FROM {what}");
    let counted: Result<i64, Problem> =
        server.app.store.read(move |conn| Ok(conn.query_row(&sql, [], |row| row.get(0))?)).await;
    counted.unwrap()
}

async fn state_of(server: &TestServer, token: &Value) -> (LinkState, bool) {
    let (token, now) = (token.as_str().unwrap().to_owned(), server.app.world.clock.now());
    let found = server.app.store.read(move |conn| resolve(conn, &token, now)).await.unwrap().unwrap();
    (found.state, found.opened)
}

/// A link of this desk's own making.
async fn link_of(desk: &Desk<'_>) -> String {
    let made = desk.api("POST", "/api/v1/links", OFFER).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    made.json()["link"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_same_key_gets_the_first_answer_and_opens_one_case() {
    let server = TestServer::start().await;
    let (key, other) = (server.api_key().await, server.api_key().await);
    let first = ask(&server, &key, "order-77", OFFER).await;
    assert_eq!(first.status.as_u16(), 201, "{}", first.text());
    server.clock.advance(SignedDuration::from_hours(1));
    let again = ask(&server, &key, "order-77", OFFER).await;
    assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    assert_eq!((count(&server, "cases").await, count(&server, "links").await), (1, 1));
    assert_eq!(first.json()["number"], "MP000001");
    assert_eq!(state_of(&server, &first.json()["token"]).await.0, LinkState::Open);

    let changed = ask(&server, &key, "order-77", &OFFER.replace("36", "24")).await;
    assert_eq!((changed.status.as_u16(), &changed.json()["code"]), (409, &Value::from("already_made")));
    let named = first.json()["link"].as_str().unwrap().to_owned();
    assert!(changed.json()["detail"].as_str().unwrap().contains(&named), "{}", changed.text());

    let theirs = ask(&server, &other, "order-77", OFFER).await;
    assert_eq!(theirs.status.as_u16(), 201, "another asker's key is another key");
    assert_ne!(theirs.json()["token"], first.json()["token"]);
    for wrong in ["", "with blank", &"k".repeat(129)] {
        let refused = ask(&server, &key, wrong, OFFER).await;
        assert_eq!(refused.json()["code"], "idempotency_key_form", "{wrong}");
    }
    let plain = server.program(&key, "POST", "/api/v1/links", OFFER).await;
    assert_eq!(plain.status.as_u16(), 201);
    assert_eq!(count(&server, "cases").await, 3);
}

#[tokio::test]
async fn neither_the_token_nor_the_key_that_brings_it_back_lies_on_the_disk() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let made = ask(&server, &key, "planted-order-77", OFFER).await.json();
    for file in std::fs::read_dir(server.app.store.folder()).unwrap() {
        let path = file.unwrap().path();
        let bytes = if path.is_file() { std::fs::read(&path).unwrap() } else { Vec::new() };
        for planted in [made["token"].as_str().unwrap(), "planted-order-77", "13800138000"] {
            let found = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
            assert!(!found, "{planted} in {}", path.display());
        }
    }
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_link_and_shows_it_twice() {
    let server = TestServer::start().await;
    let desk = server.desk("han.mei", &[Role::Advisor]).await;
    let first = desk.post_form("/office/links", FORM, "0123456789abcdef").await;
    let again = desk.post_form("/office/links", FORM, "0123456789abcdef").await;
    let url = |answer: &Answer| {
        let text = answer.text();
        let from = text.find("/c/").unwrap_or_else(|| panic!("no link in {text}"));
        text[from..from + 35].to_owned()
    };
    assert_eq!(url(&first), url(&again));
    assert!(first.text().contains("MP000001"), "{}", first.text());
    assert_eq!(count(&server, "cases").await, 1);
    let edited = FORM.replace("129800", "139800");
    let edited = desk.post_form("/office/links", &edited, "0123456789abcdef").await.text();
    assert!(edited.contains("这份表单已经用别的内容") && edited.contains("139800"), "{edited}");
    assert_eq!(count(&server, "cases").await, 1);
    desk.post_form("/office/links", FORM, "fedcba9876543210").await;
    assert_eq!(count(&server, "cases").await, 2);
}

#[tokio::test]
async fn a_fresh_link_takes_the_place_of_the_older_ones_and_loses_nothing() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let made = server.program(&key, "POST", "/api/v1/links", OFFER).await.json();
    server.sql("UPDATE links SET opened_at = 5").await;
    server.clock.advance(SignedDuration::from_hours(24 * 8));
    assert_eq!(state_of(&server, &made["token"]).await.0, LinkState::Expired);

    let path = format!("/api/v1/links/{}/renew", made["link"].as_str().unwrap());
    let fresh = server.program(&key, "POST", &path, "").await;
    assert_eq!(fresh.status.as_u16(), 201, "{}", fresh.text());
    let fresh = fresh.json();
    assert_eq!((&fresh["case"], &fresh["number"]), (&made["case"], &made["number"]));
    assert_eq!(state_of(&server, &made["token"]).await.0, LinkState::Revoked);
    assert_eq!(state_of(&server, &fresh["token"]).await, (LinkState::Open, true));
    assert_eq!((count(&server, "cases").await, count(&server, "links").await), (1, 2));
    let rows = server.audit().await;
    let renewed = rows.iter().find(|row| row[1] == "link.renewed").unwrap();
    assert_eq!(renewed[2], fresh["link"].as_str().unwrap());
    assert!(renewed[3].contains(made["link"].as_str().unwrap()), "{renewed:?}");
}

#[tokio::test]
async fn an_advisor_and_a_program_reach_only_links_of_their_own_kind() {
    let server = TestServer::start().await;
    let (key, second_key) = (server.api_key().await, server.api_key().await);
    let han = server.desk("han.mei", &[Role::Advisor]).await;
    let lin = server.desk("lin.tao", &[Role::Advisor]).await;
    let of_key = server.program(&key, "POST", "/api/v1/links", OFFER).await.json();
    let of_key = of_key["link"].as_str().unwrap().to_owned();
    for (who, link, status) in
        [(&lin, link_of(&han).await, 404), (&han, of_key.clone(), 404), (&han, link_of(&han).await, 204)]
    {
        assert_eq!(who.api("DELETE", &format!("/api/v1/links/{link}"), "").await.status.as_u16(), status);
        let renewed = who.api("POST", &format!("/api/v1/links/{link}/renew"), "").await.status.as_u16();
        assert_eq!(renewed, if status == 204 { 201 } else { 404 });
        let shown = who.post(&format!("/office/links/{link}/renew"), "").await.status.as_u16();
        assert_eq!(shown, if status == 204 { 200 } else { 404 });
    }
    let of_han = link_of(&han).await;
    let by_program = server.program(&key, "DELETE", &format!("/api/v1/links/{of_han}"), "").await;
    assert_eq!(by_program.status.as_u16(), 404);
    let of_sister = server.program(&second_key, "DELETE", &format!("/api/v1/links/{of_key}"), "").await;
    assert_eq!(of_sister.status.as_u16(), 204);
    for role in [Role::Manager, Role::TenantAdmin, Role::Controller] {
        let desk = server.desk(&role.code().replace('_', "-"), &[role]).await;
        let link = link_of(&han).await;
        assert!(desk.get("/office/links").await.text().contains(&link), "{role:?}");
        let taken = desk.api("DELETE", &format!("/api/v1/links/{link}"), "").await;
        assert_eq!(taken.status.as_u16(), 204, "{role:?}");
    }
    // Renewed by a manager, the link still stands on its advisor's page.
    let manager = server.desk_of("manager", crate::testing::PASSWORD).await;
    let fresh = manager.api("POST", &format!("/api/v1/links/{of_han}/renew"), "").await.json();
    assert!(han.get("/office/links").await.text().contains(fresh["link"].as_str().unwrap()));
    assert!(!lin.get("/office/links").await.text().contains(fresh["link"].as_str().unwrap()));
}

#[tokio::test]
async fn the_link_of_a_customer_who_signed_is_renewed_but_not_taken_back() {
    let server = TestServer::start().await;
    let desk = server.desk("han.mei", &[Role::Advisor]).await;
    let link = link_of(&desk).await;
    server.sql("UPDATE cases SET decision = 'approved', ended_at = 9").await;
    let refused = desk.api("DELETE", &format!("/api/v1/links/{link}"), "").await;
    assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (409, &Value::from("case_signed")));
    let page = desk.post(&format!("/office/links/{link}/revoke"), "").await;
    assert_eq!(page.status.as_u16(), 409);
    assert!(page.text().contains("这位客户已经签署"), "{}", page.text());
    let renewed = desk.post(&format!("/office/links/{link}/renew"), "").await;
    assert!(renewed.text().contains("/c/"), "{}", renewed.text());

    server.sql("UPDATE cases SET decision = 'expired'").await;
    let over = desk.api("POST", &format!("/api/v1/links/{link}/renew"), "").await;
    assert_eq!((over.status.as_u16(), &over.json()["code"]), (409, &Value::from("case_over")));
}
