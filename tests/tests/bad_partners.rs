//! Partners that hang, fail or talk nonsense: each case goes where its block says, never gets stuck, and is never
//! approved by accident.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::world::{Customer, Lab, PATIENCE, Server, demo_offer, http, in_a_hurry, wait_until};

/// What each partner can do wrong when it checks or funds somebody.
const FAULTS: [&str; 8] = [
    "hang",
    "server_error",
    "malformed",
    "unknown_outcome",
    "wrong_amount",
    "reset",
    "oversized",
    "too_many_requests",
];

async fn start(lab: &Lab) -> Server {
    lab.serves(in_a_hurry()).start().await.unwrap()
}

fn on(page: &'static str) -> impl Fn(&Value) -> bool {
    move |view| view["page"] == page
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_check_leads_to_the_queue_of_its_block() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    let mut phone = 0;
    for (partner, block, queue) in
        [("realname", "realname", "身份或照片需要核对"), ("bureau", "bureau", "外部机构没有答复")]
    {
        for fault in FAULTS {
            // Their answers name no amount.
            if fault == "wrong_amount" {
                continue;
            }
            phone += 1;
            lab.reset().await.unwrap();
            lab.set_faults(partner, &json!({"fault": fault})).await.unwrap();
            let mut customer =
                Customer::new(&server, demo_offer().unwrap(), &format!("138000001{phone:02}")).await.unwrap();
            let view = customer.walk(|_| false).await.unwrap_or_else(|e| panic!("{partner} {fault}: {e:#}"));
            assert_eq!(view["page"], "in-review", "{partner} {fault}: {view}");
            let outcome = outcome_of(&view, block);
            let expected = if fault == "hang" { "timeout" } else { "error" };
            assert_eq!(outcome, [expected], "{partner} {fault}");
            assert!(in_queue(&server, &view, queue).await, "{partner} {fault}: not in the queue {queue}");
            assert_nothing_was_agreed(&lab, &view).await;
            settle_breakers(&server, &lab, &mut phone).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_valuation_that_makes_no_sense_leads_to_the_partner_desk() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    for (n, fault) in ["server_error", "malformed", "wrong_amount", "wrong_currency"].into_iter().enumerate()
    {
        lab.reset().await.unwrap();
        lab.set_faults("valuation", &json!({"fault": fault})).await.unwrap();
        let mut customer = Customer::new(&server, used_car(), &format!("1380000020{n}")).await.unwrap();
        let view = customer.walk(|_| false).await.unwrap_or_else(|e| panic!("{fault}: {e:#}"));
        assert_eq!(view["page"], "in-review", "{fault}: {view}");
        assert_eq!(outcome_of(&view, "valuation"), ["error"], "{fault}");
        assert!(in_queue(&server, &view, "外部机构没有答复").await, "{fault}");
        assert_nothing_was_agreed(&lab, &view).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failing_funders_end_with_a_person_and_never_with_an_approval() {
    let lab = Lab::start().unwrap();
    for (n, fault) in FAULTS.into_iter().enumerate() {
        let server = start(&lab).await;
        lab.reset().await.unwrap();
        lab.set_faults("funders", &json!({"fault": fault})).await.unwrap();
        let mut customer =
            Customer::new(&server, demo_offer().unwrap(), &format!("1380000030{n}")).await.unwrap();
        // Further funders are asked for by name, each time with a consent of its own.
        let mut view = customer.view().await.unwrap();
        while view["page"] != "in-review" && view["decision"].is_null() {
            let page = view["page"].as_str().unwrap();
            assert!(!["offer", "disclosure", "code", "done"].contains(&page), "{fault}: {view}");
            customer.may_be_asked_again();
            let begun = view["steps"].as_array().unwrap().len();
            let moved = |view: &Value| {
                let page = view["page"].as_str().unwrap_or_default();
                let further = view["steps"].as_array().is_some_and(|steps| steps.len() > begun);
                page == "offer" || further && page != "progress"
            };
            view = customer.walk(moved).await.unwrap_or_else(|e| panic!("{fault}: {e:#}"));
        }
        assert!(in_queue(&server, &view, "没有资金方接受").await, "{fault}: {view}");
        assert_nothing_was_agreed(&lab, &view).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_funder_that_fails_gives_way_to_the_next_one_named() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    // The price's last digits make the funder asked first hang; the others are well.
    let mut dear = demo_offer().unwrap();
    dear["vehicle"]["price_fen"] = json!(12_980_097);
    let mut customer = Customer::new(&server, dear, "13800000401").await.unwrap();
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
    let funders: Vec<_> =
        lab.effects().await.unwrap().into_iter().filter(|e| e.partner.starts_with("funders/")).collect();
    assert_eq!(funders.iter().map(|effect| effect.effects).sum::<u32>(), 1, "{funders:?}");
    assert_eq!(funders.len(), 2, "{funders:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signature_that_the_authorities_do_not_give_leads_to_a_person() {
    let lab = Lab::start().unwrap();
    for (n, (authority, fault)) in
        [("ca", "server_error"), ("ca", "malformed"), ("tsa", "server_error"), ("tsa", "malformed")]
            .into_iter()
            .enumerate()
    {
        // A signature is tried again for half an hour, unless the settings are less patient.
        let server = lab.serves(in_a_hurry().env("MIAOPI_SIGN_MINUTES", "0")).start().await.unwrap();
        lab.reset().await.unwrap();
        lab.set_faults(authority, &json!({"fault": fault})).await.unwrap();
        let mut customer =
            Customer::new(&server, demo_offer().unwrap(), &format!("1380000050{n}")).await.unwrap();
        let view = customer.walk(|_| false).await.unwrap_or_else(|e| panic!("{authority} {fault}: {e:#}"));
        assert_eq!(view["page"], "in-review", "{authority} {fault}: {view}");
        assert_eq!(view["contract_sha256"], Value::Null);
        assert!(in_queue(&server, &view, "合同制作或签署失败").await, "{authority} {fault}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_fails_for_a_moment_is_asked_again_under_the_same_key() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    for partner in ["realname", "bureau", "funders", "ca", "tsa", "sms"] {
        // The answer gets lost after the act: only the key keeps the next try from acting again.
        lab.set_faults(partner, &json!({"fault": "answer_lost", "for_next": 1})).await.unwrap();
    }
    let mut customer = Customer::new(&server, demo_offer().unwrap(), "13800000601").await.unwrap();
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
    for effect in lab.effects().await.unwrap() {
        assert_eq!((effect.effects, effect.same_body_under_other_keys), (1, 0), "{effect:?}");
    }
    let codes = lab.inbox("13800000601").await.unwrap().into_iter().filter(|sms| sms.purpose == "sign_code");
    assert_eq!(codes.count(), 1);
}

fn used_car() -> Value {
    json!({
        "product": "used-car-leaseback",
        "vehicle": {"condition": "used", "energy": "fuel", "description": "大众 朗逸 2022款", "price_fen": 9_000_000,
                    "vin": "LSVWY4180KN246094", "plate": "沪A12345", "age_months": 30, "mileage_km": 40_000},
        "down_payment_fen": 3_600_000, "months": 36, "region": "310000", "dealer": "样本二手车"
    })
}

fn outcome_of<'v>(view: &'v Value, block: &str) -> Vec<&'v str> {
    let steps = view["steps"].as_array().unwrap();
    steps.iter().filter(|step| step["block"] == block).filter_map(|step| step["outcome"].as_str()).collect()
}

/// No money was promised and nothing was signed.
async fn assert_nothing_was_agreed(lab: &Lab, view: &Value) {
    assert_eq!((&view["decision"], &view["contract_sha256"]), (&Value::Null, &Value::Null), "{view}");
    assert_eq!(view["terms_sha256"], Value::Null, "{view}");
    let signed = lab.effects().await.unwrap().into_iter().filter(|effect| effect.partner == "ca");
    assert_eq!(signed.count(), 0);
}

/// Whether staff see the case in a queue with this name.
async fn in_queue(server: &Server, view: &Value, queue: &str) -> bool {
    let case = view["case"].as_str().unwrap();
    let account = server.account("reviewer").unwrap();
    let client = http().unwrap();
    let form = format!("user={}&password={}", account.user, account.password);
    let signed_in = client
        .post(format!("{}/office/sign-in", server.url))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form)
        .send()
        .await
        .unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let request = client.get(format!("{}/office/queue", server.url)).header("cookie", cookie);
    let page = request.header("accept-language", "zh-CN").send().await.unwrap().text().await.unwrap();
    let row = page.split("<tr").find(|row| row.contains(case));
    row.is_some_and(|row| row.contains(queue))
}

/// Lets a healthy case through, so that no partner is still paused because of the fault before.
async fn settle_breakers(server: &Server, lab: &Lab, phone: &mut usize) {
    lab.reset().await.unwrap();
    *phone += 1;
    let offer = demo_offer().unwrap();
    let mut number = *phone;
    wait_until("the partners to be asked again", PATIENCE, async || {
        number += 100;
        let mut healthy = Customer::new(server, offer.clone(), &format!("1380001{number:04}")).await.unwrap();
        (healthy.walk(on("offer")).await.unwrap()["page"] == "offer").then_some(())
    })
    .await
    .unwrap();
}
