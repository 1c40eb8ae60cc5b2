//! Faults of every kind, idempotency, breaker, bulkhead.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::{Value, json};
use shared::protocol::partners::{
    Masked,
    checks::{CreditStanding, RealNameOutcome, ValuationRequest},
};
use tokio::net::TcpListener;

use super::{CLEAN_ID, Setting, application, check, credit, key};
use crate::{
    partners::{
        BaseUrl, BreakerRule, BreakerState, Partner, PartnerFailure, Partners, PartnersConfig, Unavailable,
        latest_code,
    },
    world::World,
};

/// (fault, the client's result, how often the partner acted)
#[tokio::test]
async fn each_fault_has_its_result_and_never_acts_twice() {
    let status = |code| PartnerFailure::Unavailable(Unavailable::Status(code));
    let rows = [
        ("hang", PartnerFailure::Timeout, 0),
        ("trickle", PartnerFailure::Timeout, 1),
        ("reset", PartnerFailure::Unavailable(Unavailable::Broken), 0),
        ("answer_lost", PartnerFailure::Unavailable(Unavailable::Broken), 1),
        ("server_error", status(500), 0),
        ("too_many_requests", status(429), 0),
        ("redirect", PartnerFailure::Refused { status: 302, code: "redirected".into() }, 0),
        ("malformed", PartnerFailure::Malformed { what: "not_json" }, 1),
        ("unknown_outcome", PartnerFailure::Malformed { what: "unexpected_shape" }, 1),
        ("oversized", PartnerFailure::Malformed { what: "too_large" }, 1),
    ];
    for (fault, expected, acted) in rows {
        let setting = Setting::new().await;
        setting.treat(Partner::Bureau, |bureau| {
            bureau.timeout_ms = 600;
            bureau.attempt_timeout_ms = 150;
        });
        setting.control("bureau", json!({ "fault": fault })).await;
        assert_eq!(setting.credit(&key("bureau")).await, Err(expected), "{fault}");
        assert_eq!(setting.effects("bureau").await["keys"][0]["effects"], acted, "{fault}");
    }
}

#[tokio::test]
async fn wrong_money_is_never_an_approval() {
    for (fault, what) in [("wrong_amount", "amount_fen"), ("wrong_currency", "currency")] {
        let setting = Setting::new().await;
        setting.control("funders", json!({ "fault": fault })).await;
        let answer = setting.ask("quick", &application(12_000_000)).await;
        assert_eq!(answer, Err(PartnerFailure::WrongAmount { what }));
    }
    let setting = Setting::new().await;
    setting.control("valuation", json!({ "fault": "wrong_amount" })).await;
    let request = ValuationRequest {
        vin: "LSVWY4180KN246094".into(),
        asking_price_fen: 10_000_000,
        age_months: 24,
        mileage_km: Some(30_000),
    };
    let answer = setting.partners.value_vehicle(&key("value"), None, &request).await;
    assert_eq!(answer, Err(PartnerFailure::WrongAmount { what: "value_fen" }));
}

#[tokio::test]
async fn retries_survive_passing_faults_and_have_one_effect() {
    for fault in ["reset", "answer_lost", "server_error"] {
        let setting = Setting::new().await;
        setting.control("bureau", json!({ "fault": fault, "for_next": 2 })).await;
        assert_eq!(setting.credit(&key("bureau")).await, Ok(CreditStanding::Clear), "{fault}");
        let effects = setting.effects("bureau").await;
        assert_eq!(
            (&effects["by_partner"]["bureau"], &effects["keys"][0]["requests"]),
            (&json!(1), &json!(3)),
            "{fault}"
        );
        assert_eq!((setting.state("bureau").calls, setting.state("bureau").tries), (1, 3), "{fault}");
    }
}

#[tokio::test]
async fn the_same_key_gives_the_first_answer_and_another_body_is_refused() {
    let setting = Setting::new().await;
    for _ in 0..5 {
        setting.credit(&key("bureau")).await.unwrap();
    }
    let reused = setting.partners.query_credit(&key("bureau"), None, &credit("110105199001019019")).await;
    assert_eq!(reused, Err(PartnerFailure::Refused { status: 409, code: "idempotency_key_reused".into() }));
    let effects = setting.effects("bureau").await;
    assert_eq!((&effects["by_partner"]["bureau"], &effects["keys"][0]["requests"]), (&json!(1), &json!(6)));
    // Another key for the same body is a second effect, and shows as one.
    setting.credit(&key("other")).await.unwrap();
    assert_eq!(setting.effects("bureau").await["keys"][0]["same_body_under_other_keys"], 1);
}

#[tokio::test]
async fn without_the_right_key_nothing_is_answered() {
    let setting = Setting::new().await;
    setting.treat(Partner::Bureau, |bureau| bureau.api_key = Masked::from("wrong"));
    let answer = setting.credit(&key("bureau")).await;
    assert_eq!(answer, Err(PartnerFailure::Refused { status: 401, code: "unauthorized".into() }));
    let url = format!("{}/bureau/v1/queries", setting.lab);
    let request = setting.world.http.post(url).bearer_auth("lab-key").json(&credit(CLEAN_ID));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["code"], "idempotency_key_missing");
}

#[tokio::test]
async fn a_partner_that_is_away_is_unavailable() {
    let setting = Setting::new().await;
    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    setting.treat(Partner::Bureau, |bureau| {
        bureau.base_url = BaseUrl::parse(&format!("http://{gone}")).unwrap()
    });
    let answer = setting.credit(&key("bureau")).await;
    assert_eq!(answer, Err(PartnerFailure::Unavailable(Unavailable::Connect)));
    let unknown = setting.ask("nobody", &application(12_000_000)).await;
    assert_eq!(unknown, Err(PartnerFailure::NotConfigured));
}

#[tokio::test]
async fn the_breaker_opens_stops_asking_and_closes_again() {
    let setting = Setting::new().await;
    setting.treat(Partner::Bureau, |bureau| {
        bureau.attempts = 1;
        bureau.breaker = BreakerRule { window: 4, failures: 3, open_ms: 10_000, probes: 1 };
    });
    setting.control("bureau", json!({ "fault": "server_error" })).await;
    for number in 0..3 {
        assert!(setting.credit(&key(&number.to_string())).await.is_err());
    }
    assert_eq!(setting.state("bureau").breaker, BreakerState::Open);
    let asked = setting.state("bureau").tries;
    let refused = setting.credit(&key("4")).await;
    assert!(
        matches!(refused, Err(PartnerFailure::Unavailable(Unavailable::BreakerOpen { retry_after })) if retry_after == Duration::from_secs(10))
    );
    assert_eq!(setting.state("bureau").tries, asked, "nothing was sent");
    // One try after the pause fails: open again. After another pause and a good try: closed.
    setting.clock.advance(SignedDuration::from_secs(10));
    assert!(setting.credit(&key("5")).await.is_err());
    assert_eq!(setting.state("bureau").breaker, BreakerState::Open);
    setting.control("bureau", json!({})).await;
    setting.clock.advance(SignedDuration::from_secs(10));
    assert_eq!(setting.credit(&key("6")).await, Ok(CreditStanding::Clear));
    assert_eq!(setting.state("bureau").breaker, BreakerState::Closed);
}

#[tokio::test]
async fn a_hanging_partner_fills_only_its_own_bulkhead() {
    let setting = Setting::new().await;
    setting.treat(Partner::Bureau, |bureau| {
        bureau.in_flight = 2;
        bureau.queue = 0;
    });
    setting.control("bureau", json!({ "fault": "hang" })).await;
    let mut hanging = Vec::new();
    for number in 0..2 {
        let partners = setting.partners.clone();
        let limit = Some(Duration::from_secs(60));
        hanging.push(tokio::spawn(async move {
            partners.query_credit(&key(&format!("hang-{number}")), limit, &credit(CLEAN_ID)).await
        }));
    }
    while setting.state("bureau").in_flight < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(setting.credit(&key("third")).await, Err(PartnerFailure::Busy));
    for number in 0..20 {
        let key = key(&format!("other-{number}"));
        let answer = setting.partners.check_real_name(&key, None, &check(CLEAN_ID, "王小明", true)).await;
        assert_eq!(answer.unwrap().outcome, RealNameOutcome::Match);
    }
    assert_eq!(setting.state("bureau").in_flight, 2, "the others did not wait for it");
    for call in hanging {
        call.abort();
        assert!(call.await.is_err());
    }
    assert_eq!(setting.state("bureau").in_flight, 0, "a caller who gives up leaves room");
}

#[tokio::test]
async fn failures_and_questions_print_without_personal_data() {
    let setting = Setting::new().await;
    setting.control("bureau", json!({ "fault": "malformed" })).await;
    let failure = setting.credit(&key("bureau")).await.unwrap_err();
    let printed = format!("{failure:?} {failure} {:?} {:?}", credit(CLEAN_ID), application(12_000_000));
    for personal in [CLEAN_ID, "王小明", "13800001234"] {
        assert!(!printed.contains(personal), "{printed}");
    }
    let unreadable = latest_code(&setting.world.http, "http://127.0.0.1:1", "13800001234").await.unwrap_err();
    assert!(!unreadable.contains("13800001234"));
}

#[tokio::test]
async fn a_slow_partner_that_acted_after_we_hung_up_acts_once() {
    let setting = Setting::new().await;
    setting.treat(Partner::Bureau, |bureau| bureau.attempt_timeout_ms = 100);
    setting.control("bureau", json!({ "latency_ms": 60_000, "for_next": 1 })).await;
    assert_eq!(setting.credit(&key("bureau")).await, Ok(CreditStanding::Clear));
    let effects = setting.effects("bureau").await;
    assert_eq!((&effects["keys"][0]["effects"], &effects["keys"][0]["requests"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn a_redirect_is_refused_even_by_a_client_that_would_follow_it() {
    let setting = Setting::new().await;
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let world = World { http, ..setting.world.clone() };
    let config = PartnersConfig::at_lab(&setting.lab, Masked::from("lab-key"), []).unwrap();
    setting.control("bureau", json!({ "fault": "redirect" })).await;
    let answer = Partners::new(config, world).query_credit(&key("bureau"), None, &credit(CLEAN_ID)).await;
    assert_eq!(answer, Err(PartnerFailure::Refused { status: 302, code: "redirected".into() }));
}

#[tokio::test]
async fn drawn_errors_are_retried_and_every_case_gets_its_answer() {
    let setting = Setting::new().await;
    setting.control("bureau", json!({ "error_rate": 0.2 })).await;
    setting.treat(Partner::Bureau, |bureau| {
        bureau.attempts = 8;
        bureau.breaker.failures = 64;
    });
    for number in 0..30 {
        assert_eq!(setting.credit(&key(&number.to_string())).await, Ok(CreditStanding::Clear), "{number}");
    }
    let line = setting.state("bureau");
    assert!(line.tries > line.calls, "some tries failed: {} of {}", line.tries - line.calls, line.tries);
    assert_eq!((line.calls, line.failures), (30, 0));
}

#[tokio::test]
async fn the_rate_limit_refuses_what_cannot_wait() {
    let setting = Setting::new().await;
    setting.treat(Partner::Bureau, |bureau| {
        bureau.per_second = 2;
        bureau.timeout_ms = 300;
    });
    assert!(setting.credit(&key("1")).await.is_ok() && setting.credit(&key("2")).await.is_ok());
    assert_eq!(setting.credit(&key("3")).await, Err(PartnerFailure::Busy));
    setting.clock.advance(SignedDuration::from_secs(1));
    assert!(setting.credit(&key("3")).await.is_ok());
}
