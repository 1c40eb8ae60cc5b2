//! Takes a link back. The case stays; its customer is told to ask for a new link.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::LinkId;

use super::renew::standing;
use crate::{accounts::permission::LinkRevoker, audit, problem::Problem};

/// Revokes a link; doing it again changes nothing.
///
/// # Errors
/// 404 for an unknown link, and for one that is not theirs; 409 `case_signed` when its customer has signed: the link is
/// how they get at their contract.
pub fn revoke(conn: &Connection, revoker: &LinkRevoker, link: LinkId, now: Timestamp) -> Result<(), Problem> {
    let found = standing(conn, revoker, link)?;
    if found.decision.as_deref() == Some("approved") {
        return Err(Problem::conflict(
            "case_signed",
            "This customer has signed and reaches the contract through the link. Renew it instead, so that only the new one works.",
        ));
    }
    let (tenant, link) = (revoker.tenant.to_string(), link.to_string());
    conn.prepare_cached(
        "UPDATE links SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![tenant, link, now.as_millisecond()])?;
    let entry = audit::Entry {
        tenant: &tenant,
        at: now,
        actor: &revoker.actor,
        action: "link.revoked",
        subject: &link,
        detail: "{}",
    };
    Ok(audit::record(conn, entry)?)
}
