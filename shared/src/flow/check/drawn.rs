//! Flows drawn at random for tests: loops, parallel branches in each other, joins of every sort.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::super::{Flow, FlowError};

/// How a flow is to be drawn: each number decides one thing, in order; past the end they begin again.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    numbers: Vec<u16>,
    /// Whether blocks may lead back.
    pub(super) loops: bool,
    /// Whether a customer may ask for a person.
    pub(super) person: bool,
}

pub(super) fn plans(
    loops: impl Strategy<Value = bool>,
    person: impl Strategy<Value = bool>,
) -> impl Strategy<Value = Plan> {
    (prop::collection::vec(any::<u16>(), 24..64), loops, person).prop_map(|(numbers, loops, person)| Plan {
        numbers,
        loops,
        person,
    })
}

struct Pen<'a> {
    plan: &'a Plan,
    at: usize,
    blocks: Map<String, Value>,
    left: usize,
}

/// Draws the flow.
pub(super) fn draw(plan: &Plan) -> Result<Flow, FlowError> {
    Flow::parse(&file(plan))
}

/// The flow's file. Every one has an approved and a declined end where something leads to them.
pub(super) fn file(plan: &Plan) -> String {
    let mut pen = Pen { plan, at: 0, blocks: Map::new(), left: 7 };
    for (id, decision) in [("yes", "approved"), ("no", "declined")] {
        let params = json!({"decision": decision, "reason": "done"});
        pen.blocks.insert(id.into(), json!({"kind": "end", "params": params}));
    }
    let ends = ["yes", "no"];
    let start = pen.region("yes", &ends, 0);
    let mut flow = json!({"format": 1, "key": "k", "name": {"zh-CN": "试", "en": "try"}, "start": start});
    if plan.person {
        let first = pen.pick(&[start.as_str(), "no", "yes"]).to_owned();
        pen.blocks.insert(
            "person".into(),
            json!({"kind": "manual-review",
            "params": {"queue": "q", "due_minutes": 5, "may": ["approve", "decline"]},
            "next": {"approve": first, "decline": "no", "expired": "no"}, "max_visits": 3}),
        );
        pen.blocks["person"]["next"]["exhausted"] = json!("no");
        flow["person"] = json!("person");
    }
    // Ends that nothing leads to would be findings of their own.
    let text = serde_json::to_string(&pen.blocks).unwrap_or_default();
    for end in ends {
        if !text.contains(&format!(":\"{end}\"")) {
            pen.blocks.shift_remove(end);
        }
    }
    flow["blocks"] = Value::Object(pen.blocks);
    flow.to_string()
}

impl Pen<'_> {
    fn number(&mut self) -> usize {
        let number = self.plan.numbers[self.at % self.plan.numbers.len()];
        self.at += 1;
        usize::from(number)
    }

    fn pick<'t>(&mut self, of: &[&'t str]) -> &'t str {
        of[self.number() % of.len()]
    }

    /// A chain of blocks, each leading on, or anywhere in the chain, or out, or to an end; gives its first block.
    fn region(&mut self, out: &str, ends: &[&str], depth: usize) -> String {
        let length = 1 + self.number() % 3;
        let ids: Vec<String> = (0..length).map(|i| format!("b{}_{i}", self.blocks.len() + self.at)).collect();
        for (i, id) in ids.iter().enumerate() {
            let on = ids.get(i + 1).map_or(out, String::as_str).to_owned();
            if self.left == 0 {
                self.simple(id, &on, &[on.as_str()], &[]);
                continue;
            }
            self.left -= 1;
            if depth < 2 && self.left > 2 && self.number().is_multiple_of(4) {
                self.parallel(id, &on, ends, depth);
                continue;
            }
            let forward: Vec<&str> =
                ids[i + 1..].iter().map(String::as_str).chain([out]).chain(ends.iter().copied()).collect();
            let back: Vec<&str> =
                if self.plan.loops { ids[..=i].iter().map(String::as_str).collect() } else { Vec::new() };
            self.simple(id, &on, &forward, &back);
        }
        ids[0].clone()
    }

    fn parallel(&mut self, id: &str, on: &str, ends: &[&str], depth: usize) {
        let join = format!("j{}", &id[1..]);
        let count = 2 + self.number() % 2;
        let names: Vec<String> = (0..count).map(|i| format!("w{i}")).collect();
        let mut next = Map::new();
        for name in &names {
            // A branch may be nothing at all, but never all of those that are waited for.
            let first = if next.len() + 1 == count && self.number().is_multiple_of(5) {
                join.clone()
            } else {
                self.region(&join, ends, depth + 1)
            };
            next.insert(name.clone(), first.into());
        }
        let direct = next.values().filter(|to| **to == json!(join)).count();
        let need = (direct + 1).max(1 + self.number() % count);
        self.blocks
            .insert(id.into(), json!({"kind": "parallel", "params": {"branches": names}, "next": next}));
        self.blocks
            .insert(join, json!({"kind": "join", "params": {"of": id, "need": need}, "next": {"done": on}}));
    }

    fn simple(&mut self, id: &str, on: &str, forward: &[&str], back: &[&str]) {
        let day = json!({"due_minutes": 5});
        let (kind, params, outcomes): (&str, Value, &[&str]) = match self.number() % 9 {
            0 => ("notify", json!({"message": "m"}), &["sent", "error"]),
            1 | 2 => (
                "disclose",
                json!({"min_reading_seconds": 5, "due_minutes": 5}),
                &["confirmed", "refused", "changed", "expired"],
            ),
            3 => ("recommend-plan", json!({}), &["found", "none", "error"]),
            4 => ("generate-contract", json!({}), &["generated", "terms_changed", "needs_person", "error"]),
            5 => (
                "manual-review",
                json!({"queue": "q", "due_minutes": 5, "may": ["approve", "decline"]}),
                &["approve", "decline", "expired"],
            ),
            6 => ("wait", json!({"fact": "request.finance_fen", "minutes": 5}), &["arrived", "expired"]),
            7 => (
                "counter-offer",
                json!({"max_less_percent": 10, "most_down_payment_percent": 50}),
                &["offered", "none", "error"],
            ),
            _ => ("sign", day, &["signed", "failed", "terms_changed", "expired"]),
        };
        let mut next = Map::new();
        let mut leads_back = false;
        for (i, outcome) in outcomes.iter().enumerate() {
            let to = if i == 0 {
                on.to_owned()
            } else if !back.is_empty() && self.number().is_multiple_of(3) {
                leads_back = true;
                self.pick(back).to_owned()
            } else {
                self.pick(forward).to_owned()
            };
            next.insert((*outcome).to_owned(), to.into());
        }
        let mut block = json!({"kind": kind, "params": params});
        if leads_back {
            block["max_visits"] = json!(1 + self.number() % 2);
            next.insert("exhausted".into(), self.pick(forward).into());
        }
        block["next"] = Value::Object(next);
        self.blocks.insert(id.into(), block);
    }
}
