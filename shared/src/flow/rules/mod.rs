//! Rules inside blocks: decision tables of GoRules' JDM format, with cells in its expression language.

mod expression;
mod table;

pub(crate) use table::Compiled;
pub use table::{DecisionTable, HitPolicy, InputColumn, OutputColumn};
