//! Proposes other terms where those asked for find nobody: less money, another term, a higher down payment.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct CounterOffer;

/// Parameters of `counter-offer`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Least that the amount is lowered, percent of what was asked for; 0 where another term may do.
    #[serde(default)]
    #[schemars(range(min = 0, max = 90))]
    pub min_less_percent: u32,
    /// Most that the amount may be lowered, percent of what was asked for.
    #[schemars(range(min = 0, max = 90))]
    pub max_less_percent: u32,
    /// Most that the customer may be asked to pay down, percent of the price.
    #[schemars(range(min = 1, max = 95))]
    pub most_down_payment_percent: u32,
    /// The longest term that may be proposed, months; not set: the longest of the catalogue.
    #[serde(default)]
    #[schemars(range(min = 1, max = 120))]
    pub longest_months: Option<u32>,
}

impl KindOf for CounterOffer {
    type Params = Params;
    const ABOUT: About = About {
        key: "counter-offer",
        class: Class::Offer,
        name: ("还价方案", "Counter-offer"),
        help: (
            "按原条件没有方案或资方时，在限定范围内提出最接近的方案，再交资方，由客户接受或拒绝。",
            "Where the terms asked for find no plan or funder, proposes the nearest ones within limits; a funder is asked next, and the customer accepts or refuses.",
        ),
        budget_ms: 50,
        example: r#"{"max_less_percent": 30, "most_down_payment_percent": 60, "longest_months": 60}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("max_less_percent", params.max_less_percent, 0..=90)?;
        BadParams::unless_within("min_less_percent", params.min_less_percent, 0..=90)?;
        if params.min_less_percent > params.max_less_percent {
            return Err(BadParams::at(
                "min_less_percent",
                "不能高于最多降低的比例",
                "must not be above the most that the amount may be lowered",
            ));
        }
        BadParams::unless_within("most_down_payment_percent", params.most_down_payment_percent, 1..=95)?;
        if let Some(months) = params.longest_months {
            BadParams::unless_within("longest_months", months, 1..=120)?;
        }
        Ok(Shape::machine(5_000, &["offered", "none", "error"])
            .reads(&["vehicle", "request", "id.age", "score.grade", "plan", "funder.said_no"])
            .writes(&["counter"])
            // Funders that said no to more are asked anew.
            .adds_to(&["plan", "funder"]))
    }
}
