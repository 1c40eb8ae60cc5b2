//! What funders sent on their own, for the office: each answer that was believed with what became of it, those that came
//! too late and that somebody is to note, and how often something was refused.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;
use shared::{domain::TenantId, protocol::partners::funders::FunderDecision};

use super::{
    Situation, acts,
    callbacks::{Met, code_of, meets},
};
use crate::{
    accounts::Staff,
    app::App,
    flows::{Library, journal::CaseRef},
    partners::LateAnswers,
    problem::Problem,
    store::StoreError,
};

/// Answers on one page.
pub(crate) const PAGE: usize = 50;
/// Late answers that are looked at for notices, the newest.
const NOTICES: i64 = 200;
/// Refusals that are shown, the newest hours.
const REFUSALS_SHOWN: i64 = 100;
/// Rows of refusals that are kept, of all companies together.
const REFUSALS_KEPT: i64 = 2_000;
/// How long refusals are kept.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);
/// Refusals that come within this time of the last ones noted wait in memory, so that a stranger makes no work.
const NOTED_EVERY: SignedDuration = SignedDuration::from_secs(1);
/// Milliseconds of an hour.
const HOUR_MS: i64 = 3_600_000;

/// What became of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Became {
    /// A block took it up.
    Applied,
    /// Its case waits for it.
    Waiting,
    /// Its case does not wait for it yet.
    Early,
    /// Its case has gone on.
    Late,
}

impl Became {
    /// Its stable name.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Waiting => "waiting",
            Self::Early => "early",
            Self::Late => "late",
        }
    }
}

/// An answer that was believed.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) of: CaseRef,
    pub(crate) number: i64,
    pub(crate) funder: String,
    pub(crate) id: String,
    pub(crate) says: &'static str,
    pub(crate) became: Became,
    pub(crate) was_early: bool,
    pub(crate) policy: LateAnswers,
    pub(crate) received: Timestamp,
    pub(crate) applied: Option<Timestamp>,
    pub(crate) noted: Option<(String, Timestamp)>,
    pub(crate) repeats: u32,
}

const COLUMNS: &str =
    "k.case_id, c.number, k.partner, k.webhook_id, k.reference, k.decision, k.met, k.policy,
    k.received_at, k.applied_at, coalesce(a.login, k.noted_by), k.noted_at, k.repeats";
const FROM: &str = "callbacks k JOIN cases c ON c.tenant = k.tenant AND c.id = k.case_id
    LEFT JOIN accounts a ON a.tenant = k.tenant AND a.id = k.noted_by";

/// A page of what came for a company, the newest first, of one funder or of all; whether there is more.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) fn page(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    funder: &str,
    page: u32,
) -> Result<(Vec<Arrived>, bool), Problem> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {FROM} WHERE k.tenant = ?1 AND (?2 = '' OR k.partner = ?2)
         ORDER BY k.received_at DESC, k.webhook_id LIMIT ?3 OFFSET ?4"
    ))?;
    let mut rows =
        statement.query(params![tenant.to_string(), funder, PAGE + 1, PAGE as u64 * u64::from(page)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(arrived(conn, library, tenant, row)?);
    }
    let more = found.len() > PAGE;
    found.truncate(PAGE);
    Ok((found, more))
}

/// Late answers of cases that are not decided and that somebody is to note, the newest first.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) fn notices(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
) -> Result<Vec<Arrived>, Problem> {
    let mut statement = conn.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM {FROM}
         WHERE k.tenant = ?1 AND k.policy = 'notice' AND k.applied_at IS NULL AND k.noted_at IS NULL
           AND c.decision IS NULL
           AND NOT EXISTS (SELECT 1 FROM contracts s
                           WHERE s.tenant = k.tenant AND s.case_id = k.case_id AND s.signed_at IS NOT NULL)
         ORDER BY k.received_at DESC, k.webhook_id LIMIT ?2"
    ))?;
    let mut rows = statement.query(params![tenant.to_string(), NOTICES])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.extend(arrived(conn, library, tenant, row)?.filter(|one| one.became == Became::Late));
    }
    Ok(found)
}

/// `None` for a row whose ids this release cannot read.
fn arrived(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    row: &Row<'_>,
) -> Result<Option<Arrived>, Problem> {
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let (case, funder, reference): (String, String, String) = (row.get(0)?, row.get(2)?, row.get(4)?);
    let (decision, met, policy): (String, String, String) = (row.get(5)?, row.get(6)?, row.get(7)?);
    let Ok(case) = case.parse() else { return Ok(None) };
    let Ok(decision) = serde_json::from_str::<FunderDecision>(&decision) else { return Ok(None) };
    let of = CaseRef { tenant, case };
    let applied: Option<i64> = row.get(9)?;
    let became = match applied {
        Some(_) => Became::Applied,
        None => match meets(&Situation::load(conn, library, of)?, &funder, &reference) {
            Met::Waiting => Became::Waiting,
            Met::Early => Became::Early,
            Met::Late => Became::Late,
        },
    };
    let (noted_by, noted_at): (Option<String>, Option<i64>) = (row.get(10)?, row.get(11)?);
    Ok(Some(Arrived {
        of,
        number: row.get(1)?,
        funder,
        id: row.get(3)?,
        says: code_of(&decision),
        became,
        was_early: met == Met::Early.code(),
        policy: LateAnswers::of_code(&policy).unwrap_or_default(),
        received: at(row.get(8)?),
        applied: applied.map(at),
        noted: noted_by.zip(noted_at.map(at)),
        repeats: row.get(12)?,
    }))
}

/// Offers an answer once more to the case that waits for exactly it: nothing else can honestly be done with one.
///
/// # Errors
/// 404 for an unknown one; 409 `callback_not_waited_for`.
pub(crate) async fn apply_again(
    app: &App,
    by: &Staff,
    (funder, id): (String, String),
) -> Result<(), Problem> {
    let (tenant, actor, now) = (by.tenant, by.actor(), app.world.clock.now());
    let library = app.driver.library().clone();
    let change = app.store.write(move |conn| {
        let found = conn
            .prepare_cached(&format!(
                "SELECT {COLUMNS} FROM {FROM} WHERE k.tenant = ?1 AND k.partner = ?2 AND k.webhook_id = ?3"
            ))?
            .query_row(params![tenant.to_string(), funder, id], |row| {
                Ok(arrived(conn, &library, tenant, row))
            })
            .optional()?;
        let one = found.transpose()?.flatten().ok_or_else(Problem::not_found)?;
        if one.became != Became::Waiting {
            let detail = "No case waits for this answer, so it cannot be applied again.";
            return Err(Problem::conflict("callback_not_waited_for", detail));
        }
        record(conn, one.of, (&actor, "partner.answer_offered_again"), (&funder, &id), now)?;
        Ok(one.of)
    });
    app.arrivals.tell(change.await?);
    Ok(())
}

/// Somebody has taken note of all late answers of a case.
///
/// # Errors
/// When the rows cannot be written.
pub(crate) fn note_late(conn: &Connection, by: &Staff, of: CaseRef, now: Timestamp) -> Result<(), Problem> {
    let mut statement = conn.prepare_cached(
        "UPDATE callbacks SET noted_by = ?3, noted_at = ?4
         WHERE tenant = ?1 AND case_id = ?2 AND policy = 'notice' AND applied_at IS NULL AND noted_at IS NULL
         RETURNING partner, webhook_id",
    )?;
    let noted: Vec<(String, String)> = statement
        .query_map(
            params![of.tenant.to_string(), of.case.to_string(), by.account.to_string(), now.as_millisecond()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?
        .collect::<Result<_, _>>()?;
    if noted.is_empty() {
        return Err(Problem::not_found());
    }
    for (funder, id) in &noted {
        record(conn, of, (&by.actor(), "partner.late_answer_noted"), (funder, id), now)?;
    }
    Ok(())
}

fn record(
    conn: &Connection,
    of: CaseRef,
    (actor, action): (&str, &str),
    (funder, id): (&str, &str),
    at: Timestamp,
) -> Result<(), StoreError> {
    acts::record(conn, of, actor, action, &json!({"funder": funder, "message": id}), at)
}

/// Who was meant, in whose name, and why it was refused.
type Refused = (Option<TenantId>, String, &'static str);

/// Counts what is refused. Clones share it.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<Counting>>);

#[derive(Default)]
struct Counting {
    waiting: BTreeMap<Refused, i64>,
    noted: Option<Timestamp>,
}

impl Refusals {
    /// Counts one more; what is to be noted now.
    fn count(&self, refused: Refused, now: Timestamp) -> BTreeMap<Refused, i64> {
        let mut counting = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counting.waiting.entry(refused).or_default() += 1;
        let lately = |noted: Timestamp| noted <= now && now.duration_since(noted) < NOTED_EVERY;
        if counting.noted.is_some_and(lately) {
            return BTreeMap::new();
        }
        counting.noted = Some(now);
        std::mem::take(&mut counting.waiting)
    }

    fn take(&self) -> BTreeMap<Refused, i64> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).waiting)
    }
}

/// Counts what was refused in a partner's name, of which nothing else is kept. A name that is no funder's is kept as none.
pub(super) async fn refused(app: &App, tenant: Option<TenantId>, partner: &str, code: &'static str) {
    let shipped =
        app.products.shipped_funders().funders().iter().any(|funder| funder.key.as_str() == partner);
    let known = shipped || app.products.own_funders.owner(partner).is_some();
    let partner = if known { partner.to_owned() } else { String::new() };
    let now = app.world.clock.now();
    let counted = app.refusals.count((tenant, partner, code), now);
    note_refusals(app, counted, now).await;
}

async fn note_refusals(app: &App, counted: BTreeMap<Refused, i64>, now: Timestamp) {
    if counted.is_empty() {
        return;
    }
    let noted = app.store.write(move |conn| write_refusals(conn, &counted, now)).await;
    if let Err(problem) = noted {
        tracing::warn!(code = problem.code, "refused messages of partners could not be counted");
    }
}

fn write_refusals(
    conn: &Connection,
    counted: &BTreeMap<Refused, i64>,
    now: Timestamp,
) -> Result<(), Problem> {
    let at = now.as_millisecond();
    for ((tenant, partner, code), times) in counted {
        let tenant = tenant.map(|tenant| tenant.to_string()).unwrap_or_default();
        conn.prepare_cached(
            "INSERT INTO callback_refusals(tenant, partner, code, hour, times, last_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT(tenant, partner, code, hour) DO UPDATE
             SET times = times + excluded.times, last_at = excluded.last_at",
        )?
        .execute(params![tenant, partner, code, at - at.rem_euclid(HOUR_MS), times, at])?;
    }
    conn.prepare_cached(
        "DELETE FROM callback_refusals WHERE last_at < max(?1, coalesce(
           (SELECT last_at FROM callback_refusals ORDER BY last_at DESC LIMIT 1 OFFSET ?2), 0))",
    )?
    .execute(params![(now - KEPT_FOR).as_millisecond(), REFUSALS_KEPT - 1])?;
    Ok(())
}

/// What was refused in one hour.
#[derive(Debug, Clone)]
pub(crate) struct RefusedHour {
    /// It named a case of this company.
    pub(crate) own: bool,
    pub(crate) partner: String,
    pub(crate) code: String,
    pub(crate) times: i64,
    pub(crate) last: Timestamp,
}

/// What was refused lately: of this company, and what nobody can tell whose it was; of one funder or of all.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) async fn refused_lately(
    app: &App,
    tenant: TenantId,
    funder: String,
) -> Result<Vec<RefusedHour>, Problem> {
    note_refusals(app, app.refusals.take(), app.world.clock.now()).await;
    app.store
        .read(move |conn| {
            let mut statement = conn.prepare_cached(
                "SELECT tenant, partner, code, times, last_at FROM callback_refusals
                 WHERE tenant IN ('', ?1) AND (?2 = '' OR partner = ?2) ORDER BY last_at DESC LIMIT ?3",
            )?;
            let rows = statement.query_map(params![tenant.to_string(), funder, REFUSALS_SHOWN], |row| {
                Ok(RefusedHour {
                    own: !row.get::<_, String>(0)?.is_empty(),
                    partner: row.get(1)?,
                    code: row.get(2)?,
                    times: row.get(3)?,
                    last: Timestamp::from_millisecond(row.get(4)?).unwrap_or(Timestamp::UNIX_EPOCH),
                })
            })?;
            Ok::<_, Problem>(rows.collect::<Result<_, _>>()?)
        })
        .await
}

#[cfg(test)]
mod tests;
