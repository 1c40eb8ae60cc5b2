//! Proves things about a flow over all its paths: its structure when it is read, the platform's rules before it may
//! go live.
//!
//! "All paths" over-approximates: a block may take any of its outcomes, parallel branches interleave, and a join
//! guarantees only what any of its k-of-n completions guarantees. What cannot be proved is a finding.

mod baseline;
mod bounds;
mod explore;
mod for_sale;
mod graph;
mod handled;
mod marks;
mod moving;
mod prove;
mod spend;
pub(super) mod structure;
mod tables;

#[cfg(test)]
mod by_force;
#[cfg(test)]
mod drawn;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, BaselineError, Leaving, NamedRule, Rule};
pub use for_sale::{for_sale, is_key};
pub use moving::{Left, Mover, Moving};
pub use prove::{check, check_against};
