//! Finds the funder that takes the plan, and asks it; a decline goes on to the next within the consents given.

use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct MatchFunder;

/// Parameters of `match-funder`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Most funders asked one after the other in one visit.
    #[serde(default = "three")]
    pub max_asked: u32,
    /// Time for one funder's answer, milliseconds.
    #[serde(default = "five_seconds")]
    pub timeout_ms: u32,
}

fn three() -> u32 {
    3
}

fn five_seconds() -> u32 {
    5_000
}

impl KindOf for MatchFunder {
    type Params = Params;
    const ABOUT: About = About {
        key: "match-funder",
        class: Class::Offer,
        name: ("资方匹配", "Match funder"),
        help: (
            "在客户已授权的资方中匹配，拒绝或超时则转下一家。",
            "Finds a funder among those the customer consented to; after a decline or timeout asks the next.",
        ),
        budget_ms: 1_000,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("max_asked", params.max_asked, 1..=10)?;
        BadParams::unless_within("timeout_ms", params.timeout_ms, 100..=60_000)?;
        let outcomes = ["matched", "countered", "needs_consent", "pending", "none", "error"];
        let mut shape = Shape::machine(params.timeout_ms.saturating_mul(params.max_asked), &outcomes)
            .reads(&["plan", "score", "vehicle", "request", "consent.funders", "partner.funder"])
            .writes(&["funder"])
            .adds_to(&["plan", "consent.wanted"]);
        shape.needs = vec![super::consent_check::FUNDER.to_owned()];
        Ok(shape)
    }
}
