use serde_json::json;
use shared::{domain::Role, flow::Run};

use crate::{
    flows::journal::{self, CaseRef},
    problem::Problem,
    testing::TestServer,
};

/// A case that waits for somebody to go and see both.
async fn to_be_visited(server: &TestServer) -> CaseRef {
    let file = json!({"format": 1, "key": "visits", "name": {"zh-CN": "上门", "en": "Visits"}, "start": "go", "blocks": {
        "go": {"kind": "field-visit", "params": {"queue": "visits", "due_minutes": 60},
            "next": {"as_stated": "end", "not_as_stated": "end", "expired": "end"}},
        "end": {"kind": "end", "params": {"decision": "declined", "reason": "r"}, "next": {}}}});
    server.case_on(&file).await
}

async fn run(server: &TestServer, of: CaseRef) -> Run {
    let library = server.app.driver.library().clone();
    let loaded = server.app.store.read(move |conn| Ok::<_, Problem>(journal::load(conn, &library, of)?.1));
    loaded.await.unwrap()
}

#[tokio::test]
async fn who_comes_back_from_a_visit_ticks_what_was_seen() {
    let server = TestServer::start().await;
    let of = to_be_visited(&server).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let queue = desk.get("/office/queue").await.text();
    assert!(queue.contains("需要上门核实"), "{queue}");
    let page = format!("/office/cases/{}", of.case);
    let shown = desk.get(&page).await.text();
    assert!(shown.contains("name=\"address\"") && shown.contains("name=\"vehicle\""), "{shown}");
    assert!(!shown.contains("value=\"approve\""), "a visit approves nothing");

    let decide = format!("{page}/decide");
    let note = "reason=三月二日下午到访";
    let silent = desk.post(&decide, "action=visit&revision=go%231&address=yes&reason=").await;
    assert!(silent.text().contains("请写明核实情况"), "{}", silent.text());
    for another in ["approve", "decline", "request"] {
        desk.post(&decide, &format!("action={another}&revision=go%231&{note}")).await;
    }
    let advisor = server.desk("han.mei", &[Role::Advisor]).await;
    let not_theirs = advisor.post(&decide, &format!("action=visit&revision=go%231&{note}")).await;
    assert_eq!(not_theirs.status.as_u16(), 403);
    assert_eq!(run(&server, of).await.active().len(), 1, "nothing of this answers a visit");

    let done = desk.post(&decide, &format!("action=visit&revision=go%231&address=yes&{note}")).await;
    assert_eq!(done.status.as_u16(), 303, "{}", done.text());
    let after = run(&server, of).await;
    assert_eq!(after.facts().get("visit"), Some(&json!({"address": true, "vehicle": false})));
    assert_eq!(after.facts().text("outcome.go"), Some("not_as_stated"));
    let settled = desk.get(&page).await.text();
    assert!(settled.contains("上门核实：不符") && settled.contains("三月二日下午到访"), "{settled}");
}

#[tokio::test]
async fn a_visit_that_saw_everything_is_seen_once() {
    let server = TestServer::start().await;
    let of = to_be_visited(&server).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let fields = "action=visit&revision=go%231&address=yes&vehicle=yes&reason=both seen";
    desk.post(&format!("/office/cases/{}/decide", of.case), fields).await;
    assert_eq!(run(&server, of).await.facts().text("outcome.go"), Some("as_stated"));
    // A doubled form changes nothing.
    let again = desk.post(&format!("/office/cases/{}/decide", of.case), fields).await;
    assert_ne!(again.status.as_u16(), 303);
}
