//! `partner-query` for a funder that said "pending": its callback, or what it says when it is asked, whichever is first.

use std::{sync::Arc, time::Duration};

use shared::{flow::Facts, protocol::partners::funders::FunderTerms};

use super::{
    ask_partner::token,
    counter_offer::asked_before,
    match_funder::{Agreement, agreed, countered, terms_of},
    recommend_plan::ranked,
};
use crate::{
    app::App,
    cases::{Situation, callbacks},
    flows::{Performed, Record, Work},
    partners::{FunderAnswer, PartnerFailure},
    problem::Problem,
};

/// Least pause before a funder that calls back is asked all the same: a callback can get lost.
const FIRST_PAUSE: Duration = Duration::from_secs(20);
/// Longest pause between two questions.
const LONGEST_PAUSE: Duration = Duration::from_secs(10 * 60);
/// Time for one question.
const ASK_WITHIN: Duration = Duration::from_secs(5);

/// Waits until the funder has decided; `None` when the case has gone on without it.
pub(super) async fn wait_for(app: &App, work: &Work) -> Option<Performed> {
    let arrival = app.arrivals.of(work.of);
    let mut pause = FIRST_PAUSE;
    loop {
        match look(app, work).await {
            Ok(Look::Settled(performed)) => return Some(*performed),
            Ok(Look::Waiting) => {}
            Ok(Look::GoneOn) => {
                app.arrivals.forget(work.of);
                return None;
            }
            Err(problem) => {
                tracing::warn!(case = %work.of.case, code = problem.code, "a funder's answer could not be looked at");
            }
        }
        let came = tokio::select! {
            () = arrival.notified() => true,
            () = tokio::time::sleep(pause) => false,
        };
        if !came {
            match ask(app, work).await {
                Ok(Some(performed)) => return Some(performed),
                Ok(None) => {}
                Err(problem) => {
                    tracing::warn!(case = %work.of.case, code = problem.code, "a funder could not be asked again");
                }
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
}

enum Look {
    Settled(Box<Performed>),
    Waiting,
    GoneOn,
}

/// Is the case still here, and has something come for it?
async fn look(app: &App, work: &Work) -> Result<Look, Problem> {
    let (of, at, library) = (work.of, work.task.at.clone(), app.driver.library().clone());
    let (funder, reference) = pending(work);
    let (here, parked) = app
        .store
        .read(move |conn| {
            let here = Situation::load(conn, &library, of)?.waits.iter().any(|wait| wait.at == at);
            Ok::<_, Problem>((here, callbacks::parked(conn, of, &funder, &reference)?))
        })
        .await?;
    if !here {
        return Ok(Look::GoneOn);
    }
    let Some(parked) = parked else { return Ok(Look::Waiting) };
    let Some(agreement) = agreement(app, work).await? else { return Ok(Look::Waiting) };
    let answer = FunderAnswer::to(&agreement.asked(), parked.decision);
    let performed = settle(app, agreement, answer);
    let (funder, _) = pending(work);
    let now = app.world.clock.now();
    let (inner, id) = (performed.record.clone(), parked.webhook_id);
    let record: Record = Arc::new(move |conn| {
        callbacks::mark_applied(conn, &funder, &id, now)?;
        inner.as_ref().map_or(Ok(()), |record| record(conn))
    });
    Ok(Look::Settled(Box::new(performed.record(record))))
}

/// Asks for the decision; `None` while there is none.
async fn ask(app: &App, work: &Work) -> Result<Option<Performed>, Problem> {
    let (funder, reference) = pending(work);
    let Some(agreement) = agreement(app, work).await? else { return Ok(None) };
    let (key, reference) = (token(&funder)?, token(&reference)?);
    let asked = agreement.asked();
    let answer =
        app.partners.of(work.of.tenant).funder_answer(&key, &reference, Some(ASK_WITHIN), &asked).await;
    Ok(match answer {
        // Undecided, or not to be reached: the block's due time ends the wait.
        Ok(FunderAnswer::Pending { .. }) => None,
        Err(failure) if !matches!(failure, PartnerFailure::WrongAmount { .. }) => None,
        answer => Some(settle(app, agreement, answer)),
    })
}

/// The funder and its reference that the case waits for.
fn pending(work: &Work) -> (String, String) {
    let fact = |path| work.facts.text(path).unwrap_or_default().to_owned();
    (fact("funder.key"), fact("funder.reference"))
}

/// What was asked, and of whom.
struct Asked {
    agreement: Agreement,
    inquiry: shared::domain::Inquiry,
}

impl Asked {
    fn asked(&self) -> FunderTerms {
        terms_of(&self.agreement.plan)
    }
}

async fn agreement(app: &App, work: &Work) -> Result<Option<Asked>, Problem> {
    let Some((inquiry, ranking)) = ranked(app, work).await? else { return Ok(None) };
    let wanted = work.facts.text("plan.key").unwrap_or_default();
    let Some(plan) = ranking.offers.into_iter().find(|offer| offer.plan.as_str() == wanted) else {
        return Ok(None);
    };
    let (funder, reference) = pending(work);
    let said_no = work.facts.texts("funder.said_no").into_iter().map(str::to_owned).collect();
    let agreement = Agreement {
        of: work.of,
        funder,
        reference,
        plan,
        before: None,
        asked: asked_before(&work.facts),
        stipulations: Vec::new(),
        said_no,
    };
    Ok(Some(Asked { agreement, inquiry }))
}

fn settle(app: &App, asked: Asked, answer: Result<FunderAnswer, PartnerFailure>) -> Performed {
    let Asked { agreement, inquiry } = asked;
    match answer {
        Ok(FunderAnswer::Approved { .. }) => agreed(app, "approved", agreement),
        Ok(FunderAnswer::Conditional { stipulations, .. }) => {
            let stipulations = stipulations.iter().map(|text| text.as_str().to_owned()).collect();
            agreed(app, "approved", Agreement { stipulations, ..agreement })
        }
        Ok(FunderAnswer::CounterOffer { terms, .. }) => {
            match countered(app, &inquiry, &agreement.plan, &terms) {
                Some(plan) => {
                    let before = Some(agreement.plan.clone());
                    agreed(app, "countered", Agreement { plan, before, ..agreement })
                }
                None => refused("declined", agreement),
            }
        }
        Ok(FunderAnswer::LimitReached { .. } | FunderAnswer::Declined { .. }) => {
            refused("declined", agreement)
        }
        Ok(FunderAnswer::Error { .. } | FunderAnswer::Pending { .. }) | Err(_) => refused("error", agreement),
    }
}

/// The next funder is asked; this one is not asked again.
fn refused(outcome: &str, agreement: Agreement) -> Performed {
    let mut said_no = agreement.said_no;
    said_no.push(agreement.funder);
    Performed::outcome(outcome)
        .writes(Facts::new().with("funder.said_no", said_no).with("funder.waits_for", ""))
}
