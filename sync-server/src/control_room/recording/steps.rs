//! A recording's steps: asked for, confirmed where two are needed, stopped or at its end, deleted. Each is on record in
//! the commit that takes it.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde_json::json;
use shared::domain::TenantId;

use crate::{
    audit,
    control_room::change::{By, note, reason_of},
    crypt::TenantKeys,
    partners::Partner,
    problem::Problem,
    world::Random,
};

/// How many answers a recording may take.
pub const ANSWERS: std::ops::RangeInclusive<u32> = 10..=500;
/// For how many hours.
pub const HOURS: std::ops::RangeInclusive<u32> = 1..=72;
/// Most recordings of one partner that lie here at once.
const MOST_KEPT: i64 = 10;
/// How long a recording lies here, from when it was asked for.
pub(super) const KEPT_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What is to be recorded.
#[derive(Debug, Clone)]
pub struct Wish {
    /// At most so many answers.
    pub answers: u32,
    /// For at most so many hours.
    pub hours: u32,
    /// Why.
    pub reason: String,
}

/// What can be done with a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Confirm it as the second person.
    Confirm,
    /// End it now, or lay it aside before it began.
    Stop,
    /// Remove it with everything in it.
    Delete,
}

/// How a recording stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It waits for a second person.
    Proposed,
    /// It takes answers down.
    Running,
    /// Somebody ended it.
    Stopped,
    /// Its time was over.
    Over,
    /// It has all the answers that it may take.
    Full,
}

impl State {
    /// Its stable name.
    pub fn code(self) -> &'static str {
        match self {
            Self::Proposed => "proposed",
            Self::Running => "running",
            Self::Stopped => "stopped",
            Self::Over => "over",
            Self::Full => "full",
        }
    }

    fn named(code: &str) -> Self {
        let all = [Self::Proposed, Self::Running, Self::Stopped, Self::Full];
        all.into_iter().find(|state| state.code() == code).unwrap_or(Self::Over)
    }

    /// Whether it takes answers down, or would.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Proposed | Self::Running)
    }
}

/// A recording as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// Its id.
    pub id: String,
    /// How it stands.
    pub state: State,
    /// At most so many answers, for at most so many hours.
    pub most: (u32, u32),
    /// Why.
    pub reason: String,
    /// Who asked for it: sign-in name and account.
    pub by: (String, String),
    /// Who confirmed it.
    pub second: Option<String>,
    /// When it was asked for.
    pub at: Timestamp,
    /// When it ends, or ended.
    pub until: Option<Timestamp>,
    /// Answers kept.
    pub kept: u32,
    /// Answers that found the queue full.
    pub dropped: u32,
    pub(super) wrapped_key: Vec<u8>,
}

impl Recorded {
    /// When it is removed at the latest.
    pub fn goes_at(&self) -> Timestamp {
        self.at + KEPT_FOR
    }
}

const SELECT: &str =
    "SELECT r.id, r.state, r.answers, r.hours, r.reason, coalesce(a.login, r.actor), r.actor,
    coalesce(b.login, r.second), r.at, coalesce(r.ended_at, r.until), r.kept, r.dropped, r.wrapped_key
    FROM partner_recordings r
    LEFT JOIN accounts a ON a.tenant = r.tenant AND a.id = r.actor
    LEFT JOIN accounts b ON b.tenant = r.tenant AND b.id = r.second
    WHERE r.tenant = ?1 AND r.partner = ?2";

fn recorded(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<Recorded> {
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or_default();
    let until = row.get::<_, Option<i64>>(9)?.map(time);
    let state = State::named(&row.get::<_, String>(1)?);
    Ok(Recorded {
        id: row.get(0)?,
        // Its time may be over before anybody has written that down.
        state: if state == State::Running && until.is_some_and(|until| until <= now) {
            State::Over
        } else {
            state
        },
        most: (row.get(2)?, row.get(3)?),
        reason: row.get(4)?,
        by: (row.get(5)?, row.get(6)?),
        second: row.get(7)?,
        at: time(row.get(8)?),
        until,
        kept: row.get(10)?,
        dropped: row.get(11)?,
        wrapped_key: row.get(12)?,
    })
}

/// The recordings of a partner, the newest first.
///
/// # Errors
/// When the rows cannot be read.
pub fn list(
    conn: &Connection,
    tenant: TenantId,
    partner: &Partner,
    now: Timestamp,
) -> Result<Vec<Recorded>, Problem> {
    let mut statement = conn.prepare_cached(&format!("{SELECT} ORDER BY r.at DESC, r.id"))?;
    let rows =
        statement.query_map(params![tenant.to_string(), partner.to_string()], |row| recorded(row, now))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// One of them.
///
/// # Errors
/// 404 when there is none by this id.
pub fn one(
    conn: &Connection,
    tenant: TenantId,
    partner: &Partner,
    id: &str,
    now: Timestamp,
) -> Result<Recorded, Problem> {
    conn.prepare_cached(&format!("{SELECT} AND r.id = ?3"))?
        .query_row(params![tenant.to_string(), partner.to_string(), id], |row| recorded(row, now))
        .optional()?
        .ok_or_else(Problem::not_found)
}

/// Asks for a recording; it begins at once where no second person is needed. Answers with its id.
///
/// # Errors
/// 422 naming the field; 409 while another one of this partner is open, or when too many lie here.
pub fn start(
    conn: &Connection,
    by: &By,
    partner: &Partner,
    wish: &Wish,
    (keys, random): (&TenantKeys, &Random),
) -> Result<String, Problem> {
    for (field, fits) in
        [("answers", ANSWERS.contains(&wish.answers)), ("last_hours", HOURS.contains(&wish.hours))]
    {
        if !fits {
            return Err(Problem::invalid(
                field,
                "partner_recording_form",
                "Say how many answers (10 to 500) are recorded, and for how many hours (1 to 72) at most.",
            ));
        }
    }
    let reason = reason_of(&wish.reason)?;
    tidy(conn, by.at)?;
    let here = list(conn, by.tenant, partner, by.at)?;
    if here.iter().any(|one| one.state.is_open()) {
        return Err(Problem::conflict(
            "partner_recording_open",
            "This partner is being recorded already. Stop that recording first.",
        ));
    }
    if here.len() as i64 >= MOST_KEPT {
        return Err(Problem::conflict(
            "partner_recordings_full",
            "Ten recordings of this partner lie here already. Delete one that is not needed any more.",
        ));
    }
    let id = hex::encode(random.bytes::<16>());
    let (_, wrapped) = keys.new_recording(&id, random)?;
    let (state, until) = match by.two_needed {
        true => (State::Proposed, None),
        false => (State::Running, Some(end_of(by.at, wish.hours))),
    };
    conn.prepare_cached(
        "INSERT INTO partner_recordings(tenant, id, partner, state, answers, hours, reason, actor, at, until, wrapped_key)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?
    .execute(params![
        by.tenant.to_string(),
        id,
        partner.to_string(),
        state.code(),
        wish.answers,
        wish.hours,
        reason,
        by.account.to_string(),
        by.at.as_millisecond(),
        until.map(Timestamp::as_millisecond),
        wrapped,
    ])?;
    let action = if by.two_needed { "partner.recording_proposed" } else { "partner.recording_started" };
    let detail = json!({"recording": id, "answers": wish.answers, "hours": wish.hours});
    note(conn, by, action, partner, &detail)?;
    Ok(id)
}

/// Does something with a recording.
///
/// # Errors
/// 404 when there is none by this id; 409 when the same person would confirm what they asked for.
pub fn act(conn: &Connection, by: &By, partner: &Partner, id: &str, act: Act) -> Result<(), Problem> {
    let before = one(conn, by.tenant, partner, id, by.at)?;
    let done = match act {
        Act::Confirm if before.state != State::Proposed => return Ok(()),
        Act::Confirm if before.by.1 == by.account.to_string() => {
            return Err(Problem::conflict(
                "partner_second_needed",
                "Somebody else has to confirm what you proposed.",
            ));
        }
        Act::Confirm => {
            conn.prepare_cached(
                "UPDATE partner_recordings SET state = 'running', second = ?3, until = ?4 WHERE tenant = ?1 AND id = ?2",
            )?
            .execute(params![
                by.tenant.to_string(),
                id,
                by.account.to_string(),
                end_of(by.at, before.most.1).as_millisecond()
            ])?;
            "partner.recording_started"
        }
        // Nothing was recorded: nothing is left.
        Act::Stop if before.state == State::Proposed => {
            remove(conn, by.tenant, id)?;
            "partner.recording_dropped"
        }
        Act::Stop if before.state != State::Running => return Ok(()),
        Act::Stop => {
            end(conn, by.tenant, id, State::Stopped, by.at)?;
            "partner.recording_stopped"
        }
        Act::Delete => {
            remove(conn, by.tenant, id)?;
            "partner.recording_deleted"
        }
    };
    note(conn, by, done, partner, &json!({"recording": id, "kept": before.kept, "by": before.by.1}))
}

fn end_of(from: Timestamp, hours: u32) -> Timestamp {
    from + SignedDuration::from_hours(hours.into())
}

fn remove(conn: &Connection, tenant: TenantId, id: &str) -> Result<(), Problem> {
    for table in ["recorded_answers WHERE recording", "partner_recordings WHERE id"] {
        conn.prepare_cached(&format!("DELETE FROM {table} = ?2 AND tenant = ?1"))?
            .execute(params![tenant.to_string(), id])?;
    }
    Ok(())
}

pub(super) fn end(
    conn: &Connection,
    tenant: TenantId,
    id: &str,
    state: State,
    at: Timestamp,
) -> Result<(), Problem> {
    conn.prepare_cached(
        "UPDATE partner_recordings SET state = ?3, ended_at = ?4 WHERE tenant = ?1 AND id = ?2 AND ended_at IS NULL",
    )?
    .execute(params![tenant.to_string(), id, state.code(), at.as_millisecond()])?;
    Ok(())
}

/// Writes down what ended by itself, and removes what has lain here long enough.
///
/// # Errors
/// When the rows cannot be written.
pub(super) fn tidy(conn: &Connection, now: Timestamp) -> Result<(), Problem> {
    let found = |sql: &str, at: i64| -> Result<Vec<(String, String, String, i64)>, Problem> {
        let mut statement = conn.prepare_cached(sql)?;
        let rows = statement.query_map([at], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get::<_, Option<i64>>(3)?.unwrap_or_default()))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    };
    let over =
        "SELECT tenant, id, partner, until FROM partner_recordings WHERE state = 'running' AND until <= ?1";
    for (tenant, id, partner, until) in found(over, now.as_millisecond())? {
        let of = tenant.parse().map_err(|error| Problem::internal(&error))?;
        end(conn, of, &id, State::Over, Timestamp::from_millisecond(until).unwrap_or(now))?;
        by_itself(conn, &tenant, (&partner, &id), "partner.recording_ended", now)?;
    }
    let old = "SELECT tenant, id, partner, until FROM partner_recordings WHERE at <= ?1";
    for (tenant, id, partner, _) in found(old, (now - KEPT_FOR).as_millisecond())? {
        remove(conn, tenant.parse().map_err(|error| Problem::internal(&error))?, &id)?;
        by_itself(conn, &tenant, (&partner, &id), "partner.recording_expired", now)?;
    }
    Ok(())
}

/// Writes down what happened to a recording without anybody doing it.
pub(super) fn by_itself(
    conn: &Connection,
    tenant: &str,
    (partner, id): (&str, &str),
    action: &str,
    at: Timestamp,
) -> Result<(), Problem> {
    let detail = json!({"recording": id}).to_string();
    Ok(audit::record(
        conn,
        audit::Entry { tenant, at, actor: "machine", action, subject: partner, detail: &detail },
    )?)
}
