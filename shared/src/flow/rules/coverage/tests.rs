use super::super::table::DecisionTable;
use super::*;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn table(rows: Value) -> Compiled {
    let table: DecisionTable = serde_json::from_value(json!({
        "inputs": [{"id": "a", "field": "id.age"}, {"id": "g", "field": "score.grade"}, {"id": "w", "name": "when"}],
        "outputs": [{"id": "o", "field": "outcome"}],
        "rules": rows
    }))
    .unwrap();
    table.compile().unwrap_or_else(|bad| panic!("{bad:?}"))
}

fn coverage(rows: Value) -> Coverage {
    table(rows).coverage()
}

#[test]
fn intervals_lists_and_equality_are_exact() {
    let whole = coverage(json!([{"a": "<= 17", "o": "'x'"}, {"a": ">= 18", "o": "'y'"}]));
    assert_eq!(whole, Coverage::default(), "ages are whole years: nothing between 17 and 18");
    let gap = coverage(json!([{"a": "< 18", "o": "'x'"}, {"a": "> 18", "o": "'y'"}]));
    assert_eq!(gap.gap.as_deref(), Some("id.age = 18"));
    let never = coverage(json!([
        {"a": "[0..30]", "o": "'x'"}, {"a": "(30..60)", "o": "'y'"}, {"a": "[10..59]", "o": "'z'"}, {"o": "'w'"}
    ]));
    assert_eq!((never.never, never.gap), (vec![2], None));
    let listed = coverage(json!([{"g": "'A', 'B'", "o": "'x'"}, {"g": "not in ['A', 'B']", "o": "'y'"}]));
    assert_eq!((listed.never.len(), listed.gap), (0, None));
    let overlap = coverage(json!([{"a": "< 30", "o": "'x'"}, {"g": "'A'", "o": "'y'"}, {"o": "'z'"}]));
    assert_eq!(overlap.overlaps, [(0, 1)]);
}

#[test]
fn conditions_over_several_facts_are_exact_too() {
    let split = coverage(json!([
        {"w": "id.age < 18 and score.grade == 'A'", "o": "'x'"},
        {"w": "id.age >= 18 or score.grade != 'A'", "o": "'y'"}
    ]));
    assert_eq!(split, Coverage::default());
    let hole = coverage(json!([
        {"w": "id.age < 18 and score.grade == 'A'", "o": "'x'"}, {"a": ">= 18", "o": "'y'"}
    ]));
    assert_eq!(hole.gap.as_deref(), Some("id.age = 17, score.grade = …"));
}

#[test]
fn what_cannot_be_looked_into_is_never_proved() {
    let dark = coverage(json!([{"w": "abs(id.age) > 3", "o": "'x'"}, {"a": "< 5", "o": "'y'"}]));
    assert_eq!((dark.never.len(), dark.unsure, dark.gap, dark.gap_unsure), (0, vec![0, 1], None, true));
    let behind = coverage(
        json!([{"a": "> 9", "w": "len(score.grade) == 1", "o": "'x'"}, {"a": "10", "o": "'y'"}, {"o": "'z'"}]),
    );
    assert_eq!(behind.unsure, [0, 1], "row 1 may or may not take 10");
    let two_facts = coverage(json!([{"w": "id.age > score.total", "o": "'x'"}, {"o": "'z'"}]));
    assert_eq!(two_facts.unsure, [0, 1], "facts compared with each other");
}

#[test]
fn a_value_that_cannot_be_compared_is_an_error_and_no_gap() {
    let missing =
        coverage(json!([{"a": "null", "o": "'x'"}, {"a": "< 18", "o": "'y'"}, {"a": ">= 18", "o": "'z'"}]));
    assert_eq!(missing, Coverage::default());
}

#[test]
fn two_hundred_rows_over_four_facts_are_looked_at_in_time() {
    let rows: Vec<Value> = (0..200)
        .map(|i| {
            let low = i * 7 % 90;
            json!({"a": format!("[{low}..{}]", low + 9), "g": format!("'{}'", i % 5), "o": format!("'{i}'"),
                "w": format!("score.total > {} and plan.months < {}", i % 40, 12 + i % 48)})
        })
        .collect();
    let found = coverage(Value::from(rows));
    assert!(!found.too_large && found.gap.is_some());
}

fn cell(kind: u8, low: i64, high: i64) -> String {
    let high = low.max(high);
    match kind % 8 {
        0 => String::new(),
        1 => format!("< {low}"),
        2 => format!(">= {low}"),
        3 => format!("[{low}..{high}]"),
        4 => format!("({low}..{high}]"),
        5 => format!("{low}, {high}"),
        6 => format!("!= {low}"),
        _ => format!("> {low} and < {high}"),
    }
}

fn text_cell(kind: u8) -> &'static str {
    ["", "", "'A'", "'A', 'B'", "!= 'C'", "not in ['A', 'C']"][usize::from(kind % 6)]
}

fn condition(kind: u8, low: i64) -> String {
    match kind % 6 {
        0 => format!("score.total > {low} and score.grade == 'B'"),
        1 => format!("id.age <= {low} or score.total == {low}"),
        2 => format!("not (id.age == {low})"),
        _ => String::new(),
    }
}

/// Random tables against every point of the space, asked of the table itself.
#[test]
fn every_answer_is_what_trying_every_value_shows() {
    let row = (any::<u8>(), 0..6_i64, 0..6_i64, any::<u8>(), any::<u8>(), 0..4_i64);
    let rows = prop::collection::vec(row, 1..7);
    let config = Config { cases: 300, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[5; 32]));
    let (gaps, nevers) = (std::cell::Cell::new(0), std::cell::Cell::new(0));
    runner
        .run(&rows, |rows| {
            let rows: Vec<Value> = rows
                .into_iter()
                .enumerate()
                .map(|(i, (kind, low, high, text, when, bound))| {
                    json!({"a": cell(kind, low, high), "g": text_cell(text), "w": condition(when, bound), "o": format!("'{i}'")})
                })
                .collect();
            let compiled = table(Value::from(rows.clone()));
            let found = compiled.coverage();
            let mut fired = vec![false; rows.len()];
            let mut gap = false;
            for age in -2..8_i64 {
                for total in -2..6_i64 {
                    for grade in ["A", "B", "C", "D"] {
                        let facts = Facts::new()
                            .with("id.age", age)
                            .with("score.total", total)
                            .with("score.grade", grade);
                        match compiled.ask(&facts).unwrap().fired.first() {
                            Some(row) => fired[row.rule - 1] = true,
                            None => gap = true,
                        }
                    }
                }
            }
            let never: Vec<usize> = (0..rows.len()).filter(|row| !fired[*row]).collect();
            prop_assert!(found.unsure.is_empty() && !found.gap_unsure && !found.too_large);
            prop_assert_eq!(&found.never, &never, "{:?}", rows);
            prop_assert_eq!(found.gap.is_some(), gap, "{:?}", rows);
            gaps.set(gaps.get() + usize::from(gap));
            nevers.set(nevers.get() + usize::from(!never.is_empty()));
            Ok(())
        })
        .unwrap_or_else(|e| panic!("{e}"));
    assert!(gaps.get() > 50 && nevers.get() > 50, "{} {}", gaps.get(), nevers.get());
}
