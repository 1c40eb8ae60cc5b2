//! A funder's counter-offer worked out as a new offer of the same plan.

use super::PlanReason;
use super::limits::Limits;
use super::net_amount::{financed, in_proportion, largest_net};
use super::offer::{Draft, FiguresError, PlannedOffer};
use super::plan::{Plan, share_rounded_down, share_rounded_up};
use super::rank::{Inquiry, against_term, over_ceiling};
use crate::domain::money::{Fen, Months, Rate};
use serde::{Deserialize, Serialize};

/// What a funder would do instead. What is absent stays as it was.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CounterTerms {
    /// It finances at most this much, financed fees included.
    #[serde(default)]
    pub amount: Option<Fen>,
    /// Over this term.
    #[serde(default)]
    pub months: Option<Months>,
    /// With at least this down payment.
    #[serde(default)]
    pub down_payment: Option<Fen>,
    /// At this yearly rate to the customer.
    #[serde(default)]
    pub yearly_rate: Option<Rate>,
}

/// Works a counter-offer out: the largest amount that it allows, never more than was offered before. The inquiry is
/// the one that was ranked; its wishes do not bind here, because the customer is asked anew.
///
/// # Errors
/// `counter_empty` where it changes nothing, `counter_amount` where it leaves nothing to finance, `counter_outside_plan`
/// with every rule of the plan or of the platform that it breaks.
pub fn recompute(
    plan: &Plan,
    limits: &Limits,
    inquiry: &Inquiry,
    offer: &PlannedOffer,
    counter: &CounterTerms,
) -> Result<PlannedOffer, RecomputeError> {
    if offer.plan != plan.key {
        return Err(RecomputeError::OtherPlan);
    }
    if *counter == CounterTerms::default() {
        return Err(RecomputeError::Empty);
    }
    let price = offer.price;
    let months = counter.months.unwrap_or(offer.months);
    let yearly_rate = counter.yearly_rate.unwrap_or(offer.yearly_rate);
    let net = net_amount(plan, offer, counter)?.ok_or(RecomputeError::Amount)?;

    let mut reasons = against_term(plan, inquiry.applicant.age, &inquiry.vehicle, months);
    if !plan.months.contains(&months) {
        reasons.push(PlanReason::Term { offered: plan.months.clone() });
    }
    reasons.extend(against_amount(plan, limits, inquiry, price, net)?);
    if !reasons.is_empty() {
        return Err(RecomputeError::OutsidePlan(reasons));
    }
    let ceiling =
        limits.ceiling(plan.kind, &inquiry.applicant.region, inquiry.today).map(|ceiling| ceiling.yearly);
    let offer = Draft::of(plan, price, net, months, yearly_rate)?.finish(ceiling)?;
    match over_ceiling(&offer) {
        Some(reason) => Err(RecomputeError::OutsidePlan(vec![reason])),
        None => Ok(offer),
    }
}

/// The largest net amount that the counter-offer allows.
fn net_amount(
    plan: &Plan,
    offer: &PlannedOffer,
    counter: &CounterTerms,
) -> Result<Option<Fen>, FiguresError> {
    let price = offer.price;
    let mut most = price.minus(offer.down_payment)?;
    if let Some(down) = counter.down_payment {
        most = most.min(price.minus(down)?);
    }
    match counter.amount {
        None => Ok(Some(most).filter(|net| net.is_positive())),
        Some(amount) => {
            let within = |net: Fen| financed(plan, price, net).map(|financed| financed <= amount);
            let guess = in_proportion(most, financed(plan, price, most)?, amount);
            Ok(largest_net(most, guess, within)?)
        }
    }
}

fn against_amount(
    plan: &Plan,
    limits: &Limits,
    inquiry: &Inquiry,
    price: Fen,
    net: Fen,
) -> Result<Vec<PlanReason>, FiguresError> {
    let mut reasons = Vec::new();
    let down = price.minus(net)?;
    let (least, most) =
        (share_rounded_up(price, plan.down_payment.min)?, share_rounded_down(price, plan.down_payment.max)?);
    if down < least {
        reasons.push(PlanReason::DownPayment { needed: least });
    }
    if down > most {
        reasons.push(PlanReason::DownPaymentTooLarge { max: most });
    }
    let amount = financed(plan, price, net)?;
    let mut max = plan.amount.max;
    if let Some(share) = limits.financing_share(&inquiry.vehicle, inquiry.today) {
        max = max.min(share_rounded_down(price, share)?);
    }
    if amount > max {
        reasons.push(PlanReason::AmountTooLarge { max });
    }
    if amount < plan.amount.min {
        reasons.push(PlanReason::AmountTooSmall { min: plan.amount.min });
    }
    Ok(reasons)
}

/// Why a counter-offer cannot be put to the customer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecomputeError {
    /// The offer belongs to another plan.
    #[error("The offer belongs to another plan: pass the plan it was made from.")]
    OtherPlan,
    /// It changes nothing.
    #[error("The counter-offer changes nothing: treat it as an error of the funder.")]
    Empty,
    /// It leaves nothing to finance.
    #[error("The counter-offer leaves nothing to finance: ask the next funder.")]
    Amount,
    /// It breaks rules of the plan or of the platform.
    #[error("The counter-offer lies outside the plan: ask the next funder or a person.")]
    OutsidePlan(Vec<PlanReason>),
    /// The figures cannot be worked out; the stable code of the error.
    #[error("The counter-offer cannot be worked out ({0}): treat it as an error of the funder.")]
    Figures(&'static str),
}

impl RecomputeError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            RecomputeError::OtherPlan => "counter_other_plan",
            RecomputeError::Empty => "counter_empty",
            RecomputeError::Amount => "counter_amount",
            RecomputeError::OutsidePlan(_) => "counter_outside_plan",
            RecomputeError::Figures(_) => "counter_figures",
        }
    }
}

impl From<FiguresError> for RecomputeError {
    fn from(error: FiguresError) -> RecomputeError {
        RecomputeError::Figures(error.code())
    }
}
