//! What advisors earn by a plan. Kept in a table of its own, which ranking never gets to see.

use super::plan::{PlanKey, share_of};
use super::{Catalogue, CatalogueError, Fault};
use crate::domain::money::{Fen, MoneyError, Rate};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The format that this version reads.
const FORMAT: u32 = 1;

/// The largest commission that is not a slip of the pen: 10 % of the financed amount.
const MAX_COMMISSION_POINTS: u16 = 1000;

/// The commissions of a catalogue's plans.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commissions {
    by_plan: BTreeMap<PlanKey, Rate>,
}

/// One plan's commission.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commission {
    /// The plan.
    pub plan: PlanKey,
    /// The commission as a share of the financed amount.
    pub share: Rate,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    commissions: Vec<Commission>,
}

impl Commissions {
    /// Reads commissions: `{"format": 1, "commissions": [{"plan": KEY, "share": "0.01"}, …]}`.
    ///
    /// # Errors
    /// Faults that name the plan: unknown, named twice, or above 10 %.
    pub fn parse(json: &str, catalogue: &Catalogue) -> Result<Commissions, CatalogueError> {
        let file: File = serde_json::from_str(json)
            .map_err(|error| CatalogueError::of("", format!("has no commissions: {error}")))?;
        if file.format != FORMAT {
            return Err(CatalogueError::of(
                "",
                format!("has format {}; this version reads {FORMAT}", file.format),
            ));
        }
        let mut faults = Vec::new();
        let mut seen = BTreeSet::new();
        for entry in &file.commissions {
            let mut need = |holds: bool, problem: &str| {
                if !holds {
                    faults.push(Fault { entry: entry.plan.to_string(), problem: problem.to_owned() });
                }
            };
            need(catalogue.get(&entry.plan).is_some(), "is no plan of the catalogue");
            need(seen.insert(&entry.plan), "has two commissions");
            need(entry.share <= Rate::basis_points(MAX_COMMISSION_POINTS), "has a commission above 10 %");
        }
        if !faults.is_empty() {
            return Err(CatalogueError { faults });
        }
        let by_plan = file.commissions.into_iter().map(|entry| (entry.plan, entry.share)).collect();
        Ok(Commissions { by_plan })
    }

    /// What the advisor earns when this amount is financed by this plan; nothing where the plan has no commission.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn earned(&self, plan: &PlanKey, financed: Fen) -> Result<Fen, MoneyError> {
        self.by_plan.get(plan).map_or(Ok(Fen::ZERO), |&share| share_of(financed, share))
    }
}
