//! What somebody with authority does to the step that a case is in: wait no longer for the machine or a partner, or give the
//! customer or a queue their time anew. Either goes a way that the flow's proof covers, and is on record with its reason.

use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::{
    domain::Action,
    flow::{At, BlockId, Effect, Event, MAX_MORE_TIME, Who, outstanding},
};

use super::{MAX_REASON, parse_revision};
use crate::{
    accounts::permission::Decider,
    app::App,
    cases::{acts, person::Person},
    crypt::Place,
    flows::{
        Library,
        journal::{self, CaseRef},
    },
    problem::Problem,
};

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Wait for the machine or a partner no longer.
    Hurry,
    /// Give the customer or the people of a queue their full time once more.
    MoreTime,
}

impl Deed {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Hurry, Self::MoreTime];

    /// As stored and as sent.
    pub fn code(self) -> &'static str {
        match self {
            Self::Hurry => "hurry",
            Self::MoreTime => "more_time",
        }
    }

    fn event(self, at: At) -> Event {
        match self {
            Self::Hurry => Event::Hurry { at },
            Self::MoreTime => Event::MoreTime { at },
        }
    }
}

/// A step that a case is in.
#[derive(Debug, Clone)]
pub struct Current {
    /// The block and visit, as `block#visit`.
    pub revision: String,
    /// Key of the block's kind.
    pub kind: &'static str,
    /// The block.
    pub block: BlockId,
    /// Who is waited for; none: the machine is at it.
    pub who: Option<Who>,
    /// Until when.
    pub due: Timestamp,
    /// What can be done with it.
    pub may: Option<Deed>,
}

/// The steps that a case is in.
///
/// # Errors
/// 404 when there is no such case.
pub fn current(conn: &Connection, library: &Library, of: CaseRef) -> Result<Vec<Current>, Problem> {
    let (flow, run) = journal::load(conn, library, of)?;
    let given = |at: &At| {
        run.active()
            .iter()
            .find(|active| active.at == *at)
            .map_or(MAX_MORE_TIME, |active| active.more_times())
    };
    let current = |effect: Effect| match effect {
        Effect::Perform(task) => Some((task.at, task.kind, None, task.due)),
        Effect::Await(wait) => Some((wait.at, wait.kind, Some(wait.who), wait.due)),
        Effect::Cancel(_) | Effect::End { .. } => None,
    };
    Ok(outstanding(&flow, &run)
        .into_iter()
        .filter_map(current)
        .map(|(at, kind, who, due)| {
            let may = match &who {
                None | Some(Who::Partner(_)) => Some(Deed::Hurry),
                Some(Who::Customer | Who::Queue(_)) if given(&at) < MAX_MORE_TIME => Some(Deed::MoreTime),
                Some(_) => None,
            };
            Current { revision: at.to_string(), kind, block: at.block, who, due, may }
        })
        .collect())
}

/// Does it.
///
/// # Errors
/// 403 for who does not lead; 422 without a reason; 409 when the case has moved on or the step does not allow it.
pub async fn carry_out(
    app: &App,
    of: CaseRef,
    by: &Decider,
    deed: Deed,
    revision: &str,
    reason: &str,
) -> Result<(), Problem> {
    if !by.may(Action::DecideEscalatedCase) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "not_allowed",
            "A manager or administrator changes how long a step takes.",
        ));
    }
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(Problem::invalid("why", "reason_missing", "Give a reason of 1 to 500 characters."));
    }
    let at = parse_revision(revision).ok_or_else(super::moved_on)?;
    let (library, now) = (app.driver.library().clone(), app.world.clock.now());
    let (keys, random) = (app.keys.clone(), app.world.random.clone());
    let (account, actor) = (by.account, by.actor());
    let advanced = app
        .store
        .write(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let person = Person::of_case(conn, &keys, of)?;
            let row = format!("{case}/{}", now.as_millisecond());
            let place = Place { table: "case_deeds", row: &row, column: "reason" };
            let sealed = person.key().seal(place, reason.as_bytes(), &random)?;
            let advanced = journal::advance(conn, &library, of, deed.event(at.clone()), None, now)?;
            conn.prepare_cached(
                "INSERT INTO case_deeds(tenant, case_id, at, block, visit, deed, reason, account)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                tenant,
                case,
                now.as_millisecond(),
                at.block.to_string(),
                at.visit,
                deed.code(),
                sealed,
                account.to_string()
            ])?;
            let detail = json!({"block": at.block.to_string(), "visit": at.visit, "deed": deed.code()});
            acts::record(conn, of, &actor, "case.step_steered", &detail, now)?;
            Ok::<_, Problem>(advanced)
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// A deed that was done.
#[derive(Debug, Clone)]
pub struct Done {
    /// Which.
    pub deed: String,
    /// The block.
    pub block: String,
    /// Why.
    pub reason: String,
    /// The name used for signing in of who did it.
    pub login: String,
    /// When.
    pub at: Timestamp,
}

/// What was done to a case's steps, oldest first.
///
/// # Errors
/// When the rows cannot be read or opened.
pub fn done(conn: &Connection, of: CaseRef, person: &Person) -> Result<Vec<Done>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT d.deed, d.block, d.reason, coalesce(a.login, ''), d.at FROM case_deeds d
         LEFT JOIN accounts a ON a.tenant = d.tenant AND a.id = d.account
         WHERE d.tenant = ?1 AND d.case_id = ?2 ORDER BY d.at",
    )?;
    let case = of.case.to_string();
    let mut rows = statement.query(params![of.tenant.to_string(), case])?;
    let mut done = Vec::new();
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(4)?;
        let place = format!("{case}/{at}");
        let place = Place { table: "case_deeds", row: &place, column: "reason" };
        done.push(Done {
            deed: row.get(0)?,
            block: row.get(1)?,
            reason: person.key().open_text(place, &row.get::<_, Vec<u8>>(2)?)?,
            login: row.get(3)?,
            at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
        });
    }
    Ok(done)
}
