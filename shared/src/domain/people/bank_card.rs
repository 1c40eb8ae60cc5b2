//! A bank card number: 16 to 19 digits with a Luhn check digit.

use super::half_width;
use crate::domain::lang::Lang;
use std::fmt;

/// A bank card number. Prints its last four digits only.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct BankCard(String);

impl BankCard {
    /// Reads a typed number; blanks and hyphens go.
    ///
    /// # Errors
    /// `bank_card_digits`, `bank_card_length` (16 to 19) or `bank_card_checksum` (Luhn).
    pub fn parse(text: &str) -> Result<BankCard, BankCardError> {
        let digits = half_width(text).replace('-', "");
        if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(BankCardError::Digits);
        }
        if !(16..=19).contains(&digits.len()) {
            return Err(BankCardError::Length);
        }
        if luhn_sum(&digits) % 10 != 0 {
            return Err(BankCardError::Checksum);
        }
        Ok(BankCard(digits))
    }

    /// The last four digits behind `*`.
    pub fn masked(&self) -> String {
        format!("{}{}", "*".repeat(self.0.len() - 4), &self.0[self.0.len() - 4..])
    }

    /// The number in full. A deliberate act.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BankCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

impl fmt::Debug for BankCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BankCard({})", self.masked())
    }
}

/// Why a text is not a bank card number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BankCardError {
    /// Not 16 to 19 digits.
    Length,
    /// Something else than digits.
    Digits,
    /// The check digit does not fit.
    Checksum,
}

impl BankCardError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            BankCardError::Length => "bank_card_length",
            BankCardError::Digits => "bank_card_digits",
            BankCardError::Checksum => "bank_card_checksum",
        }
    }

    /// What is wrong and what to do about it.
    pub fn text(&self, lang: Lang) -> &'static str {
        match self {
            BankCardError::Length => lang.pick(
                "银行卡号应为16至19位，请核对。",
                "A bank card number has 16 to 19 digits: please check it.",
            ),
            BankCardError::Digits => lang.pick(
                "银行卡号只能是数字，请修改。",
                "A bank card number is made of digits: please correct it.",
            ),
            BankCardError::Checksum => lang.pick(
                "银行卡号有一位不正确，请对照卡片核对。",
                "One digit of the bank card number is wrong: compare it with the card.",
            ),
        }
    }
}

impl fmt::Display for BankCardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text(Lang::En))
    }
}

impl std::error::Error for BankCardError {}

/// The Luhn sum (ISO/IEC 7812-1): from the right, every second digit doubled and its own digits added.
fn luhn_sum(digits: &str) -> u32 {
    let weigh = |(place, byte): (usize, u8)| {
        let digit = u32::from(byte - b'0') * if place % 2 == 1 { 2 } else { 1 };
        digit / 10 + digit % 10
    };
    digits.bytes().rev().enumerate().map(weigh).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_right_and_wrong() {
        assert_eq!(BankCard::parse("6222 0212 3456 7890 128").map(|_| ()), check("6222021234567890128"));
        for (typed, answer) in [
            ("4111 1111 1111 1111", Ok(())),
            ("4111-1111-1111-1111", Ok(())),
            ("4111111111111112", Err("bank_card_checksum")),
            ("1411111111111111", Err("bank_card_checksum")),
            ("411111111111111", Err("bank_card_length")),
            ("41111111111111111111", Err("bank_card_length")),
            ("4111x11111111111", Err("bank_card_digits")),
            ("", Err("bank_card_length")),
        ] {
            assert_eq!(BankCard::parse(typed).map(|_| ()).map_err(|e| e.code()), answer, "{typed}");
        }
    }

    #[test]
    fn it_prints_masked() {
        let card = BankCard::parse("4111111111111111").unwrap();
        assert_eq!(format!("{card} {card:?}"), "************1111 BankCard(************1111)");
        assert_eq!(card.reveal(), "4111111111111111");
    }

    /// Luhn written the other way round, from the left.
    fn check(digits: &str) -> Result<(), BankCardError> {
        let parity = digits.len() % 2;
        let sum: u32 = digits
            .chars()
            .enumerate()
            .map(|(i, c)| match (i % 2 == parity, c.to_digit(10).unwrap()) {
                (true, d) if d > 4 => 2 * d - 9,
                (true, d) => 2 * d,
                (false, d) => d,
            })
            .sum();
        if sum.is_multiple_of(10) { Ok(()) } else { Err(BankCardError::Checksum) }
    }
}
