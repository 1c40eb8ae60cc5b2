//! Recordings on a whole server with the lab as its partners.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::SignedDuration;
use rusqlite::params;
use serde_json::{Value, json};
use shared::{
    domain::{Role, TenantId},
    protocol::partners::{Masked, PartnerToken, checks::RealNameCheck},
};
use tokio::net::TcpListener;

use super::{
    keep,
    opened::{Sealed, seal},
};
use crate::{
    config::{Config, PartnerTable},
    lab::{LabConfig, Pace, serve},
    partners::{IdempotencyKey, Partner, PartnerFailure, Question, ReadAs, webhooks::WebhookSecret},
    testing::{Desk, TestServer},
    world::World,
};

const PAGE: &str = "/office/partners/realname";
const NAME: &str = "沈若云";
const ID_NUMBER: &str = "440524188001010014";

/// A server whose partners a lab plays.
struct Setting {
    lab: String,
    server: TestServer,
}

impl Setting {
    async fn new() -> Self {
        Self::with(|_| ()).await
    }

    async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let world = World::system().unwrap();
        let mut lab = LabConfig::new(world, Masked::from("lab-key"), WebhookSecret::from_bytes([9; 32]));
        lab.pace = Pace::Instant;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(serve(listener, lab));
        let table = json!({"lab": {"url": url, "api_key": "lab-key"}});
        let mut config =
            Config { partners: PartnerTable::new(table.as_object().unwrap().clone()), ..Config::default() };
        change(&mut config);
        Self { lab: url, server: TestServer::start_with(config).await }
    }

    /// Asks who somebody is, as a case of the company's would.
    async fn ask(&self, number: usize) -> Result<(), PartnerFailure> {
        let key = IdempotencyKey::mint(&format!("case-{number}"), "realname", 1, "realname");
        let check = RealNameCheck {
            id_number: ID_NUMBER.into(),
            name: NAME.into(),
            name_confirmed_by_customer: true,
            consent: PartnerToken::parse("consent-1").unwrap(),
        };
        let partners = self.server.app.partners.of(self.server.tenant);
        partners.check_real_name(&key, None, &check).await.map(|_| ())
    }

    async fn break_it(&self, faults: Value) {
        let url = format!("{}/control/realname", self.lab);
        let answer = self.server.app.world.http.put(url).json(&faults).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// Requests that came to the lab.
    async fn requests(&self) -> u64 {
        let url = format!("{}/control/effects", self.lab);
        let all: Value = self.server.app.world.http.get(url).send().await.unwrap().json().await.unwrap();
        let of = |one: &Value| one["requests"].as_u64().unwrap();
        all["keys"].as_array().unwrap().iter().map(of).sum()
    }

    async fn number(&self, sql: &'static str) -> i64 {
        let read = move |conn: &rusqlite::Connection| {
            Ok::<_, crate::problem::Problem>(conn.query_row(sql, [], |row| row.get(0))?)
        };
        self.server.app.store.read(read).await.unwrap()
    }

    /// Waits until so many answers are kept.
    async fn kept(&self, n: i64) {
        let wait = async {
            while self.number("SELECT count(*) FROM recorded_answers").await != n {
                tokio::task::yield_now().await;
            }
        };
        let waited = tokio::time::timeout(std::time::Duration::from_secs(20), wait).await;
        assert!(waited.is_ok(), "{n} answers were never kept");
    }

    fn actions(audit: &[[String; 4]]) -> Vec<String> {
        let of = |row: &[String; 4]| row[1].strip_prefix("partner.recording_").map(str::to_owned);
        audit.iter().filter_map(of).collect()
    }
}

async fn begin(desk: &Desk<'_>, answers: u32, hours: u32) -> u16 {
    let form = format!("answers={answers}&last_hours={hours}&reason=they+changed+something");
    desk.post(&format!("{PAGE}/recordings"), &form).await.status.as_u16()
}

/// The address of the only recording.
async fn address(desk: &Desk<'_>) -> String {
    let page = desk.get(PAGE).await.text();
    let from = page.find(&format!("{PAGE}/recordings/")).unwrap();
    page[from..].split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_partner_answers_is_kept_read_once_more_taken_along_and_deleted() {
    let setting = Setting::new().await;
    let server = &setting.server;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    setting.ask(0).await.unwrap();
    for (answers, hours, reason) in
        [("9", "1", "r"), ("501", "1", "r"), ("10", "0", "r"), ("10", "73", "r"), ("10", "1", "+")]
    {
        let form = format!("answers={answers}&last_hours={hours}&reason={reason}");
        let refused = desk.post(&format!("{PAGE}/recordings"), &form).await;
        assert_eq!(refused.status, 422, "{form}");
        assert!(refused.text().contains(&format!("value=\"{answers}\"")), "{}", refused.text());
    }
    assert_eq!(begin(&desk, 10, 1).await, 303);
    assert_eq!(begin(&desk, 10, 1).await, 409, "one at a time");
    for number in 1..3 {
        setting.ask(number).await.unwrap();
    }
    setting.break_it(json!({"fault": "malformed"})).await;
    assert!(setting.ask(3).await.is_err());
    setting.break_it(json!({"fault": "server_error"})).await;
    assert!(setting.ask(4).await.is_err());
    setting.kept(4).await;
    let page = desk.get(PAGE).await.text();
    assert!(page.contains("they changed something") && !page.contains(">tape-"), "{page}");

    let (address, asked) = (address(&desk).await, setting.requests().await);
    let shown = desk.get(&address).await;
    assert_eq!(shown.status, 200, "{}", shown.text());
    let text = shown.text();
    assert!(text.contains("not_json") && text.contains(">500<") && !text.contains(">tape-"), "{text}");
    assert!(!text.contains("不同</span>"), "{text}");
    for planted in [NAME, ID_NUMBER, "rn-"] {
        assert!(!text.contains(planted), "{planted}");
    }
    assert_eq!(setting.requests().await, asked, "a replay asked somebody");

    let file = desk.post(&format!("{address}/file"), "").await;
    assert_eq!((file.status.as_u16(), file.header("content-type")), (200, "application/jsonl"));
    let (partner, lines) = crate::partners::tape::parse(&file.text()).unwrap();
    assert_eq!((partner, lines.len()), (Partner::RealName, 4), "{}", file.text());
    assert!(!file.text().contains("rn-"), "references are invented: {}", file.text());

    assert_eq!(desk.post(&address, "do=stop").await.status, 303);
    setting.break_it(json!({})).await;
    setting.ask(5).await.unwrap();
    assert_eq!(begin(&desk, 10, 1).await, 303, "the next one can begin");
    assert_eq!(desk.post(&address, "do=delete").await.status, 303);
    assert_eq!(setting.number("SELECT count(*) FROM recorded_answers").await, 0);
    assert_eq!(desk.get(&address).await.status, 404);
    let audit = server.audit().await;
    assert_eq!(Setting::actions(&audit), ["started", "downloaded", "stopped", "started", "deleted"]);
}

#[tokio::test]
async fn a_recording_ends_by_itself_and_lies_here_for_thirty_days_at_most() {
    let setting = Setting::new().await;
    let server = &setting.server;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    assert_eq!(begin(&desk, 10, 1).await, 303);
    for number in 0..6 {
        setting.ask(number).await.unwrap();
    }
    setting.kept(6).await;
    // As after a restart: what runs is read from the store, with what is left of it.
    let id = address(&desk).await.rsplit('/').next().unwrap().to_owned();
    server.app.partners.stop_recording(server.tenant, &Partner::RealName, &id);
    setting.ask(6).await.unwrap();
    keep::begin(&server.app).await.unwrap();
    for number in 7..13 {
        setting.ask(number).await.unwrap();
    }
    setting.kept(10).await;
    assert_eq!(
        setting.number("SELECT count(*) FROM partner_recordings WHERE state = 'full' AND kept = 10").await,
        1
    );

    // Another one is ended by its time, to the minute at the calls and soon after in the store.
    assert_eq!(begin(&desk, 10, 2).await, 303);
    server.clock.advance(SignedDuration::from_hours(2));
    setting.ask(20).await.unwrap();
    assert!(desk.get(PAGE).await.text().contains("时间已到"));
    keep::look(&server.app).await;
    assert_eq!(setting.number("SELECT count(*) FROM partner_recordings WHERE state = 'over'").await, 1);
    assert_eq!(setting.number("SELECT count(*) FROM recorded_answers").await, 10);

    server.clock.advance(SignedDuration::from_hours(30 * 24 - 3));
    keep::look(&server.app).await;
    assert_eq!(setting.number("SELECT count(*) FROM recorded_answers").await, 10);
    server.clock.advance(SignedDuration::from_hours(1));
    keep::look(&server.app).await;
    assert_eq!(setting.number("SELECT count(*) FROM recorded_answers").await, 0);
    let audit = server.audit().await;
    assert_eq!(Setting::actions(&audit), ["started", "ended", "started", "ended", "expired", "expired"]);
}

#[tokio::test]
async fn where_two_are_needed_nothing_is_recorded_before_the_second() {
    let setting = Setting::with(|config| config.partner_changes_need_two = true).await;
    let first = setting.server.desk("first", &[Role::Controller]).await;
    let second = setting.server.desk("second", &[Role::Controller]).await;
    assert_eq!(begin(&first, 10, 1).await, 303);
    setting.ask(0).await.unwrap();
    let address = address(&first).await;
    assert_eq!(first.post(&address, "do=confirm").await.status, 409);
    assert_eq!(second.post(&address, "do=confirm").await.status, 303);
    setting.ask(1).await.unwrap();
    setting.kept(1).await;
    assert!(second.get(PAGE).await.text().contains("second 确认"));
    assert_eq!(first.post(&address, "do=stop").await.status, 303);
    assert_eq!(begin(&first, 10, 1).await, 303);
    let audit = setting.server.audit().await;
    assert_eq!(Setting::actions(&audit), ["proposed", "started", "stopped", "proposed"]);
}

#[tokio::test]
async fn another_companys_people_and_other_roles_see_and_change_nothing() {
    let setting = Setting::new().await;
    let server = &setting.server;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    assert_eq!(begin(&desk, 10, 1).await, 303);
    setting.ask(0).await.unwrap();
    setting.kept(1).await;
    let address = address(&desk).await;
    let other = TenantId::from_bytes([8; 16]);
    server.make_tenant(other).await;
    server.account_of(other, "stranger", &[Role::Controller]).await;
    let stranger = server.desk_of("stranger", crate::testing::PASSWORD).await;
    let manager = server.desk("manager", &[Role::Manager]).await;
    for (who, status) in [(&stranger, 404), (&manager, 403)] {
        assert_eq!(who.get(&address).await.status, status);
        assert_eq!(who.post(&address, "do=delete").await.status, status);
        assert_eq!(who.post(&format!("{address}/file"), "").await.status, status);
    }
    assert_eq!(begin(&manager, 10, 1).await, 403);
    setting.ask(1).await.unwrap();
    setting.kept(2).await;
    assert_eq!(desk.get(&address).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_is_read_otherwise_by_now_stands_first() {
    let setting = Setting::new().await;
    let server = &setting.server;
    let desk = server.desk("steerer", &[Role::Controller]).await;
    assert_eq!(begin(&desk, 10, 1).await, 303);
    for number in 0..2 {
        setting.ask(number).await.unwrap();
    }
    setting.kept(2).await;
    // An earlier release took a mismatch for a match.
    let (keys, random) = (server.app.keys.clone(), server.app.world.random.clone());
    let doctor = move |conn: &rusqlite::Connection| {
        let (tenant, id, wrapped): (String, String, Vec<u8>) =
            conn.query_row("SELECT tenant, id, wrapped_key FROM partner_recordings", [], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let key = keys.tenant(&tenant).recording(&id, &wrapped)?;
        let body = r#"{"reference":"rn-1","outcome":"mismatch"}"#;
        let then = ReadAs::Answer {
            outcome: "match".to_owned(),
            content: json!({"reference": "rn-1", "outcome": "match"}),
        };
        let sealed = Sealed { question: Question::RealName, body: Some(STANDARD.encode(body)), then };
        let sealed = seal(&key, (&id, 3), &sealed, &random)?;
        assert!(!sealed.windows(4).any(|part| part == b"rn-1"));
        conn.execute(
            "INSERT INTO recorded_answers(tenant, recording, number, at, ms, sealed) VALUES (?1, ?2, 3, 0, 5, ?3)",
            params![tenant, id, sealed],
        )?;
        Ok::<_, crate::problem::Problem>(())
    };
    server.app.store.write(doctor).await.unwrap();
    let text = desk.get(&address(&desk).await).await.text();
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(place("#3</small>") < place("#1</small>") && place("#1</small>") < place("#2</small>"));
    assert_eq!((text.matches("不同</span>").count(), text.matches("相同</span>").count()), (1, 2), "{text}");
}
