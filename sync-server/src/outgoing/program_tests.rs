//! A program enters webhooks of its own, once under each of its keys, and reads what they were told page by page.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use shared::domain::{Scope, Scopes};

use super::endpoints::secret;
use crate::testing::{Answer, TestServer};

async fn enter(server: &TestServer, key: &str, once: &str, url: &str) -> Answer {
    let request = Request::post("/api/v1/webhooks")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("idempotency-key", once);
    let body = json!({"url": url, "label": "CRM"}).to_string();
    server.send(request.body(Body::from(body)).unwrap()).await
}

async fn walk(server: &TestServer, key: &str, path: &str, list: &str, between: impl AsyncFn()) -> Vec<Value> {
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = server.program(key, "GET", &format!("{path}?limit=2{cursor}"), "").await;
        assert_eq!(page.status.as_u16(), 200, "{}", page.text());
        let page = page.json();
        seen.extend(page[list].as_array().unwrap().iter().map(|one| one["id"].clone()));
        between().await;
        match page["next"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return seen,
        }
    }
}

#[tokio::test]
async fn the_same_key_gets_the_first_answer_and_enters_one_address() {
    let server = TestServer::start().await;
    let (key, other) = (server.api_key().await, server.api_key().await);
    let first = enter(&server, &key, "crm-1", "https://example.com/a").await;
    assert_eq!(first.status.as_u16(), 201, "{}", first.text());
    let again = enter(&server, &key, "crm-1", "https://example.com/a").await;
    assert_eq!((again.status.as_u16(), again.json()), (200, first.json()));
    let id = first.json()["id"].as_str().unwrap().to_owned();
    let kept = String::from(secret(&server.app.keys, server.tenant, &id).unwrap());
    assert_eq!(first.json()["secret"], json!(kept));
    let changed = enter(&server, &key, "crm-1", "https://example.com/b").await;
    assert_eq!((changed.status.as_u16(), &changed.json()["code"]), (409, &json!("already_made")));
    assert!(changed.text().contains(&id), "{}", changed.text());
    assert_eq!(enter(&server, &other, "crm-1", "https://example.com/a").await.status.as_u16(), 201);
    let refused = enter(&server, &key, "with blank", "https://example.com/a").await;
    assert_eq!(refused.json()["code"], "idempotency_key_form");
    let all = server.program(&key, "GET", "/api/v1/webhooks", "").await.json();
    assert_eq!((all["webhooks"].as_array().unwrap().len(), &all["next"]), (2, &Value::Null));
    let path = format!("/api/v1/webhooks/{id}");
    assert_eq!(server.program(&key, "DELETE", &path, "").await.status.as_u16(), 204);
    assert!(
        server
            .audit()
            .await
            .iter()
            .any(|[actor, action, ..]| actor.starts_with("key:") && action == "webhook.removed")
    );
}

#[tokio::test]
async fn a_walk_through_addresses_and_messages_sees_each_once() {
    let server = TestServer::start().await;
    let key = server.api_key_with(server.tenant, Scopes::of(&[Scope::WebhooksWrite]).unwrap()).await;
    let mut made = Vec::new();
    for nth in 0..5 {
        let one =
            enter(&server, &key, &format!("k{nth}"), &format!("https://example.com/{nth}")).await.json();
        made.push(one["id"].as_str().unwrap().to_owned());
    }
    let mut seen = walk(&server, &key, "/api/v1/webhooks", "webhooks", async || {}).await;
    seen.sort_by_key(Value::to_string);
    let mut sorted = made.clone();
    sorted.sort();
    assert_eq!(json!(seen), json!(sorted));

    let told = async |id: &str, at: u32| {
        let (tenant, webhook) = (server.tenant, &made[0]);
        let sql = format!(
            "INSERT INTO webhook_messages(tenant, id, webhook, case_id, event, body, state, tries, made_at, due_at)
             VALUES ('{tenant}', '{id}', '{webhook}', 'c', 'e', '{{}}', 'delivered', 1, {at}, {at})"
        );
        server.sql(&sql).await;
    };
    for (id, at) in [("m1", 1), ("m2", 2), ("m3", 2), ("m4", 2), ("m5", 3)] {
        told(id, at).await;
    }
    let path = format!("/api/v1/webhooks/{}/deliveries", made[0]);
    let newer = std::cell::Cell::new(10);
    let seen = walk(&server, &key, &path, "deliveries", async || {
        newer.set(newer.get() + 1);
        told(&format!("n{}", newer.get()), newer.get()).await;
    });
    assert_eq!(json!(seen.await), json!(["m5", "m4", "m3", "m2", "m1"]));
    let page = server.program(&key, "GET", &format!("{path}?limit=1"), "").await.json();
    let next = page["next"].as_str().unwrap();
    let neighbours = format!("/api/v1/webhooks/{}/deliveries?cursor={next}", made[1]);
    assert_eq!(server.program(&key, "GET", &neighbours, "").await.json()["code"], "page_cursor");
}
