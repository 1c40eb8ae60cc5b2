//! A case walked through the flow by hand: the very machine that runs cases, one step at a time, with a way back.

use jiff::Timestamp;

use super::super::evaluate::{Evaluated, Reference, evaluate};
use super::super::kinds::Who;
use super::super::{At, Event, Facts, Flow, Refused, Run, Status, Work, step};

/// A case on its way through a flow.
#[derive(Debug)]
pub struct Trial {
    flow: Flow,
    past: Vec<Run>,
    run: Run,
}

/// An active block, and what somebody may make of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Which activation.
    pub at: At,
    /// Who acts; `None` for the machine.
    pub who: Option<Who>,
    /// The outcomes to choose from.
    pub outcomes: Vec<String>,
    /// What the rules say, for blocks that need only facts.
    pub answer: Option<Evaluated>,
}

impl Trial {
    /// Starts a case with these facts.
    ///
    /// # Errors
    /// As [`step`].
    pub fn start(flow: Flow, facts: Facts, now: Timestamp) -> Result<Self, Refused> {
        let run = step(&flow, Run::new(&flow), Event::Start { facts }, now)?.run;
        Ok(Self { flow, past: Vec::new(), run })
    }

    /// The case as it now is.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The flow it goes through.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        matches!(self.run.status(), Status::Ended { .. })
    }

    /// Every active block with what can be chosen there.
    pub fn choices(&self, now: Timestamp) -> Vec<Choice> {
        let choice = |at: &At| {
            let block = self.flow.block(&at.block)?;
            let who = match &block.shape.work {
                Work::Wait { who, .. } => Some(who.clone()),
                _ => None,
            };
            let outcomes =
                block.shape.outcomes.iter().filter(|outcome| *outcome != "exhausted").cloned().collect();
            let answer = evaluate(block, self.run.facts(), &Reference::at(now));
            Some(Choice { at: at.clone(), who, outcomes, answer })
        };
        self.run.active().iter().filter_map(|active| choice(&active.at)).collect()
    }

    /// Leaves an active block by an outcome; the rules' own answer brings what they wrote.
    ///
    /// # Errors
    /// As [`step`]; nothing is changed then.
    pub fn choose(&mut self, at: &At, outcome: &str, now: Timestamp) -> Result<(), Refused> {
        let answer =
            self.choices(now).into_iter().find(|choice| choice.at == *at).and_then(|choice| choice.answer);
        let writes =
            answer.filter(|answer| answer.outcome == outcome).map(|answer| answer.writes).unwrap_or_default();
        let event = Event::Done { at: at.clone(), outcome: outcome.to_owned(), writes };
        let stepped = step(&self.flow, self.run.clone(), event, now)?;
        self.past.push(std::mem::replace(&mut self.run, stepped.run));
        Ok(())
    }

    /// Goes one step back. Whether there was one.
    pub fn back(&mut self) -> bool {
        let Some(before) = self.past.pop() else { return false };
        self.run = before;
        true
    }

    /// Whether there is a step to go back.
    pub fn can_go_back(&self) -> bool {
        !self.past.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::draw::{long_flow, sound};

    #[test]
    fn a_case_is_walked_forward_and_back() {
        let flow = sound(&long_flow(4)).unwrap();
        let now = Timestamp::UNIX_EPOCH;
        let mut trial = Trial::start(flow, Facts::new(), now).unwrap();
        let first = trial.choices(now).remove(0);
        assert_eq!(first.at.block.as_str(), "review_1");
        assert_eq!(first.who, Some(Who::Queue("identity".into())));
        assert_eq!(first.outcomes, ["approve", "decline", "request_more", "expired"]);
        assert!(trial.choose(&first.at, "no_such", now).is_err() && !trial.can_go_back());
        trial.choose(&first.at, "approve", now).unwrap();
        assert_eq!(trial.run().active()[0].at.block.as_str(), "review_2");
        let second = trial.choices(now).remove(0).at;
        trial.choose(&second, "expired", now).unwrap();
        assert!(trial.has_ended() && trial.choices(now).is_empty());
        assert!(trial.back() && trial.back() && !trial.back());
        assert_eq!(trial.run().active()[0].at, first.at);
    }
}
