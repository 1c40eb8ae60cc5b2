//! Decisions that were given and can still be taken back: nothing of them has left the house yet. When their moment is over
//! they take effect, unless the case went another way meanwhile or who gave them may decide no longer.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::{
    domain::{AccountId, CaseId, TenantId},
    flow::At,
};

use super::{Answer, Decision, Rules, moved_on, parse_revision, reason_place, reason_row, take_effect};
use crate::{
    accounts::staff::Rights,
    app::App,
    cases::{acts, person::Person},
    crypt::Keys,
    flows::journal::{Advanced, CaseRef},
    ops::Ticks,
    problem::Problem,
    store::StoreError,
};

/// How often is looked for decisions whose moment is over.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Most that take effect in one look; the rest follow in the next.
const AT_ONCE: u32 = 100;

/// A decision that can still be taken back.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Whose.
    pub account: AccountId,
    /// The name used for signing in.
    pub login: String,
    /// What was answered.
    pub answer: Answer,
    /// Why the case is declined, from the list.
    pub code: Option<String>,
    /// The reviewer's words.
    pub reason: String,
    /// When it was given.
    pub at: Timestamp,
    /// When it takes effect.
    pub effect_at: Timestamp,
}

/// Refuses where somebody has decided a moment ago.
///
/// # Errors
/// 409 `decision_pending`.
pub(super) fn expect_none(conn: &Connection, of: CaseRef) -> Result<(), Problem> {
    match read(conn, of)? {
        None => Ok(()),
        Some(_) => Err(Problem::conflict(
            "decision_pending",
            "A decision was given a moment ago. Load the case again to see it.",
        )),
    }
}

/// Keeps a decision until its moment is over, where [`expect_none`] has refused nothing.
///
/// # Errors
/// When the row cannot be written.
pub(super) fn keep(
    conn: &Connection,
    of: CaseRef,
    decision: &Decision,
    effect_at: Timestamp,
) -> Result<(), Problem> {
    let answer = serde_json::to_string(&decision.answer).map_err(|error| Problem::internal(&error))?;
    conn.prepare_cached(
        "INSERT INTO decisions_pending(tenant, case_id, block, visit, answer, code, reason, account, at, effect_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        of.tenant.to_string(),
        of.case.to_string(),
        decision.at.block.to_string(),
        decision.at.visit,
        answer,
        decision.code,
        decision.reason,
        decision.account.to_string(),
        decision.given.as_millisecond(),
        effect_at.as_millisecond()
    ])?;
    Ok(())
}

/// The decision of a case that can still be taken back.
///
/// # Errors
/// When the row cannot be read or opened.
pub fn of_case(conn: &Connection, of: CaseRef, person: &Person) -> Result<Option<Pending>, Problem> {
    let Some((decision, login, effect_at)) = read(conn, of)? else { return Ok(None) };
    let row = reason_row(&of.case.to_string(), decision.at.block.as_str(), decision.at.visit);
    let reason = person.key().open_text(reason_place(&row), &decision.reason)?;
    Ok(Some(Pending {
        account: decision.account,
        login,
        answer: decision.answer,
        code: decision.code,
        reason,
        at: decision.given,
        effect_at,
    }))
}

/// Takes a decision back and answers what it was; only who gave it can.
///
/// # Errors
/// 409 `undo_too_late` once it took effect, `undo_not_yours` for another's.
pub fn undo(
    conn: &Connection,
    of: CaseRef,
    account: AccountId,
    actor: &str,
    keys: &Keys,
    now: Timestamp,
) -> Result<Pending, Problem> {
    let person = Person::of_case(conn, keys, of)?;
    let Some((decision, ..)) = read(conn, of)? else {
        return Err(Problem::conflict(
            "undo_too_late",
            "There is nothing to take back: the decision has taken effect, or was taken back already.",
        ));
    };
    if decision.account != account {
        return Err(Problem::conflict("undo_not_yours", "Only who gave a decision can take it back."));
    }
    let given = of_case(conn, of, &person)?;
    remove(conn, of)?;
    let detail = json!({"block": decision.at.block.to_string()});
    acts::record(conn, of, actor, "case.decision_undone", &detail, now)?;
    given.ok_or_else(moved_on)
}

/// A decision of somebody's that can still be taken back.
#[derive(Debug, Clone)]
pub struct Own {
    /// The case.
    pub case: CaseId,
    /// Its number.
    pub number: i64,
    /// What was answered.
    pub answer: Answer,
    /// When it takes effect.
    pub effect_at: Timestamp,
}

/// Somebody's decisions that can still be taken back, the newest first.
///
/// # Errors
/// When the rows cannot be read.
pub fn of_account(conn: &Connection, tenant: TenantId, account: AccountId) -> Result<Vec<Own>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT d.case_id, c.number, d.answer, d.effect_at FROM decisions_pending d
         JOIN cases c ON c.tenant = d.tenant AND c.id = d.case_id
         WHERE d.tenant = ?1 AND d.account = ?2 ORDER BY d.at DESC LIMIT ?3",
    )?;
    let mut rows = statement.query(params![tenant.to_string(), account.to_string(), AT_ONCE])?;
    let mut own = Vec::new();
    while let Some(row) = rows.next()? {
        let (case, answer): (String, String) = (row.get(0)?, row.get(2)?);
        if let (Ok(case), Ok(answer)) = (case.parse(), serde_json::from_str(&answer)) {
            let effect_at = Timestamp::from_millisecond(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH);
            own.push(Own { case, number: row.get(1)?, answer, effect_at });
        }
    }
    Ok(own)
}

/// Lets every decision take effect whose moment is over, until the server stops.
pub async fn settle_all(app: App) {
    let mut ticks = Ticks::every(LOOK_EVERY, &app.stopping);
    while ticks.next().await.is_some() {
        if let Err(problem) = settle_due(&app).await {
            tracing::error!(code = problem.code, "decisions could not take effect; they are tried again");
        }
    }
}

/// Lets those take effect whose moment is over; each in a commit of its own, so that one that fails holds up no other.
/// Answers how many did.
///
/// # Errors
/// When the rows cannot be read.
pub async fn settle_due(app: &App) -> Result<usize, Problem> {
    let now = app.world.clock.now();
    let due = app.store.read(move |conn| due(conn, now)).await?;
    let mut settled = 0;
    for of in due {
        let (library, products) = (app.driver.library().clone(), app.products.clone());
        let settle =
            move |conn: &Connection| settle(conn, Rules { library: &library, products: &products }, of, now);
        let done = app.store.write(settle).await;
        match done {
            Ok(Some(advanced)) => {
                settled += 1;
                app.driver.carry_out(advanced);
            }
            Ok(None) => {}
            Err(problem) => {
                tracing::error!(case = %of.case, code = problem.code, "a decision could not take effect");
            }
        }
    }
    Ok(settled)
}

fn due(conn: &Connection, now: Timestamp) -> Result<Vec<CaseRef>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT tenant, case_id FROM decisions_pending WHERE effect_at <= ?1 ORDER BY effect_at LIMIT ?2",
    )?;
    let mut rows = statement.query(params![now.as_millisecond(), AT_ONCE])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (tenant, case): (String, String) = (row.get(0)?, row.get(1)?);
        if let (Ok(tenant), Ok(case)) = (tenant.parse(), case.parse()) {
            found.push(CaseRef { tenant, case });
        }
    }
    Ok(found)
}

/// `None` when it was taken back meanwhile, or could not take effect any more.
fn settle(conn: &Connection, rules: Rules, of: CaseRef, now: Timestamp) -> Result<Option<Advanced>, Problem> {
    let Some((decision, _, effect_at)) = read(conn, of)? else { return Ok(None) };
    if effect_at > now {
        return Ok(None);
    }
    remove(conn, of)?;
    let rights = rights(conn, of, decision.account)?;
    let settles = |queue: &str| rights.as_ref().is_some_and(|rights| rights.settles(queue));
    match take_effect(conn, rules, of, &decision, &settles, now) {
        Ok(advanced) => Ok(Some(advanced)),
        // Refused for good: the case went on, or they may not decide any more. What the store cannot do is tried again.
        Err(problem) if (400..500).contains(&problem.status) => {
            let detail = json!({"block": decision.at.block.to_string(), "why": problem.code});
            acts::record(conn, of, "machine", "case.decision_moot", &detail, now)?;
            Ok(None)
        }
        Err(problem) => Err(problem),
    }
}

/// What somebody may settle whose account is open.
fn rights(conn: &Connection, of: CaseRef, account: AccountId) -> Result<Option<Rights>, Problem> {
    let found: Option<(String, Option<String>)> = conn
        .prepare_cached(
            "SELECT roles, queues FROM accounts WHERE tenant = ?1 AND id = ?2 AND disabled_at IS NULL",
        )?
        .query_row([of.tenant.to_string(), account.to_string()], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    found.map(|(roles, queues)| Rights::read(&roles, queues.as_deref())).transpose()
}

fn read(conn: &Connection, of: CaseRef) -> Result<Option<(Decision, String, Timestamp)>, Problem> {
    type Row = (String, u32, String, Option<String>, Vec<u8>, String, i64, i64, Option<String>);
    let found: Option<Row> = conn
        .prepare_cached(
            "SELECT d.block, d.visit, d.answer, d.code, d.reason, d.account, d.at, d.effect_at, a.login
             FROM decisions_pending d LEFT JOIN accounts a ON a.tenant = d.tenant AND a.id = d.account
             WHERE d.tenant = ?1 AND d.case_id = ?2",
        )?
        .query_row([of.tenant.to_string(), of.case.to_string()], |row| {
            Ok((
                row.get(0)?,
                row.get(1)?,
                row.get(2)?,
                row.get(3)?,
                row.get(4)?,
                row.get(5)?,
                row.get(6)?,
                row.get(7)?,
                row.get(8)?,
            ))
        })
        .optional()?;
    let Some((block, visit, answer, code, reason, account, given, effect_at, login)) = found else {
        return Ok(None);
    };
    let time = |ms| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let at: At = parse_revision(&format!("{block}#{visit}")).ok_or_else(moved_on)?;
    let decision = Decision {
        at,
        answer: serde_json::from_str(&answer).map_err(|error| Problem::internal(&error))?,
        code,
        reason,
        account: account.parse().map_err(|error| Problem::internal(&error))?,
        given: time(given),
    };
    Ok(Some((decision, login.unwrap_or_default(), time(effect_at))))
}

fn remove(conn: &Connection, of: CaseRef) -> Result<(), Problem> {
    conn.prepare_cached("DELETE FROM decisions_pending WHERE tenant = ?1 AND case_id = ?2")?
        .execute([of.tenant.to_string(), of.case.to_string()])?;
    Ok(())
}
