//! Which block an outcome may lead to.

use super::canvas::{Canvas, Drawn};

/// Why an outcome may not lead to a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// One of the two blocks is not there.
    NoBlock,
    /// The block has no such outcome.
    NoOutcome,
    /// Only a block with limited visits may lead to itself.
    Itself,
    /// No branch of the parallel block that is joined there comes from here.
    OtherJoin,
    /// Another branch begins with this block already.
    BranchTaken,
}

impl Refusal {
    /// Stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::NoBlock => "draw_no_block",
            Self::NoOutcome => "draw_no_outcome",
            Self::Itself => "draw_itself",
            Self::OtherJoin => "draw_other_join",
            Self::BranchTaken => "draw_branch_taken",
        }
    }
}

impl Canvas {
    /// Whether this outcome may lead to that block. What is drawn half may still be refused by the check later; what is
    /// refused here could never be right.
    ///
    /// # Errors
    /// Why not.
    pub fn accepts(&self, from: &str, outcome: &str, to: &str) -> Result<(), Refusal> {
        let (Some(left), Some(entered)) = (self.block(from), self.block(to)) else {
            return Err(Refusal::NoBlock);
        };
        if !left.has(outcome) {
            return Err(Refusal::NoOutcome);
        }
        self.may_lead(left, outcome, entered)
    }

    fn may_lead(&self, left: &Drawn, outcome: &str, entered: &Drawn) -> Result<(), Refusal> {
        let (from, to) = (left.id.as_str(), entered.id.as_str());
        if from == to && left.max_visits.is_none() {
            return Err(Refusal::Itself);
        }
        if entered.kind == "join" {
            let of =
                entered.params.get("of").and_then(|of| of.as_str()).filter(|of| self.block(of).is_some());
            if of.is_some_and(|of| of != from && self.is_entered(from) && !self.reaches(of, from)) {
                return Err(Refusal::OtherJoin);
            }
        } else if left.kind == "parallel"
            && left.next.iter().any(|(name, other)| name != outcome && other == to)
        {
            return Err(Refusal::BranchTaken);
        }
        Ok(())
    }

    /// Every block that this outcome may lead to, in the file's order.
    pub fn targets(&self, from: &str, outcome: &str) -> Vec<&str> {
        let Some(left) = self.block(from).filter(|left| left.has(outcome)) else { return Vec::new() };
        let fits = self.blocks().iter().filter(|entered| self.may_lead(left, outcome, entered).is_ok());
        fits.map(|block| block.id.as_str()).collect()
    }

    fn is_entered(&self, id: &str) -> bool {
        self.connections().any(|(_, _, to)| to == id)
    }

    fn reaches(&self, from: &str, to: &str) -> bool {
        let mut seen = vec![from];
        let mut next = 0;
        while let Some(id) = seen.get(next).copied() {
            if id == to {
                return true;
            }
            next += 1;
            let Some(block) = self.block(id) else { continue };
            for (_, onward) in &block.next {
                if !seen.contains(&onward.as_str()) {
                    seen.push(onward);
                }
            }
        }
        false
    }
}

impl Drawn {
    fn has(&self, outcome: &str) -> bool {
        self.ports().iter().any(|port| port.outcome == outcome && port.known)
    }
}
