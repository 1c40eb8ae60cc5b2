//! Journeys through the sample flows to every end, and the gate over both.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::*;

pub(super) const NEW_CAR: &str = include_str!("../../../assets/flows/new-car-loan.json");
pub(super) const LEASEBACK: &str = include_str!("../../../assets/flows/used-car-leaseback.json");

pub(super) fn samples() -> [Flow; 2] {
    [NEW_CAR, LEASEBACK].map(|text| Flow::parse(text).unwrap_or_else(|e| panic!("{e}")))
}

pub(super) fn moment() -> Timestamp {
    "2026-03-02T09:00:00Z".parse().unwrap()
}

/// A run driven by hand: answers by block id, and pure blocks evaluated.
struct Drive<'f> {
    flow: &'f Flow,
    run: Run,
    now: Timestamp,
    effects: Vec<Effect>,
    passed: Vec<String>,
}

impl<'f> Drive<'f> {
    fn start(flow: &'f Flow) -> Self {
        let facts = Facts::from_json(json!({
            "product": {"key": "sample"}, "vehicle": {"age_months": 30}, "region": "110000",
            "request": {"price_fen": 20_000_000, "finance_fen": 14_000_000, "down_payment_bp": 3000, "months": 36}
        }));
        let mut drive =
            Self { flow, run: Run::new(flow), now: moment(), effects: Vec::new(), passed: Vec::new() };
        drive.event(Event::Start { facts: facts.unwrap() });
        drive
    }

    fn event(&mut self, event: Event) {
        let stepped = step(self.flow, self.run.clone(), event, self.now).unwrap_or_else(|e| panic!("{e}"));
        self.run = stepped.run;
        self.effects = stepped.effects;
    }

    fn at(&self, block: &str) -> At {
        let found = self.run.active().iter().find(|active| active.at.block.as_str() == block);
        found.unwrap_or_else(|| panic!("{block} is not active, but {:?}", self.run.active())).at.clone()
    }

    fn answer(&mut self, block: &str, outcome: &str, writes: serde_json::Value) -> &mut Self {
        let at = self.at(block);
        self.event(Event::Done { at, outcome: outcome.into(), writes: Facts::from_json(writes).unwrap() });
        self.passed.push(format!("{block}:{outcome}"));
        self
    }

    /// Evaluates a pure block and answers with what came out.
    fn think(&mut self, block: &str, expected: &str) -> &mut Self {
        let at = self.at(block);
        let evaluated =
            evaluate(self.flow.block(&at.block).unwrap(), self.run.facts(), &Reference::at(self.now))
                .unwrap();
        assert_eq!(evaluated.outcome, expected, "{block}: {evaluated:?}");
        self.event(Event::Done { at, outcome: evaluated.outcome, writes: evaluated.writes });
        self.passed.push(format!("{block}:{expected}"));
        self
    }

    fn due(&mut self, block: &str) -> &mut Self {
        let active = self.run.active().iter().find(|a| a.at.block.as_str() == block).unwrap();
        self.now = active.due;
        let at = active.at.clone();
        self.event(Event::Due { at });
        self
    }

    fn intake(&mut self) -> &mut Self {
        self.answer("intake", "complete", json!({"id": {"valid": true, "age": 31, "sex": "female"}, "consent": {"given": ["process_identity", "real_name_check"]}}))
    }

    fn checked(&mut self) -> &mut Self {
        self.think("id_rules", "valid").answer("duplicate", "none", json!({})).answer(
            "photo_quality",
            "good",
            json!({}),
        );
        self.answer("ocr", "clear", json!({"ocr": {"name_confidence": 90}})).think("triage", "clear")
    }

    fn identified(&mut self) -> &mut Self {
        self.intake().checked().answer("confirm_reading", "given", json!({}));
        self.answer("realname", "match", json!({"partner": {"realname": {"verdict": "match"}}})).answer(
            "matrix",
            "match",
            json!({}),
        )
    }

    /// After a person let a case go on from wherever it was: who it is, from the start.
    fn known(&mut self) -> &mut Self {
        let consents = json!({"consent": {"given": ["process_identity", "real_name_check"]}});
        self.answer("person_consent", "given", consents).answer("confirm_reading", "given", json!({}));
        self.answer("realname", "match", json!({"partner": {"realname": {"verdict": "match"}}})).answer(
            "matrix",
            "match",
            json!({}),
        )
    }

    fn consented(&mut self) -> &mut Self {
        let writes = json!({"consent": {"given": ["process_identity", "real_name_check", "credit_query"], "funders": ["f1"]}});
        self.answer("consent", "given", writes)
    }

    fn bureau(&mut self, score: i64, overdue: i64) -> &mut Self {
        let queries = if overdue > 0 { 9 } else { 1 };
        let record = json!({"partner": {"bureau": {"score": score, "overdue_24m": overdue, "overdue_now": false, "queries_3m": queries}}});
        self.answer("bureau", "found", record);
        if self.flow.key == "used-car-leaseback" {
            self.answer("valuation", "valued", json!({"partner": {"valuation": {"value_fen": 21_000_000}}}))
                .think("answers", "complete");
        }
        self.think("score", "scored")
    }

    fn offered(&mut self) -> &mut Self {
        self.identified().consented().bureau(720, 0).think("policy", "approve");
        self.answer("plan", "found", json!({"plan": {"key": "p1", "monthly_fen": 420_000}}));
        self.answer("funder", "matched", json!({"funder": {"key": "f1"}}))
    }

    fn signed(&mut self) -> &mut Self {
        self.answer("disclose", "confirmed", json!({"disclosure": {"terms": "sha256"}}));
        self.answer("contract", "generated", json!({"contract": {"sha256": "00"}}));
        self.answer("sign", "signed", json!({"signature": {"sha256": "11"}})).answer(
            "notify",
            "sent",
            json!({}),
        )
    }

    fn ended(&self) -> (Decision, &str) {
        match self.run.status() {
            Status::Ended { decision, reason } => (*decision, reason),
            other => panic!("{other:?} in {:?}", self.run.active()),
        }
    }
}

#[test]
fn both_samples_pass_the_gate() {
    for flow in samples() {
        let mut findings = check(&flow).unwrap();
        findings.retain(Finding::forbids);
        assert!(
            findings.is_empty(),
            "{}: {}",
            flow.key,
            findings.iter().map(|f| format!("{f} {:?}\n", f.path)).collect::<String>()
        );
    }
}

#[test]
fn a_clean_case_is_signed() {
    for flow in samples() {
        let mut drive = Drive::start(&flow);
        drive.offered().signed();
        assert_eq!(drive.ended(), (Decision::Approved, "signed"));
        assert_eq!(drive.run.facts().text("score.grade"), Some("A"));
        assert_eq!(drive.run.facts().text("outcome.sign"), Some("signed"));
        assert!(drive.run.active().is_empty());
    }
}

#[test]
fn checks_run_side_by_side_and_meet_again() {
    let [flow, _] = samples();
    let mut drive = Drive::start(&flow);
    drive.intake();
    let tasks = drive.effects.iter().filter(|e| matches!(e, Effect::Perform(_))).count();
    assert_eq!(tasks, 3);
    drive.answer("duplicate", "none", json!({})).think("id_rules", "valid");
    assert_eq!(drive.effects, [], "the join waits for the photo");
    drive
        .answer("photo_quality", "poor", json!({"photo": {"problems": ["glare"]}}))
        .think("triage", "ask_photo");
    assert_eq!(drive.run.facts().text("triage.reason"), Some("photo_poor"));
    drive.answer("ask_photo", "given", json!({})).checked();
    assert_eq!(drive.at("confirm_reading").visit, 1);
    assert_eq!(drive.run.visits(&BlockId::parse("checks").unwrap()), 2);
}

#[test]
fn every_decline_gives_its_reason() {
    for flow in samples() {
        let mut young = Drive::start(&flow);
        young.answer("intake", "complete", json!({"id": {"valid": true, "age": 17}}));
        young.think("id_rules", "under_age").answer("duplicate", "none", json!({})).answer(
            "photo_quality",
            "poor",
            json!({}),
        );
        young.think("triage", "decline");
        assert_eq!(young.ended(), (Decision::Declined, "under_age"));

        let mut poor = Drive::start(&flow);
        poor.identified().consented().bureau(450, 3).think("policy", "decline");
        assert_eq!(poor.ended(), (Decision::Declined, "grade_too_low"));

        let mut none = Drive::start(&flow);
        none.identified().consented().bureau(720, 0).think("policy", "approve").answer(
            "plan",
            "none",
            json!({}),
        );
        assert_eq!(none.ended(), (Decision::Declined, "no_plan_fits"));

        let mut refused = Drive::start(&flow);
        refused.identified().answer("consent", "refused", json!({}));
        assert_eq!(refused.ended(), (Decision::Declined, "customer_refused"));

        let mut review = Drive::start(&flow);
        review.intake().think("id_rules", "valid").answer("photo_quality", "good", json!({})).answer(
            "ocr",
            "clear",
            json!({}),
        );
        review.answer("duplicate", "other_number", json!({})).think("triage", "review");
        review.answer("identity_review", "decline", json!({"review": {"reason": "fraud_suspected"}}));
        assert_eq!(review.ended(), (Decision::Declined, "fraud_suspected"));
    }
}

#[test]
fn nobody_answering_ends_in_time() {
    for flow in samples() {
        let mut customer = Drive::start(&flow);
        customer.due("intake");
        assert_eq!(customer.ended(), (Decision::Expired, "customer_did_not_answer"));

        let mut queue = Drive::start(&flow);
        queue.intake().checked().answer("confirm_reading", "given", json!({})).due("realname");
        assert_eq!(queue.run.facts().text("outcome.realname"), Some("timeout"));
        queue.due("name_review").due("name_lead");
        assert_eq!(queue.ended(), (Decision::Expired, "nobody_answered"));
        assert!(queue.now.duration_since(moment()) < SignedDuration::from_hours(72));
    }
}

#[test]
fn a_name_is_confirmed_twice_at_most() {
    let [flow, _] = samples();
    let mut drive = Drive::start(&flow);
    drive.intake().checked().answer("confirm_reading", "given", json!({}));
    for _ in 0..2 {
        drive.answer("realname", "mismatch", json!({})).answer("confirm_name", "given", json!({}));
    }
    drive.answer("realname", "mismatch", json!({}));
    assert_eq!(drive.run.facts().text("outcome.confirm_name"), Some("exhausted"));
    drive.answer("name_review", "approve", json!({})).consented();
    assert_eq!(drive.at("bureau").visit, 1);
}

#[test]
fn a_person_who_lets_a_card_pass_does_not_let_the_name_pass() {
    for flow in samples() {
        let mut drive = Drive::start(&flow);
        drive.intake().think("id_rules", "valid").answer("photo_quality", "good", json!({})).answer(
            "ocr",
            "clear",
            json!({}),
        );
        drive.answer("duplicate", "other_number", json!({})).think("triage", "review");
        drive.answer("identity_review", "approve", json!({}));
        drive.answer("confirm_reading", "given", json!({}));
        assert_eq!(drive.at("realname").visit, 1);
    }
}

#[test]
fn there_is_nothing_to_ask_a_person_before_anything_was_handed_in() {
    let [flow, _] = samples();
    let drive = Drive::start(&flow);
    let refused = step(&flow, drive.run.clone(), Event::AskPerson, drive.now).unwrap_err();
    assert_eq!(refused, Refused::NothingYet);
}

#[test]
fn a_declined_funder_leads_to_the_next_and_changed_terms_to_a_new_disclosure() {
    for flow in samples() {
        let mut drive = Drive::start(&flow);
        drive.identified().consented().bureau(720, 0).think("policy", "approve").answer(
            "plan",
            "found",
            json!({"plan": {"key": "p1"}}),
        );
        drive.answer("funder", "pending", json!({"funder": {"key": "f1"}}));
        let Effect::Await(wait) = &drive.effects[0] else { panic!("{:?}", drive.effects) };
        assert_eq!(wait.who, Who::Partner("funder".into()));
        drive.answer("funder_answer", "declined", json!({}));
        drive.answer("funder", "needs_consent", json!({"funder": {"wanted": ["f2"]}}));
        let consent = flow.block(&drive.at("consent_funder").block).unwrap();
        assert_eq!(
            evaluate(consent, drive.run.facts(), &Reference::at(drive.now)),
            None,
            "f2 is not consented to"
        );
        let at = drive.at("consent_funder");
        drive.event(Event::Noted { at, writes: Facts::new().with("consent.funders", vec!["f1", "f2"]) });
        drive.think("consent_funder", "given");
        drive.answer(
            "funder",
            "countered",
            json!({"funder": {"key": "f2"}, "plan": {"monthly_fen": 430_000}}),
        );
        assert_eq!(
            drive.run.facts().text("plan.key"),
            Some("p1"),
            "a counter-offer changes the plan, it does not empty it"
        );
        drive.answer("disclose", "confirmed", json!({})).answer("contract", "generated", json!({}));
        drive.answer("sign", "terms_changed", json!({}));
        drive.signed();
        assert_eq!(drive.ended(), (Decision::Approved, "signed"));
    }
}

#[test]
fn the_customer_may_ask_for_a_person_and_may_withdraw() {
    let [flow, _] = samples();
    let mut drive = Drive::start(&flow);
    drive.identified().consented().bureau(450, 3).think("policy", "decline");
    drive.event(Event::AskPerson);
    let again = step(&flow, drive.run.clone(), Event::AskPerson, drive.now);
    assert_eq!(again.unwrap_err(), Refused::AlreadyAsked);
    drive.answer("person_review", "approve", json!({})).known().consented().bureau(450, 3);
    drive.think("policy", "approve");
    assert_eq!(drive.run.facts().text("policy.reason"), Some("approved_by_person"));
    let plan = drive.at("plan");
    drive.event(Event::Withdraw);
    assert_eq!(drive.ended(), (Decision::Withdrawn, "withdrawn_by_customer"));
    assert_eq!(drive.effects[0], Effect::Cancel(plan));
    assert_eq!(step(&flow, drive.run.clone(), Event::AskPerson, drive.now).unwrap_err(), Refused::Ended);
}

#[test]
fn a_person_who_approved_before_the_rules_spoke_does_not_overrule_them() {
    for flow in samples() {
        let mut drive = Drive::start(&flow);
        drive.intake();
        drive.event(Event::AskPerson);
        assert_eq!(drive.effects.iter().filter(|e| matches!(e, Effect::Cancel(_))).count(), 3);
        drive.answer("person_review", "approve", json!({})).known().consented().bureau(450, 3);
        drive.think("policy", "decline");
        assert_eq!(drive.ended(), (Decision::Declined, "grade_too_low"));
        drive.event(Event::AskPerson);
        drive
            .due("person_review")
            .answer("person_lead", "approve", json!({}))
            .known()
            .consented()
            .bureau(450, 3);
        drive.think("policy", "approve");
    }
}

#[test]
fn another_wish_is_scored_again_before_it_is_offered() {
    let [flow, _] = samples();
    let mut drive = Drive::start(&flow);
    drive.offered().answer("disclose", "changed", json!({"request": {"finance_fen": 90_000_000}}));
    drive.think("score", "scored").think("policy", "review").answer("credit_review", "approve", json!({}));
    drive
        .answer("plan", "found", json!({"plan": {"key": "p2"}}))
        .answer("funder", "matched", json!({}))
        .signed();
    assert_eq!(drive.ended(), (Decision::Approved, "signed"));
}

#[test]
fn every_end_of_the_samples_is_reached_by_some_journey() {
    // Walks every outcome of every block, breadth first over the graph, so that no end is dead in the machine either.
    for flow in samples() {
        let mut reached = BTreeSet::new();
        let mut frontier =
            vec![step(&flow, Run::new(&flow), Event::Start { facts: Facts::new() }, moment()).unwrap().run];
        let mut seen = BTreeSet::new();
        while let Some(run) = frontier.pop() {
            if let Status::Ended { reason, .. } = run.status() {
                reached.insert(reason.clone());
                continue;
            }
            for active in run.active() {
                let block = flow.block(&active.at.block).unwrap();
                for outcome in block.shape.outcomes.iter().filter(|o| *o != "exhausted") {
                    if seen.insert((active.at.clone(), outcome.clone(), run.active().len())) {
                        let event = Event::Done {
                            at: active.at.clone(),
                            outcome: outcome.clone(),
                            writes: Facts::new(),
                        };
                        frontier.push(step(&flow, run.clone(), event, moment()).unwrap().run);
                    }
                }
            }
        }
        let ends: BTreeSet<String> = flow
            .blocks()
            .iter()
            .filter_map(|b| match &b.shape.work {
                Work::End { reason, .. } => Some(reason.clone()),
                _ => None,
            })
            .collect();
        assert_eq!(reached, ends);
    }
}

#[test]
fn an_event_that_does_not_fit_changes_nothing() {
    let [flow, _] = samples();
    let mut drive = Drive::start(&flow);
    let refused = |run: &Run, event: Event| step(&flow, run.clone(), event, moment()).unwrap_err();
    let intake = drive.at("intake");
    let done = |at: &At, outcome: &str, writes: Facts| Event::Done {
        at: at.clone(),
        outcome: outcome.into(),
        writes,
    };
    let run = &drive.run;
    assert_eq!(refused(run, Event::Start { facts: Facts::new() }), Refused::AlreadyStarted);
    assert_eq!(refused(run, done(&intake, "nope", Facts::new())), Refused::UnknownOutcome("nope".into()));
    let name = Facts::new().with("person.name", "样本");
    assert_eq!(refused(run, done(&intake, "complete", name)), Refused::UndeclaredWrite("person".into()));
    let later = At { visit: 2, ..intake.clone() };
    assert_eq!(refused(run, done(&later, "complete", Facts::new())), Refused::Stale);
    assert!(matches!(refused(run, Event::Due { at: intake.clone() }), Refused::NotDue(_)));
    let big = Facts::new().with("intake.x", "x".repeat(100_000));
    assert_eq!(refused(run, done(&intake, "complete", big)), Refused::TooMuch);
    drive.intake();
    assert_eq!(refused(&drive.run, done(&intake, "complete", Facts::new())), Refused::Stale);
    let ask = At { block: BlockId::parse("ask_photo").unwrap(), visit: 1 };
    assert_eq!(refused(&drive.run, done(&ask, "exhausted", Facts::new())), Refused::Stale);
    assert_eq!(refused(&Run::new(&flow), done(&ask, "given", Facts::new())), Refused::NotStarted);
    let [_, other] = samples();
    let elsewhere = step(&other, drive.run.clone(), Event::Withdraw, moment()).unwrap_err();
    assert_eq!(elsewhere, Refused::OtherFlow);
}

#[test]
fn a_partner_is_waited_for_no_longer_and_a_person_gets_their_time_anew_three_times() {
    let [flow, _] = samples();
    let mut drive = Drive::start(&flow);
    let intake = drive.at("intake");
    let hurry = |run: &Run, at: &At, now| step(&flow, run.clone(), Event::Hurry { at: at.clone() }, now);
    let more = |run: &Run, at: &At, now| step(&flow, run.clone(), Event::MoreTime { at: at.clone() }, now);
    assert_eq!(hurry(&drive.run, &intake, moment()).unwrap_err(), Refused::NotHurried, "not the customer");
    assert_eq!(more(&drive.run, &intake, moment()).unwrap_err(), Refused::NoMoreTime, "there is no more");
    let (mut run, mut now) = (drive.run.clone(), moment());
    let first = run.active()[0].due;
    for _ in 0..MAX_MORE_TIME {
        now += SignedDuration::from_mins(7);
        let stepped = more(&run, &intake, now).unwrap();
        assert_eq!(stepped.run.active()[0].due - (now - moment()), first);
        assert!(
            matches!(&stepped.effects[..], [Effect::Await(wait)] if wait.due == stepped.run.active()[0].due)
        );
        run = serde_json::from_str(&serde_json::to_string(&stepped.run).unwrap()).unwrap();
    }
    now += SignedDuration::from_mins(7);
    assert_eq!(more(&run, &intake, now).unwrap_err(), Refused::NoMoreTime);

    drive.intake().think("id_rules", "valid");
    let machine = drive
        .run
        .active()
        .iter()
        .find(|active| matches!(flow.block(&active.at.block).unwrap().shape.work, Work::Machine { .. }))
        .unwrap()
        .at
        .clone();
    let block = flow.block(&machine.block).unwrap();
    let gone = hurry(&drive.run, &machine, drive.now).unwrap().run;
    let outcome = format!("outcome.{}", machine.block);
    assert_eq!(gone.facts().text(&outcome), block.shape.work.on_due(), "the way of a time that is over");
    assert_eq!(hurry(&gone, &machine, drive.now).unwrap_err(), Refused::Stale);
    assert_eq!(more(&drive.run, &machine, drive.now).unwrap_err(), Refused::NoMoreTime, "not the machine");
}

#[test]
fn a_run_survives_as_json() {
    let [_, flow] = samples();
    let mut drive = Drive::start(&flow);
    drive.intake().think("id_rules", "valid");
    let json = serde_json::to_string(&drive.run).unwrap();
    assert!(json.len() < 2_000, "{} bytes: {json}", json.len());
    let back: Run = serde_json::from_str(&json).unwrap();
    assert_eq!(back, drive.run);
    assert_eq!(outstanding(&flow, &back).len(), back.active().len());
}
