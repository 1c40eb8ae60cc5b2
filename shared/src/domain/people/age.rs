//! Age in full years (周岁).

use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The highest age we count to, in years; more is a misreading.
const MAX_AGE_YEARS: u8 = 150;

/// Full years of age, 0 to 150.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(try_from = "u8", into = "u8")]
#[schemars(with = "u8")]
pub struct Age(u8);

impl Age {
    /// An age of this many full years.
    ///
    /// # Errors
    /// `age_out_of_range` above 150.
    pub const fn new(years: u8) -> Result<Age, AgeError> {
        if years > MAX_AGE_YEARS { Err(AgeError) } else { Ok(Age(years)) }
    }

    /// Full years from birth to this date; 0 before birth, 150 at most.
    pub fn between(birth: Date, on: Date) -> Age {
        let had_birthday = (on.month(), on.day()) >= (birth.month(), birth.day());
        let years = i32::from(on.year()) - i32::from(birth.year()) - i32::from(!had_birthday);
        Age(u8::try_from(years.clamp(0, i32::from(MAX_AGE_YEARS))).unwrap_or(MAX_AGE_YEARS))
    }

    /// The full years.
    pub fn years(self) -> u8 {
        self.0
    }
}

impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u8> for Age {
    type Error = AgeError;

    fn try_from(years: u8) -> Result<Age, AgeError> {
        Age::new(years)
    }
}

impl From<Age> for u8 {
    fn from(age: Age) -> u8 {
        age.0
    }
}

/// The number is no person's age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("An age is 0 to 150 full years: check the birth date.")]
pub struct AgeError;

impl AgeError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "age_out_of_range"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn ages_and_their_bounds() {
        for (birth, on, years) in [
            (date(2000, 6, 15), date(2026, 6, 14), 25),
            (date(2000, 6, 15), date(2026, 6, 15), 26),
            (date(2026, 6, 15), date(2020, 1, 1), 0),
            (date(1000, 1, 1), date(2026, 1, 1), 150),
        ] {
            assert_eq!(Age::between(birth, on).years(), years);
        }
        assert_eq!(Age::new(151), Err(AgeError));
        assert_eq!(serde_json::from_str::<Age>("30").unwrap(), Age(30));
        assert!(serde_json::from_str::<Age>("200").is_err());
    }
}
