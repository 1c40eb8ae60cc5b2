//! Waits until something is known, or a time is over.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};

pub(crate) struct Wait;

/// Parameters of `wait`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Path of the fact, such as `partner.bureau.score`; `outcome.bureau` is there once the block `bureau` was left.
    pub fact: String,
    /// How long it is waited for at most, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub minutes: u32,
}

impl KindOf for Wait {
    type Params = Params;
    const ABOUT: About = About {
        key: "wait",
        class: Class::Control,
        name: ("等待", "Wait"),
        help: (
            "等到某项事实已知，或时间已到；已知时立即继续。用于并行分支之间。",
            "Waits until a fact is there or a time is over; goes on at once where it is. For parallel branches.",
        ),
        budget_ms: 0,
        example: r#"{"fact": "partner.valuation.value_fen", "minutes": 60}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        let part = |part: &str| {
            (1..=40).contains(&part.len())
                && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if params.fact.len() > 120 || !params.fact.split('.').all(part) {
            let en = "give a path such as partner.bureau.score";
            return Err(BadParams::at("fact", "请填写事实的路径，例如 partner.bureau.score", en));
        }
        BadParams::unless_within("minutes", params.minutes, 1..=MAX_DUE_MINUTES)?;
        Ok(Shape::wait(Who::Clock, params.minutes, &["arrived", "expired"]).reads(&[&params.fact]).evaluated(
            move |facts, _| {
                let there = facts.get(&params.fact).is_some_and(|fact| !fact.is_null());
                there.then(|| Evaluated::outcome("arrived"))
            },
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::facts::Facts;
    use super::super::shape::Kind;
    use super::*;
    use serde_json::{Value, json};

    #[test]
    fn a_fact_is_there_once_it_has_a_value() {
        let shape = Wait.shape(&json!({"fact": "partner.bureau.score", "minutes": 5})).unwrap();
        let reference = crate::flow::Reference::at(jiff::Timestamp::UNIX_EPOCH);
        let arrived = |facts: &Facts| shape.evaluator.as_ref().unwrap()(facts, &reference).map(|e| e.outcome);
        assert_eq!(arrived(&Facts::new()), None);
        assert_eq!(arrived(&Facts::new().with("partner.bureau.score", Value::Null)), None);
        assert_eq!(arrived(&Facts::new().with("partner.bureau.score", 0)), Some("arrived".into()));
        assert_eq!(arrived(&Facts::new().with("partner.bureau.score", false)), Some("arrived".into()));
    }

    #[test]
    fn a_path_is_one() {
        for bad in ["", ".", "a.", "a..b", "a b", "A.b", &"a".repeat(41)] {
            let refused = Wait.shape(&json!({"fact": bad, "minutes": 5})).err().unwrap();
            assert_eq!(refused.path, "fact", "{bad}");
        }
    }
}
