//! What stands in a case's own row and is asked for everywhere: that there is one, whose it is, its number.

use rusqlite::{Connection, OptionalExtension};
use shared::domain::PersonId;

use crate::{flows::journal::CaseRef, problem::Problem};

/// Whose case it is.
///
/// # Errors
/// 404 for a case that this tenant does not have.
pub fn person_of(conn: &Connection, of: CaseRef) -> Result<PersonId, Problem> {
    let id: Option<String> = conn
        .prepare_cached("SELECT person FROM cases WHERE tenant = ?1 AND id = ?2")?
        .query_row([of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
        .optional()?;
    id.ok_or_else(Problem::not_found)?.parse().map_err(|error| Problem::internal(&error))
}

/// Its number.
///
/// # Errors
/// As [`person_of`].
pub fn number_of(conn: &Connection, of: CaseRef) -> Result<i64, Problem> {
    conn.prepare_cached("SELECT number FROM cases WHERE tenant = ?1 AND id = ?2")?
        .query_row([of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
        .optional()?
        .ok_or_else(Problem::not_found)
}

/// Refuses a case that this tenant does not have.
///
/// # Errors
/// As [`person_of`].
pub fn expect(conn: &Connection, of: CaseRef) -> Result<(), Problem> {
    number_of(conn, of).map(drop)
}
