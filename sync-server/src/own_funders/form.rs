//! A company's own funder, out of a form and into one.

use std::{collections::BTreeMap, ops::RangeInclusive, str::FromStr};

use rust_decimal::Decimal;
use serde_json::{Value, json};
use shared::domain::{
    AmountRange, Fen, Funder, FunderKey, Grade, Months, OpeningHours, Personality, PlanKind, Rate, Region,
    Texts, VehicleLimits, is_credit_code,
};

use super::Own;
use crate::{outgoing::Guard, partners::BaseUrl};

/// Fields of a form by name.
pub(crate) type Fields = BTreeMap<String, String>;

/// Milliseconds that a call may take.
const TIMEOUT_MS: RangeInclusive<u32> = 500..=60_000;
/// Longest key that a funder knows us by, in characters.
const MAX_KEY: usize = 200;
/// Longest term, in months, of which so many may be named.
const MAX_TERMS: usize = 24;
/// Stands in until the key is known.
const NO_KEY: &str = "own-new";
/// What can be ticked: the word before the code, and the codes as the catalogue writes them.
const TICKED: [(&str, &[&str]); 5] = [
    ("product", &["loan", "direct_lease", "leaseback"]),
    ("condition", &["new", "used"]),
    ("class", &["passenger", "light_commercial", "heavy_truck"]),
    ("energy", &["fuel", "electric", "plug_in", "hydrogen"]),
    ("grade", &["A", "B", "C", "D", "E"]),
];

/// A form that was filled in.
#[derive(Debug, Clone)]
pub(crate) struct Entered {
    /// What the funder finances, and who it is; its key is not known yet.
    pub(crate) terms: Funder,
    /// Where it is reached.
    pub(crate) address: String,
    /// What it knows us by; `None` leaves it as it is.
    pub(crate) api_key: Option<String>,
    /// Milliseconds for a call.
    pub(crate) timeout_ms: u32,
}

/// Reads a form. `is_new`: there is no key yet that could stay.
///
/// # Errors
/// Every field that cannot be read, in the form's order.
pub(crate) fn read(fields: &Fields, guard: &Guard, is_new: bool) -> Result<Entered, Vec<&'static str>> {
    let mut form = Form { fields, faults: Vec::new() };
    let name = Texts::new(form.text("name_zh", 40), form.text("name_en", 60));
    let legal_name = form.text("legal_name", 100);
    let credit_code = form.text("credit_code", 18);
    form.hold("credit_code", is_credit_code(&credit_code));
    let (registered, phone) = (form.text("registered", 200), form.text("phone", 40));
    let products = form.ticked::<PlanKind>("product");
    form.hold("products", !products.is_empty());
    let regions: Option<Vec<Region>> = form.list("regions").iter().map(|code| code.parse().ok()).collect();
    let regions = form.known("regions", regions.filter(|regions| regions.len() <= 34));
    let amount = AmountRange { min: form.yuan("amount_min"), max: form.yuan("amount_max") };
    form.hold("amount_min", amount.min.is_positive());
    form.hold("amount_max", amount.min <= amount.max);
    let months = form.months();
    let min_down_payment = form.percent("min_down_payment");
    form.hold("min_down_payment", min_down_payment < Rate::ONE);
    let (conditions, classes) = (form.ticked("condition"), form.ticked("class"));
    form.hold("conditions", !conditions.is_empty());
    let energies = form.ticked("energy");
    let vehicle = VehicleLimits {
        max_age_months: form.optional("max_age_months"),
        max_age_months_at_end: form.optional("max_age_months_at_end"),
        max_mileage_km: form.optional("max_mileage_km"),
    };
    let max_age_at_end = form.number("max_age_at_end", 18..=100);
    let grades = form.ticked::<Grade>("grade");
    form.hold("grades", !grades.is_empty());
    let (min_rate, max_rate) = (form.percent("min_rate"), form.percent("max_rate"));
    form.hold("max_rate", min_rate <= max_rate);
    let daily_quota = form.number("daily_quota", 1..=1_000_000);
    let opening = form.hours();
    let address = form.address(guard);
    let api_key = form.api_key(is_new);
    let timeout_ms = form.number("timeout_ms", TIMEOUT_MS);
    let Form { faults, .. } = form;
    let key = FunderKey::try_from(NO_KEY.to_owned());
    let (Ok(key), Some(opening), true) = (key, opening, faults.is_empty()) else { return Err(faults) };
    let terms = Funder {
        key,
        name,
        legal_name,
        credit_code,
        address: registered,
        phone,
        personality: Personality::Standard,
        products,
        regions,
        amount,
        months,
        min_down_payment,
        conditions,
        classes,
        energies,
        vehicle,
        max_age_at_end,
        grades,
        min_rate,
        max_rate,
        daily_quota,
        opening,
    };
    debug_assert_eq!(terms.problem(), None);
    Ok(Entered { terms, address, api_key, timeout_ms })
}

struct Form<'a> {
    fields: &'a Fields,
    faults: Vec<&'static str>,
}

impl Form<'_> {
    fn raw(&self, name: &str) -> &str {
        self.fields.get(name).map(|text| text.trim()).unwrap_or_default()
    }

    fn hold(&mut self, name: &'static str, fits: bool) {
        if !fits && !self.faults.contains(&name) {
            self.faults.push(name);
        }
    }

    fn known<T: Default>(&mut self, name: &'static str, value: Option<T>) -> T {
        self.hold(name, value.is_some());
        value.unwrap_or_default()
    }

    /// A text of 1 to so many characters on one line.
    fn text(&mut self, name: &'static str, longest: usize) -> String {
        let text = self.raw(name).to_owned();
        let fits = (1..=longest).contains(&text.chars().count()) && !text.chars().any(char::is_control);
        self.hold(name, fits);
        text
    }

    fn list(&self, name: &str) -> Vec<String> {
        let parts = self.raw(name).split([',', '，', '、', ' ', ';', '；']);
        parts.filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    fn ticked<T: serde::de::DeserializeOwned>(&self, sort: &str) -> Vec<T> {
        let codes = TICKED.iter().find(|(known, _)| *known == sort).map(|(_, codes)| *codes);
        let chosen =
            codes.unwrap_or_default().iter().filter(|code| !self.raw(&format!("{sort}-{code}")).is_empty());
        chosen.filter_map(|code| serde_json::from_value(json!(code)).ok()).collect()
    }

    fn number<T: FromStr + Default + PartialOrd>(
        &mut self,
        name: &'static str,
        range: RangeInclusive<T>,
    ) -> T {
        let number = self.raw(name).parse().ok().filter(|number| range.contains(number));
        self.known(name, number)
    }

    fn optional<T: FromStr>(&mut self, name: &'static str) -> Option<T> {
        if self.raw(name).is_empty() {
            return None;
        }
        let number = self.raw(name).parse().ok();
        self.hold(name, number.is_some());
        number
    }

    /// Digits with at most so many decimals.
    fn decimal(&self, name: &str, decimals: u32) -> Option<Decimal> {
        let text = self.raw(name);
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') && text.len() <= 12;
        let number = Decimal::from_str(text).ok()?;
        (plain && number.scale() <= decimals).then_some(number)
    }

    fn yuan(&mut self, name: &'static str) -> Fen {
        let fen = self.decimal(name, 2).and_then(|yuan| Fen::round(yuan * Decimal::ONE_HUNDRED).ok());
        self.hold(name, fen.is_some());
        fen.unwrap_or(Fen::ZERO)
    }

    fn percent(&mut self, name: &'static str) -> Rate {
        let percent = self.decimal(name, 4).filter(|percent| *percent <= Decimal::ONE_HUNDRED);
        let rate = percent.and_then(|percent| Rate::new(percent / Decimal::ONE_HUNDRED).ok());
        self.known(name, rate)
    }

    fn months(&mut self) -> Vec<Months> {
        let read = |text: &String| Months::new(text.parse().ok()?).ok();
        let months: Option<Vec<Months>> = self.list("months").iter().map(read).collect();
        let mut months = self.known("months", months.filter(|all| (1..=MAX_TERMS).contains(&all.len())));
        months.sort();
        months.dedup();
        months
    }

    fn hours(&mut self) -> Option<OpeningHours> {
        let days: Vec<u8> = (1..=7).filter(|day| !self.raw(&format!("day{day}")).is_empty()).collect();
        let file = json!({"days": days, "from": self.raw("from"), "to": self.raw("to")});
        let hours =
            serde_json::from_value::<OpeningHours>(file).ok().filter(|hours| hours.problem().is_none());
        self.hold("hours", hours.is_some());
        hours
    }

    fn address(&mut self, guard: &Guard) -> String {
        let address = guard.read(self.raw("address")).ok().map(String::from);
        let address = address.and_then(|address| BaseUrl::parse(&address).ok()).map(String::from);
        self.known("address", address)
    }

    fn api_key(&mut self, is_new: bool) -> Option<String> {
        let key = self.raw("api_key").to_owned();
        if key.is_empty() {
            self.hold("api_key", !is_new);
            return None;
        }
        let fits = key.len() <= MAX_KEY && key.bytes().all(|byte| byte.is_ascii_graphic());
        self.hold("api_key", fits);
        Some(key)
    }
}

/// What stands in an empty form: what is usual.
pub(crate) fn usual() -> Fields {
    let ticked = [
        "product-loan",
        "condition-new",
        "condition-used",
        "class-passenger",
        "grade-A",
        "grade-B",
        "grade-C",
    ];
    let texts = [
        ("amount_min", "10000"),
        ("amount_max", "500000"),
        ("months", "12, 24, 36"),
        ("min_down_payment", "20"),
        ("max_age_at_end", "65"),
        ("min_rate", "5"),
        ("max_rate", "15"),
        ("daily_quota", "200"),
        ("from", "00:00"),
        ("to", "00:00"),
        ("timeout_ms", "3000"),
    ];
    let days = (1..=7).map(|day| (format!("day{day}"), "1".to_owned()));
    let texts = texts.into_iter().chain(ticked.into_iter().map(|name| (name, "1")));
    texts.map(|(name, value)| (name.to_owned(), value.to_owned())).chain(days).collect()
}

/// What a funder finances, as a form has it: to begin another one like it.
pub(crate) fn like(funder: &Funder) -> Fields {
    let percent = |rate: Rate| (rate.fraction() * Decimal::ONE_HUNDRED).normalize().to_string();
    let yuan = |fen: Fen| (Decimal::new(fen.get(), 2)).normalize().to_string();
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    let codes = |value: Value| -> Vec<String> { serde_json::from_value(value).unwrap_or_default() };
    let months: Vec<String> = funder.months.iter().map(ToString::to_string).collect();
    let regions: Vec<&str> = funder.regions.iter().map(Region::code).collect();
    let hours = json!(funder.opening);
    let hour = |name: &str| hours[name].as_str().unwrap_or_default().to_owned();
    let texts = [
        ("regions", regions.join(", ")),
        ("amount_min", yuan(funder.amount.min)),
        ("amount_max", yuan(funder.amount.max)),
        ("months", months.join(", ")),
        ("min_down_payment", percent(funder.min_down_payment)),
        ("max_age_months", number(funder.vehicle.max_age_months.map(u32::from))),
        ("max_age_months_at_end", number(funder.vehicle.max_age_months_at_end.map(u32::from))),
        ("max_mileage_km", number(funder.vehicle.max_mileage_km)),
        ("max_age_at_end", funder.max_age_at_end.to_string()),
        ("min_rate", percent(funder.min_rate)),
        ("max_rate", percent(funder.max_rate)),
        ("daily_quota", funder.daily_quota.to_string()),
        ("from", hour("from")),
        ("to", hour("to")),
        ("timeout_ms", "3000".to_owned()),
    ];
    let lists = [
        ("product", json!(funder.products)),
        ("condition", json!(funder.conditions)),
        ("class", json!(funder.classes)),
        ("energy", json!(funder.energies)),
        ("grade", json!(funder.grades)),
    ];
    let ticked = lists.into_iter().flat_map(|(sort, list)| {
        codes(list).into_iter().map(move |code| (format!("{sort}-{code}"), "1".to_owned()))
    });
    let days = funder.opening.days.iter().map(|day| (format!("day{day}"), "1".to_owned()));
    let texts = texts.into_iter().map(|(name, value)| (name.to_owned(), value));
    texts.chain(ticked).chain(days).collect()
}

/// A form to change a funder; its key stands in none.
pub(crate) fn of(own: &Own) -> Fields {
    let terms = &own.terms;
    let texts = [
        ("name_zh", terms.name.zh.clone()),
        ("name_en", terms.name.en.clone()),
        ("legal_name", terms.legal_name.clone()),
        ("credit_code", terms.credit_code.clone()),
        ("registered", terms.address.clone()),
        ("phone", terms.phone.clone()),
        ("address", own.address.clone()),
        ("timeout_ms", own.timeout_ms.to_string()),
    ];
    let mut fields = like(terms);
    fields.extend(texts.map(|(name, value)| (name.to_owned(), value)));
    fields
}
