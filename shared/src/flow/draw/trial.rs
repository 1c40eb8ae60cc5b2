//! A case walked through the flow by hand: the very machine that runs cases, one step at a time, with a way back.

use jiff::Timestamp;

use super::super::evaluate::{Evaluated, Reference, evaluate};
use super::super::kinds::Who;
use super::super::{At, Event, Facts, Flow, Refused, Run, Status, Work, step};

/// What a case begins with.
const KNOWN: [&str; 6] = ["product", "vehicle", "request", "channel", "region", "funder.wanted"];
/// Outcomes by which a block found nothing out.
const FAILED: [&str; 5] = ["error", "expired", "timeout", "no_consent", "refused"];

/// A case on its way through a flow.
#[derive(Debug)]
pub struct Trial {
    flow: Flow,
    sample: Facts,
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
    /// Starts a case. Of the sample it begins with what is known of a request; the rest is found out by the blocks that
    /// find such things out.
    ///
    /// # Errors
    /// As [`step()`].
    pub fn start(flow: Flow, sample: Facts, now: Timestamp) -> Result<Self, Refused> {
        let mut facts = Facts::new();
        for path in KNOWN {
            if let Some(value) = sample.get(path) {
                facts.set(path, value.clone());
            }
        }
        let run = step(&flow, Run::new(&flow), Event::Start { facts }, now)?.run;
        Ok(Self { flow, sample, past: Vec::new(), run })
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
    /// As [`step()`]; nothing is changed then.
    pub fn choose(&mut self, at: &At, outcome: &str, now: Timestamp) -> Result<(), Refused> {
        let choice = self.choices(now).into_iter().find(|choice| choice.at == *at);
        let answer = choice.and_then(|choice| choice.answer).filter(|answer| answer.outcome == outcome);
        let writes = answer.map_or_else(|| self.found_out(at, outcome), |answer| answer.writes);
        let event = Event::Done { at: at.clone(), outcome: outcome.to_owned(), writes };
        let stepped = step(&self.flow, self.run.clone(), event, now)?;
        self.past.push(std::mem::replace(&mut self.run, stepped.run));
        Ok(())
    }

    /// What the sample says of the facts that a block finds out, unless it failed.
    fn found_out(&self, at: &At, outcome: &str) -> Facts {
        let mut facts = Facts::new();
        let block = self.flow.block(&at.block).filter(|_| !FAILED.contains(&outcome));
        for path in block.into_iter().flat_map(|block| &block.shape.writes) {
            if let Some(value) = self.sample.get(path) {
                facts.set(path, value.clone());
            }
        }
        facts
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
    use crate::flow::draw::{Canvas, long_flow, sound};
    use serde_json::json;

    #[test]
    fn a_case_is_walked_forward_and_back() {
        let flow = sound(&long_flow(4), &|_| None).unwrap();
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

    #[test]
    fn blocks_find_out_what_the_sample_says() {
        let file = serde_json::from_str(include_str!("../../../../assets/flows/new-car-loan.json")).unwrap();
        let flow = sound(&Canvas::read(&file).unwrap(), &|_| None).unwrap();
        let sample = json!({"product": "x", "id": {"valid": true, "age": 31}, "secret": 1});
        let now = Timestamp::UNIX_EPOCH;
        let mut trial = Trial::start(flow, Facts::from_json(sample).unwrap(), now).unwrap();
        assert_eq!(trial.run().facts().get("id"), None, "nobody has handed it in yet");
        let intake = trial.choices(now).remove(0).at;
        trial.choose(&intake, "complete", now).unwrap();
        assert_eq!(trial.run().facts().number("id.age"), Some(31));
        assert_eq!(trial.run().facts().get("secret"), None);
        let rules =
            trial.choices(now).into_iter().find(|choice| choice.at.block.as_str() == "id_rules").unwrap();
        assert_eq!(rules.answer.unwrap().outcome, "valid");
    }
}
