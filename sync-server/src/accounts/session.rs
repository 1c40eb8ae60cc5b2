//! Sessions live on the server; the browser holds a random name of one, the row only its hash.

use axum_extra::extract::{
    CookieJar,
    cookie::{Cookie, SameSite},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{AccountId, TenantId, Texts};
use subtle::ConstantTimeEq;

use super::staff::Rights;
use crate::{crypt::token_hash, problem::Problem, world::Random};

/// The cookie. The prefix makes browsers refuse it from other hosts, other paths and plain HTTP (loopback excepted).
const COOKIE: &str = "__Host-session";
/// Longest cookie value that is looked up.
const MAX_TOKEN: usize = 64;
/// Sessions of one account; the oldest ends when one more begins.
const MAX_SESSIONS: i64 = 20;

/// Must come back with every form of a session. Prints masked.
#[derive(Clone)]
pub struct FormKey(String);

impl FormKey {
    /// For the hidden field `form_id` of one page: the key and a fresh number, so that a form sent twice is recognised.
    pub fn with_number(&self, random: &Random) -> String {
        format!("{}.{}", self.0, hex::encode(random.bytes::<8>()))
    }

    /// The number of a form that came back with this key; compared in a time that says nothing about the key.
    pub fn number_of<'a>(&self, form_id: &'a str) -> Option<&'a str> {
        let (key, number) = form_id.split_once('.')?;
        let fits: bool = self.0.as_bytes().ct_eq(key.as_bytes()).into();
        let is_number = number.len() == 16 && number.bytes().all(|b| b.is_ascii_hexdigit());
        (fits && is_number).then_some(number)
    }
}

impl std::fmt::Debug for FormKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

/// What a session says about its holder.
#[derive(Debug, Clone)]
pub struct Found {
    /// Whose staff.
    pub tenant: TenantId,
    /// Who.
    pub account: AccountId,
    /// Its name.
    pub tenant_name: Texts,
    /// The name used for signing in.
    pub login: String,
    /// What they are employed for.
    pub rights: Rights,
    /// For forms.
    pub form_key: FormKey,
}

/// Begins a session; answers the secret for the cookie. Sessions that are over go with it.
///
/// # Errors
/// When it cannot be written.
pub fn begin(
    connection: &Connection,
    tenant: &str,
    account: &str,
    random: &Random,
    now: Timestamp,
    lasts: SignedDuration,
) -> Result<String, Problem> {
    let secret = URL_SAFE_NO_PAD.encode(random.bytes::<32>());
    let form_key = URL_SAFE_NO_PAD.encode(random.bytes::<16>());
    let (from, to) = (now.as_millisecond(), (now + lasts).as_millisecond());
    connection.prepare_cached("DELETE FROM sessions WHERE expires_at <= ?1")?.execute([from])?;
    connection
        .prepare_cached(
            "DELETE FROM sessions WHERE token_hash IN (
               SELECT token_hash FROM sessions WHERE tenant = ?1 AND account = ?2
               ORDER BY created_at DESC LIMIT -1 OFFSET ?3)",
        )?
        .execute(params![tenant, account, MAX_SESSIONS - 1])?;
    connection
        .prepare_cached(
            "INSERT INTO sessions(token_hash, tenant, account, form_key, created_at, expires_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![token_hash(&secret), tenant, account, form_key, from, to])?;
    Ok(secret)
}

/// The session with this hash, unless it is over or its account is closed.
///
/// # Errors
/// When the rows cannot be read.
pub fn find(connection: &Connection, hash: &[u8], now: Timestamp) -> Result<Option<Found>, Problem> {
    let row = connection
        .prepare_cached(
            "SELECT s.tenant, s.account, a.login, a.roles, s.form_key, t.name_zh, t.name_en, a.queues
             FROM sessions s JOIN accounts a ON a.tenant = s.tenant AND a.id = s.account
               JOIN tenants t ON t.id = s.tenant
             WHERE s.token_hash = ?1 AND s.expires_at > ?2 AND a.disabled_at IS NULL",
        )?
        .query_row(params![hash, now.as_millisecond()], |row| {
            Ok((
                row.get::<_, String>(0)?,
                row.get::<_, String>(1)?,
                row.get(2)?,
                row.get::<_, String>(3)?,
                row.get(4)?,
                Texts { zh: row.get(5)?, en: row.get(6)? },
                row.get::<_, Option<String>>(7)?,
            ))
        })
        .optional()?;
    let Some((tenant, account, login, roles, form_key, tenant_name, queues)) = row else { return Ok(None) };
    Ok(Some(Found {
        tenant: tenant.parse().map_err(|e| Problem::internal(&e))?,
        account: account.parse().map_err(|e| Problem::internal(&e))?,
        tenant_name,
        login,
        rights: Rights::read(&roles, queues.as_deref())?,
        form_key: FormKey(form_key),
    }))
}

/// Ends the session with this hash.
///
/// # Errors
/// When it cannot be written.
pub fn end(connection: &Connection, hash: &[u8]) -> Result<(), Problem> {
    connection.prepare_cached("DELETE FROM sessions WHERE token_hash = ?1")?.execute([hash])?;
    Ok(())
}

/// The hash of the session named by the request's cookie.
pub fn hash_in(jar: &CookieJar) -> Option<Vec<u8>> {
    let value = jar.get(COOKIE)?.value();
    (!value.is_empty() && value.len() <= MAX_TOKEN).then(|| token_hash(value))
}

/// The cookie for a fresh session.
///
/// `Lax`, so that a link in a colleague's message opens signed in; nothing changes by GET, and what changes needs the
/// same site and the form key.
pub fn cookie(secret: String) -> Cookie<'static> {
    Cookie::build((COOKIE, secret)).path("/").secure(true).http_only(true).same_site(SameSite::Lax).build()
}

/// Makes the browser forget the session.
pub fn forgotten() -> Cookie<'static> {
    let mut cookie = cookie(String::new());
    cookie.make_removal();
    cookie
}
