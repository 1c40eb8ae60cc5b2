//! Proves things about a flow over all its paths: its structure when it is read, the platform's rules before it may
//! go live.
//!
//! "All paths" over-approximates: a block may take any of its outcomes, parallel branches interleave, and a join
//! guarantees only what any of its k-of-n completions guarantees. What cannot be proved is a finding.

mod baseline;
mod graph;
mod must;
pub(super) mod structure;
#[cfg(test)]
mod tests;

pub use baseline::{Baseline, BaselineError, NamedRule, Rule, check, check_against};
