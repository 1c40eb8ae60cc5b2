//! `recommend-plan`: the plan with the lowest total cost under the customer's constraints.

use serde_json::json;
use shared::{
    domain::{Inquiry, Lang, PlannedOffer, Ranking, rank},
    flow::Facts,
};

use super::{ask_partner::case_request, counter_offer::in_place_of_the_wish};
use crate::{
    app::App,
    flows::{Performed, Work},
    problem::Problem,
};

/// Ranks all plans; the best and a few alternatives go on.
pub(super) async fn recommend(app: &App, work: &Work) -> Result<Performed, Problem> {
    let Some((inquiry, ranking)) = ranked(app, work).await? else { return Ok(Performed::outcome("error")) };
    let excluded: Vec<_> = ranking
        .excluded
        .iter()
        .map(|plan| {
            let codes = plan.reasons.iter().map(|reason| reason.code()).collect::<Vec<_>>();
            let texts = |lang| plan.reasons.iter().map(|reason| reason.text(lang)).collect::<Vec<_>>();
            let texts = json!({"zh-CN": texts(Lang::Zh), "en": texts(Lang::En)});
            json!({"plan": plan.plan, "reasons": codes, "texts": texts})
        })
        .collect();
    let trace = Some(
        json!({"grade": inquiry.applicant.grade, "fitting": ranking.offers.len(), "excluded": excluded}),
    );
    let Some(best) = ranking.offers.first() else {
        return Ok(Performed { trace, ..Performed::outcome("none") });
    };
    let alternatives = work.task.params["alternatives"].as_u64().unwrap_or(2) as usize;
    let others: Vec<&str> =
        ranking.offers.iter().skip(1).take(alternatives).map(|offer| offer.plan.as_str()).collect();
    let writes = facts_of(best).with("plan.alternatives", others);
    Ok(Performed { outcome: "found".to_owned(), writes, trace, record: None })
}

/// The case's ranking, as of now: by the customer's wish, or by the counter-offer that took its place.
pub(super) async fn ranked(app: &App, work: &Work) -> Result<Option<(Inquiry, Ranking)>, Problem> {
    let request = case_request(app, work).await?;
    let now = app.world.clock.now();
    let inquiry = app.products.inquiry_of(&request, &work.flow, &work.facts, now);
    let Some(inquiry) = inquiry else { return Ok(None) };
    let inquiry = in_place_of_the_wish(inquiry, &work.facts);
    let ranking = rank(&app.products.plans, &app.products.limits, &inquiry);
    Ok(Some((inquiry, ranking)))
}

/// What the flow's rules may look at of an offer.
pub(super) fn facts_of(offer: &PlannedOffer) -> Facts {
    Facts::new()
        .with("plan.key", offer.plan.as_str())
        .with("plan.kind", offer.kind.code())
        .with("plan.financed_fen", offer.financed.get())
        .with("plan.down_payment_fen", offer.down_payment.get())
        .with("plan.months", offer.months.get())
        .with("plan.monthly_fen", offer.monthly.get())
        .with("plan.total_cost_fen", offer.total_cost.get())
        .with("plan.annualised_cost", offer.annualised_cost.fraction().to_string())
}
