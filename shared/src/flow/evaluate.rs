//! Answers for the blocks that need only facts and reference data: rules, score card, plan, funder, comparison.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;
use serde::Serialize;
use serde_json::{Map, Value};

use super::definition::Block;
use super::facts::Facts;
use super::kinds::{Comparison, Identity};
use crate::domain::plans::{Catalogue, Limits, Ranking};

/// What a pure block may look at besides the facts. Passed in, so that the same question gives the same answer.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    /// The moment of the decision.
    pub now: Timestamp,
    /// The calendar day of the decision where the customer is.
    pub today: Date,
    /// What was typed, read and confirmed of the person; only `match-matrix` looks at it.
    pub identity: Option<&'a Identity>,
    /// The tenant's plans; only `recommend-plan` looks at them.
    pub plans: Option<Plans<'a>>,
    /// Keys of the funders that would take the plan, best first; only `match-funder` looks at them.
    pub eligible_funders: Option<&'a [&'a str]>,
}

/// The plans and the rules about them.
#[derive(Clone, Copy)]
pub struct Plans<'a> {
    /// The plans.
    pub catalogue: &'a Catalogue,
    /// Ceilings and financing limits with their dates.
    pub limits: &'a Limits,
}

impl Reference<'_> {
    /// Reference data with nothing but the moment and its day in China.
    pub fn at(now: Timestamp) -> Self {
        let today = Offset::constant(8).to_datetime(now).date();
        Self { now, today, identity: None, plans: None, eligible_funders: None }
    }
}

/// One rule that fired, with what it saw and gave: the explanation of a decision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fired {
    /// The rule's number in its table, from 1.
    pub rule: usize,
    /// The rule's own description, where it has one.
    pub note: String,
    /// The input columns that it tested, with the values found.
    pub saw: Map<String, Value>,
    /// What it gave.
    pub gave: Map<String, Value>,
}

/// The answer of a pure block.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Evaluated {
    /// One of the block's outcomes.
    pub outcome: String,
    /// What to write into the facts.
    pub writes: Facts,
    /// Rules that fired, in order; empty for a kind without rules.
    pub trace: Vec<Fired>,
    /// Comparisons of `match-matrix`; values are masked.
    pub comparisons: Vec<Comparison>,
    /// The whole ranking of `recommend-plan`: the schedules, and why the other plans are out.
    pub ranking: Option<Ranking>,
    /// Why the outcome is `error`: the cell or the fact that did not fit. No personal data.
    pub problem: Option<String>,
}

/// Evaluates a block; `None` when its kind needs more than facts and reference data, or when a customer's answer is
/// still missing.
pub fn evaluate(block: &Block, facts: &Facts, reference: &Reference) -> Option<Evaluated> {
    block.shape.evaluator.as_ref().and_then(|evaluator| evaluator(facts, reference))
}

impl Evaluated {
    pub(crate) fn outcome(outcome: impl Into<String>) -> Self {
        Self { outcome: outcome.into(), ..Self::default() }
    }

    pub(crate) fn writing(mut self, path: &str, value: impl Into<Value>) -> Self {
        self.writes.set(path, value);
        self
    }

    pub(crate) fn error(problem: impl Into<String>) -> Self {
        Self { outcome: "error".to_owned(), problem: Some(problem.into()), ..Self::default() }
    }
}
