//! Holds the financed amount against what the vehicle is worth.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct CollateralCheck;

/// Parameters of `collateral-check`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// Most of the value that may be financed, percent.
    #[schemars(range(min = 1, max = 100))]
    pub most_percent: u32,
    /// What the vehicle's worth is taken from.
    #[serde(default)]
    pub worth: Worth,
}

/// What the vehicle's worth is taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Worth {
    /// The valuation partner's answer.
    Valuation,
    /// The price.
    Price,
    /// The lower of both.
    #[default]
    Lower,
}

impl KindOf for CollateralCheck {
    type Params = Params;
    const ABOUT: About = About {
        key: "collateral-check",
        class: Class::Check,
        name: ("抵押物核查", "Collateral check"),
        help: (
            "核对融资额占车辆价值的比例。",
            "Holds the financed amount against what the vehicle is worth.",
        ),
        budget_ms: 1,
        example: r#"{"most_percent": 80}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("most_percent", params.most_percent, 1..=100)?;
        Ok(Shape::machine(1_000, &["covered", "too_high", "unknown", "error"])
            .reads(&["request.finance_fen", "vehicle.price", "partner.valuation.value_fen"])
            .writes(&["collateral"])
            .evaluated(move |facts, _| Some(check(&params, facts))))
    }
}

fn check(params: &Params, facts: &Facts) -> Evaluated {
    let Some(financed) = facts.number("request.finance_fen") else {
        return Evaluated::error("request.finance_fen is not known");
    };
    let (price, valued) = (facts.number("vehicle.price"), facts.number("partner.valuation.value_fen"));
    let worth = match params.worth {
        Worth::Valuation => valued,
        Worth::Price => price,
        Worth::Lower => price.zip(valued).map(|(price, valued)| price.min(valued)),
    };
    let Some(worth) = worth.filter(|worth| *worth > 0) else { return Evaluated::outcome("unknown") };
    // Rounded up: a ratio a little over the limit is over it.
    let share = (i128::from(financed) * 10_000 + i128::from(worth) - 1) / i128::from(worth);
    let within = share <= i128::from(params.most_percent) * 100;
    let outcome = if within { "covered" } else { "too_high" };
    Evaluated::outcome(outcome).writing("collateral.share_bp", i64::try_from(share).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use serde_json::json;

    #[test]
    fn the_lower_worth_counts_and_an_unknown_one_is_no_pass() {
        let ask = |params: serde_json::Value, facts: serde_json::Value| {
            let shape = CollateralCheck.shape(&params).unwrap();
            let reference = crate::flow::Reference::at(jiff::Timestamp::UNIX_EPOCH);
            let facts = Facts::from_json(facts).unwrap();
            let answer = shape.evaluator.as_ref().unwrap()(&facts, &reference).unwrap();
            (answer.outcome, answer.writes.number("collateral.share_bp"))
        };
        let facts = json!({"request": {"finance_fen": 7_000_001}, "vehicle": {"price": 10_000_000},
            "partner": {"valuation": {"value_fen": 9_000_000}}});
        assert_eq!(
            ask(json!({"most_percent": 70, "worth": "price"}), facts.clone()),
            ("too_high".into(), Some(7_001))
        );
        assert_eq!(ask(json!({"most_percent": 78}), facts.clone()), ("covered".into(), Some(7_778)));
        assert_eq!(ask(json!({"most_percent": 77}), facts), ("too_high".into(), Some(7_778)));
        let bare = json!({"request": {"finance_fen": 1}, "vehicle": {"price": 10}});
        assert_eq!(ask(json!({"most_percent": 70}), bare).0, "unknown");
        assert_eq!(ask(json!({"most_percent": 70}), json!({})).0, "error");
    }
}
