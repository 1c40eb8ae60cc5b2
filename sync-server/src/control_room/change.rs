//! Setting something for a partner, with a second person where that is asked for, and taking the latest change back.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::{Value, json};
use shared::domain::{AccountId, TenantId};

use super::{Changed, newest, standing::read};
use crate::{
    audit, own_funders,
    partners::{Control, Partner},
    problem::Problem,
};

/// Longest reason, in characters.
pub const MAX_REASON: usize = 500;

/// Who changes something.
#[derive(Debug, Clone)]
pub struct By {
    /// Whose partners.
    pub tenant: TenantId,
    /// Who.
    pub account: AccountId,
    /// When.
    pub at: Timestamp,
    /// A second person has to confirm it.
    pub two_needed: bool,
}

/// What is to be set.
#[derive(Debug, Clone)]
pub struct Change {
    /// For whom.
    pub partner: Partner,
    /// Number of what was seen.
    pub seen: u32,
    /// Everything that is to be set.
    pub control: Control,
    /// Why.
    pub reason: String,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// It holds.
    Set,
    /// It waits for a second person.
    Proposed,
}

/// A change that waits for a second person.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// Number of what it changes.
    pub base: u32,
    /// Everything that is to be set.
    pub control: Control,
    /// Who proposed it, and why.
    pub by: Changed,
    /// Their account.
    pub account: String,
}

/// Checks everything about a change but its reason, so that a preview refuses what the change would.
///
/// # Errors
/// 422 naming the field; 409 `partner_changed` when something else was set meanwhile.
pub fn check(conn: &Connection, tenant: TenantId, change: &Change) -> Result<(), Problem> {
    if let Some(field) = change.control.fault(&change.partner) {
        return Err(Problem::invalid(
            field,
            "partner_control_form",
            "This value cannot be set. Keep within the range that the field names.",
        ));
    }
    own_funders::keep::may_switch(conn, tenant, change)?;
    let standing = newest(conn, tenant, &change.partner)?;
    if standing.number != change.seen {
        return Err(Problem::conflict(
            "partner_changed",
            "Somebody has changed this partner meanwhile. Look at what would happen now, then decide again.",
        ));
    }
    if standing.control == change.control {
        return Err(Problem::invalid(
            "state",
            "partner_nothing_changed",
            "Nothing would change. Change something first.",
        ));
    }
    Ok(())
}

/// Sets something for a partner, or proposes it.
///
/// # Errors
/// As [`check`]; 422 without a reason; 409 `partner_proposal_open` while another one waits.
pub fn set(conn: &Connection, by: &By, change: &Change) -> Result<Came, Problem> {
    check(conn, by.tenant, change)?;
    enter(conn, by, change, reason_of(&change.reason)?, None)
}

/// Why something is done with a partner, as typed.
///
/// # Errors
/// 422 `partner_reason_missing` for none, or one that is too long.
pub(super) fn reason_of(typed: &str) -> Result<&str, Problem> {
    let reason = typed.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Problem::invalid("reason", "partner_reason_missing", "Say why, in 1 to 500 characters."));
    }
    Ok(reason)
}

/// Takes the latest change back: what held before it holds again, as a change of its own.
///
/// # Errors
/// 409 when there is none, or when another one came meanwhile.
pub fn reverse(conn: &Connection, by: &By, partner: &Partner, seen: u32) -> Result<Came, Problem> {
    let nothing = || Problem::conflict("partner_nothing_to_reverse", "There is no change to take back.");
    let before = seen.checked_sub(1).ok_or_else(nothing)?;
    let control = at_number(conn, by.tenant, partner, before)?;
    let change = Change { partner: partner.clone(), seen, control, reason: String::new() };
    check(conn, by.tenant, &change)?;
    enter(conn, by, &change, "", Some(seen))
}

/// Confirms the change that waits, as somebody else, or lays it aside.
///
/// # Errors
/// 404 when none waits; 409 when the same person confirms, or another change came meanwhile.
pub fn settle(conn: &Connection, by: &By, partner: &Partner, confirm: bool) -> Result<Came, Problem> {
    let proposal = proposal(conn, by.tenant, partner)?.ok_or_else(Problem::not_found)?;
    let account = by.account.to_string();
    if confirm && proposal.account == account {
        return Err(Problem::conflict(
            "partner_second_needed",
            "Somebody else has to confirm what you proposed.",
        ));
    }
    conn.prepare_cached("DELETE FROM partner_proposals WHERE tenant = ?1 AND partner = ?2")?
        .execute(params![by.tenant.to_string(), partner.to_string()])?;
    if !confirm {
        note(conn, by, "partner.proposal_dropped", partner, &json!({"by": proposal.account}))?;
        return Ok(Came::Proposed);
    }
    let change = Change {
        partner: partner.clone(),
        seen: proposal.base,
        control: proposal.control,
        reason: proposal.by.reason.clone(),
    };
    check(conn, by.tenant, &change)?;
    let first = By { account: proposal.account.parse().map_err(|e| Problem::internal(&e))?, ..by.clone() };
    write(conn, &first, &change, &change.reason, proposal.by.reverses, Some(&account))?;
    Ok(Came::Set)
}

/// The change that waits for a second person.
///
/// # Errors
/// When the row cannot be read.
pub fn proposal(conn: &Connection, tenant: TenantId, partner: &Partner) -> Result<Option<Proposal>, Problem> {
    let found = conn
        .prepare_cached(
            "SELECT p.base, p.control, coalesce(a.login, p.actor), p.at, p.reason, p.reverses, p.actor
             FROM partner_proposals p LEFT JOIN accounts a ON a.tenant = p.tenant AND a.id = p.actor
             WHERE p.tenant = ?1 AND p.partner = ?2",
        )?
        .query_row(params![tenant.to_string(), partner.to_string()], |row| {
            let by = Changed {
                who: row.get(2)?,
                second: None,
                at: Timestamp::from_millisecond(row.get(3)?).unwrap_or_default(),
                reason: row.get(4)?,
                reverses: row.get(5)?,
            };
            Ok((row.get(0)?, row.get::<_, String>(1)?, by, row.get(6)?))
        })
        .optional()?;
    let proposal = |(base, control, by, account): (u32, String, Changed, String)| {
        Ok(Proposal { base, control: read(&control)?, by, account })
    };
    found.map(proposal).transpose()
}

/// What was set by the change of this number; what is usual before the first.
fn at_number(
    conn: &Connection,
    tenant: TenantId,
    partner: &Partner,
    number: u32,
) -> Result<Control, Problem> {
    let found: Option<String> = conn
        .prepare_cached(
            "SELECT control FROM partner_controls WHERE tenant = ?1 AND partner = ?2 AND number = ?3",
        )?
        .query_row(params![tenant.to_string(), partner.to_string(), number], |row| row.get(0))
        .optional()?;
    found.as_deref().map_or_else(|| Ok(Control::usual(partner)), read)
}

fn enter(
    conn: &Connection,
    by: &By,
    change: &Change,
    reason: &str,
    reverses: Option<u32>,
) -> Result<Came, Problem> {
    if !by.two_needed {
        write(conn, by, change, reason, reverses, None)?;
        return Ok(Came::Set);
    }
    if proposal(conn, by.tenant, &change.partner)?.is_some() {
        return Err(Problem::conflict(
            "partner_proposal_open",
            "A change of this partner waits for a second person already. Have it confirmed or lay it aside first.",
        ));
    }
    conn.prepare_cached(
        "INSERT INTO partner_proposals(tenant, partner, base, control, reason, actor, reverses, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        by.tenant.to_string(),
        change.partner.to_string(),
        change.seen,
        json!(change.control).to_string(),
        reason,
        by.account.to_string(),
        reverses,
        by.at.as_millisecond(),
    ])?;
    let detail = json!({"base": change.seen, "proposed": change.control, "reverses": reverses});
    note(conn, by, "partner.proposed", &change.partner, &detail)?;
    Ok(Came::Proposed)
}

fn write(
    conn: &Connection,
    by: &By,
    change: &Change,
    reason: &str,
    reverses: Option<u32>,
    second: Option<&str>,
) -> Result<(), Problem> {
    let before = at_number(conn, by.tenant, &change.partner, change.seen)?;
    let number = change.seen + 1;
    conn.prepare_cached(
        "INSERT INTO partner_controls(tenant, partner, number, control, reason, actor, second, reverses, at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        by.tenant.to_string(),
        change.partner.to_string(),
        number,
        json!(change.control).to_string(),
        reason,
        by.account.to_string(),
        second,
        reverses,
        by.at.as_millisecond(),
    ])?;
    own_funders::keep::switched(conn, by, change)?;
    let detail = json!({
        "number": number, "before": before, "after": change.control, "second": second, "reverses": reverses,
    });
    note(conn, by, "partner.changed", &change.partner, &detail)
}

/// Writes down what was done with a partner, in the caller's commit.
pub(crate) fn note(
    conn: &Connection,
    by: &By,
    action: &str,
    partner: &Partner,
    detail: &Value,
) -> Result<(), Problem> {
    let (tenant, actor) = (by.tenant.to_string(), format!("account:{}", by.account));
    let (subject, detail) = (partner.to_string(), detail.to_string());
    let entry = audit::Entry {
        tenant: &tenant,
        at: by.at,
        actor: &actor,
        action,
        subject: &subject,
        detail: &detail,
    };
    Ok(audit::record(conn, entry)?)
}
