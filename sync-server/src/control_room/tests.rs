//! Setting, proposing, taking back, parking: on a whole server in a folder of its own.

use std::time::Duration;

use jiff::SignedDuration;
use serde_json::json;
use shared::{domain::Role, flow::Facts};

use super::{park, preview};
use crate::{
    config::{Config, PartnerTable},
    partners::{Control, Partner, Switch},
    problem::Problem,
    testing::{Desk, TestServer},
};

const PAGE: &str = "/office/partners/realname";

fn config() -> Config {
    let lab = json!({"lab": {"url": "http://127.0.0.1:1", "api_key": "key"}});
    Config { partners: PartnerTable::new(lab.as_object().unwrap().clone()), ..Config::default() }
}

async fn set(desk: &Desk<'_>, fields: &str) -> u16 {
    desk.post(&format!("{PAGE}/change"), fields).await.status.as_u16()
}

fn actions(audit: &[[String; 4]]) -> Vec<&str> {
    audit.iter().map(|row| row[1].as_str()).filter(|action| action.starts_with("partner.")).collect()
}

#[tokio::test]
async fn a_change_is_previewed_made_with_a_reason_audited_and_taken_back() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    let control = || server.app.partners.control(server.tenant, &Partner::RealName);
    let preview = desk.get(&format!("{PAGE}/change?state=draining")).await;
    assert!(preview.status.is_success(), "{}", preview.text());
    assert!(!preview.text().contains(">steer-"), "a text is missing: {}", preview.text());
    assert_eq!(control().state, Switch::Open, "looking changes nothing");

    assert_eq!(set(&desk, "number=0&state=draining&reason=").await, 422);
    assert_eq!(set(&desk, "number=0&state=open&reason=why").await, 422);
    assert_eq!(control().state, Switch::Open);
    assert_eq!(set(&desk, "number=0&state=draining&reason=it+fails").await, 303);
    assert_eq!(control().state, Switch::Draining);
    assert!(desk.get(PAGE).await.text().contains("it fails"));

    // Whoever looked before that is told so, and what they asked for does not happen.
    let stale = desk.post(&format!("{PAGE}/change"), "number=0&state=paused&reason=late").await;
    assert_eq!((stale.status.as_u16(), control().state), (409, Switch::Draining));
    assert!(stale.text().contains("name=\"number\" value=\"1\""), "the new preview is shown");

    assert_eq!(desk.post(&format!("{PAGE}/reverse"), "number=0").await.status, 409);
    assert_eq!(desk.post(&format!("{PAGE}/reverse"), "number=1").await.status, 303);
    assert_eq!(control(), Control::default());
    let audit = server.audit().await;
    assert_eq!(actions(&audit), ["partner.changed", "partner.changed"]);
    let last: serde_json::Value = serde_json::from_str(&audit.last().unwrap()[3]).unwrap();
    assert_eq!((&last["before"]["state"], &last["after"]["state"]), (&json!("draining"), &json!("open")));
    assert_eq!((&last["reverses"], &last["number"]), (&json!(1), &json!(2)));
}

#[tokio::test]
async fn every_field_can_be_set_and_what_cannot_be_stays_in_the_form() {
    let server = TestServer::start_with(config()).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    let all = "full=1&number=0&reason=busy&state=open&per_second=5&timeout_ms=900&quota=70&park_minutes=45&cost_fen=0.5\
               &day1=1&from=08:00&to=18:00";
    assert_eq!(set(&desk, all).await, 303);
    let control = server.app.partners.control(server.tenant, &Partner::RealName);
    assert_eq!((control.per_second, control.quota, control.cost_fen), (Some(5), Some(70), 50));
    assert!(control.hours.is_some());
    let refused = desk.get(&format!("{PAGE}/change?full=1&state=open&park_minutes=0&quota=71")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("value=\"71\"") && refused.text().contains("park_minutes-error"));
    // A weight is for funders.
    assert_eq!(set(&desk, "full=1&number=1&reason=r&state=open&park_minutes=30&weight=5").await, 422);
}

#[tokio::test]
async fn where_two_are_needed_the_second_one_is_somebody_else() {
    let server = TestServer::start_with(Config { partner_changes_need_two: true, ..config() }).await;
    let first = server.desk("first", &[Role::Controller]).await;
    let second = server.desk("second", &[Role::Controller]).await;
    let state = || server.app.partners.control(server.tenant, &Partner::RealName).state;
    let settle = format!("{PAGE}/proposal");
    assert_eq!(set(&first, "number=0&state=paused&reason=fraud").await, 303);
    assert_eq!(state(), Switch::Open, "it waits");
    assert_eq!(set(&second, "number=0&state=draining&reason=other").await, 409, "one at a time");
    assert_eq!(first.post(&settle, "do=confirm").await.status, 409);
    assert_eq!(second.post(&settle, "do=confirm").await.status, 303);
    assert_eq!(state(), Switch::Paused);
    assert_eq!(second.post(&settle, "do=confirm").await.status, 404, "nothing waits any more");
    // Taking it back needs two as well; laying it aside does not.
    assert_eq!(first.post(&format!("{PAGE}/reverse"), "number=1").await.status, 303);
    assert_eq!(state(), Switch::Paused);
    assert_eq!(first.post(&settle, "do=drop").await.status, 303);
    assert_eq!(state(), Switch::Paused);
    let audit = server.audit().await;
    let expected = ["partner.proposed", "partner.changed", "partner.proposed", "partner.proposal_dropped"];
    assert_eq!(actions(&audit), expected);
    assert!(audit.iter().any(|row| row[1] == "partner.changed" && row[3].contains("\"second\":\"")));
}

#[tokio::test]
async fn one_companys_switch_is_not_anothers_and_outlives_a_restart() {
    let server = TestServer::start_with(config()).await;
    let other = shared::domain::TenantId::from_bytes([9; 16]);
    server.make_tenant(other).await;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    assert_eq!(set(&desk, "number=0&state=paused&reason=r").await, 303);
    assert_eq!(server.app.partners.control(other, &Partner::RealName), Control::default());
    // What a start reads is what was set.
    server.app.partners.set_control(server.tenant, Partner::RealName, 9, Control::default());
    server.sql("UPDATE partner_controls SET number = 10").await;
    super::begin(&server.app).await.unwrap();
    assert_eq!(server.app.partners.control(server.tenant, &Partner::RealName).state, Switch::Paused);
}

#[tokio::test]
async fn only_controllers_come_in() {
    let server = TestServer::start_with(config()).await;
    for role in Role::ALL.into_iter().filter(|role| *role != Role::Controller) {
        let desk = server.desk(&format!("is-{}", role.code().replace('_', "-")), &[role]).await;
        assert_eq!(desk.get("/office/partners").await.status, 403, "{role:?}");
        assert_eq!(set(&desk, "number=0&state=paused&reason=r").await, 403, "{role:?}");
    }
    let desk = server.desk("steerer", &[Role::Controller]).await;
    assert_eq!(desk.get("/office/").await.header("location"), "/office/partners");
    assert!(desk.get("/office/partners").await.text().contains("/office/partners/funders.huaxing-bank"));
    assert_eq!(desk.get("/office/partners/nobody").await.status, 404);
    assert_eq!(desk.get("/office/partners/funders.nobody").await.status, 404);
}

#[tokio::test]
async fn a_parked_case_waits_with_a_due_time_and_goes_on_or_out() {
    let server = TestServer::start_with(config()).await;
    let of = server.new_case().await;
    let work = || server.work(of, "partner-query", json!({"partner": "realname"}), Facts::new());
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let now = server.app.world.clock.now();
    server
        .sql(&format!(
            "INSERT INTO tasks(tenant, case_id, block, visit, kind, owner, since, due_at)
             VALUES ('{tenant}', '{case}', 'it', 1, 'partner-query', 'machine', 0, {})",
            (now + SignedDuration::from_secs(125)).as_millisecond()
        ))
        .await;
    let row = async || {
        let read = |conn: &rusqlite::Connection| {
            let sql = "SELECT parked, due_at, owner FROM tasks WHERE block = 'it'";
            let row = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
            Ok::<(Option<String>, i64, String), Problem>(conn.query_row(sql, [], row)?)
        };
        server.app.store.read(read).await.unwrap()
    };
    let switch = |number, state| {
        let control = Control { state, ..Control::default() };
        server.app.partners.set_control(server.tenant, Partner::RealName, number, control);
    };
    let wait = |app: crate::app::App, work| tokio::spawn(async move { park::until_open(&app, &work).await });
    assert!(park::until_open(&server.app, &work()).await, "an open partner is asked at once");

    switch(1, Switch::Draining);
    assert!(!park::is_paused(&server.app, &work()));
    let waiting = wait(server.app.clone(), work());
    while row().await.0.is_none() {
        tokio::task::yield_now().await;
    }
    let (parked, due, owner) = row().await;
    let half_an_hour = (now + SignedDuration::from_mins(30)).as_millisecond();
    assert_eq!((parked.as_deref(), due, owner.as_str()), (Some("realname"), half_an_hour, "machine"));
    // A restart in between finds it as it was.
    server.clock.advance(SignedDuration::from_mins(1));
    waiting.abort();
    let waiting = wait(server.app.clone(), work());
    tokio::time::timeout(Duration::from_millis(50), async {
        while !waiting.is_finished() {
            tokio::task::yield_now().await
        }
    })
    .await
    .expect_err("it still waits");
    assert_eq!(row().await.1, half_an_hour);
    switch(2, Switch::Open);
    assert!(waiting.await.unwrap());
    let (parked, due, _) = row().await;
    assert_eq!(parked, None);
    assert_eq!(due, (now + SignedDuration::from_secs(60 + 120 + 5)).as_millisecond());

    switch(3, Switch::Paused);
    assert!(park::is_paused(&server.app, &work()));
    let waiting = wait(server.app.clone(), work());
    while row().await.0.is_none() {
        tokio::task::yield_now().await;
    }
    server.clock.advance(SignedDuration::from_mins(31));
    switch(4, Switch::Draining);
    assert!(!waiting.await.unwrap(), "its time is over: the block takes its own way out");
    server.sql("DELETE FROM tasks WHERE block = 'it'").await;
    assert!(!park::until_open(&server.app, &work()).await, "the case has gone on without it");
    let audit = server.audit().await;
    let told: Vec<&str> =
        audit.iter().map(|row| row[1].as_str()).filter(|action| action.contains("parked")).collect();
    assert_eq!(told, ["case.parked", "case.unparked", "case.parked"]);
}

#[tokio::test]
async fn a_preview_says_whom_a_drained_funder_loses_and_to_whom() {
    let server = TestServer::start_with(config()).await;
    let (of, funder) = (server.new_case().await, Partner::named("funders/huaxing-bank").unwrap());
    let looking = preview::Looking::at(&server.app);
    let tenant = server.tenant;
    let look = async |state| {
        let (looking, funder) = (looking.clone(), funder.clone());
        let control = Control { state, ..Control::default() };
        let read =
            move |conn: &rusqlite::Connection| preview::affected(conn, &looking, tenant, &funder, &control);
        server.app.store.read(read).await.unwrap()
    };
    let drained = look(Switch::Draining).await;
    assert_eq!((drained.cases, drained.groups.len(), drained.more), (1, 1, false));
    let [route] = &drained.rerouted[..] else { panic!("{:?}", drained.rerouted) };
    assert_eq!((route.from.as_deref(), route.cases), (Some("huaxing-bank"), 1));
    assert!(route.to.is_some() && route.to != route.from, "{route:?}");
    assert_eq!(drained.named[0].1, of.case.to_string());
    assert_eq!(look(Switch::Open).await.cases, 0, "what changes nothing affects nobody");
}
