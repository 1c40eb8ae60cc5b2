//! Funders: whom an application may go to, whom not and why, and the smallest change that would turn a no
//! into a yes.

mod catalogue;
mod change;
mod funder;
mod match_funders;
mod opening;
mod reasons;
mod steering;

#[cfg(test)]
mod match_tests;
#[cfg(test)]
mod steering_tests;

pub use catalogue::{FunderCatalogue, is_credit_code};
pub use change::Change;
pub use funder::{Funder, FunderKey, Personality};
pub use match_funders::{
    Application, EligibleFunder, Exclusion, FunderMatch, QuotaUsed, Room, match_funders, match_steered,
};
pub use opening::{OpeningHours, china_date};
pub use reasons::Reason;
pub use steering::{FunderSwitch, Steering, USUAL_WEIGHT};
