//! What a new version of a flow would have done with cases of the past: the same customers, the same answers of
//! partners and people, the new blocks and rules.
//!
//! Rules are evaluated anew. What somebody outside answered then is answered again, by the kind of block and, for
//! partners, by whom it asks. Where the new version wants to know something that nobody was asked then, the replay
//! stops there and says so: nothing is made up.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::definition::{Block, BlockId, Flow};
use super::evaluate::{Plans, Reference, evaluate};
use super::facts::Facts;
use super::kinds::{Decision, Who, Work};
use super::predict::percentile;
use super::run::{Active, Run, Status};
use super::step::{Event, step};

/// A case of the past.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Past {
    /// The case's id, for whoever looks at the differences.
    pub case: String,
    /// When it began.
    pub began: Timestamp,
    /// What was known at the start.
    pub start: Facts,
    /// What was known at the end: what its blocks had written.
    pub known: Facts,
    /// What was answered, in order.
    pub answers: Vec<PastAnswer>,
    /// How it ended.
    pub decision: Option<Decision>,
}

/// One answer of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAnswer {
    /// Kind of the block.
    pub kind: String,
    /// What tells blocks of one kind apart: the partner asked, what a customer was asked for.
    pub about: String,
    /// Its outcome.
    pub outcome: String,
    /// How long it took, milliseconds.
    pub ms: u64,
}

/// Where a replay came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// To an end.
    Ended {
        /// How.
        decision: Decision,
        /// Stable code of the reason.
        reason: String,
    },
    /// To a block whose answer nobody gave in the past.
    Unknown {
        /// The block.
        block: BlockId,
    },
}

/// What a version of a flow does with a case of the past.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replayed {
    /// The case's id.
    pub case: String,
    /// Where it came to.
    pub came: Came,
    /// Milliseconds that machines and partners took then, over the blocks that were passed; waits for people are left
    /// out.
    pub machine_ms: u64,
    /// Credit queries and other questions to partners, by partner.
    pub asked: BTreeMap<String, u32>,
    /// The funder at the end.
    pub funder: Option<String>,
}

/// Most answers that one replay gives; beyond it the case counts as unknown where it stands.
const MOST_STEPS: usize = 400;

/// What tells blocks of one kind apart when their answers are looked for.
pub fn about(block: &Block) -> String {
    match (block.kind.key(), &block.shape.work) {
        ("partner-query", _) => block.partner().unwrap_or_default().to_owned(),
        ("request-more" | "consent-check", _) => block.params["ask"].to_string(),
        (_, Work::Wait { who: Who::Queue(queue), .. }) => queue.clone(),
        _ => String::new(),
    }
}

/// Takes a case of the past through a flow.
pub fn replay(flow: &Flow, past: &Past, plans: Option<Plans<'_>>) -> Replayed {
    let mut left: Left<'_> = Left::new();
    for answer in &past.answers {
        left.entry((answer.kind.clone(), answer.about.clone())).or_default().push_back(answer);
    }
    let mut replayed = Replayed {
        case: past.case.clone(),
        came: Came::Unknown { block: flow.start().id.clone() },
        machine_ms: 0,
        asked: BTreeMap::new(),
        funder: None,
    };
    let begun = step(flow, Run::new(flow), Event::Start { facts: past.start.clone() }, past.began);
    let Ok(begun) = begun else { return replayed };
    let mut run = begun.run;
    let reference = Reference { plans, ..Reference::at(past.began) };
    for _ in 0..MOST_STEPS {
        if let Status::Ended { decision, reason } = run.status() {
            replayed.came = Came::Ended { decision: *decision, reason: reason.clone() };
            break;
        }
        let known =
            run.active().iter().find_map(|active| answered(flow, &run, active, past, &mut left, &reference));
        let Some((active, outcome, writes, ms)) = known.or_else(|| ran_out(flow, &run)) else {
            let waits = run.active().first().map(|active| active.at.block.clone());
            replayed.came = Came::Unknown { block: waits.unwrap_or_else(|| flow.start().id.clone()) };
            break;
        };
        if let Some(block) = flow.block(&active.at.block)
            && let Some(partner) = block.partner()
        {
            *replayed.asked.entry(partner.to_owned()).or_default() += 1;
        }
        replayed.machine_ms += ms;
        let event = Event::Done { at: active.at, outcome, writes };
        match step(flow, run.clone(), event, past.began) {
            Ok(stepped) => run = stepped.run,
            Err(_) => break,
        }
    }
    replayed.funder = run.facts().text("funder.key").map(str::to_owned);
    replayed
}

type Answered = (Active, String, Facts, u64);

/// Answers that were not given again yet, by kind of block and what it is about.
type Left<'p> = BTreeMap<(String, String), VecDeque<&'p PastAnswer>>;

/// What an active block is answered with.
fn answered<'p>(
    flow: &Flow,
    run: &Run,
    active: &Active,
    past: &'p Past,
    left: &mut Left<'p>,
    reference: &Reference<'_>,
) -> Option<Answered> {
    let block = flow.block(&active.at.block)?;
    if let Some(evaluated) = evaluate(block, run.facts(), reference) {
        return Some((active.clone(), evaluated.outcome, evaluated.writes, 0));
    }
    // What it came to then says nothing: it arrives when the fact does.
    if block.waits_for_a_fact() {
        return None;
    }
    let answers = left.get_mut(&(block.kind.key().to_owned(), about(block)))?;
    // The last answer stays: a block that is passed once more than then is answered as it was last.
    let answer = if answers.len() > 1 { answers.pop_front()? } else { answers.front().copied()? };
    block.leads_to(&answer.outcome)?;
    let mut writes = Facts::new();
    for path in &block.shape.writes {
        if let Some(value) = past.known.get(path) {
            writes.set(path, value.clone());
        }
    }
    let machine = matches!(block.shape.work, super::kinds::Work::Machine { .. });
    Some((active.clone(), answer.outcome.clone(), writes, if machine { answer.ms } else { 0 }))
}

/// A wait runs out once nothing but waits is left that its fact could come from.
fn ran_out(flow: &Flow, run: &Run) -> Option<Answered> {
    let waits = |active: &Active| flow.block(&active.at.block).is_some_and(Block::waits_for_a_fact);
    let first = run.active().first().filter(|_| run.active().iter().all(waits))?;
    Some((first.clone(), "expired".to_owned(), Facts::new(), 0))
}

/// What changes between two versions over many cases of the past.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// Cases that were looked at.
    pub cases: u32,
    /// Approved by the version before, and by this one.
    pub approved: [u32; 2],
    /// Cases that came to a block whose answer nobody gave in the past.
    pub unknown: u32,
    /// Milliseconds of machines and partners at the 95th percentile, before and now.
    pub p95_ms: [u64; 2],
    /// Questions to partners, before and now, by partner.
    pub asked: BTreeMap<String, [u32; 2]>,
    /// Cases by funder, before and now.
    pub funders: BTreeMap<String, [u32; 2]>,
    /// Every case that came to another end, or to none.
    pub changed: Vec<Changed>,
}

/// A case that two versions treat differently.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changed {
    /// Its id.
    pub case: String,
    /// Where it came to before.
    pub before: Came,
    /// Where it comes to now.
    pub now: Came,
}

/// Compares two versions over the same cases.
pub fn compare_versions(before: &Flow, now: &Flow, cases: &[Past], plans: Option<Plans<'_>>) -> Difference {
    let mut difference = Difference::default();
    let mut times: [Vec<u64>; 2] = Default::default();
    for past in cases {
        let both = [replay(before, past, plans), replay(now, past, plans)];
        difference.cases += 1;
        for (i, one) in both.iter().enumerate() {
            let approved = matches!(one.came, Came::Ended { decision: Decision::Approved, .. });
            difference.approved[i] += u32::from(approved);
            times[i].push(one.machine_ms);
            for (partner, times) in &one.asked {
                difference.asked.entry(partner.clone()).or_default()[i] += times;
            }
            if let Some(funder) = one.funder.as_ref().filter(|_| approved) {
                difference.funders.entry(funder.clone()).or_default()[i] += 1;
            }
        }
        difference.unknown += u32::from(matches!(both[1].came, Came::Unknown { .. }));
        let [before, now] = both;
        if before.came != now.came {
            difference.changed.push(Changed { case: past.case.clone(), before: before.came, now: now.came });
        }
    }
    difference.p95_ms = times.map(|mut times| {
        times.sort_unstable();
        percentile(&times, 95)
    });
    difference
}

#[cfg(test)]
mod tests {
    use super::super::journeys::{NEW_CAR, moment};
    use super::*;
    use serde_json::{Value, json};

    fn flow(change: impl Fn(&mut Value)) -> Flow {
        let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
        change(&mut file["blocks"]);
        Flow::parse(&file.to_string()).unwrap_or_else(|e| panic!("{e}"))
    }

    /// A customer with this score at the bureau, whose case went through everything.
    fn past(case: usize, score: i64) -> Past {
        let answer = |kind: &str, about: &str, outcome: &str, ms: u64| PastAnswer {
            kind: kind.into(),
            about: about.into(),
            outcome: outcome.into(),
            ms,
        };
        let start = json!({"product": "new-car-loan", "vehicle": {"condition": "new", "price": 12_980_000},
            "request": {"finance_fen": 9_086_000, "down_payment_bp": 3_000}, "funder": {"wanted": ["f1"]}});
        let known = json!({"id": {"valid": true, "age": 38, "sex": "female"}, "consent": {
            "given": ["process_identity", "real_name_check", "credit_query", "issue_certificate", "share_with_funder"], "funders": ["f1"]},
            "partner": {"bureau": {"score": score, "overdue_24m": 0, "overdue_now": false, "queries_3m": 1}},
            "plan": {"key": "p", "kind": "loan"}, "funder": {"key": "f1", "wanted": ["f1"]}, "match": {"verdict": "match"}});
        Past {
            case: format!("c{case}"),
            began: moment(),
            start: Facts::from_json(start).unwrap(),
            known: Facts::from_json(known).unwrap(),
            answers: vec![
                answer("intake", "", "complete", 60_000),
                answer("photo-quality", "", "good", 40),
                answer("ocr", "", "clear", 900),
                answer("duplicate-check", "", "none", 3),
                answer("request-more", "[\"confirm_reading\"]", "given", 20_000),
                answer("partner-query", "realname", "match", 120),
                answer("match-matrix", "", "match", 1),
                answer("partner-query", "bureau", "found", 300),
                answer("recommend-plan", "", "found", 2),
                answer("match-funder", "", "matched", 80),
                answer("disclose", "", "confirmed", 30_000),
                answer("generate-contract", "", "generated", 400),
                answer("sign", "", "signed", 9_000),
                answer("notify", "", "sent", 10),
                answer("manual-review", "credit", "decline", 99_000),
            ],
            decision: Some(Decision::Approved),
        }
    }

    #[test]
    fn the_same_version_does_what_it_did() {
        let replayed = replay(&flow(|_| {}), &past(1, 720), None);
        assert_eq!(replayed.came, Came::Ended { decision: Decision::Approved, reason: "signed".into() });
        assert_eq!(replayed.asked, BTreeMap::from([("bureau".into(), 1), ("realname".into(), 1)]));
        assert_eq!(replayed.machine_ms, 40 + 900 + 3 + 120 + 1 + 300 + 2 + 80 + 400 + 10);
        assert_eq!(replayed.funder.as_deref(), Some("f1"));
    }

    #[test]
    fn a_stricter_table_declines_some_and_each_is_named() {
        let cases: Vec<Past> = (0..40).map(|i| past(i, 480 + 10 * i as i64)).collect();
        let stricter = flow(|blocks| {
            let rules = blocks["policy"]["params"]["table"]["rules"].as_array_mut().unwrap();
            rules.insert(1, json!({"when": "partner.bureau.score < 700", "outcome": "'decline'", "reason": "'score_low'"}));
        });
        let difference = compare_versions(&flow(|_| {}), &stricter, &cases, None);
        assert_eq!(difference.cases, 40);
        let [before, now] = difference.approved;
        assert!(before > now && now == 18, "{before} {now}");
        assert!(
            difference
                .changed
                .iter()
                .all(|c| c.now == Came::Ended { decision: Decision::Declined, reason: "score_low".into() })
        );
        assert_eq!(
            difference
                .changed
                .iter()
                .filter(|c| matches!(c.before, Came::Ended { decision: Decision::Approved, .. }))
                .count() as u32,
            before - now
        );
        assert_eq!(difference.funders["f1"], difference.approved);
    }

    #[test]
    fn what_nobody_was_asked_then_is_not_made_up() {
        let curious = flow(|blocks| {
            blocks["policy"]["next"]["approve"] = json!("extra");
            blocks["extra"] = json!({"kind": "second-approval", "params": {"queue": "credit", "due_minutes": 5},
                "next": {"approve": "plan", "decline": "end_declined", "expired": "credit_review"}});
        });
        let replayed = replay(&curious, &past(1, 720), None);
        assert_eq!(replayed.came, Came::Unknown { block: BlockId::parse("extra").unwrap() });
    }

    #[test]
    fn a_wait_arrives_with_its_fact_and_runs_out_without_it_whatever_it_did_then() {
        let file = json!({"format": 1, "key": "waits", "name": {"zh-CN": "等", "en": "Waits"}, "start": "both", "blocks": {
            "both": {"kind": "parallel", "params": {"branches": ["a", "b"]}, "next": {"a": "wait", "b": "bureau"}},
            "wait": {"kind": "wait", "params": {"fact": "partner.bureau.score", "minutes": 5},
                "next": {"arrived": "met", "expired": "late"}},
            "bureau": {"kind": "partner-query", "params": {"partner": "bureau"}, "next": {"found": "met",
                "no_record": "met", "timeout": "met", "error": "met", "no_consent": "met"}},
            "met": {"kind": "join", "params": {"of": "both", "need": "all"}, "next": {"done": "end"}},
            "late": {"kind": "end", "params": {"decision": "expired", "reason": "late"}},
            "end": {"kind": "end", "params": {"decision": "declined", "reason": "met"}},
        }});
        let flow = Flow::parse(&file.to_string()).unwrap_or_else(|e| panic!("{e}"));
        let mut past = past(1, 720);
        past.answers.push(PastAnswer {
            kind: "wait".into(),
            about: String::new(),
            outcome: "expired".into(),
            ms: 9,
        });
        let ended = |past: &Past| match replay(&flow, past, None).came {
            Came::Ended { reason, .. } => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(ended(&past), "met");
        past.known.forget("partner.bureau");
        assert_eq!(ended(&past), "late");
        past.answers.retain(|answer| answer.about != "bureau");
        let stuck = replay(&flow, &past, None).came;
        assert!(
            matches!(stuck, Came::Unknown { .. }),
            "what the bureau would have brought is not known: {stuck:?}"
        );
    }
}
