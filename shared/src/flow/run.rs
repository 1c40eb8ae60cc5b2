//! Where a case stands in its flow: facts, active blocks, open parallel branches, visits. One compact JSON value.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::definition::{BlockId, Flow};
use super::facts::Facts;
use super::kinds::Decision;

/// One activation of a block: its id and how many times the case has entered it, from 1.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The block.
    pub block: BlockId,
    /// Which entry into it, from 1.
    pub visit: u32,
}

impl std::fmt::Display for At {
    /// `block#visit`, fit for an idempotency key within one case.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}#{}", self.block, self.visit)
    }
}

/// A block that somebody is working on, or is waited for in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Active {
    /// Which activation.
    #[serde(flatten)]
    pub at: At,
    /// When it takes its `expired`, `timeout` or `error` outcome, unless it is done before.
    pub due: Timestamp,
    /// How often its full time was given anew.
    #[serde(default, skip_serializing_if = "is_none_given")]
    pub(crate) given: u8,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) fork: Option<u32>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde calls it")]
fn is_none_given(given: &u8) -> bool {
    *given == 0
}

/// An entered `parallel` block whose join has not let the case through yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Fork {
    pub(crate) n: u32,
    pub(crate) of: BlockId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) up: Option<u32>,
    pub(crate) arrived: u32,
}

/// Whether a run goes on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not started: waits for [`super::Event::Start`].
    New,
    /// Some block is active.
    Running,
    /// Over.
    Ended {
        /// How it ended.
        decision: Decision,
        /// Stable code of the reason.
        reason: String,
    },
}

/// A case's place in its flow. Only [`super::step()`] changes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub(crate) flow: String,
    pub(crate) status: Status,
    pub(crate) facts: Facts,
    pub(crate) active: Vec<Active>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) forks: Vec<Fork>,
    pub(crate) visits: Vec<(BlockId, u32)>,
    #[serde(default)]
    pub(crate) entered: u32,
    #[serde(default)]
    pub(crate) forked: u32,
    #[serde(default)]
    pub(crate) asks: u8,
}

impl Active {
    /// How often its full time was given anew.
    pub fn more_times(&self) -> u8 {
        self.given
    }
}

impl Run {
    /// A run of this flow that has not started.
    pub fn new(flow: &Flow) -> Self {
        Self {
            flow: flow.key.clone(),
            status: Status::New,
            facts: Facts::new(),
            active: Vec::new(),
            forks: Vec::new(),
            visits: Vec::new(),
            entered: 0,
            forked: 0,
            asks: 0,
        }
    }

    /// Whether it goes on.
    pub fn status(&self) -> &Status {
        &self.status
    }

    /// What the run knows.
    pub fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The blocks that are being worked on or waited in; empty only before the start and after the end.
    pub fn active(&self) -> &[Active] {
        &self.active
    }

    /// How often the case has entered this block.
    pub fn visits(&self, block: &BlockId) -> u32 {
        self.visits.iter().find(|(id, _)| id == block).map_or(0, |(_, n)| *n)
    }

    /// How many blocks the case has entered in all.
    pub fn entered(&self) -> u32 {
        self.entered
    }

    /// Whether some signature block of its flow was last left with a signature.
    pub fn signed(&self, flow: &Flow) -> bool {
        let mut signatures = flow.blocks.iter().filter(|block| block.kind.key() == "sign");
        signatures.any(|block| {
            self.facts.text(&format!("outcome.{}", block.id)).is_some_and(|outcome| outcome == "signed")
        })
    }

    /// The earliest due time of all active blocks.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.active.iter().map(|active| active.due).min()
    }
}
