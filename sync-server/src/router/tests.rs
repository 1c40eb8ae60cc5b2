//! Every route × every credential: nobody gets anywhere with somebody else's.

use std::collections::HashSet;

use axum::{
    body::Body,
    http::{Request, header},
};
use serde_json::Value;
use shared::domain::Role;

use super::{Caller, Route, description, table};
use crate::testing::{Answer, TestServer};

#[derive(Debug, Clone)]
enum Credential {
    Nobody,
    Staff(Role, String),
    Program(String),
    /// A token that is no link's.
    Stranger,
}

impl Credential {
    fn name(&self) -> String {
        match self {
            Self::Staff(role, _) => role.code().to_owned(),
            other => format!("{other:?}"),
        }
    }
}

/// Routes of staff that need no session.
const SIGN_IN: &str = "/office/sign-in";
/// Ends the session that it is called with.
const END_SESSION: &str = "/api/v1/devices/session";

async fn credentials(server: &TestServer) -> Vec<Credential> {
    let mut all = vec![Credential::Nobody, Credential::Stranger, Credential::Program(server.api_key().await)];
    for role in Role::ALL {
        let login = role.code().replace('_', "-");
        server.account(&login, &[role]).await;
        all.push(Credential::Staff(role, server.sign_in(&login).await));
    }
    all
}

fn request(route: &Route, credential: &Credential) -> Request<Body> {
    let unknown = "7".repeat(32);
    let id = "7zzzzzzzzzzzzzzzzzzzzzzzzz";
    let path = route
        .path
        .replace("{token}", &unknown)
        .replace("{link}", id)
        .replace("{id}", id)
        .replace("{case}", id)
        .replace("{account}", id)
        .replace("{device}", id)
        .replace("{draft}", id)
        .replace("{entry}", id)
        .replace("{filter}", id)
        .replace("{webhook}", id)
        .replace("{message}", id)
        .replace("{recording}", id)
        .replace("{hash}", &"7".repeat(64))
        .replace("{key}", "77777777777777777");
    let path = path.replace("{*name}", "none").replace("{*path}", "none").replace("{partner}", "none");
    assert!(!path.contains('{'), "fill in the placeholder of {path}");
    let request = Request::builder().method(route.method).uri(path);
    let request = match credential {
        Credential::Nobody => request,
        Credential::Stranger => request.header(header::AUTHORIZATION, format!("Bearer {unknown}")),
        Credential::Program(key) => request.header(header::AUTHORIZATION, format!("Bearer {key}")),
        Credential::Staff(_, cookie) => request.header(header::COOKIE, cookie),
    };
    request.header(header::CONTENT_TYPE, "application/json").body(Body::from("{}")).unwrap()
}

/// The statuses that this credential may meet on this route.
fn allowed(route: &Route, credential: &Credential) -> &'static [u16] {
    match (route.caller, credential) {
        (Caller::Anyone, _) if route.path == "/advisor" => &[308],
        (Caller::Anyone, _) => &[200, 404],
        (Caller::Staff, _) if route.path == SIGN_IN => &[200, 303, 415, 422],
        (Caller::Staff, Credential::Staff(..)) => &[200, 303, 403, 404, 415, 422],
        (Caller::Staff, _) => &[303, 401],
        (Caller::Program, Credential::Program(_)) => &[200, 404, 422],
        (Caller::Program, Credential::Staff(..)) => &[200, 403, 404, 422],
        (Caller::Program, _) => &[401],
        // Nobody here is a customer. A page's form may be refused for its shape before its token is looked at.
        (Caller::Customer, _) if route.path.starts_with("/c/") => &[400, 404, 415, 422],
        (Caller::Customer, _) => &[401, 404],
        (Caller::Partner, _) => &[401, 404],
        (Caller::Designer | Caller::ListKeeper, Credential::Staff(..)) => &[200, 403, 404, 422],
        (Caller::Designer | Caller::ListKeeper, _) => &[401],
        // Not a WebSocket: nothing was asked that could be refused.
        (Caller::Device, _) if route.path == "/sync" => &[426],
        (Caller::Device, Credential::Staff(..)) => &[200, 403, 404, 422],
        (Caller::Device, _) => &[401],
    }
}

/// Whether the description names the refusal with its code. Pages are not described.
pub(super) fn is_described(document: &Value, route: &Route, answer: &Answer) -> bool {
    let operation = &document["paths"][&route.path][route.method.to_lowercase()];
    let is_silent = operation.is_null() || route.method == "HEAD";
    if is_silent || answer.status.as_u16() < 400 {
        return true;
    }
    let content = &operation["responses"][answer.status.as_str()]["content"]["application/problem+json"];
    let code = answer.json()["code"].as_str().unwrap_or_default().to_owned();
    content["examples"].get(&code).is_some()
}

#[tokio::test]
async fn nobody_gets_anywhere_with_somebody_elses_credential() {
    let server = TestServer::start().await;
    let (credentials, document) = (credentials(&server).await, description());
    for route in table() {
        for credential in &credentials {
            // It would end the session that the other routes are tried with; see the next test.
            if route.path == END_SESSION && matches!(credential, Credential::Staff(..)) {
                continue;
            }
            // Whoever tries every route one after the other would be asked to wait.
            server.clock.advance(jiff::SignedDuration::from_secs(1));
            let answer = server.send(request(&route, credential)).await;
            let status = answer.status.as_u16();
            let (fine, who) = (allowed(&route, credential).contains(&status), credential.name());
            assert!(fine, "{} {} with {who}: {status} {}", route.method, route.path, answer.text());
            let is_told = is_described(&document, &route, &answer);
            assert!(is_told, "not in the description: {} {} {}", route.method, route.path, answer.text());
        }
    }
}

#[tokio::test]
async fn a_program_in_a_browser_ends_its_own_session() {
    let server = TestServer::start().await;
    server.account(Role::Advisor.code(), &[Role::Advisor]).await;
    let credential = Credential::Staff(Role::Advisor, server.sign_in(Role::Advisor.code()).await);
    let route = |method, path: &str| Route { caller: Caller::Device, method, path: path.to_owned() };
    let devices = route("GET", "/api/v1/devices");
    assert_eq!(server.send(request(&devices, &credential)).await.status.as_u16(), 200);
    let end = request(&route("DELETE", END_SESSION), &credential);
    assert_eq!(server.send(end).await.status.as_u16(), 204);
    assert_eq!(server.send(request(&devices, &credential)).await.status.as_u16(), 401);
}

#[tokio::test]
async fn the_operator_and_other_roles_without_it_make_no_links() {
    let server = TestServer::start().await;
    for (role, status) in [
        (Role::Advisor, 422),
        (Role::Manager, 422),
        (Role::Operator, 403),
        (Role::Reviewer, 403),
        (Role::Designer, 403),
    ] {
        server.account(role.code(), &[role]).await;
        let credential = Credential::Staff(role, server.sign_in(role.code()).await);
        let route = Route { caller: Caller::Program, method: "POST", path: "/api/v1/links".to_owned() };
        assert_eq!(server.send(request(&route, &credential)).await.status.as_u16(), status, "{role:?}");
    }
}

#[test]
fn a_route_belongs_to_one_group() {
    let all = table();
    let distinct: HashSet<(&str, &str)> =
        all.iter().map(|route| (route.method, route.path.as_str())).collect();
    assert_eq!(distinct.len(), all.len());
    assert!(all.iter().any(|route| route.caller == Caller::Staff && route.path == SIGN_IN));
    for route in &all {
        let expected = match route.path.as_str() {
            path if path.starts_with("/c/") || path.starts_with("/files") => Caller::Customer,
            path if path.starts_with("/api/v1/customer/") => Caller::Customer,
            path if path.starts_with("/api/v1/webhooks/partners") => Caller::Partner,
            path if path.starts_with("/api/v1/flows") => Caller::Designer,
            path if path.starts_with("/api/v1/blacklist") => Caller::ListKeeper,
            path if path.starts_with("/api/v1/devices") || path == "/sync" => Caller::Device,
            path if path.starts_with("/api/v1/") => Caller::Program,
            // The designer's program holds nobody's data; its page is for staff.
            path if path.starts_with("/office/designer/") => Caller::Anyone,
            path if path.starts_with("/office") => Caller::Staff,
            _ => Caller::Anyone,
        };
        assert_eq!(route.caller, expected, "{}", route.path);
    }
}

#[test]
fn the_description_names_programs_routes_and_no_pages() {
    let described = description();
    let paths = described["paths"].as_object().unwrap();
    assert!(paths.contains_key("/healthz"));
    for path in paths.keys() {
        assert!(!path.starts_with("/c/") && !path.starts_with("/office"), "{path}");
    }
}
