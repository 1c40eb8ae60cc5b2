//! What a diagram drawn elsewhere can mean as blocks: a start for a draft, never more.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::super::definition::BlockId;

/// What an element of a process is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sort {
    Start,
    /// A block of its own.
    Block,
    /// A choice: its outcomes may belong to the task before it.
    Choice,
    /// Happens to the task that it is attached to.
    Boundary,
}

/// `None` for what is no part of the flow: lanes, data, notes.
pub(super) fn sort(element: &str) -> Option<Sort> {
    Some(match element {
        "startEvent" => Sort::Start,
        "boundaryEvent" => Sort::Boundary,
        "exclusiveGateway" | "inclusiveGateway" | "complexGateway" | "eventBasedGateway" => Sort::Choice,
        "task"
        | "userTask"
        | "manualTask"
        | "serviceTask"
        | "businessRuleTask"
        | "sendTask"
        | "receiveTask"
        | "scriptTask"
        | "callActivity"
        | "subProcess"
        | "adHocSubProcess"
        | "transaction"
        | "parallelGateway"
        | "endEvent"
        | "intermediateThrowEvent"
        | "intermediateCatchEvent" => Sort::Block,
        _ => return None,
    })
}

/// The kind that comes nearest to an element.
pub(super) fn kind(element: &str, outgoing: usize) -> &'static str {
    match element {
        "userTask" | "manualTask" => "manual-review",
        "serviceTask" => "partner-query",
        "businessRuleTask" | "exclusiveGateway" | "inclusiveGateway" | "complexGateway"
        | "eventBasedGateway" => "rule-table",
        "parallelGateway" if outgoing > 1 => "parallel",
        "parallelGateway" => "join",
        "endEvent" => "end",
        _ => "notify",
    }
}

/// Parameters that follow from the connections; the others are for a person to fill in.
pub(super) fn params(kind: &str, next: &[(String, BlockId)], parallels: &[&BlockId]) -> Value {
    match (kind, parallels) {
        ("parallel", _) => {
            json!({"branches": next.iter().map(|(outcome, _)| outcome.as_str()).collect::<Vec<_>>()})
        }
        // Of several, which one is joined here is for a person to say.
        ("join", [only]) => json!({"of": only, "need": "all"}),
        _ => Value::Null,
    }
}

/// The name of an outcome that the diagram does not name.
pub(super) fn outcome(kind: &str, number: usize) -> String {
    let usual: &[&str] = match kind {
        "manual-review" => &["approve", "decline"],
        "partner-query" => &["match", "mismatch"],
        "notify" => &["sent", "error"],
        "join" => &["done"],
        _ => &[],
    };
    let prefix = if kind == "parallel" { "branch" } else { "next" };
    usual.get(number).map_or_else(|| format!("{prefix}_{}", number + 1), |name| (*name).to_owned())
}

/// The name of an outcome that a boundary event stands for.
pub(super) fn event(definitions: impl Iterator<Item = String>) -> &'static str {
    for definition in definitions {
        match definition.as_str() {
            "timerEventDefinition" => return "expired",
            "errorEventDefinition" => return "error",
            _ => {}
        }
    }
    "event"
}

/// A name as a code: lower-case letters, digits and `_`, beginning with a letter; empty where nothing is left.
pub(super) fn code(name: &str) -> String {
    let lower = name.chars().map(|letter| letter.to_ascii_lowercase());
    let kept: String = lower
        .map(|letter| if letter.is_ascii_lowercase() || letter.is_ascii_digit() { letter } else { '_' })
        .collect();
    let words: Vec<&str> = kept.split('_').filter(|word| !word.is_empty()).collect();
    let joined = words.join("_");
    let begins = joined.find(|letter: char| letter.is_ascii_lowercase()).unwrap_or(joined.len());
    joined[begins..].chars().take(MAX_CODE).collect()
}

/// Longest code made from a name, so that a number still fits behind it into a block's id.
const MAX_CODE: usize = 32;

/// An id that no other block has: from its name, else from the element's id.
pub(super) fn id(name: &str, element_id: &str, taken: &HashSet<BlockId>) -> Option<BlockId> {
    let named = [code(name), code(element_id)].into_iter().find(|code| !code.is_empty());
    let base = named.unwrap_or_else(|| "block".to_owned());
    free(&base, taken)
}

/// The id itself, or with the first number behind it that is not taken.
pub(super) fn free(base: &str, taken: &HashSet<BlockId>) -> Option<BlockId> {
    let short: String = base.chars().take(MAX_CODE).collect();
    let numbered = (2..).map(|number: u32| format!("{short}_{number}"));
    std::iter::once(base.to_owned())
        .chain(numbered)
        .take(taken.len() + 2)
        .filter_map(|text| BlockId::parse(&text))
        .find(|id| !taken.contains(id))
}
