//! What a company sets for its funders holds, and nothing else changes.

use super::*;
use crate::domain::{
    money::{Fen, Months, Rate},
    people::Age,
    plans::{AmountRange, Grade, PlanKind},
    vehicles::{Energy, Vehicle},
};
use jiff::Timestamp;

fn key(text: &str) -> FunderKey {
    FunderKey::try_from(text.to_owned()).unwrap()
}

/// The shipped funders, with two more that charge as much as the first of them.
fn funders() -> FunderCatalogue {
    let mut file: serde_json::Value =
        serde_json::from_str(include_str!("../../../../assets/funders/catalogue.json")).unwrap();
    let list = file["funders"].as_array_mut().unwrap();
    let model = list.iter().find(|funder| funder["key"] == "ronghui-leasing").unwrap().clone();
    for name in ["twin-a", "twin-b"] {
        let mut twin = model.clone();
        twin["key"] = name.into();
        list.push(twin);
    }
    FunderCatalogue::parse(&file.to_string()).unwrap()
}

fn application() -> Application {
    let price = Fen::yuan(100_000);
    Application {
        product: PlanKind::Leaseback,
        vehicle: Vehicle::used_car(Energy::Fuel, price, 50, 60_000),
        price,
        down_payment: Fen::yuan(40_000),
        amount: Fen::yuan(60_000),
        months: Months::new(36).unwrap(),
        yearly_rate: Rate::basis_points(1288),
        region: "440300".parse().unwrap(),
        grade: Grade::B,
        age: Age::new(35).unwrap(),
        room: Room {
            months: vec![Months::new(36).unwrap()],
            min_down_payment: Fen::yuan(30_000),
            max_down_payment: Fen::yuan(80_000),
            min_amount: Fen::yuan(10_000),
            max_amount: Fen::yuan(300_000),
        },
    }
}

fn steered(steering: &Steering) -> FunderMatch {
    let monday: Timestamp = "2026-03-02T02:00:00Z".parse().unwrap();
    match_steered(&funders(), &application(), monday, &QuotaUsed::new(), steering)
}

fn order(steering: &Steering) -> Vec<String> {
    steered(steering).eligible.iter().map(|eligible| eligible.funder.to_string()).collect()
}

fn one(funder: &str, switch: FunderSwitch) -> Steering {
    Steering { switches: [(key(funder), switch)].into(), case: "case".into() }
}

#[test]
fn nothing_set_changes_nothing_and_a_held_funder_gives_way_to_the_next() {
    let plain = order(&Steering::default());
    assert_eq!(plain[..3], ["ronghui-leasing", "twin-a", "twin-b"]);
    assert_eq!(order(&one("ronghui-leasing", FunderSwitch::default())), plain);
    let held = one("ronghui-leasing", FunderSwitch { held: true, ..FunderSwitch::default() });
    assert_eq!(order(&held), plain[1..]);
    let found = steered(&held);
    let exclusion = found.excluded.iter().find(|e| e.funder == key("ronghui-leasing")).unwrap();
    assert_eq!(exclusion.reasons, [Reason::Held]);
    assert_eq!(exclusion.smallest_change, None, "the customer cannot undo what the company has set");
}

#[test]
fn a_route_narrows_what_a_funder_takes_and_widens_nothing() {
    let amount = |min, max| AmountRange { min: Fen::yuan(min), max: Fen::yuan(max) };
    let with =
        |switch: FunderSwitch| order(&one("ronghui-leasing", switch)).contains(&"ronghui-leasing".to_owned());
    let plain = FunderSwitch::default;
    let rows = [
        (FunderSwitch { products: vec![PlanKind::Leaseback], ..plain() }, true),
        (FunderSwitch { products: vec![PlanKind::Loan], ..plain() }, false),
        (FunderSwitch { regions: vec!["44".parse().unwrap()], ..plain() }, true),
        (FunderSwitch { regions: vec!["31".parse().unwrap()], ..plain() }, false),
        (FunderSwitch { amount: Some(amount(1, 60_000)), ..plain() }, true),
        (FunderSwitch { amount: Some(amount(1, 59_999)), ..plain() }, false),
        (FunderSwitch { amount: Some(amount(60_001, 70_000)), ..plain() }, false),
        (FunderSwitch { daily: Some(1), ..plain() }, true),
    ];
    for (switch, admitted) in rows {
        assert_eq!(with(switch.clone()), admitted, "{switch:?}");
    }
    // Its own range ends at 400,000 yuan, whatever is set.
    let mut dear = application();
    (dear.amount, dear.price) = (Fen::yuan(450_000), Fen::yuan(750_000));
    let steering = one("ronghui-leasing", FunderSwitch { amount: Some(amount(1, 900_000)), ..plain() });
    let found = match_steered(&funders(), &dear, Timestamp::UNIX_EPOCH, &QuotaUsed::new(), &steering);
    assert!(found.eligible.is_empty());
}

#[test]
fn weights_share_cases_among_equals_and_never_prefer_a_dearer_funder() {
    let weigh = |weight| FunderSwitch { weight: Some(weight), ..FunderSwitch::default() };
    let firsts = |a, b, c| {
        let switches = [("ronghui-leasing", a), ("twin-a", b), ("twin-b", c)];
        let switches = switches.map(|(name, weight)| (key(name), weigh(weight)));
        let mut counts = [0; 3];
        for case in 0..2_000 {
            let steering = Steering { switches: switches.clone().into(), case: format!("case-{case}") };
            let order = order(&steering);
            assert_eq!(order, self::order(&steering), "the same case, the same order");
            let place = ["ronghui-leasing", "twin-a", "twin-b"].iter().position(|name| *name == order[0]);
            counts[place.expect("a dearer funder came first")] += 1;
        }
        counts
    };
    let [a, b, c] = firsts(100, 300, 0);
    assert!((400..600).contains(&a) && (1_400..1_600).contains(&b) && c == 0, "{a} {b} {c}");
}
