//! Finds the plans that fit and ranks them by the customer's total cost.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct RecommendPlan;

/// Parameters of `recommend-plan`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// How many plans are shown beside the best.
    #[serde(default = "two")]
    pub alternatives: u32,
}

fn two() -> u32 {
    2
}

impl KindOf for RecommendPlan {
    type Params = Params;
    const ABOUT: About = About {
        key: "recommend-plan",
        class: Class::Offer,
        name: ("方案推荐", "Recommend plan"),
        help: (
            "按客户总成本推荐最合适的方案。",
            "Recommends the plan with the lowest total cost for the customer.",
        ),
        budget_ms: 5,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("alternatives", params.alternatives, 0..=9)?;
        Ok(Shape::machine(2_000, &["found", "none", "error"])
            .reads(&["product", "vehicle", "request", "score", "partner.valuation"])
            .writes(&["plan"]))
    }
}
