//! The plan catalogue as data, checked as a whole when it is read.

use super::plan::{Charge, Fee, Plan, PlanKey};
use super::{PlanKind, Repayment};
use crate::domain::money::Rate;
use serde::Deserialize;
use std::{collections::BTreeSet, fmt};

/// The format that this version reads.
const FORMAT: u32 = 1;

/// Most plans of one catalogue; ranking looks at every one.
const MAX_PLANS: usize = 500;

/// Most terms, and most fees, of one plan.
const MAX_PARTS: usize = 24;

/// The plans on offer, each with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Catalogue {
    plans: Vec<Plan>,
}

impl Catalogue {
    /// Reads a catalogue: `{"format": 1, "plans": […]}`.
    ///
    /// # Errors
    /// All faults at once, each naming its plan.
    pub fn parse(json: &str) -> Result<Catalogue, CatalogueError> {
        let file: File = serde_json::from_str(json)
            .map_err(|error| CatalogueError::of("", format!("is not a catalogue: {error}")))?;
        if file.format != FORMAT {
            return Err(CatalogueError::of(
                "",
                format!("has format {}; this version reads {FORMAT}", file.format),
            ));
        }
        if file.plans.is_empty() || file.plans.len() > MAX_PLANS {
            return Err(CatalogueError::of(
                "",
                format!("has {} plans; 1 to {MAX_PLANS} are read", file.plans.len()),
            ));
        }
        let mut faults = Vec::new();
        let mut plans = Vec::with_capacity(file.plans.len());
        let mut keys = BTreeSet::new();
        for (place, value) in file.plans.into_iter().enumerate() {
            let named = value.get("key").and_then(|key| key.as_str()).map(str::to_owned);
            let named = named.unwrap_or_else(|| format!("#{}", place + 1));
            match serde_json::from_value::<Plan>(value) {
                Err(error) => faults.push(Fault { entry: named, problem: error.to_string() }),
                Ok(plan) => {
                    faults.extend(
                        problems(&plan).into_iter().map(|problem| Fault { entry: named.clone(), problem }),
                    );
                    if !keys.insert(plan.key.clone()) {
                        faults.push(Fault { entry: named, problem: "key is used twice".into() });
                    }
                    plans.push(plan);
                }
            }
        }
        if faults.is_empty() { Ok(Catalogue { plans }) } else { Err(CatalogueError { faults }) }
    }

    /// All plans, in the file's order.
    pub fn plans(&self) -> &[Plan] {
        &self.plans
    }

    /// The plan with this key.
    pub fn get(&self, key: &PlanKey) -> Option<&Plan> {
        self.plans.iter().find(|plan| plan.key == *key)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    plans: Vec<serde_json::Value>,
}

/// One thing wrong with one entry of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The entry's key, or its place in the file; empty where the file as a whole is meant.
    pub entry: String,
    /// What is wrong.
    pub problem: String,
}

/// Everything that is wrong with a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueError {
    /// The faults in the file's order; never empty.
    pub faults: Vec<Fault>,
}

impl CatalogueError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "catalogue_invalid"
    }

    pub(crate) fn of(entry: &str, problem: String) -> CatalogueError {
        CatalogueError { faults: vec![Fault { entry: entry.to_owned(), problem }] }
    }
}

impl fmt::Display for CatalogueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Correct the catalogue:")?;
        for fault in &self.faults {
            match fault.entry.as_str() {
                "" => write!(f, " the file {};", fault.problem)?,
                entry => write!(f, " {entry}: {};", fault.problem)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for CatalogueError {}

/// What is wrong with a plan beyond the types of its fields.
fn problems(plan: &Plan) -> Vec<String> {
    let mut found = Vec::new();
    let mut need = |holds: bool, problem: &str| {
        if !holds {
            found.push(problem.to_owned());
        }
    };
    need(plan.name.is_complete(), "name is needed in zh-CN and en");
    need(!plan.conditions.is_empty(), "conditions names neither new nor used");
    need(!plan.months.is_empty() && plan.months.len() <= MAX_PARTS, "months needs 1 to 24 terms");
    need(plan.months.is_sorted_by(|a, b| a < b), "months must ascend");
    need(plan.down_payment.min <= plan.down_payment.max, "down_payment.min is above max");
    need(plan.down_payment.max < Rate::ONE, "down_payment.max must stay below the whole price");
    need(
        plan.amount.min.is_positive() && plan.amount.min <= plan.amount.max,
        "amount.min is not within 0 and max",
    );
    need(plan.rate <= Rate::ONE, "rate is above 100 % a year");
    need(plan.subsidy.is_none_or(|subsidy| subsidy.rate <= plan.rate), "subsidy.rate is above rate");
    need(plan.deposit < Rate::ONE, "deposit must stay below the whole price");
    need(!plan.buyout.is_negative(), "buyout is negative");
    need(plan.kind != PlanKind::Loan || !plan.buyout.is_positive(), "a loan has no buyout");
    need(plan.kind != PlanKind::Loan || plan.deposit == Rate::ZERO, "a loan has no deposit");
    need(!plan.grades.is_empty(), "grades names none");
    need(plan.until.is_none_or(|until| plan.from <= until), "until is before from");
    need(plan.applicant_age.min >= 18, "applicant_age.min is below 18");
    need(plan.applicant_age.min <= plan.applicant_age.max_at_end, "applicant_age.min is above max_at_end");
    if let Repayment::Balloon { share } = plan.repayment {
        need(share > Rate::ZERO && share < Rate::ONE, "repayment.share must lie between 0 and 1");
    }
    need(plan.fees.len() <= MAX_PARTS, "fees has more than 24");
    let mut fee_keys = BTreeSet::new();
    for fee in &plan.fees {
        need(fee_keys.insert(fee.key.as_str()), &format!("fee {} stands twice", fee.key));
        need(
            fee_is_sound(fee),
            &format!("fee {} needs a key, a name in zh-CN and en, and a charge up to 100 %", fee.key),
        );
    }
    found
}

fn fee_is_sound(fee: &Fee) -> bool {
    let charge = match fee.charge {
        Charge::Amount { amount } => !amount.is_negative(),
        Charge::Share { share, .. } => share <= Rate::ONE,
    };
    !fee.key.is_empty() && fee.name.is_complete() && charge
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn plan() -> Value {
        json!({
            "key": "plain", "name": {"zh-CN": "标准贷款", "en": "Plain loan"}, "kind": "loan", "conditions": ["new"],
            "repayment": {"method": "equal_instalments"}, "months": [12, 36],
            "down_payment": {"min": "0.2", "max": "0.8"}, "rate": "0.06",
            "amount": {"min": 1_000_000, "max": 50_000_000}, "applicant_age": {"min": 18, "max_at_end": 65},
            "grades": ["A", "B"], "from": "2026-01-01"
        })
    }

    fn read(plans: Vec<Value>) -> Result<Catalogue, CatalogueError> {
        Catalogue::parse(&json!({"format": 1, "plans": plans}).to_string())
    }

    #[test]
    fn a_plan_with_defaults() {
        let catalogue = read(vec![plan()]).unwrap();
        let plan = &catalogue.plans()[0];
        assert_eq!(catalogue.get(&plan.key), Some(plan));
        assert!(plan.regions.is_empty() && plan.fees.is_empty() && plan.subsidy.is_none());
    }

    #[test]
    fn every_fault_names_its_plan() {
        for (field, value, problem) in [
            ("name", json!({"zh-CN": "贷款", "en": " "}), "name is needed"),
            ("conditions", json!([]), "conditions"),
            ("months", json!([]), "months needs"),
            ("months", json!([36, 12]), "ascend"),
            ("months", json!([0]), "1 to 120"),
            ("months", json!([999]), "1 to 120"),
            ("down_payment", json!({"min": "0.5", "max": "0.2"}), "above max"),
            ("down_payment", json!({"min": "0.5", "max": "1"}), "whole price"),
            ("rate", json!(0.06), "string"),
            ("rate", json!("6%"), "fraction"),
            ("rate", json!("1.5"), "100 %"),
            ("subsidy", json!({"rate": "0.07", "paid_by": "maker"}), "subsidy.rate"),
            ("subsidy", json!({"rate": "0.01", "paid_by": "nobody"}), "nobody"),
            ("amount", json!({"min": 0, "max": 5}), "amount.min"),
            ("buyout", json!(100), "no buyout"),
            ("deposit", json!("0.1"), "no deposit"),
            ("grades", json!([]), "grades"),
            ("grades", json!(["F"]), "`F`"),
            ("until", json!("2025-12-31"), "before from"),
            ("from", json!("2026-02-30"), "date is not valid"),
            ("applicant_age", json!({"min": 16, "max_at_end": 65}), "below 18"),
            ("repayment", json!({"method": "balloon", "share": "1"}), "between 0 and 1"),
            ("repayment", json!({"method": "later"}), "later"),
            ("commission", json!("0.01"), "commission"),
            ("regions", json!(["99"]), "division code"),
            (
                "fees",
                json!([{"key": "gps", "name": {"zh-CN": "", "en": "GPS"}, "charge": {"amount": 1}, "paid": "up_front"}]),
                "gps",
            ),
            (
                "fees",
                json!([{"key": "gps", "name": {"zh-CN": "a", "en": "b"}, "charge": {"share": "2", "of": "net"}, "paid": "financed"}]),
                "gps",
            ),
            ("key", json!("Plan A"), "lower-case"),
        ] {
            let mut wrong = plan();
            wrong[field] = value.clone();
            let other = {
                let mut other = plan();
                other["key"] = json!("other");
                other
            };
            let error = read(vec![other, wrong.clone()]).unwrap_err();
            let name = wrong["key"].as_str().unwrap();
            assert!(error.faults.iter().all(|fault| fault.entry == name), "{field} {value}: {error}");
            assert!(error.to_string().contains(problem), "{field} {value}: {error}");
        }
    }

    #[test]
    fn all_faults_at_once_and_files_that_are_none() {
        let mut first = plan();
        first["months"] = json!([]);
        first["grades"] = json!([]);
        let error = read(vec![first, json!({"key": "empty"}), json!(7)]).unwrap_err();
        let entries: Vec<&str> = error.faults.iter().map(|fault| fault.entry.as_str()).collect();
        assert_eq!(entries, ["plain", "plain", "empty", "#3"]);
        assert!(read(vec![plan(), plan()]).unwrap_err().to_string().contains("twice"));
        for text in ["", "[]", "{}", r#"{"format":2,"plans":[]}"#, r#"{"format":1,"plans":[]}"#] {
            assert_eq!(Catalogue::parse(text).unwrap_err().faults[0].entry, "", "{text}");
        }
    }
}
