//! Has the vehicle valued and says how far its price lies above the value.

use schemars::JsonSchema;
use serde::Deserialize;

use super::partner_query::{Partner, of_partner, three_seconds};
use super::shape::{About, BadParams, Class, KindOf, Shape, Work};

pub(crate) struct VehicleValuation;

/// Parameters of `vehicle-valuation`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Most by which the price may lie above the value, percent of the value.
    #[serde(default = "tenth")]
    #[schemars(range(min = 0, max = 100))]
    pub most_above_percent: u32,
    /// Time for all attempts together, milliseconds. How many there are is the partner's own setting.
    #[serde(default = "three_seconds")]
    #[schemars(range(min = 100, max = 60_000))]
    pub timeout_ms: u32,
}

fn tenth() -> u32 {
    10
}

impl KindOf for VehicleValuation {
    type Params = Params;
    const ABOUT: About = About {
        key: "vehicle-valuation",
        class: Class::Partner,
        name: ("车辆估值", "Vehicle valuation"),
        help: (
            "请合作方评估车辆，并判断车价高出估值多少。",
            "Has a partner value the vehicle, and says whether the price lies too far above the value.",
        ),
        budget_ms: 800,
        example: r#"{"most_above_percent": 10, "timeout_ms": 3000}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("most_above_percent", params.most_above_percent, 0..=100)?;
        BadParams::unless_within("timeout_ms", params.timeout_ms, 100..=60_000)?;
        let work = Work::Machine { timeout_ms: params.timeout_ms, on_due: "timeout" };
        Ok(of_partner(
            Partner::Valuation,
            work,
            &["within", "above", "unknown"],
            &["consent", "vehicle.price"],
        ))
    }
}

impl Params {
    /// The outcome of a value; both in fen. A price a little over the limit is over it.
    pub fn outcome(&self, price_fen: i64, value_fen: i64) -> &'static str {
        let most = i128::from(value_fen.max(0)) * i128::from(100 + self.most_above_percent);
        if i128::from(price_fen) * 100 <= most { "within" } else { "above" }
    }
}

#[cfg(test)]
mod tests {
    use super::super::kind;
    use super::*;
    use serde_json::json;

    #[test]
    fn a_price_a_fen_over_the_limit_is_above() {
        let params: Params = serde_json::from_value(json!({"most_above_percent": 10})).unwrap();
        for (price, value, outcome) in [
            (11_000_000, 10_000_000, "within"),
            (11_000_001, 10_000_000, "above"),
            (4_000_000, 10_000_000, "within"),
            (1, 0, "above"),
            (i64::MAX, i64::MAX, "within"),
            (i64::MAX, 1, "above"),
        ] {
            assert_eq!(params.outcome(price, value), outcome, "{price} {value}");
        }
    }

    #[test]
    fn it_needs_and_writes_what_the_query_of_the_same_partner_does() {
        let shape = |key: &str, params| kind(key).unwrap().shape(&params).unwrap();
        let own = shape("vehicle-valuation", json!({}));
        let query = shape("partner-query", json!({"partner": "valuation"}));
        assert_eq!((&own.needs, &own.writes, &own.replaces), (&query.needs, &query.writes, &query.replaces));
        assert_eq!(own.outcomes, ["within", "above", "unknown", "timeout", "error", "no_consent"]);
        assert_eq!(own.work, query.work);
    }
}
