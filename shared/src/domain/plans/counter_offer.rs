//! Other terms than those asked for: the nearest that a plan of the catalogue allows and somebody would finance.

use std::cmp::Reverse;

use super::Catalogue;
use super::limits::Limits;
use super::offer::PlannedOffer;
use super::plan::PlanKey;
use super::rank::{Inquiry, Wish, rank};
use crate::domain::money::{Fen, Months};

/// By how much the amount goes down from one try to the next, percent of what was asked for.
const STEP_PERCENT: i64 = 5;

/// What the customer asked for, or was offered before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AskedTerms {
    /// The price less the down payment.
    pub amount: Fen,
    /// The term, where one was named.
    pub months: Option<Months>,
    /// The plan, where there was one.
    pub plan: Option<PlanKey>,
    /// What the last counter-offer was, which this one must go below.
    pub below: Option<Fen>,
}

/// How far a counter-offer may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CounterRoom {
    /// Least that the amount is lowered, percent of what was asked for.
    pub least_less_percent: u8,
    /// Most that the amount may be lowered, percent of what was asked for.
    pub most_less_percent: u8,
    /// The longest term, where the catalogue's own are not to be used up.
    pub longest: Option<Months>,
    /// Most that the customer may be asked to pay down, percent of the price.
    pub most_down_payment_percent: u8,
}

/// The terms nearest to those asked for: the smallest reduction first, then the term nearest to the one asked for, then
/// the lowest total cost. Whatever the customer said of a month's most still holds. `takes` says whether somebody would
/// finance it. `None` when nothing within the room is left.
pub fn counter_offer(
    catalogue: &Catalogue,
    limits: &Limits,
    inquiry: &Inquiry,
    asked: &AskedTerms,
    room: &CounterRoom,
    takes: impl Fn(&PlannedOffer) -> bool,
) -> Option<PlannedOffer> {
    let price = inquiry.vehicle.price;
    let percent = |of: Fen, percent: i64| Fen::new(of.get().saturating_mul(percent) / 100).ok();
    let most_less = i64::from(room.most_less_percent.min(100));
    let most_down = percent(price, i64::from(room.most_down_payment_percent.min(100)))?;
    let least = percent(asked.amount, 100 - most_less)?.max(price.minus(most_down).ok()?);
    let terms = terms_of(catalogue, room.longest);
    let mut less = i64::from(room.least_less_percent).min(most_less);
    loop {
        let most = percent(asked.amount, 100 - less)?;
        let is_lower = asked.below.is_none_or(|below| most < below);
        let found = is_lower.then(|| {
            let mut offers = fitting(catalogue, limits, inquiry, &terms, least, most);
            offers.retain(|offer| differs(offer, asked));
            offers.sort_by_cached_key(|offer| nearness(offer, asked));
            offers.into_iter().find(&takes)
        });
        if let Some(offer) = found.flatten() {
            return Some(offer);
        }
        if less >= most_less || most <= least {
            return None;
        }
        less = (less + STEP_PERCENT).min(most_less);
    }
}

/// Every term of the catalogue up to the longest allowed, shortest first.
fn terms_of(catalogue: &Catalogue, longest: Option<Months>) -> Vec<Months> {
    let mut terms: Vec<Months> = catalogue.plans().iter().flat_map(|plan| plan.months.clone()).collect();
    terms.retain(|months| longest.is_none_or(|longest| *months <= longest));
    terms.sort_unstable();
    terms.dedup();
    terms
}

/// Every plan over every term that finances at least and at most so much.
fn fitting(
    catalogue: &Catalogue,
    limits: &Limits,
    inquiry: &Inquiry,
    terms: &[Months],
    least: Fen,
    most: Fen,
) -> Vec<PlannedOffer> {
    let price = inquiry.vehicle.price;
    let (Ok(down), Ok(most_down)) = (price.minus(most), price.minus(least)) else { return Vec::new() };
    let over = |months: &Months| {
        let wish = Wish {
            months: Some(*months),
            down_payment: Some(down),
            max_down_payment: inquiry
                .wish
                .max_down_payment
                .map_or(Some(most_down), |own| Some(own.min(most_down))),
            ..inquiry.wish.clone()
        };
        rank(catalogue, limits, &Inquiry { wish, ..inquiry.clone() }).offers
    };
    terms.iter().flat_map(over).collect()
}

fn amount(offer: &PlannedOffer) -> i64 {
    offer.price.get() - offer.down_payment.get()
}

/// Whether it is anything else than what was asked for or offered before.
fn differs(offer: &PlannedOffer, asked: &AskedTerms) -> bool {
    let same_plan = asked.plan.as_ref().is_none_or(|plan| *plan == offer.plan);
    let same_months = asked.months.is_none_or(|months| months == offer.months);
    amount(offer) < asked.amount.get() || !same_plan || !same_months
}

fn nearness(offer: &PlannedOffer, asked: &AskedTerms) -> (Reverse<i64>, u16, Fen, PlanKey) {
    let away = asked.months.map_or(0, |months| months.get().abs_diff(offer.months.get()));
    (Reverse(amount(offer)), away, offer.total_cost, offer.plan.clone())
}
