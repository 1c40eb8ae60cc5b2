//! The engine alone: a flow of seven steps that do nothing, each durable before the next begins.

use std::{
    collections::HashMap,
    path::Path,
    process::Stdio,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;
use miaopi::{
    crypt::Keys,
    flows::{
        Driver, Library, Perform, Performed, Work,
        journal::{self, AdvanceError, CaseRef},
    },
    store::{Folder, Store, StoreError},
    world::World,
};
use rusqlite::params;
use serde_json::{Map, json};
use shared::{
    domain::{CaseId, TenantId},
    flow::{Facts, Flow},
};
use tokio::sync::oneshot;

use super::{
    Part, Report, durable,
    measure::{AT_ONCE, Spread, cpu_ms, ms},
    peers,
    report::{Aim, Figure},
};

/// Steps of an instance.
const STEPS: u32 = 7;
/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(6);
/// How long a floor is.
const FLOOR_SPAN: Duration = Duration::from_secs(3);
/// Instances whose flushes are counted.
const COUNTED: u64 = 2_000;

const BARE: &str = "rusqlite, 7 grouped writes";

/// Measures the engine.
pub(super) async fn measure(report: &mut Report) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let bare = folder.path().join("bare");
    std::fs::create_dir_all(&bare)?;
    let engine = Engine::start(&folder.path().join("data")).await?;
    engine.run(Until::Time(Duration::from_secs(1))).await?;
    let before = durable::instances(&bare, STEPS, FLOOR_SPAN).await?;
    let ran = engine.run(Until::Time(SPAN)).await?;
    let after = durable::instances(&bare, STEPS, FLOOR_SPAN).await?;
    engine.check(ran.all).await?;

    let part = Part::Engine;
    report.add(
        Figure::higher(part, "instances of 7 durable steps, 16 at once", "1/s", ran.rate)
            .floor(BARE, before.rate, after.rate)
            .aim(Aim::ShareOfFloor(0.4))
            .peers(&peers::ENGINE_RATE),
    );
    report.add(Figure::lower(part, "an instance, p50", "ms", ran.spread.p50).floor(
        BARE,
        before.spread.p50,
        after.spread.p50,
    ));
    report.add(Figure::lower(part, "an instance, p99", "ms", ran.spread.p99).floor(
        BARE,
        before.spread.p99,
        after.spread.p99,
    ));
    report.add(
        Figure::lower(part, "processor time an instance", "ms", ran.cpu_ms)
            .floor(BARE, before.cpu_ms, after.cpu_ms)
            .peers(&peers::ENGINE_CPU),
    );
    report.add(
        Figure::lower(part, "commits an instance", "", ran.commits)
            .floor(BARE, before.commits, after.commits)
            .note(format!("{} instances, {} changes each", ran.spread.count, STEPS + 1)),
    );
    let flushes = match flushes().await {
        Ok(flushes) => Figure::lower(part, "flushes an instance", "", flushes)
            .note("fsync and fdatasync counted by strace in a run of its own, checkpoints included"),
        Err(error) => Figure::lower(part, "flushes an instance", "", ran.commits)
            .note(format!("commits: strace could not count ({error:#}); checkpoints are left out")),
    };
    report.add(flushes.floor(BARE, before.commits, after.commits).aim(Aim::AtMost(1.5)));
    Ok(())
}

/// Does the work of no block.
struct Nothing;

impl Perform for Nothing {
    fn perform(&self, _: Work) -> BoxFuture<'_, Performed> {
        std::future::ready(Performed::outcome("sent")).boxed()
    }
}

#[derive(Clone)]
struct Engine {
    store: Store,
    driver: Driver,
    flow: Arc<Flow>,
    hash: String,
    world: World,
    numbers: Arc<AtomicI64>,
    running: Running,
}

/// Who waits for which case's end, and how much news of it has come.
type Running = Arc<Mutex<HashMap<CaseRef, (u32, oneshot::Sender<()>)>>>;

#[derive(Clone, Copy)]
enum Until {
    Time(Duration),
    Count(u64),
}

struct Ran {
    rate: f64,
    spread: Spread,
    cpu_ms: f64,
    commits: f64,
    /// Instances since the engine was started.
    all: u64,
}

impl Engine {
    async fn start(data: &Path) -> Result<Self> {
        let world = World::system()?;
        let folder = Folder::take(data)?;
        let key = Keys::open_or_create(&data.join("master.key"), &world.random)?.audit_chain();
        let store = Store::open_in(folder, (), |_| Ok::<_, StoreError>(Some(key)))?;
        let definition = definition();
        let flow = Arc::new(Flow::parse(&definition)?);
        let now = world.clock.now();
        let hash = store.write(move |conn| Library::add(conn, "seven-steps", &definition, now)).await?;
        let driver = Driver::new(store.clone(), world.clone(), Library::default(), Box::new(Nothing));
        driver.resume().await?;
        let engine =
            Self { store, driver, flow, hash, world, numbers: Arc::default(), running: Running::default() };
        tokio::spawn(engine.clone().follow());
        Ok(engine)
    }

    /// A case tells its beginning and each step; with the last step it has ended.
    async fn follow(self) {
        let mut news = self.driver.news();
        while let Ok(moved) = news.recv().await {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            let Some((seen, _)) = running.get_mut(&moved.of) else { continue };
            *seen += 1;
            if *seen == STEPS + 1
                && let Some((_, ended)) = running.remove(&moved.of)
            {
                let _ = ended.send(());
            }
        }
        eprintln!("the engine told more than could be listened to: this run will not end well");
    }

    async fn run(&self, until: Until) -> Result<Ran> {
        let (began, cpu, commits) = (Instant::now(), cpu_ms(std::process::id()), self.store.stats().commits);
        let mut workers = Vec::new();
        for worker in 0..AT_ONCE as u64 {
            let engine = self.clone();
            workers.push(tokio::spawn(async move {
                let mut took = Vec::new();
                let goes_on = |done: u64| match until {
                    Until::Time(span) => began.elapsed() < span,
                    Until::Count(count) => done * AT_ONCE as u64 + worker < count,
                };
                while goes_on(took.len() as u64) {
                    let start = Instant::now();
                    engine.one().await?;
                    took.push(ms(start.elapsed()));
                }
                Ok::<_, anyhow::Error>(took)
            }));
        }
        let mut took = Vec::new();
        for worker in workers {
            took.extend(worker.await??);
        }
        let done = took.len() as f64;
        let all = self.count("SELECT count(*) FROM cases WHERE decision = 'approved'").await?;
        Ok(Ran {
            rate: done / began.elapsed().as_secs_f64(),
            cpu_ms: (cpu_ms(std::process::id()) - cpu) / done,
            commits: (self.store.stats().commits - commits) as f64 / done,
            spread: Spread::of(took),
            all,
        })
    }

    async fn one(&self) -> Result<()> {
        let case = CaseId::from_bytes(self.world.random.bytes());
        let of = CaseRef { tenant: TenantId::from_bytes([1; 16]), case };
        let (ended, at_the_end) = oneshot::channel();
        self.running.lock().unwrap_or_else(PoisonError::into_inner).insert(of, (0, ended));
        let (flow, hash, now) = (self.flow.clone(), self.hash.clone(), self.world.clock.now());
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let begun = self.store.write(move |conn| {
            open(conn, of, number, &hash, now)?;
            journal::begin(conn, &flow, of, Facts::new(), now)
        });
        let begun = begun.await?;
        self.driver.carry_out(begun);
        let patience = Duration::from_secs(30);
        tokio::time::timeout(patience, at_the_end).await.context("an instance did not end")??;
        Ok(())
    }

    /// Every instance must have left every step and its audit row: a fast engine that forgets is none.
    async fn check(&self, instances: u64) -> Result<()> {
        let steps = self.count("SELECT count(*) FROM steps WHERE outcome = 'sent'").await?;
        let left = self.count("SELECT count(*) FROM tasks").await?;
        let audited = self.count("SELECT count(*) FROM audit WHERE action = 'flow.step'").await?;
        let all = instances * u64::from(STEPS);
        ensure!(
            (steps, audited, left) == (all, all, 0),
            "{steps} steps, {audited} audit rows, {left} tasks left of {all}"
        );
        let broken = self.store.read(miaopi::audit::verify).await?;
        ensure!(broken.is_none(), "the audit chain is broken at {broken:?}");
        Ok(())
    }

    async fn count(&self, sql: &'static str) -> Result<u64> {
        let count: i64 = self
            .store
            .read(move |conn| Ok::<_, StoreError>(conn.query_row(sql, [], |row| row.get(0))?))
            .await?;
        Ok(u64::try_from(count)?)
    }
}

fn open(
    conn: &rusqlite::Connection,
    of: CaseRef,
    number: i64,
    hash: &str,
    now: Timestamp,
) -> Result<(), AdvanceError> {
    conn.prepare_cached(
        "INSERT INTO cases(tenant, id, number, person, flow, flow_hash, request, lang, created_by, created_at, updated_at)
         VALUES (?1, ?2, ?5, '', 'seven-steps', ?3, '{}', 'en', 'bench', ?4, ?4)",
    )?
    .execute(params![of.tenant.to_string(), of.case.to_string(), hash, now.as_millisecond(), number])?;
    Ok(())
}

fn definition() -> String {
    let mut blocks = Map::new();
    for step in 1..=STEPS {
        let next = if step == STEPS { "done".to_owned() } else { format!("step_{}", step + 1) };
        let block = json!({"kind": "notify", "params": {"message": "nothing"}, "next": {"sent": next, "error": "failed"}});
        blocks.insert(format!("step_{step}"), block);
    }
    let end = |decision: &str| json!({"kind": "end", "params": {"decision": decision, "reason": "measured"}, "next": {}});
    blocks.insert("done".to_owned(), end("approved"));
    blocks.insert("failed".to_owned(), end("error"));
    let name = json!({"zh-CN": "七步", "en": "Seven steps"});
    json!({"format": 1, "key": "seven-steps", "name": name, "start": "step_1", "blocks": blocks}).to_string()
}

/// Runs `count` instances on a fresh folder and ends: what [`flushes`] has counted from outside.
///
/// # Errors
/// When the engine fails.
pub async fn once(count: u64) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::start(folder.path()).await?;
    let ran = engine.run(Until::Count(count)).await?;
    ensure!(ran.all == count, "{} of {count} instances ended", ran.all);
    engine.check(count).await
}

/// Flushes an instance, counted by the kernel's side of the calls: starting and ending the engine is taken off.
async fn flushes() -> Result<f64> {
    let (idle, busy) = (traced(0).await?, traced(COUNTED).await?);
    Ok(busy.saturating_sub(idle) as f64 / COUNTED as f64)
}

async fn traced(count: u64) -> Result<u64> {
    let folder = tempfile::tempdir()?;
    let counts = folder.path().join("counts");
    let ran = tokio::process::Command::new("strace")
        .args(["-f", "-c", "--seccomp-bpf", "-e", "trace=fsync,fdatasync", "-o"])
        .arg(&counts)
        .arg(std::env::current_exe()?)
        .args(["--engine-once", &count.to_string()])
        .stdin(Stdio::null())
        .output()
        .await
        .context("strace is not installed")?;
    ensure!(ran.status.success(), "{}: {}", ran.status, String::from_utf8_lossy(&ran.stderr).trim());
    Ok(calls(&std::fs::read_to_string(&counts)?))
}

/// The calls in strace's summary: `% time, seconds, usecs/call, calls, [errors,] syscall`.
fn calls(summary: &str) -> u64 {
    let rows = summary.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let flushes = rows.filter(|row| matches!(row.last(), Some(&("fsync" | "fdatasync"))));
    flushes.filter_map(|row| row.get(3)?.parse::<u64>().ok()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_flush_are_counted() {
        let summary = "% time     seconds  usecs/call     calls    errors syscall\n\
            ------ ----------- ----------- --------- --------- ----------------\n \
            99.00    0.141223          70      2011           fdatasync\n  \
            1.00    0.000001           1         3         1 fsync\n\
            100.00    0.141224          70      2014         1 total\n";
        assert_eq!(calls(summary), 2_014);
        assert_eq!(calls(""), 0);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn every_step_of_every_instance_lasts() {
        once(20).await.unwrap();
    }
}
