//! Sends the signing code by itself once a contract is ready, so that the customer need not ask for it.

use rusqlite::params;
use shared::domain::Lang;
use tokio::sync::broadcast::error::RecvError;

use super::{
    Situation,
    code::{self, CodeFor, CodeRules},
    sign,
};
use crate::{
    app::App,
    flows::{News, journal::CaseRef},
    links::{Customer, LinkState},
    problem::Problem,
};

/// Takes up what a restart interrupted, then listens to cases that move, until the server closes.
pub async fn deliver_codes(app: App) {
    let _up = app.workers.running("courier");
    let mut news = app.driver.news();
    match waiting(&app).await {
        Ok(cases) => cases.into_iter().for_each(|of| spawn_deliver(&app, of)),
        // The page has a button for it.
        Err(problem) => tracing::warn!(code = problem.code, "cases that wait for a code were not looked for"),
    }
    loop {
        match news.recv().await {
            Ok(News { of, awaits: Some("sign") }) => spawn_deliver(&app, of),
            // Missed news cost nothing: the page has a button for it.
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

/// Cases whose customer is to sign.
async fn waiting(app: &App) -> Result<Vec<CaseRef>, Problem> {
    app.store
        .read(|conn| {
            let mut statement =
                conn.prepare("SELECT tenant, case_id FROM tasks WHERE kind = 'sign' AND owner = 'customer'")?;
            let mut rows = statement.query([])?;
            let mut cases = Vec::new();
            while let Some(row) = rows.next()? {
                let (tenant, case) = (row.get::<_, String>(0)?.parse(), row.get::<_, String>(1)?.parse());
                if let (Ok(tenant), Ok(case)) = (tenant, case) {
                    cases.push(CaseRef { tenant, case });
                }
            }
            Ok(cases)
        })
        .await
}

fn spawn_deliver(app: &App, of: CaseRef) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(problem) = deliver(&app, of).await {
            tracing::info!(case = %of.case, code = problem.code, "no signing code was sent");
        }
    });
}

async fn deliver(app: &App, of: CaseRef) -> Result<(), Problem> {
    let (library, now) = (app.driver.library().clone(), app.world.clock.now());
    let rules = CodeRules::of(&app.config);
    let customer = app
        .store
        .read(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let is_due = situation.customer_in("sign").is_some()
                && sign::latest(conn, of)?.is_some_and(|contract| contract.intent_at.is_none())
                && code::state(conn, of, CodeFor::Sign, &rules)?.is_none();
            if !is_due {
                return Ok(None);
            }
            let (person, number): (String, i64) = conn
                .prepare_cached("SELECT person, number FROM cases WHERE tenant = ?1 AND id = ?2")?
                .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            let person = person.parse().map_err(|error| Problem::internal(&error))?;
            let (lang, state) = (Lang::Zh, LinkState::Open);
            Ok::<_, Problem>(Some(Customer {
                of,
                person,
                number,
                lang,
                state,
                opened: true,
                expires_at: now,
            }))
        })
        .await?;
    match customer {
        Some(customer) => code::send_as(app, &customer, CodeFor::Sign, "machine").await,
        None => Ok(()),
    }
}
