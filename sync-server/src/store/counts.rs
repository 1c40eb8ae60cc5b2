//! Numbers that only ever count up, as SQLite keeps them: it knows signed ones only.

use rusqlite::Row;

/// Such a number from a row.
///
/// # Errors
/// When the column is no number.
pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// Such a number for a row.
pub(crate) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
