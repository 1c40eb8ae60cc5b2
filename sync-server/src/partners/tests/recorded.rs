//! A lab that plays a recording, as a server sees it.

use jiff::SignedDuration;
use serde_json::{Value, json};

use super::{CLEAN_ID, Setting, application, check, key, token};
use crate::partners::{FunderAnswer, Partner, PartnerFailure, Unavailable, tape::FORMAT};

fn file(partner: &str, lines: &[Value]) -> String {
    let head = json!({"format": FORMAT, "partner": partner, "answers": lines.len()});
    let lines: Vec<String> = [&[head], lines].concat().iter().map(Value::to_string).collect();
    lines.join("\n")
}

fn body(kind: &str, body: &Value, as_asked: &[&str]) -> Value {
    json!({"kind": kind, "ms": 9, "says": "body", "body": body.to_string(), "as_asked": as_asked})
}

#[tokio::test]
async fn what_went_wrong_goes_wrong_again_and_then_all_is_as_usual() {
    let says = |says: &str| json!({"kind": "real_name", "ms": 9, "says": says});
    let mut refused = says("status");
    (refused["status"], refused["code"]) = (json!(422), json!("no_such_person"));
    let mut failing = says("status");
    failing["status"] = json!(503);
    let found = body("real_name", &json!({"reference": "r-1", "outcome": "not_found"}), &[]);
    let lines = [found, refused, failing, says("cut"), says("media_type"), says("too_long")];
    let setting = Setting::with(|lab| lab.reel.add(&file("realname", &lines)).unwrap()).await;
    let ask = async |n: usize| {
        let (key, check) = (key(&n.to_string()), check(CLEAN_ID, "王小明", true));
        let answer = setting.partners.check_real_name(&key, None, &check);
        answer.await.map(|answer| format!("{:?}", answer.outcome))
    };
    let expected = [
        Ok("NotFound".to_owned()),
        Err(PartnerFailure::Refused { status: 422, code: "no_such_person".into() }),
        Err(PartnerFailure::Unavailable(Unavailable::Status(503))),
        Err(PartnerFailure::Unavailable(Unavailable::Broken)),
        Err(PartnerFailure::Malformed { what: "media_type" }),
        Err(PartnerFailure::Malformed { what: "too_large" }),
        Ok("Match".to_owned()),
    ];
    for (n, expected) in expected.into_iter().enumerate() {
        assert_eq!(ask(n).await, expected, "{n}");
        // Long enough for the breaker to let the next one through.
        setting.clock.advance(SignedDuration::from_secs(60));
    }
    // Whoever asks again under the same key hears the same again.
    assert_eq!(ask(0).await, Ok("NotFound".to_owned()));
}

#[tokio::test]
async fn a_funder_agrees_to_the_terms_of_now_where_it_agreed_to_those_of_then() {
    let terms = json!({"currency": "CNY", "amount_fen": 1, "down_payment_fen": 2, "term_months": 3, "annual_rate": "0.5"});
    let all = ["currency", "amount_fen", "down_payment_fen", "term_months", "annual_rate"]
        .map(|part| format!("/terms/{part}"));
    let all = all.each_ref().map(String::as_str);
    let pending =
        json!({"outcome": "pending", "reference": "fd-1", "callback": false, "expected_within_s": 5});
    let approved = json!({"outcome": "approved", "reference": "fd-2", "terms": terms});
    let offered = json!({"outcome": "counter_offer", "reference": "fd-3", "terms": terms});
    let lines = [
        body("application", &pending, &[]),
        body("application", &approved, &all),
        body("application", &approved, &all[..3]),
        body("application", &offered, &all[..1]),
        body("application_later", &approved, &all),
    ];
    let setting = Setting::with(|lab| lab.reel.add(&file("funders/quick", &lines)).unwrap()).await;
    let of = |price| application(price);
    let asked = of(12_000_000);
    let FunderAnswer::Pending { reference, .. } = setting.ask("quick", &asked).await.unwrap() else {
        panic!()
    };
    // The same application is another question for each key: keys follow from the case.
    let other = |n: usize| {
        let mut application = of(12_000_000);
        application.application = token(&format!("case-{n}"));
        application
    };
    let yes = setting.ask("quick", &other(2)).await;
    assert!(matches!(yes, Ok(FunderAnswer::Approved { terms, .. }) if terms == asked.terms));
    assert_eq!(
        setting.ask("quick", &other(3)).await,
        Err(PartnerFailure::WrongAmount { what: "term_months" })
    );
    let counter = setting.ask("quick", &other(4)).await;
    assert!(matches!(counter, Ok(FunderAnswer::CounterOffer { terms, .. }) if terms.amount_fen == 1));
    let by_now = setting.partners.funder_answer(&token("quick"), &reference, None, &asked.terms).await;
    assert!(matches!(by_now, Ok(FunderAnswer::Approved { terms, .. }) if terms == asked.terms));
    // Test calls are no part of it.
    assert!(setting.partners.ask_test(&Partner::Funder(token("quick")), &key("test")).await.is_ok());
}
