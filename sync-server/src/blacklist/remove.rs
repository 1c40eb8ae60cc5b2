//! Takes something off the list: the row goes, and with it its key. The audit keeps that it was there.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use serde_json::json;
use shared::domain::ListedId;

use crate::{accounts::Staff, audit, problem::Problem};

/// Deletes the entry.
///
/// # Errors
/// 404 for an unknown entry, also one that was taken off before.
pub(crate) fn remove(conn: &Connection, by: &Staff, id: ListedId, now: Timestamp) -> Result<(), Problem> {
    let (tenant, id) = (by.tenant.to_string(), id.to_string());
    let sort: Option<String> = conn
        .prepare_cached("DELETE FROM blacklist WHERE tenant = ?1 AND id = ?2 RETURNING sort")?
        .query_row([&tenant, &id], |row| row.get(0))
        .optional()?;
    let detail = json!({"sort": sort.ok_or_else(Problem::not_found)?}).to_string();
    let (actor, action) = (by.actor(), "blacklist.removed");
    audit::record(
        conn,
        audit::Entry { tenant: &tenant, at: now, actor: &actor, action, subject: &id, detail: &detail },
    )?;
    Ok(())
}
