//! Something happened in a case: every address of its company is to be told, in the commit in which it happened.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::{flows::journal::CaseRef, store::StoreError};

/// Most messages of one company that wait at the same time; a block that comes on top tells nobody.
const MAX_WAITING: i64 = 10_000;

/// What is said of a case: no name, no number of a person, no amount.
#[derive(Debug, Clone)]
pub(crate) struct Event {
    /// The case.
    pub of: CaseRef,
    /// Its number.
    pub number: i64,
    /// What happened, as the flow names it.
    pub name: String,
    /// Which activation of which block: the same one is told of once.
    pub at: String,
    /// Whether the customer has signed.
    pub signed: bool,
}

/// How many addresses of a company may be told something now: none while too much waits for them.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) fn room(conn: &Connection, tenant: &str) -> Result<i64, StoreError> {
    let count = |sql: &str| conn.prepare_cached(sql)?.query_row([tenant], |row| row.get::<_, i64>(0));
    let waiting = count("SELECT count(*) FROM webhook_messages WHERE tenant = ?1 AND state = 'waiting'")?;
    if waiting >= MAX_WAITING {
        return Ok(0);
    }
    Ok(count("SELECT count(*) FROM webhooks WHERE tenant = ?1 AND removed_at IS NULL")?)
}

/// Notes a message for every address.
///
/// # Errors
/// When the rows cannot be written.
pub(crate) fn tell(conn: &Connection, event: &Event, now: Timestamp) -> Result<(), StoreError> {
    let (tenant, case) = (event.of.tenant.to_string(), event.of.case.to_string());
    let addresses: Vec<String> = conn
        .prepare_cached("SELECT id FROM webhooks WHERE tenant = ?1 AND removed_at IS NULL ORDER BY id")?
        .query_map([&tenant], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for webhook in &addresses {
        conn.prepare_cached(
            "INSERT OR IGNORE INTO webhook_messages(tenant, id, webhook, case_id, event, body, state, tries, made_at, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'waiting', 0, ?7, ?7)",
        )?
        .execute(params![
            tenant,
            id(event, webhook),
            webhook,
            case,
            event.name,
            body(event, now),
            now.as_millisecond()
        ])?;
    }
    Ok(())
}

/// The message's id follows from what it tells of and to whom: told again, it is the same message.
fn id(event: &Event, webhook: &str) -> String {
    let text = format!("{}/{}/{}/{webhook}", event.of.tenant, event.of.case, event.at);
    format!("msg_{}", &hex::encode(Sha256::digest(text))[..32])
}

fn body(event: &Event, now: Timestamp) -> String {
    let data = json!({
        "case": event.of.case.to_string(),
        "number": crate::cases::page::case_number(event.number),
        "event": event.name,
        "signed": event.signed,
    });
    json!({"type": "case.notified", "timestamp": now.to_string(), "data": data}).to_string()
}
