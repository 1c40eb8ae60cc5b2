//! A device is not trusted any more: it may hand over what it still has, or, stolen, is erased when it next comes.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;
use shared::{domain::DeviceId, protocol::sync::Revoked};
use utoipa::ToSchema;

use crate::{accounts::permission::DeviceHolder, audit, problem::Problem};

/// How a device is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Revocation {
    /// It hands over what it still has, into quarantine, and stops.
    HandOver,
    /// It was stolen or lost: its key is destroyed when it next comes, and what it held with it.
    Erase,
}

impl Revocation {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::HandOver => "hand_over",
            Self::Erase => "erase",
        }
    }

    /// As it stands in the table.
    pub(crate) fn of_code(code: &str) -> Revoked {
        // Whatever else should stand there: no trust.
        if code == "hand_over" { Revoked::HandOver } else { Revoked::Erase }
    }
}

impl From<Revocation> for Revoked {
    fn from(how: Revocation) -> Self {
        match how {
            Revocation::HandOver => Self::HandOver,
            Revocation::Erase => Self::Erase,
        }
    }
}

/// Revokes the device; harder is possible later, softer is not.
///
/// # Errors
/// 404 for a device that is not the holder's to revoke.
pub(super) fn revoke(
    conn: &Connection,
    holder: &DeviceHolder,
    device: DeviceId,
    how: Revocation,
    now: Timestamp,
) -> Result<(), Problem> {
    let (tenant, device) = (holder.tenant.to_string(), device.to_string());
    let found: Option<(String, Option<String>)> = conn
        .prepare_cached("SELECT account, revoked FROM devices WHERE tenant = ?1 AND id = ?2")?
        .query_row([&tenant, &device], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let reached = found.filter(|(owner, _)| holder.revokes_any() || *owner == holder.account.to_string());
    let (_, before) = reached.ok_or_else(Problem::not_found)?;
    if before.as_deref() == Some("erase") || before.as_deref() == Some(how.code()) {
        return Ok(());
    }
    conn.prepare_cached("UPDATE devices SET revoked = ?2, revoked_at = ?3 WHERE id = ?1")?
        .execute(params![device, how.code(), now.as_millisecond()])?;
    let detail = serde_json::json!({"old": before, "new": how.code()}).to_string();
    audit::record(
        conn,
        audit::Entry {
            tenant: &tenant,
            at: now,
            actor: &holder.actor(),
            action: "device.revoked",
            subject: &device,
            detail: &detail,
        },
    )?;
    Ok(())
}
