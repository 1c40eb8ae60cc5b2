//! Amounts of money.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The largest amount either way: the integers that JavaScript and every JSON reader keep exactly (2^53 − 1 fen,
/// about 90 trillion yuan).
const MAX_FEN: i64 = (1 << 53) - 1;

/// An amount of money in fen (1/100 yuan). Serialised as an integer; shown in yuan as `85,299.00`.
#[derive(
    Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(try_from = "i64", into = "i64")]
#[schemars(with = "i64")]
pub struct Fen(i64);

impl Fen {
    /// Nothing.
    pub const ZERO: Fen = Fen(0);

    /// This many fen.
    ///
    /// # Errors
    /// `money_out_of_range` beyond 2^53 − 1.
    pub const fn new(fen: i64) -> Result<Fen, MoneyError> {
        if fen > MAX_FEN || fen < -MAX_FEN { Err(MoneyError::OutOfRange) } else { Ok(Fen(fen)) }
    }

    /// This many yuan, for amounts written in code and data.
    pub const fn yuan(yuan: i32) -> Fen {
        Fen(yuan as i64 * 100)
    }

    /// The number of fen.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn plus(self, other: Fen) -> Result<Fen, MoneyError> {
        Fen::new(self.0 + other.0) // two numbers of 53 bits cannot overflow 64
    }

    /// The difference.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn minus(self, other: Fen) -> Result<Fen, MoneyError> {
        Fen::new(self.0 - other.0)
    }

    /// The amount so many times.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn times(self, count: u32) -> Result<Fen, MoneyError> {
        self.0.checked_mul(i64::from(count)).ok_or(MoneyError::OutOfRange).and_then(Fen::new)
    }

    /// The sum of all.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn sum(amounts: impl IntoIterator<Item = Fen>) -> Result<Fen, MoneyError> {
        amounts.into_iter().try_fold(Fen::ZERO, Fen::plus)
    }

    /// The amount as a decimal number of fen, for exact arithmetic.
    pub fn to_decimal(self) -> Decimal {
        Decimal::from(self.0)
    }

    /// A decimal number of fen, rounded to whole fen, halves away from zero (commercial rounding).
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn round(fen: Decimal) -> Result<Fen, MoneyError> {
        let whole = fen.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero);
        whole.to_i64().ok_or(MoneyError::OutOfRange).and_then(Fen::new)
    }

    /// A decimal number of fen, rounded up to whole fen.
    ///
    /// # Errors
    /// `money_out_of_range`.
    pub fn round_up(fen: Decimal) -> Result<Fen, MoneyError> {
        fen.ceil().to_i64().ok_or(MoneyError::OutOfRange).and_then(Fen::new)
    }

    /// Whether it is more than nothing.
    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is less than nothing.
    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl fmt::Display for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let digits = (magnitude / 100).to_string();
        let mut yuan = String::with_capacity(digits.len() + digits.len() / 3 + 4);
        yuan.push_str(if self.0 < 0 { "-" } else { "" });
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                yuan.push(',');
            }
            yuan.push(digit);
        }
        yuan.push_str(&format!(".{:02}", magnitude % 100));
        f.pad(&yuan)
    }
}

impl fmt::Debug for Fen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fen({})", self.0)
    }
}

impl FromStr for Fen {
    type Err = MoneyError;

    /// Reads yuan as people write them: `85299`, `85,299.5`, `¥85,299.00`, `8.5万` is not read.
    fn from_str(text: &str) -> Result<Fen, MoneyError> {
        let text = crate::domain::people::half_width(text);
        let text = text.trim_start_matches(['¥', '￥']).trim_end_matches('元').replace([',', '，'], "");
        let (sign, digits) = text.strip_prefix('-').map_or((1, text.as_str()), |rest| (-1, rest));
        let (yuan, fen) = digits.split_once('.').unwrap_or((digits, ""));
        let only_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let written = !yuan.is_empty() && yuan.len() <= 14 && fen.len() <= 2;
        if !written || !only_digits(yuan) || !only_digits(fen) {
            return Err(MoneyError::NotAnAmount);
        }
        let yuan: i64 = yuan.parse().map_err(|_| MoneyError::NotAnAmount)?;
        let fen: i64 = format!("{fen:0<2}").parse().map_err(|_| MoneyError::NotAnAmount)?;
        Fen::new(sign * (yuan * 100 + fen))
    }
}

impl TryFrom<i64> for Fen {
    type Error = MoneyError;

    fn try_from(fen: i64) -> Result<Fen, MoneyError> {
        Fen::new(fen)
    }
}

impl From<Fen> for i64 {
    fn from(amount: Fen) -> i64 {
        amount.0
    }
}

/// Why there is no such amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
pub enum MoneyError {
    /// Too large to be kept exactly everywhere.
    #[error("The amount is too large: check the number of digits.")]
    OutOfRange,
    /// Not written as an amount.
    #[error("Write an amount in yuan with at most two decimals, such as 85,299.00.")]
    NotAnAmount,
}

impl MoneyError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            MoneyError::OutOfRange => "money_out_of_range",
            MoneyError::NotAnAmount => "money_not_an_amount",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn amounts_are_shown_in_yuan() {
        for (fen, text) in [
            (0, "0.00"),
            (5, "0.05"),
            (-5, "-0.05"),
            (99_999, "999.99"),
            (100_000, "1,000.00"),
            (8_529_900, "85,299.00"),
            (-123_456_789, "-1,234,567.89"),
            (MAX_FEN, "90,071,992,547,409.91"),
        ] {
            assert_eq!(Fen(fen).to_string(), text);
            assert_eq!(text.parse::<Fen>(), Ok(Fen(fen)));
        }
    }

    #[test]
    fn amounts_as_people_write_them() {
        for (typed, answer) in [
            ("85299", Ok(8_529_900)),
            ("¥ 85,299.5", Ok(8_529_950)),
            ("８５２９９元", Ok(8_529_900)),
            ("", Err("money_not_an_amount")),
            (".5", Err("money_not_an_amount")),
            ("1.234", Err("money_not_an_amount")),
            ("8.5万", Err("money_not_an_amount")),
            ("1e5", Err("money_not_an_amount")),
            ("--5", Err("money_not_an_amount")),
            ("99999999999999", Err("money_out_of_range")),
            ("999999999999999", Err("money_not_an_amount")),
        ] {
            assert_eq!(typed.parse::<Fen>().map(Fen::get).map_err(|e| e.code()), answer, "{typed}");
        }
    }

    #[test]
    fn arithmetic_stays_in_range() {
        let most = Fen(MAX_FEN);
        assert_eq!(most.plus(Fen(1)), Err(MoneyError::OutOfRange));
        assert_eq!(Fen(-MAX_FEN).minus(Fen(1)), Err(MoneyError::OutOfRange));
        assert_eq!(most.times(u32::MAX), Err(MoneyError::OutOfRange));
        assert_eq!(Fen::sum([most, Fen(1)]), Err(MoneyError::OutOfRange));
        assert_eq!(Fen::yuan(3).times(4), Ok(Fen::yuan(12)));
        assert!(serde_json::from_str::<Fen>("9007199254740992").is_err());
        assert!(serde_json::from_str::<Fen>("1.5").is_err());
    }

    #[test]
    fn halves_round_away_from_zero() {
        for (tenths, fen) in [(4, 0), (5, 1), (14, 1), (15, 2), (25, 3), (-5, -1), (-4, 0)] {
            assert_eq!(Fen::round(Decimal::new(tenths, 1)), Ok(Fen(fen)), "{tenths}");
        }
        assert_eq!(Fen::round_up(Decimal::new(1, 2)), Ok(Fen(1)));
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(256))]
        #[test]
        fn what_is_shown_is_read_back(fen in -MAX_FEN..=MAX_FEN) {
            prop_assert_eq!(Fen(fen).to_string().parse::<Fen>(), Ok(Fen(fen)));
        }
    }
}
