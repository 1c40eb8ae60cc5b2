//! What a company sets for its partners while the server runs: drained, paused, slower, dearer, for other cases only.
//!
//! Where to start: [`change`] for how something is set, proposed and taken back, [`preview`] for whom it would affect,
//! [`park`] for how a case waits that may not ask its partner now. `partners/lane.rs` keeps calls within what is set;
//! a funder that is held is passed over by matching. [`recording`] keeps what a partner answers, for testing.

pub mod change;
pub mod park;
pub mod preview;
pub mod recording;
mod standing;
pub mod test_call;
mod usage;

pub use standing::{Changed, Standing, begin, newest, refresh};
pub use usage::{Usage, usage};

#[cfg(test)]
mod tests;
