//! Puts something on the list.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use super::{
    entry::{Entry, EntryLine, MAX_REASON, TABLE},
    find,
};
use crate::{
    accounts::Staff,
    audit,
    crypt::{Keys, Place},
    problem::Problem,
    world::Random,
};

/// Most entries of one company.
const MAX_ENTRIES: i64 = 100_000;

/// The entry, and whether it is new. What is listed already stays as it is, with its first reason.
///
/// # Errors
/// 422 `blacklist_reason_missing`; 409 `blacklist_full`.
pub(crate) fn add(
    conn: &Connection,
    keys: &Keys,
    random: &Random,
    by: &Staff,
    entry: &Entry,
    reason: &str,
    now: Timestamp,
) -> Result<(EntryLine, bool), Problem> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        let detail = "Say why it is listed, in 1 to 500 characters.";
        return Err(Problem::invalid("reason", "blacklist_reason_missing", detail));
    }
    if let Some(there) = find::find(conn, keys, by.tenant, entry)? {
        return Ok((there, false));
    }
    let tenant = by.tenant.to_string();
    let count: i64 = conn
        .prepare_cached("SELECT count(*) FROM blacklist WHERE tenant = ?1")?
        .query_row([&tenant], |row| row.get(0))?;
    if count >= MAX_ENTRIES {
        return Err(Problem::conflict(
            "blacklist_full",
            "The blacklist has as many entries as can be kept. Take some off first.",
        ));
    }
    let id = shared::domain::ListedId::from_bytes(random.bytes()).to_string();
    let (key, wrapped) = keys.tenant(by.tenant).new_listed(&id, random)?;
    let seal =
        |column, text: &str| key.seal(Place { table: TABLE, row: &id, column }, text.as_bytes(), random);
    conn.prepare_cached(
        "INSERT INTO blacklist(tenant, id, sort, value_index, wrapped_key, masked, reason, added_by, added_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        tenant,
        id,
        entry.sort.code(),
        entry.index,
        wrapped,
        seal("masked", &entry.masked)?,
        seal("reason", reason)?,
        by.account.to_string(),
        now.as_millisecond(),
    ])?;
    let detail = json!({"sort": entry.sort.code()}).to_string();
    let (actor, action) = (by.actor(), "blacklist.added");
    audit::record(
        conn,
        audit::Entry { tenant: &tenant, at: now, actor: &actor, action, subject: &id, detail: &detail },
    )?;
    let line = find::find(conn, keys, by.tenant, entry)?.ok_or_else(Problem::not_found)?;
    Ok((line, true))
}
