//! A second person approves or refuses a version.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::protocol::flows::{DecideVersion, VersionRow, VersionState};

use super::{drafts::Author, submit::note, versions::version};
use crate::problem::Problem;

/// Approves a version, or refuses it with a reason.
///
/// # Errors
/// 404 for an unknown version; 403 `flow_own_version` for its author; 409 `version_decided`; 422 without a reason.
pub fn decide(
    conn: &Connection,
    approver: &Author,
    hash: &str,
    decision: &DecideVersion,
    now: Timestamp,
) -> Result<VersionRow, Problem> {
    let found = version(conn, approver.tenant, hash)?;
    if found.author == approver.account.to_string() {
        return Err(Problem::new(
            axum::http::StatusCode::FORBIDDEN,
            "flow_own_version",
            "You composed this version yourself. Somebody else has to look at it.",
        ));
    }
    if found.row.state != VersionState::Waiting {
        return Err(Problem::conflict(
            "version_decided",
            "This version was approved or refused already. Load the list again.",
        ));
    }
    let reason = match (decision.approve, decision.reason.trim()) {
        (true, "") => None,
        (_, reason) => Some(note("reason", reason)?),
    };
    let state = if decision.approve { "approved" } else { "refused" };
    conn.prepare_cached(
        "UPDATE company_flows SET state = ?3, decided_by = ?4, reason = ?5, decided_at = ?6
         WHERE tenant = ?1 AND hash = ?2",
    )?
    .execute(params![
        approver.tenant.to_string(),
        hash,
        state,
        approver.account.to_string(),
        reason,
        now.as_millisecond()
    ])?;
    let detail = json!({"key": found.key, "number": found.row.number});
    approver.note(conn, &format!("flow.{state}"), hash, &detail, now)?;
    Ok(version(conn, approver.tenant, hash)?.row)
}
