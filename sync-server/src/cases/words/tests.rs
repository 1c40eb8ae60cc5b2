use rusqlite::Connection;
use serde_json::json;
use shared::domain::TenantId;

use super::*;
use crate::{
    demo::OFFER,
    flows::journal::{CaseRef, note_end},
    problem::Problem,
    testing::TestServer,
};

/// The numbers of the cases found by what is typed.
fn found(conn: &Connection, tenant: TenantId, typed: &str) -> Vec<i64> {
    let sought = Sought::read(typed).unwrap();
    let named = [Named {
        mark: Mark::Product,
        value: "new-car-loan".to_owned(),
        names: vec!["新车贷款".to_owned(), "New-car loan".to_owned()],
    }];
    let condition = Condition::default().sought(&sought, &named);
    let mut numbers = Vec::new();
    find(conn, &tenant.to_string(), &condition, (0, i64::MAX), |number| {
        numbers.push(number);
        true
    })
    .unwrap();
    numbers
}

async fn sought(server: &TestServer, tenant: TenantId, typed: &str) -> Vec<i64> {
    let typed = typed.to_owned();
    server.app.store.read(move |conn| Ok::<_, Problem>(found(conn, tenant, &typed))).await.unwrap()
}

async fn open(server: &TestServer, key: &str, dealer: &str, vehicle: &str, vin: &str) -> CaseRef {
    let mut offer: serde_json::Value = serde_json::from_str(OFFER).unwrap();
    offer["dealer"] = json!(dealer);
    offer["vehicle"]["description"] = json!(vehicle);
    offer["vehicle"]["vin"] = json!(vin);
    let made = server.program(key, "POST", "/api/v1/links", &offer.to_string()).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    CaseRef { tenant: server.tenant, case: made.json()["case"].as_str().unwrap().parse().unwrap() }
}

const VIN: &str = "LSVWY4180KN246094";
const OTHER_VIN: &str = "LSVWY4182KN246095";

#[tokio::test]
async fn cases_are_found_by_any_two_characters_by_the_end_of_a_vin_and_by_names() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    open(&server, &key, "恒信汽车 31-02 店", "比亚迪 秦PLUS DM-i 2026款", VIN).await;
    open(&server, &key, "长顺汽车", "比亚迪汉EV 2026款", OTHER_VIN).await;
    for (typed, numbers) in [
        ("恒信", vec![1]),
        ("信汽", vec![1]),
        ("汽车", vec![2, 1]),
        ("恒信 汽车", vec![1]),
        ("比亚迪", vec![2, 1]),
        ("比迪", vec![]),
        ("车汽", vec![]),
        ("汉", vec![2]),
        ("汉EV", vec![2]),
        ("秦plus", vec![1]),
        ("ＰＬＵＳ", vec![1]),
        ("2026", vec![2, 1]),
        ("恒信 长顺", vec![]),
        (VIN, vec![1]),
        ("lsvwy4182kn246095", vec![2]),
        ("246094", vec![1]),
        ("6094", vec![1]),
        ("094", vec![]),
        ("KN24609", vec![]),
        ("kn246095", vec![2]),
        ("新车", vec![2, 1]),
        ("车贷", vec![2, 1]),
        ("loan 恒信", vec![1]),
        ("loa", vec![]),
    ] {
        assert_eq!(sought(&server, server.tenant, typed).await, numbers, "{typed}");
    }
}

#[tokio::test]
async fn what_is_typed_is_never_syntax() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    open(&server, &key, "恒信", "比亚迪", VIN).await;
    for typed in [
        "恒信 OR 长顺",
        "恒信 NOT 比亚迪",
        "NEAR(恒信 比亚迪)",
        "words:恒信 x",
        "恒* 迪*",
        "\"恒信",
        "恒信' OR 1=1 --",
        "^恒",
        "§a",
        "{a b}: 恒信",
        "x + y",
        "()",
        "\u{0}恒信\u{0}ab",
    ] {
        let Some(_) = Sought::read(typed) else { continue };
        // Whatever it finds, it is an answer; and each word of it has to be there.
        let numbers = sought(&server, server.tenant, typed).await;
        assert!(numbers.len() < 2, "{typed}");
        if typed.contains("OR") || typed.contains("NOT") {
            assert!(numbers.is_empty(), "{typed}");
        }
    }
    assert_eq!(sought(&server, server.tenant, "\"恒信\"").await, [1]);
    let long: String = "恒".repeat(MOST_CHARS);
    assert!(sought(&server, server.tenant, &long).await.is_empty());
    assert!(Sought::read(&"恒信 ".repeat(5_000)).is_none());
}

#[tokio::test]
async fn companies_do_not_meet() {
    let server = TestServer::start().await;
    let other = TenantId::from_bytes([8; 16]);
    server.make_tenant(other).await;
    let (own, theirs) = (server.api_key().await, server.api_key_of(other).await);
    open(&server, &own, "恒信", "比亚迪", VIN).await;
    for _ in 0..2 {
        open(&server, &theirs, "恒信", "比亚迪", VIN).await;
    }
    assert_eq!(sought(&server, server.tenant, "恒信").await, [1]);
    assert_eq!(sought(&server, other, "恒信").await, [2, 1]);
    assert!(sought(&server, TenantId::from_bytes([9; 16]), "恒信").await.is_empty());
    let both = [server.tenant, other].map(|tenant| tenant.to_string());
    let holds = move |conn: &Connection| {
        let any = Condition::default();
        Ok::<_, Problem>([holds(conn, &both[0], &any, 2)?, holds(conn, &both[1], &any, 2)?])
    };
    assert_eq!(server.app.store.read(holds).await.unwrap(), [false, true]);
}

#[tokio::test]
async fn words_follow_the_case_in_the_same_commit() {
    let server = TestServer::start().await;
    let of = open(&server, &server.api_key().await, "恒信", "比亚迪", VIN).await;
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let in_state = |state: &'static str| {
        let tenant = tenant.clone();
        server.app.store.read(move |conn| {
            let condition = Condition::default().any(Mark::State, &[state]);
            Ok::<_, Problem>(holds(conn, &tenant, &condition, 1)?)
        })
    };
    assert!(in_state(Mark::OPEN).await.unwrap());
    let (of_tenant, of_case, now) = (tenant.clone(), case.clone(), server.app.world.clock.now());
    let refused = server.app.store.write(move |conn| {
        note_end(conn, &of_tenant, &of_case, "declined", "under_age", now)?;
        Err::<(), _>(Problem::not_found())
    });
    assert!(refused.await.is_err());
    assert!(in_state(Mark::OPEN).await.unwrap(), "what was not committed is found");
    let of_tenant = tenant.clone();
    let end = move |conn: &Connection| {
        Ok::<_, Problem>(note_end(conn, &of_tenant, &case, "declined", "under_age", now)?)
    };
    server.app.store.write(end).await.unwrap();
    assert!(in_state("declined").await.unwrap() && !in_state(Mark::OPEN).await.unwrap());
    let under_age = move |conn: &Connection| {
        let named =
            [Named {
                mark: Mark::Reason, value: "under_age".to_owned(), names: vec!["年龄不足".to_owned()]
            }];
        let condition = Condition::default().sought(&Sought::read("年龄 恒信").unwrap(), &named);
        let mut numbers = Vec::new();
        find(conn, &of.tenant.to_string(), &condition, (0, i64::MAX), |number| {
            numbers.push(number);
            true
        })?;
        Ok::<_, Problem>(numbers)
    };
    assert_eq!(server.app.store.read(under_age).await.unwrap(), [1]);
}

#[tokio::test]
async fn cases_from_before_there_were_words_are_read_in_and_a_restart_goes_on_where_it_was() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    for _ in 0..3 {
        open(&server, &key, "恒信", "比亚迪", VIN).await;
    }
    let tenant = server.tenant.to_string();
    server
        .sql(&format!(
            "DELETE FROM case_words WHERE rowid > 0;
             INSERT INTO case_words_due(tenant, below) VALUES ('{tenant}', 3), ('nobody', 7);"
        ))
        .await;
    assert!(sought(&server, server.tenant, "恒信").await.is_empty());
    let read_from = |tenant: String| {
        server.app.store.read(move |conn| Ok::<_, Problem>(super::read_from(conn, &tenant)?))
    };
    assert_eq!(read_from(tenant.clone()).await.unwrap(), Some(3));
    fill(&server.app.store, || true).await.unwrap();
    assert_eq!(read_from(tenant.clone()).await.unwrap(), Some(3), "it was told to stop");
    fill(&server.app.store, || false).await.unwrap();
    assert_eq!(sought(&server, server.tenant, "恒信").await, [2, 1], "those below where it was");
    assert_eq!(read_from(tenant).await.unwrap(), None);
}
