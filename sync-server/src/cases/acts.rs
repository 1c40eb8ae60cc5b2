//! What a customer does is done once: each act carries an id that the page or program minted.

use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{audit, flows::journal::CaseRef, problem::Problem, store::StoreError};

/// Longest id of an act, in characters.
const MAX_ACT_ID: usize = 64;

/// The id of one act of a customer; the same id again means the same act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActId(String);

impl ActId {
    /// # Errors
    /// 422 `act_id_invalid` for anything but 1–64 letters, digits, `-`, `_`, `:`, `#` and `.`.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:#.".contains(&byte);
        if text.is_empty() || text.len() > MAX_ACT_ID || !text.bytes().all(allowed) {
            return Err(Problem::invalid(
                "act_id",
                "act_id_invalid",
                "Load the page again and repeat what you did.",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether an act is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// Never done: do it in this commit.
    Never,
    /// Done before with the same content: answer as the first time.
    Before,
}

/// Notes an act in the caller's commit.
///
/// `content` is hashed without a key: what a person can be found by goes in as a keyed hash.
///
/// # Errors
/// 409 `act_reused` when the id was used with other content.
pub fn note(
    conn: &Connection,
    of: CaseRef,
    act: &ActId,
    kind: &str,
    content: &[&[u8]],
    now: Timestamp,
) -> Result<Seen, Problem> {
    let seen = look(conn, of, act, kind, content)?;
    if seen == Seen::Never {
        conn.prepare_cached(
            "INSERT INTO acts(tenant, case_id, act_id, kind, body_hash, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            of.tenant.to_string(),
            of.case.to_string(),
            act.0,
            kind,
            hash(kind, content),
            now.as_millisecond()
        ])?;
    }
    Ok(seen)
}

/// Whether an act was done before; notes nothing.
///
/// # Errors
/// As [`note`].
pub fn look(
    conn: &Connection,
    of: CaseRef,
    act: &ActId,
    kind: &str,
    content: &[&[u8]],
) -> Result<Seen, Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let before: Option<Vec<u8>> = conn
        .prepare_cached("SELECT body_hash FROM acts WHERE tenant = ?1 AND case_id = ?2 AND act_id = ?3")?
        .query_row(params![tenant, case, act.0], |row| row.get(0))
        .optional()?;
    match before {
        Some(before) if before == hash(kind, content) => Ok(Seen::Before),
        Some(_) => Err(Problem::new(
            StatusCode::CONFLICT,
            "act_reused",
            "This was already handed in with other content. Load the page again to see where you are.",
        )),
        None => Ok(Seen::Never),
    }
}

/// Says in the audit, in the caller's commit, what was done in a case and by whom (`actor` as in [`audit::Entry`]).
///
/// # Errors
/// When the row cannot be written.
pub fn record(
    conn: &Connection,
    of: CaseRef,
    actor: &str,
    action: &str,
    detail: &Value,
    now: Timestamp,
) -> Result<(), StoreError> {
    let (tenant, case, detail) = (of.tenant.to_string(), of.case.to_string(), detail.to_string());
    let entry = audit::Entry { tenant: &tenant, at: now, actor, action, subject: &case, detail: &detail };
    audit::record(conn, entry)
}

fn hash(kind: &str, content: &[&[u8]]) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in std::iter::once(&kind.as_bytes()).chain(content) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().to_vec()
}
