//! The machine: one event in, the next state and what to do out. No clock, no I/O, no randomness.
//!
//! An event that does not fit (late, doubled, for a branch that was cancelled) is refused and changes nothing, so a
//! transition happens at most once however often its event comes.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::definition::{Block, Flow};
use super::facts::Facts;
use super::kinds::{Class, Decision, Who, Work};
use super::moves::{due, effect};
use super::run::{Active, At, Run, Status};

/// Most block entries of one run; beyond it the run ends with [`Decision::Error`]. The check on a flow's loops keeps
/// real flows far below.
pub const MAX_VISITS: u32 = 1_000;

/// How often a customer may ask for a person in one run.
pub const MAX_ASKS: u8 = 3;

/// How often one activation may be given more time.
pub const MAX_MORE_TIME: u8 = 3;

/// What happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// The case begins with what is known of the request (`product`, `vehicle`, `request`, …).
    Start {
        /// What is known.
        facts: Facts,
    },
    /// An active block has its outcome: the machine finished, or the person acted.
    Done {
        /// Which activation.
        at: At,
        /// One of the block's outcomes.
        outcome: String,
        /// What it found out, within the paths its kind declares; replaces what the block wrote before.
        writes: Facts,
    },
    /// Something was learned in a block that goes on (one of two consents, say).
    Noted {
        /// Which activation.
        at: At,
        /// Merged into the facts, within the paths its kind declares.
        writes: Facts,
    },
    /// The block's due time has come.
    Due {
        /// Which activation.
        at: At,
    },
    /// Somebody with authority ends the machine's work or the wait for a partner at once, as if its time were over: the flow
    /// goes the way that is proved for that.
    Hurry {
        /// Which activation.
        at: At,
    },
    /// Somebody with authority gives the customer, or the people of a queue, their full time once more from now on.
    MoreTime {
        /// Which activation.
        at: At,
    },
    /// The customer asks for a person (also after a decline or an expiry, which reopens the run).
    AskPerson,
    /// The customer withdraws.
    Withdraw,
}

/// Work for the machine.
#[derive(Debug, Clone, PartialEq)]
pub struct Task {
    /// Which activation; its text is the idempotency key within the case.
    pub at: At,
    /// Key of the block's kind.
    pub kind: &'static str,
    /// The block's parameters.
    pub params: Arc<Value>,
    /// Time the work itself may take, milliseconds.
    pub timeout_ms: u32,
    /// When the task counts as lost and takes its `timeout` or `error` outcome.
    pub due: Timestamp,
}

/// Somebody is waited for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// Which activation.
    pub at: At,
    /// Key of the block's kind.
    pub kind: &'static str,
    /// The block's parameters.
    pub params: Arc<Value>,
    /// Who is waited for.
    pub who: Who,
    /// When the wait takes its `expired` or `timeout` outcome.
    pub due: Timestamp,
}

/// What the shell has to do, after the new state is durable.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Do this and answer with [`Event::Done`].
    Perform(Task),
    /// Let this person or partner act and answer with [`Event::Done`].
    Await(Wait),
    /// This activation no longer counts: take its task or wait back; a later answer would be refused as stale.
    Cancel(At),
    /// The run is over.
    End {
        /// How.
        decision: Decision,
        /// Stable code of the reason.
        reason: String,
    },
}

/// A new state and what follows from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// The new state.
    pub run: Run,
    /// What to do, in order.
    pub effects: Vec<Effect>,
}

/// Why an event changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The activation is not active: done before, cancelled, or never was.
    #[error("This step is already settled. Load the case again to see where it stands.")]
    Stale,
    /// The due time is still to come.
    #[error("This step is due at {0}. Send the event again then.")]
    NotDue(Timestamp),
    /// The block has no such outcome, or it cannot be given from outside.
    #[error("The block has no outcome {0}. Answer with one of its outcomes.")]
    UnknownOutcome(String),
    /// A written path is not one that the kind declares.
    #[error("The block may not write {0}. Write only the paths that its kind declares.")]
    UndeclaredWrite(String),
    /// More written at once than a block may.
    #[error("The block writes too much at once. Keep bulk data outside the facts.")]
    TooMuch,
    /// The run has started before.
    #[error("The run has started before. Go on with its next step.")]
    AlreadyStarted,
    /// The run has not started.
    #[error("The run has not started. Start it first.")]
    NotStarted,
    /// The run belongs to another flow.
    #[error("The run belongs to another flow. Load the flow it is pinned to.")]
    OtherFlow,
    /// The run is over in a way that cannot be reopened.
    #[error("The case is closed. Start a new one.")]
    Ended,
    /// The customer has signed: what was signed does not change any more.
    #[error("The contract is signed. Ask the advisor about anything that comes after it.")]
    Signed,
    /// The flow names no block for a person.
    #[error("This flow has no review to ask. Contact the advisor.")]
    NoPerson,
    /// Nothing has been handed in that a person could look at.
    #[error("There is nothing to look at yet. Hand in the ID number and the photo first.")]
    NothingYet,
    /// Only the machine's work and the wait for a partner can be ended early.
    #[error("This step is not the machine's or a partner's, so it cannot be ended early.")]
    NotHurried,
    /// Only a person's time can be given anew, and that [`MAX_MORE_TIME`] times.
    #[error("This step cannot be given more time: nobody is waited for, or it was given it three times.")]
    NoMoreTime,
    /// A person is on it, or was asked [`MAX_ASKS`] times.
    #[error("A person has been asked already. Wait for the answer.")]
    AlreadyAsked,
}

impl Refused {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stale => "run_stale",
            Self::NotDue(_) => "run_not_due",
            Self::UnknownOutcome(_) => "run_unknown_outcome",
            Self::UndeclaredWrite(_) => "run_undeclared_write",
            Self::TooMuch => "run_too_much",
            Self::AlreadyStarted => "run_already_started",
            Self::NotStarted => "run_not_started",
            Self::OtherFlow => "run_other_flow",
            Self::Ended => "run_ended",
            Self::Signed => "run_signed",
            Self::NoPerson => "run_no_person",
            Self::NothingYet => "run_nothing_yet",
            Self::AlreadyAsked => "run_already_asked",
            Self::NotHurried => "run_not_hurried",
            Self::NoMoreTime => "run_no_more_time",
        }
    }
}

/// Takes the run one event further at the moment `now`.
///
/// # Errors
/// [`Refused`] when the event does not fit; nothing has happened then.
pub fn step(flow: &Flow, run: Run, event: Event, now: Timestamp) -> Result<Stepped, Refused> {
    if run.flow != flow.key {
        return Err(Refused::OtherFlow);
    }
    let mut machine = Machine { flow, run, effects: Vec::new(), now };
    match event {
        Event::Start { facts } => machine.start(facts)?,
        Event::Done { at, outcome, writes } => machine.done(&at, &outcome, writes)?,
        Event::Noted { at, writes } => machine.noted(&at, writes)?,
        Event::Due { at } => machine.due(&at)?,
        Event::Hurry { at } => machine.hurry(&at)?,
        Event::MoreTime { at } => machine.more_time(&at)?,
        Event::AskPerson => machine.ask_person()?,
        Event::Withdraw => machine.withdraw()?,
    }
    Ok(Stepped { run: machine.run, effects: machine.effects })
}

/// The tasks and waits of every active block, as [`step`] gave them: what a restarted server takes up again.
pub fn outstanding(flow: &Flow, run: &Run) -> Vec<Effect> {
    run.active.iter().filter_map(|active| effect(flow.block(&active.at.block)?, active)).collect()
}

pub(super) struct Machine<'f> {
    pub(super) flow: &'f Flow,
    pub(super) run: Run,
    pub(super) effects: Vec<Effect>,
    pub(super) now: Timestamp,
}

impl<'f> Machine<'f> {
    fn start(&mut self, facts: Facts) -> Result<(), Refused> {
        if self.run.status != Status::New {
            return Err(Refused::AlreadyStarted);
        }
        if !facts.is_bounded() {
            return Err(Refused::TooMuch);
        }
        if facts.get("outcome").is_some() {
            return Err(Refused::UndeclaredWrite("outcome".to_owned()));
        }
        self.run.facts = facts;
        self.run.status = Status::Running;
        self.enter(self.flow.start, None);
        Ok(())
    }

    fn done(&mut self, at: &At, outcome: &str, writes: Facts) -> Result<(), Refused> {
        let (place, block) = self.find(at)?;
        if outcome == "exhausted" || block.leads_to(outcome).is_none() {
            return Err(Refused::UnknownOutcome(outcome.to_owned()));
        }
        allowed(block, &writes)?;
        self.leave(place, block, outcome, writes);
        Ok(())
    }

    fn noted(&mut self, at: &At, writes: Facts) -> Result<(), Refused> {
        let (_, block) = self.find(at)?;
        allowed(block, &writes)?;
        self.run.facts.merge(writes);
        Ok(())
    }

    fn due(&mut self, at: &At) -> Result<(), Refused> {
        let (place, block) = self.find(at)?;
        let due = self.run.active[place].due;
        if due > self.now {
            return Err(Refused::NotDue(due));
        }
        let on_due = block.shape.work.on_due().ok_or(Refused::Stale)?;
        self.leave(place, block, on_due, Facts::new());
        Ok(())
    }

    fn hurry(&mut self, at: &At) -> Result<(), Refused> {
        let (place, block) = self.find(at)?;
        match &block.shape.work {
            Work::Machine { on_due, .. } | Work::Wait { who: Who::Partner(_), on_due, .. } => {
                self.leave(place, block, on_due, Facts::new());
                Ok(())
            }
            _ => Err(Refused::NotHurried),
        }
    }

    fn more_time(&mut self, at: &At) -> Result<(), Refused> {
        let (place, block) = self.find(at)?;
        let due = due(block, self.now);
        let active = &mut self.run.active[place];
        let is_a_persons = matches!(&block.shape.work, Work::Wait { who: Who::Customer | Who::Queue(_), .. });
        if !is_a_persons || active.given >= MAX_MORE_TIME || due <= active.due {
            return Err(Refused::NoMoreTime);
        }
        active.given += 1;
        active.due = due;
        let again = effect(block, active);
        self.effects.extend(again);
        Ok(())
    }

    fn ask_person(&mut self) -> Result<(), Refused> {
        let person = self.flow.person.ok_or(Refused::NoPerson)?;
        match &self.run.status {
            Status::New => return Err(Refused::NotStarted),
            Status::Running | Status::Ended { decision: Decision::Declined | Decision::Expired, .. } => {}
            Status::Ended { .. } => return Err(Refused::Ended),
        }
        if self.run.signed(self.flow) {
            return Err(Refused::Signed);
        }
        let with_a_person = |active: &Active| {
            let block = self.flow.block(&active.at.block);
            block.is_some_and(|b| matches!(b.shape.work, Work::Wait { who: Who::Queue(_), .. }))
        };
        let at_intake = |active: &Active| {
            self.flow.block(&active.at.block).is_some_and(|block| block.kind.class() == Class::Intake)
        };
        if self.run.active.iter().any(at_intake) {
            return Err(Refused::NothingYet);
        }
        if self.run.asks >= MAX_ASKS || self.run.active.iter().any(with_a_person) {
            return Err(Refused::AlreadyAsked);
        }
        self.run.asks += 1;
        self.run.status = Status::Running;
        self.cancel_all();
        self.enter(person, None);
        Ok(())
    }

    fn withdraw(&mut self) -> Result<(), Refused> {
        match self.run.status {
            Status::New => Err(Refused::NotStarted),
            Status::Ended { .. } => Err(Refused::Ended),
            Status::Running => {
                self.end(Decision::Withdrawn, "withdrawn_by_customer".to_owned());
                Ok(())
            }
        }
    }

    fn find(&self, at: &At) -> Result<(usize, &'f Block), Refused> {
        if self.run.status == Status::New {
            return Err(Refused::NotStarted);
        }
        let place = self.run.active.iter().position(|active| active.at == *at).ok_or(Refused::Stale)?;
        let block = self.flow.block(&at.block).ok_or(Refused::Stale)?;
        Ok((place, block))
    }
}

fn allowed(block: &Block, writes: &Facts) -> Result<(), Refused> {
    if !writes.is_bounded() {
        return Err(Refused::TooMuch);
    }
    writes.first_outside(&block.shape.writes).map_or(Ok(()), |path| Err(Refused::UndeclaredWrite(path)))
}
