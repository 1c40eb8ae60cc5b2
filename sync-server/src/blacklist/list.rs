//! What is on the list, a page at a time.

use rusqlite::{Connection, params};
use shared::domain::TenantId;

use super::entry::EntryLine;
use crate::{crypt::Keys, problem::Problem};

/// Most entries on one page.
pub(crate) const PAGE: u32 = 100;

/// A page of entries, newest first, from page 0.
///
/// # Errors
/// When the rows cannot be read or opened.
pub(crate) fn list(
    conn: &Connection,
    keys: &Keys,
    tenant: TenantId,
    page: u32,
) -> Result<Vec<EntryLine>, Problem> {
    let columns = EntryLine::COLUMNS;
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {columns} FROM blacklist WHERE tenant = ?1 ORDER BY added_at DESC, id LIMIT ?2 OFFSET ?3"
    ))?;
    let mut rows = statement.query(params![tenant.to_string(), PAGE, u64::from(PAGE) * u64::from(page)])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(EntryLine::of(row, keys, tenant)?);
    }
    Ok(lines)
}
