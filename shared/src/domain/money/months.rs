//! Terms in months.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest term, in months: ten years, twice what auto finance offers.
pub const MAX_MONTHS: u16 = 120;

/// A term of 1 to 120 months.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(try_from = "u16", into = "u16")]
#[schemars(with = "u16")]
pub struct Months(u16);

impl Months {
    /// A term of this many months.
    ///
    /// # Errors
    /// `months_out_of_range` for 0 and above 120.
    pub const fn new(months: u16) -> Result<Months, MonthsError> {
        if months == 0 || months > MAX_MONTHS { Err(MonthsError) } else { Ok(Months(months)) }
    }

    /// The number of months.
    pub const fn get(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Months {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl TryFrom<u16> for Months {
    type Error = MonthsError;

    fn try_from(months: u16) -> Result<Months, MonthsError> {
        Months::new(months)
    }
}

impl From<Months> for u16 {
    fn from(months: Months) -> u16 {
        months.0
    }
}

/// The number is no term.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("A term has 1 to 120 months: choose another one.")]
pub struct MonthsError;

impl MonthsError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "months_out_of_range"
    }
}
