//! The life of an own funder, on a whole server in a folder of its own.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use reqwest::Url;
use serde_json::{Value, json};
use shared::{
    domain::{Lang, Role, TenantId},
    protocol::partners::funders::FunderDecision,
};

use super::{form, keep};
use crate::{
    config::{Config, PartnerTable},
    control_room::change::By,
    partners::{
        IdempotencyKey, Partner, PartnerFailure, Switch,
        webhooks::{self, WebhookSecret},
    },
    problem::Problem,
    testing::{Desk, PASSWORD, TestServer},
};

const KEY: &str = "a-key-for-the-lakeside-bank";

fn config() -> Config {
    let lab = json!({"lab": {"url": "http://127.0.0.1:1", "api_key": "key"}});
    let partners = PartnerTable::new(lab.as_object().unwrap().clone());
    Config { partners, undo_seconds: 0, ..Config::default() }
}

fn fields() -> BTreeMap<String, String> {
    let mut fields = form::usual();
    for (name, value) in [
        ("name_zh", "湖畔银行"),
        ("name_en", "Lakeside Bank"),
        ("legal_name", "湖畔银行股份有限公司"),
        ("credit_code", "91330000MA0000021X"),
        ("registered", "杭州市西湖区湖畔路 1 号"),
        ("phone", "400-000-0121"),
        ("address", "https://api.lakeside.example/auto/"),
        ("api_key", KEY),
    ] {
        fields.insert(name.to_owned(), value.to_owned());
    }
    fields
}

fn encoded<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut url = Url::parse("http://form/").unwrap();
    url.query_pairs_mut().extend_pairs(fields);
    url.query().unwrap_or_default().to_owned()
}

fn form_of(fields: &BTreeMap<String, String>) -> String {
    encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())))
}

/// Whether no text's key stands in place of the text; the funder's own key does.
fn has_all_texts(page: &str) -> bool {
    !page.replace("<code>own-lakeside", "").contains(">own-")
}

/// Adds the funder and answers its page's address.
async fn added(server: &TestServer, desk: &Desk<'_>) -> String {
    let answer = desk.post("/office/partners/new", &form_of(&fields())).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    assert!(answer.text().contains("whsec_"), "its secret is shown once");
    assert!(!answer.text().contains(KEY) && has_all_texts(&answer.text()), "{}", answer.text());
    let funders = server.app.products.funders_of(server.tenant);
    let (_, funder) = funders.own().next().unwrap();
    format!("/office/partners/funders.{}", funder.key)
}

/// A mapping into yuan and percent, and answers that it reads.
fn mapped() -> BTreeMap<String, String> {
    let yes = json!({"ret": "OK", "no": 17, "amt": 60000, "n": 36, "r": "8.88"});
    let no = json!({"ret": "NO", "no": 18, "why": "R01"});
    let fields = [
        ("speaks", "its".to_owned()),
        ("at-outcome", "/ret".to_owned()),
        ("at-reference", "/no".to_owned()),
        ("at-amount", "/amt".to_owned()),
        ("at-months", "/n".to_owned()),
        ("at-rate", "/r".to_owned()),
        ("at-reason", "/why".to_owned()),
        ("words-approved", "OK, PASS".to_owned()),
        ("words-declined", "NO".to_owned()),
        ("money", "yuan".to_owned()),
        ("rate", "percent".to_owned()),
        ("sample-1", yes.to_string()),
        ("says-1", "approved".to_owned()),
        ("sample-2", no.to_string()),
        ("says-2", "declined".to_owned()),
        ("number", "1".to_owned()),
        ("do", "keep".to_owned()),
    ];
    fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn with(mut fields: BTreeMap<String, String>, changes: &[(&str, &str)]) -> String {
    for (name, value) in changes {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    form_of(&fields)
}

async fn switch(desk: &Desk<'_>, page: &str, number: u32, state: &str) -> u16 {
    let fields = format!("number={number}&state={state}&reason=contract+signed");
    desk.post(&format!("{page}/change"), &fields).await.status.as_u16()
}

#[tokio::test]
async fn a_draft_is_switched_on_only_once_its_samples_are_read_and_matched_only_then() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    let page = added(&server, &desk).await;
    let named = |server: &TestServer| {
        let funders = server.app.products.funders_of(server.tenant);
        let matching =
            funders.matching().funders().iter().any(|funder| funder.legal_name.starts_with("湖畔"));
        let tried = funders.tried().funders().iter().any(|funder| funder.legal_name.starts_with("湖畔"));
        (matching, tried)
    };
    let partner = Partner::of_slug(page.rsplit('/').next().unwrap()).unwrap();
    let state = || server.app.partners.control(server.tenant, &partner).state;
    assert_eq!((named(&server), state()), ((false, false), Switch::Paused));
    assert!(desk.get("/office/partners").await.text().contains("湖畔银行"));

    // Untested, it cannot be switched on, nor by taking "the change" back.
    assert_eq!(switch(&desk, &page, 0, "open").await, 422);
    assert_eq!(switch(&desk, &page, 0, "draining").await, 422);
    assert_eq!(desk.post(&format!("{page}/reverse"), "number=0").await.status, 409);

    // A mapping that is not whole stays in the form; one that reads a sample otherwise is kept as a draft.
    let mapping = format!("{page}/mapping");
    let refused = desk.post(&mapping, &with(mapped(), &[("at-rate", ""), ("words-declined", "OK")])).await;
    assert_eq!(refused.status, 422);
    for part in ["at-rate-error", "words-declined-error", "value=\"/amt\""] {
        assert!(refused.text().contains(part), "{part}: {}", refused.text());
    }
    let tried = desk.post(&mapping, &with(mapped(), &[("do", "try"), ("at-amount", "/sum")])).await;
    assert!(tried.status.is_success() && tried.text().contains("这个位置没有内容"), "{}", tried.text());
    assert!(has_all_texts(&tried.text()), "{}", tried.text());
    let kept = desk.post(&mapping, &with(mapped(), &[("says-2", "approved")])).await;
    assert!(kept.header("location").ends_with("done=unmapped"));
    assert_eq!(switch(&desk, &page, 0, "open").await, 422, "a sample is read as something else");
    assert_eq!(
        desk.post(&mapping, &form_of(&mapped())).await.status,
        409,
        "somebody has changed it meanwhile"
    );
    let kept =
        desk.post(&mapping, &with(mapped(), &[("number", "2"), ("sample-2", ""), ("says-2", "")])).await;
    assert!(kept.header("location").ends_with("done=unmapped"), "no no among the samples");
    let kept = desk.post(&mapping, &with(mapped(), &[("number", "3")])).await;
    assert!(kept.header("location").ends_with("done=mapped"), "{}", kept.text());
    assert_eq!(named(&server), (false, true));
    assert!(desk.get(&mapping).await.text().contains("全部读对"));

    // Switching it on is the control room's, as for every partner.
    let preview = desk.get(&format!("{page}/change?state=open")).await;
    assert!(preview.status.is_success(), "{}", preview.text());
    assert_eq!(switch(&desk, &page, 0, "open").await, 303);
    assert_eq!((named(&server), state()), ((true, true), Switch::Open));

    // While it is open nothing of it is changed; paused, it is, and a start reads what stands.
    let terms = format!("{page}/terms");
    let change = |number: &'static str| {
        with(fields(), &[("number", number), ("phone", "400-000-0199"), ("api_key", "")])
    };
    assert_eq!(desk.post(&terms, &change("5")).await.status, 409);
    assert_eq!(switch(&desk, &page, 1, "paused").await, 303);
    assert_eq!(desk.post(&terms, &change("5")).await.status, 303);
    super::begin(&server.app).await.unwrap();
    let funders = server.app.products.funders_of(server.tenant);
    assert_eq!(funders.own().next().unwrap().1.phone, "400-000-0199");
    // A mapping that does not pass takes it out again, and its name stays.
    let kept =
        desk.post(&mapping, &with(mapped(), &[("number", "6"), ("money", "fen"), ("sample-1", "{}")])).await;
    assert!(kept.header("location").ends_with("done=unmapped"));
    assert_eq!((named(&server), switch(&desk, &page, 2, "open").await), ((false, false), 422));
    let key = partner.own_funder().unwrap().as_str();
    assert_eq!(server.app.products.funder_name(server.tenant, key, Lang::En), "Lakeside Bank");

    // Retired, it gets no new cases, however it is switched.
    assert_eq!(desk.post(&format!("{page}/retire"), "").await.status, 303);
    assert_eq!(desk.post(&format!("{page}/retire"), "").await.status, 409);
    assert_eq!((switch(&desk, &page, 2, "open").await, named(&server)), (303, (false, false)));
    assert_eq!(server.app.products.funder_name(server.tenant, key, Lang::Zh), "湖畔银行");

    // Everything is on record, with what was before, and the key nowhere.
    let audit = server.audit().await;
    let told: Vec<&str> =
        audit.iter().map(|row| row[1].as_str()).filter(|action| action.starts_with("partner.")).collect();
    let mapped = "partner.mapping_changed";
    let all = [
        "partner.added",
        mapped,
        mapped,
        mapped,
        "partner.changed",
        "partner.changed",
        "partner.terms_changed",
        mapped,
        "partner.retired",
        "partner.changed",
    ];
    assert_eq!(told, all);
    let terms = audit.iter().find(|row| row[1] == "partner.terms_changed").unwrap();
    let detail: Value = serde_json::from_str(&terms[3]).unwrap();
    assert_eq!(detail["before"]["terms"]["phone"], "400-000-0121");
    assert_eq!(detail["after"]["terms"]["phone"], "400-000-0199");
    assert!(!audit.iter().any(|row| row[3].contains(KEY)));
}

#[tokio::test]
async fn another_company_sees_nothing_of_it_and_cannot_call_it() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    let page = added(&server, &desk).await;
    let other = TenantId::from_bytes([9; 16]);
    server.make_tenant(other).await;
    server.account_of(other, "stranger", &[Role::Controller]).await;
    let stranger = server.desk_of("stranger", PASSWORD).await;
    assert!(!stranger.get("/office/partners").await.text().contains("湖畔"));
    for path in ["", "/terms", "/mapping", "/change?state=open"] {
        assert_eq!(stranger.get(&format!("{page}{path}")).await.status, 404, "{path}");
    }
    for (path, fields) in [
        ("/terms", form_of(&fields())),
        ("/mapping", form_of(&mapped())),
        ("/retire", String::new()),
        ("/test", String::new()),
        ("/change", "number=0&state=open&reason=r".to_owned()),
    ] {
        assert_eq!(stranger.post(&format!("{page}{path}"), &fields).await.status, 404, "{path}");
    }
    let partner = Partner::of_slug(page.rsplit('/').next().unwrap()).unwrap();
    let key = IdempotencyKey::mint("c", "b", 1, "p");
    let ask = async |partners: &crate::partners::Partners| partners.ask_test(&partner, &key).await;
    assert_eq!(ask(&server.app.partners.of(other)).await, Err(PartnerFailure::NotConfigured));
    assert_eq!(ask(&server.app.partners).await, Err(PartnerFailure::NotConfigured));
    let own = ask(&server.app.partners.of(server.tenant)).await;
    assert!(matches!(own, Err(ref failure) if failure.class() == "held"), "{own:?}");
    assert_eq!(server.app.products.funders_of(other).own().count(), 0);
    // Shipped partners stay everybody's, and no address of a shipped one leads to these pages.
    assert_eq!(desk.get("/office/partners/funders.huaxing-bank/terms").await.status, 404);
}

#[tokio::test]
async fn the_same_form_sent_twice_adds_one_and_a_hundred_are_enough() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    for _ in 0..2 {
        let answer = desk.post_form("/office/partners/new", &form_of(&fields()), "0011223344556677").await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }
    assert_eq!(server.app.products.funders_of(server.tenant).own().count(), 1);
    let entered = form::read(&fields(), &server.app.outgoing.guard(), true).unwrap();
    let (keys, random, tenant) = (server.app.keys.clone(), server.app.world.random.clone(), server.tenant);
    let by = By {
        tenant,
        account: shared::domain::AccountId::from_bytes([1; 16]),
        at: server.app.world.clock.now(),
        two_needed: false,
    };
    let fill = move |conn: &rusqlite::Connection| {
        for n in 1..keep::MAX_OWN {
            keep::add(conn, (&keys, &random), &by, &n.to_string(), entered.clone())?;
        }
        Ok::<_, Problem>(
            keep::add(conn, (&keys, &random), &by, "one more", entered).map(drop).map_err(|p| p.code),
        )
    };
    assert_eq!(server.app.store.write(fill).await.unwrap(), Err("own_funders_full"));
    super::begin(&server.app).await.unwrap();
    let funders = server.app.products.funders_of(tenant);
    let keys: std::collections::BTreeSet<_> = funders.own().map(|(_, funder)| funder.key.clone()).collect();
    assert_eq!(keys.len(), keep::MAX_OWN);
    // Nothing that the release ships begins as they do.
    let shipped = server.app.products.shipped_funders().funders();
    assert!(shipped.iter().all(|funder| !funder.key.as_str().starts_with(crate::partners::OWN)));
}

#[tokio::test]
async fn every_field_says_what_it_takes_and_keeps_what_was_typed() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    let empty = desk.get("/office/partners/new").await;
    assert!(has_all_texts(&empty.text()), "a text is missing: {}", empty.text());
    for (name, bad, field) in [
        ("name_zh", "", "name_zh"),
        ("name_en", "a\u{7}b", "name_en"),
        ("legal_name", " ", "legal_name"),
        ("credit_code", "9133", "credit_code"),
        ("registered", "", "registered"),
        ("phone", "", "phone"),
        ("product-loan", "", "products"),
        ("regions", "99", "regions"),
        ("amount_min", "0", "amount_min"),
        ("amount_min", "1.234", "amount_min"),
        ("amount_max", "9", "amount_max"),
        ("months", "0", "months"),
        ("months", "12, x", "months"),
        ("min_down_payment", "100", "min_down_payment"),
        ("max_age_months", "old", "max_age_months"),
        ("max_mileage_km", "-1", "max_mileage_km"),
        ("max_age_at_end", "17", "max_age_at_end"),
        ("min_rate", "5%", "min_rate"),
        ("max_rate", "4", "max_rate"),
        ("daily_quota", "0", "daily_quota"),
        ("from", "9", "hours"),
        ("address", "http://api.lakeside.example/", "address"),
        ("address", "https://10.0.0.7/", "address"),
        ("address", "https://[::ffff:169.254.169.254]/", "address"),
        ("address", "https://localhost.example/?x=1", "address"),
        ("address", "https://user:word@lakeside.example/", "address"),
        ("address", "http://127.0.0.1:9/", "address"),
        ("api_key", "", "api_key"),
        ("api_key", "two words", "api_key"),
        ("timeout_ms", "1", "timeout_ms"),
    ] {
        let answer = desk.post("/office/partners/new", &with(fields(), &[(name, bad)])).await;
        assert_eq!(answer.status, 422, "{name}={bad}");
        let text = answer.text();
        assert!(text.contains(&format!("id=\"{field}-error\"")), "{name}={bad}: {text}");
        assert!(text.contains("湖畔") && !text.contains(KEY) && has_all_texts(&text), "{name}={bad}: {text}");
    }
    assert_eq!(server.app.products.funders_of(server.tenant).own().count(), 0);
    // A new one like another begins with what that finances, and not with who it is.
    let like = desk.get("/office/partners/new?like=jiangnan-bank").await.text();
    assert!(
        like.contains("value=\"31, 32, 33, 34, 36\"") && !like.contains("江南样例银行股份有限公司"),
        "{like}"
    );
    // What is read goes into the form as it came out of it.
    let guard = server.app.outgoing.guard();
    let entered = form::read(&fields(), &guard, true).unwrap();
    assert_eq!(entered.terms.problem(), None);
    let mut again = form::like(&entered.terms);
    let identity =
        ["name_zh", "name_en", "legal_name", "credit_code", "registered", "phone", "address", "api_key"];
    for name in identity {
        again.insert(name.to_owned(), fields()[name].clone());
    }
    assert_eq!(form::read(&again, &guard, true).unwrap().terms, entered.terms);
}

#[tokio::test]
async fn samples_are_read_by_what_reads_live_answers_and_are_bounded() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    let page = added(&server, &desk).await;
    let mapping = format!("{page}/mapping");
    // Our own protocol needs no mapping, and samples all the same.
    let yes = json!(FunderDecision::LimitReached {
        reference: shared::protocol::partners::PartnerToken::nearest("f")
    });
    let ours =
        [("speaks", "ours"), ("sample-1", &yes.to_string()), ("says-1", "limit_reached"), ("do", "try")];
    let tried = desk.post(&mapping, &encoded(ours.into_iter().chain([("number", "1")]))).await;
    assert!(tried.text().contains("读对") && tried.text().contains("还不能开通"), "{}", tried.text());
    let large = "x".repeat(super::samples::MAX_SAMPLE_BYTES + 1);
    let refused = desk.post(&mapping, &with(mapped(), &[("sample-1", &large)])).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("sample-1-error"));
    let huge = "x".repeat(1024 * 1024);
    assert_eq!(desk.post(&mapping, &with(mapped(), &[("sample-1", &huge)])).await.status, 413);
}

#[tokio::test]
async fn its_callbacks_are_signed_with_its_own_secret_and_reach_its_own_companys_cases_only() {
    let shared = WebhookSecret::from_bytes([3; 32]);
    let setting = crate::config::Secret::new(String::from(shared.clone()));
    let server = TestServer::start_with(Config { webhook_secret: Some(setting), ..config() }).await;
    let other = TenantId::from_bytes([9; 16]);
    server.make_tenant(other).await;
    server.account_of(other, "stranger", &[Role::Controller]).await;
    let (desk, stranger) =
        (server.desk("steerer", &[Role::Controller]).await, server.desk_of("stranger", PASSWORD).await);
    added(&server, &desk).await;
    let answer = stranger.post("/office/partners/new", &form_of(&fields())).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let key_of = |tenant| {
        let funders = server.app.products.funders_of(tenant);
        let (_, funder) = funders.own().next().unwrap();
        funder.key.to_string()
    };
    let (own, theirs) = (key_of(server.tenant), key_of(other));
    assert_ne!(own, theirs);
    let case = server.new_case().await.case.to_string();
    let secret = |tenant, key: &str| keep::webhook_secret(&server.app.keys, tenant, key).unwrap();
    let call = async |funder: &str, secret: &WebhookSecret, id: &str| {
        let now = server.app.world.clock.now();
        let body = json!({"type": "funder.decision", "timestamp": now.to_string(), "data": {"funder": funder,
            "application": case, "reference": "f-1",
            "decision": {"outcome": "declined", "reference": "f-1", "reason": "policy"}}})
        .to_string();
        let request = Request::post(format!("/api/v1/webhooks/partners/{funder}"))
            .header(webhooks::WEBHOOK_ID, id)
            .header(webhooks::WEBHOOK_TIMESTAMP, now.as_second())
            .header(webhooks::WEBHOOK_SIGNATURE, webhooks::sign(secret, id, now, body.as_bytes()));
        server.send(request.body(Body::from(body)).unwrap()).await.status.as_u16()
    };
    assert_eq!(call(&own, &shared, "m1").await, 401, "the secret of other partners");
    assert_eq!(call(&own, &secret(other, &own), "m2").await, 401, "another company's key");
    assert_eq!(call(&theirs, &secret(other, &theirs), "m3").await, 404, "another company's case");
    assert_eq!(call("own-nobody", &shared, "m4").await, 401);
    assert_eq!(call(&own, &secret(server.tenant, &own), "m5").await, 204);
}
