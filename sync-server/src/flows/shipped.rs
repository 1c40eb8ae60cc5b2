//! The flows that a release ships: every company starts with them.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;

use super::{Library, release::default_band};
use crate::{audit, store::StoreError};

/// Who composed and approved them, as versions name it.
pub const PLATFORM: &str = "platform";

/// Key and definition of each.
pub const SHIPPED: [(&str, &str); 2] = [
    ("new-car-loan", include_str!("../../../assets/flows/new-car-loan.json")),
    ("used-car-leaseback", include_str!("../../../assets/flows/used-car-leaseback.json")),
];

/// Gives a company each shipped flow of which it has no version, live, as number 1.
///
/// # Errors
/// When the rows cannot be written.
pub fn give(conn: &Connection, tenant: &str, now: Timestamp) -> Result<(), StoreError> {
    for (key, definition) in SHIPPED {
        let has_one = conn
            .prepare_cached("SELECT 1 FROM company_flows WHERE tenant = ?1 AND key = ?2")?
            .query_row([tenant, key], |_| Ok(()))
            .optional()?;
        if has_one.is_some() {
            continue;
        }
        let hash = Library::add(conn, key, definition, now)?;
        let at = now.as_millisecond();
        conn.prepare_cached(
            "INSERT INTO company_flows(tenant, hash, key, number, state, note, author, decided_by, submitted_at, decided_at)
             VALUES (?1, ?2, ?3, 1, 'approved', '', ?4, ?4, ?5, ?5)",
        )?
        .execute(params![tenant, hash, key, PLATFORM, at])?;
        conn.prepare_cached(
            "INSERT INTO flow_releases(tenant, key, number, hash, share, regions, band, actor, from_at)
             VALUES (?1, ?2, 1, ?3, 100, '[]', ?4, ?5, ?6)",
        )?
        .execute(params![tenant, key, hash, json!(default_band()).to_string(), PLATFORM, at])?;
        let detail = json!({"key": key, "number": 1, "share": 100}).to_string();
        let (action, subject) = ("flow.released", hash.as_str());
        let entry = audit::Entry { tenant, at: now, actor: PLATFORM, action, subject, detail: &detail };
        audit::record(conn, entry)?;
    }
    Ok(())
}

/// The same for every company that there is.
///
/// # Errors
/// When the rows cannot be written.
pub fn give_to_all(conn: &Connection, now: Timestamp) -> Result<(), StoreError> {
    let mut statement = conn.prepare("SELECT id FROM tenants")?;
    let tenants: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    tenants.iter().try_for_each(|tenant| give(conn, tenant, now))
}
