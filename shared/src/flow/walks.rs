//! Random walks: whatever happens in whatever order, a run is never stuck, never goes twice, stays bounded, and its
//! joins do what a naive model says.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use super::journeys::{moment, samples};
use super::*;

/// The same walks on every machine and every day.
fn runner(cases: u32) -> TestRunner {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[26; 32]))
}

/// Longest walk: every sample flow must have ended by then.
const MAX_STEPS: usize = 1_500;

#[test]
fn a_walk_never_sticks_never_doubles_and_always_ends() {
    let flows = samples();
    let choices = prop::collection::vec(any::<(u16, u16)>(), MAX_STEPS);
    let walked = runner(150).run(&(0..2_usize, choices), |(which, choices)| {
        walk(&flows[which], &choices);
        Ok(())
    });
    walked.unwrap();
}

fn walk(flow: &Flow, choices: &[(u16, u16)]) {
    let mut now = moment();
    let mut watch = Watch::default();
    let first = step(flow, Run::new(flow), Event::Start { facts: Facts::new() }, now).unwrap();
    watch.see(flow, &first);
    let mut run = first.run;
    for (pick, salt) in choices {
        if matches!(run.status(), Status::Ended { .. }) {
            assert!(run.active().is_empty() && run.forks.is_empty());
            return;
        }
        let active = &run.active()[usize::from(*pick) % run.active().len()];
        let block = flow.block(&active.at.block).unwrap();
        let outcomes: Vec<&String> = block.shape.outcomes.iter().filter(|o| *o != "exhausted").collect();
        let event = match salt % 16 {
            0 => {
                now = now.max(active.due);
                Event::Due { at: active.at.clone() }
            }
            1 if pick % 8 == 0 => Event::AskPerson,
            2 => Event::Hurry { at: active.at.clone() },
            3 => Event::MoreTime { at: active.at.clone() },
            _ => Event::Done {
                at: active.at.clone(),
                outcome: outcomes[usize::from(*salt / 16) % outcomes.len()].clone(),
                writes: Facts::new(),
            },
        };
        now += SignedDuration::from_millis(i64::from(*salt));
        let before = serde_json::to_string(&run).unwrap();
        let stepped = match step(flow, run.clone(), event.clone(), now) {
            Ok(stepped) => stepped,
            Err(refused) => {
                let fits = match &event {
                    Event::AskPerson => true,
                    Event::Hurry { .. } => refused == Refused::NotHurried,
                    Event::MoreTime { .. } => refused == Refused::NoMoreTime,
                    _ => false,
                };
                assert!(fits, "{event:?}: {refused:?}");
                continue;
            }
        };
        watch.left(flow, &event, now, &run);
        watch.see(flow, &stepped);
        healthy(flow, &stepped, now);
        if !matches!(event, Event::AskPerson | Event::MoreTime { .. }) {
            assert_eq!(
                step(flow, stepped.run.clone(), event.clone(), now).unwrap_err(),
                Refused::Stale,
                "{event:?}"
            );
        }
        let replay = step(flow, serde_json::from_str(&before).unwrap(), event, now).unwrap();
        assert_eq!(replay, stepped, "the same state and event give the same step");
        run = stepped.run;
    }
    panic!("still running after {MAX_STEPS} steps: {:?}", run.active());
}

fn healthy(flow: &Flow, stepped: &Stepped, now: jiff::Timestamp) {
    let run = &stepped.run;
    assert!(run.entered() <= MAX_VISITS);
    if *run.status() == Status::Running {
        assert!(!run.active().is_empty(), "stuck");
    }
    let places: BTreeSet<&At> = run.active().iter().map(|active| &active.at).collect();
    assert_eq!(places.len(), run.active().len(), "one activation twice");
    assert_eq!(outstanding(flow, run).len(), run.active().len(), "every active block has an owner");
    for effect in &stepped.effects {
        match effect {
            Effect::Perform(Task { at, due, .. }) | Effect::Await(Wait { at, due, .. }) => {
                assert!(places.contains(at) && *due > now, "{effect:?}");
            }
            Effect::Cancel(at) => assert!(!places.contains(at)),
            Effect::End { .. } => assert!(places.is_empty()),
        }
    }
    for block in flow.blocks() {
        assert!(block.max_visits.is_none_or(|max| run.visits(&block.id) <= u32::from(max)), "{}", block.id);
    }
}

/// What the gate promised, watched on the actual runs.
#[derive(Default)]
struct Watch {
    consents: BTreeSet<crate::domain::Purpose>,
    disclosed: bool,
}

impl Watch {
    fn left(&mut self, flow: &Flow, event: &Event, now: jiff::Timestamp, run: &Run) {
        let (at, outcome) = match event {
            Event::Done { at, outcome, .. } => (at, outcome.clone()),
            Event::Due { at } | Event::Hurry { at } => {
                let stepped = step(flow, run.clone(), event.clone(), now).unwrap();
                let outcome = stepped.run.facts().text(&format!("outcome.{}", at.block)).unwrap().to_owned();
                (at, outcome)
            }
            _ => return,
        };
        let block = flow.block(&at.block).unwrap();
        if block.shape.writes.iter().any(|path| path == "plan" || path == "funder") {
            self.disclosed = false;
        }
        if block.kind.key() == "disclose" {
            self.disclosed |= outcome == "confirmed";
        }
        for (given, consents) in &block.shape.gives {
            if *given == outcome {
                self.consents.extend(consents.iter().copied());
            }
        }
    }

    fn see(&self, flow: &Flow, stepped: &Stepped) {
        for effect in &stepped.effects {
            let (Effect::Perform(Task { at, .. }) | Effect::Await(Wait { at, .. })) = effect else {
                continue;
            };
            let block = flow.block(&at.block).unwrap();
            assert!(
                block.shape.needs.iter().all(|need| self.consents.contains(need)),
                "{at} without its consent"
            );
            assert!(block.kind.key() != "sign" || self.disclosed, "signature without disclosure");
        }
    }
}

/// A piece of a process: one block, a sequence, or parallel branches of which `need` must finish.
#[derive(Debug, Clone)]
enum Piece {
    Leaf,
    Seq(Vec<Piece>),
    Par(Vec<Piece>, usize),
}

fn piece() -> impl Strategy<Value = Piece> {
    Just(Piece::Leaf).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Piece::Seq),
            (prop::collection::vec(inner, 2..4), 1..4_usize).prop_map(|(branches, need)| {
                let need = need.min(branches.len());
                Piece::Par(branches, need)
            }),
        ]
    })
}

#[test]
fn joins_do_what_the_naive_model_says() {
    let strategy = (piece(), prop::collection::vec(any::<u16>(), 64));
    runner(400)
        .run(&strategy, |(piece, choices)| {
            let flow = Flow::from_file(serde_json::from_value(drawn(&piece)).unwrap()).unwrap();
            let mut run =
                step(&flow, Run::new(&flow), Event::Start { facts: Facts::new() }, moment()).unwrap().run;
            let mut finished: Vec<String> = Vec::new();
            for choice in choices {
                let mut active: Vec<String> = run.active().iter().map(|a| a.at.block.to_string()).collect();
                active.sort();
                let expected = model(&piece, &finished);
                prop_assert_eq!(&active, &expected, "after {:?} in {:?}", finished, piece);
                if active.is_empty() {
                    let approved = matches!(run.status(), Status::Ended { decision: Decision::Approved, .. });
                    prop_assert!(approved, "{:?}", run.status());
                    break;
                }
                let block = active[usize::from(choice) % active.len()].clone();
                let at = At { block: BlockId::parse(&block).unwrap(), visit: 1 };
                let event = Event::Done { at, outcome: "sent".into(), writes: Facts::new() };
                run = step(&flow, run, event, moment()).unwrap().run;
                finished.push(block);
            }
            Ok(())
        })
        .unwrap();
}

/// The flow that a piece stands for; leaves are named in reading order.
fn drawn(piece: &Piece) -> Value {
    let mut blocks = serde_json::Map::new();
    blocks.insert("end".into(), json!({"kind": "end", "params": {"decision": "approved", "reason": "done"}}));
    let start = draw(piece, "end".to_owned(), &mut 0, &mut blocks);
    json!({"format": 1, "key": "k", "name": {"zh-CN": "试", "en": "try"}, "start": start, "blocks": blocks})
}

/// Draws from the back, so that a piece knows what follows; returns the piece's first block.
fn draw(piece: &Piece, then: String, n: &mut usize, blocks: &mut serde_json::Map<String, Value>) -> String {
    let id = format!("b{n}");
    *n += 1;
    match piece {
        Piece::Leaf => {
            let next = json!({"sent": then, "error": then});
            blocks.insert(id.clone(), json!({"kind": "notify", "params": {"message": "m"}, "next": next}));
            id
        }
        Piece::Seq(parts) => {
            // Names must come in reading order although drawing needs what follows: reserve, then draw backwards.
            let mut starts: Vec<usize> = Vec::new();
            for part in parts {
                starts.push(*n);
                *n += size(part);
            }
            let mut then = then;
            for (part, start) in parts.iter().zip(starts).rev() {
                then = draw(part, then, &mut start.clone(), blocks);
            }
            then
        }
        Piece::Par(branches, need) => {
            let join = format!("join_{id}");
            let mut next = serde_json::Map::new();
            for (i, branch) in branches.iter().enumerate() {
                next.insert(format!("w{i}"), draw(branch, join.clone(), n, blocks).into());
            }
            let names: Vec<&String> = next.keys().collect();
            blocks
                .insert(id.clone(), json!({"kind": "parallel", "params": {"branches": names}, "next": next}));
            let params = json!({"of": id, "need": need});
            blocks.insert(join, json!({"kind": "join", "params": params, "next": {"done": then}}));
            id
        }
    }
}

fn size(piece: &Piece) -> usize {
    1 + match piece {
        Piece::Leaf => 0,
        Piece::Seq(parts) | Piece::Par(parts, _) => parts.iter().map(size).sum(),
    }
}

/// The leaves that are active after these have finished in this order, by times alone: a sequence finishes when its
/// last part does, a parallel piece when its `need`-th branch does, and nothing in it counts after that.
fn model(piece: &Piece, finished: &[String]) -> Vec<String> {
    let times: BTreeMap<&str, usize> =
        finished.iter().enumerate().map(|(i, id)| (id.as_str(), i + 1)).collect();
    let mut active = Vec::new();
    time(piece, Some(0), &mut 0, &times, &mut active);
    active.sort();
    active
}

fn time(
    piece: &Piece,
    start: Option<usize>,
    n: &mut usize,
    times: &BTreeMap<&str, usize>,
    active: &mut Vec<String>,
) -> Option<usize> {
    let id = format!("b{n}");
    *n += 1;
    match piece {
        Piece::Leaf => {
            let done = times.get(id.as_str()).copied();
            if start.is_some() && done.is_none() {
                active.push(id);
            }
            done
        }
        Piece::Seq(parts) => parts.iter().fold(start, |at, part| time(part, at, n, times, active)),
        Piece::Par(branches, need) => {
            let mut inside = Vec::new();
            let ends = branches.iter().map(|branch| time(branch, start, n, times, &mut inside));
            let mut ends: Vec<usize> = ends.collect::<Vec<_>>().into_iter().flatten().collect();
            ends.sort_unstable();
            match start.and(ends.get(*need - 1)) {
                Some(end) => Some(*end),
                None => {
                    active.extend(inside);
                    None
                }
            }
        }
    }
}
