//! Who works on a case that waits for a person. A hold is for one person at a time, ends by itself, and lets go when the
//! case leaves the block it waited in.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::domain::{AccountId, Action, CaseId, TenantId};

use super::{
    moved_on, not_theirs,
    queue::{HELD, SERVED, served},
};
use crate::{
    accounts::{permission::Decider, staff::Rights},
    cases::acts,
    flows::journal::CaseRef,
    problem::Problem,
};

/// How long a case stays somebody's after they last looked at it.
pub const HELD_FOR: SignedDuration = SignedDuration::from_mins(30);
/// Most people that a case can be given to, as a page lists them.
const MOST: usize = 200;

/// Somebody who works on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Who.
    pub account: AccountId,
    /// The name used for signing in.
    pub login: String,
    /// Since when.
    pub since: Timestamp,
}

/// Who works on a case now.
///
/// # Errors
/// When the rows cannot be read.
pub fn holder(conn: &Connection, of: CaseRef, now: Timestamp) -> Result<Option<Held>, Problem> {
    let found: Option<(String, String, i64)> = conn
        .prepare_cached(
            "SELECT h.account, a.login, h.since FROM case_holds h
             JOIN accounts a ON a.tenant = h.tenant AND a.id = h.account AND a.disabled_at IS NULL
             WHERE h.tenant = ?1 AND h.case_id = ?2 AND h.until > ?3",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string(), now.as_millisecond()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?;
    let Some((account, login, since)) = found else { return Ok(None) };
    let account = account.parse().map_err(|error| Problem::internal(&error))?;
    let since = Timestamp::from_millisecond(since).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Some(Held { account, login, since }))
}

/// Refuses what somebody else works on.
///
/// # Errors
/// 409 `case_held` naming them.
pub fn expect_not_anothers(
    conn: &Connection,
    of: CaseRef,
    account: AccountId,
    now: Timestamp,
) -> Result<(), Problem> {
    match holder(conn, of, now)? {
        Some(held) if held.account != account => Err(Problem::conflict(
            "case_held",
            format!("{} works on this case. Take it over first, or leave it to them.", held.login),
        )),
        _ => Ok(()),
    }
}

/// Takes a case; `over` from somebody else as well. Taking what one holds renews it.
///
/// # Errors
/// 409 `case_held` when somebody else has it and it is not to be taken over, `case_moved_on` when it waits for nobody
/// of a queue; 403 when it is not theirs to decide.
pub fn take(
    conn: &Connection,
    of: CaseRef,
    decider: &Decider,
    over: bool,
    now: Timestamp,
) -> Result<(), Problem> {
    expect_theirs(conn, of, decider)?;
    let before = holder(conn, of, now)?;
    if !over {
        expect_not_anothers(conn, of, decider.account, now)?;
    }
    keep(conn, of, decider.account, None, now)?;
    match before {
        Some(held) if held.account == decider.account => Ok(()),
        before => {
            let from = before.map(|held| held.account.to_string());
            Ok(acts::record(conn, of, &decider.actor(), "case.taken", &json!({ "from": from }), now)?)
        }
    }
}

/// Takes the most urgent case that nobody works on; `None` when there is none.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn take_next(conn: &Connection, decider: &Decider, now: Timestamp) -> Result<Option<CaseId>, Problem> {
    let served = served(decider);
    let found: Option<String> = conn
        .prepare_cached(&format!(
            "SELECT t.case_id FROM tasks t
             WHERE t.tenant = ?1 AND {SERVED}
               AND t.case_id NOT IN (SELECT case_id FROM ({HELD}))
               AND NOT EXISTS (SELECT 1 FROM decisions_pending d
                               WHERE d.tenant = t.tenant AND d.case_id = t.case_id)
             ORDER BY t.due_at LIMIT 1"
        ))?
        .query_row(
            params![
                decider.tenant.to_string(),
                served.lead,
                served.reviews,
                served.queues,
                now.as_millisecond()
            ],
            |row| row.get(0),
        )
        .optional()?;
    let Some(case) = found.and_then(|case| case.parse().ok()) else { return Ok(None) };
    take(conn, CaseRef { tenant: decider.tenant, case }, decider, false, now)?;
    Ok(Some(case))
}

/// Gives back a case that one holds. What one does not hold is not touched.
///
/// # Errors
/// When the rows cannot be written.
pub fn give_back(conn: &Connection, of: CaseRef, decider: &Decider, now: Timestamp) -> Result<(), Problem> {
    let gone = conn
        .prepare_cached("DELETE FROM case_holds WHERE tenant = ?1 AND case_id = ?2 AND account = ?3")?
        .execute(params![of.tenant.to_string(), of.case.to_string(), decider.account.to_string()])?;
    match gone {
        0 => Ok(()),
        _ => Ok(acts::record(conn, of, &decider.actor(), "case.given_back", &json!({}), now)?),
    }
}

/// Gives a case to somebody, whoever had it.
///
/// # Errors
/// 403 for who does not lead; 422 `cannot_settle` where they may not decide it; 409 `case_moved_on`.
pub fn assign(
    conn: &Connection,
    of: CaseRef,
    by: &Decider,
    to: AccountId,
    now: Timestamp,
) -> Result<(), Problem> {
    if !by.may(Action::DecideEscalatedCase) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "A manager or administrator gives cases to others.",
        ));
    }
    let queue = queue_of(conn, of)?.ok_or_else(moved_on)?;
    if !those_who_settle(conn, of.tenant, &queue)?.iter().any(|(account, _)| *account == to) {
        return Err(cannot_settle());
    }
    let from = holder(conn, of, now)?.map(|held| held.account.to_string());
    keep(conn, of, to, Some(by.account), now)?;
    let detail = json!({"from": from, "to": to.to_string()});
    Ok(acts::record(conn, of, &by.actor(), "case.assigned", &detail, now)?)
}

/// 422 for somebody who may not decide the case.
pub fn cannot_settle() -> Problem {
    Problem::invalid(
        "account",
        "cannot_settle",
        "This person cannot decide the case. Choose one from the list.",
    )
}

/// Whose hold is to be moved on, now that its holder looks at the case: those that ran for more than a minute.
///
/// # Errors
/// When the rows cannot be read.
pub fn is_to_renew(
    conn: &Connection,
    of: CaseRef,
    account: AccountId,
    now: Timestamp,
) -> Result<bool, Problem> {
    let found = conn
        .prepare_cached(
            "SELECT 1 FROM case_holds WHERE tenant = ?1 AND case_id = ?2 AND account = ?3 AND until BETWEEN ?4 AND ?5",
        )?
        .exists(params![
            of.tenant.to_string(),
            of.case.to_string(),
            account.to_string(),
            now.as_millisecond(),
            (now + HELD_FOR - SignedDuration::from_mins(1)).as_millisecond()
        ])?;
    Ok(found)
}

/// Moves a hold on; one that is over or another's stays as it is.
///
/// # Errors
/// When the row cannot be written.
pub fn renew(conn: &Connection, of: CaseRef, account: AccountId, now: Timestamp) -> Result<(), Problem> {
    conn.prepare_cached(
        "UPDATE case_holds SET until = ?4 WHERE tenant = ?1 AND case_id = ?2 AND account = ?3 AND until > ?5",
    )?
    .execute(params![
        of.tenant.to_string(),
        of.case.to_string(),
        account.to_string(),
        (now + HELD_FOR).as_millisecond(),
        now.as_millisecond()
    ])?;
    Ok(())
}

/// Everybody of the tenant who may decide what waits in this queue, by name.
///
/// # Errors
/// When the rows cannot be read.
pub fn those_who_settle(
    conn: &Connection,
    tenant: TenantId,
    queue: &str,
) -> Result<Vec<(AccountId, String)>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT id, login, roles, queues FROM accounts WHERE tenant = ?1 AND disabled_at IS NULL ORDER BY login",
    )?;
    let mut rows = statement.query([tenant.to_string()])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()?
        && found.len() < MOST
    {
        let (id, roles): (String, String) = (row.get(0)?, row.get(2)?);
        let queues: Option<String> = row.get(3)?;
        if Rights::read(&roles, queues.as_deref()).is_ok_and(|rights| rights.settles(queue))
            && let Ok(id) = id.parse()
        {
            found.push((id, row.get(1)?));
        }
    }
    Ok(found)
}

/// The queue that a case waits in.
///
/// # Errors
/// When the rows cannot be read.
pub fn queue_of(conn: &Connection, of: CaseRef) -> Result<Option<String>, Problem> {
    let owner: Option<String> = conn
        .prepare_cached(
            "SELECT owner FROM tasks WHERE tenant = ?1 AND case_id = ?2 AND owner LIKE 'queue:%' LIMIT 1",
        )?
        .query_row([of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
        .optional()?;
    Ok(owner.map(|owner| owner.trim_start_matches("queue:").to_owned()))
}

fn expect_theirs(conn: &Connection, of: CaseRef, decider: &Decider) -> Result<(), Problem> {
    let queue = queue_of(conn, of)?.ok_or_else(moved_on)?;
    if decider.settles(&queue) { Ok(()) } else { Err(not_theirs(&queue)) }
}

fn keep(
    conn: &Connection,
    of: CaseRef,
    account: AccountId,
    assigned_by: Option<AccountId>,
    now: Timestamp,
) -> Result<(), Problem> {
    conn.prepare_cached(
        "INSERT INTO case_holds(tenant, case_id, account, assigned_by, since, until) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT DO UPDATE SET until = excluded.until, assigned_by = excluded.assigned_by,
           since = CASE WHEN account = excluded.account AND until > excluded.since THEN since ELSE excluded.since END,
           account = excluded.account",
    )?
    .execute(params![
        of.tenant.to_string(),
        of.case.to_string(),
        account.to_string(),
        assigned_by.map(|by| by.to_string()),
        now.as_millisecond(),
        (now + HELD_FOR).as_millisecond()
    ])?;
    Ok(())
}
