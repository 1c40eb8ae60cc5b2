//! One-time codes by SMS: for signing, and for seeing a finished case again. There is no way around them.

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::{
    domain::TenantId,
    protocol::partners::{PartnerToken, delivery::SmsMessage},
};

use super::{
    acts,
    person::{Column, Person},
};
use crate::{
    app::App,
    config::Config,
    flows::journal::CaseRef,
    links::Customer,
    partners::{IdempotencyKey, PartnerFailure},
    problem::Problem,
    store::StoreError,
};

/// Least time between two codes once a case has had all that may be sent freely.
const HOURLY: SignedDuration = SignedDuration::from_hours(1);

/// How codes are treated, from the settings.
#[derive(Debug, Clone, Copy)]
pub struct CodeRules {
    /// How long a code is good.
    pub lifetime: SignedDuration,
    /// Attempts at one code.
    pub attempts: i64,
    /// Codes of one case and purpose before another comes only once an hour.
    pub sends: i64,
    /// Least time between two codes.
    pub resend: SignedDuration,
}

impl CodeRules {
    /// The rules that `config` sets.
    pub fn of(config: &Config) -> Self {
        let seconds = |seconds: u32| SignedDuration::from_secs(i64::from(seconds));
        Self {
            lifetime: seconds(config.code_seconds),
            attempts: i64::from(config.code_attempts),
            sends: i64::from(config.code_sends),
            resend: seconds(config.code_resend_seconds),
        }
    }
}

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

    fn named(name: &str) -> Option<Self> {
        [Self::Sign, Self::Reopen].into_iter().find(|purpose| purpose.name() == name)
    }
}

/// How a code stands.
#[derive(Debug, Clone, Copy)]
pub struct CodeState {
    /// Until when it is good.
    pub expires_at: Timestamp,
    /// Attempts left.
    pub attempts_left: i64,
    /// From when on another one may be asked for.
    pub resend_at: Timestamp,
}

/// The state of the newest code; `None` before the first.
///
/// # Errors
/// When the row cannot be read.
pub fn state(
    conn: &Connection,
    of: CaseRef,
    purpose: CodeFor,
    rules: &CodeRules,
) -> Result<Option<CodeState>, StoreError> {
    Ok(row(conn, of, purpose)?.map(|row| CodeState {
        expires_at: row.expires_at,
        attempts_left: (rules.attempts - row.attempts).max(0),
        resend_at: row.resend_at(rules),
    }))
}

/// Whole seconds until `then`, begun ones counted; 0 when it has passed.
pub fn seconds_until(then: Timestamp, now: Timestamp) -> u32 {
    let ms = then.duration_since(now).as_millis().max(0);
    u32::try_from((ms + 999) / 1_000).unwrap_or(u32::MAX)
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
    let rules = CodeRules::of(&app.config);
    let message = app
        .store
        .write(move |conn| {
            let before = row(conn, of, purpose)?;
            if let Some(before) = &before {
                let wait = seconds_until(before.resend_at(&rules), now);
                if wait > 0 {
                    return Err(too_soon(wait));
                }
            }
            let count = before.map_or(0, |row| row.sent_count) + 1;
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let message = message(conn, of, &person, purpose, count, &rules)?;
            conn.prepare_cached(
                "INSERT OR REPLACE INTO codes(tenant, case_id, purpose, code_hash, sent_at, expires_at, attempts, sent_count)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, ?7)",
            )?
            .execute(params![
                of.tenant.to_string(),
                of.case.to_string(),
                purpose.name(),
                hash(&person, of, purpose, &nth_code(&person, of, purpose, count)),
                now.as_millisecond(),
                (now + rules.lifetime).as_millisecond(),
                count,
            ])?;
            let detail = json!({"for": purpose.name(), "number": count});
            acts::record(conn, of, actor, "code.sent", &detail, now)?;
            Ok::<_, Problem>(message)
        })
        .await?;
    message.deliver(app).await.map_err(sms_failed)
}

/// Sends, after a restart, the message of every code that is still good: a crash may have come between the code and
/// its message. Where the gateway has it, it is the same message under the same key and nothing is sent twice.
///
/// # Errors
/// When the rows cannot be read.
pub async fn resume(app: &App) -> Result<(), Problem> {
    let (keys, now, rules) = (app.keys.clone(), app.world.clock.now(), CodeRules::of(&app.config));
    let open: Vec<Message> = app
        .store
        .read(move |conn| {
            let mut statement = conn.prepare(
                "SELECT k.tenant, k.case_id, c.person, k.purpose, k.sent_count FROM codes k
                 JOIN cases c ON c.tenant = k.tenant AND c.id = k.case_id
                 WHERE k.code_hash IS NOT NULL AND k.expires_at > ?1",
            )?;
            let mut rows = statement.query([now.as_millisecond()])?;
            let mut open = Vec::new();
            while let Some(row) = rows.next()? {
                let text = |n| row.get::<_, String>(n);
                let (tenant, case, person) = (text(0)?.parse(), text(1)?.parse(), text(2)?.parse());
                if let (Ok(tenant), Ok(case), Ok(person), Some(purpose)) =
                    (tenant, case, person, CodeFor::named(&text(3)?))
                {
                    let of = CaseRef { tenant, case };
                    let person = Person::load(conn, &keys, tenant, person)?;
                    open.push(message(conn, of, &person, purpose, row.get(4)?, &rules)?);
                }
            }
            Ok::<_, Problem>(open)
        })
        .await?;
    for message in open {
        let app = app.clone();
        tokio::spawn(async move {
            if let Err(failure) = message.deliver(&app).await {
                tracing::warn!(code = failure.code(), "a one-time code could not be sent");
            }
        });
    }
    Ok(())
}

/// A code's text message, ready to go out.
struct Message {
    tenant: TenantId,
    key: IdempotencyKey,
    sms: SmsMessage,
}

impl Message {
    async fn deliver(&self, app: &App) -> Result<(), PartnerFailure> {
        app.partners.of(self.tenant).send_sms(&self.key, None, &self.sms).await.map(|_| ())
    }
}

fn message(
    conn: &Connection,
    of: CaseRef,
    person: &Person,
    purpose: CodeFor,
    count: i64,
    rules: &CodeRules,
) -> Result<Message, Problem> {
    let phone = person.get(conn, Column::Phone)?.ok_or_else(Problem::not_found)?;
    let code = nth_code(person, of, purpose, count);
    let good_for = match rules.lifetime.as_secs() {
        seconds if seconds % 60 == 0 => format!("{}分钟", seconds / 60),
        seconds => format!("{seconds}秒"),
    };
    let (text, name) = match purpose {
        CodeFor::Sign => (
            format!(
                "【秒批】签署合同验证码：{code}，{good_for}内有效。输入即表示您本人同意签署，请勿告诉他人。"
            ),
            "sign_code",
        ),
        CodeFor::Reopen => {
            (format!("【秒批】查看验证码：{code}，{good_for}内有效，请勿告诉他人。"), "reopen_code")
        }
    };
    let purpose_token = PartnerToken::parse(name).map_err(|error| Problem::internal(&error))?;
    Ok(Message {
        tenant: of.tenant,
        key: IdempotencyKey::mint(
            &of.case.to_string(),
            purpose.name(),
            u32::try_from(count).unwrap_or(0),
            "sms",
        ),
        sms: SmsMessage { phone: phone.into(), text: text.into(), purpose: purpose_token },
    })
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
    rules: &CodeRules,
    now: Timestamp,
) -> Result<Result<(), Problem>, Problem> {
    let tried = compare_code(conn, of, person, purpose, code, rules, now)?;
    let left = row(conn, of, purpose)?.map_or(0, |row| (rules.attempts - row.attempts).max(0));
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
    rules: &CodeRules,
    now: Timestamp,
) -> Result<Result<(), Problem>, Problem> {
    let Some(row) = row(conn, of, purpose)? else {
        return Ok(Err(Problem::conflict("code_expired", "Ask for a code first; it comes by SMS.")));
    };
    let Some(right) = row.hash.filter(|_| row.expires_at > now) else {
        return Ok(Err(Problem::conflict(
            "code_expired",
            "The code is no longer good. Ask for a fresh one.",
        )));
    };
    if row.attempts >= rules.attempts {
        return Ok(Err(Problem::conflict("code_attempts", "Too many attempts. Ask for a fresh code.")));
    }
    let given = hash(person, of, purpose, code.trim());
    let is_right = subtle::ConstantTimeEq::ct_eq(given.as_slice(), right.as_slice()).into();
    let sql = if is_right {
        "UPDATE codes SET code_hash = NULL WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3"
    } else {
        "UPDATE codes SET attempts = attempts + 1 WHERE tenant = ?1 AND case_id = ?2 AND purpose = ?3"
    };
    conn.prepare_cached(sql)?.execute(params![of.tenant.to_string(), of.case.to_string(), purpose.name()])?;
    if is_right {
        return Ok(Ok(()));
    }
    let left = rules.attempts - row.attempts - 1;
    Ok(Err(Problem::invalid("code", "code_wrong", format!("The code is wrong; {left} attempts are left."))))
}

struct Row {
    hash: Option<Vec<u8>>,
    sent_at: Timestamp,
    expires_at: Timestamp,
    attempts: i64,
    sent_count: i64,
}

impl Row {
    fn resend_at(&self, rules: &CodeRules) -> Timestamp {
        let pause = if self.sent_count < rules.sends { rules.resend } else { rules.resend.max(HOURLY) };
        self.sent_at.saturating_add(pause).unwrap_or(Timestamp::MAX)
    }
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

/// The `count`-th code of a case: six digits that follow from the person's key alone, so that nobody guesses one and a
/// message that a crash kept back can be sent again as it was.
fn nth_code(person: &Person, of: CaseRef, purpose: CodeFor, count: i64) -> String {
    const VALUES: u64 = 1_000_000;
    let parts = ["one-time code", purpose.name(), &of.case.to_string(), &count.to_string()];
    let drawn = person.key().hash(&parts).iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte));
    format!("{:06}", drawn % VALUES)
}

/// What is stored of a code.
fn hash(person: &Person, of: CaseRef, purpose: CodeFor, code: &str) -> Vec<u8> {
    person.key().hash(&[purpose.name(), &of.case.to_string(), code])
}

fn too_soon(wait: u32) -> Problem {
    Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "code_too_soon",
        format!("A code was sent just now. Wait {wait} seconds before you ask for another."),
    )
    .retry_after(wait)
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
