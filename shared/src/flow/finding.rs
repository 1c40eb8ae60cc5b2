//! What a check found: a stable code, the block, a sentence in both languages and, where there is one, a path.

use crate::domain::Texts;
use schemars::JsonSchema;
use serde::Serialize;

use super::definition::BlockId;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A rule is broken: the flow may not go live.
    Broken,
    /// It could not be proved that the rule is kept: the flow may not go live.
    Unproved,
    /// Worth a look; the flow may go live.
    Hint,
}

/// One thing that is wrong with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Finding {
    /// Stable code: `flow_…` for the structure, `gate_…` for a baseline rule, `table_…` for a rule table.
    pub code: String,
    /// How much it weighs.
    pub severity: Severity,
    /// The block it is about; `None` when it is about the flow as a whole.
    pub block: Option<BlockId>,
    /// What is wrong and what to do, in both languages.
    pub text: Texts,
    /// Blocks of a failing path from the start, in order; empty where no path shows it.
    pub path: Vec<BlockId>,
}

impl Finding {
    pub(crate) fn new(
        code: &str,
        block: Option<&BlockId>,
        zh: impl Into<String>,
        en: impl Into<String>,
    ) -> Self {
        let (code, text) = (code.to_owned(), Texts::new(zh, en));
        Self { code, severity: Severity::Broken, block: block.cloned(), text, path: Vec::new() }
    }

    /// Whether the flow may not go live with it.
    pub fn forbids(&self) -> bool {
        self.severity != Severity::Hint
    }

    pub(crate) fn weighing(mut self, severity: Severity) -> Self {
        self.severity = severity;
        self
    }

    pub(crate) fn along(mut self, path: Vec<BlockId>) -> Self {
        self.path = path;
        self
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.block {
            Some(block) => write!(f, "{} at {block}: {}", self.code, self.text.en),
            None => write!(f, "{}: {}", self.code, self.text.en),
        }
    }
}
