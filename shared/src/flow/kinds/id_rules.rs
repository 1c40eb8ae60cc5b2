//! Checks what follows from the ID number: valid at all, age within the product's limits.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct IdRules;

/// Parameters of `id-rules`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Youngest age, whole years.
    #[serde(default = "adult")]
    #[schemars(range(min = 18, max = 100))]
    pub min_age: u32,
    /// Oldest age, whole years.
    #[serde(default = "oldest")]
    #[schemars(range(min = 18, max = 100))]
    pub max_age: u32,
}

fn adult() -> u32 {
    18
}

fn oldest() -> u32 {
    65
}

impl KindOf for IdRules {
    type Params = Params;
    const ABOUT: About = About {
        key: "id-rules",
        class: Class::Check,
        name: ("证件规则", "ID rules"),
        help: ("核对身份证号规则和年龄范围。", "Checks the ID number's rules and the age limits."),
        budget_ms: 1,
        example: r#"{"min_age": 18, "max_age": 65}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("min_age", params.min_age, 18..=100)?;
        BadParams::unless_within("max_age", params.max_age, params.min_age..=100)?;
        let outcomes = ["valid", "invalid", "under_age", "over_age", "error"];
        Ok(Shape::machine(1_000, &outcomes)
            .reads(&["id.valid", "id.age"])
            .writes(&["id_rules"])
            .evaluated(move |facts, _| Some(judge(&params, facts))))
    }
}

fn judge(params: &Params, facts: &Facts) -> Evaluated {
    let verdict = match (facts.flag("id.valid"), facts.number("id.age")) {
        (Some(false), _) => "invalid",
        (Some(true), Some(age)) if age < i64::from(params.min_age) => "under_age",
        (Some(true), Some(age)) if age > i64::from(params.max_age) => "over_age",
        (Some(true), Some(_)) => "valid",
        _ => return Evaluated::error("id.valid and id.age must be known"),
    };
    Evaluated::outcome(verdict).writing("id_rules.verdict", verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn verdict_by_age() {
        let params: Params = serde_json::from_value(json!({"min_age": 20, "max_age": 60})).unwrap();
        for (valid, age, expected) in [
            (json!(true), json!(19), "under_age"),
            (json!(true), json!(20), "valid"),
            (json!(true), json!(60), "valid"),
            (json!(true), json!(61), "over_age"),
            (json!(false), json!(30), "invalid"),
            (json!(true), json!(null), "error"),
            (json!(null), json!(30), "error"),
        ] {
            let facts = Facts::new().with("id.valid", valid).with("id.age", age);
            assert_eq!(judge(&params, &facts).outcome, expected, "{facts:?}");
        }
    }
}
