//! The addresses at which a company's systems are told. Only their making shows the secret; it is kept nowhere, but
//! worked out from the company's key.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;
use serde_json::json;
use shared::domain::TenantId;
use utoipa::ToSchema;

use super::address;
use crate::{
    accounts::permission::WebhookKeeper,
    audit,
    crypt::{Keys, token_hash},
    http::{input::OnceKey, paging::Page},
    partners::webhooks::WebhookSecret,
    problem::Problem,
    world::Random,
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
    #[serde(skip)]
    pub(super) place: Place,
}

/// Where an address stands in the list: when it was entered (ms), and its id.
pub(super) type Place = (i64, String);

/// All addresses of a company, the oldest first: there are few.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) fn list(conn: &Connection, tenant: TenantId) -> Result<Vec<Endpoint>, Problem> {
    let limit = usize::try_from(MAX_ADDRESSES).unwrap_or(usize::MAX);
    page(conn, tenant, &Page { limit, after: None })
}

const ADDRESSES: &str = "SELECT w.id, w.label, w.url, w.made_at,
        (SELECT count(*) FROM webhook_messages m WHERE m.tenant = w.tenant AND m.webhook = w.id AND m.state = 'waiting'),
        (SELECT count(*) FROM webhook_messages m WHERE m.tenant = w.tenant AND m.webhook = w.id AND m.state = 'given_up')
     FROM webhooks w WHERE w.tenant = ?1 AND w.removed_at IS NULL AND (w.made_at, w.id) > (?2, ?3)
     ORDER BY w.made_at, w.id LIMIT ?4";

/// A page of a company's addresses, the oldest first.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn page(
    conn: &Connection,
    tenant: TenantId,
    page: &Page<Place>,
) -> Result<Vec<Endpoint>, Problem> {
    let (at, id) = page.after.clone().unwrap_or((i64::MIN, String::new()));
    let mut statement = conn.prepare_cached(ADDRESSES)?;
    let rows = statement.query_map(params![tenant.to_string(), at, id, page.rows()], |row| {
        let (id, made): (String, i64) = (row.get(0)?, row.get(3)?);
        Ok(Endpoint {
            id: id.clone(),
            label: row.get(1)?,
            url: row.get(2)?,
            made_at: Timestamp::from_millisecond(made).unwrap_or(Timestamp::UNIX_EPOCH).to_string(),
            waiting: row.get(4)?,
            given_up: row.get(5)?,
            place: (made, id),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What somebody asks for, and under which key of their own.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    /// Where messages are to go.
    pub(crate) url: String,
    /// What the company calls it.
    pub(crate) label: String,
    /// The asker's own key: the same wish under it is done once.
    pub(crate) once: Option<OnceKey>,
}

/// An address just entered, or entered before under the same key.
pub(crate) struct Made {
    /// Its id.
    pub(crate) id: String,
    /// What its messages are signed with.
    pub(crate) secret: WebhookSecret,
    /// It was asked for before.
    pub(super) is_repeated: bool,
}

/// Enters an address. Asked again under the same key, it answers the same and enters nothing.
///
/// # Errors
/// 422 for an address or a name that is none; 409 `webhooks_full`, and `already_made` when the key was used for another.
pub(crate) fn add(
    conn: &Connection,
    (keys, random): (&Keys, &Random),
    by: &WebhookKeeper,
    wish: &Wish,
    loopback: bool,
    now: Timestamp,
) -> Result<Made, Problem> {
    let label = wish.label.trim();
    if label.is_empty() || label.chars().count() > MAX_LABEL {
        return Err(Problem::invalid(
            "label",
            "webhook_label_form",
            "Say what this address is, in 1 to 60 characters.",
        ));
    }
    let url = address::read(wish.url.trim(), loopback).map_err(|refused| {
        Problem::invalid(
            "url",
            refused.code(),
            "Give an https address on the public internet, without a name and password in it.",
        )
    })?;
    let asked_key = wish.once.as_ref().map(|once| token_hash(once.as_str()));
    let asked_body = asked_key
        .as_ref()
        .map(|_| keys.tenant(by.tenant).derived("webhook request", &[url.as_str(), label]).to_vec());
    if let Some(id) = earlier(conn, by, asked_key.as_ref(), asked_body.as_ref())? {
        return Ok(Made { secret: secret(keys, by.tenant, &id)?, id, is_repeated: true });
    }
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
        "INSERT INTO webhooks(tenant, id, url, label, made_by, made_at, asked_key, asked_body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute(params![
        tenant,
        id,
        url.as_str(),
        label,
        by.actor,
        now.as_millisecond(),
        asked_key,
        asked_body
    ])?;
    record(conn, by, "webhook.added", &id, json!({"host": url.host_str()}), now)?;
    Ok(Made { secret: secret(keys, by.tenant, &id)?, id, is_repeated: false })
}

/// The address that was entered under this key before.
fn earlier(
    conn: &Connection,
    by: &WebhookKeeper,
    key: Option<&Vec<u8>>,
    body: Option<&Vec<u8>>,
) -> Result<Option<String>, Problem> {
    let Some(key) = key else { return Ok(None) };
    let before: Option<(String, Option<Vec<u8>>)> = conn
        .prepare_cached(
            "SELECT id, asked_body FROM webhooks WHERE tenant = ?1 AND made_by = ?2 AND asked_key = ?3",
        )?
        .query_row(params![by.tenant.to_string(), by.actor, key], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match before {
        Some((id, before)) if before.as_ref() != body => Err(Problem::conflict(
            "already_made",
            format!(
                "Webhook {id} was entered under this key from other content. Use a new key for a new one."
            ),
        )),
        before => Ok(before.map(|(id, _)| id)),
    }
}

/// Removes an address; what waits for it is not sent any more.
///
/// # Errors
/// 404 for an unknown one, also one that was removed before.
pub(crate) fn remove(conn: &Connection, by: &WebhookKeeper, id: &str, now: Timestamp) -> Result<(), Problem> {
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
    #[serde(skip)]
    pub(super) place: Place,
}

/// Most messages on a page of the office, the newest.
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
    let mut statement = conn.prepare_cached(&format!(
        "{MESSAGES} AND (?3 = '' OR m.state = ?3) ORDER BY m.made_at DESC, m.id DESC LIMIT ?4 OFFSET ?5"
    ))?;
    let from = SHOWN as u64 * u64::from(which.page);
    let rows =
        statement.query_map(params![tenant.to_string(), id, which.state, SHOWN + 1, from], Delivery::of)?;
    let mut found: Vec<Delivery> = rows.collect::<Result<_, _>>()?;
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    Ok((found, more))
}

const MESSAGES: &str =
    "SELECT m.id, m.case_id, m.event, m.state, m.tries, m.last, m.made_at, m.due_at, m.delivered_at, c.number
     FROM webhook_messages m LEFT JOIN cases c ON c.tenant = m.tenant AND c.id = m.case_id
     WHERE m.tenant = ?1 AND m.webhook = ?2";
/// What follows [`MESSAGES`] for a page of them.
const A_PAGE: &str = "AND (m.made_at, m.id) < (?3, ?4) ORDER BY m.made_at DESC, m.id DESC LIMIT ?5";

/// A page of an address's messages, the newest first.
///
/// # Errors
/// 404 for an unknown address.
pub(super) fn deliveries_page(
    conn: &Connection,
    tenant: TenantId,
    id: &str,
    page: &Page<Place>,
) -> Result<Vec<Delivery>, Problem> {
    let tenant = tenant.to_string();
    known(conn, &tenant, id)?;
    let (at, last) = page.after.clone().unwrap_or((i64::MAX, String::new()));
    let mut statement = conn.prepare_cached(&format!("{MESSAGES} {A_PAGE}"))?;
    let rows = statement.query_map(params![tenant, id, at, last, page.rows()], Delivery::of)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl Delivery {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
        let (id, state): (String, String) = (row.get(0)?, row.get(3)?);
        let (made, due): (i64, i64) = (row.get(6)?, row.get(7)?);
        Ok(Self {
            id: id.clone(),
            case: row.get(1)?,
            number: crate::cases::page::case_number(row.get::<_, Option<i64>>(9)?.unwrap_or_default()),
            event: row.get(2)?,
            due_at: (state == "waiting").then(|| time(due)),
            state,
            tries: row.get(4)?,
            last: row.get(5)?,
            made_at: time(made),
            delivered_at: row.get::<_, Option<i64>>(8)?.map(time),
            place: (made, id),
        })
    }
}

/// Sends a message once more, whatever became of it: the same message under the same id, for another three days.
///
/// # Errors
/// 404 for an unknown message, or one of an address that was removed.
pub(crate) fn resend(
    conn: &Connection,
    by: &WebhookKeeper,
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
    by: &WebhookKeeper,
    action: &str,
    subject: &str,
    detail: serde_json::Value,
    now: Timestamp,
) -> Result<(), Problem> {
    let (tenant, detail) = (by.tenant.to_string(), detail.to_string());
    let entry = audit::Entry { tenant: &tenant, at: now, actor: &by.actor, action, subject, detail: &detail };
    Ok(audit::record(conn, entry)?)
}

#[cfg(test)]
mod tests {
    use super::{A_PAGE, ADDRESSES, MESSAGES};
    use crate::testing::{TestServer, plan_of};

    #[tokio::test]
    async fn a_page_reads_only_its_own_rows() {
        let server = TestServer::start().await;
        let plan = plan_of(&server, ADDRESSES, 4).await;
        assert!(plan.contains("webhooks_by_time") && plan.contains("webhook_messages_by_state"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        let sql: &'static str = format!("{MESSAGES} {A_PAGE}").leak();
        let plan = plan_of(&server, sql, 5).await;
        assert!(plan.contains("webhook_messages_of") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
