//! What is typed and what is kept: money in yuan on the screen and in fen in the case, numbers without their blanks; and
//! the checks between fields, which warn and never refuse.

use jiff::civil::Date;
use shared::app::CaseView;
use shared::document::{Field, fields::Rule};
use shared::domain::{Fen, IdNumber, PersonName, Plate, Sex, Vin, lang::Lang};

/// The kept value as it is shown in the field: `12880000` fen is `128,800`.
pub fn shown(field: Field, kept: &str) -> String {
    match field.rule() {
        Rule::Money => kept
            .parse::<i64>()
            .ok()
            .and_then(|fen| Fen::new(fen).ok())
            .map_or_else(|| kept.to_owned(), |fen| fen.to_string().trim_end_matches(".00").to_owned()),
        // Mileage; a term or a number of keys is short enough.
        Rule::Whole(1_000_000..) => thousands(kept),
        Rule::Phone if kept.len() == 11 && kept.is_ascii() => {
            format!("{} {} {}", &kept[..3], &kept[3..7], &kept[7..])
        }
        Rule::BankCard if kept.bytes().all(|b| b.is_ascii_digit()) => kept
            .as_bytes()
            .chunks(4)
            .map(|four| std::str::from_utf8(four).unwrap_or_default())
            .collect::<Vec<_>>()
            .join(" "),
        _ => kept.to_owned(),
    }
}

/// What was typed as it is kept; what does not follow the field's rule is kept as it was typed.
pub fn kept(field: Field, typed: &str, today: Date) -> String {
    let typed = typed.trim();
    if typed.is_empty() {
        return String::new();
    }
    match field.rule() {
        Rule::Money => fen(typed).map_or_else(|| typed.to_owned(), |fen| fen.get().to_string()),
        Rule::Whole(_) => {
            let digits = typed.replace([',', '，', ' '], "");
            field.canonical(&digits, today)
        }
        _ => field.canonical(typed, today),
    }
}

/// An amount as people type it: `128800`, `128,800.50`, `12.88万`.
pub fn fen(typed: &str) -> Option<Fen> {
    let typed = typed.trim().trim_end_matches('元');
    match typed.strip_suffix('万').or_else(|| typed.strip_suffix(['w', 'W'])) {
        None => typed.parse().ok(),
        // A ten-thousandth of a wan is one yuan: reading it as yuan and multiplying the fen stays exact.
        Some(wan) => wan.trim().parse::<Fen>().ok()?.times(10_000).ok(),
    }
}

/// What is wrong with a kept value, in words; `None` where nothing is, or where the field is empty.
pub fn fault(field: Field, kept: &str, today: Date, lang: Lang) -> Option<String> {
    if kept.is_empty() {
        return None;
    }
    field.check(kept, today).err().map(|bad| bad.text(lang).to_owned())
}

/// What two fields say about each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Warning {
    /// The vehicle's owner is not the customer.
    OwnerOther,
    /// The day of birth is not the number's.
    BirthOther,
    /// The sex is not the number's.
    SexOther,
    /// The VIN's check digit does not fit.
    VinCheckDigit,
    /// A green plate on a fuel car, or the other way round.
    PlateEnergy,
    /// The card is no longer valid.
    CardOver,
}

impl Warning {
    /// The key of its text.
    pub fn key(self) -> &'static str {
        match self {
            Warning::OwnerOther => "warn-owner-other",
            Warning::BirthOther => "warn-birth-other",
            Warning::SexOther => "warn-sex-other",
            Warning::VinCheckDigit => "warn-vin-check-digit",
            Warning::PlateEnergy => "warn-plate-energy",
            Warning::CardOver => "warn-card-over",
        }
    }
}

/// What speaks against a field's value when the others are looked at.
pub fn cross_check(field: Field, case: &CaseView, today: Date) -> Option<Warning> {
    let number = || IdNumber::parse(case.text(Field::IdNumber), today).ok();
    match field {
        Field::Owner => {
            let (owner, name) =
                (PersonName::parse(case.text(Field::Owner)), PersonName::parse(case.text(Field::Name)));
            matches!((owner, name), (Ok(owner), Ok(name)) if !owner.same_as(&name))
                .then_some(Warning::OwnerOther)
        }
        Field::Birth => {
            let birth = case.text(Field::Birth).parse::<Date>().ok()?;
            (number()?.birth() != birth).then_some(Warning::BirthOther)
        }
        Field::Sex => {
            let sex = Sex::from_card(case.text(Field::Sex))?;
            (number()?.sex() != sex).then_some(Warning::SexOther)
        }
        Field::Vin => vin_needs_reason(case).then_some(Warning::VinCheckDigit),
        Field::Plate => {
            let plate = Plate::parse(case.text(Field::Plate)).ok()?;
            let new_energy = match case.text(Field::Energy) {
                "" => return None,
                energy => energy != "fuel",
            };
            // A new-energy car may still carry an old blue plate; a fuel car never carries a green one.
            (plate.is_new_energy() && !new_energy).then_some(Warning::PlateEnergy)
        }
        Field::CardUntil => {
            let until = case.text(Field::CardUntil).parse::<Date>().ok()?;
            (until < today).then_some(Warning::CardOver)
        }
        _ => None,
    }
}

/// Is a reason needed why the VIN counts although its check digit does not fit?
pub fn vin_needs_reason(case: &CaseView) -> bool {
    Vin::parse_overridden(case.text(Field::Vin))
        .is_ok_and(|vin| vin.check_digit_mandatory() && !vin.check_digit_fits())
}

/// What the ID number also says, for fields that are still empty.
pub fn from_id_number(case: &CaseView, number: &str, today: Date) -> Vec<(String, String)> {
    let Ok(number) = IdNumber::parse(number, today) else { return Vec::new() };
    let sex = number.sex().text(Lang::Zh).to_owned();
    [(Field::Sex, sex), (Field::Birth, number.birth().to_string())]
        .into_iter()
        .filter(|(field, _)| case.text(*field).is_empty())
        .map(|(field, text)| (field.key().to_owned(), text))
        .collect()
}

/// Digits in thousands, `45,200`; anything else as it is.
fn thousands(digits: &str) -> String {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.to_owned();
    }
    let mut text = String::with_capacity(digits.len() * 2);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisor::sample;
    use jiff::civil::date;

    const TODAY: Date = date(2026, 3, 1);

    #[test]
    fn money_is_typed_in_yuan_and_kept_in_fen() {
        for (typed, fen, again) in [
            ("128800", "12880000", "128,800"),
            ("¥128,800.50", "12880050", "128,800.50"),
            ("12.88万", "12880000", "128,800"),
            ("0", "0", "0"),
            ("about 5", "about 5", "about 5"),
            ("", "", ""),
        ] {
            let value = kept(Field::Price, typed, TODAY);
            assert_eq!(value, fen, "{typed}");
            assert_eq!(shown(Field::Price, &value), again, "{typed}");
        }
    }

    #[test]
    fn long_numbers_are_shown_in_groups_and_kept_without() {
        assert_eq!(shown(Field::Phone, "13800138000"), "138 0013 8000");
        assert_eq!(kept(Field::Phone, "138 0013 8000", TODAY), "13800138000");
        assert_eq!(kept(Field::Mileage, "45,200", TODAY), "45200");
        assert_eq!(shown(Field::Mileage, "45200"), "45,200");
        assert_eq!(shown(Field::BankCard, "6222021234567890123"), "6222 0212 3456 7890 123");
        assert_eq!(kept(Field::IdNumber, "11010519491231002x", TODAY), "11010519491231002X");
    }

    #[test]
    fn an_empty_field_has_no_fault_and_a_wrong_one_says_what_to_do() {
        assert_eq!(fault(Field::Phone, "", TODAY, Lang::Zh), None);
        assert!(fault(Field::Phone, "123", TODAY, Lang::Zh).unwrap().ends_with('。'));
    }

    #[test]
    fn fields_that_contradict_each_other_are_pointed_out() {
        let number = "11010519491231002X";
        for (fields, field, warning) in [
            (&[(Field::Name, "王小明"), (Field::Owner, "李雷")][..], Field::Owner, Some(Warning::OwnerOther)),
            (&[(Field::Name, "王小明"), (Field::Owner, "王小明")], Field::Owner, None),
            (
                &[(Field::IdNumber, number), (Field::Birth, "1950-01-01")],
                Field::Birth,
                Some(Warning::BirthOther),
            ),
            (&[(Field::IdNumber, number), (Field::Sex, "男")], Field::Sex, Some(Warning::SexOther)),
            (
                &[(Field::Plate, "京AD12345"), (Field::Energy, "fuel")],
                Field::Plate,
                Some(Warning::PlateEnergy),
            ),
            (&[(Field::CardUntil, "2020-01-01")], Field::CardUntil, Some(Warning::CardOver)),
            (&[(Field::CardUntil, "long")], Field::CardUntil, None),
        ] {
            assert_eq!(cross_check(field, &sample::case(fields), TODAY), warning, "{fields:?}");
        }
    }

    #[test]
    fn the_id_number_fills_only_what_is_empty() {
        let number = "11010519491231002X";
        let all = from_id_number(&sample::case(&[]), number, TODAY);
        assert_eq!(all, [("sex".into(), "女".into()), ("birth".into(), "1949-12-31".into())]);
        let rest = from_id_number(&sample::case(&[(Field::Sex, "男")]), number, TODAY);
        assert_eq!(rest, [("birth".into(), "1949-12-31".into())]);
        assert!(from_id_number(&sample::case(&[]), "110105", TODAY).is_empty());
    }
}
