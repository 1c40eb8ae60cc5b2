//! Counter-offers on the catalogue that ships: near to what was asked for, and never outside the room.

use super::*;
use crate::domain::{
    money::{Fen, Months},
    people::Age,
    vehicles::{Energy, Vehicle},
};
use jiff::civil::date;
use proptest::prelude::*;

fn catalogue() -> Catalogue {
    Catalogue::parse(include_str!("../../../../assets/plans/catalogue.json")).unwrap()
}

fn limits() -> Limits {
    Limits::parse(include_str!("../../../../assets/plans/limits.json")).unwrap()
}

fn months(count: u16) -> Months {
    Months::new(count).unwrap()
}

fn inquiry(price: i32, wish: Wish) -> Inquiry {
    Inquiry {
        wish,
        vehicle: Vehicle::new_car(Energy::Fuel, Fen::yuan(price)),
        applicant: Applicant {
            age: Age::new(35).unwrap(),
            grade: Grade::B,
            region: "440300".parse().unwrap(),
        },
        today: date(2026, 3, 1),
    }
}

fn asked(amount: i32) -> AskedTerms {
    AskedTerms { amount: Fen::yuan(amount), months: None, plan: None, below: None }
}

const ROOM: CounterRoom = CounterRoom {
    least_less_percent: 0,
    most_less_percent: 40,
    longest: None,
    most_down_payment_percent: 70,
};

fn amount(offer: &PlannedOffer) -> i64 {
    offer.price.get() - offer.down_payment.get()
}

fn find(
    inquiry: &Inquiry,
    asked: &AskedTerms,
    room: &CounterRoom,
    takes: impl Fn(&PlannedOffer) -> bool,
) -> Option<PlannedOffer> {
    counter_offer(&catalogue(), &limits(), inquiry, asked, room, takes)
}

#[test]
fn a_month_that_is_too_dear_is_met_by_a_longer_term_before_the_amount_is_lowered() {
    let wish = Wish { months: Some(months(12)), max_monthly: Some(Fen::yuan(3_500)), ..Wish::default() };
    let inquiry = inquiry(150_000, wish);
    assert_eq!(
        rank(&catalogue(), &limits(), &inquiry).offers.iter().filter(|o| amount(o) >= 10_000_000).count(),
        0
    );
    let asked = AskedTerms { months: Some(months(12)), ..asked(100_000) };
    let offer = find(&inquiry, &asked, &ROOM, |_| true).unwrap();
    assert_eq!(amount(&offer), 10_000_000, "the amount stays");
    assert!(
        offer.months > months(12) && offer.monthly <= Fen::yuan(3_500),
        "{} {}",
        offer.months,
        offer.monthly
    );
    // Without room for a longer term the amount goes down instead, as far as it may.
    let short = CounterRoom {
        longest: Some(months(12)),
        most_less_percent: 80,
        most_down_payment_percent: 80,
        ..ROOM
    };
    let offer = find(&inquiry, &asked, &short, |_| true).unwrap();
    assert_eq!(offer.months, months(12));
    assert!(amount(&offer) < 10_000_000 && offer.monthly <= Fen::yuan(3_500), "{offer:?}");
    assert_eq!(find(&inquiry, &asked, &CounterRoom { most_less_percent: 10, ..short }, |_| true), None);
}

#[test]
fn the_smallest_reduction_that_somebody_takes_is_offered() {
    let inquiry = inquiry(150_000, Wish::default());
    let takes = |offer: &PlannedOffer| amount(offer) <= 8_200_000;
    let offer = find(&inquiry, &asked(100_000), &ROOM, takes).unwrap();
    assert_eq!(amount(&offer), 8_000_000, "20 % less is the first step of 5 % that is taken");
    assert_eq!(find(&inquiry, &asked(100_000), &CounterRoom { most_less_percent: 15, ..ROOM }, takes), None);
    assert_eq!(find(&inquiry, &asked(100_000), &ROOM, |_| false), None);
    let less = find(&inquiry, &asked(100_000), &CounterRoom { least_less_percent: 25, ..ROOM }, |_| true);
    assert_eq!(amount(&less.unwrap()), 7_500_000, "a process may want less, whoever would take more");
}

#[test]
fn what_was_offered_before_is_no_counter_offer() {
    let inquiry = inquiry(150_000, Wish::default());
    let first = &rank(
        &catalogue(),
        &limits(),
        &Inquiry {
            wish: Wish { down_payment: Some(Fen::yuan(50_000)), ..Wish::default() },
            ..inquiry.clone()
        },
    )
    .offers[0];
    let asked = AskedTerms {
        amount: Fen::new(amount(first)).unwrap(),
        months: Some(first.months),
        plan: Some(first.plan.clone()),
        below: None,
    };
    let other = find(&inquiry, &asked, &ROOM, |_| true).unwrap();
    assert_ne!((&other.plan, other.months), (&first.plan, first.months));
    // A second one goes below the first.
    let again = AskedTerms { below: Some(Fen::yuan(90_000)), ..asked };
    let lower = find(&inquiry, &again, &ROOM, |_| true).unwrap();
    assert!(amount(&lower) < 9_000_000, "{}", amount(&lower));
}

proptest! {
    #![proptest_config(crate::domain::fixed_seed(48))]

    #[test]
    fn nothing_is_offered_outside_the_room(
        price in 40_000..400_000i32, share in 10..100i64, most_less in 0..=90u8, longest in 12..=60u16,
        most_down in 10..=90u8, picky in 1..5i64,
    ) {
        let amount_asked = Fen::new(i64::from(price) * share).unwrap();
        let asked = AskedTerms { amount: amount_asked, months: None, plan: None, below: None };
        let room = CounterRoom {
            least_less_percent: 0,
            most_less_percent: most_less, longest: Some(months(longest)), most_down_payment_percent: most_down,
        };
        let takes = |offer: &PlannedOffer| amount(offer) % picky == 0;
        if let Some(offer) = find(&inquiry(price, Wish::default()), &asked, &room, takes) {
            prop_assert!(takes(&offer));
            prop_assert!(offer.months <= months(longest));
            prop_assert!(amount(&offer) <= amount_asked.get());
            prop_assert!(amount(&offer) * 100 >= amount_asked.get() * (100 - i64::from(most_less)) - 100);
            prop_assert!(offer.down_payment.get() * 100 <= i64::from(price) * 100 * i64::from(most_down));
            let plan = catalogue().get(&offer.plan).cloned().unwrap();
            prop_assert!(plan.months.contains(&offer.months));
        }
    }
}
