//! Which devices there are, and what each still holds.

use rusqlite::{Connection, Row, params};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{accounts::permission::DeviceHolder, store::StoreError};

/// A device as its owner, or whoever may revoke devices, sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DeviceLine {
    /// Its id.
    pub device: String,
    /// Whose.
    pub account: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was enrolled, UTC milliseconds since 1970.
    pub enrolled_at: i64,
    /// When it last came, UTC milliseconds since 1970.
    pub last_seen_at: Option<i64>,
    /// Items that it held then and that were not here yet.
    pub unsynced: u32,
    /// `hand_over` or `erase` where it is revoked.
    pub revoked: Option<String>,
    /// Items that went with it, where it was reported stolen and came back for the news.
    pub lost: Option<u32>,
}

impl DeviceLine {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            device: row.get("id")?,
            account: row.get("account")?,
            name: row.get("name")?,
            enrolled_at: row.get("enrolled_at")?,
            last_seen_at: row.get("last_seen_at")?,
            unsynced: row.get("unsynced")?,
            revoked: row.get("revoked")?,
            lost: row.get("lost")?,
        })
    }
}

/// The holder's own devices, or all of the tenant's for whoever may revoke them; newest first.
///
/// # Errors
/// When the store cannot be read.
pub(super) fn list(conn: &Connection, holder: &DeviceHolder) -> Result<Vec<DeviceLine>, StoreError> {
    let account = (!holder.revokes_any()).then(|| holder.account.to_string());
    let mut statement = conn.prepare_cached(
        "SELECT * FROM devices WHERE tenant = ?1 AND (?2 IS NULL OR account = ?2) ORDER BY enrolled_at DESC, id LIMIT 5000",
    )?;
    let rows = statement.query_map(params![holder.tenant.to_string(), account], DeviceLine::of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}
