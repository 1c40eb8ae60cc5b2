//! The quick proofs against slow ones: every state of small flows, and the real machine. A "pass" that is not one
//! would be the worst fault of the whole gate.

use std::collections::{HashMap, HashSet, VecDeque};

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::super::step::{Event, step};
use super::super::{Block, Facts, Flow, Run, Status};
use super::drawn::{Plan, draw, file, plans};
use super::explore::{Found, run_to};
use super::marks::{Change, Effects, Ground};
use super::spend::most;

/// Flows in the everyday tests and in the long ones.
const FLOWS: u32 = 2_000;
const MANY_FLOWS: u32 = 100_000;
/// States after which a flow counts as too large for force.
const STATES: usize = 60_000;
/// States of the real machine that are looked at: it counts visits, so there are more of them.
const RUNS: usize = 4_000;

fn runner(cases: u32, seed: u8) -> TestRunner {
    let config =
        Config { cases, failure_persistence: None, max_global_rejects: cases * 4, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

/// "Disclosed and confirmed since the plan was last written."
fn disclosed(block: &Block, outcome: &str) -> Change {
    match block.kind.key() {
        "disclose" if outcome == "confirmed" => Some(true),
        "recommend-plan" | "counter-offer" => Some(false),
        _ => None,
    }
}

fn writes_the_plan(block: &Block) -> bool {
    matches!(block.kind.key(), "recommend-plan" | "counter-offer")
}

const DISCLOSED: Effects<'_> = Effects { on_leaving: &disclosed, while_active: &writes_the_plan };

#[derive(Default)]
struct Count {
    flows: usize,
    with_loops: usize,
    with_branches: usize,
    kept: usize,
    broken: usize,
}

/// For every block: quick and slow agree on whether the mark may be missing and whether it may be set.
fn same_answers(plan: &Plan, count: &mut Count) -> Result<(), TestCaseError> {
    let Ok(flow) = draw(plan) else { return Err(TestCaseError::reject("not a sound flow")) };
    let ground = Ground::of(&flow);
    let quick = ground.values(&DISCLOSED);
    for (i, block) in flow.blocks().iter().enumerate() {
        // What a block writes itself while it is active is not held against it.
        if matches!(block.kind.key(), "parallel" | "join") || writes_the_plan(block) {
            continue;
        }
        for set in [false, true] {
            let slow = match run_to(&ground, &DISCLOSED, &|at| at == i, set, STATES) {
                Found::Run(_) => true,
                Found::Nothing => false,
                Found::TooMany => return Err(TestCaseError::reject("too large for force")),
            };
            let said = if set { quick[i].set } else { quick[i].missing };
            if slow {
                count.broken += 1;
            } else {
                count.kept += 1;
            }
            prop_assert!(said || !slow, "a false pass at {}, set {}: {}", block.id, set, file(plan));
            if !plan.person {
                prop_assert_eq!(said, slow, "at {}, set {}: {}", block.id, set, file(plan));
            }
        }
    }
    count.flows += 1;
    count.with_loops += usize::from(flow.blocks().iter().any(|b| b.max_visits.is_some()));
    count.with_branches += usize::from(flow.blocks().iter().any(|b| b.kind.key() == "parallel"));
    Ok(())
}

fn agree(cases: u32, seed: u8) -> Count {
    let mut count = Count::default();
    let counted = std::cell::RefCell::new(&mut count);
    runner(cases, seed)
        .run(&plans(any::<bool>(), prop::bool::weighted(0.25)), |plan| {
            same_answers(&plan, &mut counted.borrow_mut())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    count
}

#[test]
fn quick_and_slow_agree_about_every_block() {
    let count = agree(FLOWS, 7);
    assert!(
        count.with_loops > 300 && count.with_branches > 300,
        "{} {}",
        count.with_loops,
        count.with_branches
    );
    assert!(count.kept > 1_000 && count.broken > 1_000, "{} {}", count.kept, count.broken);
}

#[test]
#[ignore = "a hundred thousand flows; cargo xtask test --long"]
fn quick_and_slow_agree_about_a_hundred_thousand_flows() {
    let count = agree(MANY_FLOWS, 8);
    println!(
        "report: {} random flows ({} with loops, {} with parallel branches): the gate agreed with every state \
         of each, {} times kept and {} times broken; no false pass",
        count.flows, count.with_loops, count.with_branches, count.kept, count.broken
    );
}

/// The real machine never reaches a block in a way that the quick proof says is impossible.
fn machine_keeps(plan: &Plan) -> Result<usize, TestCaseError> {
    let Ok(flow) = draw(plan) else { return Err(TestCaseError::reject("not a sound flow")) };
    let quick = Ground::of(&flow).values(&DISCLOSED);
    let now = Timestamp::UNIX_EPOCH;
    let begun = step(&flow, Run::new(&flow), Event::Start { facts: Facts::new() }, now).map_err(fail)?;
    let mut known: HashSet<(String, bool)> = HashSet::new();
    let mut todo: VecDeque<(Run, bool)> = VecDeque::from([(bare(begun.run), false)]);
    let mut seen = 0;
    while let Some((run, set)) = todo.pop_front() {
        if seen >= RUNS || !known.insert((serde_json::to_string(&run).map_err(fail)?, set)) {
            continue;
        }
        seen += 1;
        for active in run.active() {
            let at = flow.position(&active.at.block).ok_or_else(|| fail("no such block"))?;
            let may = if set { quick[at].set } else { quick[at].missing };
            prop_assert!(may, "{} is reached with the mark {}: {}", active.at.block, set, file(plan));
        }
        let mut events: Vec<(Event, bool)> = vec![(Event::AskPerson, set)];
        for active in run.active() {
            let block = flow.block(&active.at.block).ok_or_else(|| fail("no such block"))?;
            for outcome in block.shape.outcomes.iter().filter(|outcome| *outcome != "exhausted") {
                let set = DISCLOSED.leaving(block, outcome).unwrap_or(set);
                let done =
                    Event::Done { at: active.at.clone(), outcome: outcome.clone(), writes: Facts::new() };
                events.push((done, set));
            }
        }
        for (event, set) in events {
            if let Ok(stepped) = step(&flow, run.clone(), event, now)
                && (*stepped.run.status() == Status::Running || flow.person().is_some())
            {
                todo.push_back((bare(stepped.run), set));
            }
        }
    }
    Ok(seen)
}

/// Facts and counters that no decision of the machine looks at would make equal states look different.
fn bare(mut run: Run) -> Run {
    run.facts = Facts::new();
    run.entered = 0;
    run.visits.sort();
    run
}

fn fail(error: impl ToString) -> TestCaseError {
    TestCaseError::fail(error.to_string())
}

#[test]
fn the_machine_itself_never_does_what_was_proved_impossible() {
    let seen = std::cell::Cell::new(0);
    runner(250, 9)
        .run(&plans(any::<bool>(), any::<bool>()), |plan| {
            seen.set(seen.get() + machine_keeps(&plan)?);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(seen.get() > 10_000, "{}", seen.get());
}

/// What entering a block costs here.
fn price(block: &Block) -> u64 {
    match block.kind.key() {
        "recommend-plan" => 3,
        "notify" => 1,
        _ => 0,
    }
}

/// The dearest of all runs of the real machine; `None` when there are too many.
fn dearest(flow: &Flow) -> Result<Option<u64>, TestCaseError> {
    let now = Timestamp::UNIX_EPOCH;
    let begun = step(flow, Run::new(flow), Event::Start { facts: Facts::new() }, now).map_err(fail)?;
    let mut best: HashMap<String, u64> = HashMap::new();
    let mut todo: Vec<Run> = vec![begun.run];
    let mut most = 0;
    while let Some(run) = todo.pop() {
        let spent: u64 = run.visits.iter().map(|(id, n)| price_of(flow, id) * u64::from(*n)).sum();
        most = most.max(spent);
        let key = serde_json::to_string(&bare(run.clone())).map_err(fail)?;
        if best.get(&key).is_some_and(|known| *known >= spent) {
            continue;
        }
        if best.len() >= RUNS {
            return Ok(None);
        }
        best.insert(key, spent);
        for active in run.active() {
            let block = flow.block(&active.at.block).ok_or_else(|| fail("no such block"))?;
            for outcome in block.shape.outcomes.iter().filter(|outcome| *outcome != "exhausted") {
                let done =
                    Event::Done { at: active.at.clone(), outcome: outcome.clone(), writes: Facts::new() };
                todo.extend(step(flow, run.clone(), done, now).map(|stepped| stepped.run));
            }
        }
    }
    Ok(Some(most))
}

fn price_of(flow: &Flow, id: &super::super::BlockId) -> u64 {
    flow.block(id).map_or(0, price)
}

#[test]
fn spending_is_never_more_than_was_proved_and_exactly_that_without_loops() {
    let (exact, bounded) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    runner(400, 10)
        .run(&plans(any::<bool>(), Just(false)), |plan| {
            let Ok(flow) = draw(&plan) else { return Err(TestCaseError::reject("not a sound flow")) };
            let proved = most(&Ground::of(&flow), &price);
            let Some(spent) = dearest(&flow)? else { return Err(TestCaseError::reject("too large")) };
            prop_assert!(spent <= proved, "{} spent, {} proved: {}", spent, proved, file(&plan));
            if !plan.loops {
                prop_assert_eq!(spent, proved, "{}", file(&plan));
                exact.set(exact.get() + 1);
            }
            bounded.set(bounded.get() + 1);
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(exact.get() > 100 && bounded.get() > 300, "{} {}", exact.get(), bounded.get());
}
