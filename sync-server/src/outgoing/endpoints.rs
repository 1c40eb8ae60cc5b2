//! The addresses at which a company's systems are told. Only their making shows the secret; it is kept nowhere, but
//! worked out from the company's key.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde_json::json;
use shared::domain::TenantId;
use utoipa::ToSchema;

use super::address;
use crate::{
    accounts::Staff, audit, crypt::Keys, partners::webhooks::WebhookSecret, problem::Problem, world::Random,
};

/// Most addresses of one company.
const MAX_ADDRESSES: i64 = 5;
/// Longest name of an address, characters.
const MAX_LABEL: usize = 60;

/// An address, as its company sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Webhook)]
pub(crate) struct Endpoint {
    /// Its id.
    pub(crate) id: String,
    /// What the company calls it.
    pub(crate) label: String,
    /// Where messages go.
    pub(crate) url: String,
    /// When it was entered, RFC 3339.
    pub(crate) made_at: String,
    /// Messages that wait for their next try.
    pub(crate) waiting: i64,
    /// Messages that were given up after three days.
    pub(crate) given_up: i64,
}

/// All addresses of a company, the oldest first.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) fn list(conn: &Connection, tenant: TenantId) -> Result<Vec<Endpoint>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT w.id, w.label, w.url, w.made_at,
                (SELECT count(*) FROM webhook_messages m WHERE m.tenant = w.tenant AND m.webhook = w.id AND m.state = 'waiting'),
                (SELECT count(*) FROM webhook_messages m WHERE m.tenant = w.tenant AND m.webhook = w.id AND m.state = 'given_up')
         FROM webhooks w WHERE w.tenant = ?1 AND w.removed_at IS NULL ORDER BY w.made_at, w.id",
    )?;
    let rows = statement.query_map([tenant.to_string()], |row| {
        Ok(Endpoint {
            id: row.get(0)?,
            label: row.get(1)?,
            url: row.get(2)?,
            made_at: Timestamp::from_millisecond(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
            waiting: row.get(4)?,
            given_up: row.get(5)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// Enters an address; its id and its secret.
///
/// # Errors
/// 422 for an address or a name that is none; 409 `webhooks_full`.
pub(crate) fn add(
    conn: &Connection,
    (keys, random): (&Keys, &Random),
    by: &Staff,
    (url, label): (&str, &str),
    loopback: bool,
    now: Timestamp,
) -> Result<(String, WebhookSecret), Problem> {
    let label = label.trim();
    if label.is_empty() || label.chars().count() > MAX_LABEL {
        return Err(Problem::invalid(
            "label",
            "webhook_label_form",
            "Say what this address is, in 1 to 60 characters.",
        ));
    }
    let url = address::read(url.trim(), loopback).map_err(|refused| {
        Problem::invalid(
            "url",
            refused.code(),
            "Give an https address on the public internet, without a name and password in it.",
        )
    })?;
    let tenant = by.tenant.to_string();
    let count: i64 = conn
        .prepare_cached("SELECT count(*) FROM webhooks WHERE tenant = ?1 AND removed_at IS NULL")?
        .query_row([&tenant], |row| row.get(0))?;
    if count >= MAX_ADDRESSES {
        return Err(Problem::conflict(
            "webhooks_full",
            "There are as many addresses as can be kept. Remove one first.",
        ));
    }
    let id = format!("wh_{}", hex::encode(random.bytes::<16>()));
    conn.prepare_cached(
        "INSERT INTO webhooks(tenant, id, url, label, made_by, made_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![tenant, id, url.as_str(), label, by.account.to_string(), now.as_millisecond()])?;
    record(conn, by, "webhook.added", &id, json!({"host": url.host_str()}), now)?;
    Ok((id.clone(), secret(keys, by.tenant, &id)?))
}

/// Removes an address; what waits for it is not sent any more.
///
/// # Errors
/// 404 for an unknown one, also one that was removed before.
pub(crate) fn remove(conn: &Connection, by: &Staff, id: &str, now: Timestamp) -> Result<(), Problem> {
    let tenant = by.tenant.to_string();
    let changed = conn
        .prepare_cached(
            "UPDATE webhooks SET removed_at = ?3 WHERE tenant = ?1 AND id = ?2 AND removed_at IS NULL",
        )?
        .execute(params![tenant, id, now.as_millisecond()])?;
    if changed == 0 {
        return Err(Problem::not_found());
    }
    conn.prepare_cached(
        "UPDATE webhook_messages SET state = 'given_up', last = 'webhook_removed'
         WHERE tenant = ?1 AND webhook = ?2 AND state = 'waiting'",
    )?
    .execute(params![tenant, id])?;
    record(conn, by, "webhook.removed", id, json!({}), now)
}

/// A message, as its company sees it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = WebhookDelivery)]
pub(crate) struct Delivery {
    /// The message's id, which every try repeats as `webhook-id`.
    pub(crate) id: String,
    /// The case.
    pub(crate) case: String,
    /// Its number.
    pub(crate) number: String,
    /// What happened.
    pub(crate) event: String,
    /// `waiting`, `delivered` or `given_up`.
    pub(crate) state: String,
    /// How often it was sent.
    pub(crate) tries: u32,
    /// Why the last try failed: `status_500`, `timeout`, `unreachable`, …
    pub(crate) last: Option<String>,
    /// When it was noted, RFC 3339.
    pub(crate) made_at: String,
    /// When it is sent next, RFC 3339; none once it is settled.
    pub(crate) due_at: Option<String>,
    /// When it was taken, RFC 3339.
    pub(crate) delivered_at: Option<String>,
}

/// Most messages in one answer, the newest.
pub(crate) const SHOWN: usize = 100;

/// Which messages of an address.
#[derive(Debug, Clone, Default)]
pub(crate) struct Which {
    /// `waiting`, `delivered` or `given_up`; empty for all.
    pub(crate) state: String,
    /// From 0.
    pub(crate) page: u32,
}

/// A page of an address's messages, the newest first, and whether there are more.
///
/// # Errors
/// 404 for an unknown address.
pub(crate) fn deliveries(
    conn: &Connection,
    tenant: TenantId,
    id: &str,
    which: &Which,
) -> Result<(Vec<Delivery>, bool), Problem> {
    known(conn, &tenant.to_string(), id)?;
    let mut statement = conn.prepare_cached(
        "SELECT m.id, m.case_id, m.event, m.state, m.tries, m.last, m.made_at, m.due_at, m.delivered_at, c.number
         FROM webhook_messages m LEFT JOIN cases c ON c.tenant = m.tenant AND c.id = m.case_id
         WHERE m.tenant = ?1 AND m.webhook = ?2 AND (?3 = '' OR m.state = ?3)
         ORDER BY m.made_at DESC, m.id LIMIT ?4 OFFSET ?5",
    )?;
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let from = SHOWN as u64 * u64::from(which.page);
    let rows = statement.query_map(params![tenant.to_string(), id, which.state, SHOWN + 1, from], |row| {
        let state: String = row.get(3)?;
        let due: i64 = row.get(7)?;
        Ok(Delivery {
            id: row.get(0)?,
            case: row.get(1)?,
            number: crate::cases::page::case_number(row.get::<_, Option<i64>>(9)?.unwrap_or_default()),
            event: row.get(2)?,
            due_at: (state == "waiting").then(|| time(due)),
            state,
            tries: row.get(4)?,
            last: row.get(5)?,
            made_at: time(row.get(6)?),
            delivered_at: row.get::<_, Option<i64>>(8)?.map(time),
        })
    })?;
    let mut found: Vec<Delivery> = rows.collect::<Result<_, _>>()?;
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    Ok((found, more))
}

/// Sends a message once more, whatever became of it: the same message under the same id, for another three days.
///
/// # Errors
/// 404 for an unknown message, or one of an address that was removed.
pub(crate) fn resend(
    conn: &Connection,
    by: &Staff,
    (id, message): (&str, &str),
    now: Timestamp,
) -> Result<(), Problem> {
    let tenant = by.tenant.to_string();
    known(conn, &tenant, id)?;
    let changed = conn
        .prepare_cached(
            "UPDATE webhook_messages SET state = 'waiting', tries = 0, due_at = ?4, since = ?4
             WHERE tenant = ?1 AND webhook = ?2 AND id = ?3",
        )?
        .execute(params![tenant, id, message, now.as_millisecond()])?;
    if changed == 0 {
        return Err(Problem::not_found());
    }
    record(conn, by, "webhook.resent", id, json!({"message": message}), now)
}

fn known(conn: &Connection, tenant: &str, id: &str) -> Result<(), Problem> {
    conn.prepare_cached("SELECT 1 FROM webhooks WHERE tenant = ?1 AND id = ?2 AND removed_at IS NULL")?
        .query_row([tenant, id], |_| Ok(()))
        .optional()?
        .ok_or_else(Problem::not_found)
}

/// What signs the messages to an address.
///
/// # Errors
/// Never in practice: a derived key has 32 bytes.
pub(super) fn secret(keys: &Keys, tenant: TenantId, id: &str) -> Result<WebhookSecret, Problem> {
    let bytes = keys.tenant(tenant).derived("webhook", &[id]);
    let bytes = <[u8; 32]>::try_from(bytes.as_slice()).map_err(|error| Problem::internal(&error))?;
    Ok(WebhookSecret::from_bytes(bytes))
}

fn record(
    conn: &Connection,
    by: &Staff,
    action: &str,
    subject: &str,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<(), Problem> {
    let (tenant, actor, detail) = (by.tenant.to_string(), by.actor(), detail.to_string());
    let entry = audit::Entry { tenant: &tenant, at: now, actor: &actor, action, subject, detail: &detail };
    Ok(audit::record(conn, entry)?)
}
