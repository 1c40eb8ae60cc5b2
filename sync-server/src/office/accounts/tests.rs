use shared::domain::{AccountId, Role};

use crate::{
    accounts::{change, create::By},
    audit,
    problem::Problem,
    testing::{Answer, Desk, PASSWORD, TestServer},
};

async fn server() -> TestServer {
    let server = TestServer::start().await;
    server.account("admin", &[Role::TenantAdmin]).await;
    server.account("li.lei", &[Role::Reviewer]).await;
    server
}

async fn id_of(server: &TestServer, login: &'static str) -> AccountId {
    let sql = "SELECT id FROM accounts WHERE login = ?1";
    let id: Result<String, Problem> =
        server.app.store.read(move |conn| Ok(conn.query_row(sql, [login], |row| row.get(0))?)).await;
    id.unwrap().parse().unwrap()
}

/// The secret of a page that shows one.
fn secret(page: &Answer) -> String {
    let text = page.text();
    let field = text.split("<input").find(|field| field.contains("id=\"made-secret\""));
    let field = field.unwrap_or_else(|| panic!("no secret in {text}"));
    field.split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn change(server: &TestServer, desk: &Desk<'_>, login: &'static str, action: &str) -> Answer {
    let path = format!("/office/accounts/{}", id_of(server, login).await);
    desk.post(&path, &format!("action={action}")).await
}

#[tokio::test]
async fn an_account_is_made_and_its_password_said_once() {
    let server = server().await;
    let admin = server.desk_of("admin", PASSWORD).await;
    let made = admin.post("/office/accounts", "login=Han.Mei&role=advisor&role=manager").await;
    let password = secret(&made);
    assert!(!admin.get("/office/accounts").await.text().contains(&password));
    let han = server.desk_of("han.mei", &password).await;
    assert_eq!(han.get("/office/cases").await.status.as_u16(), 200);
    for (form, field) in [
        ("login=han.mei&role=advisor", "login"),
        ("login=x&role=advisor", "login"),
        ("login=wang", "roles"),
        ("login=wang&role=operator", "roles"),
        ("login=wang&role=root", "roles"),
    ] {
        let refused = admin.post("/office/accounts", form).await.text();
        assert!(refused.contains(&format!("id=\"{field}-error\"")), "{form}: {refused}");
        assert!(!refused.contains("made-secret"), "{form}");
    }
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_in_again_when_enabled() {
    let server = server().await;
    let admin = server.desk_of("admin", PASSWORD).await;
    let li = server.desk_of("li.lei", PASSWORD).await;
    assert_eq!(li.get("/office/queue").await.status.as_u16(), 200);
    let page = change(&server, &admin, "li.lei", "disable").await;
    assert!(page.text().contains("li.lei 已停用"), "{}", page.text());
    assert_eq!(li.get("/office/queue").await.status.as_u16(), 303);
    assert_eq!(li.api("GET", "/api/v1/cases/7zzzzzzzzzzzzzzzzzzzzzzzzz", "").await.status.as_u16(), 401);
    assert_eq!(server.try_to_sign_in("li.lei", PASSWORD).await.status.as_u16(), 422);
    change(&server, &admin, "li.lei", "enable").await;
    assert_eq!(li.get("/office/queue").await.status.as_u16(), 303, "the old session stays ended");
    server.desk_of("li.lei", PASSWORD).await;
}

#[tokio::test]
async fn another_password_ends_every_session_and_the_pause_after_guessing() {
    let server = server().await;
    let admin = server.desk_of("admin", PASSWORD).await;
    let li = server.desk_of("li.lei", PASSWORD).await;
    for _ in 0..5 {
        server.try_to_sign_in("li.lei", "guess").await;
    }
    let password = secret(&change(&server, &admin, "li.lei", "password").await);
    assert_eq!(li.get("/office/queue").await.status.as_u16(), 303);
    assert_eq!(server.try_to_sign_in("li.lei", PASSWORD).await.status.as_u16(), 422);
    let li = server.desk_of("li.lei", &password).await;
    change(&server, &admin, "li.lei", "end_sessions").await;
    assert_eq!(li.get("/office/queue").await.status.as_u16(), 303);
    server.desk_of("li.lei", &password).await;
}

#[tokio::test]
async fn a_key_is_said_once_and_refused_at_once_when_revoked() {
    let server = server().await;
    let admin = server.desk_of("admin", PASSWORD).await;
    let key = secret(&admin.post("/office/keys", "label=CRM&scope=links%3Awrite").await);
    let page = admin.get("/office/keys").await.text();
    assert!(page.contains("CRM") && !page.contains(&key), "{page}");
    let made = server.program(&key, "POST", "/api/v1/links", crate::demo::OFFER).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let id = page.split("/office/keys/").nth(1).unwrap().split('/').next().unwrap().to_owned();
    assert_eq!(admin.post(&format!("/office/keys/{id}/revoke"), "").await.status.as_u16(), 303);
    let refused = server.program(&key, "POST", "/api/v1/links", crate::demo::OFFER).await;
    assert_eq!(refused.status.as_u16(), 401);
    assert_eq!(admin.post("/office/keys/0123456789abcdef/revoke", "").await.status.as_u16(), 404);
    assert!(
        admin.post("/office/keys", "label=&scope=links%3Awrite").await.text().contains("id=\"problems\"")
    );
}

#[tokio::test]
async fn nobody_locks_the_company_out() {
    let server = server().await;
    let admin = server.desk_of("admin", PASSWORD).await;
    let page = change(&server, &admin, "admin", "disable").await;
    assert!(page.text().contains("不能停用自己的账号"), "{}", page.text());
    let (tenant, account, by) = (server.tenant, id_of(&server, "admin").await, server.by());
    let refused = server.app.store.write(move |conn| change::disable(conn, tenant, account, &by)).await;
    assert_eq!(refused.unwrap_err().code, "last_admin");

    server.account("second", &[Role::TenantAdmin, Role::Advisor]).await;
    let by = By { actor: "console".to_owned(), at: server.app.world.clock.now() };
    server.app.store.write(move |conn| change::disable(conn, tenant, account, &by)).await.unwrap();
    assert_eq!(admin.get("/office/accounts").await.status.as_u16(), 303);
}

#[tokio::test]
async fn only_the_administrator_looks_after_accounts_and_all_of_it_is_on_record() {
    let server = server().await;
    let admin = server.desk_of("admin", PASSWORD).await;
    let id = id_of(&server, "li.lei").await;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::TenantAdmin) {
        let desk = server.desk(&format!("other-{}", role.code().replace('_', "-")), &[role]).await;
        for page in ["/office/accounts", "/office/keys"] {
            assert_eq!(desk.get(page).await.status.as_u16(), 403, "{role:?} {page}");
            assert_eq!(
                desk.post(page, "login=abc&role=advisor&label=x").await.status.as_u16(),
                403,
                "{role:?}"
            );
        }
        let changed = desk.post(&format!("/office/accounts/{id}"), "action=disable").await;
        assert_eq!(changed.status.as_u16(), 403, "{role:?}");
    }
    // The operator works for the platform: no company gets at that account.
    assert!(!admin.get("/office/accounts").await.text().contains("other-operator"));
    assert_eq!(change(&server, &admin, "other-operator", "password").await.status.as_u16(), 404);
    for action in ["disable", "enable", "password", "end_sessions"] {
        assert_eq!(change(&server, &admin, "li.lei", action).await.status.as_u16(), 200);
    }
    let actor = format!("account:{}", id_of(&server, "admin").await);
    let done: Vec<String> = server
        .audit()
        .await
        .into_iter()
        .filter(|row| row[0] == actor && row[2] == id.to_string())
        .map(|row| row[1].clone())
        .collect();
    let expected = ["account.disabled", "account.enabled", "account.password_set", "account.sessions_ended"];
    assert_eq!(done, expected);
    assert_eq!(server.app.store.read(audit::verify).await.unwrap(), None);
}
