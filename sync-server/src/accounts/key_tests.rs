use axum::http::StatusCode;
use serde_json::json;
use shared::domain::Role;

use crate::{crypt::token_hash, testing::TestServer};

#[tokio::test]
async fn a_key_made_in_the_office_can_do_what_was_ticked() {
    let server = TestServer::start().await;
    let desk = server.desk("admin", &[Role::TenantAdmin]).await;
    let page = desk.get("/office/keys").await.text();
    for code in ["links:write", "links:read", "cases:read"] {
        assert!(page.contains(&format!("value=\"{code}\" checked")), "{code} is not offered: {page}");
    }
    assert!(!page.contains("value=\"documents:read\" checked"), "{page}");

    for fields in ["label=CRM", "label=CRM&scope=cases%3Awrite", "label=CRM&scope="] {
        let refused = desk.post("/office/keys", fields).await;
        assert!(!refused.text().contains("mpk_"), "{fields}");
        assert!(refused.text().contains("scopes-error"), "{}", refused.text());
    }
    let made = desk.post("/office/keys", "label=CRM&scope=links%3Awrite").await.text();
    let secret = &made[made.find("mpk_").unwrap()..][..52];
    let link = server.program(secret, "POST", "/api/v1/links", crate::demo::OFFER).await;
    assert_eq!(link.status, StatusCode::CREATED, "{}", link.text());
    let path = format!("/api/v1/cases/{}", link.json()["case"].as_str().unwrap());
    let refused = server.program(secret, "GET", &path, "").await;
    assert_eq!(
        (refused.status, refused.json()["code"].clone()),
        (StatusCode::FORBIDDEN, json!("scope_missing"))
    );
    assert!(refused.text().contains("`cases:read`"), "{}", refused.text());
    let noted = server.audit().await.into_iter().find(|row| row[1] == "key.made").unwrap();
    assert_eq!(noted[3], r#"{"scopes":["links:write"]}"#);
}

#[tokio::test]
async fn a_key_from_before_there_were_scopes_can_do_what_it_could() {
    let server = TestServer::start().await;
    let hash = hex::encode(token_hash("mpk_old"));
    let tenant = server.tenant;
    let sql = "INSERT INTO api_keys(key_hash, tenant, id, label, created_at)";
    server.sql(&format!("{sql} VALUES (x'{hash}', '{tenant}', 'old', 'old', 0)")).await;
    let made = server.program("mpk_old", "POST", "/api/v1/links", crate::demo::OFFER).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    for (method, path, status) in [
        ("GET", format!("/api/v1/cases/{}", text("case")), StatusCode::OK),
        ("GET", format!("/api/v1/cases/{}/contract.pdf", text("case")), StatusCode::CONFLICT),
        ("DELETE", format!("/api/v1/links/{}", text("link")), StatusCode::NO_CONTENT),
    ] {
        let answer = server.program("mpk_old", method, &path, "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
    }
}
