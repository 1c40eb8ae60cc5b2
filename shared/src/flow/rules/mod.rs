//! Rules inside blocks: decision tables of GoRules' JDM format, with cells in its expression language.

mod expression;
mod table;

pub use table::{DecisionTable, HitPolicy, InputColumn, OutputColumn};
pub(crate) use table::Compiled;
