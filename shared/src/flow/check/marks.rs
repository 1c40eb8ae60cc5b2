//! Whether a mark may be set, and whether it may be missing, while a block is active, whichever path led there.
//!
//! A mark says "passed `disclose` with `confirmed` since the terms were last written", or "this consent was given".
//! A rule that something must have happened holds where the mark cannot be missing; a rule that something must not
//! have happened before holds where it cannot be set.
//!
//! Branches of a parallel block know nothing of each other until their join, so what a whole branch does to a mark is
//! one of three things: nothing, set it last, clear it last. From these summaries, worked out innermost branches first,
//! follows exactly what the others may have done meanwhile and what the join lets through; no order of steps is ever
//! listed. A run may take any outcome at any time, `exhausted` included, and a customer may ask for a person.

use super::super::definition::{Block, Flow};
use super::super::kinds::{Class, Decision, Who, Work};
use super::graph::{Fork, forks};

/// What one step does to the mark: the new value, or `None` when it stays.
pub(super) type Change = Option<bool>;

/// How blocks change a mark.
pub(super) struct Effects<'a> {
    /// What leaving a block by an outcome does. Nobody asks for `exhausted`: such a block is not worked on.
    pub(super) on_leaving: &'a dyn Fn(&Block, &str) -> Change,
    /// Whether the mark may be cleared while a block is active (because it writes what the mark depends on).
    pub(super) while_active: &'a dyn Fn(&Block) -> bool,
}

impl Effects<'_> {
    pub(super) fn leaving(&self, block: &Block, outcome: &str) -> Change {
        if outcome == "exhausted" { None } else { (self.on_leaving)(block, outcome) }
    }
}

/// The values that a mark may have at some point; none where no path leads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct May {
    /// It may be missing.
    pub(super) missing: bool,
    /// It may be set.
    pub(super) set: bool,
}

impl May {
    pub(super) fn be(value: bool) -> Self {
        Self { missing: !value, set: value }
    }

    fn or(self, other: Self) -> Self {
        Self { missing: self.missing | other.missing, set: self.set | other.set }
    }

    fn reached(self) -> bool {
        self.missing || self.set
    }
}

/// What a piece of a run may have done to the mark, taken as a whole.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Done {
    nothing: bool,
    set: bool,
    cleared: bool,
}

impl Done {
    const NOTHING: Self = Self { nothing: true, set: false, cleared: false };

    fn by(change: Change) -> Self {
        Self { nothing: change.is_none(), set: change == Some(true), cleared: change == Some(false) }
    }

    fn possible(self) -> bool {
        self.nothing || self.set || self.cleared
    }

    fn or(self, other: Self) -> Self {
        Self {
            nothing: self.nothing | other.nothing,
            set: self.set | other.set,
            cleared: self.cleared | other.cleared,
        }
    }

    /// This, and after it the other.
    fn then(self, next: Self) -> Self {
        let here = self.possible();
        Self {
            nothing: self.nothing && next.nothing,
            set: here && next.set || self.set && next.nothing,
            cleared: here && next.cleared || self.cleared && next.nothing,
        }
    }

    /// The values after it.
    fn after(self, before: May) -> May {
        let here = before.reached();
        May {
            missing: here && self.cleared || before.missing && self.nothing,
            set: here && self.set || before.set && self.nothing,
        }
    }
}

/// A branch, or a whole parallel block from its entry to its join.
#[derive(Debug, Clone, Copy, Default)]
struct Summary {
    /// What it may have done at any moment before it is through.
    meanwhile: Done,
    /// What it may have done when it comes through.
    through: Done,
    /// It may come through by a step that changes nothing.
    quietly: bool,
    /// It leads to its join at once, without a block.
    direct: bool,
}

/// A block inside its branch, seen from the branch's beginning.
#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    done: Done,
    /// It may be entered by a step that changes nothing.
    quietly: bool,
}

/// The customer's signature, after which nobody can ask for a person any more.
const SIGNED: Effects<'_> = Effects {
    on_leaving: &|block, outcome| (block.kind.key() == "sign").then_some(outcome == "signed"),
    while_active: &|_| false,
};

/// What every proof about a flow needs to know of it, worked out once.
pub(super) struct Ground<'f> {
    pub(super) flow: &'f Flow,
    pub(super) forks: Vec<Fork>,
    /// For each block, whether a customer may ask for a person while it is active, or after it has ended the case.
    pub(super) askable: Vec<bool>,
}

impl<'f> Ground<'f> {
    pub(super) fn of(flow: &'f Flow) -> Self {
        let may_ask = |block: &Block| match &block.shape.work {
            Work::Wait { who: Who::Queue(_), .. } => false,
            Work::Machine { .. } | Work::Wait { .. } => block.kind.class() != Class::Intake,
            Work::End { decision, .. } => matches!(decision, Decision::Declined | Decision::Expired),
            Work::Parallel | Work::Join { .. } | Work::Part => false,
        };
        let askable = flow.blocks.iter().map(may_ask).collect();
        let mut ground = Self { flow, forks: forks(flow), askable };
        let signed = ground.values(&SIGNED);
        for (may, signed) in ground.askable.iter_mut().zip(signed) {
            *may &= signed.missing;
        }
        ground
    }

    /// What the mark may be while each block is active (for ends: when it is entered), by position.
    pub(super) fn values(&self, effects: &Effects) -> Vec<May> {
        let mut summaries: Summaries = (0..self.forks.len()).map(|_| None).collect();
        for place in innermost_first(&self.forks) {
            let fork = &self.forks[place];
            let summary = |first| summarise(self, effects, &summaries, fork, first);
            let branches: Vec<Summary> = fork.branches.iter().map(|branch| summary(branch.first)).collect();
            summaries[place] = Some((joined(&branches, fork.need), branches));
        }
        spread(self, effects, &summaries)
    }
}

/// For each parallel block, once it is known: what comes of the whole, and of each branch.
type Summaries = Vec<Option<(Summary, Vec<Summary>)>>;

/// Places of forks, so that every fork comes after those within its branches.
fn innermost_first(forks: &[Fork]) -> Vec<usize> {
    let size = |fork: &Fork| fork.branches.iter().map(|branch| branch.blocks.len()).sum::<usize>();
    let mut places: Vec<usize> = (0..forks.len()).collect();
    places.sort_by_key(|place| size(&forks[*place]));
    places
}

/// Goes through one branch, taking parallel blocks inside it as one piece.
fn summarise(ground: &Ground, effects: &Effects, summaries: &Summaries, of: &Fork, first: usize) -> Summary {
    let Ground { flow, forks, .. } = ground;
    if first == of.join {
        return Summary { meanwhile: Done::NOTHING, through: Done::NOTHING, quietly: false, direct: true };
    }
    let mut seen = vec![Seen::default(); flow.blocks.len()];
    let mut summary = Summary::default();
    seen[first] = Seen { done: Done::NOTHING, quietly: false };
    let mut todo = vec![first];
    while let Some(at) = todo.pop() {
        let (here, block) = (seen[at], &flow.blocks[at]);
        if block.shape.work.takes_time() {
            summary.meanwhile = summary.meanwhile.or(here.done);
            if (effects.while_active)(block) {
                summary.meanwhile = summary.meanwhile.or(here.done.then(Done::by(Some(false))));
            }
        }
        let mut steps: Vec<(usize, Seen)> = Vec::new();
        match (&block.shape.work, forks.iter().position(|fork| fork.parallel == at)) {
            (Work::Parallel, Some(place)) => {
                if let Some((whole, _)) = &summaries[place] {
                    summary.meanwhile = summary.meanwhile.or(here.done.then(whole.meanwhile));
                    let done = here.done.then(whole.through);
                    steps.push((forks[place].join, Seen { done, quietly: whole.quietly }));
                }
            }
            _ => {
                for (outcome, to) in &block.next {
                    let at_once = outcome == "exhausted" || matches!(block.shape.work, Work::Join { .. });
                    let change = effects.leaving(block, outcome);
                    let quietly = if at_once { here.quietly } else { change.is_none() };
                    steps.push((*to, Seen { done: here.done.then(Done::by(change)), quietly }));
                }
            }
        }
        for (to, step) in steps.into_iter().filter(|(_, step)| step.done.possible()) {
            if to == of.join {
                summary.through = summary.through.or(step.done);
                summary.quietly |= step.quietly;
                continue;
            }
            let old = seen[to];
            let new = Seen { done: old.done.or(step.done), quietly: old.quietly | step.quietly };
            if new.done != old.done || new.quietly != old.quietly {
                seen[to] = new;
                todo.push(to);
            }
        }
    }
    summary
}

/// Whether a branch that has come through may have to wait for another one.
fn waits(branches: &[Summary], need: usize) -> bool {
    need.saturating_sub(branches.iter().filter(|branch| branch.direct).count()) > 1
}

/// What comes through a join that lets the case pass with the `need`-th branch.
fn joined(branches: &[Summary], need: usize) -> Summary {
    let (direct, working): (Vec<&Summary>, Vec<&Summary>) = branches.iter().partition(|b| b.direct);
    let done = |branch: &Summary| {
        if waits(branches, need) { branch.meanwhile.or(branch.through) } else { branch.meanwhile }
    };
    let meanwhile = branches.iter().map(done).fold(Done::default(), Done::or);
    let Some(need) = need.checked_sub(direct.len()).filter(|need| *need > 0) else {
        return Summary { meanwhile, through: Done::NOTHING, quietly: false, direct: true };
    };
    let coming: Vec<&&Summary> = working.iter().filter(|b| b.through.possible()).collect();
    if coming.len() < need {
        return Summary { meanwhile, ..Summary::default() };
    }
    let mut through =
        Done { nothing: coming.iter().filter(|b| b.through.nothing).count() >= need, ..Done::default() };
    for (i, branch) in working.iter().enumerate() {
        // Whoever does something last can be among those that come through, and come last.
        through.set |= branch.through.set;
        through.cleared |= branch.through.cleared;
        // Or it is left behind, and the last one to come through changes nothing.
        let others = working.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| other);
        let enough = others.clone().filter(|other| other.through.possible()).count() >= need;
        if enough && others.clone().any(|other| other.quietly) {
            through.set |= branch.meanwhile.set;
            through.cleared |= branch.meanwhile.cleared;
        }
    }
    Summary { meanwhile, through, quietly: coming.iter().any(|b| b.quietly), direct: false }
}

/// For each block, the values that other branches may give the mark while it is active.
fn meanwhile(ground: &Ground, summaries: &Summaries) -> Vec<May> {
    let mut may = vec![May::default(); ground.flow.blocks.len()];
    for (fork, summary) in ground.forks.iter().zip(summaries) {
        let Some((_, branches)) = summary else { continue };
        for (i, branch) in fork.branches.iter().enumerate() {
            let others = branches.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| other);
            let mut done = others.clone().map(|other| other.meanwhile).fold(Done::default(), Done::or);
            if waits(branches, fork.need) {
                done = others.map(|other| other.through).fold(done, Done::or);
            }
            for block in &branch.blocks {
                may[*block] = may[*block].or(May { missing: done.cleared, set: done.set });
            }
        }
    }
    may
}

/// The least solution over all blocks at once.
fn spread(ground: &Ground, effects: &Effects, summaries: &Summaries) -> Vec<May> {
    let Ground { flow, forks, askable } = ground;
    let meanwhile = meanwhile(ground, summaries);
    let mut entered = vec![May::default(); flow.blocks.len()];
    entered[flow.start] = May::be(false);
    let mut todo: Vec<usize> = vec![flow.start];
    let mut active = vec![May::default(); flow.blocks.len()];
    while let Some(at) = todo.pop() {
        let block = &flow.blocks[at];
        let (here, stays) = (entered[at], block.shape.work.takes_time());
        active[at] = if stays { here.or(meanwhile[at]) } else { here };
        let mut into: Vec<(usize, May)> = Vec::new();
        if let Some(person) = flow.person.filter(|_| askable[at]) {
            let unmade = stays && active[at].reached() && (effects.while_active)(block);
            into.push((person, May { missing: active[at].missing || unmade, ..active[at] }));
        }
        for (outcome, to) in &block.next {
            let values = if stays && outcome != "exhausted" {
                Done::by(effects.leaving(block, outcome)).after(active[at])
            } else {
                here
            };
            // A join is reached by the whole of its parallel block, not by its branches one by one.
            if !forks.iter().any(|fork| fork.join == *to) {
                into.push((*to, values));
            }
        }
        if let Some(place) = forks.iter().position(|fork| fork.parallel == at)
            && let Some((whole, _)) = &summaries[place]
        {
            let join = forks[place].join;
            let mut values = whole.through.after(here);
            if whole.quietly && values.reached() {
                values = values.or(meanwhile[join]);
            }
            into.push((join, values));
        }
        for (to, values) in into {
            let new = entered[to].or(values);
            if new != entered[to] {
                entered[to] = new;
                todo.push(to);
            }
        }
    }
    active
}
