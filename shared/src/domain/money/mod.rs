//! Money as an integer number of fen, rates as decimals. No binary floating point anywhere in here.

mod fen;
mod months;
mod rate;

pub use fen::{Fen, MoneyError};
pub use months::{MAX_MONTHS, Months, MonthsError};
pub use rate::{Rate, RateError};
