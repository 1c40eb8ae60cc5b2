//! What a version would have done with cases of the past, before it gets new ones.

use rusqlite::Connection;
use shared::{
    domain::TenantId,
    flow::{Difference, compare_versions},
};

use super::{Library, choose::live, history, versions::version};
use crate::problem::Problem;

/// Cases that are looked at: the newest that have ended.
const CASES: u32 = 500;

/// A version beside the live one over the same cases; plans, like partners' answers, are those of then. `None` where no
/// version of its flow is live, or one of the two cannot be run.
///
/// # Errors
/// 404 for an unknown version.
pub fn beside_live(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    hash: &str,
) -> Result<Option<Difference>, Problem> {
    let key = version(conn, tenant, hash)?.key;
    let Some(live) = live(conn, tenant, &key)? else { return Ok(None) };
    let (Some(before), Some(now)) = (library.get(conn, &live)?, library.get(conn, hash)?) else {
        return Ok(None);
    };
    let cases = history::past(conn, library, tenant, &key, CASES)?;
    Ok(Some(compare_versions(&before, &now, &cases, None)))
}
