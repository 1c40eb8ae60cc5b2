//! What cases went through, read by the versions of their flow that they were on.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::{
    domain::TenantId,
    flow::{BlockId, Facts, Flow, Left, Past, PastAnswer, Run, Status, about},
};

use super::{Library, journal::CaseRef};
use crate::{problem::masked, store::StoreError};

/// A block that a case has left.
pub struct Step {
    /// The version that the case was on then.
    pub flow: Arc<Flow>,
    /// The block.
    pub block: BlockId,
    /// The outcome that it took, also where its due time decided.
    pub outcome: String,
    /// How long the case was in it, milliseconds.
    pub ms: u64,
}

impl Step {
    /// For the rules that a move is held against.
    pub fn left(&self) -> Left<'_> {
        Left { of: &self.flow, block: self.block.clone(), outcome: self.outcome.clone() }
    }
}

/// What a case went through, in order; `None` when a version that it was on cannot be read.
///
/// # Errors
/// When the rows cannot be read.
pub fn steps(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
    hash_now: &str,
) -> Result<Option<Vec<Step>>, StoreError> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let mut moves = conn.prepare_cached(
        "SELECT seq, from_hash FROM case_moves WHERE tenant = ?1 AND case_id = ?2 ORDER BY number",
    )?;
    let moves: Vec<(i64, String)> =
        moves.query_map([&tenant, &case], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
    let mut statement = conn.prepare_cached(
        "SELECT seq, block, outcome, at - since FROM steps WHERE tenant = ?1 AND case_id = ?2 ORDER BY seq",
    )?;
    let mut rows = statement.query([&tenant, &case])?;
    let mut steps = Vec::new();
    while let Some(row) = rows.next()? {
        let (seq, block, outcome): (i64, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let hash = moves.iter().find(|(until, _)| seq <= *until).map_or(hash_now, |(_, from)| from);
        let (Some(flow), Some(block)) = (library.get(conn, hash)?, BlockId::parse(&block)) else {
            return Ok(None);
        };
        let ms = u64::try_from(row.get::<_, i64>(3)?).unwrap_or(0);
        let outcome = taken(&flow, &block, outcome);
        steps.push(Step { flow, block, outcome, ms });
    }
    Ok(Some(steps))
}

/// The outcome that a block took; a step that its due time decided says no more than `due`.
pub(super) fn taken(flow: &Flow, block: &BlockId, outcome: String) -> String {
    if outcome != "due" {
        return outcome;
    }
    flow.block(block).and_then(|block| block.shape.work.on_due()).unwrap_or("error").to_owned()
}

/// The newest cases of a flow that have ended, as they were answered, whatever version they were on.
///
/// # Errors
/// When the rows cannot be read.
pub fn past(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    key: &str,
    most: u32,
) -> Result<Vec<Past>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT c.id, c.flow_hash, c.created_at, r.state, r.start FROM cases c
         JOIN runs r ON r.tenant = c.tenant AND r.case_id = c.id
         WHERE c.tenant = ?1 AND c.flow = ?2 AND r.ended = 1 AND r.start IS NOT NULL ORDER BY c.created_at DESC LIMIT ?3",
    )?;
    let mut rows = statement.query(params![tenant.to_string(), key, most])?;
    let mut cases = Vec::new();
    while let Some(row) = rows.next()? {
        let (id, hash, began): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let (state, start): (String, String) = (row.get(3)?, row.get(4)?);
        let Ok(case) = id.parse() else { continue };
        let read = serde_json::from_str::<Run>(&state)
            .and_then(|run| Ok((run, serde_json::from_str::<Facts>(&start)?)));
        let (run, start) = match read {
            Ok(read) => read,
            Err(error) => {
                tracing::warn!(%case, error = masked(&error), "a case of the past cannot be read");
                continue;
            }
        };
        if let Some(steps) = steps(conn, library, CaseRef { tenant, case }, &hash)? {
            cases.push(as_it_was(id, began, &run, start, &steps));
        }
    }
    Ok(cases)
}

fn as_it_was(case: String, began: i64, run: &Run, start: Facts, steps: &[Step]) -> Past {
    let answers = steps
        .iter()
        .filter_map(|step| {
            let block = step.flow.block(&step.block)?;
            Some(PastAnswer {
                kind: block.kind.key().to_owned(),
                about: about(block),
                outcome: step.outcome.clone(),
                ms: step.ms,
            })
        })
        .collect();
    let decision = match run.status() {
        Status::Ended { decision, .. } => Some(*decision),
        _ => None,
    };
    Past {
        case,
        began: Timestamp::from_millisecond(began).unwrap_or(Timestamp::UNIX_EPOCH),
        start,
        known: run.facts().clone(),
        answers,
        decision,
    }
}
