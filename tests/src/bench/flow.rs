//! The flow alone, without a server: steps, the gate's proof, replays, tables of rules. Pure functions, one core.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use jiff::Timestamp;
use serde_json::{Value, json};
use shared::flow::{
    At, BlockId, Event, Facts, Finding, Flow, Past, PastAnswer, Run, Status, check, evaluate, replay, step,
};

use super::{
    Part, Report,
    report::{Aim, Figure},
};

/// How long each figure is measured.
const SPAN: Duration = Duration::from_secs(3);
/// Blocks of the flow that the gate is measured on.
const BLOCKS: usize = 300;
/// Proofs of which the mean counts.
const PROOFS: u32 = 20;
/// Rows of the measured table; it tests four facts.
const ROWS: usize = 200;

const SAMPLE: &str = include_str!("../../../assets/flows/new-car-loan.json");

/// Measures all of it.
pub(super) fn measure(report: &mut Report) -> Result<()> {
    steps(report)?;
    gate(report)?;
    replays(report)?;
    table(report)
}

/// A customer's way through the sample, from the start to the signed end, again and again.
fn steps(report: &mut Report) -> Result<()> {
    let flow = Flow::parse(SAMPLE)?;
    let now: Timestamp = "2026-11-25T02:30:00Z".parse()?;
    let way = [
        ("intake", "complete"),
        ("id_rules", "valid"),
        ("photo_quality", "good"),
        ("ocr", "clear"),
        ("duplicate", "none"),
        ("triage", "clear"),
        ("confirm_reading", "given"),
        ("realname", "match"),
        ("matrix", "match"),
        ("consent", "given"),
        ("bureau", "found"),
        ("score", "scored"),
        ("policy", "approve"),
        ("plan", "found"),
        ("funder", "matched"),
        ("disclose", "confirmed"),
        ("contract", "generated"),
        ("sign", "signed"),
        ("notify", "sent"),
    ];
    let events = || -> Result<Vec<Event>> {
        let mut events = vec![Event::Start { facts: Facts::new().with("product", "new-car-loan") }];
        for (block, outcome) in way {
            let block = BlockId::parse(block).ok_or_else(|| anyhow!("{block} is no id"))?;
            let at = At { block, visit: 1 };
            events.push(Event::Done { at, outcome: outcome.to_owned(), writes: Facts::new() });
        }
        Ok(events)
    };
    let (mut taken, mut spent) = (0_u64, Duration::ZERO);
    while spent < SPAN {
        let events = events()?;
        let mut run = Run::new(&flow);
        let begun = Instant::now();
        for event in events {
            run = step(&flow, run, event, now)?.run;
            taken += 1;
        }
        spent += begun.elapsed();
        ensure!(matches!(run.status(), Status::Ended { .. }), "the way does not lead to an end");
    }
    let rate = taken as f64 / spent.as_secs_f64();
    let note = format!("{} steps a case, with its facts, tasks and due times", way.len() + 1);
    let figure = Figure::higher(Part::Flow, "steps of the machine, one core", "1/s", rate);
    report.add(figure.aim(Aim::AtLeast(1_000_000.0)).note(note));
    Ok(())
}

/// The sample with so many blocks more that the ways through it cannot be counted one by one.
fn large() -> Result<Flow> {
    let mut file: Value = serde_json::from_str(SAMPLE)?;
    let blocks = file["blocks"].as_object_mut().context("no blocks")?;
    let more = BLOCKS - blocks.len();
    for i in 0..more {
        let next = if i + 1 < more { format!("more_{}", i + 1) } else { "checks".to_owned() };
        let after = if i + 2 < more { format!("more_{}", i + 2) } else { "checks".to_owned() };
        let block =
            json!({"kind": "notify", "params": {"message": "m"}, "next": {"sent": next, "error": after}});
        blocks.insert(format!("more_{i}"), block);
    }
    blocks["intake"]["next"]["complete"] = json!("more_0");
    Ok(Flow::parse(&file.to_string())?)
}

fn gate(report: &mut Report) -> Result<()> {
    let flow = large()?;
    let findings = check(&flow)?;
    ensure!(!findings.iter().any(Finding::forbids), "the large flow does not pass: {findings:?}");
    let begun = Instant::now();
    for _ in 0..PROOFS {
        black_box(check(black_box(&flow))?);
    }
    let each = begun.elapsed().as_secs_f64() * 1_000.0 / f64::from(PROOFS);
    let note = format!(
        "{} blocks, more than 2^200 paths, every rule of the platform and all tables",
        flow.blocks().len()
    );
    let figure = Figure::lower(Part::Flow, "the gate's proof of a large flow", "ms", each);
    report.add(figure.aim(Aim::AtMost(50.0)).note(note));
    Ok(())
}

/// Cases of the past, taken through the sample anew.
fn replays(report: &mut Report) -> Result<()> {
    let flow = Flow::parse(SAMPLE)?;
    let answer = |(kind, about, outcome): (&str, &str, &str)| PastAnswer {
        kind: kind.to_owned(),
        about: about.to_owned(),
        outcome: outcome.to_owned(),
        ms: 10,
    };
    let answers = [
        ("intake", "", "complete"),
        ("photo-quality", "", "good"),
        ("ocr", "", "clear"),
        ("duplicate-check", "", "none"),
        ("request-more", "[\"confirm_reading\"]", "given"),
        ("partner-query", "realname", "match"),
        ("match-matrix", "", "match"),
        ("partner-query", "bureau", "found"),
        ("recommend-plan", "", "found"),
        ("match-funder", "", "matched"),
        ("disclose", "", "confirmed"),
        ("generate-contract", "", "generated"),
        ("sign", "", "signed"),
        ("notify", "", "sent"),
    ];
    let known = json!({"id": {"valid": true, "age": 38}, "consent": {"given": ["process_identity", "real_name_check",
        "credit_query", "issue_certificate", "share_with_funder"], "funders": ["f1"]}, "funder": {"key": "f1", "wanted": ["f1"]},
        "partner": {"bureau": {"score": 720, "overdue_24m": 0, "overdue_now": false, "queries_3m": 1}}, "plan": {"key": "p"}});
    let start = json!({"product": "new-car-loan", "request": {"finance_fen": 9_086_000, "down_payment_bp": 3_000},
        "funder": {"wanted": ["f1"]}});
    let past = Past {
        case: "one".to_owned(),
        began: "2026-11-25T02:30:00Z".parse()?,
        start: Facts::from_json(start).context("facts")?,
        known: Facts::from_json(known).context("facts")?,
        answers: answers.into_iter().map(answer).collect(),
        decision: None,
    };
    let once = replay(&flow, &past, None);
    ensure!(matches!(once.came, shared::flow::Came::Ended { .. }), "the replay stops: {:?}", once.came);
    let (mut taken, begun) = (0_u64, Instant::now());
    while begun.elapsed() < SPAN {
        black_box(replay(&flow, black_box(&past), None));
        taken += 1;
    }
    let rate = taken as f64 / begun.elapsed().as_secs_f64();
    let figure = Figure::higher(Part::Flow, "cases of the past replayed, one core", "1/s", rate);
    report.add(figure.aim(Aim::AtLeast(2_000.0)).note("to the signed end, rules evaluated anew"));
    Ok(())
}

/// A table of 200 rows over four facts; the asked values fit one of the last rows.
fn table(report: &mut Report) -> Result<()> {
    let rows: Vec<Value> = (0..ROWS)
        .map(|i| {
            let (low, high) = (18 + i % 20, 40 + i % 20);
            json!({"a": format!("[{low}..{high}]"), "g": format!("'{}'", ["A", "B", "C", "D"][i % 4]),
                "s": format!(">= {}", 900 - 2 * i), "m": format!("<= {}", 12 + i % 48), "o": format!("'way_{}'", i % 8)})
        })
        .collect();
    let params = json!({"writes": "own", "table": {
        "inputs": [{"id": "a", "field": "id.age"}, {"id": "g", "field": "score.grade"}, {"id": "s", "field": "score.total"},
            {"id": "m", "field": "plan.months"}],
        "outputs": [{"id": "o", "field": "outcome"}], "rules": rows}});
    let mut next: serde_json::Map<String, Value> =
        (0..8).map(|i| (format!("way_{i}"), json!("end"))).collect();
    next.insert("error".to_owned(), json!("end"));
    next.insert("no_rule".to_owned(), json!("end"));
    let file = json!({"format": 1, "key": "k", "name": {"zh-CN": "表", "en": "Table"}, "start": "score", "blocks": {
        "score": {"kind": "score-card", "params": {"grades": [{"grade": "A", "from": 0}], "table": {"hitPolicy": "collect",
            "inputs": [{"id": "a", "field": "product"}], "outputs": [{"id": "p", "field": "points"}, {"id": "r", "field": "reason"}],
            "rules": [{"p": "1", "r": "'r'"}]}}, "next": {"scored": "intake", "error": "intake"}},
        "intake": {"kind": "intake", "params": {"require": ["phone"], "due_minutes": 5}, "next": {"complete": "plan", "expired": "end"}},
        "plan": {"kind": "recommend-plan", "params": {}, "next": {"found": "table", "none": "end", "error": "end"}},
        "table": {"kind": "rule-table", "params": params, "next": next},
        "end": {"kind": "end", "params": {"decision": "declined", "reason": "r"}}}});
    let flow = Flow::parse(&file.to_string())?;
    let block = BlockId::parse("table").and_then(|id| flow.block(&id)).context("no table")?;
    let facts = Facts::from_json(
        json!({"id": {"age": 35}, "score": {"grade": "D", "total": 520}, "plan": {"months": 12}}),
    );
    let facts = facts.context("facts")?;
    let reference = shared::flow::Reference::at("2026-11-25T02:30:00Z".parse()?);
    let fired = evaluate(block, &facts, &reference).context("no answer")?.trace;
    let row = fired.first().context("no row fits")?.rule;
    ensure!(row > ROWS * 9 / 10, "row {row} fits, which is not one of the last");
    let (mut taken, begun) = (0_u64, Instant::now());
    while begun.elapsed() < SPAN {
        black_box(evaluate(block, black_box(&facts), &reference));
        taken += 1;
    }
    let rate = taken as f64 / begun.elapsed().as_secs_f64();
    let note = format!("{ROWS} rows over 4 facts, row {row} fits");
    report.add(Figure::higher(Part::Flow, "a large rule table asked, one core", "1/s", rate).note(note));
    Ok(())
}
