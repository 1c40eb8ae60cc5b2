//! `match-funder`: asks the funders that fit and that the customer named, one after the other, until one agrees.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use shared::{
    domain::{
        CounterTerms, Fen, FunderKey, FunderMatch, Inquiry, Lang, Months, PlannedOffer, Purpose, QuotaUsed,
        Rate, Recipient, TenantId, match_steered, recompute,
    },
    protocol::partners::{
        CNY, PartnerToken,
        funders::{FunderApplication, FunderTerms},
    },
};

use super::{
    ask_partner::{Call, Subject, case_request, key, record_calls, subject_for, token},
    counter_offer::asked_before,
    recommend_plan::{facts_of, ranked},
};
use crate::{
    app::App,
    cases::{
        CaseRequest, midnight,
        offer::{self, AskedFor, OfferRow, Offered},
    },
    control_room::preview,
    flows::{Performed, Record, Work, journal::CaseRef},
    partners::{FunderAnswer, PartnerFailure},
    problem::Problem,
};

/// Time a funder has to confirm its own counter-offer.
const ACCEPT_WITHIN: Duration = Duration::from_secs(5);

/// Finds a funder for the recommended plan.
pub(super) async fn find(app: &App, work: &Work) -> Result<Performed, Problem> {
    let Some((inquiry, ranking)) = ranked(app, work).await? else { return Ok(Performed::outcome("error")) };
    let wanted = work.facts.text("plan.key").unwrap_or_default();
    let Some(plan) = ranking.offers.into_iter().find(|offer| offer.plan.as_str() == wanted) else {
        return Ok(Performed::outcome("error"));
    };
    let request = case_request(app, work).await?;
    let now = app.world.clock.now();
    let tenant = work.of.tenant;
    let used = app.store.read(move |conn| quota_used(conn, tenant, now)).await?;
    let Some(application) = app.products.application(&plan, &inquiry) else {
        return Ok(Performed::outcome("error"));
    };
    let steering = preview::steering(app, work.of);
    let matched =
        match_steered(app.products.funders_of(tenant).matching(), &application, now, &used, &steering);
    let mut trace = explain(&matched);
    let named: Vec<String> = work.facts.texts("consent.funders").into_iter().map(str::to_owned).collect();
    let said_no = said_no(work);
    let open: Vec<String> = matched
        .eligible
        .iter()
        .map(|eligible| eligible.funder.to_string())
        .filter(|funder| !said_no.contains(funder))
        .collect();
    let most = work.task.params["max_asked"].as_u64().unwrap_or(3) as usize;
    let (calls, asked) = (Vec::new(), Vec::new());
    let mut round =
        Round { app, work, request: &request, plan: &plan, inquiry: &inquiry, said_no, asked, calls };
    for funder in open.iter().filter(|funder| named.contains(funder)).take(most) {
        if let Some(done) = round.ask(funder).await? {
            trace["asked"] = json!(round.asked);
            let record = record_calls(work.of, round.calls, done.record.clone());
            return Ok(Performed { trace: Some(trace), record: Some(record), ..done });
        }
    }
    trace["asked"] = json!(round.asked);
    let unnamed: Vec<&String> = open.iter().filter(|funder| !named.contains(funder)).take(1).collect();
    let (outcome, wanted) = match unnamed.first() {
        Some(funder) => ("needs_consent", vec![(*funder).clone()]),
        None => ("none", named),
    };
    let writes = facts_of(&plan)
        .with("funder.wanted", wanted)
        .with("funder.said_no", round.said_no)
        .with("funder.waits_for", "");
    let record = Some(record_calls(work.of, round.calls, None));
    Ok(Performed { outcome: outcome.to_owned(), writes, trace: Some(trace), record })
}

/// Funders that will not be asked again: those that said no, and one that said "pending" and then nothing.
pub(super) fn said_no(work: &Work) -> Vec<String> {
    let mut said_no: Vec<String> =
        work.facts.texts("funder.said_no").into_iter().map(str::to_owned).collect();
    let silent = work.facts.text("funder.waits_for").unwrap_or_default();
    if !silent.is_empty() && !said_no.iter().any(|funder| funder == silent) {
        said_no.push(silent.to_owned());
    }
    said_no
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
    calls: Vec<Call>,
}

impl Round<'_> {
    /// Asks one funder; `None` when the next one is to be asked.
    async fn ask(&mut self, funder: &str) -> Result<Option<Performed>, Problem> {
        let recipient = Recipient::Funder(funder.to_owned());
        let subject = subject_for(self.app, self.work, Purpose::ShareWithFunder, recipient).await?;
        let Some(subject) = subject else { return Ok(None) };
        let application = application(self.app, self.work, self.request, self.plan, funder, &subject, None)?;
        let limit = Duration::from_millis(self.work.task.params["timeout_ms"].as_u64().unwrap_or(5_000));
        let (key, began) = (key(self.work, funder), self.app.world.clock.now());
        let answer = self
            .app
            .partners
            .of(self.work.of.tenant)
            .ask_funder(&token(funder)?, &key, Some(limit), &application)
            .await;
        self.asked.push(json!({"funder": funder, "answer": name_of(&answer)}));
        // The company kept the question back at this very moment: that is no answer of the funder's.
        if answer.as_ref().is_err_and(PartnerFailure::is_held_back) {
            return Ok(None);
        }
        let ended = self.app.world.clock.now();
        let (partner, outcome) = (format!("funders/{funder}"), name_of(&answer));
        let (key, consent) = (key.as_str().to_owned(), Some(subject.consent));
        self.calls.push(Call { partner, key, consent, outcome, began, ended });
        self.settle(funder, answer)
    }

    fn settle(
        &mut self,
        funder: &str,
        answer: Result<FunderAnswer, PartnerFailure>,
    ) -> Result<Option<Performed>, Problem> {
        let agreement = |reference: &PartnerToken| Agreement {
            of: self.work.of,
            funder: funder.to_owned(),
            reference: reference.as_str().to_owned(),
            plan: self.plan.clone(),
            before: None,
            asked: asked_before(&self.work.facts),
            stipulations: Vec::new(),
            said_no: self.said_no.clone(),
        };
        match answer {
            Ok(FunderAnswer::Approved { reference, .. }) => {
                Ok(Some(agreed(self.app, "matched", agreement(&reference))))
            }
            Ok(FunderAnswer::Conditional { reference, stipulations, .. }) => {
                let stipulations = stipulations.iter().map(|text| text.as_str().to_owned()).collect();
                Ok(Some(agreed(self.app, "matched", Agreement { stipulations, ..agreement(&reference) })))
            }
            Ok(FunderAnswer::CounterOffer { reference, terms }) => {
                match countered(self.app, self.inquiry, self.plan, &terms) {
                    Some(plan) => {
                        let before = Some(self.plan.clone());
                        let changed = Agreement { plan, before, ..agreement(&reference) };
                        Ok(Some(agreed(self.app, "countered", changed)))
                    }
                    None => Ok(self.no(funder)),
                }
            }
            Ok(FunderAnswer::Pending { reference, .. }) => {
                let writes = facts_of(self.plan)
                    .with("funder.key", funder)
                    .with("funder.reference", reference.as_str())
                    .with("funder.waits_for", funder)
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
}

/// What a funder is asked. `accepts`: the funder's own counter-offer, which the customer has accepted.
fn application(
    app: &App,
    work: &Work,
    request: &CaseRequest,
    plan: &PlannedOffer,
    funder: &str,
    subject: &Subject,
    accepts: Option<PartnerToken>,
) -> Result<FunderApplication, Problem> {
    Ok(FunderApplication {
        application: token(&work.of.case.to_string())?,
        name: subject.name.clone().into(),
        id_number: subject.id_number.clone().into(),
        phone: subject.phone.clone().into(),
        region: request.region.clone(),
        vin: request.vin.as_str().to_owned(),
        used: request.vehicle.condition == shared::domain::Condition::Used,
        price_fen: request.vehicle.price.get(),
        plan: token(plan.plan.as_str())?,
        terms: terms_of(plan),
        credit_reference: work.facts.text("partner.bureau.reference").map(token).transpose()?,
        accepts_offer: accepts,
        consent: token(&subject.consent)?,
        callback_url: Some(format!("{}/api/v1/webhooks/partners/{funder}", app.config.callbacks_url())),
    })
}

/// Tells a funder that the customer has accepted its counter-offer, before a contract says so. `false` when it does
/// not stand by it, or cannot be reached: a person looks.
pub(super) async fn take_counter_offer(app: &App, work: &Work, offer: &OfferRow) -> Result<bool, Problem> {
    let recipient = Recipient::Funder(offer.funder.clone());
    let Some(subject) = subject_for(app, work, Purpose::ShareWithFunder, recipient).await? else {
        return Ok(false);
    };
    let request = case_request(app, work).await?;
    let accepts = Some(token(&offer.reference)?);
    let asked = application(app, work, &request, &offer.offered.plan, &offer.funder, &subject, accepts)?;
    let key = key(work, &format!("{}/{}", offer.funder, offer.number));
    let answer = app
        .partners
        .of(work.of.tenant)
        .ask_funder(&token(&offer.funder)?, &key, Some(ACCEPT_WITHIN), &asked)
        .await;
    if !matches!(answer, Ok(FunderAnswer::Approved { .. })) {
        tracing::warn!(case = %work.of.case, funder = offer.funder, answer = name_of(&answer), "a counter-offer does not stand");
        return Ok(false);
    }
    Ok(true)
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

/// What a funder agreed to.
pub(super) struct Agreement {
    /// The case.
    pub(super) of: CaseRef,
    /// Key of the funder.
    pub(super) funder: String,
    /// The funder's reference.
    pub(super) reference: String,
    /// The plan under the agreed terms.
    pub(super) plan: PlannedOffer,
    /// The plan before the funder changed it.
    pub(super) before: Option<PlannedOffer>,
    /// What the customer asked for, where the plan is a counter-offer.
    pub(super) asked: Option<AskedFor>,
    /// What the funder wants first.
    pub(super) stipulations: Vec<String>,
    /// Funders that will not be asked again.
    pub(super) said_no: Vec<String>,
}

/// The outcome of an agreement, with its offer to be accepted and disclosed.
pub(super) fn agreed(app: &App, outcome: &str, agreement: Agreement) -> Performed {
    let Agreement { of, funder, reference, plan, before, asked, stipulations, said_no } = agreement;
    let terms = plan.terms(Some(&funder));
    let writes = facts_of(&plan)
        .with("funder.key", funder.as_str())
        .with("funder.reference", reference.as_str())
        .with("funder.waits_for", "")
        .with("funder.wanted", vec![funder.as_str()])
        .with("funder.said_no", said_no)
        .with("funder.terms_sha256", offer::terms_sha256(&terms));
    let offered = Offered { plan, before, asked, stipulations };
    let now = app.world.clock.now();
    let record: Record =
        std::sync::Arc::new(move |conn| offer::add(conn, of, &funder, &reference, &terms, &offered, now));
    Performed { outcome: outcome.to_owned(), writes, trace: None, record: Some(record) }
}

/// A plan's terms as a funder is asked for them.
pub(super) fn terms_of(plan: &PlannedOffer) -> FunderTerms {
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
///
/// # Errors
/// When the rows cannot be read.
pub fn quota_used(conn: &Connection, tenant: TenantId, now: Timestamp) -> Result<QuotaUsed, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT substr(partner, 9), count(DISTINCT case_id) FROM partner_calls
         WHERE tenant = ?1 AND partner >= 'funders/' AND partner < 'funders0' AND at >= ?2 GROUP BY partner",
    )?;
    let mut used = QuotaUsed::new();
    let mut rows = statement.query(params![tenant.to_string(), midnight(now)])?;
    while let Some(row) = rows.next()? {
        if let Ok(funder) = FunderKey::try_from(row.get::<_, String>(0)?) {
            used.insert(funder, row.get(1)?);
        }
    }
    Ok(used)
}
