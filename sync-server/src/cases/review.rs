//! A person of a queue looks at a case and decides (approve, decline, or ask the customer for one thing), or writes down
//! what a visit saw.

use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::{Connection, params, types::Value};
use serde::Deserialize;
use serde_json::json;
use shared::{
    domain::Action,
    flow::{
        At, BlockId, Event, Facts, Wait, Who,
        params::{FieldVisit, LookFor},
    },
};

use super::{Situation, person::Person};
use crate::{
    accounts::{permission::Decider, staff::LEAD_QUEUE},
    app::App,
    audit,
    crypt::Place,
    flows::journal::{self, CaseRef},
    problem::Problem,
};

/// Longest reason, in characters.
const MAX_REASON: usize = 500;
/// Most cases on one page of the queue.
const PAGE: u32 = 200;

/// What a reviewer decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// The case goes on.
    Approve,
    /// The case ends.
    Decline,
    /// The customer is asked for the photo again.
    RequestMore,
}

impl Verdict {
    /// The block's outcome.
    pub fn outcome(self) -> &'static str {
        match self {
            Self::Approve => "approve",
            Self::Decline => "decline",
            Self::RequestMore => "request_more",
        }
    }

    /// From a form's value.
    pub fn from_form(value: &str) -> Option<Self> {
        [Self::Approve, Self::Decline, Self::RequestMore].into_iter().find(|v| v.outcome() == value)
    }
}

/// What somebody of a queue answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// In a review, or as the second person.
    Verdict(Verdict),
    /// Back from a visit: what was seen.
    Visit(Vec<LookFor>),
}

impl Answer {
    /// The outcome and what it writes; `None` where the block waits for another sort of answer.
    fn settled(&self, wait: &Wait) -> Option<(&'static str, Facts)> {
        match (self, wait.kind) {
            (Self::Verdict(verdict), "manual-review" | "second-approval") => {
                let outcome = verdict.outcome();
                Some((outcome, Facts::new().with("review.decision", outcome).with("review.by_person", true)))
            }
            (Self::Visit(seen), "field-visit") => {
                let asked = FieldVisit::deserialize(&*wait.params).ok()?;
                let flag = |facts: Facts, one: &LookFor| {
                    facts.with(&format!("visit.{}", one.code()), seen.contains(one))
                };
                Some((asked.outcome(seen), asked.look_for.iter().fold(Facts::new(), flag)))
            }
            _ => None,
        }
    }
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
    /// The block and visit, as `block#visit`: what a decision is for.
    pub revision: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when somebody must have answered.
    pub due: Timestamp,
    /// JSON of the request.
    pub request: String,
    /// Hash of its flow's version.
    pub flow_hash: String,
}

/// The cases that wait for this person's decision, the most urgent first.
///
/// # Errors
/// When the rows cannot be read.
pub fn queue(conn: &Connection, decider: &Decider) -> Result<Vec<Waiting>, Problem> {
    let tenant = decider.tenant;
    let mut statement = conn.prepare_cached(
        "SELECT t.case_id, c.number, t.owner, t.block, t.visit, t.since, t.due_at, c.request, c.flow_hash
         FROM tasks t JOIN cases c ON c.tenant = t.tenant AND c.id = t.case_id
         WHERE t.tenant = ?1 AND t.owner LIKE 'queue:%' AND CASE t.owner WHEN ?3 THEN ?4 ELSE ?5 END
         ORDER BY t.due_at LIMIT ?2",
    )?;
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let (lead, leads, reviews) =
        (format!("queue:{LEAD_QUEUE}"), decider.settles(LEAD_QUEUE), decider.may(Action::DecideCase));
    let rows = statement.query_map(params![tenant.to_string(), PAGE, lead, leads, reviews], |row| {
        let (case, owner): (String, String) = (row.get(0)?, row.get(2)?);
        let (block, visit): (String, u32) = (row.get(3)?, row.get(4)?);
        Ok((
            case,
            Waiting {
                of: CaseRef { tenant, case: shared::domain::CaseId::from_bytes([0; 16]) },
                number: row.get(1)?,
                queue: owner.trim_start_matches("queue:").to_owned(),
                revision: format!("{block}#{visit}"),
                since: at(row.get(5)?),
                due: at(row.get(6)?),
                request: row.get(7)?,
                flow_hash: row.get(8)?,
            },
        ))
    })?;
    let mut waiting = Vec::new();
    for row in rows {
        let (case, mut one) = row?;
        if let Ok(case) = case.parse() {
            one.of.case = case;
            waiting.push(one);
        }
    }
    Ok(waiting)
}

/// A decision that was given.
#[derive(Debug, Clone)]
pub struct Given {
    /// `approve`, `decline` or `request_more`; after a visit `as_stated` or `not_as_stated`.
    pub decision: String,
    /// The reviewer's words.
    pub reason: String,
    /// Who gave it.
    pub login: String,
    /// When.
    pub at: Timestamp,
}

/// The newest decision on a case.
///
/// # Errors
/// When the rows cannot be read or opened.
pub fn last(conn: &Connection, of: CaseRef, person: &Person) -> Result<Option<Given>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT r.decision, r.reason, coalesce(a.login, ''), r.at, r.block, r.visit FROM reviews r
         LEFT JOIN accounts a ON a.tenant = r.tenant AND a.id = r.account
         WHERE r.tenant = ?1 AND r.case_id = ?2 ORDER BY r.at DESC LIMIT 1",
    )?;
    let case = of.case.to_string();
    let mut rows = statement.query(params![of.tenant.to_string(), case])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let at = Timestamp::from_millisecond(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH);
    let reason = match row.get::<_, Value>(1)? {
        Value::Blob(sealed) => {
            let place = reason_row(&case, &row.get::<_, String>(4)?, row.get(5)?);
            person.key().open_text(reason_place(&place), &sealed)?
        }
        // Written before reasons were sealed.
        Value::Text(reason) => reason,
        _ => String::new(),
    };
    Ok(Some(Given { decision: row.get(0)?, reason, login: row.get(2)?, at }))
}

/// A reason is free text: it may name the customer or anybody, so it is sealed with the customer's key.
fn reason_place(row: &str) -> Place<'_> {
    Place { table: "reviews", row, column: "reason" }
}

fn reason_row(case: &str, block: &str, visit: u32) -> String {
    format!("{case}/{block}#{visit}")
}

/// Decides. The answer is for the visit of the block that was on the page; another's answer in between is not overwritten.
///
/// # Errors
/// 422 without a reason; 403 `lead_decides` when no reviewer settled it in time and the decider is one; 409 when the case
/// has moved on.
pub async fn decide(
    app: &App,
    of: CaseRef,
    decider: &Decider,
    revision: String,
    answer: Answer,
    reason: String,
) -> Result<(), Problem> {
    let reason = reason.trim().to_owned();
    if reason.is_empty() || reason.chars().count() > MAX_REASON {
        return Err(match answer {
            Answer::Verdict(_) => {
                Problem::invalid("reason", "reason_missing", "Give a reason of 1 to 500 characters.")
            }
            Answer::Visit(_) => Problem::invalid(
                "reason",
                "visit_note_missing",
                "Say what was found, in 1 to 500 characters.",
            ),
        });
    }
    let at = parse_revision(&revision).ok_or_else(moved_on)?;
    let (library, now) = (app.driver.library().clone(), app.world.clock.now());
    let (keys, random) = (app.keys.clone(), app.world.random.clone());
    let (decider, account) = (decider.clone(), decider.account);
    let advanced = app
        .store
        .write(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.waits.iter().find(|wait| wait.at == at).ok_or_else(moved_on)?;
            let Who::Queue(queue) = &wait.who else { return Err(moved_on()) };
            if !decider.settles(queue) {
                return Err(not_theirs(queue));
            }
            if is_second(&situation, &at) && has_approved(conn, &tenant, &case, &account.to_string())? {
                return Err(second_person_needed());
            }
            let (outcome, writes) = answer.settled(wait).ok_or_else(moved_on)?;
            let id: String = conn
                .prepare_cached("SELECT person FROM cases WHERE tenant = ?1 AND id = ?2")?
                .query_row(params![tenant, case], |row| row.get(0))?;
            let id = id.parse().map_err(|error| Problem::internal(&error))?;
            let person = Person::load(conn, &keys, of.tenant, id)?;
            let row = reason_row(&case, at.block.as_str(), at.visit);
            let reason = person.key().seal(reason_place(&row), reason.as_bytes(), &random)?;
            conn.prepare_cached(
                "INSERT INTO reviews(tenant, case_id, block, visit, decision, reason, account, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                tenant,
                case,
                at.block.to_string(),
                at.visit,
                outcome,
                reason,
                account.to_string(),
                now.as_millisecond()
            ])?;
            let actor = format!("account:{account}");
            let detail = json!({"block": at.block.to_string(), "decision": outcome}).to_string();
            let entry = audit::Entry {
                tenant: &tenant,
                at: now,
                actor: &actor,
                action: "case.reviewed",
                subject: &case,
                detail: &detail,
            };
            audit::record(conn, entry)?;
            let event = Event::Done { at: at.clone(), outcome: outcome.to_owned(), writes };
            Ok(journal::advance(conn, &library, of, event, None, now)?)
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Whether this block wants a second person.
fn is_second(situation: &Situation, at: &At) -> bool {
    situation.flow.block(&at.block).is_some_and(|block| block.kind.key() == "second-approval")
}

fn has_approved(conn: &Connection, tenant: &str, case: &str, account: &str) -> Result<bool, Problem> {
    let found = conn
        .prepare_cached(
            "SELECT 1 FROM reviews WHERE tenant = ?1 AND case_id = ?2 AND account = ?3 AND decision = 'approve' LIMIT 1",
        )?
        .exists(params![tenant, case, account])?;
    Ok(found)
}

fn second_person_needed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "second_person_needed",
        "You approved this case before, so somebody else has to agree. Leave it to a colleague.",
    )
}

fn parse_revision(text: &str) -> Option<At> {
    let (block, visit) = text.rsplit_once('#')?;
    Some(At { block: BlockId::parse(block)?, visit: visit.parse().ok()? })
}

fn not_theirs(queue: &str) -> Problem {
    let (code, detail) = match queue {
        LEAD_QUEUE => (
            "lead_decides",
            "Nobody settled this case in time, so a manager or administrator decides it now.",
        ),
        _ => ("not_allowed", "A reviewer decides this case. Ask your administrator for the role."),
    };
    Problem::new(StatusCode::FORBIDDEN, code, detail)
}

fn moved_on() -> Problem {
    Problem::conflict("case_moved_on", "The case has moved on, or somebody else has decided. Load it again.")
}

#[cfg(test)]
mod tests;
