//! The funders as data, checked as a whole when they are read.

use super::funder::{Funder, FunderKey};
use crate::domain::{
    money::Rate,
    plans::{CatalogueError, Fault},
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// The format that this version reads.
const FORMAT: u32 = 1;

/// Most funders; matching looks at every one.
const MAX_FUNDERS: usize = 500;

/// The funders that applications may go to, each with a key of its own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunderCatalogue {
    funders: Vec<Funder>,
}

impl FunderCatalogue {
    /// Reads funders: `{"format": 1, "funders": […]}`.
    ///
    /// # Errors
    /// All faults at once, each naming its funder.
    pub fn parse(json: &str) -> Result<FunderCatalogue, CatalogueError> {
        let file: File = serde_json::from_str(json)
            .map_err(|error| CatalogueError::of("", format!("has no funders: {error}")))?;
        if file.format != FORMAT {
            return Err(CatalogueError::of(
                "",
                format!("has format {}; this version reads {FORMAT}", file.format),
            ));
        }
        if file.funders.is_empty() || file.funders.len() > MAX_FUNDERS {
            let count = file.funders.len();
            return Err(CatalogueError::of("", format!("has {count} funders; 1 to {MAX_FUNDERS} are read")));
        }
        let mut faults = Vec::new();
        let mut funders = Vec::with_capacity(file.funders.len());
        let mut keys = BTreeSet::new();
        for (place, value) in file.funders.into_iter().enumerate() {
            let entry = value.get("key").and_then(|key| key.as_str()).map(str::to_owned);
            let entry = entry.unwrap_or_else(|| format!("#{}", place + 1));
            match serde_json::from_value::<Funder>(value) {
                Err(error) => faults.push(Fault { entry, problem: error.to_string() }),
                Ok(funder) => {
                    let problems = problems(&funder).into_iter();
                    faults.extend(
                        problems.map(|problem| Fault { entry: entry.clone(), problem: problem.to_owned() }),
                    );
                    if !keys.insert(funder.key.clone()) {
                        faults.push(Fault { entry, problem: "key is used twice".into() });
                    }
                    funders.push(funder);
                }
            }
        }
        if faults.is_empty() { Ok(FunderCatalogue { funders }) } else { Err(CatalogueError { faults }) }
    }

    /// All funders, in the file's order.
    pub fn funders(&self) -> &[Funder] {
        &self.funders
    }

    /// These funders and `more` behind them; one whose key is used already is left out.
    pub fn with<'a>(&self, more: impl IntoIterator<Item = &'a Funder>) -> FunderCatalogue {
        let mut all = self.clone();
        for funder in more {
            if all.get(&funder.key).is_none() {
                all.funders.push(funder.clone());
            }
        }
        all
    }

    /// The funder with this key.
    pub fn get(&self, key: &FunderKey) -> Option<&Funder> {
        self.funders.iter().find(|funder| funder.key == *key)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    funders: Vec<serde_json::Value>,
}

impl Funder {
    /// What is wrong with it beyond the types of its fields, if anything.
    pub fn problem(&self) -> Option<&'static str> {
        problems(self).into_iter().next()
    }
}

/// What is wrong with a funder beyond the types of its fields.
fn problems(funder: &Funder) -> Vec<&'static str> {
    let checks = [
        (funder.name.is_complete(), "name is needed in zh-CN and en"),
        (!funder.legal_name.trim().is_empty(), "legal_name is needed: consents and contracts name it"),
        (is_credit_code(&funder.credit_code), "credit_code is 18 digits and capitals (GB 32100)"),
        (!funder.address.trim().is_empty(), "address is needed: the contract names it"),
        (!funder.phone.trim().is_empty(), "phone is needed: customers ask and complain there"),
        (!funder.products.is_empty(), "products names none"),
        (!funder.conditions.is_empty(), "conditions names neither new nor used"),
        (!funder.months.is_empty(), "months names no term"),
        (funder.months.is_sorted_by(|a, b| a < b), "months must ascend"),
        (funder.amount.min.is_positive(), "amount.min must be above 0"),
        (funder.amount.min <= funder.amount.max, "amount.min is above max"),
        (funder.min_down_payment < Rate::ONE, "min_down_payment must stay below the whole price"),
        (funder.max_age_at_end >= 18, "max_age_at_end is below 18"),
        (!funder.grades.is_empty(), "grades names none"),
        (funder.min_rate <= funder.max_rate, "min_rate is above max_rate"),
        (funder.daily_quota > 0, "daily_quota must be above 0"),
    ];
    let unmet = checks.into_iter().filter(|(holds, _)| !holds).map(|(_, problem)| problem);
    unmet.chain(funder.opening.problem()).collect()
}

/// The form of a unified social credit code; whether it exists is the registry's to say.
pub fn is_credit_code(code: &str) -> bool {
    code.len() == 18 && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn shipped() -> Value {
        serde_json::from_str(include_str!("../../../../assets/funders/catalogue.json")).unwrap()
    }

    #[test]
    fn the_shipped_funders_cover_the_field() {
        let funders = FunderCatalogue::parse(&shipped().to_string()).unwrap();
        assert!(funders.funders().len() >= 12);
        let legal: BTreeSet<&str> =
            funders.funders().iter().map(|funder| funder.legal_name.as_str()).collect();
        assert_eq!(legal.len(), funders.funders().len());
        assert_eq!(funders.get(&funders.funders()[0].key), funders.funders().first());
        let own = Funder { key: "own-bank-1".to_owned().try_into().unwrap(), ..funders.funders()[3].clone() };
        let all = funders.with([&own, &funders.funders()[1].clone()]);
        assert_eq!(all.funders().len(), funders.funders().len() + 1);
        assert_eq!(all.get(&own.key), Some(&own));
    }

    #[test]
    fn every_fault_names_its_funder() {
        for (field, value, problem) in [
            ("name", json!({"zh-CN": "", "en": "x"}), "name is needed"),
            ("legal_name", json!(" "), "legal_name"),
            ("products", json!([]), "products"),
            ("products", json!(["mortgage"]), "mortgage"),
            ("months", json!([36, 12]), "ascend"),
            ("months", json!([]), "no term"),
            ("amount", json!({"min": 10, "max": 5}), "above max"),
            ("min_down_payment", json!("1"), "whole price"),
            ("grades", json!([]), "grades"),
            ("min_rate", json!("0.5"), "above max_rate"),
            ("daily_quota", json!(0), "daily_quota"),
            ("opening", json!({"days": [0], "from": "08:00", "to": "18:00"}), "opening.days"),
            ("opening", json!({"days": [1], "from": "8", "to": "18:00"}), "HH:MM"),
            ("personality", json!("moody"), "moody"),
            ("surprise", json!(1), "surprise"),
        ] {
            let mut file = shipped();
            file["funders"][2][field] = value;
            let name = file["funders"][2]["key"].clone();
            let error = FunderCatalogue::parse(&file.to_string()).unwrap_err();
            assert!(error.faults.iter().all(|fault| name == fault.entry.as_str()), "{field}: {error}");
            assert!(error.to_string().contains(problem), "{field}: {error}");
        }
        let mut twice = shipped();
        twice["funders"][1]["key"] = twice["funders"][0]["key"].clone();
        assert!(FunderCatalogue::parse(&twice.to_string()).unwrap_err().to_string().contains("twice"));
        assert!(FunderCatalogue::parse(r#"{"format": 1, "funders": []}"#).is_err());
    }
}
