//! A submission is complete: what is to become of it is left to a worker, in the same commit.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::DocumentId;

use crate::store::StoreError;

/// Leaves the row that the worker settles; once for each submission.
///
/// # Errors
/// When the row cannot be written.
pub(crate) fn note(conn: &Connection, document: DocumentId, now: Timestamp) -> Result<(), StoreError> {
    conn.prepare_cached(
        "INSERT OR IGNORE INTO submission_cases(document, tenant, submission, scope, account, state, next_at, noted_at)
         SELECT s.document, s.tenant, s.id, sc.id, d.account, 'waiting', ?2, ?2
         FROM submissions s JOIN application_documents a ON a.id = s.document
         JOIN scopes sc ON sc.number = a.scope JOIN devices d ON d.id = s.device WHERE s.document = ?1",
    )?
    .execute(params![document.to_string(), now.as_millisecond()])?;
    Ok(())
}
