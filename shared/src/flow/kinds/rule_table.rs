//! Decides by a table of rules; the outcomes are the texts in its `outcome` column.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::super::rules::{Compiled, DecisionTable, HitPolicy};
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct RuleTable;

/// Parameters of `rule-table`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Namespace its answers are written to, such as `policy`.
    pub writes: String,
    /// The table. Its answer `outcome` is a text in quotes in every row; other answers are written beside it.
    pub table: DecisionTable,
}

/// Namespaces of other kinds, which a table must not overwrite.
const TAKEN: [&str; 29] = [
    "visit",
    "blacklist",
    "collateral",
    "income",
    "lot",
    "intake",
    "id",
    "id_rules",
    "photo",
    "ocr",
    "match",
    "duplicate",
    "consent",
    "partner",
    "score",
    "plan",
    "funder",
    "review",
    "more",
    "disclosure",
    "contract",
    "signature",
    "notice",
    "outcome",
    "product",
    "vehicle",
    "request",
    "channel",
    "region",
];

impl KindOf for RuleTable {
    type Params = Params;
    const ABOUT: About = About {
        key: "rule-table",
        class: Class::Decide,
        name: ("规则表", "Rule table"),
        help: ("按规则表逐行判断，给出结果和理由。", "Decides by a table of rules and gives the reason."),
        budget_ms: 1,
        example: r#"{"writes": "policy", "table": {"hitPolicy": "first", "inputs": [{"id": "grade", "field": "score.grade"}], "outputs": [{"id": "o", "field": "outcome"}, {"id": "r", "field": "reason"}], "rules": [{"grade": "'E'", "o": "'decline'", "r": "'grade_too_low'"}, {"o": "'approve'", "r": "'within_policy'"}]}}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_codes("writes", std::slice::from_ref(&params.writes))?;
        if TAKEN.contains(&params.writes.as_str()) {
            let en = "this namespace belongs to another kind of block: choose another name";
            return Err(BadParams::at("writes", "该命名空间属于其他积木，请换一个", en));
        }
        let table = params.table.compile()?;
        if table.hit_policy() != HitPolicy::First {
            return Err(BadParams::at(
                "table.hitPolicy",
                "规则表只取第一条命中的规则",
                "a rule table takes the first hit",
            ));
        }
        let mut outcomes = table.literals("outcome").map_err(|row| {
            let zh = "每一行的 outcome 必须是引号中的文字";
            BadParams::at(
                format!("table.rules[{row}]"),
                zh,
                "every row needs an outcome that is a text in quotes",
            )
        })?;
        BadParams::unless_codes("table.outputs.outcome", &outcomes)?;
        for (own, taken) in [("error", true), ("no_rule", !table.catches_all())] {
            if taken && !outcomes.iter().any(|outcome| outcome == own) {
                outcomes.push(own.to_owned());
            }
        }
        let reads = table.reads();
        let mut shape = Shape::machine(1_000, &[]).writes(&[params.writes.as_str()]);
        shape.outcomes = outcomes;
        shape.reads = reads;
        let table = Arc::new(table);
        shape.decides_by = Some(table.clone());
        Ok(shape.evaluated(move |facts, _| Some(decide(&params.writes, &table, facts))))
    }
}

fn decide(namespace: &str, table: &Compiled, facts: &Facts) -> Evaluated {
    let answer = match table.ask(facts) {
        Ok(answer) => answer,
        Err(problem) => return Evaluated::error(problem),
    };
    let Some(fired) = answer.fired.first() else { return Evaluated::outcome("no_rule") };
    let Some(outcome) = fired.gave.get("outcome").and_then(|v| v.as_str()) else {
        return Evaluated::error(format!("rule {} gave no outcome", fired.rule));
    };
    let mut evaluated = Evaluated::outcome(outcome).writing(&format!("{namespace}.rule"), fired.rule);
    for (field, value) in &fired.gave {
        evaluated.writes.set(&format!("{namespace}.{field}"), value.clone());
    }
    evaluated.trace = answer.fired;
    evaluated
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use serde_json::{Value, json};

    fn params(last: Value) -> Value {
        json!({"writes": "policy", "table": {
            "inputs": [{"id": "g", "field": "score.grade"}],
            "outputs": [{"id": "o", "field": "outcome"}, {"id": "r", "field": "reason"}],
            "rules": [{"g": "'E'", "o": "'decline'", "r": "'grade_too_low'"}, last]
        }})
    }

    #[test]
    fn outcomes_come_from_the_table() {
        let open = RuleTable.shape(&params(json!({"g": "'A'", "o": "'approve'"}))).unwrap();
        assert_eq!(open.outcomes, ["approve", "decline", "error", "no_rule"]);
        let closed = RuleTable.shape(&params(json!({"o": "'approve'"}))).unwrap();
        assert_eq!(closed.outcomes, ["approve", "decline", "error"]);
        assert_eq!(closed.reads, ["score.grade"]);
        let bad = RuleTable.shape(&params(json!({"o": "score.grade"}))).err().unwrap();
        assert_eq!(bad.path, "table.rules[1]");
        let mut taken = params(json!({"o": "'approve'"}));
        taken["writes"] = json!("plan");
        assert_eq!(RuleTable.shape(&taken).err().unwrap().path, "writes");
    }

    #[test]
    fn answers_are_written_with_the_rule_that_gave_them() {
        let shape = RuleTable.shape(&params(json!({"g": "'A'", "o": "'approve'"}))).unwrap();
        let ask = |grade: &str| {
            let reference = crate::flow::Reference::at(jiff::Timestamp::UNIX_EPOCH);
            shape.evaluator.as_ref().unwrap()(&Facts::new().with("score.grade", grade), &reference).unwrap()
        };
        let decline = ask("E");
        assert_eq!(decline.outcome, "decline");
        assert_eq!(decline.writes.text("policy.reason"), Some("grade_too_low"));
        assert_eq!(decline.writes.number("policy.rule"), Some(1));
        assert_eq!(decline.trace[0].saw, json!({"score.grade": "E"}).as_object().cloned().unwrap());
        assert_eq!(ask("C").outcome, "no_rule");
    }
}
