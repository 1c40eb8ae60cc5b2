//! Makes each step of a run durable: the new state, the step taken, what is waited for, and the audit row, in the
//! caller's commit.
//!
//! A block that facts alone decide has no effect outside that a crash could double or lose. It is decided in the commit
//! that reached it, so that no case waits for a flush of the disk to look at a table of rules.

use axum::http::StatusCode;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use shared::{
    domain::{CaseId, TenantId},
    flow::{
        At, Block, Effect, Evaluated, Event, Facts, Flow, Reference, Refused, Run, Status, Stepped, Who,
        evaluate, outstanding, step,
    },
};

use super::Library;
use crate::{audit, cases::words, problem::Problem, store::StoreError};

/// Kinds of block that facts alone decide, in microseconds.
pub(crate) const DECIDED_AT_ONCE: [&str; 7] =
    ["id-rules", "rule-table", "score-card", "gateway", "ab-split", "collateral-check", "income-estimate"];

/// Why a run did not move.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// There is no such run, or its flow version is gone.
    #[error("there is no such run")]
    NoRun,
    /// The stored state cannot be read.
    #[error("the stored state of the run cannot be read")]
    Unreadable(#[from] serde_json::Error),
    /// The event does not fit (late, doubled, or not possible here).
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for AdvanceError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<AdvanceError> for Problem {
    fn from(error: AdvanceError) -> Self {
        match error {
            AdvanceError::NoRun => Problem::not_found(),
            AdvanceError::Refused(refused) => {
                Problem::new(StatusCode::CONFLICT, refused.code(), refused.to_string())
            }
            AdvanceError::Store(error) => error.into(),
            AdvanceError::Unreadable(_) => Problem::internal(&error),
        }
    }
}

/// Whose run, in one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CaseRef {
    /// The tenant.
    pub tenant: TenantId,
    /// The case.
    pub case: CaseId,
}

/// What followed from an event.
#[derive(Debug)]
#[must_use = "carry the effects out once the commit is durable"]
pub struct Advanced {
    /// Whose run.
    pub of: CaseRef,
    /// What is to be done now.
    pub effects: Vec<Effect>,
    /// What the run knows now.
    pub facts: Facts,
    /// Whether it goes on.
    pub status: Status,
    /// The flow it is pinned to.
    pub flow: Arc<Flow>,
}

/// Begins the run of a case whose row exists.
///
/// # Errors
/// When the flow cannot start or the rows cannot be written.
pub fn begin(
    conn: &Connection,
    flow: &Arc<Flow>,
    of: CaseRef,
    facts: Facts,
    now: Timestamp,
) -> Result<Advanced, AdvanceError> {
    let known = serde_json::to_string(&facts)?;
    let stepped = step(flow, Run::new(flow), Event::Start { facts }, now)?;
    conn.prepare_cached("INSERT INTO runs(tenant, case_id, state, seq, start) VALUES (?1, ?2, '', 0, ?3)")?
        .execute(params![of.tenant.to_string(), of.case.to_string(), known])?;
    keep(conn, flow.clone(), of, 0, stepped, None, now)
}

/// Takes a run one event further.
///
/// # Errors
/// [`AdvanceError::Refused`] when the event does not fit; nothing is changed then.
pub fn advance(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
    event: Event,
    trace: Option<&Value>,
    now: Timestamp,
) -> Result<Advanced, AdvanceError> {
    let (flow, run, seq) = load_with_seq(conn, library, of)?;
    let settled = match &event {
        Event::Done { at, outcome, .. } => Some(Settled { at: at.clone(), outcome: outcome.clone(), trace }),
        Event::Due { at } | Event::Hurry { at } => {
            Some(Settled { at: at.clone(), outcome: "due".to_owned(), trace })
        }
        Event::AskPerson
        | Event::Withdraw
        | Event::Start { .. }
        | Event::Noted { .. }
        | Event::MoreTime { .. } => None,
    };
    let kind = settled.as_ref().and_then(|s| flow.block(&s.at.block)).map_or("", |block| block.kind.key());
    let reopens = matches!(event, Event::AskPerson);
    let stepped = step(&flow, run, event, now)?;
    if reopens {
        note_reopened(conn, of)?;
    }
    let settled = settled.as_ref().map(|settled| (kind, settled));
    keep(conn, flow.clone(), of, seq, stepped, settled, now)
}

/// A run that goes on on another version of its flow.
pub struct Moved<'a> {
    /// The blocks that it was in, in the order of its active ones.
    pub before: &'a [String],
    /// As it stands on the new version.
    pub run: &'a Run,
    /// Steps taken so far.
    pub seq: i64,
}

/// Writes down a moved run. Each wait keeps since when somebody is waited for; one for a fact that is there is over at once.
///
/// # Errors
/// When the rows cannot be written.
pub fn moved(
    conn: &Connection,
    flow: &Arc<Flow>,
    of: CaseRef,
    Moved { before, run, seq }: Moved<'_>,
    now: Timestamp,
) -> Result<Advanced, AdvanceError> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let since: Vec<(String, i64)> = conn
        .prepare_cached("DELETE FROM tasks WHERE tenant = ?1 AND case_id = ?2 RETURNING block, since")?
        .query_map([&tenant, &case], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (effect, was) in outstanding(flow, run).iter().zip(before) {
        let began = since.iter().find(|(block, _)| block == was).map_or(0, |(_, since)| *since);
        note_effect(conn, &tenant, &case, effect, Timestamp::from_millisecond(began).unwrap_or_default())?;
    }
    // Nothing is asked for that was not asked for before, but for what follows from a fact that is there.
    let stepped = Stepped { run: run.clone(), effects: Vec::new() };
    keep(conn, flow.clone(), of, seq - 1, stepped, None, now)
}

/// A run as it stands, with the flow it is pinned to.
///
/// # Errors
/// [`AdvanceError::NoRun`] when there is none.
pub fn load(conn: &Connection, library: &Library, of: CaseRef) -> Result<(Arc<Flow>, Run), AdvanceError> {
    load_with_seq(conn, library, of).map(|(flow, run, _)| (flow, run))
}

struct Settled<'a> {
    at: At,
    outcome: String,
    trace: Option<&'a Value>,
}

fn load_with_seq(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
) -> Result<(Arc<Flow>, Run, i64), AdvanceError> {
    let found: Option<(String, i64, String)> = conn
        .prepare_cached(
            "SELECT r.state, r.seq, c.flow_hash FROM runs r
             JOIN cases c ON c.tenant = r.tenant AND c.id = r.case_id
             WHERE r.tenant = ?1 AND r.case_id = ?2",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let (state, seq, hash) = found.ok_or(AdvanceError::NoRun)?;
    let flow = library.get(conn, &hash)?.ok_or(AdvanceError::NoRun)?;
    Ok((flow, serde_json::from_str(&state)?, seq))
}

fn keep(
    conn: &Connection,
    flow: Arc<Flow>,
    of: CaseRef,
    seq: i64,
    stepped: Stepped,
    settled: Option<(&str, &Settled<'_>)>,
    now: Timestamp,
) -> Result<Advanced, AdvanceError> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let (mut seq, Stepped { mut run, mut effects }) = (seq + 1, stepped);
    if let Some((kind, settled)) = settled {
        note_step(conn, &tenant, &case, seq, kind, settled, now)?;
    }
    while let Some((at, kind, decided)) = next_decided(&flow, &run, &effects, now) {
        let trace = trace_of(of, kind, &decided);
        let event = Event::Done { at: at.clone(), outcome: decided.outcome.clone(), writes: decided.writes };
        // What does not fit stays a task: its due time takes it to a person.
        let Ok(stepped) = step(&flow, run.clone(), event, now) else { break };
        seq += 1;
        let settled = Settled { at, outcome: decided.outcome, trace: trace.as_ref() };
        note_step(conn, &tenant, &case, seq, kind, &settled, now)?;
        effects.retain(|effect| !is_given(effect, &settled.at));
        follow(&mut effects, stepped.effects);
        run = stepped.run;
    }
    let ended = matches!(run.status(), Status::Ended { .. });
    conn.prepare_cached(
        "UPDATE runs SET state = ?3, seq = ?4, ended = ?5 WHERE tenant = ?1 AND case_id = ?2",
    )?
    .execute(params![tenant, case, serde_json::to_string(&run)?, seq, ended])?;
    for effect in &effects {
        note_effect(conn, &tenant, &case, effect, now)?;
    }
    Ok(Advanced { of, effects, facts: run.facts().clone(), status: run.status().clone(), flow })
}

/// The first task that can be decided at once, or wait whose fact is there by now, with its decision. Waits are looked
/// at after every step, whatever it was: facts change in no other way.
fn next_decided(
    flow: &Flow,
    run: &Run,
    effects: &[Effect],
    now: Timestamp,
) -> Option<(At, &'static str, Evaluated)> {
    let tasks = effects.iter().filter_map(|effect| match effect {
        Effect::Perform(task) if DECIDED_AT_ONCE.contains(&task.kind) => Some(&task.at),
        _ => None,
    });
    let waits = run.active().iter().map(|active| &active.at);
    let waits = waits.filter(|at| flow.block(&at.block).is_some_and(Block::waits_for_a_fact));
    tasks.chain(waits).find_map(|at| {
        let block = flow.block(&at.block)?;
        let decided = evaluate(block, run.facts(), &Reference::at(now))?;
        Some((at.clone(), block.kind.key(), decided))
    })
}

/// Whether an effect gives this activation its task or its wait.
fn is_given(effect: &Effect, at: &At) -> bool {
    match effect {
        Effect::Perform(task) => task.at == *at,
        Effect::Await(wait) => wait.at == *at,
        Effect::Cancel(_) | Effect::End { .. } => false,
    }
}

fn trace_of(of: CaseRef, kind: &str, decided: &Evaluated) -> Option<Value> {
    if let Some(problem) = &decided.problem {
        tracing::warn!(case = %of.case, kind, %problem, "a rule could not be evaluated");
    }
    (!decided.trace.is_empty()).then(|| json!({ "rules": decided.trace }))
}

/// Adds what a further step asks for; what it takes back of the steps before was never given.
fn follow(effects: &mut Vec<Effect>, further: Vec<Effect>) {
    for effect in further {
        let Effect::Cancel(at) = &effect else {
            effects.push(effect);
            continue;
        };
        match effects.iter().position(|effect| is_given(effect, at)) {
            Some(place) => drop(effects.remove(place)),
            None => effects.push(effect),
        }
    }
}

fn note_step(
    conn: &Connection,
    tenant: &str,
    case: &str,
    seq: i64,
    kind: &str,
    settled: &Settled<'_>,
    now: Timestamp,
) -> Result<(), AdvanceError> {
    let Settled { at, outcome, trace } = settled;
    let block = at.block.to_string();
    let since = take_task(conn, tenant, case, at)?;
    conn.prepare_cached(
        "INSERT INTO steps(tenant, case_id, seq, block, visit, kind, outcome, since, at, trace)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        tenant,
        case,
        seq,
        block,
        at.visit,
        kind,
        outcome,
        since.unwrap_or(now.as_millisecond()),
        now.as_millisecond(),
        trace.map(Value::to_string),
    ])?;
    let detail = json!({"block": block, "visit": at.visit, "outcome": outcome}).to_string();
    audit::record(
        conn,
        audit::Entry {
            tenant,
            at: now,
            actor: "machine",
            action: "flow.step",
            subject: case,
            detail: &detail,
        },
    )?;
    Ok(())
}

fn note_effect(
    conn: &Connection,
    tenant: &str,
    case: &str,
    effect: &Effect,
    now: Timestamp,
) -> Result<(), AdvanceError> {
    match effect {
        Effect::Perform(task) => note_task(conn, tenant, case, &task.at, task.kind, "machine", task.due, now),
        Effect::Await(wait) => {
            note_task(conn, tenant, case, &wait.at, wait.kind, &owner(&wait.who), wait.due, now)
        }
        Effect::Cancel(at) => {
            take_task(conn, tenant, case, at)?;
            Ok(())
        }
        Effect::End { decision, reason } => note_end(conn, tenant, case, decision.code(), reason, now),
    }
}

/// Removes what was waited for; answers since when. Whoever held the case for a queue holds it no longer: what comes next is
/// perhaps not theirs.
fn take_task(conn: &Connection, tenant: &str, case: &str, at: &At) -> Result<Option<i64>, AdvanceError> {
    let gone: Option<(i64, String)> = conn
        .prepare_cached(
            "DELETE FROM tasks WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4 RETURNING since, owner",
        )?
        .query_row(params![tenant, case, at.block.to_string(), at.visit], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if gone.as_ref().is_some_and(|(_, owner)| owner.starts_with("queue:")) {
        let_go(conn, tenant, case)?;
    }
    Ok(gone.map(|(since, _)| since))
}

fn let_go(conn: &Connection, tenant: &str, case: &str) -> Result<(), AdvanceError> {
    conn.prepare_cached("DELETE FROM case_holds WHERE tenant = ?1 AND case_id = ?2")?
        .execute(params![tenant, case])?;
    Ok(())
}

#[allow(clippy::too_many_arguments, reason = "one column each")]
fn note_task(
    conn: &Connection,
    tenant: &str,
    case: &str,
    at: &At,
    kind: &str,
    owner: &str,
    due: Timestamp,
    now: Timestamp,
) -> Result<(), AdvanceError> {
    conn.prepare_cached(
        "INSERT INTO tasks(tenant, case_id, block, visit, kind, owner, since, due_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
         ON CONFLICT DO UPDATE SET due_at = excluded.due_at",
    )?
    .execute(params![
        tenant,
        case,
        at.block.to_string(),
        at.visit,
        kind,
        owner,
        now.as_millisecond(),
        due.as_millisecond()
    ])?;
    Ok(())
}

pub(crate) fn note_end(
    conn: &Connection,
    tenant: &str,
    case: &str,
    decision: &str,
    reason: &str,
    now: Timestamp,
) -> Result<(), AdvanceError> {
    conn.prepare_cached("DELETE FROM tasks WHERE tenant = ?1 AND case_id = ?2")?
        .execute(params![tenant, case])?;
    let_go(conn, tenant, case)?;
    conn.prepare_cached(
        "UPDATE cases SET decision = ?3, reason = ?4, ended_at = ?5, updated_at = ?5 WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![tenant, case, decision, reason, now.as_millisecond()])?;
    words::keep(conn, tenant, case)?;
    let detail = json!({"decision": decision, "reason": reason}).to_string();
    audit::record(
        conn,
        audit::Entry {
            tenant,
            at: now,
            actor: "machine",
            action: "case.ended",
            subject: case,
            detail: &detail,
        },
    )?;
    Ok(())
}

/// A declined case whose customer asks for a person runs again: its decision no longer stands.
fn note_reopened(conn: &Connection, of: CaseRef) -> Result<(), AdvanceError> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    conn.prepare_cached(
        "UPDATE cases SET decision = NULL, reason = NULL, ended_at = NULL
         WHERE tenant = ?1 AND id = ?2 AND decision IS NOT NULL",
    )?
    .execute([&tenant, &case])?;
    Ok(words::keep(conn, &tenant, &case)?)
}

/// The owner's name as stored in `tasks.owner`.
pub fn owner(who: &Who) -> String {
    match who {
        Who::Customer => "customer".to_owned(),
        Who::Queue(name) => format!("queue:{name}"),
        Who::Partner(name) => format!("partner:{name}"),
        Who::Clock => "clock".to_owned(),
    }
}

#[cfg(test)]
mod tests;
