//! Carries out what a step asked for and brings the result back as the next event.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::Value;
use shared::{
    domain::{CaseId, TenantId},
    flow::{At, BlockId, Effect, Event, Facts, Flow, Refused, Task, Wait, Who, outstanding},
};
use tokio::sync::{Semaphore, broadcast};
use tokio_util::sync::CancellationToken;

use super::{
    Library,
    journal::{self, AdvanceError, Advanced, CaseRef},
};
use crate::{
    ops::Ticks,
    problem::masked,
    store::{Store, StoreError},
    world::World,
};

/// Tasks carried out at the same time; more wait their turn. Those that wait for somebody outside take turns among
/// themselves, so many for each whom they wait for: one who hangs holds up nobody else.
const TASKS_AT_ONCE: usize = 64;
/// Cases whose news may wait for a slow listener; it then reloads.
const NEWS_WAITING: usize = 1_024;
/// How often waits are looked through for those that are due.
const DUE_EVERY: Duration = Duration::from_millis(500);
/// Due tasks taken in one look.
const DUE_AT_ONCE: u32 = 200;
/// Pause before a result is offered again to a store that could not take it.
const STORE_PAUSE: Duration = Duration::from_millis(500);
/// A task's own time limit ends this long before its due time is enforced from outside.
const GRACE: Duration = Duration::from_millis(250);

/// Rows that belong to a task's result, written in the same commit.
pub type Record = Arc<dyn Fn(&Connection) -> Result<(), StoreError> + Send + Sync>;

/// One task of one case.
pub struct Work {
    /// Whose.
    pub of: CaseRef,
    /// What to do, how long it may take; `task.at` is the idempotency key within the case.
    pub task: Task,
    /// What the run knows.
    pub facts: Arc<Facts>,
    /// The flow it is pinned to.
    pub flow: Arc<Flow>,
}

/// How a task ended.
pub struct Performed {
    /// One of the block's outcomes.
    pub outcome: String,
    /// What it found out.
    pub writes: Facts,
    /// Which rule fired with which values, for whoever asks why.
    pub trace: Option<Value>,
    /// Rows of its own.
    pub record: Option<Record>,
}

impl Performed {
    /// An outcome that found nothing out.
    pub fn outcome(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), writes: Facts::new(), trace: None, record: None }
    }

    /// With what it found out.
    pub fn writes(mut self, writes: Facts) -> Self {
        self.writes = writes;
        self
    }

    /// With rows to write in the same commit.
    pub fn record(mut self, record: Record) -> Self {
        self.record = Some(record);
        self
    }
}

/// Does the work of machine blocks. The server's own, and the trivial one that measures the engine alone.
pub trait Perform: Send + Sync {
    /// Carries `work` out. May be called again for the same task after a crash: effects outside must be idempotent.
    fn perform(&self, work: Work) -> BoxFuture<'_, Performed>;

    /// Returns once `work` may begin: `true` at once for most. `false` when its case goes on without it. It takes no turn
    /// while it waits.
    fn may_begin<'a>(&'a self, _work: &'a Work) -> BoxFuture<'a, bool> {
        Box::pin(async { true })
    }

    /// Whether `work`, whose turn has come, may not begin after all.
    fn is_shut(&self, _work: &Work) -> bool {
        false
    }

    /// Whom outside `work` waits for, if anybody.
    fn queue(&self, _work: &Work) -> Option<String> {
        None
    }

    /// Waits with a block until its partner answers on its own; `None` when the case goes on without it, at the
    /// latest at the block's due time, which is kept from outside. Called again after a restart.
    fn await_partner(&self, _work: Work) -> BoxFuture<'_, Option<Performed>> {
        Box::pin(async { None })
    }
}

/// A case has moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// Which.
    pub of: CaseRef,
    /// The kind of the block in which its customer is waited for from now on, where the move led to one.
    pub awaits: Option<&'static str>,
}

impl News {
    fn of(advanced: &Advanced) -> Self {
        let awaits = advanced.effects.iter().find_map(|effect| match effect {
            Effect::Await(wait) if wait.who == Who::Customer => Some(wait.kind),
            _ => None,
        });
        Self { of: advanced.of, awaits }
    }
}

/// Moves runs forward. Clones share it.
#[derive(Clone)]
pub struct Driver {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    world: World,
    library: Library,
    perform: Box<dyn Perform>,
    turns: Mutex<HashMap<Option<String>, Arc<Semaphore>>>,
    news: broadcast::Sender<News>,
    closing: CancellationToken,
}

impl Driver {
    /// A driver that does not run anything yet; see [`Driver::resume`].
    pub fn new(store: Store, world: World, library: Library, perform: Box<dyn Perform>) -> Self {
        let (news, _) = broadcast::channel(NEWS_WAITING);
        let turns = Mutex::default();
        let closing = CancellationToken::new();
        Self { inner: Arc::new(Inner { store, world, library, perform, turns, news, closing }) }
    }

    /// The flow versions.
    pub fn library(&self) -> &Library {
        &self.inner.library
    }

    /// News of cases that moved. A listener that lags reloads.
    pub fn news(&self) -> broadcast::Receiver<News> {
        self.inner.news.subscribe()
    }

    /// Says that something about a case has changed, without a step of its run.
    pub fn tell(&self, of: CaseRef) {
        let _ = self.inner.news.send(News { of, awaits: None }); // nobody listens
    }

    /// Takes up everything that was under way before a restart, and watches due times from now on.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn resume(&self) -> Result<(), AdvanceError> {
        self.resume_watched(()).await
    }

    /// As [`Self::resume`]; what watches the due times holds `held` for as long as it runs.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn resume_watched(&self, held: impl Send + 'static) -> Result<(), AdvanceError> {
        let library = self.inner.library.clone();
        let runs: Vec<Advanced> = self.inner.store.read(move |conn| unfinished(conn, &library)).await?;
        for run in runs {
            self.carry_out(run);
        }
        let driver = self.clone();
        tokio::spawn(async move {
            let _held = held;
            driver.watch_due_times().await;
        });
        Ok(())
    }

    /// Stops taking up work. What is under way is taken up again at the next start.
    pub fn close(&self) {
        self.inner.closing.cancel();
    }

    /// Takes a case one event further, durably, and carries out what follows.
    ///
    /// # Errors
    /// When the event does not fit or cannot be stored.
    pub async fn advance(&self, of: CaseRef, event: Event) -> Result<(), AdvanceError> {
        let (library, now) = (self.inner.library.clone(), self.inner.world.clock.now());
        let advanced = self
            .inner
            .store
            .write(move |conn| journal::advance(conn, &library, of, event, None, now))
            .await?;
        self.carry_out(advanced);
        Ok(())
    }

    /// Carries out what followed from an event whose commit is durable; nothing where nothing did.
    pub fn carry_out(&self, advanced: impl Into<Option<Advanced>>) {
        let Some(advanced) = advanced.into() else { return };
        let _ = self.inner.news.send(News::of(&advanced));
        let facts = Arc::new(advanced.facts);
        for effect in advanced.effects {
            if let Effect::End { decision, .. } = &effect {
                metrics::counter!("miaopi_decisions_total", "decision" => decision.code()).increment(1);
            }
            let (waits, task) = match effect {
                Effect::Perform(task) => (false, task),
                Effect::Await(Wait { at, kind, params, who: Who::Partner(_), due }) => {
                    (true, Task { at, kind, params, timeout_ms: 0, due })
                }
                Effect::Await(_) | Effect::Cancel(_) | Effect::End { .. } => continue,
            };
            let (driver, facts, flow) = (self.clone(), facts.clone(), advanced.flow.clone());
            let work = Work { of: advanced.of, task, facts, flow };
            tokio::spawn(async move {
                let closing = driver.inner.closing.clone();
                tokio::select! {
                    () = closing.cancelled() => {}
                    () = async { if waits { driver.run_wait(work).await } else { driver.run_task(work).await } } => {}
                }
            });
        }
    }

    /// A wait takes no turn from the machine's tasks.
    async fn run_wait(&self, work: Work) {
        let (of, at) = (work.of, work.task.at.clone());
        if let Some(performed) = self.inner.perform.await_partner(work).await {
            self.settle(of, at, performed).await;
        }
    }

    async fn run_task(&self, work: Work) {
        let _turn = loop {
            if !self.inner.perform.may_begin(&work).await {
                return;
            }
            let Ok(turn) = self.turns_of(&work).acquire_owned().await else { return };
            if !self.inner.perform.is_shut(&work) {
                break turn;
            }
        };
        let (of, at) = (work.of, work.task.at.clone());
        let limit = Duration::from_millis(u64::from(work.task.timeout_ms)) + GRACE;
        let started = self.inner.world.clock.now();
        let kind = work.task.kind;
        let late = Performed::outcome(outcome_when_due(&work));
        let performed = match tokio::time::timeout(limit, self.inner.perform.perform(work)).await {
            Ok(performed) => performed,
            Err(_) => {
                tracing::warn!(case = %of.case, block = %at.block, "task ran out of time");
                late
            }
        };
        let took = self.inner.world.clock.now().duration_since(started);
        metrics::histogram!("miaopi_block_seconds", "kind" => kind).record(took.as_secs_f64());
        self.settle(of, at, performed).await;
    }

    /// The turns among which this task takes one.
    fn turns_of(&self, work: &Work) -> Arc<Semaphore> {
        let mut turns = self.inner.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let queue = turns.entry(self.inner.perform.queue(work));
        queue.or_insert_with(|| Arc::new(Semaphore::new(TASKS_AT_ONCE))).clone()
    }

    /// Brings a result back; a store that is full for the moment is asked again until the task's due time wins.
    async fn settle(&self, of: CaseRef, at: At, performed: Performed) {
        let performed = Arc::new(performed);
        loop {
            let (library, now) = (self.inner.library.clone(), self.inner.world.clock.now());
            let (performed, here) = (performed.clone(), at.clone());
            let result = self
                .inner
                .store
                .write(move |conn| {
                    if let Some(record) = &performed.record {
                        record(conn)?;
                    }
                    let (outcome, writes) = (performed.outcome.clone(), performed.writes.clone());
                    let event = Event::Done { at: here, outcome, writes };
                    journal::advance(conn, &library, of, event, performed.trace.as_ref(), now)
                })
                .await;
            match result {
                Ok(advanced) => return self.carry_out(advanced),
                Err(AdvanceError::Refused(Refused::Stale)) => return,
                Err(AdvanceError::Store(StoreError::Full | StoreError::Busy | StoreError::Unavailable)) => {
                    tokio::time::sleep(STORE_PAUSE).await;
                }
                Err(error) => {
                    // The task's row stays: its due time takes it to a person or a fallback.
                    tracing::error!(case = %of.case, block = %at.block, error = masked(&error), "a result could not be kept");
                    return;
                }
            }
        }
    }

    async fn watch_due_times(&self) {
        let mut ticks = Ticks::every(DUE_EVERY, &self.inner.closing);
        while ticks.next().await.is_some() {
            let now = self.inner.world.clock.now();
            let due: Result<_, StoreError> = self.inner.store.read(move |conn| due_tasks(conn, now)).await;
            for (of, at) in due.unwrap_or_default() {
                match self.advance(of, Event::Due { at: at.clone() }).await {
                    Ok(()) | Err(AdvanceError::Refused(_)) => {}
                    Err(error) => {
                        tracing::error!(case = %of.case, block = %at.block, error = masked(&error), "due time not kept")
                    }
                }
            }
        }
    }
}

/// The outcome of a block whose time is over.
fn outcome_when_due(work: &Work) -> &'static str {
    work.flow.block(&work.task.at.block).and_then(|block| block.shape.work.on_due()).unwrap_or("error")
}

fn unfinished(conn: &Connection, library: &Library) -> Result<Vec<Advanced>, AdvanceError> {
    let mut statement = conn.prepare(
        "SELECT DISTINCT tenant, case_id FROM tasks WHERE owner = 'machine' OR owner LIKE 'partner:%' ORDER BY due_at",
    )?;
    let cases: Vec<CaseRef> = statement
        .query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?
        .filter_map(|row| row.ok().and_then(|(tenant, case)| case_ref(&tenant, &case)))
        .collect();
    let mut found = Vec::with_capacity(cases.len());
    for of in cases {
        match journal::load(conn, library, of) {
            Ok((flow, run)) => found.push(Advanced {
                of,
                effects: outstanding(&flow, &run),
                facts: run.facts().clone(),
                status: run.status().clone(),
                flow,
            }),
            Err(error) => {
                tracing::error!(case = %of.case, error = masked(&error), "a run cannot be taken up again")
            }
        }
    }
    Ok(found)
}

fn due_tasks(conn: &Connection, now: Timestamp) -> Result<Vec<(CaseRef, At)>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT tenant, case_id, block, visit FROM tasks WHERE due_at <= ?1 ORDER BY due_at LIMIT ?2",
    )?;
    let rows = statement.query_map(params![now.as_millisecond(), DUE_AT_ONCE], |row| {
        Ok((
            row.get::<_, String>(0)?,
            row.get::<_, String>(1)?,
            row.get::<_, String>(2)?,
            row.get::<_, u32>(3)?,
        ))
    })?;
    let mut due = Vec::new();
    for row in rows {
        let (tenant, case, block, visit) = row?;
        if let (Some(of), Ok(block)) = (case_ref(&tenant, &case), BlockId::parse(&block).ok_or(())) {
            due.push((of, At { block, visit }));
        }
    }
    Ok(due)
}

fn case_ref(tenant: &str, case: &str) -> Option<CaseRef> {
    Some(CaseRef { tenant: tenant.parse::<TenantId>().ok()?, case: case.parse::<CaseId>().ok()? })
}
