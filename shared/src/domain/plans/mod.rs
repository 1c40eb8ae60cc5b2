//! Plans: what they cost to the fen, which suit a customer, and the terms that are disclosed and signed.

mod annualised_cost;
mod catalogue;
mod commissions;
mod counter_offer;
mod grade;
mod limits;
mod net_amount;
mod offer;
mod plan;
mod rank;
mod reasons;
mod recompute;
mod schedule;
mod terms;

#[cfg(test)]
mod counter_offer_tests;
#[cfg(test)]
mod rank_tests;

pub use annualised_cost::{CostError, annualised_cost, flat_rate};
pub use catalogue::{Catalogue, CatalogueError, Fault};
pub use commissions::{Commission, Commissions};
pub use counter_offer::{AskedTerms, CounterRoom, counter_offer};
pub use grade::Grade;
pub use limits::{Ceiling, FinancingLimit, Limits};
pub use offer::{OfferFee, PlannedOffer};
pub use plan::{
    AmountRange, ApplicantAge, Charge, Fee, FeePaid, Plan, PlanKey, PlanKind, ShareOf, ShareRange, Subsidy,
    SubsidyPayer, VehicleLimits,
};
pub use rank::{Applicant, Excluded, Inquiry, Ranking, Wish, rank};
pub use reasons::PlanReason;
pub use recompute::{CounterTerms, RecomputeError, recompute};
pub use schedule::{Instalment, Repayment, Schedule, ScheduleError};
pub use terms::{OfferTerms, TermsFee, canonical_json};
