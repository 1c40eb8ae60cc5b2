//! How a run moves through its flow: leaving a block, entering the next ones, parallel branches and their joins.

use jiff::{SignedDuration, Timestamp};

use super::definition::{Block, BlockId};
use super::facts::Facts;
use super::kinds::{Decision, Work};
use super::run::{Active, At, Fork, Status};
use super::step::{Effect, MAX_VISITS, Machine, Task, Wait};

/// Time beyond its own limit that a machine block has before it counts as lost: long enough for a server to restart
/// and take the task up again.
const RESTART_GRACE: SignedDuration = SignedDuration::from_secs(120);

impl Machine<'_> {
    /// Settles an active block with an outcome and goes where that leads.
    pub(super) fn leave(&mut self, place: usize, block: &Block, outcome: &str, writes: Facts) {
        for path in &block.shape.replaces {
            self.run.facts.forget(path);
        }
        self.run.facts.merge(writes);
        self.remember(&block.id, outcome);
        let left = self.run.active.remove(place);
        if let Some(next) = block.leads_to(outcome) {
            self.enter(next, left.fork);
        }
    }

    /// Enters a block and whatever follows at once, until every branch waits for an answer.
    pub(super) fn enter(&mut self, block: usize, fork: Option<u32>) {
        let mut todo = vec![(block, fork)];
        while let Some((at, fork)) = todo.pop() {
            if self.run.status != Status::Running || !self.is_open(fork) {
                continue;
            }
            let flow = self.flow;
            let block = &flow.blocks[at];
            if let Some(max) = block.max_visits
                && self.run.visits(&block.id) >= u32::from(max)
                && let Some(next) = block.leads_to("exhausted")
            {
                self.remember(&block.id, "exhausted");
                todo.push((next, fork));
                continue;
            }
            if self.run.entered >= MAX_VISITS {
                self.end(Decision::Error, "run_too_long".to_owned());
                return;
            }
            let visit = self.visit(&block.id);
            match &block.shape.work {
                Work::Machine { .. } | Work::Wait { .. } => self.activate(block, visit, fork),
                Work::Parallel => {
                    let n = self.split(&block.id, fork);
                    todo.extend(block.next.iter().rev().map(|(_, next)| (*next, Some(n))));
                }
                Work::Join { of, need } => {
                    let branches = flow.block(of).map_or(1, |parallel| parallel.next.len());
                    if let (Some(up), Some(next)) =
                        (self.arrive(fork, need.count(branches)), block.leads_to("done"))
                    {
                        todo.push((next, up));
                    }
                }
                // No sound flow has one.
                Work::Part => self.end(Decision::Error, "flow_part_unexpanded".to_owned()),
                Work::End { decision, reason, reason_from } => {
                    let told = reason_from.as_deref().and_then(|path| self.run.facts.text(path));
                    let reason = told.unwrap_or(reason).to_owned();
                    self.end(*decision, reason);
                }
            }
        }
    }

    /// Ends the run and takes back everything that is still active.
    pub(super) fn end(&mut self, decision: Decision, reason: String) {
        self.cancel_all();
        self.run.status = Status::Ended { decision, reason: reason.clone() };
        self.effects.push(Effect::End { decision, reason });
    }

    /// Takes back every active block and forgets the open branches.
    pub(super) fn cancel_all(&mut self) {
        self.run.forks.clear();
        for active in std::mem::take(&mut self.run.active) {
            self.cancel(active.at);
        }
    }

    fn activate(&mut self, block: &Block, visit: u32, fork: Option<u32>) {
        let due = due(block, self.now);
        let active = Active { at: At { block: block.id.clone(), visit }, due, given: 0, fork };
        self.effects.extend(effect(block, &active));
        self.run.active.push(active);
    }

    fn split(&mut self, of: &BlockId, up: Option<u32>) -> u32 {
        let n = self.run.forked;
        self.run.forked += 1;
        self.run.forks.push(Fork { n, of: of.clone(), up, arrived: 0 });
        n
    }

    /// Counts a branch that reached its join. With the last one needed, the others are taken back and the enclosing
    /// branch goes on: `Some(enclosing)`.
    fn arrive(&mut self, fork: Option<u32>, need: u32) -> Option<Option<u32>> {
        let n = fork?;
        let fork = self.run.forks.iter_mut().find(|fork| fork.n == n)?;
        fork.arrived += 1;
        if fork.arrived < need {
            return None;
        }
        let up = fork.up;
        let inside: Vec<u32> = self.run.forks.iter().map(|f| f.n).filter(|f| self.is_within(*f, n)).collect();
        self.run.forks.retain(|fork| !inside.contains(&fork.n));
        let active = std::mem::take(&mut self.run.active);
        for active in active {
            if active.fork.is_some_and(|fork| inside.contains(&fork)) {
                self.cancel(active.at);
            } else {
                self.run.active.push(active);
            }
        }
        Some(up)
    }

    /// A task or wait given in this very step and taken back again is simply not given.
    fn cancel(&mut self, at: At) {
        let given = |effect: &Effect| match effect {
            Effect::Perform(task) => task.at == at,
            Effect::Await(wait) => wait.at == at,
            _ => false,
        };
        match self.effects.iter().position(given) {
            Some(place) => drop(self.effects.remove(place)),
            None => self.effects.push(Effect::Cancel(at)),
        }
    }

    fn is_open(&self, fork: Option<u32>) -> bool {
        fork.is_none_or(|n| self.run.forks.iter().any(|fork| fork.n == n))
    }

    fn is_within(&self, mut inner: u32, outer: u32) -> bool {
        loop {
            if inner == outer {
                return true;
            }
            match self.run.forks.iter().find(|fork| fork.n == inner).and_then(|fork| fork.up) {
                Some(up) => inner = up,
                None => return false,
            }
        }
    }

    fn visit(&mut self, block: &BlockId) -> u32 {
        self.run.entered += 1;
        match self.run.visits.iter_mut().find(|(id, _)| id == block) {
            Some((_, n)) => {
                *n += 1;
                *n
            }
            None => {
                self.run.visits.push((block.clone(), 1));
                1
            }
        }
    }

    fn remember(&mut self, block: &BlockId, outcome: &str) {
        self.run.facts.set_outcome(block.as_str(), outcome);
    }
}

/// The task or wait of an active block; `None` for a kind that is never active.
pub(super) fn effect(block: &Block, active: &Active) -> Option<Effect> {
    let (at, kind, params, due) = (active.at.clone(), block.kind.key(), block.params.clone(), active.due);
    match &block.shape.work {
        Work::Machine { timeout_ms, .. } => {
            Some(Effect::Perform(Task { at, kind, params, timeout_ms: *timeout_ms, due }))
        }
        Work::Wait { who, .. } => Some(Effect::Await(Wait { at, kind, params, who: who.clone(), due })),
        Work::Parallel | Work::Join { .. } | Work::Part | Work::End { .. } => None,
    }
}

pub(super) fn due(block: &Block, now: Timestamp) -> Timestamp {
    if let Work::Wait { opens: Some(window), .. } = &block.shape.work {
        return window.next(now);
    }
    let span = match &block.shape.work {
        Work::Machine { timeout_ms, .. } => {
            SignedDuration::from_millis(i64::from(*timeout_ms)) + RESTART_GRACE
        }
        Work::Wait { due_minutes, .. } => SignedDuration::from_mins(i64::from(*due_minutes)),
        Work::Parallel | Work::Join { .. } | Work::Part | Work::End { .. } => SignedDuration::ZERO,
    };
    now.saturating_add(span).unwrap_or(Timestamp::MAX)
}
