//! A mobile number in mainland China: `1[3-9]` and nine more digits.

use super::half_width;
use crate::domain::lang::Lang;
use std::fmt;

/// A mobile number of eleven digits. Prints masked.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a typed number; blanks, hyphens and the country code 86 in any of its spellings go.
    ///
    /// # Errors
    /// `phone_digits` for other characters, `phone_length` for other than eleven digits, `phone_prefix` for a number
    /// that is no mobile number.
    pub fn parse(text: &str) -> Result<Phone, PhoneError> {
        let text: String = half_width(text).chars().filter(|c| !matches!(c, '-' | '(' | ')')).collect();
        let national = text.strip_prefix("+86").or_else(|| text.strip_prefix("0086")).unwrap_or(&text);
        let national = national.strip_prefix("86").filter(|rest| rest.len() == 11).unwrap_or(national);
        if !national.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PhoneError::Digits);
        }
        match national.as_bytes() {
            [b'1', b'3'..=b'9', rest @ ..] if rest.len() == 9 => Ok(Phone(national.to_owned())),
            digits if digits.len() != 11 => Err(PhoneError::Length),
            _ => Err(PhoneError::Prefix),
        }
    }

    /// First three and last four digits, the rest as `*`.
    pub fn masked(&self) -> String {
        format!("{}****{}", &self.0[..3], &self.0[7..])
    }

    /// The number in full. A deliberate act.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Phone({})", self.masked())
    }
}

/// Why a text is not a mobile number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PhoneError {
    /// Not eleven digits.
    Length,
    /// Something else than digits.
    Digits,
    /// Not a mobile number's beginning.
    Prefix,
}

impl PhoneError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            PhoneError::Length => "phone_length",
            PhoneError::Digits => "phone_digits",
            PhoneError::Prefix => "phone_prefix",
        }
    }

    /// What is wrong and what to do about it.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            PhoneError::Length => {
                lang.pick("手机号码应为11位，请核对。", "A mobile number has 11 digits: please check it.")
            }
            PhoneError::Digits => lang.pick(
                "手机号码只能是数字，请修改。",
                "A mobile number is made of digits: please correct it.",
            ),
            PhoneError::Prefix => lang.pick(
                "请填写中国大陆手机号码，以13至19开头。",
                "Give a mainland Chinese mobile number; it begins with 13 to 19.",
            ),
        }
    }
}

impl fmt::Display for PhoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for PhoneError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_people_type_it() {
        for typed in [
            "13800138000",
            " 138 0013 8000",
            "138-0013-8000",
            "+86 13800138000",
            "008613800138000",
            "8613800138000",
            "(+86)138-0013-8000",
            "１３８００１３８０００",
        ] {
            assert_eq!(Phone::parse(typed).unwrap().reveal(), "13800138000", "{typed}");
        }
    }

    #[test]
    fn wrong_numbers_say_what_is_wrong() {
        for (typed, code) in [
            ("", "phone_length"),
            ("1380013800", "phone_length"),
            ("138001380000", "phone_length"),
            ("12800138000", "phone_prefix"),
            ("23800138000", "phone_prefix"),
            ("1380013800O", "phone_digits"),
            ("电话13800138000", "phone_digits"),
            ("+1 3800138000", "phone_digits"),
        ] {
            assert_eq!(Phone::parse(typed).unwrap_err().code(), code, "{typed}");
        }
    }

    #[test]
    fn it_prints_masked() {
        let phone = Phone::parse("13800138000").unwrap();
        assert_eq!(format!("{phone} {phone:?}"), "138****8000 Phone(138****8000)");
    }
}
