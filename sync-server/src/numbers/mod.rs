//! What a company's cases amount to: how many, how far, how they end, how long blocks and partners take.
//!
//! For each hour (UTC) there is one row of packed records, one record a case, in which everything but the case's number is
//! a small number of fixed meaning: times are buckets, names are words of a dictionary. Sums for each combination of
//! product, version, region, dealer, advisor and funder would need as many rows as there are cases, and could still not
//! be filtered twice; packed like this, a month of a million cases is read and added up in the time that a page may take,
//! under every filter alike, and the cases behind a figure are found in the very same records.
//!
//! Where to start: [`case`] says what a case amounts to, [`keep`] keeps the hours true (each case stands in an hour once,
//! so reading it again changes nothing), [`add_up()`] adds hours up, [`moved`] says what moved the approval rate, [`find`]
//! finds the cases behind a figure.

pub mod add_up;
pub mod buckets;
pub mod busiest;
pub mod case;
pub mod filter;
pub mod find;
pub mod keep;
pub mod moved;
pub mod period;
pub mod record;
pub mod words;

pub use add_up::{Totals, add_up};
pub use filter::{Dimension, Filter};
pub use keep::keep_up;
pub use period::{Asked, Period};

#[cfg(test)]
mod tests;
