//! Who works on what, and decisions that can be taken back.

use jiff::SignedDuration;
use serde_json::json;
use shared::{domain::Role, flow::Event};

use super::pending;
use crate::{
    config::Config,
    flows::journal::{self, CaseRef},
    problem::Problem,
    testing::{Desk, TestServer},
};

/// A server where a decision can be taken back for ten seconds.
async fn patient_server() -> TestServer {
    TestServer::start_with(Config { undo_seconds: 10, ..Config::default() }).await
}

/// A case that waits in this queue for so many minutes.
async fn waiting(server: &TestServer, queue: &str, minutes: u32) -> CaseRef {
    let file = json!({"format": 1, "key": "reviews", "name": {"zh-CN": "审核", "en": "Reviews"}, "start": "look", "blocks": {
        "look": {"kind": "manual-review",
            "params": {"queue": queue, "due_minutes": minutes, "may": ["approve", "decline"]},
            "next": {"approve": "yes", "decline": "no", "expired": "no"}},
        "yes": {"kind": "manual-review",
            "params": {"queue": "credit", "due_minutes": 600, "may": ["approve", "decline"]},
            "next": {"approve": "no", "decline": "no", "expired": "no"}},
        "no": {"kind": "end", "params": {"decision": "declined", "reason": "r"}, "next": {}}}});
    server.case_on(&file).await
}

/// The blocks that a case is in.
async fn blocks(server: &TestServer, of: CaseRef) -> Vec<String> {
    let library = server.app.driver.library().clone();
    let loaded = server.app.store.read(move |conn| Ok::<_, Problem>(journal::load(conn, &library, of)?.1));
    loaded.await.unwrap().active().iter().map(|active| active.at.block.to_string()).collect()
}

async fn approve(desk: &Desk<'_>, of: CaseRef) -> crate::testing::Answer {
    let fields = "action=approve&revision=look%231&reason=the card is clear";
    desk.post(&format!("/office/cases/{}/decide", of.case), fields).await
}

async fn hold(desk: &Desk<'_>, of: CaseRef, fields: &str) -> crate::testing::Answer {
    desk.post(&format!("/office/cases/{}/hold", of.case), fields).await
}

#[tokio::test]
async fn what_somebody_holds_is_decided_by_nobody_else_until_they_take_it_over() {
    let server = TestServer::start().await;
    let of = waiting(&server, "identity", 600).await;
    let first = server.desk("li.lei", &[Role::Reviewer]).await;
    let second = server.desk("zhao.min", &[Role::Reviewer]).await;
    assert_eq!(hold(&first, of, "action=take").await.status.as_u16(), 303);
    let page = second.get(&format!("/office/cases/{}", of.case)).await.text();
    assert!(page.contains("li.lei 正在办理") && !page.contains("value=\"approve\""), "{page}");
    let refused = approve(&second, of).await.text();
    assert!(refused.contains("同事正在办理这件申请"), "{refused}");
    assert_eq!(blocks(&server, of).await, ["look"]);
    let refused = hold(&second, of, "action=take").await.text();
    assert!(refused.contains("同事正在办理这件申请"), "taking is not taking over: {refused}");

    assert_eq!(hold(&second, of, "action=take_over").await.status.as_u16(), 303);
    let seen = first.get(&format!("/office/cases/{}/holder", of.case)).await.text();
    assert!(seen.contains("zhao.min 正在办理"), "who had it sees it within seconds: {seen}");
    assert_eq!(approve(&second, of).await.status.as_u16(), 303);
    assert_eq!(blocks(&server, of).await, ["yes"]);
    // In the next block nobody holds it.
    let page = first.get(&format!("/office/cases/{}", of.case)).await.text();
    assert!(page.contains("目前无人办理"), "{page}");
    let taken: Vec<String> = server
        .audit()
        .await
        .into_iter()
        .filter(|[_, action, ..]| action == "case.taken")
        .map(|[.., detail]| detail)
        .collect();
    assert_eq!(taken.len(), 2);
    assert!(taken[0].contains("null") && !taken[1].contains("null"), "{taken:?}");
}

#[tokio::test]
async fn a_hold_ends_by_itself_and_a_look_of_its_holder_moves_it_on() {
    let server = TestServer::start().await;
    let of = waiting(&server, "identity", 600).await;
    let first = server.desk("li.lei", &[Role::Reviewer]).await;
    let second = server.desk("zhao.min", &[Role::Reviewer]).await;
    hold(&first, of, "action=take").await;
    let holder = format!("/office/cases/{}/holder", of.case);
    for _ in 0..3 {
        server.clock.advance(SignedDuration::from_mins(29));
        first.get(&holder).await;
    }
    assert!(second.get(&holder).await.text().contains("li.lei 正在办理"), "it was looked at all the time");
    server.clock.advance(SignedDuration::from_mins(29));
    second.get(&holder).await;
    server.clock.advance(SignedDuration::from_mins(2));
    assert!(second.get(&holder).await.text().contains("目前无人办理"), "another's look moves nothing on");
    // Whose account is closed holds nothing.
    hold(&first, of, "action=take").await;
    server.sql("UPDATE accounts SET disabled_at = 1 WHERE login = 'li.lei'").await;
    assert!(second.get(&holder).await.text().contains("目前无人办理"));
}

#[tokio::test]
async fn the_next_case_is_the_most_urgent_that_nobody_has() {
    let server = TestServer::start().await;
    let calm = waiting(&server, "identity", 600).await;
    let urgent = waiting(&server, "identity", 30).await;
    let other = waiting(&server, "offers", 5).await;
    let first = server.desk("li.lei", &[Role::Reviewer]).await;
    let second = server.desk("zhao.min", &[Role::Reviewer]).await;
    server.sql("UPDATE accounts SET queues = '[\"identity\"]' WHERE login = 'li.lei'").await;
    let next = first.post("/office/queue/next", "").await;
    assert_eq!(
        next.header("location"),
        format!("/office/cases/{}", urgent.case),
        "not what they do not serve"
    );
    assert_eq!(
        second.post("/office/queue/next", "").await.header("location"),
        format!("/office/cases/{}", other.case)
    );
    assert_eq!(
        second.post("/office/queue/next", "").await.header("location"),
        format!("/office/cases/{}", calm.case)
    );
    let nothing = first.post("/office/queue/next", "").await.text();
    assert!(nothing.contains("没有无人办理的申请"), "{nothing}");
    let mine = second.get("/office/queue?tab=mine").await.text();
    assert!(mine.contains(&other.case.to_string()) && mine.contains(&calm.case.to_string()), "{mine}");
    assert!(!mine.contains(&urgent.case.to_string()));
    hold(&second, calm, "action=give_back").await;
    let free = first.get("/office/queue?tab=free").await.text();
    assert!(free.contains(&calm.case.to_string()) && !free.contains(&urgent.case.to_string()), "{free}");
    assert!(!free.contains(&other.case.to_string()), "not of their queues");
}

#[tokio::test]
async fn who_does_not_serve_a_queue_neither_takes_nor_decides_its_cases() {
    let server = TestServer::start().await;
    let of = waiting(&server, "identity", 600).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let admin = server.desk("zhou", &[Role::TenantAdmin]).await;
    let id: String = server
        .app
        .store
        .read(|conn| {
            let sql = "SELECT id FROM accounts WHERE login = 'li.lei'";
            Ok::<_, Problem>(conn.query_row(sql, [], |row| row.get(0))?)
        })
        .await
        .unwrap();
    let change = format!("/office/accounts/{id}");
    let unknown = admin.post(&change, "action=queues&queue=gold").await.text();
    assert!(unknown.contains("请从列出的队列中选择"), "{unknown}");
    let saved = admin.post(&change, "action=queues&queue=credit&queue=offers").await.text();
    assert!(saved.contains("已保存 li.lei 办理的队列") && saved.contains("信用结论需要复核"), "{saved}");
    assert!(!desk.get("/office/queue").await.text().contains(&of.case.to_string()));
    assert_eq!(hold(&desk, of, "action=take").await.status.as_u16(), 200);
    approve(&desk, of).await;
    assert_eq!(blocks(&server, of).await, ["look"]);
    admin.post(&change, "action=queues").await;
    assert_eq!(approve(&desk, of).await.status.as_u16(), 303, "none ticked: all of them");
}

#[tokio::test]
async fn only_who_leads_gives_a_case_to_a_colleague_and_only_to_one_who_may_decide_it() {
    let server = TestServer::start().await;
    let of = waiting(&server, "identity", 600).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    server.account("han.mei", &[Role::Advisor]).await;
    let lead = server.desk("wang", &[Role::Manager]).await;
    let ids = server
        .app
        .store
        .read(|conn| {
            let id = |login: &str| {
                conn.query_row("SELECT id FROM accounts WHERE login = ?1", [login], |row| row.get(0))
            };
            Ok::<[String; 2], Problem>([id("li.lei")?, id("han.mei")?])
        })
        .await
        .unwrap();
    let refused = hold(&desk, of, &format!("action=assign&account={}", ids[0])).await;
    assert!(refused.text().contains("您的账号没有这项权限"), "{}", refused.text());
    let refused = hold(&lead, of, &format!("action=assign&account={}", ids[1])).await.text();
    assert!(refused.contains("无权决定这件申请"), "an advisor decides nothing: {refused}");
    assert_eq!(hold(&lead, of, &format!("action=assign&account={}", ids[0])).await.status.as_u16(), 303);
    assert!(desk.get("/office/queue?tab=mine").await.text().contains(&of.case.to_string()));
}

#[tokio::test]
async fn a_decline_says_why_from_the_list() {
    let server = TestServer::start().await;
    let of = waiting(&server, "identity", 600).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let decide = format!("/office/cases/{}/decide", of.case);
    for code in ["", "&code=because"] {
        let fields = format!("action=decline&revision=look%231&reason=not the same person{code}");
        let refused = desk.post(&decide, &fields).await.text();
        assert!(
            refused.contains("请选择不通过的原因") && refused.contains("not the same person"),
            "{refused}"
        );
    }
    let fields = "action=decline&revision=look%231&reason=not the same person&code=identity_mismatch";
    assert_eq!(desk.post(&decide, fields).await.status.as_u16(), 303);
    assert!(blocks(&server, of).await.is_empty());
    let page = desk.get(&format!("/office/cases/{}", of.case)).await.text();
    assert!(page.contains("证件与本人或号码不符"), "{page}");
}

#[tokio::test]
async fn a_decision_taken_back_in_time_never_happened() {
    let server = patient_server().await;
    let of = waiting(&server, "identity", 600).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let other = server.desk("zhao.min", &[Role::Reviewer]).await;
    assert_eq!(approve(&desk, of).await.status.as_u16(), 303);
    assert_eq!(blocks(&server, of).await, ["look"], "nothing has left the house");
    let queue = desk.get("/office/queue").await.text();
    assert!(queue.contains(&format!("/office/cases/{}/undo", of.case)), "{queue}");
    let refused = approve(&other, of).await.text();
    assert!(refused.contains("刚刚已有决定"), "{refused}");
    let undo = format!("/office/cases/{}/undo", of.case);
    let refused = other.post(&undo, "").await.text();
    assert!(refused.contains("只有作出决定的人可以撤销"), "{refused}");

    let undone = desk.post(&undo, "").await.text();
    assert!(undone.contains("决定已撤销") && undone.contains("the card is clear"), "{undone}");
    server.clock.advance(SignedDuration::from_secs(60));
    assert_eq!(pending::settle_due(&server.app).await.unwrap(), 0);
    assert_eq!(blocks(&server, of).await, ["look"]);
    let late = desk.post(&undo, "").await.text();
    assert!(late.contains("无法再撤销"), "{late}");

    approve(&desk, of).await;
    server.clock.advance(SignedDuration::from_secs(9));
    assert_eq!(pending::settle_due(&server.app).await.unwrap(), 0, "its moment is not over");
    server.clock.advance(SignedDuration::from_secs(1));
    // The server's own look may have come first.
    pending::settle_due(&server.app).await.unwrap();
    assert_eq!(blocks(&server, of).await, ["yes"]);
    let actions: Vec<String> = server.audit().await.into_iter().map(|[_, action, ..]| action).collect();
    let count = |wanted: &str| actions.iter().filter(|action| *action == wanted).count();
    assert_eq!(count("case.decision_given"), 2);
    assert_eq!(count("case.decision_undone"), 1);
    assert_eq!(count("case.reviewed"), 1);
}

#[tokio::test]
async fn a_decision_that_the_case_did_not_wait_for_or_whose_account_was_closed_has_no_effect() {
    let server = patient_server().await;
    let (gone, shut) = (waiting(&server, "identity", 600).await, waiting(&server, "identity", 600).await);
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    approve(&desk, gone).await;
    approve(&desk, shut).await;
    let (library, now) = (server.app.driver.library().clone(), server.app.world.clock.now());
    let withdrawn = server
        .app
        .store
        .write(move |conn| journal::advance(conn, &library, gone, Event::Withdraw, None, now))
        .await
        .unwrap();
    server.app.driver.carry_out(withdrawn);
    server.sql("UPDATE accounts SET disabled_at = 1 WHERE login = 'li.lei'").await;
    server.clock.advance(SignedDuration::from_secs(11));
    pending::settle_due(&server.app).await.unwrap();
    assert_eq!(blocks(&server, shut).await, ["look"], "a closed account decides nothing");
    let moot: Vec<String> = server
        .audit()
        .await
        .into_iter()
        .filter(|[_, action, ..]| action == "case.decision_moot")
        .map(|[.., detail]| detail)
        .collect();
    assert_eq!(moot.len(), 2, "{moot:?}");
    let left = server.app.store.read(|conn| {
        Ok::<i64, Problem>(conn.query_row("SELECT count(*) FROM decisions_pending", [], |row| row.get(0))?)
    });
    assert_eq!(left.await.unwrap(), 0);
}

#[tokio::test]
async fn a_decision_at_the_last_moment_waits_for_nothing() {
    let server = patient_server().await;
    let of = waiting(&server, "identity", 10).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    server.clock.advance(SignedDuration::from_secs(9 * 60 + 50));
    assert_eq!(approve(&desk, of).await.status.as_u16(), 303);
    assert_eq!(blocks(&server, of).await, ["yes"], "otherwise the block's own time would have decided");
}

#[tokio::test]
async fn a_decision_at_the_last_moment_does_not_pass_by_one_that_was_given_before() {
    let server = patient_server().await;
    let of = waiting(&server, "identity", 10).await;
    let first = server.desk("li.lei", &[Role::Reviewer]).await;
    let second = server.desk("zhao.min", &[Role::Reviewer]).await;
    // Sixteen seconds are left: the first decision can still be taken back, the second would take effect at once.
    server.clock.advance(SignedDuration::from_secs(9 * 60 + 44));
    assert_eq!(approve(&first, of).await.status.as_u16(), 303);
    server.clock.advance(SignedDuration::from_secs(2));
    let refused = approve(&second, of).await.text();
    assert!(refused.contains("刚刚已有决定"), "{refused}");
    assert_eq!(blocks(&server, of).await, ["look"]);
}
