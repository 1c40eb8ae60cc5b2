//! How cases stand that documents became: told to the connected devices of a document's scope as it changes, and to each
//! device when it comes.

use std::{collections::BTreeSet, sync::Arc};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{DocumentId, ScopeId};
use shared::protocol::sync::{CaseNews, CaseStanding, CaseStep, MAX_CASE_STEPS};
use tokio::sync::broadcast::error::{RecvError, TryRecvError};

use crate::{
    app::App,
    cases::page::case_number,
    crypt::Keys,
    flows::journal::CaseRef,
    links::{handover_token, handover_url},
    store::StoreError,
    sync::News,
};

/// Most cases that one device hears of when it comes; the newest count.
const MOST_AT_ONCE: usize = 200;
/// Most cases that are told of when news were missed.
const MOST_AFTER_A_GAP: usize = 1_000;
/// How long a case that is over is still told of.
const OVER_FOR: SignedDuration = SignedDuration::from_hours(24);
/// The step of a submission that did not become a case; its outcome says why.
const OPENING: &str = "open-case";

/// Listens to cases that move, and tells of those that documents became, until the server stops.
pub(crate) async fn tell_of_cases(app: App) {
    let _up = app.workers.running("case news");
    let mut moved = app.driver.news();
    loop {
        let mut cases = BTreeSet::new();
        let mut missed = false;
        let mut next = tokio::select! {
            () = app.stopping.cancelled() => return,
            next = moved.recv() => next.map_err(|error| match error {
                RecvError::Lagged(_) => TryRecvError::Lagged(0),
                RecvError::Closed => TryRecvError::Closed,
            }),
        };
        // A case takes several steps in no time: one look shows them all.
        loop {
            match next {
                Ok(news) => {
                    cases.insert((news.of.tenant, news.of.case));
                }
                Err(TryRecvError::Lagged(_)) => missed = true,
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Closed) => return,
            }
            next = moved.try_recv();
        }
        let cases = cases.into_iter().map(|(tenant, case)| CaseRef { tenant, case }).collect();
        tell_all(&app, move |conn, now| if missed { lately(conn, now) } else { documents_of(conn, cases) })
            .await;
    }
}

/// Tells of one document's case, or of its having become none.
pub(super) async fn tell(app: &App, document: DocumentId) {
    tell_all(app, move |_, _| Ok(vec![document])).await;
}

async fn tell_all(
    app: &App,
    which: impl FnOnce(&Connection, Timestamp) -> Result<Vec<DocumentId>, StoreError> + Send + 'static,
) {
    let (keys, public_url, now) =
        (app.keys.clone(), app.config.public_url().to_string(), app.world.clock.now());
    let told = app
        .store
        .read(move |conn| {
            let at_once = conn.unchecked_transaction()?;
            let documents = which(&at_once, now)?;
            let news = documents
                .into_iter()
                .map(|document| of_document(&at_once, &keys, &public_url, document, now));
            news.filter_map(Result::transpose).collect::<Result<Vec<_>, StoreError>>()
        })
        .await;
    match told {
        Ok(told) => {
            told.into_iter().for_each(|(scope, news)| app.news.tell(News::Case(scope, Arc::new(news))))
        }
        // Devices hear of it with the next step, or when they next come.
        Err(error) => tracing::warn!(%error, "devices were not told how a case stands"),
    }
}

/// What a device of these scopes hears when it comes: cases that go on, wait for the office, or ended lately.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) fn of_scopes(
    conn: &Connection,
    keys: &Keys,
    public_url: &str,
    scopes: &[ScopeId],
    now: Timestamp,
) -> Result<Vec<CaseNews>, StoreError> {
    let at_once = conn.unchecked_transaction()?;
    let mut found: Vec<(i64, DocumentId)> = Vec::new();
    for scope in scopes {
        let mut statement = at_once.prepare_cached(
            "SELECT s.noted_at, s.document FROM submission_cases s
             LEFT JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
             WHERE s.scope = ?1 AND s.state <> 'waiting' AND (c.ended_at IS NULL OR c.ended_at > ?2)
             ORDER BY s.noted_at DESC LIMIT ?3",
        )?;
        let since = (now - OVER_FOR).as_millisecond();
        let mut rows = statement.query(params![scope.to_string(), since, MOST_AT_ONCE as i64])?;
        while let Some(row) = rows.next()? {
            if let Ok(document) = row.get::<_, String>(1)?.parse() {
                found.push((row.get(0)?, document));
            }
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    found.truncate(MOST_AT_ONCE);
    let news = found.into_iter().map(|(_, document)| of_document(&at_once, keys, public_url, document, now));
    news.filter_map(|news| news.map(|news| news.map(|(_, news)| news)).transpose()).collect()
}

fn documents_of(conn: &Connection, cases: Vec<CaseRef>) -> Result<Vec<DocumentId>, StoreError> {
    let mut documents = Vec::new();
    for of in cases {
        let document: Option<String> = conn
            .prepare_cached("SELECT document FROM submission_cases WHERE tenant = ?1 AND case_id = ?2")?
            .query_row([of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
            .optional()?;
        documents.extend(document.and_then(|document| document.parse::<DocumentId>().ok()));
    }
    Ok(documents)
}

/// Some news was missed: every case that goes on or ended lately is told of again.
fn lately(conn: &Connection, now: Timestamp) -> Result<Vec<DocumentId>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT s.document FROM submission_cases s JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
         WHERE c.ended_at IS NULL OR c.ended_at > ?1 ORDER BY s.noted_at DESC LIMIT ?2",
    )?;
    let since = (now - OVER_FOR).as_millisecond();
    let rows = statement.query_map(params![since, MOST_AFTER_A_GAP as i64], |row| row.get::<_, String>(0))?;
    let documents = rows.collect::<Result<Vec<_>, _>>()?;
    Ok(documents.into_iter().filter_map(|document| document.parse().ok()).collect())
}

/// A row, with its case where there is one.
struct Row {
    tenant: String,
    submission: String,
    scope: ScopeId,
    code: Option<String>,
    case: Option<String>,
    link: Option<String>,
    handing_in: bool,
    noted_at: i64,
    /// Since when it is as it is, as far as the row knows.
    settled_at: Option<i64>,
    number: Option<i64>,
    decision: Option<String>,
    ended_at: Option<i64>,
}

/// How a document's case stands, and whose devices hear of it; `None` while nothing has become of it.
fn of_document(
    conn: &Connection,
    keys: &Keys,
    public_url: &str,
    document: DocumentId,
    now: Timestamp,
) -> Result<Option<(ScopeId, CaseNews)>, StoreError> {
    let row = conn
        .prepare_cached(
            "SELECT s.tenant, s.submission, s.scope, s.code, s.case_id, s.link, s.bringing = 'due', s.noted_at,
                    max(s.settled_at, coalesce(s.brought_at, 0)), c.number, c.decision, c.ended_at
             FROM submission_cases s LEFT JOIN cases c ON c.tenant = s.tenant AND c.id = s.case_id
             WHERE s.document = ?1 AND s.state <> 'waiting'",
        )?
        .query_row([document.to_string()], |row| {
            Ok(Row {
                tenant: row.get(0)?,
                submission: row.get(1)?,
                scope: row.get::<_, String>(2)?.parse().unwrap_or(ScopeId::from_bytes([0; 16])),
                code: row.get(3)?,
                case: row.get(4)?,
                link: row.get(5)?,
                handing_in: row.get::<_, Option<bool>>(6)? == Some(true),
                noted_at: row.get(7)?,
                settled_at: row.get(8)?,
                number: row.get(9)?,
                decision: row.get(10)?,
                ended_at: row.get(11)?,
            })
        })
        .optional()?;
    let Some(row) = row else { return Ok(None) };
    let news = match (&row.case, &row.link) {
        (Some(case), Some(link)) => of_case(conn, keys, public_url, document, &row, case, link, now)?,
        _ => no_case(document, &row),
    };
    Ok(Some((row.scope, news)))
}

/// There is no number and no link: the one step says why.
fn no_case(document: DocumentId, row: &Row) -> CaseNews {
    let at_ms = row.settled_at.unwrap_or(row.noted_at);
    let ms = u64::try_from(at_ms - row.noted_at).unwrap_or(0);
    let step = CaseStep { kind: OPENING.to_owned(), outcome: row.code.clone(), ms };
    let standing = CaseStanding::Office;
    CaseNews { document, number: String::new(), link: String::new(), standing, at_ms, steps: vec![step] }
}

#[allow(clippy::too_many_arguments, reason = "a case's row, and what its link is made of")]
fn of_case(
    conn: &Connection,
    keys: &Keys,
    public_url: &str,
    document: DocumentId,
    row: &Row,
    case: &str,
    link: &str,
    now: Timestamp,
) -> Result<CaseNews, StoreError> {
    // Once the case is over nobody has to be handed it any more.
    let link = match row.decision {
        None => {
            handover_url(conn, &handover_token(keys, &row.tenant, &row.submission, link), public_url, now)?
        }
        Some(_) => String::new(),
    };
    let (mut steps, mut at_ms) = passed(conn, &row.tenant, case)?;
    let mut owners = Vec::new();
    let mut statement = conn.prepare_cached(
        "SELECT kind, owner, since FROM tasks WHERE tenant = ?1 AND case_id = ?2 ORDER BY since",
    )?;
    let mut tasks = statement.query([&row.tenant, case])?;
    while let Some(task) = tasks.next()? {
        let since: i64 = task.get(2)?;
        at_ms = at_ms.max(since);
        owners.push(task.get::<_, String>(1)?);
        let ms = u64::try_from(now.as_millisecond() - since).unwrap_or(0);
        steps.push(CaseStep { kind: task.get(0)?, outcome: None, ms });
    }
    steps.drain(..steps.len().saturating_sub(MAX_CASE_STEPS));
    let at_ms = at_ms.max(row.settled_at.unwrap_or(0)).max(row.ended_at.unwrap_or(0));
    let number = row.number.map(case_number).unwrap_or_default();
    Ok(CaseNews { document, number, link, standing: standing(row, &owners), at_ms, steps })
}

/// The newest blocks that a case left, and when it left the last one.
fn passed(conn: &Connection, tenant: &str, case: &str) -> Result<(Vec<CaseStep>, i64), StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT kind, outcome, since, at FROM steps WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq DESC LIMIT ?3",
    )?;
    let mut rows = statement.query(params![tenant, case, MAX_CASE_STEPS as i64])?;
    let (mut steps, mut last) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let (since, at): (i64, i64) = (row.get(2)?, row.get(3)?);
        last = last.max(at);
        let ms = u64::try_from(at - since).unwrap_or(0);
        steps.push(CaseStep { kind: row.get(0)?, outcome: row.get(1)?, ms });
    }
    steps.reverse();
    Ok((steps, last))
}

/// People before partners before the machine, as the office shows it.
fn standing(row: &Row, owners: &[String]) -> CaseStanding {
    match row.decision.as_deref() {
        Some("approved") => CaseStanding::Signed,
        Some("declined") => CaseStanding::Declined,
        Some(_) => CaseStanding::Ended,
        None if owners.iter().any(|owner| owner.starts_with("queue:")) => CaseStanding::Office,
        // The customer has consented, and what the advisor brought is being handed in for them.
        None if row.handing_in => CaseStanding::Machine,
        None if owners.iter().any(|owner| owner == "customer") => CaseStanding::Customer,
        None => CaseStanding::Machine,
    }
}
