//! What a plan would cost, worked out on the device while the advisor slides: the same ranking that the server does later,
//! with what is already known of the case. What is not known yet is assumed, and said.

use super::typed;
use jiff::civil::Date;
use serde::de::DeserializeOwned;
use shared::app::CaseView;
use shared::document::{Field, PlanChosen};
use shared::domain::{
    Age, Applicant, Condition, Energy, Fen, Grade, IdNumber, Inquiry, Limits, Months, PlanCatalogue,
    PlanKind, PlannedOffer, Plate, Ranking, Region, Vehicle, VehicleClass, Wish, rank,
};
use shared::protocol::on_offer::OnOffer;
use std::collections::BTreeSet;

/// The grade a preview assumes: the middle one. The score card gives the real one later.
const PREVIEW_GRADE: Grade = Grade::C;
/// The age assumed while no birth date is known.
const ASSUMED_AGE: u8 = 35;
/// The region assumed while none is known: Shanghai, which has the strictest ceiling.
const ASSUMED_REGION: &str = "31";
/// Months and kilometres assumed for a used vehicle without papers.
const ASSUMED_USED: (u16, u32) = (36, 60_000);
/// The slider moves by this, in fen: a thousand yuan.
pub const STEP_FEN: i64 = 100_000;

/// What is on offer, read once.
#[derive(Debug, Clone, PartialEq)]
pub struct Offered {
    /// The plans.
    pub catalogue: PlanCatalogue,
    /// What none of them may exceed.
    pub limits: Limits,
}

impl Offered {
    /// Reads it; `None` where this app is too old for it.
    pub fn read(on_offer: &OnOffer) -> Option<Offered> {
        Some(Offered { catalogue: on_offer.plan_catalogue()?, limits: on_offer.plan_limits()? })
    }
}

/// Something that was assumed because the case does not say it yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assumed {
    /// Petrol.
    Energy,
    /// Where it will be registered.
    Region,
    /// The customer's age.
    Age,
    /// First registration and mileage of a used vehicle.
    VehicleAge,
}

impl Assumed {
    /// The key of its text.
    pub fn key(self) -> &'static str {
        match self {
            Assumed::Energy => "assumed-energy",
            Assumed::Region => "assumed-region",
            Assumed::Age => "assumed-age",
            Assumed::VehicleAge => "assumed-vehicle-age",
        }
    }
}

/// What is asked of the plans, as far as the case says it; `None` without a price.
pub fn inquiry(case: &CaseView, price: Fen, today: Date) -> Option<(Inquiry, Vec<Assumed>)> {
    if !price.is_positive() {
        return None;
    }
    let mut assumed = Vec::new();
    let condition = word(case, Field::Condition).unwrap_or(Condition::Used);
    let energy = word(case, Field::Energy).unwrap_or_else(|| {
        assumed.push(Assumed::Energy);
        Energy::Fuel
    });
    let region = region_of(case).or_else(|| {
        assumed.push(Assumed::Region);
        ASSUMED_REGION.parse().ok()
    })?;
    let age = age_of(case, today).or_else(|| {
        assumed.push(Assumed::Age);
        Age::new(ASSUMED_AGE).ok()
    })?;
    let (age_months, mileage_km) = match condition {
        Condition::New => (0, 0),
        Condition::Used => {
            let registered = case.text(Field::RegisteredOn).parse::<Date>().ok();
            let mileage = case.text(Field::Mileage).parse::<u32>().ok();
            if registered.is_none() || mileage.is_none() {
                assumed.push(Assumed::VehicleAge);
            }
            let months = registered.map_or(ASSUMED_USED.0, |day| months_between(day, today));
            (months, mileage.unwrap_or(ASSUMED_USED.1))
        }
    };
    let class: VehicleClass = word(case, Field::Class).unwrap_or_default();
    let vehicle = Vehicle { class, condition, energy, price, age_months, mileage_km };
    let applicant = Applicant { age, grade: PREVIEW_GRADE, region };
    Some((
        Inquiry { wish: Wish { kinds: kinds(case), ..Wish::default() }, vehicle, applicant, today },
        assumed,
    ))
}

/// The plans for this down payment and this term, the cheapest first.
pub fn preview(
    offered: &Offered,
    mut inquiry: Inquiry,
    down_payment: Fen,
    months: Option<Months>,
) -> Ranking {
    inquiry.wish.down_payment = Some(down_payment);
    inquiry.wish.months = months;
    rank(&offered.catalogue, &offered.limits, &inquiry)
}

/// The terms that any plan for this vehicle offers, ascending.
pub fn terms(offered: &Offered, inquiry: &Inquiry) -> Vec<Months> {
    let suits = |plan: &&shared::domain::plans::Plan| {
        let kinds = &inquiry.wish.kinds;
        plan.conditions.contains(&inquiry.vehicle.condition)
            && (kinds.is_empty() || kinds.contains(&plan.kind))
    };
    let terms: BTreeSet<Months> =
        offered.catalogue.plans().iter().filter(suits).flat_map(|plan| plan.months.iter().copied()).collect();
    terms.into_iter().collect()
}

/// The most that the slider offers: nine tenths of the price, in whole steps.
pub fn most_down_payment(price: Fen) -> Fen {
    let steps = price.get() / 10 * 9 / STEP_FEN;
    Fen::new(steps * STEP_FEN).unwrap_or(Fen::ZERO)
}

/// Where the slider begins: the case's own down payment, otherwise three tenths of the price.
pub fn first_down_payment(case: &CaseView, price: Fen) -> Fen {
    let own = case.text(Field::DownPayment).parse::<i64>().ok().and_then(|fen| Fen::new(fen).ok());
    own.unwrap_or_else(|| Fen::new(price.get() / 10 * 3 / STEP_FEN * STEP_FEN).unwrap_or(Fen::ZERO))
}

/// The plan as it is kept when it is chosen.
pub fn chosen(offer: &PlannedOffer) -> PlanChosen {
    PlanChosen {
        plan: offer.plan.clone(),
        down_payment: offer.down_payment,
        financed: offer.financed,
        months: offer.months,
        monthly: offer.monthly,
        annualised_cost: offer.annualised_cost,
    }
}

/// The fields that a chosen plan settles and that say something else so far.
pub fn settles(case: &CaseView, offer: &PlannedOffer) -> Vec<(String, String)> {
    let kind = serde_json::to_value(offer.kind).ok().and_then(|kind| kind.as_str().map(str::to_owned));
    [
        (Field::Price, offer.price.get().to_string()),
        (Field::DownPayment, offer.down_payment.get().to_string()),
        (Field::Term, offer.months.to_string()),
        (Field::ProductKind, kind.unwrap_or_default()),
    ]
    .into_iter()
    .filter(|(field, text)| !text.is_empty() && case.text(*field) != text)
    .map(|(field, text)| (field.key().to_owned(), text))
    .collect()
}

/// Does the plan that was chosen still say what the case says? A price or term that changed later makes it stale.
pub fn still_fits(case: &CaseView, plan: &PlanChosen) -> bool {
    let same = |field: Field, value: String| case.text(field).is_empty() || case.text(field) == value;
    same(Field::DownPayment, plan.down_payment.get().to_string())
        && same(Field::Term, plan.months.to_string())
}

/// An amount that a slider or a field says, read as yuan.
pub fn amount(typed: &str) -> Fen {
    typed::fen(typed).filter(|fen| !fen.is_negative()).unwrap_or(Fen::ZERO)
}

fn kinds(case: &CaseView) -> Vec<PlanKind> {
    word(case, Field::ProductKind).into_iter().collect()
}

fn word<T: DeserializeOwned>(case: &CaseView, field: Field) -> Option<T> {
    serde_json::from_value(serde_json::Value::String(case.text(field).to_owned())).ok()
}

fn region_of(case: &CaseView) -> Option<Region> {
    let sale = case.text(Field::SaleRegion).parse().ok();
    sale.or_else(|| Plate::parse(case.text(Field::Plate)).ok()?.province())
}

fn age_of(case: &CaseView, today: Date) -> Option<Age> {
    let number = IdNumber::parse(case.text(Field::IdNumber), today).ok();
    let birth = case.text(Field::Birth).parse::<Date>().ok();
    number.map(|number| number.age_on(today)).or_else(|| birth.map(|birth| Age::between(birth, today)))
}

fn months_between(from: Date, to: Date) -> u16 {
    let months = (i32::from(to.year()) - i32::from(from.year())) * 12 + i32::from(to.month())
        - i32::from(from.month());
    let full = months - i32::from(to.day() < from.day());
    u16::try_from(full.max(0)).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisor::sample;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 3, 1);

    fn offered() -> Offered {
        Offered {
            catalogue: PlanCatalogue::parse(include_str!("../../../../assets/plans/catalogue.json")).unwrap(),
            limits: Limits::parse(include_str!("../../../../assets/plans/limits.json")).unwrap(),
        }
    }

    #[test]
    fn without_a_price_there_is_nothing_to_work_out() {
        assert!(inquiry(&sample::case(&[]), Fen::ZERO, TODAY).is_none());
    }

    #[test]
    fn what_the_case_does_not_say_is_assumed_and_said() {
        let price = Fen::yuan(128_800);
        let (_, assumed) = inquiry(&sample::case(&[]), price, TODAY).unwrap();
        assert_eq!(assumed, [Assumed::Energy, Assumed::Region, Assumed::Age, Assumed::VehicleAge]);
        let full = sample::case(&[
            (Field::Condition, "used"),
            (Field::Energy, "electric"),
            (Field::Plate, "沪AD12345"),
            (Field::IdNumber, "11010519491231002X"),
            (Field::RegisteredOn, "2024-02-29"),
            (Field::Mileage, "20000"),
        ]);
        let (inquiry, assumed) = inquiry(&full, price, TODAY).unwrap();
        assert_eq!(assumed, []);
        assert_eq!((inquiry.vehicle.age_months, inquiry.applicant.age.years()), (24, 76));
        assert_eq!(inquiry.applicant.region.code(), "31");
    }

    #[test]
    fn more_down_payment_means_less_a_month_and_the_choice_settles_the_fields() {
        let case =
            sample::case(&[(Field::Condition, "new"), (Field::ProductKind, "loan"), (Field::Energy, "fuel")]);
        let (asked, _) = inquiry(&case, Fen::yuan(128_800), TODAY).unwrap();
        let offered = offered();
        let terms = terms(&offered, &asked);
        assert!(terms.windows(2).all(|pair| pair[0] < pair[1]) && terms.len() > 2);
        let months = Months::new(36).ok();
        let low = preview(&offered, asked.clone(), Fen::yuan(40_000), months);
        let high = preview(&offered, asked, Fen::yuan(60_000), months);
        let of = |ranking: &Ranking| {
            ranking.offers.iter().find(|offer| offer.plan.as_str() == "new-car-loan").cloned()
        };
        let (low, high) = (of(&low).unwrap(), of(&high).unwrap());
        assert!(low.monthly > high.monthly && low.total_cost > high.total_cost);
        let fields = settles(&case, &low);
        assert_eq!(fields[0], ("price".into(), "12880000".into()));
        assert_eq!(fields[1], ("down_payment".into(), "4000000".into()));
        assert_eq!(fields[2], ("term".into(), "36".into()));
        assert_eq!(fields.len(), 3);
        let plan = chosen(&low);
        assert!(still_fits(&case, &plan));
        assert!(!still_fits(&sample::case(&[(Field::Term, "24")]), &plan));
    }

    #[test]
    fn the_slider_begins_at_the_case_and_ends_below_the_price() {
        let price = Fen::yuan(128_800);
        assert_eq!(first_down_payment(&sample::case(&[]), price), Fen::yuan(38_000));
        assert_eq!(
            first_down_payment(&sample::case(&[(Field::DownPayment, "5000000")]), price),
            Fen::yuan(50_000)
        );
        assert_eq!(most_down_payment(price), Fen::yuan(115_000));
        assert_eq!(amount("3.8万"), Fen::yuan(38_000));
        assert_eq!(amount("-3"), Fen::ZERO);
    }

    #[test]
    fn months_are_full_months() {
        for (from, months) in
            [(date(2026, 2, 28), 0), (date(2026, 2, 1), 1), (date(2023, 3, 1), 36), (date(2027, 1, 1), 0)]
        {
            assert_eq!(months_between(from, TODAY), months);
        }
    }
}
