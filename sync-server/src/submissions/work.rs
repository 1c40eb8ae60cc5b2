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
    let mut documents: HashMap<Id, DocumentId> = HashMap::new();
    loop {
        let busy: BTreeSet<DocumentId> = documents.values().copied().collect();
        for to_do in look(&app, &busy).await {
            let app = app.clone();
            let id = under_way.spawn(async move { settle(&app, to_do).await }).id();
            documents.insert(id, to_do.document());
        }
        tokio::select! {
            () = app.stopping.cancelled() => return,
            Some(done) = under_way.join_next_with_id(), if !under_way.is_empty() => {
                // One that panicked is looked for again like any other.
                documents.remove(&done.map_or_else(|panicked| panicked.id(), |(id, ())| id));
            }
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
    let document = to_do.document();
    let settled = match to_do {
        ToDo::Open(document) => open_case::open(app, document).await,
        ToDo::Bring(document) => brought::hand_in(app, document).await,
    };
    let Err(problem) = settled else { return };
    tracing::warn!(%document, code = problem.code, "a submission is tried again later");
    let tries = try_later(app, document, &problem).await;
    if tries.is_some_and(|tries| tries >= MOST_TRIES) {
        let given_up = match to_do {
            ToDo::Open(document) => {
                open_case::leave_to_the_office(app, document, "submission_failed", None).await
            }
            ToDo::Bring(document) => brought::refuse(app, document, "brought_failed").await,
        };
        if let Err(problem) = given_up {
            tracing::error!(%document, code = problem.code, "a submission could not be left to a person");
        }
    }
}

/// When the row is tried again: soon at first, then more rarely. A store that is out is no failure of the row's.
async fn try_later(app: &App, document: DocumentId, problem: &Problem) -> Option<u32> {
    let (now, counts) = (app.world.clock.now(), !problem.is_store_out() && problem.retry_after_s.is_none());
    let noted = app
        .store
        .write(move |conn| {
            let id = document.to_string();
            let tries: u32 = conn
                .prepare_cached("SELECT tries FROM submission_cases WHERE document = ?1")?
                .query_row([&id], |row| row.get(0))?;
            let pause = SignedDuration::from_secs((1_i64 << tries.min(8)).min(LONGEST_PAUSE_SECONDS));
            let tries = tries + u32::from(counts);
            conn.prepare_cached("UPDATE submission_cases SET tries = ?2, next_at = ?3 WHERE document = ?1")?
                .execute(params![id, tries, (now + pause).as_millisecond()])?;
            Ok::<_, StoreError>(tries)
        })
        .await;
    // A store that takes nothing is asked again at the next look.
    noted.ok()
}
