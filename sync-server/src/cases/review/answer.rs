//! What somebody of a queue answers, and what the flow makes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::{
    domain::{Fen, Months, rank},
    flow::{
        BlockId, Facts, Flow, Wait,
        params::{FieldVisit, LookFor, ManualReview, RequestMore, TermsRoom, Thing},
    },
};

use crate::{
    cases::{
        Situation,
        asked::CHOSEN,
        offer::AskedFor,
        perform::{asked_before, asked_for, in_place_of_the_wish},
        products::{Product, Products},
    },
    problem::Problem,
};

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The case goes on.
    Approve,
    /// The case ends.
    Decline,
    /// The customer is asked for what the flow asks for next.
    RequestMore,
}

impl Verdict {
    /// The block's outcome.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::RequestMore => "request_more",
        }
    }

    /// From a form's value.
    pub fn from_form(value: &str) -> Option<Self> {
        [Self::Approve, Self::Decline, Self::RequestMore].into_iter().find(|v| v.outcome() == value)
    }
}

/// Other terms than those asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTerms {
    /// Down payment.
    pub down_payment_fen: Fen,
    /// Term.
    pub months: Months,
}

/// What somebody of a queue answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// In a review, or as the second person.
    Verdict(Verdict),
    /// The customer is asked for exactly these.
    Ask(Vec<Thing>),
    /// The case goes on under other terms.
    Change(NewTerms),
    /// Back from a visit: what was seen.
    Visit(Vec<LookFor>),
}

/// What an answer does.
pub(super) struct Settled {
    pub(super) outcome: &'static str,
    pub(super) writes: Facts,
    /// For the record: what was chosen, old and new values.
    pub(super) detail: Value,
}

impl Answer {
    /// The outcome and what it writes; `None` where the block waits for another sort of answer.
    ///
    /// # Errors
    /// 422 where nothing is chosen of what can be asked for, or terms are outside what the block allows or fit no plan.
    pub(super) fn settled(
        &self,
        situation: &Situation,
        wait: &Wait,
        products: &Products,
        now: jiff::Timestamp,
    ) -> Result<Option<Settled>, Problem> {
        let by_person =
            |decision: &str| Facts::new().with("review.decision", decision).with("review.by_person", true);
        let settled =
            |outcome: &'static str, writes: Facts, detail| Ok(Some(Settled { outcome, writes, detail }));
        match (self, wait.kind) {
            (Self::Verdict(Verdict::RequestMore), "manual-review")
                if !may_ask(&situation.flow, &wait.at.block).is_empty() =>
            {
                Err(ask_nothing())
            }
            (Self::Verdict(verdict), "manual-review" | "second-approval") => {
                settled(verdict.outcome(), by_person(verdict.outcome()), Value::Null)
            }
            (Self::Ask(things), "manual-review") => {
                let may = may_ask(&situation.flow, &wait.at.block);
                if things.is_empty() || !things.iter().all(|thing| may.contains(thing)) {
                    return Err(ask_nothing());
                }
                let codes: Vec<&str> = things.iter().map(|thing| thing.code()).collect();
                let outcome = Verdict::RequestMore.outcome();
                settled(outcome, by_person(outcome).with(CHOSEN, codes.clone()), json!({"asks": codes}))
            }
            (Self::Change(terms), "manual-review") => {
                let Some(room) = room(wait) else { return Ok(None) };
                let (writes, was) = terms.checked(room, situation, products, now)?;
                let detail = json!({"was": was, "now": terms});
                settled(CHANGED, by_person(CHANGED).joined(writes), detail)
            }
            (Self::Visit(seen), "field-visit") => {
                let Ok(asked) = FieldVisit::deserialize(&*wait.params) else { return Ok(None) };
                let flag = |facts: Facts, one: &LookFor| {
                    facts.with(&format!("visit.{}", one.code()), seen.contains(one))
                };
                settled(asked.outcome(seen), asked.look_for.iter().fold(Facts::new(), flag), Value::Null)
            }
            _ => Ok(None),
        }
    }
}

/// The outcome of a review that set other terms.
pub const CHANGED: &str = "changed";

/// What a reviewer can have the customer asked for: what the block lists that the case would go on to. Empty where that is
/// not for the reviewer to choose.
pub fn may_ask(flow: &Flow, block: &BlockId) -> Vec<Thing> {
    let next =
        flow.after(block, Verdict::RequestMore.outcome()).filter(|next| next.kind.key() == "request-more");
    next.and_then(|next| RequestMore::deserialize(&*next.params).ok())
        .filter(|params| params.reviewer_chooses)
        .map(|params| params.ask)
        .unwrap_or_default()
}

/// Within what other terms may be set where the case waits.
pub fn room(wait: &Wait) -> Option<TermsRoom> {
    (wait.kind == "manual-review").then(|| ManualReview::deserialize(&*wait.params).ok()?.may_change)?
}

/// From where to where the down payment may be set: within the block's room, and not below what the product asks for.
pub fn down_payment_between(room: TermsRoom, price: Fen, product: Option<&Product>) -> (Fen, Fen) {
    let (least, most) = room.down_payment(price);
    let of_product = product.map_or(Fen::ZERO, |product| product.least_down_payment(price));
    (least.max(of_product), most)
}

impl NewTerms {
    /// What the flow is told, and the terms before.
    fn checked(
        self,
        room: TermsRoom,
        situation: &Situation,
        products: &Products,
        now: jiff::Timestamp,
    ) -> Result<(Facts, AskedFor), Problem> {
        let request = &situation.request;
        let product = products.of_case(&situation.flow);
        let down = self.down_payment_fen;
        let (least, most) = down_payment_between(room, request.vehicle.price, product.as_ref());
        if !(least..=most).contains(&down) {
            return Err(Problem::invalid(
                "down_payment",
                "terms_down_payment_outside",
                "The down payment is outside what may be set here. The page says from where to where.",
            ));
        }
        if !(room.shortest_months..=room.longest_months).contains(&u32::from(self.months.get())) {
            return Err(Problem::invalid(
                "months",
                "terms_months_outside",
                "The term is outside what may be set here. The page says from where to where.",
            ));
        }
        let facts = situation.facts();
        let was = asked_before(facts)
            .unwrap_or_else(|| asked_for(facts, request, product.as_ref(), "reviewer".to_owned()));
        let writes = Facts::new()
            .with("counter.months", self.months.get())
            .with("counter.down_payment_fen", down.get())
            .with("counter.asked", json!(was))
            .with("funder.said_no", json!([]))
            .with("funder.waits_for", "");
        if let Some(inquiry) = products.inquiry_of(request, &situation.flow, facts, now) {
            let inquiry = in_place_of_the_wish(inquiry, &writes);
            if rank(&products.plans, &products.limits, &inquiry).offers.is_empty() {
                return Err(Problem::invalid(
                    "months",
                    "terms_fit_no_plan",
                    "No plan has these terms. Take another term or another down payment.",
                ));
            }
        }
        Ok((writes, was))
    }
}

fn ask_nothing() -> Problem {
    Problem::invalid("what", "ask_nothing", "Tick what the customer is to be asked for.")
}
