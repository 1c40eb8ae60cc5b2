//! What a `request-more` block asks of the customer. One that asks for several things is left when all of them were given;
//! until then each is kept as it comes. Where the reviewer chooses, only what they chose is asked for.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Deserialize;
use serde_json::json;
use shared::flow::{
    At, Event, Facts, Wait,
    params::{RequestMore, Thing},
};

use super::{Situation, acts, situation::not_now};
use crate::{
    flows::{
        Library,
        journal::{self, Advanced, CaseRef},
    },
    problem::Problem,
};

/// Where a review keeps what its reviewer chose.
pub(super) const CHOSEN: &str = "review.asks";

/// What the block asks for that the customer is in, and what they gave of it.
pub(super) struct Asked {
    at: At,
    things: Vec<Thing>,
    /// What came before, with what the flow may look at of it.
    given: Vec<(String, Facts)>,
    /// How the block is left when all was given.
    outcome: &'static str,
}

impl Asked {
    /// Of a case whose customer is asked for something.
    ///
    /// # Errors
    /// 409 `not_now` where they are not.
    pub(super) fn load(conn: &Connection, library: &Library, of: CaseRef) -> Result<Self, Problem> {
        let situation = Situation::load(conn, library, of)?;
        let wait = situation.expect("request-more")?;
        Self::of(conn, of, &situation, wait)
    }

    /// Of a `request-more` block that is waited in.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub(super) fn of(
        conn: &Connection,
        of: CaseRef,
        situation: &Situation,
        wait: &Wait,
    ) -> Result<Self, Problem> {
        let RequestMore { ask, reviewer_chooses, .. } =
            RequestMore::deserialize(&*wait.params).map_err(|error| Problem::internal(&error))?;
        let chosen = situation.facts().texts(CHOSEN);
        let is_chosen = |thing: &Thing| chosen.iter().any(|code| *code == thing.code());
        // Somebody who got here by another way than a reviewer's choice is asked for everything.
        let things: Vec<Thing> = match reviewer_chooses && ask.iter().any(is_chosen) {
            true => ask.into_iter().filter(is_chosen).collect(),
            false => ask,
        };
        let outcome =
            if reviewer_chooses && things.contains(&Thing::Photo) { "photo_given" } else { "given" };
        Ok(Self { at: wait.at.clone(), given: given(conn, of, &wait.at)?, things, outcome })
    }

    /// What is still to be given.
    pub(super) fn left(&self) -> Vec<Thing> {
        let is_given = |thing: &Thing| self.given.iter().any(|(code, _)| code == thing.code());
        self.things.iter().filter(|thing| !is_given(thing)).copied().collect()
    }

    /// Takes what the customer gave; answers how the case went on, where nothing else is asked for.
    ///
    /// # Errors
    /// 409 `not_now` where none of it is asked for (any more).
    pub(super) fn give(
        self,
        conn: &Connection,
        library: &Library,
        of: CaseRef,
        (given_now, writes): (&[Thing], Facts),
        action: &str,
        now: Timestamp,
    ) -> Result<Option<Advanced>, Problem> {
        let (new, left): (Vec<Thing>, Vec<Thing>) =
            self.left().into_iter().partition(|thing| given_now.contains(thing));
        if new.is_empty() {
            return Err(not_now());
        }
        acts::record(conn, of, "customer", action, &json!({}), now)?;
        if !left.is_empty() {
            for thing in new {
                keep(conn, of, &self.at, thing, &writes, now)?;
            }
            return Ok(None);
        }
        let before = self.given.into_iter().fold(Facts::new(), |all, (_, facts)| all.joined(facts));
        let event =
            Event::Done { at: self.at, outcome: self.outcome.to_owned(), writes: before.joined(writes) };
        Ok(Some(journal::advance(conn, library, of, event, None, now)?))
    }
}

fn keep(
    conn: &Connection,
    of: CaseRef,
    at: &At,
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
        at.block.to_string(),
        at.visit,
        thing.code(),
        writes,
        now.as_millisecond()
    ])?;
    Ok(())
}

/// What came before of what this block asks for, with what the flow may look at of it.
fn given(conn: &Connection, of: CaseRef, at: &At) -> Result<Vec<(String, Facts)>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT thing, writes FROM things_given WHERE tenant = ?1 AND case_id = ?2 AND block = ?3 AND visit = ?4 ORDER BY at",
    )?;
    let (tenant, case, block) = (of.tenant.to_string(), of.case.to_string(), at.block.to_string());
    let mut rows = statement.query(params![tenant, case, block, at.visit])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let writes: String = row.get(1)?;
        found.push((row.get(0)?, serde_json::from_str(&writes).map_err(|error| Problem::internal(&error))?));
    }
    Ok(found)
}
