//! A process as blocks and named outcomes: definition, block kinds, rules, and the run as a pure state machine.
//!
//! Where to start: [`Flow::parse`] reads a flow and refuses one that could not run; [`step()`] takes a run from one
//! state to the next and says what to do; [`evaluate()`] answers the blocks that need only facts and reference data;
//! [`check_against`] proves the platform's rules over every path; [`catalogue`] lists the kinds of block;
//! [`bpmn`] exchanges flows with other programs.

pub mod bpmn;
mod check;
mod definition;
pub mod draw;
mod evaluate;
mod expand;
mod facts;
mod finding;

mod kinds;
mod moves;
mod pieces;
mod predict;
mod replay;
mod rules;
mod run;
mod step;

#[cfg(test)]
mod journeys;
#[cfg(test)]
mod walks;

pub use check::{
    Baseline, BaselineError, Leaving, Left, Mover, Moving, NamedRule, Rule, check, check_against, for_sale,
    is_key,
};
pub use definition::{Block, BlockFile, BlockId, Flow, FlowError, FlowFile, MAX_BLOCKS, MAX_BYTES};
pub use evaluate::{Evaluated, Fired, Plans, Reference, evaluate};
pub use expand::{MAX_DEPTH, MAX_EXPANDED, expand, parts};
pub use facts::Facts;
pub use finding::{Finding, Severity};
pub use kinds::{
    BadParams, Class, Decision, Kind, Need, NeedWord, Shape, Who, Window, Work, catalogue, kind, params,
};
pub use kinds::{Comparison, Identity, Ink, NextFunders, Verdict, compare, next_funders};
pub use pieces::{Piece, pieces};
pub use predict::{Estimate, Measured, estimate, percentile};
pub use replay::{Came, Changed, Difference, Past, PastAnswer, Replayed, about, compare_versions, replay};
pub use rules::{DecisionTable, HitPolicy, InputColumn, OutputColumn};
pub use run::{Active, At, Run, Status};
pub use step::{
    Effect, Event, MAX_ASKS, MAX_MORE_TIME, MAX_VISITS, Refused, Stepped, Task, Wait, outstanding, step,
};
