use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use jiff::SignedDuration;
use shared::domain::Role;

use crate::{
    audit,
    problem::Problem,
    testing::{Answer, PASSWORD, TestServer, post_form},
};

fn with_cookie(path: &str, cookie: &str) -> Request<Body> {
    Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).unwrap()
}

/// The hidden value that the page's forms carry.
fn form_id(page: &Answer) -> String {
    let text = page.text();
    let field = text.split("<input").find(|field| field.contains("name=\"form_id\"")).unwrap();
    let value = field.split("value=\"").nth(1).unwrap();
    value.split('"').next().unwrap().to_owned()
}

async fn server() -> TestServer {
    let server = TestServer::start().await;
    server.account("li.lei", &[Role::Operator]).await;
    server
}

#[tokio::test]
async fn signing_in_begins_a_session_and_signing_out_ends_it() {
    let server = server().await;
    let answer = server.try_to_sign_in("Li.Lei", PASSWORD).await;
    assert_eq!((answer.status, answer.header(header::LOCATION)), (StatusCode::SEE_OTHER, "/office/"));
    let set = answer.header(header::SET_COOKIE);
    assert!(set.starts_with("__Host-session="), "{set}");
    for attribute in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(set.contains(attribute), "{set}");
    }
    let cookie = answer.cookie();
    let home = server.send(with_cookie("/office/", &cookie)).await;
    assert_eq!(home.status, StatusCode::OK);
    assert!(home.text().contains("li.lei") && home.text().contains("测试"), "{}", home.text());

    let form = format!("form_id={}", form_id(&home));
    let mut out = post_form("/office/sign-out", &form);
    out.headers_mut().insert(header::COOKIE, cookie.parse().unwrap());
    assert_eq!(server.send(out).await.status, StatusCode::SEE_OTHER);
    assert_eq!(server.send(with_cookie("/office/", &cookie)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn without_a_session_a_page_leads_to_sign_in_and_back() {
    let server = server().await;
    let answer = server.get("/office/").await;
    assert_eq!(answer.header(header::LOCATION), "/office/sign-in?next=/office/");
    let form = format!("user=li.lei&password={}&next=/office/queue", PASSWORD.replace(' ', "+"));
    let answer = server.send(post_form("/office/sign-in", &form)).await;
    assert_eq!(answer.header(header::LOCATION), "/office/queue");
}

#[tokio::test]
async fn wrong_names_and_wrong_passwords_get_the_same_answer() {
    let server = server().await;
    let plain = |answer: Answer| answer.text().replace("li.lei", "NAME").replace("nobody", "NAME");
    let wrong = server.try_to_sign_in("li.lei", "wrong").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(wrong.header(header::SET_COOKIE), "");
    assert_eq!(plain(wrong), plain(server.try_to_sign_in("nobody", "wrong").await));
}

#[tokio::test]
async fn guessing_pauses_an_account_for_a_while() {
    let server = server().await;
    for _ in 0..5 {
        server.try_to_sign_in("li.lei", "wrong").await;
    }
    let refused = server.try_to_sign_in("li.lei", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    server.clock.advance(SignedDuration::from_secs(31));
    server.sign_in("li.lei").await;
    server.try_to_sign_in("li.lei", "wrong").await;
    server.sign_in("li.lei").await;
}

#[tokio::test]
async fn guessing_from_one_address_is_slowed_down() {
    let server = server().await;
    let limit = server.app.config.sign_ins_per_minute_address;
    for n in 0..limit {
        assert_ne!(
            server.try_to_sign_in(&format!("user{n}"), "wrong").await.status,
            StatusCode::TOO_MANY_REQUESTS
        );
    }
    assert_eq!(server.try_to_sign_in("li.lei", PASSWORD).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_session_ends_by_itself_and_with_its_account() {
    let server = server().await;
    let cookie = server.sign_in("li.lei").await;
    server.clock.advance(SignedDuration::from_hours(13));
    assert_eq!(server.send(with_cookie("/office/", &cookie)).await.status, StatusCode::SEE_OTHER);

    let cookie = server.sign_in("li.lei").await;
    let close = |conn: &rusqlite::Connection| {
        Ok::<_, Problem>(conn.execute("UPDATE accounts SET disabled_at = 1", [])?)
    };
    server.app.store.write(close).await.unwrap();
    assert_eq!(server.send(with_cookie("/office/", &cookie)).await.status, StatusCode::SEE_OTHER);
    let refused = server.try_to_sign_in("li.lei", PASSWORD).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn forms_from_elsewhere_change_nothing() {
    let server = server().await;
    let cookie = server.sign_in("li.lei").await;
    let home = server.send(with_cookie("/office/", &cookie)).await;
    let own = format!("form_id={}", form_id(&home));
    let forged = format!("form_id={}.0123456789abcdef", "A".repeat(22));
    for (form, origin, site, code) in [
        (own.as_str(), "https://evil.example", "cross-site", "cross_site"),
        (own.as_str(), "null", "cross-site", "cross_site"),
        (own.as_str(), "http://localhost:1", "same-site", "cross_site"),
        (forged.as_str(), "http://localhost", "same-origin", "form_outdated"),
        ("form_id=", "http://localhost", "same-origin", "form_outdated"),
        ("", "http://localhost", "same-origin", "form_outdated"),
    ] {
        let mut request = post_form("/office/sign-out", form);
        for (name, value) in
            [("cookie", cookie.as_str()), ("origin", origin), ("sec-fetch-site", site), ("host", "localhost")]
        {
            request.headers_mut().insert(header::HeaderName::from_static(name), value.parse().unwrap());
        }
        let answer = server.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.json()["code"].as_str()),
            (403, Some(code)),
            "{form} {origin}"
        );
    }
    assert_eq!(server.send(with_cookie("/office/", &cookie)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn passwords_and_sessions_are_not_in_the_database_and_all_is_audited() {
    let server = server().await;
    let cookie = server.sign_in("li.lei").await;
    server.try_to_sign_in("li.lei", "wrong-planted").await;
    let secret = cookie.split_once('=').unwrap().1.to_owned();
    let (actions, broken) = server
        .app
        .store
        .read(move |conn| {
            let mut rows = conn.prepare("SELECT action FROM audit ORDER BY seq")?;
            let actions: Vec<String> = rows.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
            Ok::<_, Problem>((actions, audit::verify(conn)?))
        })
        .await
        .unwrap();
    assert_eq!(broken, None);
    let expected =
        ["tenant.made", "tenant.company", "account.made", "account.signed_in", "account.sign_in_refused"];
    assert_eq!(actions.iter().filter(|action| !action.starts_with("flow.")).collect::<Vec<_>>(), expected);
    for file in std::fs::read_dir(server.app.store.folder()).unwrap() {
        let path = file.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for planted in [secret.as_str(), PASSWORD, "wrong-planted"] {
                let found = bytes.windows(planted.len()).any(|window| window == planted.as_bytes());
                assert!(!found, "{planted} in {}", path.display());
            }
        }
    }
}
