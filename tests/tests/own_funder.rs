//! A funder that a company adds itself, from the form to a signed contract: it answers in words of its own.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::sync::{Arc, Mutex};

use axum::{
    Json, Router,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use serde_json::{Value, json};
use tests::world::{Customer, Desk, Lab, Server, Who, demo_offer, http, in_a_hurry};
use tokio::net::TcpListener;

const KEY: &str = "what-the-lakeside-bank-knows-us-by";

/// A bank that counts in yuan and percent and has names of its own for everything.
#[derive(Clone, Default)]
struct Bank {
    asked: Arc<Mutex<Vec<(Value, String)>>>,
}

impl Bank {
    async fn opens(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}/auto", listener.local_addr().unwrap());
        let routes = Router::new().route("/auto/v1/applications", post(decide)).with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        address
    }

    fn asked(&self) -> Vec<(Value, String)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn decide(
    State(bank): State<Bank>,
    headers: HeaderMap,
    Json(asked): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let key = headers["authorization"].to_str().unwrap().to_owned();
    bank.asked.lock().unwrap().push((asked.clone(), key));
    (StatusCode::OK, Json(yes(&asked["terms"])))
}

/// Yes to these terms, as the bank says it.
fn yes(terms: &Value) -> Value {
    let fen = terms["amount_fen"].as_i64().unwrap();
    let rate: f64 = terms["annual_rate"].as_str().unwrap().parse().unwrap();
    json!({"head": {"code": 0}, "body": {"result": "PASS", "orderNo": 20_261_127_001_u64,
        "loan": {"amt": format!("{}.{:02}", fen / 100, fen % 100), "periods": terms["term_months"],
            "yearRate": format!("{:.4}", rate * 100.0)}}})
}

fn particulars(address: &str) -> Vec<(&str, &str)> {
    vec![
        ("name_zh", "湖畔银行"),
        ("name_en", "Lakeside Bank"),
        ("legal_name", "湖畔银行股份有限公司"),
        ("credit_code", "91330000MA0000021X"),
        ("registered", "杭州市西湖区湖畔路 1 号"),
        ("phone", "400-000-0121"),
        ("address", address),
        ("api_key", KEY),
        ("timeout_ms", "3000"),
        ("product-loan", "1"),
        ("amount_min", "10000"),
        ("amount_max", "500000"),
        ("months", "12, 24, 36, 48, 60"),
        ("min_down_payment", "0"),
        ("min_rate", "1"),
        ("max_rate", "8.99"),
        ("daily_quota", "200"),
        ("condition-new", "1"),
        ("grade-A", "1"),
        ("grade-B", "1"),
        ("grade-C", "1"),
        ("max_age_at_end", "70"),
        ("day1", "1"),
        ("day2", "1"),
        ("day3", "1"),
        ("day4", "1"),
        ("day5", "1"),
        ("day6", "1"),
        ("day7", "1"),
        ("from", "00:00"),
        ("to", "00:00"),
    ]
}

/// Adds the funder; its page.
async fn added(desk: &Desk, address: &str) -> String {
    let here = "/office/partners/new";
    let (status, page) = desk.send_form(here, here, &particulars(address)).await.unwrap();
    assert_eq!(status, 200, "{page}");
    let slug = page.split("funders.own-").nth(1).unwrap().split(['/', '"', '?']).next().unwrap();
    format!("/office/partners/funders.own-{slug}")
}

async fn mapped(desk: &Desk, page: &str, changes: &[(&'static str, &'static str)]) -> String {
    let terms = json!({"amount_fen": 9_980_050, "term_months": 36, "annual_rate": "0.0699"});
    let no = json!({"head": {"code": 0}, "body": {"result": "REJECT", "orderNo": "R-1", "refuse": "R07"}});
    let (yes, no) = (yes(&terms).to_string(), no.to_string());
    let mut fields = vec![
        ("speaks", "its"),
        ("at-outcome", "/body/result"),
        ("at-reference", "/body/orderNo"),
        ("at-amount", "/body/loan/amt"),
        ("at-months", "/body/loan/periods"),
        ("at-rate", "/body/loan/yearRate"),
        ("at-reason", "/body/refuse"),
        ("words-approved", "PASS"),
        ("words-declined", "REJECT"),
        ("money", "yuan"),
        ("rate", "percent"),
        ("sample-1", yes.as_str()),
        ("says-1", "approved"),
        ("sample-2", no.as_str()),
        ("says-2", "declined"),
        ("do", "keep"),
    ];
    fields.retain(|(name, _)| changes.iter().all(|(changed, _)| changed != name));
    fields.extend(changes);
    let here = format!("{page}/mapping");
    let shown = desk.page(&here).await.unwrap();
    let number = shown.split("name=\"number\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    fields.push(("number", number));
    desk.led_to(&here, &here, &fields).await.unwrap()
}

async fn switched(desk: &Desk, page: &str, number: &str, state: &str) -> u16 {
    let change = [("number", number), ("state", state), ("reason", "合作协议已签，先试一周。")];
    desk.send_form(page, &format!("{page}/change"), &change).await.unwrap().0
}

/// What becomes of a new customer.
async fn signed(server: &Server, phone: &str) -> Value {
    let mut customer = Customer::new(server, demo_offer().unwrap(), phone).await.unwrap();
    customer.walk(|_| false).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bank_with_words_of_its_own_comes_in_by_a_form_and_signs() {
    let (lab, bank) = (Lab::start().unwrap(), Bank::default());
    let mut server = lab.serves(in_a_hurry()).start().await.unwrap();
    let desk = Desk::of(&server, "controller").await.unwrap();
    let page = added(&desk, &bank.opens().await).await;

    // While it is a draft nobody is told of it or asks it, and wrong words do not get it any further.
    let view = signed(&server, "13800000901").await;
    assert_eq!((view["decision"].as_str(), bank.asked().len()), (Some("approved"), 0), "{view}");
    assert_eq!(switched(&desk, &page, "0", "open").await, 422);
    let kept = mapped(&desk, &page, &[("words-approved", "YES")]).await;
    assert!(kept.ends_with("done=unmapped"), "{kept}");
    assert_eq!(switched(&desk, &page, "0", "open").await, 422, "a yes is not read");

    // With its own words it is tested; the preview says whom it takes over, and it is switched on.
    let _waiting = Customer::new(&server, demo_offer().unwrap(), "13800000902").await.unwrap();
    let kept = mapped(&desk, &page, &[]).await;
    assert!(kept.ends_with("done=mapped"), "{kept}");
    let preview = desk.page(&format!("{page}/change?state=open")).await.unwrap();
    assert!(preview.contains("湖畔银行") && preview.contains("现在优先"), "{preview}");
    assert_eq!(switched(&desk, &page, "0", "open").await, 303);

    // A crash in between changes nothing.
    server.kill_server().await.unwrap();
    server.restart().await.unwrap();

    // A new customer consents to it by name, it is asked first, its yes is read, and the contract names it in full.
    let (phone, mut offer) = ("13800000903", demo_offer().unwrap());
    offer["phone"] = json!(phone);
    let link = server.new_link(&offer).await.unwrap();
    let mut customer = Customer::of(&link.url, &server.lab_url, phone, Who::sample()).unwrap();
    customer.walk(|view| view["page"] == "consent-partners").await.unwrap();
    let consents = customer.page().await.unwrap().1;
    assert!(consents.contains("湖畔银行"), "{consents}");
    customer.walk(|view| view["page"] == "code").await.unwrap();
    let contract = http().unwrap().get(format!("{}/contract", link.url)).send().await.unwrap();
    let contract = contract.text().await.unwrap();
    for named in ["湖畔银行股份有限公司", "400-000-0121"] {
        assert!(contract.contains(named), "{named}: {contract}");
    }
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!((view["decision"].as_str(), view["reason"].as_str()), (Some("approved"), Some("signed")));
    assert!(view["contract_sha256"].is_string(), "{view}");
    let asked = bank.asked();
    assert_eq!(asked.len(), 1, "{view}");
    let (question, key) = &asked[0];
    assert_eq!((key.as_str(), &question["used"]), (format!("Bearer {KEY}").as_str(), &json!(false)));

    // Paused, it gets nothing; retired, its cases go on naming it.
    let desk = Desk::of(&server, "controller").await.unwrap();
    assert_eq!(switched(&desk, &page, "1", "paused").await, 303);
    let view = signed(&server, "13800000904").await;
    assert_eq!((view["decision"].as_str(), bank.asked().len()), (Some("approved"), 1), "{view}");
    let (status, _) = desk.send_form(&page, &format!("{page}/retire"), &[]).await.unwrap();
    assert_eq!(status, 303);
    let reviewer = Desk::of(&server, "reviewer").await.unwrap();
    let case = reviewer.page(&format!("/office/cases/{}", link.case)).await.unwrap();
    assert!(case.contains("湖畔银行"), "{case}");
    assert!(!server.log().contains(KEY), "the key is in the log");
}
