//! `match-funder`: asks the funders that fit and that the customer named, one after the other, until one agrees.

use std::time::Duration;

use rusqlite::params;
use serde_json::{Value, json};
use shared::{
    domain::{
        CounterTerms, Fen, FunderKey, FunderMatch, Inquiry, Lang, Months, PlannedOffer, Purpose, QuotaUsed,
        Rate, Recipient, match_funders, recompute,
    },
    protocol::partners::{
        CNY,
        funders::{FunderApplication, FunderTerms},
    },
};

use super::{
    ask_partner::{case_request, key, subject_for, token},
    recommend_plan::{facts_of, ranked},
};
use crate::{
    app::App,
    cases::{
        CaseRequest,
        offer::{self, Offered},
    },
    flows::{Performed, Record, Work},
    partners::{FunderAnswer, PartnerFailure},
    problem::Problem,
};

/// Finds a funder for the recommended plan.
pub(super) async fn find(app: &App, work: &Work) -> Result<Performed, Problem> {
    let Some((inquiry, ranking)) = ranked(app, work).await? else { return Ok(Performed::outcome("error")) };
    let wanted = work.facts.text("plan.key").unwrap_or_default();
    let Some(plan) = ranking.offers.into_iter().find(|offer| offer.plan.as_str() == wanted) else {
        return Ok(Performed::outcome("error"));
    };
    let request = case_request(app, work).await?;
    let now = app.world.clock.now();
    let used = quota_used(app, work).await?;
    let Some(application) = app.products.application(&plan, &inquiry) else {
        return Ok(Performed::outcome("error"));
    };
    let matched = match_funders(&app.products.funders, &application, now, &used);
    let mut trace = explain(&matched);
    let named: Vec<String> = work.facts.texts("consent.funders").into_iter().map(str::to_owned).collect();
    let said_no: Vec<String> = work.facts.texts("funder.said_no").into_iter().map(str::to_owned).collect();
    let open: Vec<String> = matched
        .eligible
        .iter()
        .map(|eligible| eligible.funder.to_string())
        .filter(|funder| !said_no.contains(funder))
        .collect();
    let most = work.task.params["max_asked"].as_u64().unwrap_or(3) as usize;
    let mut round =
        Round { app, work, request: &request, plan: &plan, inquiry: &inquiry, said_no, asked: Vec::new() };
    for funder in open.iter().filter(|funder| named.contains(funder)).take(most) {
        if let Some(done) = round.ask(funder).await? {
            trace["asked"] = json!(round.asked);
            return Ok(Performed { trace: Some(trace), ..done });
        }
    }
    trace["asked"] = json!(round.asked);
    let unnamed: Vec<&String> = open.iter().filter(|funder| !named.contains(funder)).take(1).collect();
    let (outcome, wanted) = match unnamed.first() {
        Some(funder) => ("needs_consent", vec![(*funder).clone()]),
        None => ("none", named),
    };
    let writes = facts_of(&plan).with("funder.wanted", wanted).with("funder.said_no", round.said_no);
    Ok(Performed { outcome: outcome.to_owned(), writes, trace: Some(trace), record: None })
}

/// One visit's questions.
struct Round<'a> {
    app: &'a App,
    work: &'a Work,
    request: &'a CaseRequest,
    plan: &'a PlannedOffer,
    inquiry: &'a Inquiry,
    said_no: Vec<String>,
    asked: Vec<Value>,
}

impl Round<'_> {
    /// Asks one funder; `None` when the next one is to be asked.
    async fn ask(&mut self, funder: &str) -> Result<Option<Performed>, Problem> {
        let recipient = Recipient::Funder(funder.to_owned());
        let subject = subject_for(self.app, self.work, Purpose::ShareWithFunder, recipient).await?;
        let Some(subject) = subject else { return Ok(None) };
        let application = FunderApplication {
            application: token(&self.work.of.case.to_string())?,
            name: subject.name.into(),
            id_number: subject.id_number.into(),
            phone: subject.phone.into(),
            region: self.request.region.clone(),
            vin: self.request.vin.as_str().to_owned(),
            used: self.request.vehicle.condition == shared::domain::Condition::Used,
            price_fen: self.request.vehicle.price.get(),
            plan: token(self.plan.plan.as_str())?,
            terms: terms_of(self.plan),
            credit_reference: self.work.facts.text("partner.bureau.reference").map(token).transpose()?,
            accepts_offer: None,
            consent: token(&subject.consent)?,
            callback_url: Some(format!(
                "{}/api/v1/webhooks/partners/{funder}",
                self.app.config.internal_url()
            )),
        };
        let limit = Duration::from_millis(self.work.task.params["timeout_ms"].as_u64().unwrap_or(5_000));
        let key = key(self.work, funder);
        let answer = self.app.partners.ask_funder(&token(funder)?, &key, Some(limit), &application).await;
        self.asked.push(json!({"funder": funder, "answer": name_of(&answer)}));
        self.settle(funder, answer)
    }

    fn settle(
        &mut self,
        funder: &str,
        answer: Result<FunderAnswer, PartnerFailure>,
    ) -> Result<Option<Performed>, Problem> {
        match answer {
            Ok(FunderAnswer::Approved { reference, .. }) => {
                Ok(Some(self.agreed("matched", funder, reference.as_str(), self.plan, None, Vec::new())))
            }
            Ok(FunderAnswer::Conditional { reference, stipulations, .. }) => {
                let stipulations = stipulations.iter().map(|text| text.as_str().to_owned()).collect();
                Ok(Some(self.agreed("matched", funder, reference.as_str(), self.plan, None, stipulations)))
            }
            Ok(FunderAnswer::CounterOffer { reference, terms }) => match self.countered(&terms) {
                Some(plan) => Ok(Some(self.agreed(
                    "countered",
                    funder,
                    reference.as_str(),
                    &plan,
                    Some(self.plan.clone()),
                    Vec::new(),
                ))),
                None => Ok(self.no(funder)),
            },
            Ok(FunderAnswer::Pending { reference, .. }) => {
                let writes = facts_of(self.plan)
                    .with("funder.key", funder)
                    .with("funder.reference", reference.as_str())
                    .with("funder.wanted", vec![funder])
                    .with("funder.said_no", self.said_no.clone());
                Ok(Some(Performed::outcome("pending").writes(writes)))
            }
            Ok(
                FunderAnswer::LimitReached { .. }
                | FunderAnswer::Declined { .. }
                | FunderAnswer::Error { .. },
            )
            | Err(_) => Ok(self.no(funder)),
        }
    }

    fn no(&mut self, funder: &str) -> Option<Performed> {
        self.said_no.push(funder.to_owned());
        None
    }

    fn agreed(
        &self,
        outcome: &str,
        funder: &str,
        reference: &str,
        plan: &PlannedOffer,
        before: Option<PlannedOffer>,
        stipulations: Vec<String>,
    ) -> Performed {
        agreed(self.app, self.work, outcome, funder, reference, plan, before, stipulations, &self.said_no)
    }

    fn countered(&self, terms: &FunderTerms) -> Option<PlannedOffer> {
        countered(self.app, self.inquiry, self.plan, terms)
    }
}

/// The customer's offer under a funder's changed terms; `None` where plan or platform forbid them.
pub(super) fn countered(
    app: &App,
    inquiry: &Inquiry,
    offered: &PlannedOffer,
    terms: &FunderTerms,
) -> Option<PlannedOffer> {
    let plan = app.products.plans.get(&offered.plan)?;
    let asked = terms_of(offered);
    let counter = CounterTerms {
        amount: (terms.amount_fen != asked.amount_fen).then(|| Fen::new(terms.amount_fen).ok()).flatten(),
        months: (terms.term_months != asked.term_months)
            .then(|| Months::new(terms.term_months).ok())
            .flatten(),
        down_payment: (terms.down_payment_fen != asked.down_payment_fen)
            .then(|| Fen::new(terms.down_payment_fen).ok())
            .flatten(),
        yearly_rate: (terms.annual_rate != asked.annual_rate)
            .then(|| Rate::new(terms.annual_rate).ok())
            .flatten(),
    };
    recompute(plan, &app.products.limits, inquiry, offered, &counter).ok()
}

/// The outcome of an agreement, with its offer to be accepted and disclosed.
#[allow(clippy::too_many_arguments, reason = "each is one fact of the agreement")]
pub(super) fn agreed(
    app: &App,
    work: &Work,
    outcome: &str,
    funder: &str,
    reference: &str,
    plan: &PlannedOffer,
    before: Option<PlannedOffer>,
    stipulations: Vec<String>,
    said_no: &[String],
) -> Performed {
    let terms = plan.terms(Some(funder));
    let offered = Offered { plan: plan.clone(), before, stipulations };
    let (of, now) = (work.of, app.world.clock.now());
    let writes = facts_of(plan)
        .with("funder.key", funder)
        .with("funder.reference", reference)
        .with("funder.wanted", vec![funder])
        .with("funder.said_no", said_no.to_vec())
        .with("funder.terms_sha256", offer::terms_sha256(&terms));
    let (funder, reference) = (funder.to_owned(), reference.to_owned());
    let record: Record =
        std::sync::Arc::new(move |conn| offer::add(conn, of, &funder, &reference, &terms, &offered, now));
    Performed { outcome: outcome.to_owned(), writes, trace: None, record: Some(record) }
}

fn terms_of(plan: &PlannedOffer) -> FunderTerms {
    FunderTerms {
        currency: CNY.to_owned(),
        amount_fen: plan.financed.get(),
        down_payment_fen: plan.down_payment.get(),
        term_months: plan.months.get(),
        annual_rate: plan.yearly_rate.fraction(),
    }
}

fn name_of(answer: &Result<FunderAnswer, PartnerFailure>) -> &'static str {
    match answer {
        Ok(FunderAnswer::Approved { .. }) => "approved",
        Ok(FunderAnswer::Conditional { .. }) => "conditional",
        Ok(FunderAnswer::CounterOffer { .. }) => "counter_offer",
        Ok(FunderAnswer::LimitReached { .. }) => "limit_reached",
        Ok(FunderAnswer::Declined { .. }) => "declined",
        Ok(FunderAnswer::Pending { .. }) => "pending",
        Ok(FunderAnswer::Error { .. }) => "error",
        Err(failure) => failure.code(),
    }
}

/// Why each funder fits or not, and the smallest change that would make it fit.
fn explain(matched: &FunderMatch) -> Value {
    let excluded: Vec<Value> = matched
        .excluded
        .iter()
        .map(|exclusion| {
            let texts = |lang| exclusion.reasons.iter().map(|reason| reason.text(lang)).collect::<Vec<_>>();
            let change = |lang| exclusion.smallest_change.as_ref().map(|change| change.text(lang));
            json!({
                "funder": exclusion.funder,
                "reasons": {"zh-CN": texts(Lang::Zh), "en": texts(Lang::En)},
                "change": {"zh-CN": change(Lang::Zh), "en": change(Lang::En)},
            })
        })
        .collect();
    json!({ "eligible": matched.eligible.iter().map(|e| e.funder.to_string()).collect::<Vec<_>>(), "excluded": excluded })
}

/// Applications each funder took today.
async fn quota_used(app: &App, work: &Work) -> Result<QuotaUsed, Problem> {
    let tenant = work.of.tenant.to_string();
    let midnight = crate::cases::hand_in::today(app.world.clock.now())
        .to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::offset(8)))
        .map_err(|error| Problem::internal(&error))?
        .timestamp()
        .as_millisecond();
    app.store
        .read(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT funder, count(*) FROM offers WHERE tenant = ?1 AND made_at >= ?2 GROUP BY funder",
            )?;
            let mut used = QuotaUsed::new();
            let mut rows = statement.query(params![tenant, midnight])?;
            while let Some(row) = rows.next()? {
                if let Ok(funder) = FunderKey::try_from(row.get::<_, String>(0)?) {
                    used.insert(funder, row.get(1)?);
                }
            }
            Ok(used)
        })
        .await
}
