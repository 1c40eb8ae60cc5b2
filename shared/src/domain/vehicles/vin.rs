//! The vehicle identification number (ISO 3779; GB 16735).

use crate::domain::{lang::Lang, people::half_width};
use std::fmt;

/// Characters of a number.
const VIN_CHARS: usize = 17;

/// Weights by place; the check digit's own place weighs nothing (GB 16735).
const WEIGHTS: [u32; VIN_CHARS] = [8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2];

/// Where the check digit stands, counted from 0.
const CHECK_PLACE: usize = 8;

/// A vehicle identification number. `Debug`, which may end up in a log, shows its last six characters only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Vin(String);

impl Vin {
    /// Reads a typed or recognised number in any case; blanks go.
    ///
    /// # Errors
    /// `vin_length`, `vin_letters` (I, O and Q stand in no VIN), and `vin_check_digit` for a vehicle made in China or
    /// North America, where the check digit is mandatory. Elsewhere a wrong one is a [`VinWarning`].
    pub fn parse(text: &str) -> Result<Vin, VinError> {
        let vin = Vin::shaped(text)?;
        if !vin.check_digit_fits() && vin.check_digit_mandatory() {
            return Err(VinError::CheckDigit);
        }
        Ok(vin)
    }

    /// Reads a number whose check digit a person has overridden, which the caller records.
    ///
    /// # Errors
    /// `vin_length`, `vin_letters`.
    pub fn parse_overridden(text: &str) -> Result<Vin, VinError> {
        Vin::shaped(text)
    }

    /// What is odd about a number that is accepted all the same.
    pub fn warning(&self) -> Option<VinWarning> {
        (!self.check_digit_fits()).then_some(VinWarning::CheckDigit)
    }

    /// Whether the check digit at place 9 is the one that the other characters ask for.
    pub fn check_digit_fits(&self) -> bool {
        let sum: u32 = self.0.bytes().zip(WEIGHTS).map(|(byte, weight)| value(byte) * weight).sum();
        let digit = match sum % 11 {
            10 => b'X',
            rest => b'0' + rest as u8,
        };
        self.0.as_bytes()[CHECK_PLACE] == digit
    }

    /// Whether the maker's country makes the check digit mandatory: China (L), North America (1 to 5).
    pub fn check_digit_mandatory(&self) -> bool {
        matches!(self.0.as_bytes()[0], b'L' | b'1'..=b'5')
    }

    /// Whether the vehicle was made in mainland China.
    pub fn made_in_china(&self) -> bool {
        self.0.starts_with('L')
    }

    /// The number, 17 upper-case characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn shaped(text: &str) -> Result<Vin, VinError> {
        let text = half_width(text).to_ascii_uppercase();
        if text.chars().count() != VIN_CHARS {
            return Err(VinError::Length);
        }
        let known = |byte: u8| byte.is_ascii_alphanumeric() && !matches!(byte, b'I' | b'O' | b'Q');
        if text.bytes().all(known) { Ok(Vin(text)) } else { Err(VinError::Letters) }
    }
}

impl fmt::Display for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Vin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vin(***********{})", &self.0[11..])
    }
}

/// What is odd about an accepted number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VinWarning {
    /// The check digit does not fit; its maker's country does not demand one.
    CheckDigit,
}

impl VinWarning {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "vin_check_digit_imported"
    }

    /// What is odd and what to do about it.
    pub fn text(&self, lang: Lang) -> &'static str {
        lang.pick(
            "车辆识别代号校验位不符；进口车辆可以如此，请对照车架核对。",
            "The VIN's check digit does not fit; an imported vehicle may be so: compare it with the vehicle.",
        )
    }
}

/// Why a text is not a VIN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VinError {
    /// Not 17 characters.
    Length,
    /// A character that stands in no VIN.
    Letters,
    /// The mandatory check digit does not fit.
    CheckDigit,
}

impl VinError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            VinError::Length => "vin_length",
            VinError::Letters => "vin_letters",
            VinError::CheckDigit => "vin_check_digit",
        }
    }

    /// What is wrong and what to do about it.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            VinError::Length => {
                lang.pick("车辆识别代号应为17位，请核对。", "A VIN has 17 characters: please check it.")
            }
            VinError::Letters => lang.pick(
                "车辆识别代号由数字和字母组成，不含I、O、Q，请核对。",
                "A VIN is made of digits and letters without I, O and Q: please check it.",
            ),
            VinError::CheckDigit => lang.pick(
                "车辆识别代号有一位不正确，请对照行驶证核对。",
                "One character of the VIN is wrong: compare it with the vehicle licence.",
            ),
        }
    }
}

impl fmt::Display for VinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for VinError {}

/// A character's value (ISO 3779): A–H 1–8, J–N 1–5, P 7, R 9, S–Z 2–9, digits their own.
fn value(byte: u8) -> u32 {
    u32::from(match byte {
        b'A'..=b'H' => byte - b'A' + 1,
        b'J'..=b'N' => byte - b'J' + 1,
        b'P' => 7,
        b'R' => 9,
        b'S'..=b'Z' => byte - b'S' + 2,
        _ => byte - b'0',
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_good_numbers() {
        for text in ["LSVWY4180KN246094", " lsvwy4180kn246094 ", "1M8GDM9AXKP042788", "11111111111111111"] {
            let vin = Vin::parse(text).unwrap();
            assert!(vin.check_digit_fits() && vin.warning().is_none(), "{text}");
        }
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        for (text, code) in [
            ("", "vin_length"),
            ("LSVWY4180KN24609", "vin_length"),
            ("LSVWY4180KN2460945", "vin_length"),
            ("LSVWY418OKN246094", "vin_letters"),
            ("LSVWY4180KN24609I", "vin_letters"),
            ("LSVWY4180KN24609车", "vin_letters"),
            ("LSVWY4181KN246094", "vin_check_digit"),
            ("1M8GDM9A1KP042788", "vin_check_digit"),
        ] {
            assert_eq!(Vin::parse(text).unwrap_err().code(), code, "{text}");
        }
    }

    #[test]
    fn an_import_with_another_check_digit_is_a_warning() {
        let vin = Vin::parse("WVWZZZ1JZXW000001").unwrap();
        assert_eq!(vin.warning().map(|warning| warning.code()), Some("vin_check_digit_imported"));
        assert!(!vin.made_in_china());
        assert!(Vin::parse_overridden("LSVWY4181KN246094").unwrap().warning().is_some());
    }

    #[test]
    fn debug_is_masked() {
        assert_eq!(format!("{:?}", Vin::parse("LSVWY4180KN246094").unwrap()), "Vin(***********246094)");
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(128))]
        #[test]
        fn a_wrong_digit_in_a_serial_is_noticed(place in 11..17usize, digit in 0..10u8) {
            let mut bytes = b"LSVWY4180KN246094".to_vec();
            prop_assume!(bytes[place] != b'0' + digit);
            bytes[place] = b'0' + digit;
            let text = String::from_utf8(bytes).unwrap();
            prop_assert_eq!(Vin::parse(&text).unwrap_err(), VinError::CheckDigit);
        }
    }
}
