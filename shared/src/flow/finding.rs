//! What a check found: a stable code, the block, a sentence in both languages and, where there is one, a path.

use crate::domain::Texts;
use serde::Serialize;

use super::definition::BlockId;

/// One thing that is wrong with a flow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Stable code, `flow_…` for the structure, `gate_…` for a baseline rule.
    pub code: String,
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
        Self { code: code.to_owned(), block: block.cloned(), text: Texts::new(zh, en), path: Vec::new() }
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
