//! The client against the lab, over real TCP: every fault, idempotency, breaker, bulkhead, callbacks.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::protocol::partners::{
    Masked, PartnerToken,
    checks::{CreditQuery, CreditStanding, RealNameCheck, RealNameOutcome, Valuation, ValuationRequest},
    delivery::{CaSignatureRequest, SmsMessage},
    funders::{FunderApplication, FunderDecision, FunderTerms},
};
use tokio::net::TcpListener;

use super::{
    BaseUrl, BreakerRule, BreakerState, FunderAnswer, IdempotencyKey, Partner, PartnerFailure, Partners,
    PartnersConfig, Unavailable,
    message::latest_code,
    webhooks::{self, WebhookSecret},
};
use crate::{
    lab::{Authorities, LabConfig, Pace, Registry, serve},
    world::{FixedClock, Random, World},
};

const CLEAN_ID: &str = "440524188001010014";

/// A lab on a port of its own, and the client's lines to it.
struct Setting {
    lab: String,
    partners: Partners,
    clock: Arc<FixedClock>,
    world: World,
}

impl Setting {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut LabConfig)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let clock = Arc::new(FixedClock::at(Timestamp::from_second(1_700_000_000).unwrap()));
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        let world = World { clock: clock.clone(), random: Random::seeded(7), http };
        let mut config = LabConfig::new(world.clone(), Masked::from("lab-key"), secret());
        config.pace = Pace::Instant;
        change(&mut config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let lab = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, config));
        let config =
            PartnersConfig::at_lab(&lab, Masked::from("lab-key"), ["quick", "generous", "patient"]).unwrap();
        let partners = Partners::new(config, world.clone());
        Self { lab, partners, clock, world }
    }

    /// Breaks `partner` in the lab.
    async fn control(&self, partner: &str, faults: Value) {
        let url = format!("{}/control/{partner}", self.lab);
        let answer = self.world.http.put(url).json(&faults).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    async fn effects(&self, partner: &str) -> Value {
        let url = format!("{}/control/effects?partner={partner}", self.lab);
        self.world.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Changes how `partner` is treated.
    fn treat(&self, partner: Partner, change: impl FnOnce(&mut super::PartnerSettings)) {
        let mut settings = self.partners.settings(&partner).unwrap();
        change(&mut settings);
        self.partners.update(partner, settings);
    }

    async fn credit(&self, key: &IdempotencyKey) -> Result<CreditStanding, PartnerFailure> {
        self.partners.query_credit(key, None, &credit(CLEAN_ID)).await.map(|report| report.standing)
    }

    async fn ask(
        &self,
        funder: &str,
        application: &FunderApplication,
    ) -> Result<FunderAnswer, PartnerFailure> {
        let key = IdempotencyKey::mint(application.application.as_str(), "match-funder", 1, funder);
        self.partners.ask_funder(&token(funder), &key, None, application).await
    }

    fn state(&self, partner: &str) -> super::LineState {
        self.partners.state().into_iter().find(|line| line.partner == partner).unwrap()
    }
}

fn secret() -> WebhookSecret {
    WebhookSecret::from_bytes([9; 32])
}

fn token(text: &str) -> PartnerToken {
    PartnerToken::parse(text).unwrap()
}

fn key(block: &str) -> IdempotencyKey {
    IdempotencyKey::mint("case-1", block, 1, "partner")
}

fn credit(id_number: &str) -> CreditQuery {
    CreditQuery { id_number: id_number.into(), name: "王小明".into(), consent: token("consent-1") }
}

fn check(id_number: &str, name: &str, confirmed: bool) -> RealNameCheck {
    RealNameCheck {
        id_number: id_number.into(),
        name: name.into(),
        name_confirmed_by_customer: confirmed,
        consent: token("consent-1"),
    }
}

fn application(price_fen: i64) -> FunderApplication {
    FunderApplication {
        application: token("case-1"),
        name: "王小明".into(),
        id_number: CLEAN_ID.into(),
        phone: "13800001234".into(),
        region: "440524".into(),
        vin: "LSVWY4180KN246094".into(),
        used: true,
        price_fen,
        plan: token("plan-1"),
        terms: FunderTerms {
            currency: "CNY".into(),
            amount_fen: 8_000_000,
            down_payment_fen: price_fen - 8_000_000,
            term_months: 36,
            annual_rate: Decimal::new(699, 4),
        },
        credit_reference: None,
        accepts_offer: None,
        consent: token("consent-1"),
        callback_url: None,
    }
}

#[tokio::test]
async fn the_real_name_check_knows_its_registry_and_what_the_customer_confirmed() {
    let json = r#"[{"id_number":"11010519491231002X","name":"李秀英"},{"id_number":"110105199001018017","name":"张伟"}]"#;
    let setting = Setting::with(|lab| lab.registry = Registry::from_json(json.as_bytes()).unwrap()).await;
    use RealNameOutcome::{Match, Mismatch, NotFound};
    let rows = [
        ("11010519491231002X", "李秀英", false, Match),
        ("11010519491231002X", "李秀荣", true, Mismatch),
        (CLEAN_ID, "王小明", true, Match),
        (CLEAN_ID, "王小明", false, Mismatch),
        ("110105199001018017", "张伟", true, Mismatch),
        ("110105199001018884", "王小明", true, NotFound),
    ];
    for (number, (id, name, confirmed, expected)) in rows.into_iter().enumerate() {
        let key = key(&format!("id-{number}"));
        let answer = setting.partners.check_real_name(&key, None, &check(id, name, confirmed)).await.unwrap();
        assert_eq!(answer.outcome, expected, "{number}");
    }
}

#[tokio::test]
async fn the_bureau_and_the_valuation_follow_their_magic_values() {
    let setting = Setting::new().await;
    use CreditStanding::{Attention, Bad, Clear, NoRecord};
    for (sequence, expected) in [("001", Clear), ("901", Bad), ("971", NoRecord), ("981", Attention)] {
        let query = credit(&format!("11010519900101{sequence}1"));
        let report = setting.partners.query_credit(&key(sequence), None, &query).await.unwrap();
        assert_eq!(report.standing, expected, "{sequence}");
    }
    for (vin, expected) in [("LSVWY4180KN246094", "valued"), ("LSVWY4180KN246901", "not_found")] {
        let request = ValuationRequest {
            vin: vin.into(),
            asking_price_fen: 10_000_000,
            age_months: 24,
            mileage_km: None,
        };
        let answer = setting.partners.value_vehicle(&key(vin), None, &request).await.unwrap();
        assert_eq!(serde_json::to_value(&answer).unwrap()["outcome"], expected);
        if let Valuation::Valued { value_fen, .. } = answer {
            assert!((9_500_000..=10_600_000).contains(&value_fen), "{value_fen}");
        }
    }
}

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
async fn every_funder_outcome_arrives() {
    let setting = Setting::new().await;
    let rows = [
        (12_000_000, "approved"),
        (12_000_001, "counter_offer"),
        (12_000_002, "conditional"),
        (12_000_003, "limit_reached"),
        (12_000_004, "declined"),
        (12_000_005, "pending"),
        (12_000_006, "error"),
        (12_000_008, "counter_offer"),
        (12_000_014, "declined"),
        (12_000_024, "approved"),
    ];
    for (price, expected) in rows {
        let mut application = application(price);
        application.application = token(&format!("case-{price}"));
        let answer = setting.ask("quick", &application).await.unwrap();
        assert_eq!(serde_json::to_value(&answer).unwrap()["outcome"], expected, "{price}");
    }
}

#[tokio::test]
async fn the_first_funder_declines_and_the_next_approves() {
    let setting = Setting::new().await;
    let application = application(12_000_094);
    assert!(matches!(setting.ask("generous", &application).await, Ok(FunderAnswer::Declined { .. })));
    assert!(matches!(setting.ask("quick", &application).await, Ok(FunderAnswer::Approved { .. })));
}

#[tokio::test]
async fn an_accepted_counter_offer_is_approved() {
    let setting = Setting::new().await;
    let mut application = application(12_000_001);
    let Ok(FunderAnswer::CounterOffer { reference, terms }) = setting.ask("quick", &application).await else {
        panic!("no counter-offer")
    };
    (application.accepts_offer, application.terms) = (Some(reference), terms.clone());
    let key = IdempotencyKey::mint("case-1", "match-funder", 2, "quick");
    let answer = setting.partners.ask_funder(&token("quick"), &key, None, &application).await.unwrap();
    assert!(matches!(answer, FunderAnswer::Approved { terms: approved, .. } if approved == terms));
}

/// A server of ours that takes callbacks: hands each delivery to the test and answers with the next of `statuses`,
/// 204 when there are no more.
async fn receiver(
    statuses: &'static [u16],
) -> (String, tokio::sync::mpsc::UnboundedReceiver<(axum::http::HeaderMap, Bytes)>) {
    let (sender, deliveries) = tokio::sync::mpsc::unbounded_channel();
    let seen = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let take = move |headers: axum::http::HeaderMap, body: Bytes| async move {
        let number = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let _ = sender.send((headers, body));
        axum::http::StatusCode::from_u16(*statuses.get(number).unwrap_or(&204)).unwrap()
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/callbacks/funders", listener.local_addr().unwrap());
    let router = axum::Router::new().route("/callbacks/funders", axum::routing::post(take));
    tokio::spawn(async move { axum::serve(listener, router).await });
    (url, deliveries)
}

async fn pending(setting: &Setting, url: &str) -> PartnerToken {
    let mut application = application(12_000_000);
    application.callback_url = Some(url.to_owned());
    match setting.ask("patient", &application).await {
        Ok(FunderAnswer::Pending { reference, callback: true, .. }) => reference,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_pending_application_is_settled_by_a_signed_callback_or_by_asking() {
    let setting = Setting::new().await;
    let (url, mut deliveries) = receiver(&[503]).await;
    let reference = pending(&setting, &url).await;
    let (_, refused) = deliveries.recv().await.unwrap();
    let (headers, body) = deliveries.recv().await.unwrap();
    assert_eq!(refused, body, "a callback that was not taken comes again");
    let now = setting.world.clock.now();
    let callback = webhooks::verify(&[secret()], &headers, &body, now).unwrap();
    assert_eq!(
        (callback.data.reference.clone(), callback.data.application.as_str()),
        (reference.clone(), "case-1")
    );
    let asked = application(12_000_000).terms;
    let called_back = FunderAnswer::to(&asked, callback.data.decision).unwrap();
    let looked_up =
        setting.partners.funder_answer(&token("patient"), &reference, None, &asked).await.unwrap();
    assert!(matches!(called_back, FunderAnswer::Approved { .. }));
    assert_eq!(called_back, looked_up);
}

#[tokio::test]
async fn duplicate_forged_stale_and_wrong_callbacks_are_told_apart() {
    let verdicts = async |faults: Value, copies: usize| {
        let setting = Setting::new().await;
        setting.control("funders/patient", faults).await;
        let (url, mut deliveries) = receiver(&[]).await;
        let reference = pending(&setting, &url).await;
        let mut verdicts = Vec::new();
        for _ in 0..copies {
            let (headers, body) = deliveries.recv().await.unwrap();
            verdicts.push(webhooks::verify(&[secret()], &headers, &body, setting.world.clock.now()));
        }
        (reference, verdicts)
    };
    let (reference, copies) = verdicts(json!({ "callback": "duplicate" }), 3).await;
    let copies: Vec<_> = copies.into_iter().map(Result::unwrap).collect();
    assert!(copies.iter().all(|copy| copy.id == copies[0].id && copy.data.reference == reference));
    for (kind, code) in [("forged", "webhook_forged"), ("stale", "webhook_stale")] {
        let (_, refused) = verdicts(json!({ "callback": kind }), 1).await;
        assert_eq!(refused[0].as_ref().unwrap_err().code, code);
    }
    let (_, late) = verdicts(json!({ "callback": { "late": 20 } }), 1).await;
    assert!(late[0].is_ok());
}

#[tokio::test]
async fn a_callback_with_another_amount_is_no_approval() {
    let setting = Setting::new().await;
    let (url, mut deliveries) = receiver(&[]).await;
    setting.control("funders/patient", json!({ "fault": "wrong_amount" })).await;
    pending(&setting, &url).await;
    let (headers, body) = deliveries.recv().await.unwrap();
    let callback = webhooks::verify(&[secret()], &headers, &body, setting.world.clock.now()).unwrap();
    assert!(matches!(callback.data.decision, FunderDecision::Approved { .. }));
    let answer = FunderAnswer::to(&application(12_000_000).terms, callback.data.decision);
    assert_eq!(answer, Err(PartnerFailure::WrongAmount { what: "amount_fen" }));
}

#[tokio::test]
async fn a_callback_can_come_before_the_answer() {
    let setting = Setting::new().await;
    let (url, mut deliveries) = receiver(&[]).await;
    setting.control("funders/patient", json!({ "callback": "before_response" })).await;
    let reference = pending(&setting, &url).await;
    // Already here when the answer is: nothing is waited for.
    let (headers, body) = deliveries.try_recv().unwrap();
    let callback = webhooks::verify(&[secret()], &headers, &body, setting.world.clock.now()).unwrap();
    assert_eq!(callback.data.reference, reference);
}

#[tokio::test]
async fn the_lab_calls_back_only_where_it_may() {
    let setting = Setting::with(|lab| lab.callback_prefix = Some("http://127.0.0.1:1/".into())).await;
    let mut application = application(12_000_000);
    application.callback_url = Some("http://169.254.169.254/latest".into());
    let answer = setting.ask("patient", &application).await;
    assert_eq!(answer, Err(PartnerFailure::Refused { status: 422, code: "callback_url".into() }));
}

#[tokio::test]
async fn a_code_sent_by_sms_is_read_from_the_inbox_once() {
    let setting = Setting::new().await;
    let message = |phone: &str| SmsMessage {
        phone: phone.into(),
        text: "【秒批】验证码 482913,5 分钟内有效。".into(),
        purpose: token("sign_code"),
    };
    for _ in 0..3 {
        setting.partners.send_sms(&key("sms"), None, &message("13800001234")).await.unwrap();
    }
    let code = latest_code(&setting.world.http, &setting.lab, "13800001234").await.unwrap().unwrap();
    assert_eq!((code.code.unwrap().expose().as_str(), code.number), ("482913", 1));
    assert!(latest_code(&setting.world.http, &setting.lab, "13800009876").await.unwrap().is_none());
    let page =
        setting.world.http.get(format!("{}/inbox", setting.lab)).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("482913") && page.contains("138****1234") && !page.contains("13800001234"));
    let unreachable = setting.partners.send_sms(&key("far"), None, &message("13800009999")).await;
    assert_eq!(unreachable, Err(PartnerFailure::Refused { status: 422, code: "phone_unreachable".into() }));
}

#[tokio::test]
async fn the_authorities_are_reached_through_their_mounting_place() {
    let authorities = Authorities {
        sign: Box::new(|_, _, digest, _| Ok([&[0x30, 32], digest.as_slice()].concat())),
        stamp: Box::new(|query, _| query.to_vec()),
        root_pem: "-----BEGIN CERTIFICATE-----".into(),
    };
    let setting = Setting::with(|lab| lab.authorities = Some(authorities)).await;
    let request = |id: &str| CaSignatureRequest {
        name: "王小明".into(),
        id_number: id.into(),
        contract: token("contract-1"),
        digest: "ab".repeat(32),
        intent: "cd".repeat(32),
        real_name_reference: token("rn-1"),
        consent: token("consent-1"),
    };
    let signed = setting.partners.sign_as_customer(&key("sign"), None, &request(CLEAN_ID)).await.unwrap();
    assert_eq!(&signed.container[2..], [0xab; 32]);
    let refused = setting.partners.sign_as_customer(&key("79x"), None, &request("110105199001017900")).await;
    assert_eq!(refused, Err(PartnerFailure::Refused { status: 422, code: "certificate_refused".into() }));
    let query = Bytes::from_static(&[0x30, 3, 2, 1, 1]);
    assert_eq!(setting.partners.timestamp(&key("tsa"), None, query.clone()).await, Ok(query));
    let nonsense = setting.partners.timestamp(&key("tsa-2"), None, Bytes::from_static(b"<html>")).await;
    assert_eq!(nonsense, Err(PartnerFailure::Malformed { what: "der" }));
}

#[tokio::test]
async fn the_guide_shows_the_whole_table() {
    let setting = Setting::new().await;
    let guide: Value = setting.world.http.get(&setting.lab).send().await.unwrap().json().await.unwrap();
    let request = setting.world.http.get(&setting.lab).header("accept", "text/html");
    let page = request.send().await.unwrap().text().await.unwrap();
    for row in guide["magic"].as_array().unwrap() {
        assert!(page.contains(row["example"].as_str().unwrap()), "{row}");
    }
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
