//! How long a case will take and what it will cost at partners: an estimate by playing many cases, never a promise.
//!
//! Only machines and partners take time here; waits for people and callbacks are left out. The same seed gives the same
//! estimate.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::definition::{Block, Flow};
use super::facts::Facts;
use super::kinds::Work;
use super::run::{At, Run, Status};
use super::step::{Event, step};

/// What was measured of a block, or is expected of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Half of all times are below, milliseconds.
    pub median_ms: f64,
    /// 95 of 100 times are below, milliseconds.
    pub p95_ms: f64,
    /// How often it was left by each outcome; an outcome that is not here counts as one in a hundred.
    pub outcomes: BTreeMap<String, u32>,
}

/// An estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// Cases that were played.
    pub cases: u32,
    /// Half of all cases take less machine time, milliseconds.
    pub p50_ms: u64,
    /// 95 of 100 cases take less machine time, milliseconds.
    pub p95_ms: u64,
    /// What a case costs at partners on average, fen.
    pub mean_fen: f64,
    /// Cases, of those played, that pass each block at least once, by its id.
    pub passes: BTreeMap<String, u32>,
}

/// Longest played case, in events.
const MOST_EVENTS: usize = 500;
/// How far the 95th percentile lies from the median, in standard deviations of the logarithm.
const SIGMAS_TO_P95: f64 = 1.644_853_6;

/// Plays `cases` cases. `measured` gives what is known of a block; without it the kind's own budget counts as the 95th
/// percentile, a third of it as the median, and the first outcome as the usual one. `price` is what entering a block
/// costs, fen.
pub fn estimate(
    flow: &Flow,
    cases: u32,
    seed: u64,
    measured: &dyn Fn(&Block) -> Option<Measured>,
    price: &dyn Fn(&Block) -> u64,
) -> Estimate {
    let known: Vec<Measured> =
        flow.blocks().iter().map(|block| measured(block).unwrap_or_else(|| expected(block))).collect();
    let mut chance = Chance(seed);
    let (mut times, mut spent) = (Vec::new(), 0_u64);
    let mut passes: BTreeMap<String, u32> = BTreeMap::new();
    for _ in 0..cases {
        let Some((took, run)) = play(flow, &known, &mut chance) else { continue };
        times.push(took);
        for (id, n) in &run.visits {
            *passes.entry(id.to_string()).or_default() += 1;
            spent = spent.saturating_add(flow.block(id).map_or(0, price).saturating_mul(u64::from(*n)));
        }
    }
    times.sort_unstable();
    let at = |percent| percentile(&times, percent);
    let mean_fen = if times.is_empty() { 0.0 } else { spent as f64 / times.len() as f64 };
    Estimate {
        cases: u32::try_from(times.len()).unwrap_or(u32::MAX),
        p50_ms: at(50),
        p95_ms: at(95),
        mean_fen,
        passes,
    }
}

/// The time below which this share of all times lies, percent; 0 where there is none. Times come sorted.
pub fn percentile(sorted: &[u64], percent: usize) -> u64 {
    sorted.get((sorted.len() * percent).div_ceil(100).saturating_sub(1)).copied().unwrap_or(0)
}

fn expected(block: &Block) -> Measured {
    let p95_ms = f64::from(block.kind.budget_ms().max(1));
    let usual = block.shape.outcomes.first().cloned().unwrap_or_default();
    Measured { median_ms: p95_ms / 3.0, p95_ms, outcomes: BTreeMap::from([(usual, 95)]) }
}

/// One case, always going on with whatever is finished first. Gives its machine time.
fn play(flow: &Flow, known: &[Measured], chance: &mut Chance) -> Option<(u64, Run)> {
    let start = Timestamp::UNIX_EPOCH;
    let begun = step(flow, Run::new(flow), Event::Start { facts: Facts::new() }, start).ok()?;
    let mut run = begun.run;
    let mut finishing: Vec<(At, f64)> = Vec::new();
    let mut now = 0.0_f64;
    for _ in 0..MOST_EVENTS {
        if *run.status() != Status::Running {
            return Some((now.round().max(0.0) as u64, run));
        }
        finishing.retain(|(at, _)| run.active().iter().any(|active| active.at == *at));
        for active in run.active() {
            if !finishing.iter().any(|(at, _)| *at == active.at) {
                let place = flow.position(&active.at.block)?;
                let took = match flow.blocks[place].shape.work {
                    Work::Machine { timeout_ms, .. } => chance.time(&known[place]).min(f64::from(timeout_ms)),
                    _ => 0.0,
                };
                finishing.push((active.at.clone(), now + took));
            }
        }
        // A wait for a fact ends when the others have brought what they can.
        let waits = |at: &At| flow.block(&at.block).is_some_and(Block::waits_for_a_fact);
        let order = |a: &&(At, f64), b: &&(At, f64)| waits(&a.0).cmp(&waits(&b.0)).then(a.1.total_cmp(&b.1));
        let (at, done) = finishing.iter().min_by(order)?.clone();
        now = now.max(done);
        let place = flow.position(&at.block)?;
        let outcome = chance.outcome(&flow.blocks[place], &known[place])?;
        let moment = start.saturating_add(SignedDuration::from_millis(now as i64)).unwrap_or(Timestamp::MAX);
        run = step(flow, run, Event::Done { at, outcome, writes: Facts::new() }, moment).ok()?.run;
    }
    None
}

/// Chance from a seed: SplitMix64 (Steele, Lea, Flood 2014), enough for an estimate.
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Above 0, at most 1.
    fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// A log-normal time with this median and 95th percentile.
    fn time(&mut self, measured: &Measured) -> f64 {
        let median = measured.median_ms.max(0.01);
        let sigma = (measured.p95_ms.max(median) / median).ln() / SIGMAS_TO_P95;
        let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
        median * (sigma * normal).exp()
    }

    fn outcome(&mut self, block: &Block, measured: &Measured) -> Option<String> {
        let open: Vec<&String> =
            block.shape.outcomes.iter().filter(|outcome| *outcome != "exhausted").collect();
        let weight = |outcome: &String| u64::from(measured.outcomes.get(outcome).copied().unwrap_or(1));
        let sum: u64 = open.iter().map(|outcome| weight(outcome)).sum();
        let mut at = self.next() % sum.max(1);
        for outcome in open {
            if at < weight(outcome) {
                return Some(outcome.clone());
            }
            at -= weight(outcome);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::super::journeys::samples;
    use super::*;
    use serde_json::json;

    fn of_samples(measured: &dyn Fn(&Block) -> Option<Measured>) -> Vec<Estimate> {
        let price = |block: &Block| if block.kind.key() == "partner-query" { 100 } else { 0 };
        samples().iter().map(|flow| estimate(flow, 400, 7, measured, &price)).collect()
    }

    #[test]
    fn the_same_seed_gives_the_same_estimate() {
        let first = of_samples(&|_| None);
        assert_eq!(first, of_samples(&|_| None));
        for estimate in &first {
            assert_eq!(estimate.cases, 400);
            assert!(estimate.p50_ms > 0 && estimate.p50_ms < estimate.p95_ms, "{estimate:?}");
            assert!(estimate.mean_fen > 100.0 && estimate.mean_fen < 1_000.0, "{estimate:?}");
            assert!(estimate.passes["intake"] == 400 && estimate.passes["sign"] < 400);
        }
    }

    #[test]
    fn a_slow_partner_shows_and_side_by_side_costs_only_the_longest() {
        let fast = of_samples(&|_| None);
        let slow_partner = |block: &Block| {
            (block.id.as_str() == "bureau").then(|| Measured {
                median_ms: 2_000.0,
                p95_ms: 2_000.0,
                outcomes: BTreeMap::from([("found".to_owned(), 1_000)]),
            })
        };
        let slow = of_samples(&slow_partner);
        assert!(slow[0].p50_ms > fast[0].p50_ms + 1_000, "{} {}", slow[0].p50_ms, fast[0].p50_ms);
        let both = of_samples(&|block: &Block| {
            let slow = ["bureau", "valuation"].contains(&block.id.as_str());
            let outcome = if block.id.as_str() == "bureau" { "found" } else { "valued" };
            slow.then(|| Measured {
                median_ms: 2_000.0,
                p95_ms: 2_000.0,
                outcomes: BTreeMap::from([(outcome.to_owned(), 1_000)]),
            })
        });
        assert!(both[1].p50_ms.abs_diff(slow[1].p50_ms) < 500, "{} {}", both[1].p50_ms, slow[1].p50_ms);
    }

    #[test]
    fn what_follows_a_wait_comes_after_what_it_waits_for() {
        let tell = |next: &str| json!({"kind": "notify", "params": {"message": "m"}, "next": {"sent": next, "error": next}});
        let estimated = |first: &str| {
            let file = json!({"format": 1, "key": "waits", "name": {"zh-CN": "等", "en": "Waits"}, "start": "both", "blocks": {
                "both": {"kind": "parallel", "params": {"branches": ["a", "b"]}, "next": {"a": first, "b": "tell"}},
                "wait": {"kind": "wait", "params": {"fact": "notice.number", "minutes": 5},
                    "next": {"arrived": "then", "expired": "then"}},
                "tell": tell("met"),
                "then": tell("met"),
                "met": {"kind": "join", "params": {"of": "both", "need": "all"}, "next": {"done": "end"}},
                "end": {"kind": "end", "params": {"decision": "declined", "reason": "r"}},
            }});
            let mut file = file;
            if first != "wait" {
                drop(file["blocks"].as_object_mut().unwrap().shift_remove("wait"));
            }
            let flow = Flow::parse(&file.to_string()).unwrap_or_else(|e| panic!("{e}"));
            let second =
                |_: &Block| Some(Measured { median_ms: 1_000.0, p95_ms: 1_000.0, outcomes: BTreeMap::new() });
            estimate(&flow, 50, 7, &second, &|_| 0).p50_ms
        };
        assert_eq!((estimated("then"), estimated("wait")), (1_000, 2_000));
    }
}
