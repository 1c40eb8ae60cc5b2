//! Clean answers and magic values of every partner but the funders.

use bytes::Bytes;
use jiff::Timestamp;
use rand::SeedableRng;
use rand_chacha::ChaCha20Rng;
use serde_json::Value;
use shared::protocol::partners::{
    checks::{CreditStanding, RealNameOutcome, Valuation, ValuationRequest},
    delivery::{CaSignatureRequest, SmsMessage},
};

use super::{CLEAN_ID, Setting, check, credit, key, token};
use crate::{
    contracts::{attach_timestamp, request_timestamp},
    lab::{Authorities, Registry, ca::Ca},
    partners::{PartnerFailure, latest_code},
    world::Random,
};

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
async fn the_labs_own_authorities_sign_and_stamp() {
    let random = Random::seeded(3);
    let mut rng = ChaCha20Rng::from_seed(random.bytes());
    let now = Timestamp::from_second(1_700_000_000).unwrap();
    let ca = Ca::generate(&mut rng, now).unwrap();
    let tsa = ca.issue_tsa(&mut rng, now).unwrap();
    let authorities = Authorities::of(ca, tsa, random).unwrap();
    let setting = Setting::with(|lab| lab.authorities = Some(authorities)).await;
    let request = CaSignatureRequest {
        name: "王小明".into(),
        id_number: CLEAN_ID.into(),
        contract: token("MP-1"),
        digest: "ab".repeat(32),
        intent: "cd".repeat(32),
        real_name_reference: token("rn-1"),
        consent: token("consent-1"),
    };
    let signed = setting.partners.sign_as_customer(&key("sign"), None, &request).await.unwrap();
    let again = setting.partners.sign_as_customer(&key("sign"), None, &request).await.unwrap();
    assert_eq!(signed, again, "the customer signs once, however often the answer gets lost");
    let query = request_timestamp(&signed.container, [5; 8]).unwrap();
    let reply = setting.partners.timestamp(&key("tsa"), None, query.der.clone().into()).await.unwrap();
    attach_timestamp(&signed.container, &query, &reply).unwrap();
    let root = setting.world.http.get(format!("{}/ca/root.pem", setting.lab)).send().await.unwrap();
    assert!(root.text().await.unwrap().starts_with("-----BEGIN CERTIFICATE-----"));
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
