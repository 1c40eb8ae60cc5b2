//! A person of a queue looks at a case and decides (approve, decline, or ask the customer for one thing), or writes down
//! what a visit saw. [`queue`] says what waits, [`hold`] who works on what, [`pending`] keeps a decision for the moment in
//! which it can be taken back.

mod answer;
pub mod deeds;
pub mod hold;
pub mod pending;
pub mod queue;

use axum::http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, params, types::Value};
use serde_json::json;
use shared::{
    domain::AccountId,
    flow::{At, BlockId, Event, Who},
};
use ui::office::DECLINE_CODES;

use self::answer::Settled;
use super::{Situation, acts, person::Person, products::Products};
use crate::{
    accounts::{permission::Decider, staff::LEAD_QUEUE},
    app::App,
    crypt::Place,
    flows::{
        Library,
        journal::{self, Advanced, CaseRef},
    },
    problem::Problem,
};

pub use answer::{Answer, CHANGED, NewTerms, Verdict, down_payment_between, may_ask, room};

/// Longest reason, in characters.
const MAX_REASON: usize = 500;
/// A decision given this short before the block's time is over takes effect at once: its time would decide otherwise.
const TOO_LATE_TO_WAIT: SignedDuration = SignedDuration::from_secs(5);

/// A decision that was given.
#[derive(Debug, Clone)]
pub struct Given {
    /// `approve`, `decline`, `request_more` or `changed`; after a visit `as_stated` or `not_as_stated`.
    pub decision: String,
    /// Why it was declined, from the list.
    pub code: Option<String>,
    /// The reviewer's words.
    pub reason: String,
    /// Who gave it.
    pub login: String,
    /// When.
    pub at: Timestamp,
    /// In which block.
    pub block: String,
}

/// The newest decision on a case.
///
/// # Errors
/// When the rows cannot be read or opened.
pub fn last(conn: &Connection, of: CaseRef, person: &Person) -> Result<Option<Given>, Problem> {
    Ok(newest(conn, of, person, 1)?.pop())
}

/// Every decision on a case, oldest first.
///
/// # Errors
/// When the rows cannot be read or opened.
pub fn all(conn: &Connection, of: CaseRef, person: &Person) -> Result<Vec<Given>, Problem> {
    let mut given = newest(conn, of, person, u32::MAX)?;
    given.reverse();
    Ok(given)
}

fn newest(conn: &Connection, of: CaseRef, person: &Person, most: u32) -> Result<Vec<Given>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT r.decision, r.reason, coalesce(a.login, ''), r.at, r.block, r.visit, r.code FROM reviews r
         LEFT JOIN accounts a ON a.tenant = r.tenant AND a.id = r.account
         WHERE r.tenant = ?1 AND r.case_id = ?2 ORDER BY r.at DESC LIMIT ?3",
    )?;
    let case = of.case.to_string();
    let mut rows = statement.query(params![of.tenant.to_string(), case, most])?;
    let mut given = Vec::new();
    while let Some(row) = rows.next()? {
        let block: String = row.get(4)?;
        let reason = match row.get::<_, Value>(1)? {
            Value::Blob(sealed) => {
                let place = reason_row(&case, &block, row.get(5)?);
                person.key().open_text(reason_place(&place), &sealed)?
            }
            // Written before reasons were sealed.
            Value::Text(reason) => reason,
            _ => String::new(),
        };
        given.push(Given {
            decision: row.get(0)?,
            code: row.get(6)?,
            reason,
            login: row.get(2)?,
            at: Timestamp::from_millisecond(row.get(3)?).unwrap_or(Timestamp::UNIX_EPOCH),
            block,
        });
    }
    Ok(given)
}

/// A reason is free text: it may name the customer or anybody, so it is sealed with the customer's key.
fn reason_place(row: &str) -> Place<'_> {
    Place { table: "reviews", row, column: "reason" }
}

fn reason_row(case: &str, block: &str, visit: u32) -> String {
    format!("{case}/{block}#{visit}")
}

/// What a reviewer sent.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The block and visit, as `block#visit`: what the answer is for.
    pub revision: String,
    /// The answer.
    pub answer: Answer,
    /// Why it is declined: one of [`DECLINE_CODES`].
    pub code: String,
    /// In the reviewer's words.
    pub reason: String,
}

impl Sent {
    fn checked(&self) -> Result<(String, Option<String>), Problem> {
        let reason = self.reason.trim().to_owned();
        if reason.is_empty() || reason.chars().count() > MAX_REASON {
            return Err(match self.answer {
                Answer::Verdict(_) | Answer::Ask(_) | Answer::Change(_) => {
                    Problem::invalid("reason", "reason_missing", "Give a reason of 1 to 500 characters.")
                }
                Answer::Visit(_) => Problem::invalid(
                    "reason",
                    "visit_note_missing",
                    "Say what was found, in 1 to 500 characters.",
                ),
            });
        }
        if self.answer != Answer::Verdict(Verdict::Decline) {
            return Ok((reason, None));
        }
        match DECLINE_CODES.into_iter().find(|code| *code == self.code) {
            Some(code) => Ok((reason, Some(code.to_owned()))),
            None => Err(Problem::invalid(
                "code",
                "decline_code_missing",
                "Choose from the list why it is declined.",
            )),
        }
    }
}

/// A checked answer with who gave it.
struct Decision {
    at: At,
    answer: Answer,
    code: Option<String>,
    /// Sealed with the customer's key.
    reason: Vec<u8>,
    account: AccountId,
    given: Timestamp,
}

/// Decides. The answer is for the visit of the block that was on the page; another's answer in between is not overwritten.
/// Answers when it takes effect, where it can be taken back until then.
///
/// # Errors
/// 422 without a reason, or for a decline without its code; 403 `lead_decides` when no reviewer settled it in time and the
/// decider is one; 409 when the case has moved on, somebody else works on it or has decided a moment ago.
pub async fn decide(
    app: &App,
    of: CaseRef,
    decider: &Decider,
    sent: Sent,
) -> Result<Option<Timestamp>, Problem> {
    let (reason, code) = sent.checked()?;
    let at = parse_revision(&sent.revision).ok_or_else(moved_on)?;
    let (library, now) = (app.driver.library().clone(), app.world.clock.now());
    let (keys, random) = (app.keys.clone(), app.world.random.clone());
    let window = SignedDuration::from_secs(i64::from(app.config.undo_seconds));
    let products = app.products.clone();
    let decider = decider.clone();
    let (advanced, effect_at) = app
        .store
        .write(move |conn| {
            let case = of.case.to_string();
            hold::expect_not_anothers(conn, of, decider.account, now)?;
            pending::expect_none(conn, of)?;
            let person = Person::of_case(conn, &keys, of)?;
            let row = reason_row(&case, at.block.as_str(), at.visit);
            let reason = person.key().seal(reason_place(&row), reason.as_bytes(), &random)?;
            let decision =
                Decision { at, answer: sent.answer, code, reason, account: decider.account, given: now };
            let settles = |queue: &str| decider.settles(queue);
            let rules = Rules { library: &library, products: &products };
            let due = check(conn, rules, of, &decision, &settles, now)?.due;
            let effect_at = now + window;
            if window.is_zero() || due - TOO_LATE_TO_WAIT <= effect_at {
                let advanced = take_effect(conn, rules, of, &decision, &settles, now)?;
                return Ok::<_, Problem>((Some(advanced), None));
            }
            pending::keep(conn, of, &decision, effect_at)?;
            let detail =
                json!({"block": decision.at.block.to_string(), "effect_at": effect_at.as_millisecond()});
            acts::record(conn, of, &decider.actor(), "case.decision_given", &detail, now)?;
            Ok((None, Some(effect_at)))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(effect_at)
}

/// What a decision is held against.
#[derive(Clone, Copy)]
struct Rules<'a> {
    library: &'a Library,
    products: &'a Products,
}

/// What a decision would do.
struct Checked {
    does: Settled,
    /// When the block's time is over.
    due: Timestamp,
}

fn check(
    conn: &Connection,
    rules: Rules,
    of: CaseRef,
    decision: &Decision,
    settles: &dyn Fn(&str) -> bool,
    now: Timestamp,
) -> Result<Checked, Problem> {
    let (at, account) = (&decision.at, decision.account.to_string());
    let situation = Situation::load(conn, rules.library, of)?;
    let wait = situation.waits.iter().find(|wait| wait.at == *at).ok_or_else(moved_on)?;
    let Who::Queue(queue) = &wait.who else { return Err(moved_on()) };
    if !settles(queue) {
        return Err(not_theirs(queue));
    }
    if is_second(&situation, at) && has_approved(conn, of, &account)? {
        return Err(second_person_needed());
    }
    let does = decision.answer.settled(&situation, wait, rules.products, now)?.ok_or_else(moved_on)?;
    Ok(Checked { does, due: wait.due })
}

/// Puts a decision on record and takes the case on.
fn take_effect(
    conn: &Connection,
    rules: Rules,
    of: CaseRef,
    decision: &Decision,
    settles: &dyn Fn(&str) -> bool,
    now: Timestamp,
) -> Result<Advanced, Problem> {
    let Settled { outcome, writes, detail } = check(conn, rules, of, decision, settles, now)?.does;
    let (tenant, case, at) = (of.tenant.to_string(), of.case.to_string(), &decision.at);
    conn.prepare_cached(
        "INSERT INTO reviews(tenant, case_id, block, visit, decision, reason, account, at, code)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute(params![
        tenant,
        case,
        at.block.to_string(),
        at.visit,
        outcome,
        decision.reason,
        decision.account.to_string(),
        decision.given.as_millisecond(),
        decision.code
    ])?;
    let actor = format!("account:{}", decision.account);
    let detail = json!({
        "block": at.block.to_string(), "decision": outcome, "code": decision.code, "chosen": detail
    });
    acts::record(conn, of, &actor, "case.reviewed", &detail, now)?;
    let event = Event::Done { at: at.clone(), outcome: outcome.to_owned(), writes };
    Ok(journal::advance(conn, rules.library, of, event, None, now)?)
}

/// Whether this block wants a second person.
fn is_second(situation: &Situation, at: &At) -> bool {
    situation.flow.block(&at.block).is_some_and(|block| block.kind.key() == "second-approval")
}

fn has_approved(conn: &Connection, of: CaseRef, account: &str) -> Result<bool, Problem> {
    let found = conn
        .prepare_cached(
            "SELECT 1 FROM reviews WHERE tenant = ?1 AND case_id = ?2 AND account = ?3 AND decision = 'approve' LIMIT 1",
        )?
        .exists(params![of.tenant.to_string(), of.case.to_string(), account])?;
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
#[cfg(test)]
mod work_tests;
