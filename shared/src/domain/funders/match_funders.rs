//! Whom an application may go to, and why not to the others.

use super::catalogue::FunderCatalogue;
use super::change::{Change, smallest_change};
use super::funder::{Funder, FunderKey};
use super::reasons::Reason;
use super::steering::Steering;
use crate::domain::{
    lang::Texts,
    money::{Fen, MoneyError, Months, Rate},
    people::Age,
    plans::{Applicant, Grade, Plan, PlanKind, PlannedOffer},
    region::{Region, admits},
    vehicles::Vehicle,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};

/// How many applications each funder has been given today, by China's calendar day. An absent funder has
/// none.
pub type QuotaUsed = BTreeMap<FunderKey, u32>;

/// What a funder is asked to finance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// What the customer enters into.
    pub product: PlanKind,
    /// The vehicle; its price is `price`.
    pub vehicle: Vehicle,
    /// The vehicle's price.
    pub price: Fen,
    /// What the customer pays of it.
    pub down_payment: Fen,
    /// The financed amount, financed fees included.
    pub amount: Fen,
    /// The term.
    pub months: Months,
    /// The yearly rate that the funder earns, any subsidy included.
    pub yearly_rate: Rate,
    /// Where the vehicle will be registered.
    pub region: Region,
    /// The customer's grade.
    pub grade: Grade,
    /// The customer's age today.
    pub age: Age,
    /// What the chosen plan lets the customer change.
    pub room: Room,
}

/// What a plan leaves to the customer: a proposed change stays within it. Ranges include both ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The plan's terms.
    pub months: Vec<Months>,
    /// The least down payment.
    pub min_down_payment: Fen,
    /// The most down payment.
    pub max_down_payment: Fen,
    /// The least financed amount.
    pub min_amount: Fen,
    /// The most financed amount.
    pub max_amount: Fen,
}

/// What became of an application.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FunderMatch {
    /// Who may be asked, in the order in which to ask.
    pub eligible: Vec<EligibleFunder>,
    /// Who may not, in the catalogue's order.
    pub excluded: Vec<Exclusion>,
}

/// A funder that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EligibleFunder {
    /// The funder.
    pub funder: FunderKey,
    /// Why it stands where it stands.
    pub reason: Texts,
}

/// A funder that may not be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// The funder.
    pub funder: FunderKey,
    /// Why not; never empty.
    pub reasons: Vec<Reason>,
    /// The smallest single change after which it may be asked.
    pub smallest_change: Option<Change>,
}

impl Application {
    /// The application that an offer of a plan makes.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn of(
        plan: &Plan,
        offer: &PlannedOffer,
        vehicle: &Vehicle,
        applicant: &Applicant,
    ) -> Result<Application, MoneyError> {
        // A counter-offer's rate is the customer's; what the subsidy adds to it the funder earns too.
        let subsidy = plan.subsidy.map_or(Rate::ZERO, |subsidy| subsidy.rate);
        let earned = Rate::new(offer.yearly_rate.fraction() + subsidy.fraction()).unwrap_or(plan.rate);
        Ok(Application {
            product: plan.kind,
            vehicle: vehicle.clone(),
            price: offer.price,
            down_payment: offer.down_payment,
            amount: offer.financed,
            months: offer.months,
            yearly_rate: earned,
            region: applicant.region,
            grade: applicant.grade,
            age: applicant.age,
            room: Room {
                months: plan.months.clone(),
                min_down_payment: plan.least_down_payment(offer.price)?,
                max_down_payment: plan.most_down_payment(offer.price)?,
                min_amount: plan.amount.min,
                max_amount: plan.amount.max,
            },
        })
    }
}

/// Matches an application with all funders. Funders are asked in the order of the most that they could ever
/// charge (a counter-offer cannot exceed it), then of the least, then of what is left of their quota.
pub fn match_funders(
    catalogue: &FunderCatalogue,
    application: &Application,
    now: Timestamp,
    quota_used: &QuotaUsed,
) -> FunderMatch {
    match_steered(catalogue, application, now, quota_used, &Steering::default())
}

/// As [`match_funders`], within what a company has set for its funders: it keeps applications back from some, and lets
/// those that could charge the customer equally much share them by weight. It never puts a dearer one first.
pub fn match_steered(
    catalogue: &FunderCatalogue,
    application: &Application,
    now: Timestamp,
    quota_used: &QuotaUsed,
    steering: &Steering,
) -> FunderMatch {
    let mut eligible: Vec<(Cow<'_, Funder>, u32)> = Vec::new();
    let mut excluded = Vec::new();
    for funder in catalogue.funders() {
        let used = quota_used.get(&funder.key).copied().unwrap_or(0);
        let funder = steering.narrowed(funder).map_or(Cow::Borrowed(funder), Cow::Owned);
        let mut reasons = against(&funder, application, now, used);
        let mut kept_back = Vec::new();
        if steering.holds(&funder.key) {
            kept_back.push(Reason::Held);
        }
        if !steering.admits(&funder.key, &application.region) && !reasons.contains(&Reason::Region) {
            kept_back.push(Reason::Region);
        }
        if reasons.is_empty() && kept_back.is_empty() {
            eligible.push((funder, used));
        } else {
            // No change of the customer's undoes what the company has set.
            let change = || smallest_change(&funder, application, now, used, &reasons);
            let smallest_change = kept_back.is_empty().then(change).flatten();
            reasons.extend(kept_back);
            excluded.push(Exclusion { funder: funder.key.clone(), reasons, smallest_change });
        }
    }
    in_order(&mut eligible, steering);
    let eligible = eligible.iter().map(|(funder, used)| say_why(funder, *used)).collect();
    FunderMatch { eligible, excluded }
}

fn in_order(eligible: &mut [(Cow<'_, Funder>, u32)], steering: &Steering) {
    let shared_out = steering.shared_out(eligible.iter().map(|(funder, _)| &**funder));
    eligible.sort_by(|(a, a_used), (b, b_used)| {
        let most = a.max_rate.cmp(&b.max_rate);
        if most.is_eq() && shared_out.contains(&a.max_rate) {
            return steering.lot(&a.key).total_cmp(&steering.lot(&b.key)).then_with(|| a.key.cmp(&b.key));
        }
        let left = percent_left(b, *b_used).cmp(&percent_left(a, *a_used));
        most.then(a.min_rate.cmp(&b.min_rate)).then(left).then_with(|| a.key.cmp(&b.key))
    });
}

/// Everything that stands against an application now.
pub(super) fn against(funder: &Funder, application: &Application, now: Timestamp, used: u32) -> Vec<Reason> {
    let mut reasons = Vec::new();
    against_customer_and_vehicle(funder, application, &mut reasons);
    against_terms(funder, application, &mut reasons);
    if used >= funder.daily_quota {
        reasons.push(Reason::Quota { daily: funder.daily_quota });
    }
    if !funder.opening.open_at(now) {
        reasons.push(Reason::Closed { opens: funder.opening.next_open(now) });
    }
    reasons
}

fn against_customer_and_vehicle(funder: &Funder, application: &Application, reasons: &mut Vec<Reason>) {
    let vehicle = &application.vehicle;
    if !funder.products.contains(&application.product) {
        reasons.push(Reason::Product { kind: application.product });
    }
    if !admits(&funder.regions, &application.region) {
        reasons.push(Reason::Region);
    }
    if !funder.conditions.contains(&vehicle.condition) {
        reasons.push(Reason::Condition { condition: vehicle.condition });
    }
    if !any_or(&funder.classes, vehicle.class) {
        reasons.push(Reason::VehicleClass { class: vehicle.class });
    }
    if !any_or(&funder.energies, vehicle.energy) {
        reasons.push(Reason::Energy { energy: vehicle.energy });
    }
    if let Some(max_months) = funder.vehicle.max_age_months.filter(|&max| vehicle.age_months > max) {
        reasons.push(Reason::VehicleAge { max_months });
    }
    if let Some(max_km) = funder.vehicle.max_mileage_km.filter(|&max| vehicle.mileage_km > max) {
        reasons.push(Reason::Mileage { max_km });
    }
    if !funder.grades.contains(&application.grade) {
        reasons.push(Reason::Grade { allowed: funder.grades.clone() });
    }
}

fn against_terms(funder: &Funder, application: &Application, reasons: &mut Vec<Reason>) {
    let months = application.months;
    if !funder.months.contains(&months) {
        reasons.push(Reason::Term { offered: funder.months.clone() });
    }
    let vehicle_at_end = application.vehicle.age_months.saturating_add(months.get());
    if let Some(max_months) = funder.vehicle.max_age_months_at_end.filter(|&max| vehicle_at_end > max) {
        reasons.push(Reason::VehicleAgeAtEnd { max_months });
    }
    if u16::from(application.age.years()) + months.get().div_ceil(12) > u16::from(funder.max_age_at_end) {
        reasons.push(Reason::TooOldAtEnd { max: funder.max_age_at_end });
    }
    if application.amount < funder.amount.min {
        reasons.push(Reason::AmountTooSmall { min: funder.amount.min });
    }
    if application.amount > funder.amount.max {
        reasons.push(Reason::AmountTooLarge { max: funder.amount.max });
    }
    if funder.least_down_payment(application.price).is_ok_and(|least| application.down_payment < least) {
        reasons.push(Reason::DownPayment { min: funder.min_down_payment });
    }
    if application.yearly_rate < funder.min_rate {
        reasons.push(Reason::RateTooLow { min: funder.min_rate });
    }
    if application.yearly_rate > funder.max_rate {
        reasons.push(Reason::RateTooHigh { max: funder.max_rate });
    }
}

fn say_why(funder: &Funder, used: u32) -> EligibleFunder {
    let (max, left) = (funder.max_rate, percent_left(funder, used));
    let reason = Texts::new(
        format!("符合全部条件；年利率最高{max}，今日额度剩余{left}%"),
        format!("meets every condition; at most {max} a year, {left} % of today's quota left"),
    );
    EligibleFunder { funder: funder.key.clone(), reason }
}

fn percent_left(funder: &Funder, used: u32) -> u64 {
    let left = u64::from(funder.daily_quota.saturating_sub(used));
    left * 100 / u64::from(funder.daily_quota.max(1))
}

fn any_or<T: PartialEq>(allowed: &[T], value: T) -> bool {
    allowed.is_empty() || allowed.contains(&value)
}
