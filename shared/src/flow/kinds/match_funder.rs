//! Finds the funder that takes the plan, and asks it; a decline goes on to the next within the consents given.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::shape::{About, BadParams, Class, KindOf, Shape};
use crate::domain::Purpose;

pub(crate) struct MatchFunder;

/// Parameters of `match-funder`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Most funders asked one after the other in one visit.
    #[serde(default = "three")]
    #[schemars(range(min = 1, max = 10))]
    pub max_asked: u32,
    /// Time for one funder's answer, milliseconds.
    #[serde(default = "five_seconds")]
    #[schemars(range(min = 100, max = 60_000))]
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
        example: r#"{"max_asked": 3, "timeout_ms": 5000}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("max_asked", params.max_asked, 1..=10)?;
        BadParams::unless_within("timeout_ms", params.timeout_ms, 100..=60_000)?;
        let outcomes = ["matched", "countered", "needs_consent", "pending", "none", "error"];
        let mut shape = Shape::machine(params.timeout_ms.saturating_mul(params.max_asked), &outcomes)
            .reads(&["plan", "score", "vehicle", "request", "consent.funders", "partner.funder"])
            .writes(&["funder.key", "funder.answer"])
            .adds_to(&["funder", "plan"]);
        shape.needs = vec![Purpose::ShareWithFunder];
        Ok(shape.evaluated(|facts, reference| settle(facts, reference.eligible_funders?)))
    }
}

/// Whom to ask next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NextFunders<'a> {
    /// These, in this order: eligible, consented to, not yet refused.
    Ask(Vec<&'a str>),
    /// Only funders that the customer has not consented to are left: ask for these by name.
    NeedsConsent(Vec<&'a str>),
    /// No funder is left.
    None,
}

/// Chooses among the eligible funders, best first: those of `funder.said_no` are out, those of `consent.funders` may
/// be asked.
pub fn next_funders<'a>(eligible: &[&'a str], facts: &Facts) -> NextFunders<'a> {
    let declined = facts.texts("funder.said_no");
    let named = facts.texts("consent.funders");
    let left: Vec<&str> = eligible.iter().copied().filter(|funder| !declined.contains(funder)).collect();
    let allowed: Vec<&str> = left.iter().copied().filter(|funder| named.contains(funder)).collect();
    match (left.is_empty(), allowed.is_empty()) {
        (true, _) => NextFunders::None,
        (false, true) => NextFunders::NeedsConsent(left),
        (false, false) => NextFunders::Ask(allowed),
    }
}

/// The outcome that needs no funder's answer; `None` while there is somebody to ask.
fn settle(facts: &Facts, eligible: &[&str]) -> Option<Evaluated> {
    match next_funders(eligible, facts) {
        NextFunders::Ask(_) => None,
        NextFunders::None => Some(Evaluated::outcome("none")),
        NextFunders::NeedsConsent(funders) => {
            let wanted: Vec<&str> = funders.into_iter().take(MAX_NAMED).collect();
            Some(Evaluated::outcome("needs_consent").writing("funder.wanted", wanted))
        }
    }
}

/// Most further funders that one consent page names.
const MAX_NAMED: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_consented_funders_are_asked_and_a_declined_one_is_not_asked_again() {
        let facts = Facts::new().with("consent.funders", vec!["b", "c"]).with("funder.said_no", vec!["c"]);
        assert_eq!(next_funders(&["a", "b", "c"], &facts), NextFunders::Ask(vec!["b"]));
        assert_eq!(next_funders(&["a", "c"], &facts), NextFunders::NeedsConsent(vec!["a"]));
        assert_eq!(next_funders(&["c"], &facts), NextFunders::None);
        assert_eq!(settle(&facts, &["b"]), None);
        let more = settle(&facts, &["a", "c"]).unwrap();
        assert_eq!((more.outcome.as_str(), more.writes.texts("funder.wanted")), ("needs_consent", vec!["a"]));
        assert_eq!(settle(&facts, &[]).unwrap().outcome, "none");
    }
}
