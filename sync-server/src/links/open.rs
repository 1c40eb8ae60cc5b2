//! The customer opens the link for the first time: from then on its maker sees that somebody is there.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;

use crate::{cases::acts, flows::journal::CaseRef, store::StoreError};

/// Notes it once, in the caller's commit; later visits change nothing.
///
/// # Errors
/// When the rows cannot be written.
pub fn note_opened(conn: &Connection, of: CaseRef, now: Timestamp) -> Result<(), StoreError> {
    let opened = conn
        .prepare_cached(
            "UPDATE links SET opened_at = ?3 WHERE tenant = ?1 AND case_id = ?2 AND opened_at IS NULL",
        )?
        .execute(params![of.tenant.to_string(), of.case.to_string(), now.as_millisecond()])?;
    if opened > 0 {
        acts::record(conn, of, "customer", "link.opened", &json!({}), now)?;
    }
    Ok(())
}
