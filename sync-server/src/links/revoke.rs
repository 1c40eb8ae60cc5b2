//! Takes a link back. The case stays; its customer is told to ask for a new link.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::{LinkId, TenantId};

use crate::{audit, problem::Problem};

/// Revokes a link of the tenant; doing it again changes nothing.
///
/// # Errors
/// 404 when the tenant has no such link.
pub fn revoke(
    conn: &Connection,
    tenant: TenantId,
    link: LinkId,
    actor: &str,
    now: Timestamp,
) -> Result<(), Problem> {
    let (tenant, link) = (tenant.to_string(), link.to_string());
    let changed = conn
        .prepare_cached(
            "UPDATE links SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND id = ?2",
        )?
        .execute(params![tenant, link, now.as_millisecond()])?;
    if changed == 0 {
        return Err(Problem::not_found());
    }
    let entry = audit::Entry {
        tenant: &tenant,
        at: now,
        actor,
        action: "link.revoked",
        subject: &link,
        detail: "{}",
    };
    Ok(audit::record(conn, entry)?)
}
