//! `counter-offer`: the nearest terms that a plan allows and a funder's policy takes, where those asked for found nobody.

use serde::Deserialize;
use serde_json::json;
use shared::{
    domain::{
        AskedTerms, CounterRoom, Fen, Inquiry, Months, PlannedOffer, QuotaUsed, counter_offer, match_steered,
        rank,
    },
    flow::{Facts, params::CounterOffer},
};

use super::{
    ask_partner::case_request,
    match_funder::{quota_used, said_no},
    recommend_plan::facts_of,
};
use crate::{
    app::App,
    cases::{CaseRequest, offer::AskedFor, products::Product},
    control_room::preview,
    flows::{Performed, Work},
    problem::Problem,
};

/// Proposes other terms, or says that there are none within the block's limits.
pub(super) async fn propose(app: &App, work: &Work) -> Result<Performed, Problem> {
    let params = CounterOffer::deserialize(&*work.task.params).map_err(|error| Problem::internal(&error))?;
    let request = case_request(app, work).await?;
    let now = app.world.clock.now();
    let Some(inquiry) = app.products.inquiry_of(&request, &work.flow, &work.facts, now) else {
        return Ok(Performed::outcome("error"));
    };
    let tenant = work.of.tenant;
    let used = app.store.read(move |conn| quota_used(conn, tenant, now)).await?;
    let look = Look { app, work, inquiry, used, said_no: said_no(work) };
    let asked_for = look.asked_before_this(&request);
    let asked = AskedTerms {
        amount: asked_for.amount,
        months: asked_for.months,
        plan: work.facts.text("plan.key").and_then(|key| key.to_owned().try_into().ok()),
        below: look.last_proposed(),
    };
    let percent = |percent: u32| u8::try_from(percent).unwrap_or(u8::MAX);
    let longest = params.longest_months.and_then(|months| u16::try_from(months).ok());
    let room = CounterRoom {
        least_less_percent: percent(params.min_less_percent),
        most_less_percent: percent(params.max_less_percent),
        longest: longest.and_then(|months| Months::new(months).ok()),
        most_down_payment_percent: percent(params.most_down_payment_percent),
    };
    let products = &app.products;
    let takes = |offer: &PlannedOffer| !look.funders(offer, asked.amount).is_empty();
    let found = counter_offer(&products.plans, &products.limits, &look.inquiry, &asked, &room, takes);
    let Some(offer) = found else {
        return Ok(Performed { trace: Some(json!({"asked": asked_for})), ..Performed::outcome("none") });
    };
    let funders = look.funders(&offer, asked.amount);
    let said_no: Vec<&String> = look.said_no.iter().filter(|funder| !funders.contains(funder)).collect();
    let trace = json!({"asked": asked_for, "plan": offer.plan, "funders": funders});
    let writes = facts_of(&offer)
        .with("counter.months", offer.months.get())
        .with("counter.down_payment_fen", offer.down_payment.get())
        .with("counter.asked", json!(asked_for))
        .with("funder.said_no", json!(said_no))
        .with("funder.waits_for", "");
    Ok(Performed { trace: Some(trace), ..Performed::outcome("offered").writes(writes) })
}

/// The terms that the last counter-offer proposed stand in the place of the customer's wish from then on.
pub(crate) fn in_place_of_the_wish(mut inquiry: Inquiry, facts: &Facts) -> Inquiry {
    let months = number(facts, "counter.months").and_then(|months| u16::try_from(months).ok());
    let down_payment = number(facts, "counter.down_payment_fen");
    if let (Some(months), Some(down)) = (months, down_payment) {
        inquiry.wish.months = Months::new(months).ok();
        inquiry.wish.down_payment = Fen::new(down).ok();
    }
    inquiry
}

/// What the customer asked for, where the terms of this case are a counter-offer.
pub(crate) fn asked_before(facts: &Facts) -> Option<AskedFor> {
    AskedFor::deserialize(facts.get("counter.asked")?).ok()
}

/// The terms of a case before other ones: the plan that was found, or what the customer wished for.
pub(crate) fn asked_for(
    facts: &Facts,
    request: &CaseRequest,
    product: Option<&Product>,
    why: String,
) -> AskedFor {
    let price = request.vehicle.price;
    let fen = |path: &str| facts.number(path).and_then(|fen| Fen::new(fen).ok());
    let planned = fen("plan.down_payment_fen").and_then(|down| price.minus(down).ok());
    let months = facts.number("plan.months").and_then(|months| u16::try_from(months).ok());
    let months = months.or(request.months).and_then(|months| Months::new(months).ok());
    AskedFor {
        amount: planned.unwrap_or_else(|| request.finance(product)),
        financed: fen("plan.financed_fen"),
        months,
        monthly: fen("plan.monthly_fen"),
        annualised_cost: facts.text("plan.annualised_cost").map(str::to_owned),
        why,
    }
}

fn number(facts: &Facts, path: &str) -> Option<i64> {
    facts.number(path)
}

/// What is looked at when terms are sought.
struct Look<'a> {
    app: &'a App,
    work: &'a Work,
    inquiry: Inquiry,
    used: QuotaUsed,
    said_no: Vec<String>,
}

impl Look<'_> {
    /// The terms before any other ones were proposed.
    fn asked_before_this(&self, request: &CaseRequest) -> AskedFor {
        let facts = &self.work.facts;
        asked_before(facts).unwrap_or_else(|| {
            let product = self.app.products.of_case(&self.work.flow);
            let why = self.why(facts.number("plan.down_payment_fen").is_some());
            asked_for(facts, request, product.as_ref(), why.to_owned())
        })
    }

    /// Why other terms are sought, as far as the plans and the funders' policies tell.
    fn why(&self, has_plan: bool) -> &'static str {
        let products = &self.app.products;
        let offers = rank(&products.plans, &products.limits, &self.inquiry).offers;
        if offers.is_empty() {
            return "no_plan";
        }
        let open = |offer: &PlannedOffer| {
            let eligible = self.eligible(offer);
            eligible.iter().any(|funder| !self.said_no.contains(funder))
        };
        if has_plan && !offers.iter().any(open) { "no_funder" } else { "less" }
    }

    /// What the last counter-offer would have financed, if there was one.
    fn last_proposed(&self) -> Option<Fen> {
        let down = Fen::new(number(&self.work.facts, "counter.down_payment_fen")?).ok()?;
        self.inquiry.vehicle.price.minus(down).ok()
    }

    /// Funders whose policy takes the offer; one that said no is asked again only for less than it refused.
    fn funders(&self, offer: &PlannedOffer, asked: Fen) -> Vec<String> {
        let is_less = offer.price.get() - offer.down_payment.get() < asked.get();
        let mut eligible = self.eligible(offer);
        eligible.retain(|funder| is_less || !self.said_no.contains(funder));
        eligible
    }

    fn eligible(&self, offer: &PlannedOffer) -> Vec<String> {
        let products = &self.app.products;
        let now = self.app.world.clock.now();
        let Some(application) = products.application(offer, &self.inquiry) else { return Vec::new() };
        // One that the company has drained is not counted on.
        let steering = preview::steering(self.app, self.work.of);
        let matched = match_steered(
            products.funders_of(self.work.of.tenant).matching(),
            &application,
            now,
            &self.used,
            &steering,
        );
        matched.eligible.iter().map(|eligible| eligible.funder.to_string()).collect()
    }
}
