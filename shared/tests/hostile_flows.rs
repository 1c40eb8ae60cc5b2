//! Flow files of somebody who means harm: each is refused with a code and the place, or is harmless, in bounded time
//! and on a small stack.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use shared::flow::{Facts, Flow, FlowError, Reference, check, evaluate};

const NEW_CAR: &str = include_str!("../../assets/flows/new-car-loan.json");

/// What a worker thread of a server or a browser's tab may have.
const STACK_BYTES: usize = 1 << 20;
/// Far more than any of them needs, and far less than what somebody would wait for.
const LONGEST: Duration = Duration::from_secs(5);

/// Reads a flow file on a small stack; the codes of what is wrong with it. A flow that is sound goes through the gate,
/// and its first rule table is asked as well.
fn read(text: String) -> Vec<String> {
    let work = move || {
        let begun = Instant::now();
        let codes = match Flow::parse(&text) {
            Err(FlowError::Unreadable { code, .. }) => vec![code.to_owned()],
            Err(FlowError::Unsound(findings)) => findings.into_iter().map(|finding| finding.code).collect(),
            Ok(flow) => {
                let findings = check(&flow).unwrap();
                if let Some(table) = flow.blocks().iter().find(|block| block.kind.key() == "rule-table") {
                    let facts = Facts::new().with("id.age", 40).with("vehicle.price", i64::MAX);
                    evaluate(table, &facts, &Reference::at(jiff::Timestamp::UNIX_EPOCH)).unwrap();
                }
                findings.into_iter().map(|finding| finding.code).collect()
            }
        };
        (codes, begun.elapsed())
    };
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(work).unwrap();
    let (codes, took) = thread.join().expect("it must not end the thread");
    assert!(took < LONGEST, "{took:?}: {codes:?}");
    codes
}

/// The new-car loan with this in its policy's first rule.
fn with_cell(column: &str, cell: &str) -> String {
    let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
    file["blocks"]["policy"]["params"]["table"]["rules"][1][column] = json!(cell);
    file.to_string()
}

#[test]
fn cells_that_nest_or_count_without_end_do_no_harm() {
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let cells = [
        nested("(", "true", ")", 250),
        nested("[", "1", "]", 250),
        nested("!", "true", "", 500),
        nested("-", "1", "", 500),
        nested("not ", "true", "", 120),
        nested("{a:", "1", "}", 120),
        nested("true ? (", "true", ") : false", 30),
        nested("1 + ", "1 > 0", "", 120),
        nested("id.age ?? (", "1", ")", 40),
        format!("id{} > 1", "[0]".repeat(160)),
        format!("id{} > 1", ".a".repeat(250)),
        format!("id.age > {}", "9".repeat(490)),
        format!("id.age > 0.{}1", "0".repeat(480)),
        "id.age > 1e308 * 10".to_owned(),
        "id.age / 0 > 1".to_owned(),
        "id.age % 0 > 1".to_owned(),
        "vehicle.price * vehicle.price * vehicle.price * vehicle.price > 1".to_owned(),
        "'a' + 'b' * 3 > 1".to_owned(),
        "2 ^ 999999999 > 1".to_owned(),
        "some(1..999999999, # > 1)".to_owned(),
        "len([1..999999999]) > 1".to_owned(),
        "map([1..10], map([1..10], map([1..10], #)))".to_owned(),
        "((((".to_owned(),
        "\u{0}\u{202e}\"".to_owned(),
        "'".to_owned(),
        "`${`${`${1}`}`}`".to_owned(),
    ];
    for cell in cells {
        for column in ["when", "amount", "outcome", "reason"] {
            read(with_cell(column, &cell));
        }
    }
}

#[test]
fn what_counts_or_loops_without_end_is_refused_by_name() {
    for (cell, code) in [
        ("2 ^ 999999999 > 1", "rule_not_allowed"),
        ("some([1..999999999], # > 1)", "rule_not_allowed"),
        ("len([1..999999999]) > 1", "rule_not_allowed"),
        ("now() > 1", "rule_unreadable"),
        ("((((", "rule_unreadable"),
    ] {
        let codes = read(with_cell("when", cell));
        assert!(codes.iter().any(|found| found == code), "{cell}: {codes:?}");
    }
    let long = format!("id.age > {}", "9".repeat(600));
    assert!(read(with_cell("when", &long)).contains(&"rule_too_long".to_owned()));
}

#[test]
fn files_that_are_too_large_or_no_flow_are_refused_at_once() {
    let block = |next: &str| json!({"kind": "timer", "params": {"minutes": 1}, "next": {"done": next}});
    let blocks = |count: usize| {
        let all: serde_json::Map<String, Value> =
            (0..count).map(|n| (format!("b{n}"), block(&format!("b{}", (n + 1) % count)))).collect();
        json!({"format": 1, "key": "many", "name": {"zh-CN": "多", "en": "many"}, "start": "b0", "blocks": all})
    };
    assert_eq!(read(blocks(10_000).to_string()), ["flow_unreadable"], "more blocks than a flow may have");
    let circle = read(blocks(400).to_string());
    assert!(!circle.is_empty(), "a circle without an end and without a limit");
    for text in [
        String::new(),
        "null".to_owned(),
        "[]".to_owned(),
        "{".repeat(100_000),
        format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("{{\"format\": 1e999, {}", &NEW_CAR[1..]),
        "\u{feff}{}".to_owned(),
        format!("{{\"format\": 1, \"key\": \"{}\"}}", "x".repeat(2 << 20)),
    ] {
        assert!(!read(text).is_empty());
    }
    // Cut anywhere, a file is refused, and no cut ends the program.
    for at in (0..NEW_CAR.len()).step_by(997).filter(|at| NEW_CAR.is_char_boundary(*at)) {
        assert!(!read(NEW_CAR[..at].to_owned()).is_empty(), "cut at {at}");
    }
}

#[test]
fn an_unknown_kind_and_parameters_that_nest_name_their_block() {
    let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
    file["blocks"]["policy"]["kind"] = json!("launch-missiles");
    let Err(FlowError::Unsound(findings)) = Flow::parse(&file.to_string()) else { panic!("it is taken") };
    assert!(findings.iter().any(|found| found.block.as_ref().is_some_and(|id| id.as_str() == "policy")));

    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
    file["blocks"]["policy"]["params"]["table"] = deep;
    let Err(FlowError::Unsound(findings)) = Flow::parse(&file.to_string()) else { panic!("it is taken") };
    assert!(findings.iter().any(|found| found.block.as_ref().is_some_and(|id| id.as_str() == "policy")));
}
