//! How a company steers its funders: which get new applications, which of them, how many, and how those that cost the
//! customer equally much share them.

use super::funder::{Funder, FunderKey};
use crate::domain::{
    money::Rate,
    plans::{AmountRange, PlanKind},
    region::{Region, admits},
};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

/// The weight of a funder that has none of its own.
pub const USUAL_WEIGHT: u32 = 100;

/// What is set for one funder. The default changes nothing. Empty lists mean "as the funder itself".
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FunderSwitch {
    /// It gets no new application now.
    pub held: bool,
    /// Its share among funders that charge at most the same; 0 comes after all others.
    pub weight: Option<u32>,
    /// Only these kinds of plan.
    pub products: Vec<PlanKind>,
    /// Only these regions.
    pub regions: Vec<Region>,
    /// Only these amounts.
    pub amount: Option<AmountRange>,
    /// At most so many applications a day.
    pub daily: Option<u32>,
}

/// What is set for all funders, seen from one case.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Steering {
    /// By funder.
    pub switches: BTreeMap<FunderKey, FunderSwitch>,
    /// The case's id: its turn among weighted funders follows from it, the same each time.
    pub case: String,
}

impl Steering {
    /// Whether the funder gets no new application now.
    pub(super) fn holds(&self, funder: &FunderKey) -> bool {
        self.switches.get(funder).is_some_and(|switch| switch.held)
    }

    /// Whether applications from there may go to the funder, as far as that is set.
    pub(super) fn admits(&self, funder: &FunderKey, region: &Region) -> bool {
        self.switches.get(funder).is_none_or(|switch| admits(&switch.regions, region))
    }

    /// The funder within what is set for its products, amounts and day: never more than it takes by itself.
    pub(super) fn narrowed(&self, funder: &Funder) -> Option<Funder> {
        let switch = self.switches.get(&funder.key)?;
        let mut narrowed = funder.clone();
        if !switch.products.is_empty() {
            narrowed.products.retain(|product| switch.products.contains(product));
        }
        if let Some(amount) = switch.amount {
            narrowed.amount.min = narrowed.amount.min.max(amount.min);
            narrowed.amount.max = narrowed.amount.max.min(amount.max);
        }
        narrowed.daily_quota =
            switch.daily.map_or(narrowed.daily_quota, |daily| daily.min(narrowed.daily_quota));
        Some(narrowed)
    }

    /// The highest rates at which some funder of these has a weight of its own: there weights share the cases out.
    pub(super) fn shared_out<'f>(&self, funders: impl Iterator<Item = &'f Funder>) -> BTreeSet<Rate> {
        let weighted = |funder: &&Funder| self.switches.get(&funder.key).is_some_and(|s| s.weight.is_some());
        funders.filter(weighted).map(|funder| funder.max_rate).collect()
    }

    /// The funder's lot for this case: the lowest is asked first. With weights w over many cases, each comes first in
    /// proportion to its w (Efraimidis and Spirakis, 2006).
    pub(super) fn lot(&self, funder: &FunderKey) -> f64 {
        let weight = self.switches.get(funder).and_then(|switch| switch.weight).unwrap_or(USUAL_WEIGHT);
        if weight == 0 {
            return f64::INFINITY;
        }
        let drawn =
            Sha256::new().chain_update(&self.case).chain_update([0]).chain_update(funder.as_str()).finalize();
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&drawn[..8]);
        // Above 0 and at most 1, in steps that a double holds exactly.
        let share = ((u64::from_be_bytes(bytes) >> 11) as f64 + 1.0) / (1_u64 << 53) as f64;
        -share.ln() / f64::from(weight)
    }
}
