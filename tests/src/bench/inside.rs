//! A whole server inside this process, with its real routes on a port, so that a case can begin behind the photo: the
//! hand-in is written through the library as the product writes it, with a reading that no photo was read for.

use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Result, anyhow, bail};
use jiff::Timestamp;
use miaopi::{
    accounts::create::{self, By, NewTenant},
    app::App,
    audit,
    cases::{
        Situation,
        acts::{self, ActId},
        page,
        person::{Column, Person},
        reading,
    },
    config::{Config, PartnerTable, Secret},
    flows::journal::{self, Advanced, CaseRef},
    photos::PhotoReading,
    problem::Problem,
    router,
    world::World,
};
use rusqlite::params;
use serde_json::json;
use shared::{
    domain::{IdNumber, PersonId, PhotoId, Scopes, TenantId},
    flow::{Event, Facts},
};
use tempfile::TempDir;
use tokio::{net::TcpListener, sync::Notify};

use super::{
    lab::{Lab, Pace},
    people,
};
use crate::cards;

/// Companies that the cases are spread over, so that no funder's daily quota decides what is measured.
const TENANTS: u8 = 64;
/// No case stays this long in one place.
const PATIENCE: Duration = Duration::from_secs(30);

/// The server and whoever waits for its cases.
pub(super) struct Inside {
    pub(super) app: App,
    pub(super) url: String,
    pub(super) keys: Vec<String>,
    pub(super) lab: Lab,
    moved: Moved,
    folder: TempDir,
}

type Moved = Arc<Mutex<HashMap<CaseRef, Arc<Notify>>>>;

impl Inside {
    /// A server whose partners are a lab that knows `people`.
    pub(super) async fn start(people: &[cards::Person], pace: Pace) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let lab = Lab::start_paced(folder.path(), &people::registry(people), pace).await?;
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let addr = listener.local_addr()?;
        let partners = json!({"lab": {"url": lab.url, "api_key": lab.api_key}});
        let config = Config {
            data: folder.path().join("data"),
            addr,
            partners: PartnerTable::new(partners.as_object().cloned().unwrap_or_default()),
            webhook_secret: Some(Secret::new(lab.webhook_secret.clone())),
            photo_workers: 1,
            requests_per_minute_link: 0,
            requests_per_minute_account: 0,
            requests_per_minute_address: 0,
            ..Config::default()
        };
        let app = App::open(config, World::system()?)?;
        app.begin().await?;
        let routes = router::build(app.clone()).into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, routes).await });
        let keys = companies(&app).await?;
        let moved = Moved::default();
        tokio::spawn(tell(app.clone(), moved.clone()));
        Ok(Self { app, url: format!("http://{addr}"), keys, lab, moved, folder })
    }

    /// A folder of this server's for a floor beside it, on the same disk.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// From now on this case's moves are heard.
    pub(super) fn listen(&self, of: CaseRef) {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).insert(of, Arc::default());
    }

    /// The case is where it was wanted.
    pub(super) fn forget(&self, of: CaseRef) {
        self.moved.lock().unwrap_or_else(PoisonError::into_inner).remove(&of);
    }

    /// Returns when the case waits for its customer in a block of this kind.
    pub(super) async fn until_customer_in(&self, of: CaseRef, kind: &'static str) -> Result<()> {
        let moved = self.moved.lock().unwrap_or_else(PoisonError::into_inner).get(&of).cloned();
        let moved = moved.ok_or_else(|| anyhow!("nobody listens to the case"))?;
        let arrived = async {
            loop {
                match self.whereabouts(of).await? {
                    Whereabouts::Customer(here) if here == kind => return Ok(()),
                    Whereabouts::Lost(place) => {
                        bail!("a case on its way to {kind} is {place} after {}", self.way(of).await?)
                    }
                    _ => moved.notified().await,
                }
            }
        };
        match tokio::time::timeout(PATIENCE, arrived).await {
            Ok(arrived) => arrived,
            Err(_) => bail!("a case never came to {kind}: it is left after {}", self.way(of).await?),
        }
    }

    /// The blocks that a case has left, with their outcomes.
    async fn way(&self, of: CaseRef) -> Result<String> {
        let steps = self.app.store.read(move |conn| page::steps(conn, of)).await.map_err(refused)?;
        Ok(steps.iter().map(|step| format!("{} {}", step.block, step.outcome)).collect::<Vec<_>>().join(", "))
    }

    async fn whereabouts(&self, of: CaseRef) -> Result<Whereabouts> {
        let found = self.app.store.read::<_, Problem>(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let mut statement = conn
                .prepare_cached("SELECT owner, kind, block FROM tasks WHERE tenant = ?1 AND case_id = ?2")?;
            let mut rows = statement.query(params![tenant, case])?;
            let mut is_moving = false;
            while let Some(row) = rows.next()? {
                is_moving = true;
                let (owner, kind): (String, String) = (row.get(0)?, row.get(1)?);
                match owner.as_str() {
                    // A funder that answers later does so by itself.
                    "machine" | "partner:funder" => {}
                    "customer" => return Ok(Whereabouts::Customer(kind)),
                    _ => {
                        return Ok(Whereabouts::Lost(format!(
                            "in {} with {owner}",
                            row.get::<_, String>(2)?
                        )));
                    }
                }
            }
            Ok(if is_moving { Whereabouts::Machine } else { Whereabouts::Lost("over".to_owned()) })
        });
        found.await.map_err(refused)
    }

    /// Hands in a number and a reading, in one commit, as the product's own hand-in does after it has taken the photo
    /// in. No photo is decoded, read or stored.
    pub(super) async fn hand_in(&self, of: CaseRef, number: String, read: PhotoReading) -> Result<()> {
        let app = &self.app;
        let now = app.world.clock.now();
        let (library, keys, random) =
            (app.driver.library().clone(), app.keys.clone(), app.world.random.clone());
        let act = ActId::parse(&hex::encode(random.bytes::<16>())).map_err(refused)?;
        let id = PhotoId::from_bytes(random.bytes());
        let handed = app.store.write::<_, Problem>(move |conn| {
            let number = IdNumber::read_back(&number).map_err(|error| Problem::internal(&error))?;
            acts::note(
                conn,
                of,
                &act,
                "hand_in",
                &[number.reveal().as_bytes(), read.original_sha256.as_bytes()],
                now,
            )?;
            let situation = Situation::load(conn, &library, of)?;
            let at = situation.expect("intake")?.at.clone();
            let person = Person::load(conn, &keys, of.tenant, person_of(conn, of)?)?;
            person.set(conn, Column::IdNumber, number.reveal(), &random)?;
            let sealed = reading::seal(&person, id, &read, &random)?;
            insert_photo(conn, of, id, &read, &sealed, now)?;
            let day = now.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8))).date();
            let writes = Facts::new()
                .with("intake.photo", id.to_string())
                .with("id.valid", true)
                .with("id.age", number.age_on(day).years())
                .with("id.sex", number.sex().text(shared::domain::Lang::En))
                .with("id.province_known", number.province_known())
                .with("consent.given", vec!["process_identity", "real_name_check"]);
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let entry = audit::Entry {
                tenant: &tenant,
                at: now,
                actor: "customer",
                action: "intake.handed_in",
                subject: &case,
                detail: "{}",
            };
            audit::record(conn, entry)?;
            let event = Event::Done { at, outcome: "complete".to_owned(), writes };
            Ok::<Advanced, Problem>(journal::advance(conn, &library, of, event, None, now)?)
        });
        app.driver.carry_out(handed.await.map_err(refused)?);
        Ok(())
    }
}

enum Whereabouts {
    Machine,
    Customer(String),
    Lost(String),
}

fn refused(problem: Problem) -> anyhow::Error {
    anyhow!("{}: {}", problem.code, problem)
}

async fn companies(app: &App) -> Result<Vec<String>> {
    let (random, by) =
        (app.world.random.clone(), By { actor: "console".to_owned(), at: app.world.clock.now() });
    let made = app.store.write::<_, Problem>(move |conn| {
        let mut keys = Vec::new();
        for number in 0..TENANTS {
            let id = TenantId::from_bytes([number + 1; 16]);
            let company = create::Company {
                credit_code: "91310000MA0000001Y".to_owned(),
                address: "上海市样本路 1 号".to_owned(),
                phone: "400-000-0000".to_owned(),
            };
            let (name_zh, name_en) = (format!("样本公司{number}"), format!("Sample {number}"));
            let new = NewTenant { id, name_zh, name_en, company };
            create::tenant(conn, &new, &by)?;
            let key = create::new_key(&random);
            create::api_key(conn, id, ("bench", &Scopes::all()), &key, &by)?;
            keys.push(key);
        }
        Ok(keys)
    });
    made.await.map_err(refused)
}

/// Passes the driver's news on to whoever waits for that case.
async fn tell(app: App, moved: Moved) {
    let mut news = app.driver.news();
    while let Ok(news) = news.recv().await {
        if let Some(waiting) = moved.lock().unwrap_or_else(PoisonError::into_inner).get(&news.of) {
            waiting.notify_one();
        }
    }
}

fn person_of(conn: &rusqlite::Connection, of: CaseRef) -> Result<PersonId, Problem> {
    let id: String = conn
        .prepare_cached("SELECT person FROM cases WHERE tenant = ?1 AND id = ?2")?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))?;
    id.parse().map_err(|error| Problem::internal(&error))
}

fn insert_photo(
    conn: &rusqlite::Connection,
    of: CaseRef,
    id: PhotoId,
    read: &PhotoReading,
    sealed: &[u8],
    now: Timestamp,
) -> Result<(), Problem> {
    let phash = read.card.as_ref().map(|card| card.hash.to_hex());
    conn.prepare_cached(
        "INSERT INTO photos(tenant, id, case_id, sha256, object, bytes, width, height, quality, phash, reading, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        of.tenant.to_string(),
        id.to_string(),
        of.case.to_string(),
        hex::decode(&read.original_sha256).unwrap_or_default(),
        format!("{}/photos/{id}", of.tenant),
        read.width,
        read.height,
        json!(read.quality).to_string(),
        phash,
        sealed,
        now.as_millisecond(),
    ])?;
    Ok(())
}
