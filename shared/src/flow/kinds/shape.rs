//! What every kind declares about itself and about a block of it.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::definition::BlockId;
use super::super::evaluate::{Evaluated, Reference};
use super::super::facts::Facts;
use super::super::rules::Compiled;
use super::schedule_window::Window;
use crate::domain::{Purpose, Texts};

/// What a kind is for; the designer groups and colours by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Takes in what the customer hands over.
    Intake,
    /// Looks at what was handed in.
    Check,
    /// Asks somebody outside.
    Partner,
    /// Decides by rules.
    Decide,
    /// Finds a plan and a funder.
    Offer,
    /// Waits for a person.
    People,
    /// Discloses, writes and signs.
    Contract,
    /// Splits, joins and ends.
    Control,
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Signed.
    Approved,
    /// Refused, with a reason.
    Declined,
    /// Nobody answered in time.
    Expired,
    /// The customer withdrew.
    Withdrawn,
    /// It could not go on.
    Error,
}

impl Decision {
    /// The decision's stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Declined => "declined",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::Error => "error",
        }
    }
}

/// Who is waited for. Every wait has one.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The customer, on their own link.
    Customer,
    /// Whoever works this queue.
    Queue(String),
    /// This partner's callback.
    Partner(String),
    /// Nobody: time itself takes the case on.
    Clock,
}

/// How many branches a join waits for: `"all"`, `"any"` or a number from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum Need {
    /// All or any.
    Word(NeedWord),
    /// This many.
    Count(u32),
}

/// The two words of [`Need`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NeedWord {
    /// Every branch.
    All,
    /// The first branch.
    Any,
}

impl Need {
    /// How many of `branches` that is.
    pub fn count(self, branches: usize) -> u32 {
        match self {
            Self::Word(NeedWord::All) => u32::try_from(branches).unwrap_or(u32::MAX),
            Self::Word(NeedWord::Any) => 1,
            Self::Count(k) => k,
        }
    }
}

/// Who acts in a block, and what happens when nobody does.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// The machine.
    Machine {
        /// Time the work may take, milliseconds.
        timeout_ms: u32,
        /// The outcome when it does not come back.
        on_due: &'static str,
    },
    /// A person or a partner's callback.
    Wait {
        /// Who.
        who: Who,
        /// Until when, minutes from entering.
        due_minutes: u32,
        /// The outcome when nobody acts.
        on_due: &'static str,
        /// Hours at whose beginning it is due, if that is sooner.
        opens: Option<Window>,
    },
    /// Every outcome is a branch, all are entered.
    Parallel,
    /// Waits for branches of one parallel block.
    Join {
        /// The parallel block.
        of: BlockId,
        /// How many branches.
        need: Need,
    },
    /// Stands for the blocks of another flow, which take its place before a run meets it.
    Part,
    /// The run ends.
    End {
        /// How.
        decision: Decision,
        /// Stable code of the reason.
        reason: String,
        /// A fact with a more exact reason, which wins where it is set.
        reason_from: Option<String>,
    },
}

impl Work {
    /// Whether a run stays in such a block until somebody is done with it.
    pub(crate) fn takes_time(&self) -> bool {
        self.on_due().is_some()
    }

    /// The outcome that such a block takes when its due time has come; `None` where a run does not stay.
    pub fn on_due(&self) -> Option<&'static str> {
        match self {
            Self::Machine { on_due, .. } | Self::Wait { on_due, .. } => Some(on_due),
            Self::Parallel | Self::Join { .. } | Self::Part | Self::End { .. } => None,
        }
    }
}

pub(crate) type Evaluator = Box<dyn Fn(&Facts, &Reference) -> Option<Evaluated> + Send + Sync>;

/// What a kind makes of one block's parameters.
pub struct Shape {
    /// Who acts, until when.
    pub work: Work,
    /// The block's outcomes; each must be connected.
    pub outcomes: Vec<String>,
    /// Fact paths it looks at.
    pub reads: Vec<String>,
    /// Fact paths it may write (each with everything below it).
    pub writes: Vec<String>,
    /// The written paths that are cleared when the block is left, so that a second answer leaves nothing of the first.
    pub replaces: Vec<String>,
    /// Consents that an outcome brings: `(outcome, purposes)`.
    pub gives: Vec<(&'static str, Vec<Purpose>)>,
    /// Consents that must have been given before it may run.
    pub needs: Vec<Purpose>,
    pub(crate) evaluator: Option<Evaluator>,
    /// The table that decides by its first fitting row, for the proof that it leaves nothing out.
    pub(crate) decides_by: Option<Arc<Compiled>>,
}

impl Shape {
    pub(crate) fn machine(timeout_ms: u32, outcomes: &[&str]) -> Self {
        Self::of(Work::Machine { timeout_ms, on_due: "error" }, outcomes)
    }

    pub(crate) fn wait(who: Who, due_minutes: u32, outcomes: &[&str]) -> Self {
        Self::of(Work::Wait { who, due_minutes, on_due: "expired", opens: None }, outcomes)
    }

    pub(crate) fn of(work: Work, outcomes: &[&str]) -> Self {
        let outcomes = owned(outcomes);
        let (reads, writes, replaces, gives, needs) = Default::default();
        Self { work, outcomes, reads, writes, replaces, gives, needs, evaluator: None, decides_by: None }
    }

    pub(crate) fn reads(mut self, paths: &[&str]) -> Self {
        self.reads = owned(paths);
        self
    }

    /// Paths that every visit answers anew.
    pub(crate) fn writes(mut self, paths: &[&str]) -> Self {
        self.writes = owned(paths);
        self.replaces = owned(paths);
        self
    }

    /// Paths that a visit may add to.
    pub(crate) fn adds_to(mut self, paths: &[&str]) -> Self {
        self.writes.extend(owned(paths));
        self
    }

    pub(crate) fn evaluated(
        mut self,
        evaluator: impl Fn(&Facts, &Reference) -> Option<Evaluated> + Send + Sync + 'static,
    ) -> Self {
        self.evaluator = Some(Box::new(evaluator));
        self
    }

    pub(crate) fn can_be_limited(&self) -> bool {
        self.work.takes_time()
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

/// Parameters that do not fit their kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadParams {
    /// `flow_bad_params`, or a code of the rule language (`rule_…`).
    pub code: &'static str,
    /// Where in the parameters, such as `table.rules[3].age`.
    pub path: String,
    /// What is wrong.
    pub text: Texts,
}

impl BadParams {
    pub(crate) fn at(path: impl Into<String>, zh: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code: "flow_bad_params", path: path.into(), text: Texts::new(zh, en) }
    }

    /// Refuses a number outside its range.
    pub(crate) fn unless_within(
        path: &str,
        value: u32,
        range: std::ops::RangeInclusive<u32>,
    ) -> Result<(), Self> {
        if range.contains(&value) {
            return Ok(());
        }
        let (low, high) = (range.start(), range.end());
        Err(Self::at(path, format!("必须在 {low} 到 {high} 之间"), format!("must be from {low} to {high}")))
    }

    /// Refuses ways of which one has an outcome's name that the kind keeps for itself.
    pub(crate) fn unless_free(ways: &[String], own: &[&str]) -> Result<(), Self> {
        let Some(taken) = ways.iter().position(|way| own.contains(&way.as_str())) else { return Ok(()) };
        let path = format!("ways[{taken}].outcome");
        Err(Self::at(path, "这个名字是保留的，请换一个", "this name is taken: choose another one"))
    }

    /// Refuses a list that is empty, too long, or has something in it that is not a short lower-case code.
    pub(crate) fn unless_codes(path: &str, codes: &[String]) -> Result<(), Self> {
        let well_formed = |code: &String| {
            (1..=40).contains(&code.len())
                && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        let unique = (1..codes.len()).all(|i| !codes[..i].contains(&codes[i]));
        if (1..=MAX_CODES).contains(&codes.len()) && unique && codes.iter().all(well_formed) {
            return Ok(());
        }
        Err(Self::at(
            path,
            format!("需要 1 到 {MAX_CODES} 个互不相同的代码（小写字母、数字、下划线）"),
            format!("give 1 to {MAX_CODES} different codes of lower-case letters, digits and _"),
        ))
    }
}

/// Refuses a list that is empty or names something twice.
pub(crate) fn unless_set<T: PartialEq>(path: &str, list: &[T]) -> Result<(), BadParams> {
    let twice = (1..list.len()).any(|i| list[..i].contains(&list[i]));
    if !list.is_empty() && !twice {
        return Ok(());
    }
    Err(BadParams::at(path, "至少列出一项，且不可重复", "name at least one, and each only once"))
}

/// Most codes in one list of parameters.
const MAX_CODES: usize = 32;

/// Longest wait, minutes: 90 days.
pub(crate) const MAX_DUE_MINUTES: u32 = 90 * 24 * 60;

/// A kind of block.
pub trait Kind: Sync + 'static {
    /// Stable key, as flow files name it.
    fn key(&self) -> &'static str;
    /// What it is for.
    fn class(&self) -> Class;
    /// Its name.
    fn name(&self) -> Texts;
    /// One sentence on what it does.
    fn help(&self) -> Texts;
    /// Time the machine is expected to need (p95), milliseconds; waits for people excluded.
    fn budget_ms(&self) -> u32;
    /// JSON Schema of its parameters; the designer draws its form from it.
    fn schema(&self) -> Value;
    /// Parameters of a usual block, which fit: what the designer begins with and the documentation shows.
    fn example(&self) -> Value;
    /// What it makes of these parameters.
    ///
    /// # Errors
    /// [`BadParams`] with the place and what is expected there.
    fn shape(&self, params: &Value) -> Result<Shape, BadParams>;
}

/// The constant part of a kind. Texts are `(zh, en)`.
pub(crate) struct About {
    pub(crate) key: &'static str,
    pub(crate) class: Class,
    pub(crate) name: (&'static str, &'static str),
    pub(crate) help: (&'static str, &'static str),
    pub(crate) budget_ms: u32,
    /// Parameters that fit, as JSON.
    pub(crate) example: &'static str,
}

/// A kind with typed parameters; [`Kind`] follows from it.
pub(crate) trait KindOf: Sync + 'static {
    type Params: DeserializeOwned + JsonSchema;
    const ABOUT: About;
    fn shape(params: Self::Params) -> Result<Shape, BadParams>;
}

impl<K: KindOf> Kind for K {
    fn key(&self) -> &'static str {
        K::ABOUT.key
    }

    fn class(&self) -> Class {
        K::ABOUT.class
    }

    fn name(&self) -> Texts {
        Texts::new(K::ABOUT.name.0, K::ABOUT.name.1)
    }

    fn help(&self) -> Texts {
        Texts::new(K::ABOUT.help.0, K::ABOUT.help.1)
    }

    fn budget_ms(&self) -> u32 {
        K::ABOUT.budget_ms
    }

    fn schema(&self) -> Value {
        schemars::schema_for!(K::Params).to_value()
    }

    fn example(&self) -> Value {
        serde_json::from_str(K::ABOUT.example).unwrap_or_default()
    }

    fn shape(&self, params: &Value) -> Result<Shape, BadParams> {
        let params = if params.is_null() { Value::Object(serde_json::Map::new()) } else { params.clone() };
        let params = serde_json::from_value(params)
            .map_err(|e| BadParams::at("", format!("无法识别（{e}）"), e.to_string()))?;
        K::shape(params)
    }
}
