//! Whether something is on the list.

use rusqlite::{Connection, params};
use shared::domain::TenantId;

use super::entry::{Entry, EntryLine};
use crate::{crypt::Keys, problem::Problem};

/// The entry of this value.
///
/// # Errors
/// When the row cannot be read or opened.
pub(crate) fn find(
    conn: &Connection,
    keys: &Keys,
    tenant: TenantId,
    entry: &Entry,
) -> Result<Option<EntryLine>, Problem> {
    let columns = EntryLine::COLUMNS;
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {columns} FROM blacklist WHERE tenant = ?1 AND sort = ?2 AND value_index = ?3"
    ))?;
    let mut rows = statement.query(params![tenant.to_string(), entry.sort.code(), entry.index])?;
    rows.next()?.map(|row| EntryLine::of(row, keys, tenant)).transpose()
}
