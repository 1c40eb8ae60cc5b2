//! Settles what waits: submissions that are to become cases, and what advisors brought whose customers have consented.
//! Every row stays until it is settled, so that a restart takes up what was under way.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params};
use shared::domain::DocumentId;
use tokio::{
    sync::Notify,
    task::{Id, JoinSet},
};

use super::open_case;
use crate::{app::App, cases::brought, problem::Problem, store::StoreError};

/// Rows that are settled at the same time: each may hold a photo in memory.
const AT_ONCE: usize = 4;
/// How often rows are looked for that are to be tried again.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// Longest pause before a row is tried again, seconds.
const LONGEST_PAUSE_SECONDS: i64 = 300;
/// Failures that are not the store's, after which a person has to look.
pub(super) const MOST_TRIES: u32 = 6;

/// Wakes the worker.
#[derive(Debug, Clone, Default)]
pub struct Bell(Arc<Notify>);

impl Bell {
    /// There may be something to do.
    pub(crate) fn ring(&self) {
        self.0.notify_one();
    }
}

/// What is to be done about a row.
#[derive(Debug, Clone, Copy)]
enum ToDo {
    Open(DocumentId),
    Bring(DocumentId),
}

impl ToDo {
    fn document(self) -> DocumentId {
        match self {
            Self::Open(document) | Self::Bring(document) => document,
        }
    }
}

/// Settles rows until the server stops.
pub(crate) async fn settle_all(app: App) {
    let _up = app.workers.running("submissions");
    let mut under_way = JoinSet::new();
    let mut rows: HashMap<Id, ToDo> = HashMap::new();
    loop {
        let busy: BTreeSet<DocumentId> = rows.values().map(|to_do| to_do.document()).collect();
        for to_do in look(&app, &busy).await {
            let app = app.clone();
            let id = under_way.spawn(async move { settle(&app, to_do).await }).id();
            rows.insert(id, to_do);
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            Some(done) = under_way.join_next_with_id(), if !under_way.is_empty() => match done {
                Ok((id, ())) => drop(rows.remove(&id)),
                Err(panicked) => if let Some(to_do) = rows.remove(&panicked.id()) {
                    failed(&app, to_do, &Problem::internal(&panicked)).await;
                },
            },
            () = app.submissions.0.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn look(app: &App, busy: &BTreeSet<DocumentId>) -> Vec<ToDo> {
    let room = AT_ONCE.saturating_sub(busy.len());
    if room == 0 {
        return Vec::new();
    }
    let now = app.world.clock.now();
    let most = AT_ONCE + busy.len();
    let found = app.store.read(move |conn| waiting(conn, now, most)).await;
    let found = found.unwrap_or_else(|error: StoreError| {
        tracing::warn!(%error, "submissions were not looked for");
        Vec::new()
    });
    found.into_iter().filter(|to_do| !busy.contains(&to_do.document())).take(room).collect()
}

fn waiting(conn: &Connection, now: Timestamp, most: usize) -> Result<Vec<ToDo>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT document, state = 'waiting' FROM submission_cases
         WHERE (state = 'waiting' OR bringing = 'due') AND next_at <= ?1 ORDER BY next_at LIMIT ?2",
    )?;
    let mut rows = statement.query(params![now.as_millisecond(), i64::try_from(most).unwrap_or(i64::MAX)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let Ok(document) = row.get::<_, String>(0)?.parse() else { continue };
        found.push(if row.get(1)? { ToDo::Open(document) } else { ToDo::Bring(document) });
    }
    Ok(found)
}

async fn settle(app: &App, to_do: ToDo) {
    let settled = match to_do {
        ToDo::Open(document) => open_case::open(app, document).await,
        ToDo::Bring(document) => brought::hand_in(app, document).await,
    };
    if let Err(problem) = settled {
        failed(app, to_do, &problem).await;
    }
}

/// It is tried again later, or left to a person once that has not helped.
async fn failed(app: &App, to_do: ToDo, problem: &Problem) {
    let document = to_do.document();
    tracing::warn!(%document, code = problem.code, "a submission is tried again later");
    let given_up = match try_later(app, document, problem).await {
        Ok(tries) if tries < MOST_TRIES => return,
        Ok(_) => match to_do {
            ToDo::Open(document) => {
                open_case::leave_to_the_office(app, document, "submission_failed", None).await
            }
            ToDo::Bring(document) => brought::refuse(app, document, "brought_failed").await,
        },
        Err(error) => Err(error.into()),
    };
    if let Err(problem) = given_up {
        tracing::warn!(%document, code = problem.code, "what became of a submission could not be noted");
        // The row is as it was: without this pause it would be tried again at once, for as long as the store is out.
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// When the row is tried again: soon at first, then more rarely. A store that is out is no failure of the row's.
async fn try_later(app: &App, document: DocumentId, problem: &Problem) -> Result<u32, StoreError> {
    let (now, counts) = (app.world.clock.now(), !problem.is_store_out() && problem.retry_after_s.is_none());
    app.store
        .write(move |conn| {
            let id = document.to_string();
            let tries: u32 = conn
                .prepare_cached("SELECT tries FROM submission_cases WHERE document = ?1")?
                .query_row([&id], |row| row.get(0))?;
            let pause = SignedDuration::from_secs((1_i64 << tries.min(8)).min(LONGEST_PAUSE_SECONDS));
            let tries = tries + u32::from(counts);
            conn.prepare_cached("UPDATE submission_cases SET tries = ?2, next_at = ?3 WHERE document = ?1")?
                .execute(params![id, tries, (now + pause).as_millisecond()])?;
            Ok(tries)
        })
        .await
}
