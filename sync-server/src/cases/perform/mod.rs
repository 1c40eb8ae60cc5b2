//! Does the work of machine blocks: one file per kind of work. Blocks that need only facts are evaluated as they are.

mod ask_partner;
mod blacklist;
mod counter_offer;
mod find_duplicates;
mod funder_answer;
mod identity;
mod match_funder;
mod notify;
mod read_card;
mod recommend_plan;
mod write_contract;

pub(crate) use counter_offer::{asked_before, asked_for, in_place_of_the_wish};
pub use match_funder::quota_used;
pub(super) use write_contract::load as contract_data;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use futures_util::future::BoxFuture;
use shared::{
    domain::PersonId,
    flow::{Reference, evaluate},
};

use crate::{
    app::App,
    cases::row,
    control_room::park,
    flows::{Perform, Performed, Work, journal::CaseRef},
    problem::{Problem, masked},
};

/// Pause before a block's work is tried again when the store could not take its document.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// Carries out machine blocks with everything the server can reach.
#[derive(Clone, Default)]
pub struct Performers {
    app: Arc<OnceLock<App>>,
}

impl Performers {
    /// Gives the performers the running system; called once, before the driver resumes.
    pub fn connect(&self, app: App) {
        let _ = self.app.set(app);
    }
}

impl Perform for Performers {
    fn perform(&self, work: Work) -> BoxFuture<'_, Performed> {
        Box::pin(async move {
            let Some(app) = self.app.get() else { return Performed::outcome("error") };
            let (case, block) = (work.of.case, work.task.at.clone());
            loop {
                match carry_out(app, &work).await {
                    Ok(performed) => return performed,
                    // No room for a document is no answer to the block's question: it is asked again until its time
                    // is over.
                    Err(problem) if problem.is_store_out() => tokio::time::sleep(STORE_PAUSE).await,
                    Err(problem) => {
                        tracing::warn!(%case, block = %block.block, code = problem.code, "a block failed");
                        return Performed::outcome("error");
                    }
                }
            }
        })
    }

    fn may_begin<'a>(&'a self, work: &'a Work) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            match self.app.get() {
                Some(app) => park::until_open(app, work).await,
                None => true,
            }
        })
    }

    fn is_shut(&self, work: &Work) -> bool {
        self.app.get().is_some_and(|app| park::is_paused(app, work))
    }

    fn queue(&self, work: &Work) -> Option<String> {
        match work.task.kind {
            "match-funder" => Some("funders".to_owned()),
            _ => park::asks(work).map(|partner| partner.to_string()),
        }
    }

    fn await_partner(&self, work: Work) -> BoxFuture<'_, Option<Performed>> {
        Box::pin(async move {
            let app = self.app.get()?;
            match (work.task.kind, work.task.params["partner"].as_str()) {
                ("partner-query", Some("funder")) => funder_answer::wait_for(app, &work).await,
                // Nobody else answers on its own: the block's due time ends the wait.
                _ => None,
            }
        })
    }
}

async fn carry_out(app: &App, work: &Work) -> Result<Performed, Problem> {
    match work.task.kind {
        "photo-quality" => read_card::look(app, work).await,
        "ocr" => read_card::read(app, work).await,
        "duplicate-check" => find_duplicates::find(app, work).await,
        "blacklist" => blacklist::look(app, work).await,
        "match-matrix" => identity::compare(app, work).await,
        "partner-query" | "vehicle-valuation" => ask_partner::ask(app, work).await,
        "recommend-plan" => recommend_plan::recommend(app, work).await,
        "counter-offer" => counter_offer::propose(app, work).await,
        "match-funder" => match_funder::find(app, work).await,
        "generate-contract" => write_contract::write(app, work).await,
        "notify" => notify::tell(app, work).await,
        _ => evaluate_pure(app, work),
    }
}

fn evaluate_pure(app: &App, work: &Work) -> Result<Performed, Problem> {
    let now = app.world.clock.now();
    let evaluated = work
        .flow
        .block(&work.task.at.block)
        .and_then(|block| evaluate(block, &work.facts, &Reference::at(now)));
    let Some(evaluated) = evaluated else { return Ok(Performed::outcome("error")) };
    if let Some(problem) = &evaluated.problem {
        let problem = masked(problem);
        tracing::warn!(case = %work.of.case, block = %work.task.at.block, problem, "a rule could not be evaluated");
    }
    let trace = (!evaluated.trace.is_empty()).then(|| serde_json::json!({ "rules": evaluated.trace }));
    Ok(Performed { outcome: evaluated.outcome, writes: evaluated.writes, trace, record: None })
}

/// The person of a case.
async fn person_of(app: &App, of: CaseRef) -> Result<PersonId, Problem> {
    app.store.read(move |conn| row::person_of(conn, of)).await
}
