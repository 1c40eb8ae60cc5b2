//! A flow with a counter-offer goes live: whoever asks for too much sees other terms beside their own, and accepts or
//! refuses them.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use reqwest::Method;
use serde_json::{Value, json};
use tests::browser::{Browser, Look, Screen};
use tests::world::{Customer, Desk, Lab, Server, demo_offer, in_a_hurry};

const PHONE: Screen = Screen { width: 360, height: 740, scale: 2.0, mobile: true };

/// The new-car loan from now on proposes less to whoever wants more than 50,000 yuan.
async fn counter_offers_are_made(server: &Server) {
    let (designer, approver) =
        (Desk::of(server, "designer").await.unwrap(), Desk::of(server, "approver").await.unwrap());
    let change = |file: &mut Value| {
        let blocks = &mut file["blocks"];
        blocks["counter"] = json!({
            "kind": "counter-offer",
            "params": {"min_less_percent": 20, "max_less_percent": 40, "most_down_payment_percent": 60},
            "next": {"offered": "funder", "none": "end_no_plan", "error": "offer_review"},
            "at": [2080, 420],
        });
        let rules = blocks["policy"]["params"]["table"]["rules"].as_array_mut().unwrap();
        let large = rules.iter_mut().find(|row| row["reason"] == "'amount_large'").unwrap();
        large["amount"] = json!("> 5000000");
        large["outcome"] = json!("'less'");
        blocks["policy"]["next"]["less"] = json!("counter");
    };
    let version = designer.hand_in(change, "Offers other terms where none fit.").await.unwrap();
    for (step, body) in [("decide", json!({"approve": true})), ("release", json!({"share_percent": 100}))] {
        let path = format!("/api/v1/flows/versions/{version}/{step}");
        approver.done(Method::POST, &path, &body).await.unwrap();
    }
}

/// Wants more than the process gives at once.
fn much() -> Value {
    demo_offer().unwrap()
}

/// Wants no more than that.
fn little() -> Value {
    let mut offer = demo_offer().unwrap();
    offer["down_payment_fen"] = json!(8_200_000);
    offer
}

/// Codes go to the number that the offer names.
async fn customer(server: &Server, offer: Value) -> Customer {
    let phone = offer["phone"].as_str().unwrap().to_owned();
    Customer::new(server, offer, &phone).await.unwrap()
}

fn outcome<'a>(view: &'a Value, block: &str) -> &'a str {
    let steps = view["steps"].as_array().unwrap();
    steps
        .iter()
        .rev()
        .find(|step| step["block"] == block)
        .map_or("", |step| step["outcome"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn other_terms_are_proposed_and_the_customer_accepts_or_refuses_them() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    counter_offers_are_made(&server).await;

    // Accepted: disclosed and signed on the terms that were proposed.
    let mut accepts = customer(&server, much()).await;
    let view = accepts.walk(|view| view["page"] == "offer").await.unwrap();
    assert_eq!(view["page"], "offer", "{view}");
    assert_eq!((outcome(&view, "policy"), outcome(&view, "counter")), ("less", "offered"));
    let (_, page) = accepts.page().await.unwrap();
    for words in ["您的要求", "¥90,860", "¥72,600", "按审核结果"] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let signed = accepts.walk(|_| false).await.unwrap();
    assert_eq!(signed["decision"], "approved", "{signed}");
    assert_eq!(outcome(&signed, "disclose"), "confirmed");

    // Refused, by a program: the same act again is the same act, other terms than those shown are not refused.
    let mut refuses = customer(&server, much()).await;
    let view = refuses.walk(|view| view["page"] == "offer").await.unwrap();
    let stale = json!({"act_id": "no-1", "terms_sha256": "0".repeat(64)});
    assert_eq!(refuses.post("refusal", &stale).await.unwrap().code(), "terms_changed");
    let no = json!({"act_id": "no-2", "terms_sha256": view["terms_sha256"]});
    for _ in 0..2 {
        assert_eq!(refuses.post("refusal", &no).await.unwrap().status, 204);
    }
    let reused = json!({"act_id": "no-2", "terms_sha256": "1".repeat(64)});
    assert_eq!(refuses.post("refusal", &reused).await.unwrap().code(), "act_reused");
    let view = refuses.view().await.unwrap();
    assert_eq!((&view["decision"], &view["reason"]), (&json!("declined"), &json!("customer_refused")));
    assert_eq!(outcome(&view, "disclose"), "refused");
    let late = json!({"act_id": "no-3", "terms_sha256": view["terms_sha256"]});
    assert_eq!(refuses.post("acceptance", &late).await.unwrap().code(), "not_now");

    // Whoever asks for less sees no counter-offer.
    let mut usual = customer(&server, little()).await;
    let view = usual.walk(|view| view["page"] == "offer").await.unwrap();
    assert_eq!((outcome(&view, "plan"), outcome(&view, "counter")), ("found", ""));
    assert!(!usual.page().await.unwrap().1.contains("您的要求"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_without_javascript_sees_both_terms_and_refuses() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    counter_offers_are_made(&server).await;
    let mut refuses = customer(&server, much()).await;
    let url = refuses.url();
    refuses.walk(|view| view["page"] == "offer").await.unwrap();

    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("c-counter-offer").dark_too();
    let page = browser.page(PHONE).await.unwrap();
    page.scripts(false).await.unwrap();
    page.goto(&url).await.unwrap();
    page.wait_for("table.changes").await.unwrap();
    look.at(&page, "zh").await.unwrap();
    page.goto(&format!("{url}?lang=en")).await.unwrap();
    page.wait_text("You asked for").await.unwrap();
    look.at(&page, "en").await.unwrap();
    page.click("details:has(form[action$='/refuse-offer']) summary").await.unwrap();
    look.at(&page, "en-refuse").await.unwrap();
    page.click("form[action$='/refuse-offer'] button").await.unwrap();
    page.wait_text("You refused the plan").await.unwrap();
    look.at(&page, "en-refused").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
    let view = refuses.view().await.unwrap();
    assert_eq!((&view["decision"], outcome(&view, "disclose")), (&json!("declined"), "refused"));
}
