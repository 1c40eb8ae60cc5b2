//! Closes and opens accounts, sets passwords, ends sessions, revokes keys. Each is one change with its audit row and takes
//! effect with the next request: sessions and keys are looked up every time. The caller brings the connection.

use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{AccountId, Role, TenantId};

use super::create::By;
use crate::{
    audit::{self, Entry},
    problem::Problem,
};

/// Closes an account and ends its sessions. Closing it again changes nothing.
///
/// # Errors
/// 404 for an unknown account; 409 `last_admin` when nobody would be left who could open it again.
pub fn disable(conn: &Connection, tenant: TenantId, account: AccountId, by: &By) -> Result<(), Problem> {
    require(conn, tenant, account)?;
    if is_last_admin(conn, tenant, account)? {
        return Err(Problem::conflict(
            "last_admin",
            "This is the last administrator. Make another one first.",
        ));
    }
    conn.prepare_cached(
        "UPDATE accounts SET disabled_at = coalesce(disabled_at, ?3) WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![tenant.to_string(), account.to_string(), by.at.as_millisecond()])?;
    drop_sessions(conn, tenant, account)?;
    note(conn, tenant, "account.disabled", &account.to_string(), by)
}

/// Opens a closed account again.
///
/// # Errors
/// 404 for an unknown account.
pub fn enable(conn: &Connection, tenant: TenantId, account: AccountId, by: &By) -> Result<(), Problem> {
    require(conn, tenant, account)?;
    conn.prepare_cached(
        "UPDATE accounts SET disabled_at = NULL, failed = 0, locked_until = NULL WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![tenant.to_string(), account.to_string()])?;
    note(conn, tenant, "account.enabled", &account.to_string(), by)
}

/// Sets another password (a hash from [`super::password::hash`]), ends the account's sessions and any pause.
///
/// # Errors
/// 404 for an unknown account.
pub fn password(
    conn: &Connection,
    tenant: TenantId,
    account: AccountId,
    password_hash: &str,
    by: &By,
) -> Result<(), Problem> {
    require(conn, tenant, account)?;
    conn.prepare_cached(
        "UPDATE accounts SET password_hash = ?3, failed = 0, locked_until = NULL WHERE tenant = ?1 AND id = ?2",
    )?
    .execute(params![tenant.to_string(), account.to_string(), password_hash])?;
    drop_sessions(conn, tenant, account)?;
    note(conn, tenant, "account.password_set", &account.to_string(), by)
}

/// Says which queues an account serves; none: all that its roles permit.
///
/// # Errors
/// 404 for an unknown account.
pub fn queues(
    conn: &Connection,
    tenant: TenantId,
    account: AccountId,
    queues: &[String],
    by: &By,
) -> Result<(), Problem> {
    require(conn, tenant, account)?;
    let list = (!queues.is_empty()).then(|| serde_json::json!(queues).to_string());
    conn.prepare_cached("UPDATE accounts SET queues = ?3 WHERE tenant = ?1 AND id = ?2")?
        .execute(params![tenant.to_string(), account.to_string(), list])?;
    let (tenant, account) = (tenant.to_string(), account.to_string());
    let detail = serde_json::json!({ "queues": queues }).to_string();
    let entry = Entry {
        tenant: &tenant,
        at: by.at,
        actor: &by.actor,
        action: "account.queues_set",
        subject: &account,
        detail: &detail,
    };
    Ok(audit::record(conn, entry)?)
}

/// Ends every session of an account.
///
/// # Errors
/// 404 for an unknown account.
pub fn end_sessions(conn: &Connection, tenant: TenantId, account: AccountId, by: &By) -> Result<(), Problem> {
    require(conn, tenant, account)?;
    drop_sessions(conn, tenant, account)?;
    note(conn, tenant, "account.sessions_ended", &account.to_string(), by)
}

/// Revokes an API key for good; doing it again changes nothing.
///
/// # Errors
/// 404 for an unknown key.
pub fn revoke_key(conn: &Connection, tenant: TenantId, key: &str, by: &By) -> Result<(), Problem> {
    let changed = conn
        .prepare_cached(
            "UPDATE api_keys SET revoked_at = coalesce(revoked_at, ?3) WHERE tenant = ?1 AND id = ?2",
        )?
        .execute(params![tenant.to_string(), key, by.at.as_millisecond()])?;
    if changed == 0 {
        return Err(Problem::not_found());
    }
    note(conn, tenant, "key.revoked", key, by)
}

fn require(conn: &Connection, tenant: TenantId, account: AccountId) -> Result<(), Problem> {
    conn.prepare_cached("SELECT 1 FROM accounts WHERE tenant = ?1 AND id = ?2")?
        .query_row([tenant.to_string(), account.to_string()], |_| Ok(()))
        .optional()?
        .ok_or_else(Problem::not_found)
}

fn is_last_admin(conn: &Connection, tenant: TenantId, account: AccountId) -> Result<bool, Problem> {
    let mut statement =
        conn.prepare_cached("SELECT id, roles FROM accounts WHERE tenant = ?1 AND disabled_at IS NULL")?;
    let mut rows = statement.query([tenant.to_string()])?;
    let (account, mut is_admin, mut others) = (account.to_string(), false, 0);
    while let Some(row) = rows.next()? {
        let (id, roles): (String, String) = (row.get(0)?, row.get(1)?);
        let roles: Vec<Role> = serde_json::from_str(&roles).map_err(|error| Problem::internal(&error))?;
        match (roles.contains(&Role::TenantAdmin), id == account) {
            (true, true) => is_admin = true,
            (true, false) => others += 1,
            (false, _) => (),
        }
    }
    Ok(is_admin && others == 0)
}

fn drop_sessions(conn: &Connection, tenant: TenantId, account: AccountId) -> Result<(), Problem> {
    conn.prepare_cached("DELETE FROM sessions WHERE tenant = ?1 AND account = ?2")?
        .execute([tenant.to_string(), account.to_string()])?;
    Ok(())
}

fn note(conn: &Connection, tenant: TenantId, action: &str, subject: &str, by: &By) -> Result<(), Problem> {
    let tenant = tenant.to_string();
    let entry = Entry { tenant: &tenant, at: by.at, actor: &by.actor, action, subject, detail: "{}" };
    Ok(audit::record(conn, entry)?)
}
