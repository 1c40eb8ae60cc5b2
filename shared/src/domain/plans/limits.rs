//! Limits that hold whatever the plan says: rate ceilings and shares of the price that may be financed. Dated
//! data, because they change and differ by place.

use super::plan::PlanKind;
use super::{CatalogueError, Fault};
use crate::domain::{
    lang::Texts,
    money::Rate,
    region::{Region, admits},
    vehicles::{Condition, Vehicle},
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The format that this version reads.
const FORMAT: u32 = 1;

/// Most entries of each kind.
const MAX_ENTRIES: usize = 200;

/// The ceilings and shares of one tenant or of the platform.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    format: u32,
    ceilings: Vec<Ceiling>,
    financing: Vec<FinancingLimit>,
}

/// The most that financing may cost a year, all charges included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ceiling {
    /// Its stable name.
    pub key: String,
    /// The annualised cost that is still allowed.
    pub yearly: Rate,
    /// For which kinds of plan; empty for all.
    #[serde(default)]
    pub kinds: Vec<PlanKind>,
    /// Where; empty for the whole country.
    #[serde(default)]
    pub regions: Vec<Region>,
    /// The first day on which it holds.
    pub from: Date,
    /// The last day on which it holds.
    #[serde(default)]
    pub until: Option<Date>,
    /// Where it comes from.
    pub source: Texts,
}

/// The most of a vehicle's price that may be financed, financed fees included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FinancingLimit {
    /// Its stable name.
    pub key: String,
    /// For new or used vehicles.
    pub condition: Condition,
    /// For new-energy vehicles (`true`), others (`false`) or all (absent).
    #[serde(default)]
    pub new_energy: Option<bool>,
    /// The share.
    pub max_share: Rate,
    /// The first day on which it holds.
    pub from: Date,
    /// The last day on which it holds.
    #[serde(default)]
    pub until: Option<Date>,
    /// Where it comes from.
    pub source: Texts,
}

impl Limits {
    /// Reads limits: `{"format": 1, "ceilings": […], "financing": […]}`.
    ///
    /// # Errors
    /// All faults, each naming its entry.
    pub fn parse(json: &str) -> Result<Limits, CatalogueError> {
        let limits: Limits = serde_json::from_str(json)
            .map_err(|error| CatalogueError::of("", format!("has no limits: {error}")))?;
        if limits.format != FORMAT {
            return Err(CatalogueError::of(
                "",
                format!("has format {}; this version reads {FORMAT}", limits.format),
            ));
        }
        if limits.ceilings.len().max(limits.financing.len()) > MAX_ENTRIES {
            return Err(CatalogueError::of("", format!("has more than {MAX_ENTRIES} entries of a kind")));
        }
        let mut faults = Vec::new();
        let mut need = |key: &str, holds: bool, problem: &str| {
            if !holds {
                faults.push(Fault { entry: key.to_owned(), problem: problem.to_owned() });
            }
        };
        for ceiling in &limits.ceilings {
            need(&ceiling.key, ceiling.yearly > Rate::ZERO, "yearly must be above 0");
            need(
                &ceiling.key,
                ceiling.until.is_none_or(|until| ceiling.from <= until),
                "until is before from",
            );
            need(&ceiling.key, ceiling.source.is_complete(), "source is needed in zh-CN and en");
        }
        for limit in &limits.financing {
            need(&limit.key, limit.max_share > Rate::ZERO, "max_share must be above 0");
            need(&limit.key, limit.until.is_none_or(|until| limit.from <= until), "until is before from");
            need(&limit.key, limit.source.is_complete(), "source is needed in zh-CN and en");
        }
        if faults.is_empty() { Ok(limits) } else { Err(CatalogueError { faults }) }
    }

    /// The strictest ceiling for this kind of plan in this region on this day.
    pub fn ceiling(&self, kind: PlanKind, region: &Region, day: Date) -> Option<&Ceiling> {
        let holds = |ceiling: &&Ceiling| {
            let dated = ceiling.from <= day && ceiling.until.is_none_or(|until| day <= until);
            dated
                && (ceiling.kinds.is_empty() || ceiling.kinds.contains(&kind))
                && admits(&ceiling.regions, region)
        };
        self.ceilings.iter().filter(holds).min_by_key(|ceiling| ceiling.yearly)
    }

    /// The largest share of this vehicle's price that may be financed on this day; `None` where nothing
    /// limits it.
    pub fn financing_share(&self, vehicle: &Vehicle, day: Date) -> Option<Rate> {
        let holds = |limit: &&FinancingLimit| {
            let dated = limit.from <= day && limit.until.is_none_or(|until| day <= until);
            let energy = limit.new_energy.is_none_or(|wanted| wanted == vehicle.energy.is_new_energy());
            dated && energy && limit.condition == vehicle.condition
        };
        self.financing.iter().filter(holds).map(|limit| limit.max_share).min()
    }

    /// What the standing limits (those without a last day) leave to be paid down of such a vehicle's price, in whole
    /// percent, rounded up. `new_energy` absent: for whichever of both is stricter.
    pub fn least_down_payment_percent(&self, condition: Condition, new_energy: Option<bool>) -> u8 {
        let holds = |limit: &&FinancingLimit| {
            let energy = match (limit.new_energy, new_energy) {
                (Some(of), Some(wanted)) => of == wanted,
                _ => true,
            };
            limit.until.is_none() && limit.condition == condition && energy
        };
        let most = self.financing.iter().filter(holds).map(|limit| limit.max_share.fraction()).min();
        let least = (Decimal::ONE - most.unwrap_or(Decimal::ONE)) * Decimal::ONE_HUNDRED;
        u8::try_from(least.ceil().max(Decimal::ZERO)).unwrap_or(100)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{money::Fen, vehicles::Energy};
    use jiff::civil::date;

    fn limits() -> Limits {
        let source = r#"{"zh-CN": "样例", "en": "Sample"}"#;
        Limits::parse(&format!(
            r#"{{"format": 1, "ceilings": [
                {{"key": "old", "yearly": "0.36", "from": "2017-01-01", "source": {source}}},
                {{"key": "now", "yearly": "0.24", "from": "2020-08-20", "source": {source}}},
                {{"key": "local", "yearly": "0.20", "regions": ["44"], "kinds": ["leaseback"], "from": "2021-01-01", "until": "2026-12-31", "source": {source}}}],
              "financing": [
                {{"key": "fuel", "condition": "new", "new_energy": false, "max_share": "0.80", "from": "2018-01-01", "source": {source}}},
                {{"key": "all", "condition": "new", "max_share": "0.90", "from": "2018-01-01", "until": "2024-03-31", "source": {source}}}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn the_strictest_ceiling_that_holds() {
        let limits = limits();
        for (kind, region, day, key) in [
            (PlanKind::Loan, "440300", date(2019, 1, 1), Some("old")),
            (PlanKind::Loan, "440300", date(2026, 1, 1), Some("now")),
            (PlanKind::Leaseback, "440300", date(2026, 1, 1), Some("local")),
            (PlanKind::Leaseback, "440300", date(2026, 12, 31), Some("local")),
            (PlanKind::Leaseback, "440300", date(2027, 1, 1), Some("now")),
            (PlanKind::Leaseback, "31", date(2026, 1, 1), Some("now")),
            (PlanKind::Loan, "31", date(2016, 12, 31), None),
        ] {
            let found =
                limits.ceiling(kind, &region.parse().unwrap(), day).map(|ceiling| ceiling.key.as_str());
            assert_eq!(found, key, "{kind:?} {region} {day}");
        }
    }

    #[test]
    fn the_smallest_share_that_holds() {
        let limits = limits();
        let fuel = Vehicle::new_car(Energy::Fuel, Fen::yuan(100_000));
        let electric = Vehicle::new_car(Energy::Electric, Fen::yuan(100_000));
        assert_eq!(limits.financing_share(&fuel, date(2020, 1, 1)), Some(Rate::basis_points(8000)));
        assert_eq!(limits.financing_share(&electric, date(2020, 1, 1)), Some(Rate::basis_points(9000)));
        assert_eq!(limits.financing_share(&electric, date(2025, 1, 1)), None);
    }

    #[test]
    fn faults_name_their_entry() {
        let error = Limits::parse(
            r#"{"format": 1, "ceilings": [{"key": "c", "yearly": "0", "from": "2020-01-01", "source": {"zh-CN": "", "en": ""}}], "financing": []}"#,
        );
        assert_eq!(error.unwrap_err().faults.iter().filter(|fault| fault.entry == "c").count(), 2);
        assert!(Limits::parse("{}").is_err());
    }
}
