//! Recording what a partner answers, for testing: sealed, bounded, for thirty days at most; read once more by today's
//! code; taken along without personal data.
//!
//! Where to start: [`steps`] for how a recording is begun, ended and deleted, [`keep`] for how answers get into it (from
//! `partners/record.rs`, beside the calls), [`replay`] for what today's code makes of them, [`take_along`] for the file.

mod invent;
mod keep;
mod opened;
pub mod replay;
pub mod steps;
pub mod take_along;

pub use keep::{begin, keep_up};

#[cfg(test)]
mod tests;
