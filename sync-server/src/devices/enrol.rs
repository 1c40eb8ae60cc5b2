//! A member of staff makes a device theirs.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use shared::domain::{DeviceId, ScopeId};
use shared::protocol::sync::signed;
use utoipa::ToSchema;

use crate::{
    accounts::permission::DeviceEnroller, audit, problem::Problem, store::StoreError, world::Random,
};

/// Most devices of one account that are in use at once.
const MOST_DEVICES: i64 = 20;
/// Longest name of a device, in characters.
const LONGEST_NAME: usize = 40;

/// A device that wants to be enrolled.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(example = json!({"name": "phone",
    "public_key": "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"}))]
pub struct NewDevice {
    /// What its owner calls it, 1 to 40 characters.
    pub name: String,
    /// Its Ed25519 public key, 64 hexadecimal digits. The private half never leaves the device.
    pub public_key: String,
}

/// An enrolled device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(example = json!({"device": "5f3k9q0m7t2v8x1y4z6b0c2d4h", "tenant": "5f3k9q0m7t2v8x1y4z6b0c2d4p",
    "scope": "5f3k9q0m7t2v8x1y4z6b0c2d4q"}))]
pub struct Enrolled {
    /// The device's id.
    pub device: String,
    /// The tenant that it works for.
    pub tenant: String,
    /// Where its new documents belong.
    pub scope: String,
}

impl NewDevice {
    /// The name and the key.
    ///
    /// # Errors
    /// 422 `device_name_form`, `device_key_form`.
    pub(super) fn read(&self) -> Result<(String, [u8; 32]), Problem> {
        let name = self.name.trim();
        if name.is_empty() || name.chars().count() > LONGEST_NAME || name.chars().any(char::is_control) {
            return Err(Problem::invalid(
                "name",
                "device_name_form",
                "Give the device a name of 1 to 40 characters.",
            ));
        }
        let mut key = [0; 32];
        let sound = hex::decode_to_slice(&self.public_key, &mut key).is_ok() && signed::is_key(&key);
        if !sound {
            return Err(Problem::invalid(
                "public_key",
                "device_key_form",
                "Send the device's Ed25519 public key as 64 hexadecimal digits.",
            ));
        }
        Ok((name.to_owned(), key))
    }
}

/// Enrols the device. The same key of the same account again gets the first answer.
///
/// # Errors
/// 409 `device_key_taken`, `too_many_devices`; when the store does not take it.
pub(super) fn enrol(
    conn: &Connection,
    owner: &DeviceEnroller,
    name: &str,
    key: [u8; 32],
    random: &Random,
    now: Timestamp,
) -> Result<Enrolled, Problem> {
    let (tenant, account) = (owner.tenant.to_string(), owner.account.to_string());
    let scope = own_scope(conn, &tenant, &account, random)?;
    let known: Option<(String, String, bool)> = conn
        .prepare_cached("SELECT id, account, revoked IS NULL FROM devices WHERE public_key = ?1")?
        .query_row([key.as_slice()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    match known {
        Some((device, of, true)) if of == account => return Ok(Enrolled { device, tenant, scope }),
        Some(_) => {
            return Err(Problem::conflict(
                "device_key_taken",
                "This key was enrolled before. Let the device make a fresh one and try again.",
            ));
        }
        None => {}
    }
    let in_use: i64 = conn
        .prepare_cached(
            "SELECT count(*) FROM devices WHERE tenant = ?1 AND account = ?2 AND revoked IS NULL",
        )?
        .query_row(params![tenant, account], |row| row.get(0))?;
    if in_use >= MOST_DEVICES {
        return Err(Problem::conflict(
            "too_many_devices",
            "This account has as many devices as it may have. Take one out of use first.",
        ));
    }
    let device = DeviceId::from_bytes(random.bytes()).to_string();
    conn.prepare_cached(
        "INSERT INTO devices(id, tenant, account, name, public_key, enrolled_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![device, tenant, account, name, key.as_slice(), now.as_millisecond()])?;
    audit::record(
        conn,
        audit::Entry {
            tenant: &tenant,
            at: now,
            actor: &owner.actor(),
            action: "device.enrolled",
            subject: &device,
            detail: "{}",
        },
    )?;
    Ok(Enrolled { device, tenant, scope })
}

/// Where the account's new documents belong; made when it enrols its first device.
fn own_scope(conn: &Connection, tenant: &str, account: &str, random: &Random) -> Result<String, StoreError> {
    let known = conn
        .prepare_cached("SELECT scope FROM scope_members WHERE account = ?1 AND own = 1")?
        .query_row([account], |row| row.get(0))
        .optional()?;
    if let Some(scope) = known {
        return Ok(scope);
    }
    let scope = ScopeId::from_bytes(random.bytes()).to_string();
    conn.prepare_cached("INSERT INTO scopes(id, tenant) VALUES (?1, ?2)")?.execute([&*scope, tenant])?;
    conn.prepare_cached("INSERT INTO scope_members(account, scope, own) VALUES (?1, ?2, 1)")?
        .execute([account, &scope])?;
    Ok(scope)
}
