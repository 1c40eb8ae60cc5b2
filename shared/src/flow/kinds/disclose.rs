//! Shows the plan and the cost disclosure; the customer accepts and confirms after the reading time.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who};

pub(crate) struct Disclose;

/// Parameters of `disclose`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Least time between showing and confirming, seconds. The server enforces it.
    #[schemars(range(min = 1, max = 600))]
    pub min_reading_seconds: u32,
    /// How long the customer has, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
}

impl KindOf for Disclose {
    type Params = Params;
    const ABOUT: About = About {
        key: "disclose",
        class: Class::Contract,
        name: ("成本告知", "Disclosure"),
        help: (
            "展示方案和综合融资成本，客户阅读后确认。",
            "Shows the plan and its full cost; the customer confirms after reading.",
        ),
        budget_ms: 0,
        example: r#"{"min_reading_seconds": 10, "due_minutes": 10080}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("min_reading_seconds", params.min_reading_seconds, 1..=600)?;
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        Ok(Shape::wait(Who::Customer, params.due_minutes, &["confirmed", "refused", "changed", "expired"])
            .reads(&["plan", "funder"])
            .writes(&["disclosure"])
            // `changed`: the customer wishes for other terms.
            .adds_to(&["request"]))
    }
}
