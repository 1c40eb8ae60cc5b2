//! Estimates a monthly income from what the customer has shown to be able to pay, and holds the burden against it.
//!
//! Two things show it: a down payment, taken as so many months' income, and debts that are repaid on time, taken as a
//! share of the income. The higher of both counts, rounded down; the burden's share of it is rounded up. Nobody has
//! said this income, so the flow must not treat it as proof: it is one of a rule's signs, or a reason to look.

use schemars::JsonSchema;
use serde::Deserialize;

use super::super::evaluate::Evaluated;
use super::super::facts::Facts;
use super::shape::{About, BadParams, Class, KindOf, Shape};

pub(crate) struct IncomeEstimate;

/// Parameters of `income-estimate`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// How many months' income the down payment is taken to be.
    #[serde(default = "year")]
    #[schemars(range(min = 1, max = 120))]
    pub saved_months: u32,
    /// Which share of the income debts are taken to be that are repaid on time, percent.
    #[serde(default = "debts")]
    #[schemars(range(min = 1, max = 100))]
    pub debt_percent: u32,
    /// Most of the income that the plan's instalment and the debts may take together, percent.
    #[serde(default = "half")]
    #[schemars(range(min = 1, max = 100))]
    pub most_burden_percent: u32,
}

fn year() -> u32 {
    12
}

fn debts() -> u32 {
    40
}

fn half() -> u32 {
    50
}

impl KindOf for IncomeEstimate {
    type Params = Params;
    const ABOUT: About = About {
        key: "income-estimate",
        class: Class::Check,
        name: ("收入估算", "Income estimate"),
        help: (
            "按首付和按时偿还的负债估算月收入，核对月供和负债占比；放在方案推荐之后。",
            "Estimates the monthly income from the down payment and from debts repaid on time, and what instalment and debts take of it; place it after the plan.",
        ),
        budget_ms: 1,
        example: r#"{"saved_months": 12, "debt_percent": 40, "most_burden_percent": 50}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        BadParams::unless_within("saved_months", params.saved_months, 1..=120)?;
        BadParams::unless_within("debt_percent", params.debt_percent, 1..=100)?;
        BadParams::unless_within("most_burden_percent", params.most_burden_percent, 1..=100)?;
        Ok(Shape::machine(1_000, &["enough", "too_low", "unknown", "error"])
            .reads(&[
                "vehicle.price",
                "request.finance_fen",
                "plan.down_payment_fen",
                "plan.monthly_fen",
                "partner.bureau.monthly_debt_fen",
                "partner.bureau.overdue_now",
                "partner.bureau.overdue_24m",
            ])
            .writes(&["income"])
            .evaluated(move |facts, _| Some(estimate(&params, facts))))
    }
}

fn estimate(params: &Params, facts: &Facts) -> Evaluated {
    let (Some(price), Some(financed)) = (facts.number("vehicle.price"), facts.number("request.finance_fen"))
    else {
        return Evaluated::error("vehicle.price and request.finance_fen must be known");
    };
    let down = facts.number("plan.down_payment_fen").unwrap_or(price.saturating_sub(financed)).max(0);
    let debt = facts.number("partner.bureau.monthly_debt_fen").filter(|debt| *debt >= 0);
    let on_time = facts.flag("partner.bureau.overdue_now") == Some(false)
        && facts.number("partner.bureau.overdue_24m") == Some(0);
    let by_saving = down / i64::from(params.saved_months);
    let by_debts = debt.filter(|_| on_time).unwrap_or(0).saturating_mul(100) / i64::from(params.debt_percent);
    let (income, basis) =
        if by_debts > by_saving { (by_debts, "debts") } else { (by_saving, "down_payment") };
    if income == 0 {
        return Evaluated::outcome("unknown");
    }
    let estimated = |outcome| {
        Evaluated::outcome(outcome).writing("income.estimate_fen", income).writing("income.basis", basis)
    };
    // What the bureau has not said, or no plan has set, may be anything: that is no pass.
    let Some((monthly, debt)) = facts.number("plan.monthly_fen").zip(debt) else {
        return estimated("unknown");
    };
    let burden = (i128::from(monthly) + i128::from(debt)) * 10_000;
    let share = (burden + i128::from(income) - 1) / i128::from(income);
    let enough = share <= i128::from(params.most_burden_percent) * 100;
    estimated(if enough { "enough" } else { "too_low" })
        .writing("income.share_bp", i64::try_from(share).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use serde_json::{Value, json};

    fn ask(params: Value, facts: Value) -> (String, Option<i64>, Option<i64>) {
        let shape = IncomeEstimate.shape(&params).unwrap();
        let reference = crate::flow::Reference::at(jiff::Timestamp::UNIX_EPOCH);
        let answer =
            shape.evaluator.as_ref().unwrap()(&Facts::from_json(facts).unwrap(), &reference).unwrap();
        assert_eq!(answer.writes.first_outside(&shape.writes), None);
        let number = |path| answer.writes.number(path);
        (answer.outcome.clone(), number("income.estimate_fen"), number("income.share_bp"))
    }

    fn facts(bureau: Value) -> Value {
        json!({"vehicle": {"price": 20_000_000}, "request": {"finance_fen": 14_000_000},
            "plan": {"down_payment_fen": 6_000_000, "monthly_fen": 200_000}, "partner": {"bureau": bureau}})
    }

    #[test]
    fn the_higher_sign_counts_and_the_burden_is_held_against_it() {
        let clean = json!({"monthly_debt_fen": 0, "overdue_now": false, "overdue_24m": 0});
        assert_eq!(ask(json!({}), facts(clean.clone())), ("enough".into(), Some(500_000), Some(4_000)));
        assert_eq!(ask(json!({"most_burden_percent": 39}), facts(clean)).0, "too_low");
        let debts = json!({"monthly_debt_fen": 300_000, "overdue_now": false, "overdue_24m": 0});
        assert_eq!(ask(json!({}), facts(debts)), ("too_low".into(), Some(750_000), Some(6_667)));
        // Debts that are not repaid on time show nothing, and weigh all the same.
        let late = json!({"monthly_debt_fen": 300_000, "overdue_now": true, "overdue_24m": 2});
        assert_eq!(ask(json!({}), facts(late)), ("too_low".into(), Some(500_000), Some(10_000)));
    }

    #[test]
    fn what_is_not_known_is_no_pass() {
        let (outcome, income, share) = ask(json!({}), facts(json!({"problem": "timeout"})));
        assert_eq!((outcome.as_str(), income, share), ("unknown", Some(500_000), None));
        let mut before = facts(json!({"monthly_debt_fen": 0, "overdue_now": false, "overdue_24m": 0}));
        before["plan"] = Value::Null;
        assert_eq!(ask(json!({}), before.clone()), ("unknown".into(), Some(500_000), None));
        before["request"]["finance_fen"] = json!(20_000_000);
        assert_eq!(ask(json!({}), before.clone()), ("unknown".into(), None, None));
        before["request"] = Value::Null;
        assert_eq!(ask(json!({}), before).0, "error");
        let huge = json!({"monthly_debt_fen": i64::MAX, "overdue_now": false, "overdue_24m": 0});
        assert_eq!(ask(json!({}), facts(huge)).0, "too_low");
    }
}
