//! Rates and shares: decimal fractions.

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The largest rate: 1,000 %. Beyond it somebody has written percent for a fraction.
const MAX_RATE: Decimal = Decimal::from_parts(10, 0, 0, false, 0);

/// Most decimals that a rate keeps: far beyond any use, and short enough for exact products with amounts.
const MAX_DECIMALS: u32 = 12;

/// A share, or a yearly rate, as a fraction: `0.0888` is 8.88 %. From 0 to 10. Serialised as a string, so that no
/// reader turns it into binary floating point.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Rate(Decimal);

impl Rate {
    /// Nothing.
    pub const ZERO: Rate = Rate(Decimal::ZERO);
    /// The whole.
    pub const ONE: Rate = Rate(Decimal::ONE);

    /// This fraction, rounded to twelve decimals.
    ///
    /// # Errors
    /// `rate_out_of_range` below 0 and above 10.
    pub fn new(fraction: Decimal) -> Result<Rate, RateError> {
        if fraction < Decimal::ZERO || fraction > MAX_RATE {
            return Err(RateError::OutOfRange);
        }
        let rounded = fraction.round_dp_with_strategy(MAX_DECIMALS, RoundingStrategy::MidpointAwayFromZero);
        Ok(Rate(rounded.normalize()))
    }

    /// This many basis points (1/10,000): 888 is 8.88 %. For rates written in code.
    pub fn basis_points(points: u16) -> Rate {
        Rate(Decimal::new(i64::from(points), 4).normalize())
    }

    /// The fraction.
    pub fn fraction(self) -> Decimal {
        self.0
    }

    /// A twelfth: what a yearly nominal rate is a month. Not rounded to a rate's decimals.
    pub fn monthly(self) -> Decimal {
        self.0 / Decimal::from(12)
    }

    /// The rate less another, at least 0.
    pub fn less(self, other: Rate) -> Rate {
        Rate((self.0 - other.0).max(Decimal::ZERO).normalize())
    }

    /// In percent with this many decimals, halves away from zero: `21.4%`.
    pub fn percent(self, decimals: u32) -> String {
        let percent = self.0 * Decimal::ONE_HUNDRED;
        let rounded = percent.round_dp_with_strategy(decimals, RoundingStrategy::MidpointAwayFromZero);
        format!("{rounded:.*}%", decimals as usize)
    }
}

impl fmt::Display for Rate {
    /// In percent without needless zeros: `8.88%`, `30%`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", (self.0 * Decimal::ONE_HUNDRED).normalize())
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rate({})", self.0)
    }
}

impl FromStr for Rate {
    type Err = RateError;

    /// Reads a fraction in plain digits, such as `0.0888`.
    fn from_str(text: &str) -> Result<Rate, RateError> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        if !plain || text.starts_with('.') || text.ends_with('.') {
            return Err(RateError::NotARate);
        }
        Decimal::from_str_exact(text).map_err(|_| RateError::NotARate).and_then(Rate::new)
    }
}

impl TryFrom<String> for Rate {
    type Error = RateError;

    fn try_from(text: String) -> Result<Rate, RateError> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> String {
        rate.0.to_string()
    }
}

/// Why there is no such rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum RateError {
    /// Below 0 or above 10.
    #[error("Give a rate as a fraction from 0 to 10: 0.0888 for 8.88 %.")]
    OutOfRange,
    /// Not written as a fraction.
    #[error("Write a rate as a fraction in digits, such as 0.0888 for 8.88 %.")]
    NotARate,
}

impl RateError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            RateError::OutOfRange => "rate_out_of_range",
            RateError::NotARate => "rate_not_a_rate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_read_and_shown() {
        for (text, shown, one_decimal) in [
            ("0", "0%", "0.0%"),
            ("0.0888", "8.88%", "8.9%"),
            ("0.30", "30%", "30.0%"),
            ("0.2145", "21.45%", "21.5%"),
            ("1", "100%", "100.0%"),
            ("10", "1000%", "1000.0%"),
        ] {
            let rate: Rate = text.parse().unwrap();
            assert_eq!((rate.to_string().as_str(), rate.percent(1).as_str()), (shown, one_decimal));
            let json = serde_json::to_string(&rate).unwrap();
            assert_eq!(serde_json::from_str::<Rate>(&json).unwrap(), rate);
        }
        assert_eq!(Rate::basis_points(888), "0.0888".parse().unwrap());
    }

    #[test]
    fn wrong_rates() {
        for (text, code) in [
            ("", "rate_not_a_rate"),
            ("8.88%", "rate_not_a_rate"),
            ("-0.1", "rate_not_a_rate"),
            (".5", "rate_not_a_rate"),
            ("1.", "rate_not_a_rate"),
            ("1.2.3", "rate_not_a_rate"),
            ("1e-3", "rate_not_a_rate"),
            ("10.0001", "rate_out_of_range"),
            ("888", "rate_out_of_range"),
        ] {
            assert_eq!(text.parse::<Rate>().unwrap_err().code(), code, "{text}");
        }
        assert!(serde_json::from_str::<Rate>("0.0888").is_err(), "a JSON number is binary floating point");
    }

    #[test]
    fn a_subsidy_never_turns_a_rate_negative() {
        let (rate, subsidy) = (Rate::basis_points(300), Rate::basis_points(500));
        assert_eq!(rate.less(subsidy), Rate::ZERO);
        assert_eq!(subsidy.less(rate), Rate::basis_points(200));
    }
}
