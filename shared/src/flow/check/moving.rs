//! Moves a running case to another version of its flow, or says why it stays.
//!
//! A case that enters a version in its middle has not come the way that was proved. So it moves only where everything
//! that the proof takes for granted at its place has happened in its own history as well.

use std::collections::BTreeMap;

use super::super::definition::{BlockId, Flow};
use super::super::run::{At, Run, Status};
use super::baseline::{Baseline, Rule};
use super::graph::{forks, joins_of};
use super::marks::{Ground, May};
use super::prove::{Demand, demands};
use super::spend::{is_credit_query, most};

/// A block that the case has left, in order.
#[derive(Clone)]
pub struct Left<'f> {
    /// The version that the case was on then.
    pub of: &'f Flow,
    /// The block.
    pub block: BlockId,
    /// Its outcome.
    pub outcome: String,
}

/// What becomes of a case.
#[derive(Debug, Clone, PartialEq)]
pub enum Moving {
    /// It goes on like this on the new version.
    Moves(Box<Run>),
    /// It has ended, or has not begun.
    NothingToMove,
    /// These blocks, in which it waits, are not in the new version: say for each which block it goes on in.
    NeedsChoice(Vec<BlockId>),
    /// It stays: the new version takes for granted at its place what has not happened in this case. The code of the
    /// rule.
    Unsafe(String),
    /// It stays: it is within parallel branches that the new version does not have like this.
    BranchesDiffer(BlockId),
    /// It stays: the customer has signed, and what was signed is carried out as it was.
    Signed,
}

/// What moves cases of one version to another. What the proofs take for granted is worked out once for all cases.
pub struct Mover<'f> {
    old: &'f Flow,
    new: &'f Flow,
    to: &'f BTreeMap<BlockId, BlockId>,
    granted: Vec<Granted>,
    /// Of each budget, its code and how many credit queries a case may have made before it comes to the new version.
    queries: Vec<(String, u64)>,
}

/// What the proof of one demand takes for granted in each block of the new version.
struct Granted {
    code: String,
    demand: Demand,
    values: Vec<May>,
}

impl<'f> Mover<'f> {
    /// Moves from `old` to `new`. `to` says where blocks went that have another id or kind now; all others keep their id.
    pub fn new(
        old: &'f Flow,
        new: &'f Flow,
        to: &'f BTreeMap<BlockId, BlockId>,
        baseline: &Baseline,
    ) -> Self {
        let ground = Ground::of(new);
        let mut granted = Vec::new();
        let mut queries = Vec::new();
        for named in &baseline.rules {
            for demand in demands(new, &named.rule) {
                let values = ground.values(&demand.effects());
                granted.push(Granted { code: named.code.clone(), demand, values });
            }
            if let Rule::Budget { credit_queries: Some(limit), .. } = &named.rule {
                let further = most(&ground, &|block| u64::from(is_credit_query(block)));
                queries.push((named.code.clone(), limit.saturating_sub(further)));
            }
        }
        Self { old, new, to, granted, queries }
    }

    /// Moves a case. The run's facts and due times stay as they are; what is known of a block's outcome goes with the
    /// block.
    pub fn moved(&self, run: &Run, history: &[Left<'_>]) -> Moving {
        if *run.status() != Status::Running {
            return Moving::NothingToMove;
        }
        if run.signed(self.old) {
            return Moving::Signed;
        }
        let active = || run.active().iter().map(|active| &active.at.block);
        let lost: Vec<BlockId> = active().filter(|id| self.place(id).is_none()).cloned().collect();
        if !lost.is_empty() {
            return Moving::NeedsChoice(lost);
        }
        if let Some(id) = branches_differ(self.old, self.new, run, &|id| self.place(id)) {
            return Moving::BranchesDiffer(id);
        }
        for Granted { code, demand, values } in &self.granted {
            let effects = demand.effects();
            let happened = history.iter().fold(false, |set, left| {
                let change = left.of.block(&left.block).and_then(|b| effects.leaving(b, &left.outcome));
                change.unwrap_or(set)
            });
            // A block that is still at it may have unmade what had happened.
            let unmade =
                active().filter_map(|id| self.old.block(id)).any(|block| (effects.while_active)(block));
            let happened = happened && !unmade;
            let surprising = |at: usize| match demand.bad {
                true => happened && !values[at].set,
                false => !happened && !values[at].missing,
            };
            if active().filter_map(|id| self.place(id)).any(surprising) {
                return Moving::Unsafe(code.clone());
            }
        }
        let is_query = |left: &&Left<'_>| left.of.block(&left.block).is_some_and(is_credit_query);
        let asked = history.iter().filter(is_query).count()
            + active().filter_map(|id| self.old.block(id)).filter(|block| is_credit_query(block)).count();
        let asked = u64::try_from(asked).unwrap_or(u64::MAX);
        if let Some((code, _)) = self.queries.iter().find(|(_, left)| asked > 0 && asked > *left) {
            return Moving::Unsafe(code.clone());
        }
        Moving::Moves(Box::new(carried_over(self.new, run, self.to, &|id| self.place(id))))
    }

    /// Where the new version has what this block of the old one was.
    fn place(&self, id: &BlockId) -> Option<usize> {
        let wanted = self.to.get(id).unwrap_or(id);
        let (before, now) = (self.old.block(id)?, self.new.position(wanted)?);
        let kind = before.kind.key() == self.new.blocks[now].kind.key();
        // Somebody waits in a block with a mapping of its own: whatever kind it is, the mapping was asked for.
        let works = self.new.blocks[now].shape.work.takes_time();
        (works && (kind || self.to.contains_key(id))).then_some(now)
    }
}

/// A parallel block that the case is in and that the new version has otherwise, or not at all.
fn branches_differ(
    old: &Flow,
    new: &Flow,
    run: &Run,
    place: &dyn Fn(&BlockId) -> Option<usize>,
) -> Option<BlockId> {
    let (before, now) = (forks(old), forks(new));
    for open in &run.forks {
        let differs = || Some(open.of.clone());
        let (Some(was), Some(at)) = (old.position(&open.of), new.position(&open.of)) else {
            return differs();
        };
        let found = (before.iter().find(|f| f.parallel == was), now.iter().find(|f| f.parallel == at));
        let (Some(was), Some(is)) = found else { return differs() };
        let names = |flow: &Flow, at: usize| {
            flow.blocks[at].next.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        let same_joins = joins_of(old, &open.of).first().map(|(_, need)| *need)
            == joins_of(new, &open.of).first().map(|(_, need)| *need);
        if names(old, was.parallel) != names(new, is.parallel) || !same_joins {
            return differs();
        }
        for active in run.active().iter().filter(|active| active.fork == Some(open.n)) {
            let (Some(from), Some(to)) = (old.position(&active.at.block), place(&active.at.block)) else {
                return differs();
            };
            let branch = was.branches.iter().position(|branch| branch.blocks.contains(&from));
            if branch.is_none_or(|branch| !is.branches[branch].blocks.contains(&to)) {
                return differs();
            }
        }
    }
    // Outside of branches before, outside of them now.
    for active in run.active().iter().filter(|active| active.fork.is_none()) {
        if let Some(to) = place(&active.at.block)
            && let Some(fork) = now.iter().find(|fork| fork.branches.iter().any(|b| b.blocks.contains(&to)))
        {
            return Some(new.blocks[fork.parallel].id.clone());
        }
    }
    None
}

fn carried_over(
    new: &Flow,
    run: &Run,
    to: &BTreeMap<BlockId, BlockId>,
    place: &dyn Fn(&BlockId) -> Option<usize>,
) -> Run {
    let mut moved = run.clone();
    moved.flow = new.key.clone();
    moved.visits = Vec::new();
    for (id, visits) in &run.visits {
        let id = to.get(id).unwrap_or(id);
        match moved.visits.iter_mut().find(|(known, _)| known == id) {
            Some((_, sum)) => *sum += visits,
            None => moved.visits.push((id.clone(), *visits)),
        }
    }
    for (from, to) in to.iter().filter(|(from, to)| from != to) {
        let path = format!("outcome.{from}");
        if let Some(outcome) = moved.facts.text(&path).map(str::to_owned) {
            moved.facts.forget(&path);
            moved.facts.set_outcome(to.as_str(), &outcome);
        }
    }
    for active in &mut moved.active {
        if let Some(at) = place(&active.at.block) {
            let block = new.blocks[at].id.clone();
            let visit = moved.visits.iter().find(|(id, _)| *id == block).map_or(1, |(_, n)| *n);
            active.at = At { block, visit };
        }
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::super::super::journeys::{NEW_CAR, moment};
    use super::super::super::step::{Event, step};
    use super::super::super::{BlockId, Facts};
    use super::*;
    use serde_json::{Value, json};

    fn flow(change: impl Fn(&mut Value)) -> Flow {
        let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
        change(&mut file["blocks"]);
        Flow::parse(&file.to_string()).unwrap_or_else(|e| panic!("{e}"))
    }

    fn id(text: &str) -> BlockId {
        BlockId::parse(text).unwrap()
    }

    /// A run that was answered like this, with its history.
    fn run<'f>(flow: &'f Flow, answers: &[(&str, &str)]) -> (Run, Vec<Left<'f>>) {
        let begun = step(flow, Run::new(flow), Event::Start { facts: Facts::new() }, moment()).unwrap();
        let (mut run, mut history) = (begun.run, Vec::new());
        for (block, outcome) in answers {
            let at = run.active().iter().find(|a| a.at.block.as_str() == *block);
            let at = at.unwrap_or_else(|| panic!("{block}: {:?}", run.active())).at.clone();
            let event = Event::Done { at, outcome: (*outcome).to_owned(), writes: Facts::new() };
            run = step(flow, run, event, moment()).unwrap().run;
            history.push(Left { of: flow, block: id(block), outcome: (*outcome).to_owned() });
        }
        (run, history)
    }

    const TO_BUREAU: [(&str, &str); 10] = [
        ("intake", "complete"),
        ("id_rules", "valid"),
        ("photo_quality", "good"),
        ("ocr", "clear"),
        ("duplicate", "none"),
        ("triage", "clear"),
        ("confirm_reading", "given"),
        ("realname", "match"),
        ("matrix", "match"),
        ("consent", "given"),
    ];

    fn moving(new: &Flow, answers: &[(&str, &str)], to: &[(&str, &str)]) -> Moving {
        let old = flow(|_| {});
        let (run, history) = run(&old, answers);
        let to = to.iter().map(|(from, to)| (id(from), id(to))).collect();
        Mover::new(&old, new, &to, &Baseline::platform().unwrap()).moved(&run, &history)
    }

    #[test]
    fn a_case_goes_on_where_it_was() {
        let stricter = flow(|b| b["id_rules"]["params"]["max_age"] = json!(60));
        let Moving::Moves(run) = moving(&stricter, &TO_BUREAU, &[]) else { panic!("stays") };
        assert_eq!(run.active()[0].at.block, id("bureau"));
        let at = run.active()[0].at.clone();
        let found = Event::Done { at, outcome: "found".into(), writes: Facts::new() };
        let on = step(&stricter, *run, found, moment()).unwrap().run;
        assert_eq!(on.active()[0].at.block, id("score"));
    }

    #[test]
    fn a_block_that_is_gone_needs_a_choice() {
        let renamed = flow(|b| {
            let bureau = b.as_object_mut().unwrap().remove("bureau").unwrap();
            b["credit_bureau"] = bureau;
            b["consent"]["next"]["given"] = json!("credit_bureau");
            b["query_review"]["next"]["approve"] = json!("credit_bureau");
            let text = b.to_string().replace("outcome.bureau", "outcome.credit_bureau");
            *b = serde_json::from_str(&text).unwrap();
        });
        assert_eq!(moving(&renamed, &TO_BUREAU, &[]), Moving::NeedsChoice(vec![id("bureau")]));
        let Moving::Moves(run) = moving(&renamed, &TO_BUREAU, &[("bureau", "credit_bureau")]) else {
            panic!("stays")
        };
        assert_eq!(run.active()[0].at, At { block: id("credit_bureau"), visit: 1 });
    }

    #[test]
    fn a_case_does_not_jump_over_what_the_proof_takes_for_granted() {
        let new = flow(|_| {});
        assert_eq!(
            moving(&new, &TO_BUREAU, &[("bureau", "sign")]),
            Moving::Unsafe("gate_disclosure_before_sign".into())
        );
        assert_eq!(
            moving(&new, &TO_BUREAU[..9], &[("consent", "bureau")]),
            Moving::Unsafe("gate_consent_before_use".into())
        );
    }

    #[test]
    fn branches_must_be_the_same() {
        let inside = &TO_BUREAU[..2];
        let Moving::Moves(run) = moving(&flow(|_| {}), inside, &[]) else { panic!("stays") };
        assert_eq!(run.forks.len(), 1);
        let fewer = flow(|b| {
            b["checks"]["params"]["branches"] = json!(["id", "photo"]);
            b["checks"]["next"].as_object_mut().unwrap().remove("duplicate");
            b.as_object_mut().unwrap().remove("duplicate");
            b["triage"]["params"]["table"]["rules"]
                .as_array_mut()
                .unwrap()
                .retain(|r| r.get("duplicate").is_none());
            b["triage"]["params"]["table"]["inputs"].as_array_mut().unwrap().pop();
        });
        assert_eq!(
            moving(&fewer, inside, &[("duplicate", "photo_quality")]),
            Moving::BranchesDiffer(id("checks"))
        );
        assert_eq!(
            moving(&flow(|_| {}), inside, &[("duplicate", "score")]),
            Moving::BranchesDiffer(id("checks"))
        );
    }

    #[test]
    fn what_is_known_of_a_block_goes_with_it_and_what_is_signed_stays() {
        let renamed = flow(|b| {
            let text = b.to_string().replace("\"realname\"", "\"real_name\"");
            let text = text.replace("outcome.realname", "outcome.real_name");
            *b = serde_json::from_str(&text).unwrap();
            for block in b.as_object_mut().unwrap().values_mut() {
                if block["params"]["partner"] == "real_name" {
                    block["params"]["partner"] = json!("realname");
                }
            }
        });
        let Moving::Moves(moved_on) = moving(&renamed, &TO_BUREAU, &[("realname", "real_name")]) else {
            panic!("stays")
        };
        assert_eq!(moved_on.facts().text("outcome.real_name"), Some("match"));
        assert_eq!(moved_on.facts().text("outcome.realname"), None);
        assert_eq!(moved_on.visits(&id("real_name")), 1);

        let old = flow(|_| {});
        let (mut signed, history) = run(&old, &TO_BUREAU);
        signed.facts.set_outcome("sign", "signed");
        let baseline = Baseline::platform().unwrap();
        let nowhere = BTreeMap::new();
        assert_eq!(Mover::new(&old, &old, &nowhere, &baseline).moved(&signed, &history), Moving::Signed);
    }

    #[test]
    fn a_history_is_read_by_the_versions_that_it_was_made_on() {
        // The disclosure had another name on the version before the last one.
        let first = flow(|b| {
            let text =
                b.to_string().replace("\"disclose\"", "\"show\"").replace("outcome.disclose", "outcome.show");
            *b = serde_json::from_str(&text).unwrap();
            for block in b.as_object_mut().unwrap().values_mut() {
                if block["kind"] == "show" {
                    block["kind"] = json!("disclose");
                }
            }
        });
        let (old, new) = (flow(|_| {}), flow(|b| b["id_rules"]["params"]["max_age"] = json!(60)));
        let known: Vec<(&str, &str)> = TO_BUREAU
            .into_iter()
            .chain([("bureau", "found"), ("score", "scored"), ("policy", "approve")])
            .chain([("plan", "found"), ("funder", "matched"), ("show", "confirmed")])
            .collect();
        let (run, history) = run(&first, &known);
        let baseline = Baseline::platform().unwrap();
        let (renamed, nowhere) = ([(id("show"), id("disclose"))].into(), BTreeMap::new());
        let Moving::Moves(once) = Mover::new(&first, &old, &renamed, &baseline).moved(&run, &history) else {
            panic!("stays: {:?}", run.active())
        };
        let again = Mover::new(&old, &new, &nowhere, &baseline).moved(&once, &history);
        assert!(matches!(again, Moving::Moves(_)), "{again:?}");
        let blind: Vec<Left<'_>> = history.iter().map(|left| Left { of: &old, ..left.clone() }).collect();
        let stays = Moving::Unsafe("gate_disclosure_before_sign".into());
        assert_eq!(Mover::new(&old, &new, &nowhere, &baseline).moved(&once, &blind), stays);
    }

    #[test]
    fn what_must_not_have_happened_keeps_a_case_where_it_is() {
        let never = json!({"format": 1, "rules": [{"code": "t", "text": {"zh-CN": "规则。", "en": "A rule."},
            "rule": "never_before", "first": "ocr", "outcome": "clear", "then": "consent-check"}]});
        let never = Baseline::parse(&never.to_string()).unwrap();
        // In the version that is moved to, nothing was read before the consent is asked for.
        let short = |first: &str| {
            let mut file: Value = serde_json::from_str(NEW_CAR).unwrap();
            let all = file["blocks"].clone();
            let leads = |block: &str, to: &[(&str, &str)]| {
                let mut block = all[block].clone();
                block["next"] = to.iter().map(|(o, to)| ((*o).to_owned(), json!(to))).collect();
                block
            };
            let end = "end_expired";
            let read = [("clear", "consent"), ("unclear", end), ("no_card", end), ("error", end)];
            file["blocks"] = json!({
                "intake": leads("intake", &[("complete", first), ("expired", end)]),
                "ocr": leads("ocr", &read),
                "consent": leads("consent", &[("given", end), ("refused", end), ("expired", end)]),
                "end_expired": all["end_expired"],
            });
            file["blocks"].as_object_mut().unwrap().retain(|id, _| id != "ocr" || first == "ocr");
            file.as_object_mut().unwrap().remove("person");
            Flow::parse(&file.to_string()).unwrap_or_else(|e| panic!("{e}"))
        };
        let (old, new, to) = (short("ocr"), short("consent"), BTreeMap::new());
        let (run, history) = run(&old, &[("intake", "complete"), ("ocr", "clear")]);
        let moving = Mover::new(&old, &new, &to, &never).moved(&run, &history);
        assert_eq!(moving, Moving::Unsafe("t".into()), "the card was read before, which the proof rules out");
    }

    #[test]
    fn credit_queries_of_both_versions_count_together() {
        let (old, new) = (flow(|_| {}), flow(|b| b["id_rules"]["params"]["max_age"] = json!(60)));
        let mut answers: Vec<(&str, &str)> = TO_BUREAU.to_vec();
        for _ in 0..2 {
            answers.extend([("bureau", "timeout"), ("query_review", "approve")]);
        }
        let (run, history) = run(&old, &answers[..answers.len() - 1]);
        let (to, baseline) = (BTreeMap::new(), Baseline::platform().unwrap());
        let moving = Mover::new(&old, &new, &to, &baseline).moved(&run, &history);
        assert_eq!(moving, Moving::Unsafe("gate_too_many_queries".into()));
        let looser = json!({"format": 1, "rules": [{"code": "company_more", "text": {"zh-CN": "规则。", "en": "A rule."},
            "rule": "budget", "credit_queries": 40}]});
        let both = baseline.with(Baseline::parse(&looser.to_string()).unwrap()).unwrap();
        let moving = Mover::new(&old, &new, &to, &both).moved(&run, &history);
        assert_eq!(moving, Moving::Unsafe("gate_too_many_queries".into()), "a company's own is never looser");
    }

    #[test]
    fn what_has_ended_stays() {
        assert_eq!(moving(&flow(|_| {}), &[("intake", "expired")], &[]), Moving::NothingToMove);
    }
}
