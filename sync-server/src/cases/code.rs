//! One-time codes by SMS: for signing, and for seeing a finished case again. There is no way around them.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::protocol::partners::{PartnerToken, delivery::SmsMessage};

use super::{
    acts,
    person::{Column, Person},
};
use crate::{
    app::App,
    flows::journal::CaseRef,
    links::Customer,
    partners::{IdempotencyKey, PartnerFailure},
    problem::Problem,
    store::StoreError,
};

/// Least time between two codes.
pub const RESEND: SignedDuration = SignedDuration::from_secs(60);
/// Most codes sent to one case and purpose.
const MAX_SENT: i64 = 10;
/// How long a code is good.
const LIFETIME: SignedDuration = SignedDuration::from_secs(5 * 60);
/// Attempts at one code.
pub const ATTEMPTS: i64 = 5;

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodeFor {
    /// Signing the contract.
    Sign,
    /// Seeing a finished case again.
    Reopen,
}

impl CodeFor {
    fn name(self) -> &'static str {
        match self {
            Self::Sign => "sign",
            Self::Reopen => "reopen",
        }
    }
}

/// How a code stands.
#[derive(Debug, Clone, Copy)]
pub struct CodeState {
    /// When the last one was sent.
    pub sent_at: Timestamp,
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Attempts left.
    pub attempts_left: i64,
}

/// The state of the newest code; `None` before the first.
///
/// # Errors
/// When the row cannot be read.
pub fn state(conn: &Connection, of: CaseRef, purpose: CodeFor) -> Result<Option<CodeState>, StoreError> {
    Ok(row(conn, of, purpose)?.map(|row| CodeState {
        sent_at: row.sent_at,
        expires_at: row.expires_at,
        attempts_left: (ATTEMPTS - row.attempts).max(0),
    }))
}

/// Sends a fresh code to the customer's phone; the one before is no longer good.
///
/// # Errors
/// 429 `code_too_soon` with the seconds to wait; 503 `sms_unavailable` when the gateway cannot be reached.
pub async fn send(app: &App, customer: &Customer, purpose: CodeFor) -> Result<(), Problem> {
    send_as(app, customer, purpose, "customer").await
}

/// As [`send`], by whom the audit shall name: `customer` or `machine`.
///
/// # Errors
/// As [`send`].
pub(super) async fn send_as(
    app: &App,
    customer: &Customer,
    purpose: CodeFor,
    actor: &'static str,
) -> Result<(), Problem> {
    let (of, person, keys, now) = (customer.of, customer.person, app.keys.clone(), app.world.clock.now());
    let code = fresh_code(app);
    let secret = code.clone();
    let (phone, count) = app
        .store
        .write(move |conn| {
            let before = row(conn, of, purpose)?;
            let count = before.as_ref().map_or(0, |row| row.sent_count) + 1;
            if let Some(before) = &before {
                let wait = RESEND.as_secs() - now.duration_since(before.sent_at).as_secs();
                if wait > 0 || count > MAX_SENT {
                    let wait = if count > MAX_SENT { 3_600 } else { wait };
                    return Err(too_soon(wait));
                }
            }
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let phone = person.get(conn, Column::Phone)?.ok_or_else(Problem::not_found)?;
            let hash = person.key().hash(&[purpose.name(), &of.case.to_string(), &secret]);
            conn.prepare_cached(
                "INSERT OR REPLACE INTO codes(tenant, case_id, purpose, code_hash, sent_at, expires_at, attempts, sent_count)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
            )?
            .execute(params![
                of.tenant.to_string(),
                of.case.to_string(),
                purpose.name(),
                hash,
                now.as_millisecond(),
                (now + LIFETIME).as_millisecond(),
                count,
            ])?;
            let detail = json!({"for": purpose.name(), "number": count});
            acts::record(conn, of, actor, "code.sent", &detail, now)?;
            Ok::<_, Problem>((phone, count))
        })
        .await?;
    let key =
        IdempotencyKey::mint(&of.case.to_string(), purpose.name(), u32::try_from(count).unwrap_or(0), "sms");
    let text = match purpose {
        CodeFor::Sign => {
            format!("【秒批】签署合同验证码：{code}，5分钟内有效。输入即表示您本人同意签署，请勿告诉他人。")
        }
        CodeFor::Reopen => format!("【秒批】查看验证码：{code}，5分钟内有效，请勿告诉他人。"),
    };
    let message = SmsMessage {
        phone: phone.into(),
        text: text.into(),
        purpose: PartnerToken::parse(match purpose {
            CodeFor::Sign => "sign_code",
            CodeFor::Reopen => "reopen_code",
        })
        .map_err(|error| Problem::internal(&error))?,
    };
    app.partners.send_sms(&key, None, &message).await.map(|_| ()).map_err(sms_failed)
}

/// Tries a code and says in the audit what came of it, in the caller's commit (which must be kept also when it is
/// wrong). A right code is used up.
///
/// # Errors
/// When the rows cannot be read or written.
pub fn try_code(
    conn: &Connection,
    of: CaseRef,
    person: &Person,
    purpose: CodeFor,
    code: &str,
    now: Timestamp,
) -> Result<Result<(), Problem>, Problem> {
    let tried = compare_code(conn, of, person, purpose, code, now)?;
    let left = row(conn, of, purpose)?.map_or(0, |row| (ATTEMPTS - row.attempts).max(0));
    let action = match &tried {
        Ok(()) => "code.right",
        Err(problem) if problem.code == "code_wrong" && left == 0 => "code.locked",
        Err(problem) if problem.code == "code_wrong" => "code.wrong",
        Err(_) => "code.refused",
    };
    acts::record(conn, of, "customer", action, &json!({"for": purpose.name(), "left": left}), now)?;
    Ok(tried)
}

fn compare_code(
    conn: &Connection,
    of: CaseRef,
    person: &Person,
    purpose: CodeFor,
    code: &str,
    now: Timestamp,
) -> Result<Result<(), Problem>, Problem> {
    let Some(row) = row(conn, of, purpose)? else {
        return Ok(Err(Problem::conflict("code_expired", "Ask for a code first; it comes by SMS.")));
    };
    let Some(hash) = row.hash.filter(|_| row.expires_at > now) else {
        return Ok(Err(Problem::conflict(
            "code_expired",
            "The code is no longer good. Ask for a fresh one.",
        )));
    };
    if row.attempts >= ATTEMPTS {
        return Ok(Err(Problem::conflict("code_attempts", "Too many attempts. Ask for a fresh code.")));
    }
    let given = person.key().hash(&[purpose.name(), &of.case.to_string(), code.trim()]);
    let is_right = subtle::ConstantTimeEq::ct_eq(given.as_slice(), hash.as_slice()).into();
    let sql = if is_right {
        "UPDATE codes SET code_hash = NULL WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3"
    } else {
        "UPDATE codes SET attempts = attempts + 1 WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3"
    };
    conn.prepare_cached(sql)?.execute(params![of.tenant.to_string(), of.case.to_string(), purpose.name()])?;
    if is_right {
        return Ok(Ok(()));
    }
    let left = ATTEMPTS - row.attempts - 1;
    Ok(Err(Problem::invalid("code", "code_wrong", format!("The code is wrong; {left} attempts are left."))))
}

struct Row {
    hash: Option<Vec<u8>>,
    sent_at: Timestamp,
    expires_at: Timestamp,
    attempts: i64,
    sent_count: i64,
}

fn row(conn: &Connection, of: CaseRef, purpose: CodeFor) -> Result<Option<Row>, StoreError> {
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(conn
        .prepare_cached(
            "SELECT code_hash, sent_at, expires_at, attempts, sent_count FROM codes
             WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string(), purpose.name()], |row| {
            Ok(Row {
                hash: row.get(0)?,
                sent_at: at(row.get(1)?),
                expires_at: at(row.get(2)?),
                attempts: row.get(3)?,
                sent_count: row.get(4)?,
            })
        })
        .optional()?)
}

/// Six digits, each value as likely as any other.
fn fresh_code(app: &App) -> String {
    const VALUES: u32 = 1_000_000;
    let fair = u32::MAX - u32::MAX % VALUES;
    loop {
        let drawn = u32::from_be_bytes(app.world.random.bytes());
        if drawn < fair {
            return format!("{:06}", drawn % VALUES);
        }
    }
}

fn too_soon(wait: i64) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "code_too_soon",
        format!("A code was sent just now. Wait {wait} seconds before you ask for another."),
    )
    .retry_after(u32::try_from(wait).unwrap_or(60))
}

fn sms_failed(failure: PartnerFailure) -> Problem {
    tracing::warn!(code = failure.code(), "a one-time code could not be sent");
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "sms_unavailable",
        "The code could not be sent at the moment. Ask for it again in a minute.",
    )
    .retry_after(60)
}
