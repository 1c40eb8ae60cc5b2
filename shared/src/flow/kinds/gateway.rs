//! Takes the first way whose condition holds.

use std::collections::BTreeMap;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::super::rules::{DecisionTable, HitPolicy, InputColumn, OutputColumn};
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct Gateway;

/// Parameters of `gateway`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// The ways, tried from the top. When none holds, the case takes the outcome `otherwise`.
    pub ways: Vec<Way>,
}

/// One way out.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Way {
    /// Its outcome: a short name in lower-case letters, digits and `_`.
    pub outcome: String,
    /// When it is taken: an expression over facts, such as `vehicle.age_months > 72`.
    pub when: String,
}

/// Outcomes that are there beside the ways.
const OWN: [&str; 2] = ["otherwise", "error"];

impl KindOf for Gateway {
    type Params = Params;
    const ABOUT: About = About {
        key: "gateway",
        class: Class::Decide,
        name: ("条件分流", "Gateway"),
        help: (
            "按条件从上到下选择第一条成立的路。",
            "Takes the first way, from the top, whose condition holds.",
        ),
        budget_ms: 1,
        example: r#"{"ways": [{"outcome": "yes", "when": "id.age >= 25"}]}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        let codes: Vec<String> = params.ways.iter().map(|way| way.outcome.clone()).collect();
        BadParams::unless_codes("ways", &codes)?;
        BadParams::unless_free(&codes, &OWN)?;
        let row = |outcome: &str, when: &str| {
            let cells =
                [("when".to_owned(), when.to_owned()), ("outcome".to_owned(), format!("'{outcome}'"))];
            BTreeMap::from(cells)
        };
        let rows = params.ways.iter().map(|way| row(&way.outcome, &way.when));
        let table = DecisionTable {
            hit_policy: HitPolicy::First,
            inputs: vec![InputColumn { id: "when".into(), name: String::new(), field: None }],
            outputs: vec![OutputColumn {
                id: "outcome".into(),
                name: String::new(),
                field: "outcome".into(),
            }],
            rules: rows.chain([row("otherwise", "")]).collect(),
            pass_through: None,
            execution_mode: None,
            input_field: None,
            output_path: None,
        };
        let table = table.compile().map_err(|bad| BadParams { path: at_way(&bad.path), ..bad })?;
        if let Some(i) = params.ways.iter().position(|way| way.when.trim().is_empty()) {
            return Err(BadParams::at(format!("ways[{i}].when"), "请写出条件", "write a condition"));
        }
        let mut shape = Shape::machine(1_000, &[]);
        shape.reads = table.reads();
        shape.outcomes = codes.into_iter().chain(OWN.map(str::to_owned)).collect();
        let table = Arc::new(table);
        shape.decides_by = Some(table.clone());
        Ok(shape.evaluated(move |facts, _| {
            Some(match table.ask(facts) {
                Err(problem) => Evaluated::error(problem),
                Ok(answer) => {
                    let fired = answer.fired.first();
                    let outcome = fired.and_then(|fired| fired.gave.get("outcome")?.as_str());
                    let mut evaluated = Evaluated::outcome(outcome.unwrap_or("otherwise"));
                    evaluated.trace = answer.fired;
                    evaluated
                }
            })
        }))
    }
}

/// The table's place of a way, in the words of these parameters.
fn at_way(path: &str) -> String {
    path.replacen("table.rules", "ways", 1)
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use crate::flow::{Facts, Reference};
    use serde_json::json;

    #[test]
    fn the_first_way_that_holds_is_taken() {
        let params = json!({"ways": [
            {"outcome": "old", "when": "vehicle.age_months > 72"}, {"outcome": "dear", "when": "vehicle.price >= 50000000"}
        ]});
        let shape = Gateway.shape(&params).unwrap();
        assert_eq!(shape.outcomes, ["old", "dear", "otherwise", "error"]);
        assert_eq!(shape.reads, ["vehicle.age_months", "vehicle.price"]);
        let ask = |facts: serde_json::Value| {
            let facts = Facts::from_json(facts).unwrap();
            let reference = Reference::at(jiff::Timestamp::UNIX_EPOCH);
            shape.evaluator.as_ref().unwrap()(&facts, &reference).unwrap().outcome
        };
        assert_eq!(ask(json!({"vehicle": {"age_months": 80, "price": 60_000_000}})), "old");
        assert_eq!(ask(json!({"vehicle": {"age_months": 10, "price": 60_000_000}})), "dear");
        assert_eq!(ask(json!({"vehicle": {"age_months": 10, "price": 1}})), "otherwise");
        assert_eq!(ask(json!({})), "error", "a missing value is no answer");
    }

    #[test]
    fn bad_ways_are_named() {
        let place =
            |params: serde_json::Value| Gateway.shape(&params).err().map(|bad| bad.path).unwrap_or_default();
        assert_eq!(place(json!({"ways": [{"outcome": "a", "when": "1 +"}]})), "ways[0].when");
        assert_eq!(place(json!({"ways": [{"outcome": "a", "when": " "}]})), "ways[0].when");
        assert_eq!(place(json!({"ways": [{"outcome": "error", "when": "true"}]})), "ways[0].outcome");
        assert_eq!(place(json!({"ways": []})), "ways");
    }
}
