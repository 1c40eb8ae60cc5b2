//! Proves a baseline's rules, one after the other.

use super::super::definition::{Block, Flow};
use super::super::finding::{Finding, Severity};
use super::super::kinds::{Decision, Who, Work};
use super::baseline::{Baseline, BaselineError, NamedRule, Rule};
use super::bounds::{down_payment, out_of_bounds};
use super::explore::{Found, run_to};
use super::graph::{path_to, search};
use super::handled::unhandled;
use super::marks::{Change, Effects, Ground};
use super::spend::over_budget;
use super::structure::overlaps;
use super::tables;
use crate::domain::Purpose;

/// States that the search for a failing path looks at before it falls back on a simpler one.
const STATES_FOR_A_PATH: usize = 20_000;

/// Checks a flow against the platform's own rules. Its structure is sound already, or it would not be a [`Flow`].
///
/// # Errors
/// As [`Baseline::platform`].
pub fn check(flow: &Flow) -> Result<Vec<Finding>, BaselineError> {
    Ok(check_against(flow, &Baseline::platform()?))
}

/// Checks a flow against a baseline, and its rule tables. The flow may go live when no finding
/// [forbids](Finding::forbids) it: then every rule was proved over all paths.
pub fn check_against(flow: &Flow, baseline: &Baseline) -> Vec<Finding> {
    let ground = Ground::of(flow);
    let mut findings = Vec::new();
    for named in &baseline.rules {
        findings.extend(broken_rule(&ground, named));
    }
    findings.extend(tables::check(flow));
    findings
}

fn broken_rule(ground: &Ground, named: &NamedRule) -> Vec<Finding> {
    let flow = ground.flow;
    match &named.rule {
        Rule::MustPass { .. }
        | Rule::ConsentBeforeUse { .. }
        | Rule::NeverBefore { .. }
        | Rule::FollowedBy { .. }
        | Rule::TwoPerson { .. } => {
            let mut findings = Vec::new();
            for demand in demands(flow, &named.rule) {
                findings.extend(judged(ground, named, &demand));
            }
            findings
        }
        Rule::PartnerFailureHandled {} => unhandled(flow, named, None, &["timeout", "error", "no_consent"]),
        Rule::MustHandle { kind, outcomes } => {
            let outcomes: Vec<&str> = outcomes.iter().map(String::as_str).collect();
            unhandled(flow, named, Some(kind), &outcomes)
        }
        Rule::Bound { kind, param, least, most } => out_of_bounds(flow, named, kind, param, *least, *most),
        Rule::DownPaymentFloor {} => down_payment(flow, named),
        Rule::Budget { credit_queries, partner_fen, prices_fen } => {
            over_budget(ground, named, *credit_queries, *partner_fen, prices_fen)
        }
        Rule::MaxWait { minutes } => long_waits(flow, named, *minutes),
        Rule::PersonCanBeAsked {} => {
            if flow.person().is_some() {
                Vec::new()
            } else {
                vec![broken(named, None)]
            }
        }
    }
}

type OfBlock = Box<dyn Fn(&Block) -> bool>;
type OnLeaving = Box<dyn Fn(&Block, &str) -> Change>;

/// Something that must have happened since the last write before guarded blocks, or that must not have happened.
pub(super) struct Demand {
    /// Which blocks are guarded.
    guarded: OfBlock,
    /// What the mark must not be there: missing (`false`), or set (`true`).
    pub(super) bad: bool,
    on_leaving: OnLeaving,
    writes: OfBlock,
}

impl Demand {
    fn new(
        guarded: impl Fn(&Block) -> bool + 'static,
        made: impl Fn(&Block, &str) -> bool + 'static,
        since_write: &[String],
    ) -> Self {
        let since: Vec<String> = since_write.to_vec();
        let writes = move |block: &Block| {
            let since: Vec<&str> = since.iter().map(String::as_str).collect();
            block.shape.writes.iter().any(|path| overlaps(path, &since))
        };
        let unmade = writes.clone();
        let on_leaving = move |block: &Block, outcome: &str| {
            if made(block, outcome) { Some(true) } else { unmade(block).then_some(false) }
        };
        Self {
            guarded: Box::new(guarded),
            bad: false,
            on_leaving: Box::new(on_leaving),
            writes: Box::new(writes),
        }
    }

    /// Something that must not have happened before guarded blocks.
    fn never(
        guarded: impl Fn(&Block) -> bool + 'static,
        on_leaving: impl Fn(&Block, &str) -> Change + 'static,
    ) -> Self {
        Self {
            guarded: Box::new(guarded),
            bad: true,
            on_leaving: Box::new(on_leaving),
            writes: Box::new(|_| false),
        }
    }

    /// How blocks change its mark.
    pub(super) fn effects(&self) -> Effects<'_> {
        Effects { on_leaving: &*self.on_leaving, while_active: &*self.writes }
    }
}

/// What a rule demands to have happened first, or not to have happened: one thing, or one for each consent that the flow
/// needs.
pub(super) fn demands(flow: &Flow, rule: &Rule) -> Vec<Demand> {
    match rule.clone() {
        Rule::MustPass { before, decision, through, asks, outcome, since_write } => {
            let guarded = move |b: &Block| b.kind.key() == before && decision.is_none_or(|d| ends_with(b, d));
            let made = move |b: &Block, o: &str| {
                b.kind.key() == through
                    && o == outcome
                    && asks.as_deref().is_none_or(|what| asks_for(b, what))
            };
            vec![Demand::new(guarded, made, &since_write)]
        }
        Rule::ConsentBeforeUse { since_write } => {
            let mut consents: Vec<_> = flow.blocks().iter().flat_map(|b| b.shape.needs.clone()).collect();
            consents.sort();
            consents.dedup();
            let demand = |consent: Purpose| {
                let guarded = move |b: &Block| b.shape.needs.contains(&consent);
                let made = move |b: &Block, o: &str| {
                    b.shape.gives.iter().any(|(given, c)| *given == o && c.contains(&consent))
                };
                Demand::new(guarded, made, &since_write)
            };
            consents.into_iter().map(demand).collect()
        }
        Rule::NeverBefore { first, outcome, then } => {
            let done = move |b: &Block, o: &str| (b.kind.key() == first && o == outcome).then_some(true);
            vec![Demand::never(move |b| b.kind.key() == then, done)]
        }
        Rule::FollowedBy { first, outcome, by, before } => {
            let open = move |b: &Block, o: &str| {
                if b.kind.key() == first && o == outcome {
                    Some(true)
                } else {
                    by.iter().any(|one| b.kind.key() == one.kind && o == one.outcome).then_some(false)
                }
            };
            vec![Demand::never(move |b| before.iter().any(|kind| b.kind.key() == kind), open)]
        }
        Rule::TwoPerson { after, outcome, queues, second, second_outcome, before } => {
            let of_queue = move |b: &Block| match &b.shape.work {
                Work::Wait { who: Who::Queue(queue), .. } => queues.is_empty() || queues.contains(queue),
                _ => queues.is_empty(),
            };
            let alone = move |b: &Block, o: &str| {
                if b.kind.key() == after && o == outcome && of_queue(b) {
                    Some(true)
                } else {
                    (b.kind.key() == second && o == second_outcome).then_some(false)
                }
            };
            vec![Demand::never(move |b| b.kind.key() == before, alone)]
        }
        _ => Vec::new(),
    }
}

/// A finding, with a shortest failing path, for every guarded block in which the mark may be bad.
fn judged(ground: &Ground, named: &NamedRule, demand: &Demand) -> Vec<Finding> {
    let (flow, effects, guarded, bad) = (ground.flow, &demand.effects(), &demand.guarded, demand.bad);
    if !flow.blocks().iter().any(guarded) {
        return Vec::new();
    }
    let values = ground.values(effects);
    let mut findings = Vec::new();
    for (i, block) in flow.blocks.iter().enumerate().filter(|(_, block)| guarded(block)) {
        let may_be_bad = if bad { values[i].set } else { values[i].missing };
        if !may_be_bad {
            continue;
        }
        let finding = broken(named, Some(block));
        findings.push(match run_to(ground, effects, &|at| at == i, bad, STATES_FOR_A_PATH) {
            Found::Run(path) => finding.along(path),
            Found::Nothing => finding.weighing(Severity::Unproved).along(path_to(flow, i)),
            Found::TooMany => finding.along(one_after_the_other(flow, effects, i, bad)),
        });
    }
    findings
}

/// A failing path that takes one branch of each parallel block; where there is none, any path to the block.
fn one_after_the_other(
    flow: &Flow,
    effects: &Effects,
    to: usize,
    bad: bool,
) -> Vec<super::super::definition::BlockId> {
    let across =
        |from: usize, outcome: &str, set: bool| effects.leaving(&flow.blocks[from], outcome).unwrap_or(set);
    let path = search(flow, |at, set| at == to && set == bad, false, across);
    if path.is_empty() { path_to(flow, to) } else { path }
}

pub(super) fn broken(named: &NamedRule, block: Option<&Block>) -> Finding {
    Finding::new(&named.code, block.map(|b| &b.id), named.text.zh.clone(), named.text.en.clone())
}

fn asks_for(block: &Block, what: &str) -> bool {
    // Where a reviewer chooses, it may not be asked.
    block.params["reviewer_chooses"] != true
        && block.params["ask"].as_array().is_some_and(|asked| asked.iter().any(|thing| thing == what))
}

fn ends_with(block: &Block, wanted: Decision) -> bool {
    matches!(block.shape.work, Work::End { decision, .. } if decision == wanted)
}

fn long_waits(flow: &Flow, named: &NamedRule, limit: u32) -> Vec<Finding> {
    let too_long = |b: &&Block| matches!(b.shape.work, Work::Wait { due_minutes, .. } if due_minutes > limit);
    flow.blocks().iter().filter(too_long).map(|block| broken(named, Some(block))).collect()
}
