//! What a case would take on a flow that is being drawn, and how often partners would be asked, from what the company's
//! own cases took.

use std::collections::BTreeMap;

use rusqlite::Connection;
use shared::{
    domain::TenantId,
    flow::{Block, BlockId, Measured, Past, about, estimate, percentile},
    protocol::flows::{Draft, FlowEstimate},
};

use super::{Library, history, submit::sound};
use crate::problem::Problem;

/// Past cases that times and answers are taken from.
const PAST_CASES: u32 = 500;
/// Answers of a kind of block below which the kind's own budget is taken.
const LEAST_ANSWERS: usize = 5;
/// Cases that are played.
const PLAYED: u32 = 1_000;
/// The same draft has the same estimate.
const SEED: u64 = 20_260_501;

/// The estimate for a draft.
///
/// # Errors
/// 422 `flow_falls_short` for a draft that no case could go through yet.
pub fn of_draft(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    draft: &Draft,
) -> Result<FlowEstimate, Problem> {
    let flow = sound(conn, tenant, &draft.file)?;
    let past = history::past(conn, library, tenant, &flow.key, PAST_CASES)?;
    let measured = measure(&past);
    let known = |block: &Block| measured.get(&(block.kind.key().to_owned(), about(block))).cloned();
    // What a question costs is between the company and its partners: said is how many there will be, in hundredths.
    let price = |block: &Block| if block.partner().is_some() { 100 } else { 0 };
    let found = estimate(&flow, PLAYED, SEED, &known, &price);
    let share = |id: &BlockId| {
        let passed = found.passes.get(id.as_str()).copied().unwrap_or(0);
        u8::try_from(passed.saturating_mul(100) / found.cases.max(1)).unwrap_or(100)
    };
    Ok(FlowEstimate {
        revision: draft.revision,
        p50_ms: found.p50_ms,
        p95_ms: found.p95_ms,
        questions_per_100: found.mean_fen.round().max(0.0) as u64,
        passes: flow.blocks().iter().map(|block| (block.id.to_string(), share(&block.id))).collect(),
        past_cases: u32::try_from(past.len()).unwrap_or(u32::MAX),
    })
}

/// Times and outcomes by kind of block and what it is about.
fn measure(past: &[Past]) -> BTreeMap<(String, String), Measured> {
    let mut times: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    let mut outcomes: BTreeMap<(String, String), BTreeMap<String, u32>> = BTreeMap::new();
    for answer in past.iter().flat_map(|past| &past.answers) {
        let of = (answer.kind.clone(), answer.about.clone());
        times.entry(of.clone()).or_default().push(answer.ms);
        *outcomes.entry(of).or_default().entry(answer.outcome.clone()).or_default() += 1;
    }
    let measured = |(of, mut times): ((String, String), Vec<u64>)| {
        times.sort_unstable();
        let at = |percent| percentile(&times, percent) as f64;
        let outcomes = outcomes.remove(&of).unwrap_or_default();
        (of, Measured { median_ms: at(50), p95_ms: at(95), outcomes })
    };
    times.into_iter().filter(|(_, times)| times.len() >= LEAST_ANSWERS).map(measured).collect()
}
