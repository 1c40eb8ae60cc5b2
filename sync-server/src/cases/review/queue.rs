//! The cases that wait for somebody's decision.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::{Action, CaseId};

use crate::{
    accounts::{permission::Decider, staff::LEAD_QUEUE},
    flows::journal::CaseRef,
    problem::Problem,
};

/// Most cases on one page of the queue.
const PAGE: u32 = 200;

/// Which tasks (`t`) somebody may settle: of ?2 the lead's, of ?3 the reviewers', of these only the queues of the list ?4
/// (JSON; none: all).
pub(super) const SERVED: &str = "t.owner LIKE 'queue:%' AND CASE t.owner WHEN 'queue:lead' THEN ?2
    ELSE ?3 AND (?4 IS NULL OR substr(t.owner, 7) IN (SELECT value FROM json_each(?4))) END";

/// Who works on which case of the tenant ?1 at the moment ?5 (ms), by name: a hold that is over, or of a closed account, is none.
pub(super) const HELD: &str = "SELECT h.case_id, h.account, a.login FROM case_holds h
    JOIN accounts a ON a.tenant = h.tenant AND a.id = h.account AND a.disabled_at IS NULL
    WHERE h.tenant = ?1 AND h.until > ?5";

/// What [`SERVED`] asks of somebody.
pub(super) struct Served {
    pub(super) lead: bool,
    pub(super) reviews: bool,
    pub(super) queues: Option<String>,
}

pub(super) fn served(decider: &Decider) -> Served {
    Served {
        lead: decider.settles(LEAD_QUEUE),
        reviews: decider.may(Action::DecideCase),
        queues: decider.rights.queues.as_ref().map(|queues| serde_json::json!(queues).to_string()),
    }
}

/// Which of the waiting cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Which {
    /// All that somebody may decide.
    #[default]
    All,
    /// Those that they hold.
    Mine,
    /// Those that nobody holds.
    Free,
}

/// A case that waits for a person.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// The case.
    pub of: CaseRef,
    /// Its number.
    pub number: i64,
    /// The queue.
    pub queue: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when somebody must have answered.
    pub due: Timestamp,
    /// JSON of the request.
    pub request: String,
    /// Hash of its flow's version.
    pub flow_hash: String,
    /// Who works on it: the name used for signing in, and whether it is the reader.
    pub holder: Option<(String, bool)>,
    /// Somebody has decided, and it can still be taken back.
    pub is_decided: bool,
}

/// How many cases wait for somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Load {
    /// All that they may decide.
    pub all: u64,
    /// Those that nobody works on.
    pub free: u64,
    /// Their own.
    pub mine: u64,
    /// Those whose time is over, or nearly: a quarter of an hour is left.
    pub urgent: u64,
}

/// How many cases wait for this person's decision.
///
/// # Errors
/// When the rows cannot be read.
pub fn load(conn: &Connection, decider: &Decider, now: Timestamp) -> Result<Load, Problem> {
    let (soon, served) = (now + jiff::SignedDuration::from_mins(15), served(decider));
    let counted = conn
        .prepare_cached(&format!(
            "SELECT count(*), sum(h.account IS NULL), sum(h.account = ?6), sum(t.due_at <= ?7)
             FROM tasks t LEFT JOIN ({HELD}) h ON h.case_id = t.case_id
             WHERE t.tenant = ?1 AND {SERVED}"
        ))?
        .query_row(
            params![
                decider.tenant.to_string(),
                served.lead,
                served.reviews,
                served.queues,
                now.as_millisecond(),
                decider.account.to_string(),
                soon.as_millisecond()
            ],
            |row| {
                let count =
                    |at| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(at)?.unwrap_or(0).unsigned_abs());
                Ok(Load { all: count(0)?, free: count(1)?, mine: count(2)?, urgent: count(3)? })
            },
        )?;
    Ok(counted)
}

/// The cases that wait for this person's decision, the most urgent first.
///
/// # Errors
/// When the rows cannot be read.
pub fn queue(
    conn: &Connection,
    decider: &Decider,
    which: Which,
    now: Timestamp,
) -> Result<Vec<Waiting>, Problem> {
    let tenant = decider.tenant;
    let narrowed = match which {
        Which::All => "true",
        Which::Mine => "h.account = ?6",
        Which::Free => "h.account IS NULL",
    };
    let mut statement = conn.prepare_cached(&format!(
        "SELECT t.case_id, c.number, t.owner, t.since, t.due_at, c.request, c.flow_hash, h.login, h.account = ?6,
                EXISTS (SELECT 1 FROM decisions_pending d WHERE d.tenant = t.tenant AND d.case_id = t.case_id)
         FROM tasks t JOIN cases c ON c.tenant = t.tenant AND c.id = t.case_id
           LEFT JOIN ({HELD}) h ON h.case_id = t.case_id
         WHERE t.tenant = ?1 AND {SERVED} AND {narrowed}
         ORDER BY t.due_at LIMIT {PAGE}"
    ))?;
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let (served, account) = (served(decider), decider.account.to_string());
    let mut rows = statement.query(params![
        tenant.to_string(),
        served.lead,
        served.reviews,
        served.queues,
        now.as_millisecond(),
        account
    ])?;
    let mut waiting = Vec::new();
    while let Some(row) = rows.next()? {
        let (case, owner): (String, String) = (row.get(0)?, row.get(2)?);
        let Ok(case) = case.parse::<CaseId>() else { continue };
        let login: Option<String> = row.get(7)?;
        let own: Option<bool> = row.get(8)?;
        waiting.push(Waiting {
            of: CaseRef { tenant, case },
            number: row.get(1)?,
            queue: owner.trim_start_matches("queue:").to_owned(),
            since: at(row.get(3)?),
            due: at(row.get(4)?),
            request: row.get(5)?,
            flow_hash: row.get(6)?,
            holder: login.map(|login| (login, own.unwrap_or(false))),
            is_decided: row.get(9)?,
        });
    }
    Ok(waiting)
}
