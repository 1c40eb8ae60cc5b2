//! Every route with the ids of a real case, for everybody who is not its customer: another tenant's people find
//! nothing, another customer reaches nothing, and no key and no member of staff consents, confirms or signs.

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::{Value, json};
use shared::domain::{Role, Scope, Scopes, TenantId};

use super::{Caller, Route, description, table, tests::is_described};
use crate::{
    crypt::token_hash,
    problem::Problem,
    testing::{Answer, TestServer},
};

/// Ids that look right and belong to nobody.
const NOBODYS: [&str; 2] = ["7zzzzzzzzzzzzzzzzzzzzzzzzz", "77777777777777777777777777777777"];

#[derive(Debug, Clone)]
enum Credential {
    Nobody,
    Staff {
        role: Role,
        cookie: String,
        form_key: String,
    },
    Program(String),
    /// The customer of another case of the same tenant.
    OtherCustomer(String),
}

impl Credential {
    fn name(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Staff { role, .. } => role.code(),
            Self::Program(_) => "a program",
            Self::OtherCustomer(_) => "another customer",
        }
    }
}

/// A case that is somebody's, with what can be named of it.
#[derive(Debug, Clone)]
struct Target {
    case: String,
    link: String,
    device: String,
    upload: String,
    token: String,
    draft: String,
    version: String,
    entry: String,
    webhook: String,
    filter: String,
}

impl Target {
    /// The same shape, belonging to nobody.
    fn nobodys() -> Self {
        let [id, hex] = NOBODYS.map(str::to_owned);
        Self {
            case: id.clone(),
            link: id.clone(),
            device: id.clone(),
            upload: hex.clone(),
            draft: id.clone(),
            webhook: id.clone(),
            filter: id.clone(),
            entry: id,
            version: hex.repeat(2),
            token: hex,
        }
    }
}

async fn new_case(server: &TestServer, key: &str) -> Target {
    let request = Request::post("/api/v1/links")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(crate::demo::OFFER))
        .unwrap();
    let made = server.send(request).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    let (case, link, token) = (text("case"), text("link"), text("token"));
    let request = Request::post("/files")
        .header("miaopi-link", &token)
        .header("upload-length", "10")
        .body(Body::empty());
    let begun = server.send(request.unwrap()).await;
    let upload = begun.header(header::LOCATION).trim_start_matches("/files/").to_owned();
    assert_eq!(upload.len(), 32, "{}", begun.text());
    Target { case, link, upload, token, ..Target::nobodys() }
}

/// A device of an advisor of the server's own tenant.
async fn new_device(server: &TestServer) -> String {
    server.account("holder", &[Role::Advisor]).await;
    let body = json!({"name": "phone", "public_key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"});
    let request = Request::post("/api/v1/devices")
        .header(header::COOKIE, server.sign_in("holder").await)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let enrolled = server.send(request).await;
    assert_eq!(enrolled.status.as_u16(), 201, "{}", enrolled.text());
    enrolled.json()["device"].as_str().unwrap().to_owned()
}

/// A draft of a designer of the server's own tenant, handed in as a version that waits.
async fn new_version(server: &TestServer) -> (String, String) {
    let desk = server.desk("composer", &[Role::Designer]).await;
    let live = desk.api("GET", "/api/v1/flows", "").await.json()["flows"][0]["live"]["hash"].clone();
    let begin = json!({"from": live, "name": {"zh-CN": "新", "en": "Other"}});
    let draft = desk.api("POST", "/api/v1/flows/drafts", &begin.to_string()).await.json();
    let path = format!("/api/v1/flows/drafts/{}/submit", draft["id"].as_str().unwrap());
    let handed_in = desk.api("POST", &path, r#"{"revision": 1, "note": "another name"}"#).await.json();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (text(&draft["id"]), text(&handed_in["base"]))
}

/// An entry of the blacklist of the server's own tenant.
async fn new_entry(server: &TestServer) -> String {
    let desk = server.desk("list-keeper", &[Role::Manager]).await;
    let body = r#"{"sort": "phone", "value": "13900000001", "reason": "default"}"#;
    desk.api("POST", "/api/v1/blacklist", body).await.json()["entry"].as_str().unwrap().to_owned()
}

/// A webhook of the server's own tenant.
async fn new_webhook(server: &TestServer) -> String {
    let desk = server.desk("settings-keeper", &[Role::TenantAdmin]).await;
    let body = r#"{"url": "https://example.com/hook", "label": "CRM"}"#;
    desk.api("POST", "/api/v1/webhooks", body).await.json()["id"].as_str().unwrap().to_owned()
}

/// A filter that somebody of the server's own tenant keeps.
async fn new_filter(server: &TestServer) -> String {
    let id = "0123456789abcdef";
    let desk = server.desk("filter-keeper", &[Role::Manager]).await;
    let kept = desk.post_form("/office/cases/filters", "name=mine&asked=state%3Dreview", id).await;
    assert_eq!(kept.status.as_u16(), 303, "{}", kept.text());
    id.to_owned()
}

async fn staff(server: &TestServer, tenant: TenantId, prefix: &str) -> Vec<Credential> {
    let mut all = Vec::new();
    for role in Role::ALL {
        let login = format!("{prefix}-{}", role.code().replace('_', "-"));
        server.account_of(tenant, &login, &[role]).await;
        let cookie = server.sign_in(&login).await;
        let secret = token_hash(cookie.split_once('=').unwrap().1);
        let form_key: Result<String, Problem> = server
            .app
            .store
            .read(move |conn| {
                let sql = "SELECT form_key FROM sessions WHERE token_hash = ?1";
                Ok(conn.query_row(sql, [secret], |row| row.get(0))?)
            })
            .await;
        all.push(Credential::Staff { role, cookie, form_key: form_key.unwrap() });
    }
    all
}

/// A request that would do something if the credential allowed it.
fn request(route: &Route, target: &Target, credential: &Credential) -> Request<Body> {
    let path = route.path.replace("{case}", &target.case).replace("{link}", &target.link);
    let path = path.replace("{device}", &target.device);
    let path = path
        .replace("{draft}", &target.draft)
        .replace("{entry}", &target.entry)
        .replace("{webhook}", &target.webhook)
        .replace("{filter}", &target.filter)
        .replace("{message}", &target.upload)
        .replace("{recording}", &target.upload)
        .replace("{hash}", &target.version);
    let path = path.replace("{id}", &target.upload).replace("{*name}", "none").replace("{partner}", "none");
    // Nobody here knows the token: they try what they know.
    let path = path.replace("{token}", &target.case);
    let request = Request::builder().method(route.method).uri(path);
    let (request, form_key) = match credential {
        Credential::Nobody => (request, ""),
        Credential::Staff { cookie, form_key, .. } => (request.header(header::COOKIE, cookie), &**form_key),
        Credential::Program(key) => (request.header(header::AUTHORIZATION, format!("Bearer {key}")), ""),
        Credential::OtherCustomer(token) => {
            let request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            (request.header("miaopi-link", token), "")
        }
    };
    let pages = route.path.starts_with("/c/") || route.caller == Caller::Staff;
    let (kind, body) = if route.path.starts_with("/files") {
        ("application/offset+octet-stream", "0123456789".to_owned())
    } else if pages {
        ("application/x-www-form-urlencoded", form(form_key))
    } else {
        (
            "application/json",
            if route.caller == Caller::Designer { flow_act(route) } else { act() }.to_string(),
        )
    };
    let request = request.header("upload-offset", "0").header("upload-length", "10");
    request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()
}

fn form(form_key: &str) -> String {
    let fields = "step_id=s1&process_identity=yes&real_name_check=yes&name=唐飞&terms=0&read=yes&code=000000\
                  &confirm=yes&action=approve&reason=fits&revision=intake%231\
                  &how=erase&document=7zzzzzzzzzzzzzzzzzzzzzzzzz";
    format!("form_id={form_key}.0123456789abcdef&{fields}")
}

fn act() -> Value {
    json!({"act_id": "a1", "how": "erase",  "fields": ["process_identity", "real_name_check"], "name": "唐飞", "terms_sha256": "0",
           "read": true, "code": "000000"})
}

/// Something done to a flow, whole enough to be looked at.
fn flow_act(route: &Route) -> Value {
    match route.path.rsplit('/').next().unwrap_or_default() {
        "{draft}" => json!({"revision": 1, "file": {}}),
        "submit" => json!({"revision": 1, "note": "a stranger's"}),
        "decide" => json!({"approve": true}),
        "release" => json!({"share_percent": 100}),
        _ => json!({}),
    }
}

fn names_something(route: &Route) -> bool {
    ["{case}", "{link}", "{id}", "{device}", "{draft}", "{hash}", "{entry}", "{webhook}", "{filter}"]
        .iter()
        .any(|id| route.path.contains(id))
}

/// What an answer says, without the ids it was asked with.
fn said(answer: &Answer, target: &Target) -> (u16, String) {
    let Target { case, link, device, upload, draft, version, entry, webhook, filter, .. } = target;
    let text = [case, link, device, upload, draft, version, entry, webhook, filter]
        .into_iter()
        .fold(answer.text(), |text, id| text.replace(id.as_str(), "ID"));
    (answer.status.as_u16(), text)
}

/// What is on record of a case's customer.
async fn recorded(server: &TestServer, case: &str) -> [i64; 5] {
    let case = case.to_owned();
    let counted = server.app.store.read(move |conn| {
        let count = |sql: &str| conn.query_row(sql, [&case], |row| row.get::<_, i64>(0));
        Ok::<_, Problem>([
            count("SELECT count(*) FROM consents WHERE case_id = ?1")?,
            count("SELECT count(*) FROM acts WHERE case_id = ?1")?,
            count("SELECT count(*) FROM steps WHERE case_id = ?1")?,
            count("SELECT count(*) FROM audit WHERE subject = ?1 AND actor = 'customer'")?,
            count("SELECT coalesce(sum(stored), 0) FROM uploads WHERE case_id = ?1")?,
        ])
    });
    counted.await.unwrap()
}

#[tokio::test]
async fn another_tenants_people_see_no_difference_between_a_real_case_and_none() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let (mut target, nobodys) = (new_case(&server, &key).await, Target::nobodys());
    target.device = new_device(&server).await;
    (target.draft, target.version) = new_version(&server).await;
    target.entry = new_entry(&server).await;
    target.webhook = new_webhook(&server).await;
    target.filter = new_filter(&server).await;
    let other = TenantId::from_bytes([8; 16]);
    server.make_tenant(other).await;
    let mut credentials = staff(&server, other, "other").await;
    credentials.push(Credential::Program(server.api_key_of(other).await));
    credentials.push(Credential::OtherCustomer(new_case(&server, &key).await.token));
    credentials.push(Credential::Nobody);
    for route in table().iter().filter(|route| names_something(route)) {
        for credential in &credentials {
            let real = said(&server.send(request(route, &target, credential)).await, &target);
            let none = said(&server.send(request(route, &nobodys, credential)).await, &nobodys);
            assert_eq!(real, none, "{route:?} with {}", credential.name());
            assert!([303, 401, 403, 404].contains(&real.0), "{route:?} with {}: {real:?}", credential.name());
        }
    }
    assert_eq!(recorded(&server, &target.case).await, [0; 5]);
}

/// What a key needs for a route of programs.
fn scope_of(route: &Route) -> Scope {
    match (route.method, route.path.as_str()) {
        ("GET", "/api/v1/links") => Scope::LinksRead,
        (_, path) if path.starts_with("/api/v1/links") => Scope::LinksWrite,
        (_, path) if path.starts_with("/api/v1/webhooks") => Scope::WebhooksWrite,
        (_, path) if path.contains("/contract.pdf") || path.contains("/documents") => Scope::DocumentsRead,
        _ => Scope::CasesRead,
    }
}

#[tokio::test]
async fn a_key_gets_nowhere_without_the_scope_and_the_refusal_names_it() {
    let server = TestServer::start().await;
    let (mut target, nobodys) = (new_case(&server, &server.api_key().await).await, Target::nobodys());
    target.webhook = new_webhook(&server).await;
    for route in table().iter().filter(|route| route.caller == Caller::Program) {
        let needed = scope_of(route);
        let others: Vec<Scope> = Scope::ALL.into_iter().filter(|scope| *scope != needed).collect();
        let without = server.api_key_with(server.tenant, Scopes::of(&others).unwrap()).await;
        let with = server.api_key_with(server.tenant, Scopes::of(&[needed]).unwrap()).await;
        for target in [&target, &nobodys] {
            server.clock.advance(jiff::SignedDuration::from_secs(60));
            let refused = server.send(request(route, target, &Credential::Program(without.clone()))).await;
            assert_eq!(
                (refused.status.as_u16(), &refused.json()["code"]),
                (403, &json!("scope_missing")),
                "{route:?}"
            );
            assert!(refused.text().contains(needed.code()), "{route:?}: {}", refused.text());
        }
        let none = server.send(request(route, &nobodys, &Credential::Program(with))).await;
        assert_ne!(none.status.as_u16(), 403, "{route:?}: {}", none.text());
    }
    assert_eq!(recorded(&server, &target.case).await, [0; 5]);
}

#[tokio::test]
async fn no_key_and_no_member_of_staff_consents_confirms_or_signs() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let target = new_case(&server, &key).await;
    let other = new_case(&server, &key).await;
    let mut credentials = staff(&server, server.tenant, "own").await;
    credentials.push(Credential::Program(key));
    credentials.push(Credential::OtherCustomer(other.token.clone()));
    credentials.push(Credential::Nobody);
    let document = description();
    // Signing out would only take the credentials away.
    for route in table().into_iter().filter(|route| route.path != "/office/sign-out") {
        for credential in &credentials {
            // Whoever tries every route one after the other would be asked to wait.
            server.clock.advance(jiff::SignedDuration::from_secs(1));
            let answer = server.send(request(&route, &target, credential)).await;
            let (status, who) = (answer.status.as_u16(), credential.name());
            // No gateway is configured here: a code that would be sent is a 503.
            assert!(status != 500, "{route:?} with {who}: {status} {}", answer.text());
            let is_told = is_described(&document, &route, &answer);
            assert!(is_told, "not in the description: {route:?} {}", answer.text());
            let is_another = matches!(credential, Credential::OtherCustomer(_));
            if route.caller == Caller::Customer && !is_another {
                let refused = if route.path.starts_with("/c/") { [400, 404] } else { [401, 404] };
                assert!(
                    refused.contains(&status),
                    "{route:?} with {credential:?}: {status} {}",
                    answer.text()
                );
            }
        }
    }
    assert_eq!(recorded(&server, &target.case).await, [0; 5], "somebody acted for the customer");
    // The same requests do act for the customer whose token it is.
    let [consents, acts, ..] = recorded(&server, &other.case).await;
    assert_eq!((consents, acts), (2, 1));
}
