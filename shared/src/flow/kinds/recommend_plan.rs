//! Finds the plans that fit and ranks them by the customer's total cost.

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::evaluate::{Evaluated, Plans, Reference};
use super::super::facts::Facts;
use super::shape::{About, BadParams, Class, KindOf, Shape};
use crate::domain::plans::{Applicant, Grade, Inquiry, PlanKind, PlannedOffer, Wish, rank};

pub(crate) struct RecommendPlan;

/// Parameters of `recommend-plan`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Kinds of plan that this flow sells; empty for any.
    #[serde(default)]
    pub kinds: Vec<PlanKind>,
    /// How many plans are shown beside the best.
    #[serde(default = "two")]
    #[schemars(range(min = 0, max = 9))]
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
        example: r#"{"alternatives": 2}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("alternatives", params.alternatives, 0..=9)?;
        Ok(Shape::machine(2_000, &["found", "none", "error"])
            .reads(&["vehicle", "request", "id.age", "score.grade"])
            .writes(&["plan"])
            .evaluated(move |facts, reference| {
                let plans = reference.plans?;
                Some(recommend(&params, facts, plans, reference).unwrap_or_else(Evaluated::error))
            }))
    }
}

fn recommend(
    params: &Params,
    facts: &Facts,
    plans: Plans,
    reference: &Reference,
) -> Result<Evaluated, String> {
    let mut wish: Wish =
        facts.get("request.wish").map_or(Ok(Wish::default()), |v| read("request.wish", v))?;
    if wish.kinds.is_empty() {
        wish.kinds = params.kinds.clone();
    } else if !params.kinds.is_empty() {
        wish.kinds.retain(|kind| params.kinds.contains(kind));
        if wish.kinds.is_empty() {
            return Ok(Evaluated::outcome("none"));
        }
    }
    let grade = facts.text("score.grade").and_then(|text| text.chars().next()).and_then(Grade::from_letter);
    let applicant = Applicant {
        age: known(facts, "id.age")?,
        grade: grade.ok_or("score.grade is not known")?,
        region: known(facts, "request.region")?,
    };
    let inquiry = Inquiry { wish, vehicle: known(facts, "vehicle")?, applicant, today: reference.today };
    let ranking = rank(plans.catalogue, plans.limits, &inquiry);
    let mut evaluated = match ranking.offers.first() {
        None => Evaluated::outcome("none"),
        Some(best) => {
            let others = ranking.offers.iter().skip(1).take(params.alternatives as usize);
            let others: Vec<&str> = others.map(|offer| offer.plan.as_str()).collect();
            let mut plan = summary(best);
            plan["alternatives"] = others.into();
            Evaluated::outcome("found").writing("plan", plan)
        }
    };
    evaluated.ranking = Some(ranking);
    Ok(evaluated)
}

/// What later blocks and rules may want to know of an offer: `plan.key`, `plan.financed_fen` and so on. Schedules are
/// left out, as every step keeps the facts.
pub(crate) fn summary(offer: &PlannedOffer) -> Value {
    json!({
        "key": offer.plan, "kind": offer.kind, "months": offer.months,
        "price_fen": offer.price, "down_payment_fen": offer.down_payment, "financed_fen": offer.financed,
        "monthly_fen": offer.monthly, "due_at_signing_fen": offer.due_at_signing,
        "total_cost_fen": offer.total_cost, "annualised_cost": offer.annualised_cost,
    })
}

fn known<T: DeserializeOwned>(facts: &Facts, path: &str) -> Result<T, String> {
    read(path, facts.get(path).ok_or_else(|| format!("{path} is not known"))?)
}

fn read<T: DeserializeOwned>(path: &str, value: &Value) -> Result<T, String> {
    T::deserialize(value).map_err(|e| format!("{path}: {e}"))
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use crate::domain::plans::{Catalogue, Limits};

    fn ask(params: Value, facts: Value) -> Evaluated {
        let catalogue = Catalogue::parse(include_str!("../../../../assets/plans/catalogue.json")).unwrap();
        let limits = Limits::parse(include_str!("../../../../assets/plans/limits.json")).unwrap();
        let plans = Plans { catalogue: &catalogue, limits: &limits };
        let reference = Reference {
            plans: Some(plans),
            today: jiff::civil::date(2026, 3, 2),
            ..Reference::at(jiff::Timestamp::UNIX_EPOCH)
        };
        let shape = RecommendPlan.shape(&params).unwrap();
        shape.evaluator.as_ref().unwrap()(&Facts::from_json(facts).unwrap(), &reference).unwrap()
    }

    fn facts() -> Value {
        json!({
            "vehicle": {"condition": "new", "energy": "fuel", "price": 20_000_000, "age_months": 0, "mileage_km": 0},
            "id": {"age": 31}, "score": {"grade": "A"}, "request": {"region": "11", "wish": {"months": 36}}
        })
    }

    #[test]
    fn the_cheapest_loan_is_recommended_and_the_others_named() {
        let evaluated = ask(json!({"kinds": ["loan"], "alternatives": 1}), facts());
        assert_eq!(evaluated.outcome, "found", "{:?}", evaluated.problem);
        let ranking = evaluated.ranking.unwrap();
        assert_eq!(evaluated.writes.text("plan.key"), Some(ranking.offers[0].plan.as_str()));
        assert_eq!(evaluated.writes.texts("plan.alternatives"), [ranking.offers[1].plan.as_str()]);
        assert_eq!(evaluated.writes.number("plan.months"), Some(36));
        assert!(ranking.offers.iter().all(|offer| offer.kind == PlanKind::Loan));
        assert!(evaluated.writes.is_bounded());
    }

    #[test]
    fn nothing_fits_and_nothing_known_are_told_apart() {
        let mut weak = facts();
        weak["score"]["grade"] = json!("E");
        assert_eq!(ask(json!({}), weak).outcome, "none");
        let mut other = facts();
        other["request"]["wish"]["kinds"] = json!(["leaseback"]);
        assert_eq!(ask(json!({"kinds": ["loan"]}), other).outcome, "none");
        for path in ["vehicle", "request", "id", "score"] {
            let mut missing = facts();
            missing[path] = Value::Null;
            let evaluated = ask(json!({}), missing);
            assert_eq!(evaluated.outcome, "error", "{path}");
            assert!(evaluated.problem.unwrap().starts_with(path));
        }
    }
}
