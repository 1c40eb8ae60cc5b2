//! Rules inside blocks: decision tables of GoRules' JDM format, with cells in its expression language.

mod coverage;
mod expression;
mod table;

pub(crate) use coverage::Coverage;
pub(crate) use table::Compiled;
pub use table::{DecisionTable, HitPolicy, InputColumn, OutputColumn};
