//! The outcomes of a block, as ports that connections begin at.

use super::canvas::Drawn;
use crate::flow::{BadParams, Shape, Work, kind};

/// An outcome of a block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Port {
    /// The outcome.
    pub outcome: String,
    /// Where it leads; `None` while it is open.
    pub to: Option<String>,
    /// The block has this outcome. `false` for a connection that is left over from other parameters.
    pub known: bool,
}

impl Drawn {
    /// What the kind makes of the parameters; `None` for a kind that is not known.
    ///
    /// # Errors
    /// [`BadParams`] when they do not fit the kind.
    pub fn shape(&self) -> Option<Result<Shape, BadParams>> {
        kind(&self.kind).map(|kind| kind.shape(&self.params))
    }

    /// The block's outcomes, `exhausted` included where visits are limited; `None` while its kind or its parameters do
    /// not say.
    pub fn outcomes(&self) -> Option<Vec<String>> {
        let mut outcomes = self.shape()?.ok()?.outcomes;
        if self.max_visits.is_some() {
            outcomes.push("exhausted".into());
        }
        Some(outcomes)
    }

    /// Every port: the outcomes, then connections of outcomes that the block does not have. While the parameters do not
    /// say which outcomes there are, those that are connected count.
    pub fn ports(&self) -> Vec<Port> {
        let outcomes = self.outcomes();
        let sure = outcomes.is_some();
        let known = outcomes.unwrap_or_default();
        let to = |outcome: &str| self.leads_to(outcome).map(str::to_owned);
        let mut ports: Vec<Port> = known
            .iter()
            .map(|outcome| Port { outcome: outcome.clone(), to: to(outcome), known: true })
            .collect();
        for (outcome, to) in self.next.iter().filter(|(outcome, _)| !known.contains(outcome)) {
            ports.push(Port { outcome: outcome.clone(), to: Some(to.clone()), known: !sure });
        }
        ports
    }

    /// Whether the block's visits can be limited: not those of parallel, join and end.
    pub fn can_be_limited(&self) -> bool {
        let work = self.shape().and_then(Result::ok).map(|shape| shape.work);
        matches!(work, Some(Work::Machine { .. } | Work::Wait { .. }))
    }
}
