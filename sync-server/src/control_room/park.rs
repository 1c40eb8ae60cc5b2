//! A case whose partner may not be asked now waits until it may, or until its time is over and the block takes its own
//! way out. It stays the machine's, with a due time that everybody sees, and a restart changes nothing about it.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use crate::{
    app::App,
    audit,
    cases::offer,
    flows::{Work, journal::CaseRef},
    partners::{Hold, Partner},
    problem::Problem,
};

/// Time for a task that was parked beyond its own, before it counts as lost.
const GRACE: SignedDuration = SignedDuration::from_secs(120);
/// Pause before the store is asked again whether a case is parked.
const STORE_PAUSE: Duration = Duration::from_millis(500);

/// The partner that this task asks, where it asks one that may be held back.
pub fn asks(work: &Work) -> Option<Partner> {
    match work.task.kind {
        "partner-query" | "vehicle-valuation" => {
            Partner::named(work.flow.block(&work.task.at.block)?.partner()?)
        }
        "notify" => Some(Partner::Sms),
        _ => None,
    }
}

/// Whether nothing at all may go to this task's partner.
pub fn is_paused(app: &App, work: &Work) -> bool {
    let now = app.world.clock.now();
    let paused = |partner| app.partners.control(work.of.tenant, &partner).hold(now) == Some(Hold::Paused);
    asks(work).is_some_and(paused)
}

/// Waits until this task may begin; `false` when the case has gone on without it.
pub async fn until_open(app: &App, work: &Work) -> bool {
    loop {
        match waited(app, work).await {
            Ok(may) => return may,
            Err(problem) => {
                tracing::warn!(case = %work.of.case, code = problem.code, "a case could not be parked");
                tokio::time::sleep(STORE_PAUSE).await;
            }
        }
    }
}

async fn waited(app: &App, work: &Work) -> Result<bool, Problem> {
    let Some(asked) = asked(app, work).await? else { return Ok(true) };
    let mut changes = app.partners.control_changes();
    loop {
        changes.borrow_and_update();
        let now = app.world.clock.now();
        let control = app.partners.control(work.of.tenant, &asked.partner);
        let hold = control.hold(now).filter(|hold| !asked.begun || *hold == Hold::Paused);
        let Some(hold) = hold else { return unpark(app, work, &asked.partner).await };
        let minutes = SignedDuration::from_mins(i64::from(control.park_minutes));
        let Some(until) = park(app, work, &asked.partner, now, now + minutes).await? else {
            return Ok(false);
        };
        let opens = if let Hold::Closed(Some(opens)) = hold { opens.min(until) } else { until };
        let wait = Duration::try_from(opens.duration_since(now)).unwrap_or_default();
        if until <= now {
            // The driver takes it to the block's own way out.
            return Ok(false);
        }
        tokio::select! {
            _ = changes.changed() => {}
            () = tokio::time::sleep(wait.max(Duration::from_millis(1))) => {}
        }
    }
}

/// Whom a task asks.
struct Asked {
    partner: Partner,
    /// It goes on with something that the partner has said already.
    begun: bool,
}

async fn asked(app: &App, work: &Work) -> Result<Option<Asked>, Problem> {
    if work.task.kind == "generate-contract" {
        let of = work.of;
        let offer = app.store.read(move |conn| offer::latest(conn, of)).await?;
        let countered = offer.filter(|offer| offer.offered.before.is_some());
        let funder = countered.and_then(|offer| Partner::named(&format!("funders/{}", offer.funder)));
        return Ok(funder.map(|partner| Asked { partner, begun: true }));
    }
    Ok(asks(work).map(|partner| Asked { partner, begun: false }))
}

/// Notes that the task waits, and until when; as it was noted where that has been done. `None` when there is no such task.
async fn park(
    app: &App,
    work: &Work,
    partner: &Partner,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<Timestamp>, Problem> {
    let (of, at, partner) = (work.of, work.task.at.clone(), partner.to_string());
    app.store
        .write(move |conn| {
            let (tenant, case, block) = (of.tenant.to_string(), of.case.to_string(), at.block.to_string());
            let found: Option<(Option<String>, i64)> = conn
                .prepare_cached(
                    "SELECT parked, due_at FROM tasks WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4",
                )?
                .query_row(params![tenant, case, block, at.visit], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
            let Some((parked, due)) = found else { return Ok(None) };
            if parked.is_some() {
                return Ok(Some(Timestamp::from_millisecond(due).unwrap_or(now)));
            }
            conn.prepare_cached(
                "UPDATE tasks SET parked = ?5, due_at = ?6
                 WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4",
            )?
            .execute(params![tenant, case, block, at.visit, partner, until.as_millisecond()])?;
            note(conn, of, "case.parked", &json!({"block": block, "partner": partner, "until": until}), now)?;
            Ok::<_, Problem>(Some(until))
        })
        .await
}

/// Gives a parked task its own time; `false` when there is no such task.
async fn unpark(app: &App, work: &Work, partner: &Partner) -> Result<bool, Problem> {
    let (of, at) = (work.of, work.task.at.clone());
    let parked = app
        .store
        .read(move |conn| {
            let parked: Option<Option<String>> = conn
                .prepare_cached(
                    "SELECT parked FROM tasks WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4",
                )?
                .query_row(
                    params![of.tenant.to_string(), of.case.to_string(), at.block.to_string(), at.visit],
                    |row| row.get(0),
                )
                .optional()?;
            Ok::<_, Problem>(parked)
        })
        .await?;
    match parked {
        None => return Ok(false),
        Some(None) => return Ok(true),
        Some(Some(_)) => {}
    }
    let now = app.world.clock.now();
    let due = now + SignedDuration::from_millis(i64::from(work.task.timeout_ms)) + GRACE;
    let (at, partner) = (work.task.at.clone(), partner.to_string());
    app.store
        .write(move |conn| {
            let block = at.block.to_string();
            let changed = conn
                .prepare_cached(
                    "UPDATE tasks SET parked = NULL, due_at = ?5
                     WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4 AND parked IS NOT NULL",
                )?
                .execute(params![
                    of.tenant.to_string(),
                    of.case.to_string(),
                    block,
                    at.visit,
                    due.as_millisecond()
                ])?;
            if changed > 0 {
                note(conn, of, "case.unparked", &json!({"block": block, "partner": partner}), now)?;
            }
            Ok::<_, Problem>(changed > 0)
        })
        .await
}

fn note(
    conn: &Connection,
    of: CaseRef,
    action: &str,
    detail: &serde_json::Value,
    at: Timestamp,
) -> Result<(), Problem> {
    let (tenant, case, detail) = (of.tenant.to_string(), of.case.to_string(), detail.to_string());
    let entry =
        audit::Entry { tenant: &tenant, at, actor: "machine", action, subject: &case, detail: &detail };
    Ok(audit::record(conn, entry)?)
}
