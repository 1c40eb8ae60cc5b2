//! What a `request-more` block asks of the customer. One that asks for several things is left when all of them were given;
//! until then each is kept as it comes. Where the reviewer chooses, only what they chose is asked for.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::json;
use shared::flow::{
    Event, Facts, Wait,
    params::{RequestMore, Thing},
};

use super::{Situation, acts};
use crate::{
    flows::{
        Library,
        journal::{self, Advanced, CaseRef},
    },
    problem::Problem,
};

/// Where a review keeps what its reviewer chose.
pub(super) const CHOSEN: &str = "review.asks";

/// What a block asks for that the customer is in.
pub(super) fn things(situation: &Situation, wait: &Wait) -> Vec<Thing> {
    let Ok(params) = RequestMore::deserialize(&*wait.params) else { return Vec::new() };
    let chosen = situation.facts().texts(CHOSEN);
    let is_chosen = |thing: &&Thing| chosen.iter().any(|code| *code == thing.code());
    // Somebody who got here by another way than a reviewer's choice is asked for everything.
    match params.reviewer_chooses && params.ask.iter().any(|thing| is_chosen(&thing)) {
        true => params.ask.iter().filter(is_chosen).copied().collect(),
        false => params.ask,
    }
}

/// What of it is still to be given.
///
/// # Errors
/// When the rows cannot be read.
pub(super) fn left(
    conn: &Connection,
    of: CaseRef,
    situation: &Situation,
    wait: &Wait,
) -> Result<Vec<Thing>, Problem> {
    let given = given(conn, of, wait)?;
    let mut left = things(situation, wait);
    left.retain(|thing| given.iter().all(|(code, _)| code != thing.code()));
    Ok(left)
}

/// Takes what the customer gave; answers how the case went on, where nothing else is asked for.
///
/// # Errors
/// 409 `not_now` where none of it is asked for (any more).
pub(super) fn give(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
    given_now: (&[Thing], Facts),
    action: &str,
    now: Timestamp,
) -> Result<Option<Advanced>, Problem> {
    let (given_now, writes) = given_now;
    let situation = Situation::load(conn, library, of)?;
    let wait = situation.expect("request-more")?;
    let (new, left): (Vec<Thing>, Vec<Thing>) =
        left(conn, of, &situation, wait)?.into_iter().partition(|thing| given_now.contains(thing));
    if new.is_empty() {
        return Err(not_asked());
    }
    acts::record(conn, of, "customer", action, &json!({}), now)?;
    if !left.is_empty() {
        for thing in new {
            keep(conn, of, wait, thing, &writes, now)?;
        }
        return Ok(None);
    }
    let mut all = Facts::new();
    for (_, before) in given(conn, of, wait)? {
        all.merge(before);
    }
    all.merge(writes);
    let asked = RequestMore::deserialize(&*wait.params).map_err(|error| Problem::internal(&error))?;
    let with_photo = asked.reviewer_chooses && things(&situation, wait).contains(&Thing::Photo);
    let outcome = if with_photo { "photo_given" } else { "given" };
    let event = Event::Done { at: wait.at.clone(), outcome: outcome.to_owned(), writes: all };
    Ok(Some(journal::advance(conn, library, of, event, None, now)?))
}

fn not_asked() -> Problem {
    Problem::conflict("not_now", "This is not asked at the moment. Load the page again to see where you are.")
}

fn keep(
    conn: &Connection,
    of: CaseRef,
    wait: &Wait,
    thing: Thing,
    writes: &Facts,
    now: Timestamp,
) -> Result<(), Problem> {
    let writes = serde_json::to_string(writes).map_err(|error| Problem::internal(&error))?;
    conn.prepare_cached(
        "INSERT INTO things_given(tenant, case_id, block, visit, thing, writes, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        of.tenant.to_string(),
        of.case.to_string(),
        wait.at.block.to_string(),
        wait.at.visit,
        thing.code(),
        writes,
        now.as_millisecond()
    ])?;
    Ok(())
}

/// What came before of what this block asks for, with what the flow may look at of it.
fn given(conn: &Connection, of: CaseRef, wait: &Wait) -> Result<Vec<(String, Facts)>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT thing, writes FROM things_given WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4 ORDER BY at",
    )?;
    let (tenant, case, block) = (of.tenant.to_string(), of.case.to_string(), wait.at.block.to_string());
    let mut rows = statement.query(params![tenant, case, block, wait.at.visit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let writes: String = row.get(1)?;
        found.push((row.get(0)?, serde_json::from_str(&writes).map_err(|error| Problem::internal(&error))?));
    }
    Ok(found)
}
