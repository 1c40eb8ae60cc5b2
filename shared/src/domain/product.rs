//! What a product sells: which vehicles, which kinds of plan, from which down payment on.

use serde::{Deserialize, Serialize};

use super::{Condition, PlanKind};

/// A product's terms, as a flow file carries them. What the law and the platform allow besides is in
/// [`super::Limits`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProductTerms {
    /// New or used vehicles.
    pub condition: Condition,
    /// `true`: only new-energy vehicles; `false`: only others; absent: both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub new_energy: Option<bool>,
    /// Plans of these kinds; at least one.
    pub kinds: Vec<PlanKind>,
    /// Least down payment, percent of the price.
    pub least_down_payment_percent: u8,
    /// Down payment that candidate funders are looked for with where the customer wishes none, percent of the price.
    pub usual_down_payment_percent: u8,
}
