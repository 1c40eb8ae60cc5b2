//! Matching on the funders that ship: every reason, and proposed changes that really help.

use super::*;
use crate::domain::{
    lang::Lang,
    money::{Fen, Months, Rate},
    people::Age,
    plans::{self, Catalogue, Grade, Inquiry, Limits, PlanKind, Wish},
    vehicles::{Energy, Vehicle, VehicleClass},
};
use jiff::{Timestamp, civil::date};
use proptest::prelude::*;

fn funders() -> FunderCatalogue {
    FunderCatalogue::parse(include_str!("../../../../assets/funders/catalogue.json")).unwrap()
}

/// Monday, 2 March 2026, 10:00 in China.
fn monday() -> Timestamp {
    "2026-03-02T02:00:00Z".parse().unwrap()
}

fn months(count: u16) -> Months {
    Months::new(count).unwrap()
}

fn key(text: &str) -> FunderKey {
    FunderKey::try_from(text.to_owned()).unwrap()
}

/// A used car of 100,000 yuan, 40 % down, 36 months.
fn leaseback() -> Application {
    let price = Fen::yuan(100_000);
    Application {
        product: PlanKind::Leaseback,
        vehicle: Vehicle::used_car(Energy::Fuel, price, 50, 60_000),
        price,
        down_payment: Fen::yuan(40_000),
        amount: Fen::yuan(60_000),
        months: months(36),
        yearly_rate: Rate::basis_points(1288),
        region: "440300".parse().unwrap(),
        grade: Grade::B,
        age: Age::new(35).unwrap(),
        room: Room {
            months: [12, 24, 36, 48].map(months).to_vec(),
            min_down_payment: Fen::yuan(30_000),
            max_down_payment: Fen::yuan(80_000),
            min_amount: Fen::yuan(10_000),
            max_amount: Fen::yuan(300_000),
        },
    }
}

fn exclusion(application: &Application, now: Timestamp, used: &QuotaUsed, funder: &str) -> Option<Exclusion> {
    let found = match_funders(&funders(), application, now, used);
    found.excluded.into_iter().find(|exclusion| exclusion.funder == key(funder))
}

#[test]
fn a_plain_application_finds_funders_in_the_customers_order() {
    let found = match_funders(&funders(), &leaseback(), monday(), &QuotaUsed::new());
    let eligible: Vec<&str> = found.eligible.iter().map(|funder| funder.funder.as_str()).collect();
    assert_eq!(eligible, ["ronghui-leasing", "hengtai-leasing", "anxin-leasing"]);
    assert_eq!(found.eligible.len() + found.excluded.len(), funders().funders().len());
    assert_eq!(
        found.eligible[0].reason.en,
        "meets every condition; at most 13.5% a year, 100 % of today's quota left"
    );
}

#[test]
fn every_reason_and_the_smallest_change_that_helps() {
    type Edit = fn(&mut Application);
    let cases: [(Edit, &str, &[&str], Option<&str>); 16] = [
        (|a| a.product = PlanKind::Loan, "ronghui-leasing", &["product"], None),
        (|a| a.region = "110000".parse().unwrap(), "xibu-leasing", &["region"], None),
        (|a| a.vehicle = Vehicle::new_car(Energy::Fuel, a.price), "ronghui-leasing", &["condition"], None),
        (|a| a.vehicle.class = VehicleClass::HeavyTruck, "ronghui-leasing", &["vehicle_class"], None),
        (|a| a.vehicle.age_months = 73, "ronghui-leasing", &["vehicle_age", "vehicle_age_at_end"], None),
        (|a| a.vehicle.mileage_km = 120_001, "ronghui-leasing", &["mileage"], None),
        (|a| a.grade = Grade::C, "ronghui-leasing", &["grade"], None),
        (|a| a.yearly_rate = Rate::basis_points(900), "ronghui-leasing", &["rate_too_low"], None),
        (|a| a.yearly_rate = Rate::basis_points(1400), "ronghui-leasing", &["rate_too_high"], None),
        (|a| a.vehicle.age_months = 72, "ronghui-leasing", &[], None),
        (|a| a.months = months(48), "ronghui-leasing", &["term"], Some("term −12 months (36)")),
        (|a| a.months = months(12), "ronghui-leasing", &["term"], Some("term +12 months (24)")),
        (
            |a| a.age = Age::new(63).unwrap(),
            "ronghui-leasing",
            &["too_old_at_end"],
            Some("term −12 months (24)"),
        ),
        (|a| pay_down(a, 31_000), "anxin-leasing", &["down_payment"], Some("down payment +4 %")),
        (|a| pay_down(a, 75_000), "ronghui-leasing", &["amount_too_small"], Some("amount +5,000.00 yuan")),
        (|a| raise_price(a, 300_000), "anxin-leasing", &["amount_too_large"], Some("amount −30,000.00 yuan")),
    ];
    for (edit, funder, codes, change) in cases {
        let mut application = leaseback();
        edit(&mut application);
        let exclusion = exclusion(&application, monday(), &QuotaUsed::new(), funder);
        let found: Vec<&str> = exclusion.iter().flat_map(|e| &e.reasons).map(Reason::code).collect();
        assert_eq!(found, codes, "{funder}");
        let proposed = exclusion.and_then(|exclusion| exclusion.smallest_change);
        assert_eq!(proposed.map(|change| change.text(Lang::En)).as_deref(), change, "{funder} {codes:?}");
    }
}

fn pay_down(application: &mut Application, yuan: i32) {
    application.down_payment = Fen::yuan(yuan);
    application.amount = application.price.minus(application.down_payment).unwrap();
}

fn raise_price(application: &mut Application, yuan: i32) {
    application.price = Fen::yuan(yuan);
    application.vehicle.price = application.price;
    application.room.min_down_payment = Fen::yuan(yuan / 10 * 3);
    application.room.max_down_payment = Fen::yuan(yuan / 10 * 8);
    pay_down(application, yuan / 10 * 4);
}

#[test]
fn quotas_and_hours_are_waited_for() {
    let sunday: Timestamp = "2026-03-01T02:00:00Z".parse().unwrap();
    let closed = exclusion(&leaseback_in_the_west(), sunday, &QuotaUsed::new(), "xibu-leasing").unwrap();
    assert_eq!(closed.reasons[0].text(Lang::Zh), "当前不在营业时间，03-02 09:00开始受理");
    assert_eq!(closed.smallest_change.unwrap().text(Lang::Zh), "等到03-02 09:00再提交");

    let used = QuotaUsed::from([(key("xibu-leasing"), 200), (key("hengtai-leasing"), 399)]);
    let full = exclusion(&leaseback_in_the_west(), monday(), &used, "xibu-leasing").unwrap();
    assert_eq!(full.reasons, [Reason::Quota { daily: 200 }]);
    assert_eq!(full.smallest_change.unwrap().text(Lang::En), "wait until 03-03 09:00 (China time)");
    assert!(exclusion(&leaseback_in_the_west(), monday(), &used, "hengtai-leasing").is_none());
}

fn leaseback_in_the_west() -> Application {
    Application { region: "510100".parse().unwrap(), ..leaseback() }
}

#[test]
fn two_obstacles_of_different_kinds_have_no_single_cure() {
    let mut application = leaseback();
    application.months = months(48);
    pay_down(&mut application, 31_000);
    let found = exclusion(&application, monday(), &QuotaUsed::new(), "anxin-leasing").unwrap();
    assert_eq!(found.reasons.iter().map(Reason::code).collect::<Vec<_>>(), ["term", "down_payment"]);
    assert_eq!(found.smallest_change, None);
}

#[test]
fn a_change_outside_the_plan_is_not_proposed() {
    let mut application = leaseback();
    pay_down(&mut application, 31_000);
    application.room.max_down_payment = Fen::yuan(34_000);
    let found = exclusion(&application, monday(), &QuotaUsed::new(), "anxin-leasing").unwrap();
    assert_eq!(found.smallest_change, None);
    application.room.max_down_payment = Fen::new(3_500_000).unwrap();
    let found = exclusion(&application, monday(), &QuotaUsed::new(), "anxin-leasing").unwrap();
    assert_eq!(found.smallest_change.map(|change| change.text(Lang::Zh)).as_deref(), Some("首付再加4%"));
}

/// Every plan that ships is financed by somebody for some ordinary customer: no plan is a dead end.
#[test]
fn every_current_plan_finds_a_funder() {
    let catalogue = Catalogue::parse(include_str!("../../../../assets/plans/catalogue.json")).unwrap();
    let limits = Limits::parse(include_str!("../../../../assets/plans/limits.json")).unwrap();
    let today = date(2026, 3, 2);
    for plan in catalogue.plans().iter().filter(|plan| plan.offered_on(today)) {
        let mut vehicle = Vehicle::new_car(Energy::PlugIn, Fen::yuan(150_000));
        vehicle.condition = plan.conditions[0];
        vehicle.class = plan.classes[0];
        if vehicle.class == VehicleClass::HeavyTruck {
            vehicle.price = Fen::yuan(400_000);
        }
        let region = "310000".parse().unwrap();
        let applicant = plans::Applicant { age: Age::new(30).unwrap(), grade: plan.grades[0], region };
        let inquiry = Inquiry { wish: Wish::default(), vehicle, applicant, today };
        let ranking = plans::rank(&catalogue, &limits, &inquiry);
        let region_elsewhere = Inquiry {
            applicant: plans::Applicant { region: "440300".parse().unwrap(), ..inquiry.applicant.clone() },
            ..inquiry.clone()
        };
        let ranking_elsewhere = plans::rank(&catalogue, &limits, &region_elsewhere);
        let offers =
            ranking.offers.iter().chain(&ranking_elsewhere.offers).filter(|offer| offer.plan == plan.key);
        let eligible: usize = offers
            .map(|offer| {
                let application =
                    Application::of(plan, offer, &inquiry.vehicle, &region_elsewhere.applicant).unwrap();
                match_funders(&funders(), &application, monday(), &QuotaUsed::new()).eligible.len()
            })
            .sum();
        assert!(eligible > 0, "{} has no funder", plan.key);
    }
}

/// Matching stays well within its budget of 200 µs; the loose bound keeps a busy machine from failing it.
#[test]
fn matching_is_quick() {
    let (funders, application, used) = (funders(), leaseback(), QuotaUsed::new());
    let mut best = std::time::Duration::MAX;
    for _ in 0..50 {
        let started = std::time::Instant::now();
        assert!(!match_funders(&funders, &application, monday(), &used).eligible.is_empty());
        best = best.min(started.elapsed());
    }
    println!("one matching: {} us", best.as_micros());
    assert!(best.as_millis() < 5, "{best:?}");
}

fn any_application() -> impl Strategy<Value = Application> {
    let money = (20_000..900_000i32, 0..70u32);
    let facts =
        (0..3usize, 0..5usize, 18..70u8, prop::bool::ANY, 0..150u16, 0..5usize, 600..2200u16, 0..4usize);
    (money, facts).prop_map(|((price, down), (kind, grade, age, new, age_months, term, rate, place))| {
        let price = Fen::yuan(price);
        let vehicle = match new {
            true => Vehicle::new_car(Energy::Electric, price),
            false => Vehicle::used_car(Energy::Fuel, price, age_months, 80_000),
        };
        let down_payment = Fen::new(price.get() / 100 * i64::from(down)).unwrap();
        Application {
            product: PlanKind::ALL[kind],
            vehicle,
            price,
            down_payment,
            amount: price.minus(down_payment).unwrap(),
            months: months([12, 24, 36, 48, 60][term]),
            yearly_rate: Rate::basis_points(rate),
            region: ["440300", "310000", "510100", "110000"][place].parse().unwrap(),
            grade: Grade::ALL[grade],
            age: Age::new(age).unwrap(),
            room: Room {
                months: [12, 24, 36, 48, 60].map(months).to_vec(),
                min_down_payment: Fen::ZERO,
                max_down_payment: Fen::new(price.get() / 100 * 80).unwrap(),
                min_amount: Fen::yuan(10_000),
                max_amount: Fen::yuan(800_000),
            },
        }
    })
}

/// The next smaller change of the same kind; `None` where there is none.
fn one_step_less(change: &Change, application: &Application) -> Option<Change> {
    let fen = Fen::new(1).unwrap();
    match *change {
        Change::DownPayment { percent, .. } if percent > 1 => {
            let percent = percent - 1;
            let more = Fen::new((application.price.get() * i64::from(percent) + 99) / 100).unwrap();
            Some(Change::DownPayment { percent, more })
        }
        Change::LessAmount { less } => Some(Change::LessAmount { less: less.minus(fen).unwrap() }),
        Change::MoreAmount { more } => Some(Change::MoreAmount { more: more.minus(fen).unwrap() }),
        Change::DownPayment { .. } | Change::Term { .. } | Change::Wait { .. } => None,
    }
}

proptest! {
    #![proptest_config(crate::domain::fixed_seed(64))]

    /// A proposed change really qualifies when the match is run again with it; a smaller one of its kind does
    /// not; and where none is proposed, no term, down payment or opening would have helped.
    #[test]
    fn the_smallest_change_is_true(application in any_application(), hour in 0..168i64, used in 0..3u32) {
        let funders = funders();
        let now = Timestamp::from_second(monday().as_second() + hour * 3600).unwrap();
        let quota: QuotaUsed = funders.funders().iter().map(|f| (f.key.clone(), f.daily_quota * used / 2)).collect();
        let qualifies = |change: &Change, funder: &FunderKey| {
            let Some(changed) = change.applied_to(&application) else { return false };
            let (at, quota) = match *change {
                Change::Wait { until } if china_date(until) > china_date(now) => (until, QuotaUsed::new()),
                Change::Wait { until } => (until, quota.clone()),
                _ => (now, quota.clone()),
            };
            match_funders(&funders, &changed, at, &quota).eligible.iter().any(|other| other.funder == *funder)
        };
        let found = match_funders(&funders, &application, now, &quota);
        prop_assert_eq!(found.eligible.len() + found.excluded.len(), funders.funders().len());
        for exclusion in &found.excluded {
            prop_assert!(!exclusion.reasons.is_empty());
            let Some(change) = &exclusion.smallest_change else {
                let funder = funders.get(&exclusion.funder).unwrap();
                let from = application.months;
                for &to in &application.room.months {
                    prop_assert!(!qualifies(&Change::Term { from, to }, &funder.key), "{} {to}", funder.key);
                }
                for percent in 1..=80u16 {
                    let more = Fen::new((application.price.get() * i64::from(percent) + 99) / 100).unwrap();
                    prop_assert!(!qualifies(&Change::DownPayment { percent, more }, &funder.key), "{} {percent}", funder.key);
                }
                continue;
            };
            prop_assert!(qualifies(change, &exclusion.funder), "{} {change:?}", exclusion.funder);
            if let Some(smaller) = one_step_less(change, &application) {
                prop_assert!(!qualifies(&smaller, &exclusion.funder), "{} {smaller:?}", exclusion.funder);
            }
            prop_assert!(!change.text(Lang::Zh).is_empty() && !change.text(Lang::En).is_empty());
        }
    }
}
