//! Which plans suit a customer, the cheapest first.
//!
//! A plan is worked out once for each term it offers, with the smallest down payment that keeps every rule and every
//! wish; the term with the lowest total cost represents the plan. What an advisor earns is not known here.

use super::limits::Limits;
use super::net_amount::{financed, in_proportion, largest_net};
use super::offer::{Draft, FiguresError, PlannedOffer};
use super::plan::{Plan, PlanKey, PlanKind, share_rounded_down, share_rounded_up};
use super::schedule::{Pace, Schedule};
use super::{Catalogue, Grade, PlanReason};
use crate::domain::{
    lang::Texts,
    money::{Fen, MoneyError, Months, Rate},
    people::Age,
    region::{Region, admits},
    vehicles::Vehicle,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// Down payments are proposed in whole hundreds of yuan, in fen.
const DOWN_PAYMENT_STEP: i64 = 10_000;

/// What the customer wants. What is absent does not matter to them.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Wish {
    /// Only these kinds of plan; empty for any.
    #[serde(default)]
    pub kinds: Vec<PlanKind>,
    /// Exactly this term.
    #[serde(default)]
    pub months: Option<Months>,
    /// At least this down payment.
    #[serde(default)]
    pub down_payment: Option<Fen>,
    /// At most this down payment.
    #[serde(default)]
    pub max_down_payment: Option<Fen>,
    /// At most this much a month (a larger last instalment of an interest-only or balloon plan apart).
    #[serde(default)]
    pub max_monthly: Option<Fen>,
    /// At most this much with the last instalment.
    #[serde(default)]
    pub max_last_payment: Option<Fen>,
}

/// What plans want to know about the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applicant {
    /// Full years today.
    pub age: Age,
    /// The score card's grade.
    pub grade: Grade,
    /// Where the vehicle will be registered.
    pub region: Region,
}

/// Everything that ranking looks at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inquiry {
    /// What the customer wants.
    pub wish: Wish,
    /// The vehicle.
    pub vehicle: Vehicle,
    /// The customer.
    pub applicant: Applicant,
    /// The day.
    pub today: Date,
}

/// The plans for one inquiry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ranking {
    /// At most one offer a plan; lowest total cost first, then lowest annualised cost, shortest term, key.
    pub offers: Vec<PlannedOffer>,
    /// The other plans, in the catalogue's order.
    pub excluded: Vec<Excluded>,
}

/// A plan that is not offered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Excluded {
    /// The plan.
    pub plan: PlanKey,
    /// Why not; never empty.
    pub reasons: Vec<PlanReason>,
}

/// Ranks a catalogue's plans by what they cost the customer.
pub fn rank(catalogue: &Catalogue, limits: &Limits, inquiry: &Inquiry) -> Ranking {
    let mut offers = Vec::new();
    let mut excluded = Vec::new();
    for plan in catalogue.plans() {
        match best_offer(plan, limits, inquiry) {
            Ok(offer) => offers.push(offer),
            Err(reasons) => excluded.push(Excluded { plan: plan.key.clone(), reasons }),
        }
    }
    offers.sort_by(|a, b| {
        let order = |offer: &PlannedOffer| (offer.total_cost, offer.annualised_cost, offer.months);
        order(a).cmp(&order(b)).then_with(|| a.plan.cmp(&b.plan))
    });
    say_where_each_stands(&mut offers, &inquiry.wish);
    Ranking { offers, excluded }
}

/// The plan's cheapest term within every rule and wish, or everything that stands against it.
fn best_offer(plan: &Plan, limits: &Limits, inquiry: &Inquiry) -> Result<PlannedOffer, Vec<PlanReason>> {
    let reasons = unsuitable(plan, inquiry);
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let terms = fitting_terms(plan, inquiry)?;
    let range = net_range(plan, limits, inquiry)?;
    let mut drafts = Vec::with_capacity(terms.len());
    let mut reasons = Vec::new();
    for months in terms {
        match draft(plan, &range, months, inquiry) {
            Ok(draft) => drafts.push(draft),
            Err(reason) => keep_mildest(&mut reasons, reason),
        }
    }
    drafts.sort_by_key(|draft| (draft.total_cost, draft.months));
    let ceiling =
        limits.ceiling(plan.kind, &inquiry.applicant.region, inquiry.today).map(|ceiling| ceiling.yearly);
    for draft in drafts {
        match draft.finish(ceiling) {
            Ok(offer) => match over_ceiling(&offer) {
                None => return Ok(offer),
                Some(reason) => keep_mildest(&mut reasons, reason),
            },
            Err(error) => keep_mildest(&mut reasons, figures(error)),
        }
    }
    Err(reasons)
}

/// What stands against a plan whatever the amount and the term.
fn unsuitable(plan: &Plan, inquiry: &Inquiry) -> Vec<PlanReason> {
    let (vehicle, applicant) = (&inquiry.vehicle, &inquiry.applicant);
    let mut reasons = Vec::new();
    let mut need = |holds: bool, reason: PlanReason| {
        if !holds {
            reasons.push(reason);
        }
    };
    let (from, until) = (plan.from, plan.until);
    need(plan.offered_on(inquiry.today), PlanReason::NotOffered { from, until });
    need(any_or(&inquiry.wish.kinds, plan.kind), PlanReason::Kind { kind: plan.kind });
    need(
        plan.conditions.contains(&vehicle.condition),
        PlanReason::Condition { condition: vehicle.condition },
    );
    need(any_or(&plan.classes, vehicle.class), PlanReason::VehicleClass { class: vehicle.class });
    need(any_or(&plan.energies, vehicle.energy), PlanReason::Energy { energy: vehicle.energy });
    need(admits(&plan.regions, &applicant.region), PlanReason::Region);
    need(plan.grades.contains(&applicant.grade), PlanReason::Grade { allowed: plan.grades.clone() });
    let min = plan.applicant_age.min;
    need(applicant.age.years() >= min, PlanReason::TooYoung { min });
    if let Some(max_months) = plan.vehicle.max_age_months {
        need(vehicle.age_months <= max_months, PlanReason::VehicleAge { max_months });
    }
    if let Some(max_km) = plan.vehicle.max_mileage_km {
        need(vehicle.mileage_km <= max_km, PlanReason::Mileage { max_km });
    }
    reasons
}

/// The plan's terms that the wish and the ages at the end leave over.
fn fitting_terms(plan: &Plan, inquiry: &Inquiry) -> Result<Vec<Months>, Vec<PlanReason>> {
    let wished: Vec<Months> = plan
        .months
        .iter()
        .copied()
        .filter(|&months| inquiry.wish.months.is_none_or(|wish| wish == months))
        .collect();
    if wished.is_empty() {
        return Err(vec![PlanReason::Term { offered: plan.months.clone() }]);
    }
    let against = |months: Months| against_term(plan, inquiry.applicant.age, &inquiry.vehicle, months);
    let fitting: Vec<Months> = wished.iter().copied().filter(|&months| against(months).is_empty()).collect();
    // No term left: the shortest one has the fewest reasons against it.
    if fitting.is_empty() { Err(against(wished[0])) } else { Ok(fitting) }
}

/// What stands against a term: somebody or something would be too old when the last instalment is due.
pub(super) fn against_term(plan: &Plan, age: Age, vehicle: &Vehicle, months: Months) -> Vec<PlanReason> {
    let mut reasons = Vec::new();
    let age_at_end = u16::from(age.years()) + months.get().div_ceil(12);
    if age_at_end > u16::from(plan.applicant_age.max_at_end) {
        reasons.push(PlanReason::TooOldAtEnd { max: plan.applicant_age.max_at_end });
    }
    let vehicle_at_end = vehicle.age_months.saturating_add(months.get());
    if let Some(max_months) = plan.vehicle.max_age_months_at_end.filter(|&max| vehicle_at_end > max) {
        reasons.push(PlanReason::VehicleAgeAtEnd { max_months });
    }
    reasons
}

/// Between which amounts the price less the down payment may lie, both ends included.
struct NetRange {
    least: Fen,
    most: Fen,
}

fn net_range(plan: &Plan, limits: &Limits, inquiry: &Inquiry) -> Result<NetRange, Vec<PlanReason>> {
    net_range_or_reason(plan, limits, inquiry)
        .unwrap_or_else(|error| Err(figures(error)))
        .map_err(|reason| vec![reason])
}

/// The inner result is about the plan, the outer one about arithmetic.
fn net_range_or_reason(
    plan: &Plan,
    limits: &Limits,
    inquiry: &Inquiry,
) -> Result<Result<NetRange, PlanReason>, FiguresError> {
    let price = inquiry.vehicle.price;
    let wish = &inquiry.wish;
    let plan_most = price.minus(share_rounded_up(price, plan.down_payment.min)?)?;
    let plan_least = price.minus(share_rounded_down(price, plan.down_payment.max)?)?;

    if !plan_most.is_positive() || financed(plan, price, plan_most)? < plan.amount.min {
        return Ok(Err(PlanReason::AmountTooSmall { min: plan.amount.min }));
    }

    let mut most_financed = plan.amount.max;
    if let Some(share) = limits.financing_share(&inquiry.vehicle, inquiry.today) {
        most_financed = most_financed.min(share_rounded_down(price, share)?);
    }
    let within = |net: Fen| financed(plan, price, net).map(|amount| amount <= most_financed);
    let guess = in_proportion(plan_most, financed(plan, price, plan_most)?, most_financed);
    let Some(allowed) = largest_net(plan_most, guess, within)?.filter(|&net| net >= plan_least) else {
        return Ok(Err(PlanReason::AmountTooLarge { max: most_financed }));
    };
    if financed(plan, price, allowed)? < plan.amount.min {
        return Ok(Err(PlanReason::AmountTooSmall { min: plan.amount.min }));
    }
    let below = |net: Fen| financed(plan, price, net).map(|amount| amount < plan.amount.min);
    let guess = in_proportion(allowed, financed(plan, price, allowed)?, plan.amount.min);
    let too_small = largest_net(allowed, guess, below)?;
    let big_enough = too_small.map_or(Ok(plan_least), |net| net.plus(Fen::new(1)?))?;

    let wished_most = wish.down_payment.map_or(Ok(allowed), |down| price.minus(down))?;
    let wished_least = wish.max_down_payment.map_or(Ok(plan_least), |down| price.minus(down))?;
    let range =
        NetRange { least: plan_least.max(big_enough).max(wished_least), most: allowed.min(wished_most) };
    if range.least <= range.most {
        return Ok(Ok(range));
    }
    if wished_least > allowed {
        return Ok(Err(PlanReason::DownPayment { needed: price.minus(allowed)? }));
    }
    Ok(Err(PlanReason::DownPaymentTooLarge { max: price.minus(plan_least.max(big_enough))? }))
}

/// The plan over this term, with the smallest down payment that the wishes for monthly and last payment allow.
fn draft<'a>(
    plan: &'a Plan,
    range: &NetRange,
    months: Months,
    inquiry: &Inquiry,
) -> Result<Draft<'a>, PlanReason> {
    draft_or_reason(plan, range, months, inquiry).unwrap_or_else(|error| Err(figures(error)))
}

fn draft_or_reason<'a>(
    plan: &'a Plan,
    range: &NetRange,
    months: Months,
    inquiry: &Inquiry,
) -> Result<Result<Draft<'a>, PlanReason>, FiguresError> {
    let price = inquiry.vehicle.price;
    let rate = plan.customer_rate();
    let mut most = range.most;
    if let Some(limit) = inquiry.wish.max_monthly {
        let pace = Pace::of(rate, months, plan.repayment);
        let monthly = |net: Fen| Ok(pace.regular_payment(financed(plan, price, net)?)?);
        match largest_within(most, range.least, limit, monthly)? {
            Ok(net) => most = net,
            Err(lowest) => return Ok(Err(PlanReason::Monthly { lowest })),
        }
    }
    if let Some(limit) = inquiry.wish.max_last_payment {
        let last = |net: Fen| {
            let schedule = Schedule::of(financed(plan, price, net)?, rate, months, plan.repayment)?;
            Ok(schedule.last_payment().plus(plan.buyout)?)
        };
        match largest_within(most, range.least, limit, last)? {
            Ok(net) => most = net,
            Err(lowest) => return Ok(Err(PlanReason::LastPayment { lowest })),
        }
    }
    let net = in_whole_steps(price, most, range.least)?;
    Ok(Ok(Draft::of(plan, price, net, months, rate)?))
}

/// The largest net amount between the two for which a payment stays within its limit; otherwise the payment for the
/// least net amount.
fn largest_within(
    most: Fen,
    least: Fen,
    limit: Fen,
    payment: impl Fn(Fen) -> Result<Fen, FiguresError>,
) -> Result<Result<Fen, Fen>, FiguresError> {
    let lowest = payment(least)?;
    if lowest > limit {
        return Ok(Err(lowest));
    }
    let guess = in_proportion(most, payment(most)?, limit);
    let found = largest_net(most, guess, |net| payment(net).map(|payment| payment <= limit))?;
    Ok(found.filter(|&net| net >= least).ok_or(lowest))
}

/// The net amount with the down payment rounded up to whole hundreds of yuan, where the range leaves room for it.
fn in_whole_steps(price: Fen, most: Fen, least: Fen) -> Result<Fen, MoneyError> {
    let down = price.minus(most)?.get();
    let whole = (down + DOWN_PAYMENT_STEP - 1) / DOWN_PAYMENT_STEP * DOWN_PAYMENT_STEP;
    let net = price.minus(Fen::new(whole)?)?;
    Ok(if net >= least && net.is_positive() { net } else { most })
}

pub(super) fn over_ceiling(offer: &PlannedOffer) -> Option<PlanReason> {
    let ceiling = offer.ceiling.filter(|&ceiling| offer.annualised_cost > ceiling)?;
    Some(PlanReason::Ceiling { cost: offer.annualised_cost, ceiling })
}

pub(super) fn figures(error: FiguresError) -> PlanReason {
    PlanReason::Figures { error: error.code().to_owned() }
}

/// Of reasons of one kind, that of the term which comes nearest to the wish.
fn keep_mildest(reasons: &mut Vec<PlanReason>, reason: PlanReason) {
    let Some(kept) = reasons.iter_mut().find(|kept| kept.code() == reason.code()) else {
        reasons.push(reason);
        return;
    };
    let milder = match (&*kept, &reason) {
        (PlanReason::Monthly { lowest: old }, PlanReason::Monthly { lowest: new }) => new < old,
        (PlanReason::LastPayment { lowest: old }, PlanReason::LastPayment { lowest: new }) => new < old,
        (PlanReason::Ceiling { cost: old, .. }, PlanReason::Ceiling { cost: new, .. }) => new < old,
        _ => false,
    };
    if milder {
        *kept = reason;
    }
}

/// Puts first what the customer asks first: how the offer compares with the cheapest, and with what was wished.
fn say_where_each_stands(offers: &mut [PlannedOffer], wish: &Wish) {
    let count = offers.len();
    let Some(lowest) = offers.first().map(|offer| offer.total_cost) else { return };
    for (place, offer) in offers.iter_mut().enumerate() {
        let cost: Rate = offer.annualised_cost;
        let mut first = vec![match offer.total_cost.minus(lowest) {
            _ if place == 0 => Texts::new(
                format!("{count}个可选方案中总成本最低，年化综合成本{}", cost.percent(2)),
                format!("The lowest total cost of {count} plans that fit; {} a year", cost.percent(2)),
            ),
            Ok(more) => Texts::new(
                format!("总成本比最低方案多{more}元，年化综合成本{}", cost.percent(2)),
                format!("Costs {more} yuan more than the cheapest plan; {} a year", cost.percent(2)),
            ),
            Err(_) => continue,
        }];
        if let Some(limit) = wish.max_monthly {
            let monthly = offer.monthly;
            first.push(Texts::new(
                format!("月供{monthly}元，在您的上限{limit}元以内"),
                format!("{monthly} yuan a month, within your limit of {limit}"),
            ));
        }
        first.append(&mut offer.reasons);
        offer.reasons = first;
    }
}

fn any_or<T: PartialEq>(allowed: &[T], value: T) -> bool {
    allowed.is_empty() || allowed.contains(&value)
}
