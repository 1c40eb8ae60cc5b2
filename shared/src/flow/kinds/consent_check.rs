//! Goes on only with the customer's consents: asks for the missing ones and waits.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::shape::{About, BadParams, Class, KindOf, MAX_DUE_MINUTES, Shape, Who, unless_set};
use crate::domain::Purpose;

pub(crate) struct ConsentCheck;

/// Parameters of `consent-check`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Consents that must be there; `share_with_funder` stands for every funder of `funder.wanted` by name.
    pub ask: Vec<Purpose>,
    /// How long the customer has, minutes.
    #[schemars(range(min = 1, max = MAX_DUE_MINUTES))]
    pub due_minutes: u32,
}

impl KindOf for ConsentCheck {
    type Params = Params;
    const ABOUT: About = About {
        key: "consent-check",
        class: Class::People,
        name: ("授权确认", "Consents"),
        help: (
            "核对所需授权，缺少时请客户本人授权。",
            "Checks the consents needed and asks the customer for the missing ones.",
        ),
        budget_ms: 1,
        example: r#"{"ask": ["credit_query", "share_with_funder", "issue_certificate"], "due_minutes": 10080}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        unless_set("ask", &params.ask)?;
        BadParams::unless_within("due_minutes", params.due_minutes, 1..=MAX_DUE_MINUTES)?;
        let mut shape = Shape::wait(Who::Customer, params.due_minutes, &["given", "refused", "expired"])
            .reads(&["consent", "funder.wanted"])
            .adds_to(&["consent"]);
        shape.gives = vec![("given", params.ask.clone())];
        Ok(shape.evaluated(move |facts, _| all_given(&params.ask, facts)))
    }
}

/// The outcome `given` once nothing is missing.
fn all_given(ask: &[Purpose], facts: &Facts) -> Option<Evaluated> {
    let given = facts.texts("consent.given");
    let named = facts.texts("consent.funders");
    let wanted = facts.texts("funder.wanted");
    let there = |purpose: &Purpose| match purpose {
        Purpose::ShareWithFunder => !wanted.is_empty() && wanted.iter().all(|funder| named.contains(funder)),
        other => given.contains(&other.code()),
    };
    ask.iter().all(there).then(|| Evaluated::outcome("given"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_until_every_consent_is_there() {
        let ask = [Purpose::CreditQuery, Purpose::ShareWithFunder];
        let facts = Facts::new().with("consent.given", vec!["credit_query"]);
        assert_eq!(all_given(&ask, &facts), None, "no funder is named yet");
        let facts = facts.with("funder.wanted", vec!["f1", "f2"]).with("consent.funders", vec!["f1"]);
        assert_eq!(all_given(&ask, &facts), None, "f2 is missing");
        let facts = facts.with("consent.funders", vec!["f2", "f1"]);
        assert_eq!(all_given(&ask, &facts).unwrap().outcome, "given");
    }
}
