//! The resident identity number (公民身份号码, GB 11643-1999).

use super::{Age, Sex, half_width};
use crate::domain::{lang::Lang, region::Region};
use jiff::civil::Date;
use std::fmt;

/// Characters of a number.
pub const ID_NUMBER_CHARS: usize = 18;

/// A birth year before this one is a misreading. Low enough for the standard's own example of 1880: who is too old to
/// borrow is the product's to say.
const EARLIEST_BIRTH_YEAR: i16 = 1850;

/// Weights of the first 17 digits (GB 11643-1999).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

/// Check characters by the weighted sum modulo 11 (GB 11643-1999).
const CHECK_CHARACTERS: &[u8; 11] = b"10X98765432";

/// A resident identity number whose check character and birth date are right. Prints masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct IdNumber {
    text: String,
    birth: Date,
}

impl IdNumber {
    /// Reads a typed or recognised number. White space goes, full-width digits and a lower-case `x` are normalised.
    ///
    /// # Errors
    /// See [`IdNumberError`]. An unknown region is not an error: see [`IdNumber::province_known`].
    pub fn parse(text: &str, today: Date) -> Result<IdNumber, IdNumberError> {
        let number = IdNumber::read_back(text)?;
        if number.birth > today {
            return Err(IdNumberError::Future);
        }
        Ok(number)
    }

    /// Reads a number that was parsed before and comes from our own store: everything is checked but the birth date
    /// against today.
    ///
    /// # Errors
    /// See [`IdNumberError`]; never `id_number_future`.
    pub fn read_back(text: &str) -> Result<IdNumber, IdNumberError> {
        let text = half_width(text).to_ascii_uppercase();
        if text.chars().count() != ID_NUMBER_CHARS {
            return Err(IdNumberError::Length);
        }
        let Some((first17, last)) = split(&text) else { return Err(IdNumberError::Letters) };
        if check_character(first17) != Some(last) {
            return Err(IdNumberError::Checksum);
        }
        let birth = birth_date(first17).ok_or(IdNumberError::BirthDate)?;
        Ok(IdNumber { text, birth })
    }

    /// The birth date that the number carries.
    pub fn birth(&self) -> Date {
        self.birth
    }

    /// The sex that the number carries: an odd sequence number is male.
    pub fn sex(&self) -> Sex {
        match self.text.as_bytes()[16] % 2 {
            1 => Sex::Male,
            _ => Sex::Female,
        }
    }

    /// The six digits of the region where the number was given (GB/T 2260, also abolished codes).
    pub fn region_code(&self) -> &str {
        &self.text[..6]
    }

    /// The province of [`IdNumber::region_code`]; `None` where the province is unknown.
    pub fn province(&self) -> Option<Region> {
        Region::province_of_code(self.region_code())
    }

    /// Whether the number's province is one we know. `false` is worth a warning and never a rejection: codes are
    /// abolished and stay on living people's cards.
    pub fn province_known(&self) -> bool {
        self.province().is_some()
    }

    /// Full years of age on this date; 0 before birth. Who is born on 29 February has a birthday on 1 March in other
    /// years.
    pub fn age_on(&self, date: Date) -> Age {
        Age::between(self.birth, date)
    }

    /// First three and last four characters, the rest as `*` (customary masking of JR/T 0171-2020 C2 data).
    pub fn masked(&self) -> String {
        format!("{}{}{}", &self.text[..3], "*".repeat(ID_NUMBER_CHARS - 7), &self.text[ID_NUMBER_CHARS - 4..])
    }

    /// The number in full. A deliberate act: for the encrypted store, a partner call or a logged reveal.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for IdNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IdNumber({})", self.masked())
    }
}

/// The check character of the first 17 digits; `None` where they are not 17 ASCII digits.
pub fn check_character(first17: &str) -> Option<char> {
    let digits = first17.as_bytes();
    if digits.len() != WEIGHTS.len() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    Some(char::from(CHECK_CHARACTERS[(sum % 11) as usize]))
}

/// Why a text is not an ID number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum IdNumberError {
    /// Not 18 characters.
    Length,
    /// Something else than digits, or than a digit or X at the end.
    Letters,
    /// The check character does not fit: some character is wrong.
    Checksum,
    /// The birth date is not in the calendar, or before 1850.
    BirthDate,
    /// The birth date lies in the future.
    Future,
}

impl IdNumberError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            IdNumberError::Length => "id_number_length",
            IdNumberError::Letters => "id_number_letters",
            IdNumberError::Checksum => "id_number_checksum",
            IdNumberError::BirthDate => "id_number_birth_date",
            IdNumberError::Future => "id_number_future",
        }
    }

    /// What is wrong and what to do about it, for the person who typed it.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            IdNumberError::Length => lang.pick(
                "身份证号码应为18位，请核对是否多输或漏输。",
                "An ID number has 18 characters: check whether one is missing or too many.",
            ),
            IdNumberError::Letters => lang.pick(
                "身份证号码只能是数字，最后一位可以是X，请修改。",
                "An ID number is made of digits, and its last character may be X: please correct it.",
            ),
            IdNumberError::Checksum => lang.pick(
                "身份证号码有一位不正确，请对照证件逐位核对。",
                "One character of the ID number is wrong: compare it with the card.",
            ),
            IdNumberError::BirthDate => lang.pick(
                "身份证号码中的出生日期不存在，请核对第7至14位。",
                "The birth date in the ID number does not exist: check characters 7 to 14.",
            ),
            IdNumberError::Future => lang.pick(
                "身份证号码中的出生日期晚于今天，请核对第7至14位。",
                "The birth date in the ID number lies in the future: check characters 7 to 14.",
            ),
        }
    }
}

impl fmt::Display for IdNumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for IdNumberError {}

/// The 17 digits and the check character of a text of 18; `None` where a character may not stand where it stands.
fn split(text: &str) -> Option<(&str, char)> {
    if !text.is_ascii() {
        return None;
    }
    let (first17, last) = text.split_at(17);
    let last = last.chars().next()?;
    let sound = first17.bytes().all(|byte| byte.is_ascii_digit()) && (last.is_ascii_digit() || last == 'X');
    sound.then_some((first17, last))
}

fn birth_date(first17: &str) -> Option<Date> {
    let year = first17[6..10].parse().ok()?;
    let month = first17[10..12].parse().ok()?;
    let day = first17[12..14].parse().ok()?;
    Date::new(year, month, day).ok().filter(|birth| birth.year() >= EARLIEST_BIRTH_YEAR)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn today() -> Date {
        date(2026, 3, 1)
    }

    fn number(text: &str) -> IdNumber {
        IdNumber::parse(text, today()).unwrap()
    }

    #[test]
    fn known_good_numbers() {
        let first = number("11010519491231002X");
        assert_eq!(first.birth(), date(1949, 12, 31));
        assert_eq!(first.sex(), Sex::Female);
        assert_eq!(first.region_code(), "110105");
        assert!(first.province_known());
        let second = number("440524188001010014");
        assert_eq!((second.birth(), second.sex()), (date(1880, 1, 1), Sex::Male));
        assert_eq!(second.province().map(|province| province.code().to_owned()), Some("44".into()));
    }

    #[test]
    fn as_people_type_it() {
        for typed in [
            " 11010519491231002x ",
            "１１０１０５１９４９１２３１００２Ｘ",
            "110105 19491231 002X",
            "11010519491231002ｘ\u{200B}",
        ] {
            assert_eq!(number(typed).reveal(), "11010519491231002X", "{typed}");
        }
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        for (typed, code) in [
            ("", "id_number_length"),
            ("1101051949123100", "id_number_length"),
            ("110105491231002", "id_number_length"),
            ("11010519491231002X1", "id_number_length"),
            ("1101051949123100２Ｘ9", "id_number_length"),
            ("11010519491231OO2X", "id_number_letters"),
            ("1101051949123X0021", "id_number_letters"),
            ("11010519491231002Y", "id_number_letters"),
            ("一一〇一〇五一九四九一二三一〇〇二", "id_number_length"),
            ("一一〇一〇五一九四九一二三一〇〇二零", "id_number_letters"),
            ("110105194912310021", "id_number_checksum"),
            ("110105194912310X2X", "id_number_letters"),
            (&with_check("11010519490231002"), "id_number_birth_date"),
            (&with_check("11010519491331002"), "id_number_birth_date"),
            (&with_check("11010510001231002"), "id_number_birth_date"),
            (&with_check("11010519000229002"), "id_number_birth_date"),
            (&with_check("11010520260302002"), "id_number_future"),
            (&with_check("11010520991231002"), "id_number_future"),
        ] {
            let error = IdNumber::parse(typed, today()).unwrap_err();
            assert_eq!(error.code(), code, "{typed}");
            assert!(error.text(Lang::Zh).ends_with('。') && error.to_string().ends_with('.'));
        }
        assert!(IdNumber::parse(&with_check("11010520260301002"), today()).is_ok(), "born today");
        assert!(IdNumber::parse(&with_check("11010520000229002"), today()).is_ok(), "leap day");
    }

    #[test]
    fn an_unknown_region_is_no_error() {
        let abolished = number(&with_check("51023119800101001")); // Tongliang in Sichuan, now Chongqing
        assert!(abolished.province_known());
        let unknown = number(&with_check("99000019800101001"));
        assert!(!unknown.province_known());
    }

    #[test]
    fn ages_turn_on_the_birthday() {
        let leap = number(&with_check("11010520080229002"));
        for (on, years) in [
            (date(2008, 2, 28), 0),
            (date(2009, 2, 28), 0),
            (date(2009, 3, 1), 1),
            (date(2026, 2, 28), 17),
            (date(2026, 3, 1), 18),
            (date(2028, 2, 29), 20),
        ] {
            assert_eq!(leap.age_on(on).years(), years, "{on}");
        }
    }

    #[test]
    fn it_prints_masked() {
        let number = number("11010519491231002X");
        assert_eq!(number.masked(), "110***********002X");
        assert_eq!(format!("{number}"), "110***********002X");
        assert_eq!(format!("{number:?}"), "IdNumber(110***********002X)");
        assert_eq!(number.masked().len(), ID_NUMBER_CHARS);
    }

    pub(crate) fn with_check(first17: &str) -> String {
        format!("{first17}{}", check_character(first17).unwrap())
    }

    fn any_number() -> impl Strategy<Value = String> {
        (100_000..700_000u32, 1950..2005i16, 1..=12i8, 1..=28i8, 0..1000u16)
            .prop_map(|(region, y, m, d, seq)| with_check(&format!("{region}{y}{m:02}{d:02}{seq:03}")))
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(128))]

        #[test]
        fn every_single_wrong_digit_is_noticed(text in any_number(), place in 0..18usize, other in 0..10u8) {
            let mut wrong = text.clone().into_bytes();
            prop_assume!(wrong[place] != b'0' + other);
            wrong[place] = b'0' + other;
            let wrong = String::from_utf8(wrong).unwrap();
            prop_assert_eq!(IdNumber::parse(&wrong, today()).unwrap_err(), IdNumberError::Checksum);
            prop_assert!(IdNumber::parse(&text, today()).is_ok());
        }

        #[test]
        fn neighbours_swapped_are_noticed(text in any_number(), place in 0..16usize) {
            let mut wrong = text.into_bytes();
            prop_assume!(wrong[place] != wrong[place + 1]);
            wrong.swap(place, place + 1);
            prop_assert!(IdNumber::parse(std::str::from_utf8(&wrong).unwrap(), today()).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = IdNumber::parse(&text, today());
        }
    }
}
