//! Running cases go on on the live version after a look at each, and a version is tried on cases of the past.

use shared::{
    domain::CaseId,
    flow::{At, BlockId, Event, Facts, Refused},
};

use super::*;
use crate::flows::journal::{AdvanceError, CaseRef};

const KEY: &str = "new-car-loan";

/// A version whose first block has another name, handed in, approved and live.
async fn renamed(two: &Two<'_>) -> String {
    let rename = |file: &mut Value| {
        let blocks = file["blocks"].as_object_mut().unwrap();
        let intake = blocks.remove("intake").unwrap();
        blocks.insert("entry".to_owned(), intake);
        file["start"] = json!("entry");
    };
    live_with(two, rename).await
}

/// A version changed like this, handed in, approved and live.
async fn live_with(two: &Two<'_>, change: impl FnOnce(&mut Value)) -> String {
    let hash = two.approved_with(change).await;
    let released = two.release(&hash, json!({"share_percent": 100})).await;
    assert_eq!(released.status.as_u16(), 200, "{}", released.text());
    hash
}

pub(super) fn of(server: &TestServer, case: &str) -> CaseRef {
    CaseRef { tenant: server.tenant, case: case.parse::<CaseId>().unwrap() }
}

/// The due time of a case's first block has come. The server may have seen so before.
async fn expire(server: &TestServer, case: &str, block: &str) {
    let at = At { block: BlockId::parse(block).unwrap(), visit: 1 };
    let due = server.app.driver.advance(of(server, case), Event::Due { at }).await;
    assert!(matches!(due, Ok(()) | Err(AdvanceError::Refused(Refused::Stale))), "{due:?}");
}

/// Since when the one task of a case has been waiting, UTC milliseconds.
async fn since(server: &TestServer, case: &str) -> i64 {
    let case = case.to_owned();
    let sql = "SELECT since FROM tasks WHERE case_id = ?1";
    let read = server.app.store.read(move |conn| {
        conn.query_row(sql, [case], |row| row.get(0)).map_err(crate::store::StoreError::from)
    });
    read.await.unwrap()
}

async fn version_of(server: &TestServer, key: &str, case: &str) -> String {
    let answer = server.program(key, "GET", &format!("/api/v1/cases/{case}"), "").await.json();
    answer["flow_version"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn running_cases_move_to_the_live_version_as_the_preview_showed_and_go_on_there() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let key = server.api_key().await;
    let mut cases = Vec::new();
    for _ in 0..3 {
        cases.push(case(&server, &key, &offer()).await);
    }
    let from = cases[0].1.clone();
    let to = renamed(&two).await;

    let page = two.approver.get(&format!("/office/flows/{KEY}?lang=en")).await.text();
    assert!(page.contains(&format!("/move?from={from}")) && page.contains("Version 1: 3 cases"), "{page}");
    let asked = json!({"from": from, "to": to});
    let preview = ask(&two.approver, "POST", &format!("{KEY}/moves/preview"), asked.clone()).await.json();
    assert_eq!([&preview["moves"], &preview["need_choice"], &preview["stay"]], [0, 3, 0], "{preview}");
    assert_eq!(preview["choices"][0]["block"], "intake");
    assert_eq!(preview["choices"][0]["options"][0], "entry", "blocks of the same kind come first");
    assert_eq!(version_of(&server, &key, &cases[0].0).await, from, "a preview changes nothing");

    let placed = json!({"from": from, "to": to, "places": {"intake": "entry"}});
    let preview = ask(&two.approver, "POST", &format!("{KEY}/moves/preview"), placed.clone()).await.json();
    assert_eq!([&preview["moves"], &preview["need_choice"]], [3, 0], "{preview}");
    let shown =
        two.approver.get(&format!("/office/flows/{KEY}/move?lang=en&from={from}&place-intake=entry")).await;
    assert!(
        shown.text().contains("3 can move") && shown.text().contains("name=\"place-intake\""),
        "{}",
        shown.text()
    );

    // A customer who has withdrawn since then is not moved, nor is a case that began to wait anew.
    server.app.driver.advance(of(&server, &cases[0].0), Event::Withdraw).await.unwrap();
    server.sql(&format!("UPDATE tasks SET since = since + 60000 WHERE case_id = '{}'", cases[1].0)).await;
    let waiting_since = since(&server, &cases[2].0).await;
    server.clock.advance(jiff::SignedDuration::from_mins(5));
    let mut seen = placed.clone();
    seen["seen_at"] = preview["at"].clone();
    let done = ask(&two.approver, "POST", &format!("{KEY}/moves"), seen).await.json();
    assert_eq!([&done["moves"], &done["stay"]], [1, 1], "{done}");
    let stays = |case: &str| {
        let all = done["cases"].as_array().unwrap();
        all.iter().find(|one| one["case"] == case).map(|one| one["stays"].clone())
    };
    assert_eq!(stays(&cases[0].0), None);
    assert_eq!(stays(&cases[1].0), Some(json!("went_on")));
    assert_eq!(version_of(&server, &key, &cases[1].0).await, from);
    assert_eq!(version_of(&server, &key, &cases[2].0).await, to);
    assert_eq!(since(&server, &cases[2].0).await, waiting_since, "it has waited for as long as before");

    // The moved case ends on its new version, and is on record.
    let stale = At { block: BlockId::parse("intake").unwrap(), visit: 1 };
    let complete = |at| Event::Done { at, outcome: "complete".to_owned(), writes: Facts::new() };
    let moved = of(&server, &cases[2].0);
    assert!(server.app.driver.advance(moved, complete(stale)).await.is_err(), "it is not there any more");
    server.clock.advance(jiff::SignedDuration::from_hours(24 * 30));
    expire(&server, &cases[2].0, "entry").await;
    let ended = server.program(&key, "GET", &format!("/api/v1/cases/{}", cases[2].0), "").await.json();
    assert_eq!(ended["decision"], "expired", "{ended}");
    let noted = server.audit().await.into_iter().filter(|row| row.contains(&"case.moved".to_owned())).count();
    assert_eq!(noted, 1);
}

#[tokio::test]
async fn only_approvers_move_cases_and_only_to_the_live_version() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let from = flow(&two.approver, KEY).await["live"]["hash"].as_str().unwrap().to_owned();
    let to = two.approved(60).await;
    let asked = json!({"from": from, "to": to});
    for path in ["moves", "moves/preview"] {
        let path = format!("{KEY}/{path}");
        assert_eq!(
            said(&ask(&two.approver, "POST", &path, asked.clone()).await),
            (409, "version_not_live".into())
        );
        let unknown = json!({"from": from, "to": "7".repeat(64)});
        assert_eq!(ask(&two.approver, "POST", &path, unknown).await.status.as_u16(), 404);
    }
    two.release(&to, json!({"share_percent": 100})).await;
    let refused = ask(&two.designer, "POST", &format!("{KEY}/moves"), asked.clone()).await;
    assert_eq!(refused.status.as_u16(), 403);
    for (places, status) in [
        (json!({"intake": "policy"}), 422),
        (json!({"no such block": "intake"}), 422),
        (json!({"intake": "nowhere"}), 422),
        (json!({"intake": "intake"}), 200),
    ] {
        let placed = json!({"from": from, "to": to, "places": places});
        let answer = ask(&two.approver, "POST", &format!("{KEY}/moves/preview"), placed).await;
        assert_eq!(answer.status.as_u16(), status, "{places}: {}", answer.text());
    }
}

#[tokio::test]
async fn a_version_is_tried_on_cases_that_have_ended_and_the_live_one_shows_what_happens_today() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let (ended, _) = case(&server, &key, &offer()).await;
    server.clock.advance(jiff::SignedDuration::from_hours(24 * 30));
    expire(&server, &ended, "intake").await;
    let (waiting, _) = case(&server, &key, &offer()).await;

    let two = Two::of(&server).await;
    let hash = two
        .submit(&two.draft(|file| file["blocks"]["id_rules"]["params"]["max_age"] = json!(60)).await)
        .await;
    let hash = hash.json()["base"].as_str().unwrap().to_owned();
    let replayed = ask(&two.designer, "GET", &format!("versions/{hash}/replay"), json!({})).await.json();
    assert_eq!(replayed["cases"], 1, "{replayed}");
    assert_eq!(replayed["changed"], json!([]), "{replayed}");
    let page = two.approver.get(&format!("/office/flows/{KEY}?lang=en")).await.text();
    assert!(page.contains("The last case that ended") && page.contains("No case ends otherwise."), "{page}");
    assert!(page.contains("class=\"f-block f-warn\""), "what is changed is marked in the picture");

    let draft = two.draft(|_| {}).await;
    let path = format!("drafts/{}/estimate", id(&draft));
    let estimate = ask(&two.designer, "GET", &path, json!({})).await.json();
    let (p50, p95) = (estimate["p50_ms"].as_u64().unwrap(), estimate["p95_ms"].as_u64().unwrap());
    assert!(0 < p50 && p50 < p95 && estimate["questions_per_100"].as_u64().unwrap() > 0, "{estimate}");
    assert_eq!([&estimate["past_cases"], &estimate["passes"]["intake"]], [1, 100], "{estimate}");
    let half_done = two.draft(|file| file["start"] = json!("nowhere")).await;
    let path = format!("drafts/{}/estimate", id(&half_done));
    assert_eq!(said(&ask(&two.designer, "GET", &path, json!({})).await), (422, "flow_falls_short".into()));

    let live = two.designer.get(&format!("/office/flows/{KEY}/live?lang=en")).await.text();
    assert!(live.contains("one case is under way") && live.contains("expired × 1"), "{live}");
    assert_ne!(ended, waiting);
}

#[tokio::test]
async fn a_case_that_moves_to_a_wait_whose_fact_is_there_goes_on_at_once() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let key = server.api_key().await;
    let (begun, from) = case(&server, &key, &offer()).await;
    let held = |file: &mut Value| {
        let wait = json!({"kind": "wait", "params": {"fact": "product", "minutes": 60},
            "next": {"arrived": "entry", "expired": "end_expired"}});
        let blocks = file["blocks"].as_object_mut().unwrap();
        let intake = blocks.remove("intake").unwrap();
        blocks.insert("entry".to_owned(), intake);
        blocks.insert("hold".to_owned(), wait);
        file["start"] = json!("hold");
    };
    let to = live_with(&two, held).await;
    let asked = json!({"from": from, "to": to, "places": {"intake": "hold"}});
    let done = ask(&two.approver, "POST", &format!("{KEY}/moves"), asked).await.json();
    assert_eq!(done["moves"], 1, "{done}");
    let (library, of) = (server.app.driver.library().clone(), of(&server, &begun));
    let (flow, run) =
        server.app.store.read(move |conn| crate::flows::journal::load(conn, &library, of)).await.unwrap();
    assert_eq!(flow.start().id.as_str(), "hold");
    assert_eq!(run.active()[0].at.block.as_str(), "entry", "it does not wait for what is there");
}
