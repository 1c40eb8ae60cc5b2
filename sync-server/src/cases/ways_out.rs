//! The ways out beside every automated result: ask a person, withdraw.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::flow::Event;

use super::{
    acts::{self, ActId, Seen},
    hand_in::advance,
    person::Person,
};
use crate::{
    app::App, crypt::Place, flows::journal::CaseRef, links::Customer, problem::Problem, store::StoreError,
    world::Random,
};

/// Longest note that is kept, characters; the rest is cut off.
const MAX_NOTE: usize = 500;

/// The customer asks for a person, with a word of their own; also after a decline, which reopens the case.
///
/// # Errors
/// 409 when a person is on it already, nothing has been handed in, or the case is over for good.
pub async fn ask_person(app: &App, customer: &Customer, act: ActId, note: String) -> Result<(), Problem> {
    let note: String = note.trim().chars().filter(|c| !c.is_control() || *c == '\n').take(MAX_NOTE).collect();
    let (of, person, now) = (customer.of, customer.person, app.world.clock.now());
    let (library, keys, random) = (app.driver.library().clone(), app.keys.clone(), app.world.random.clone());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "ask_person", &[note.as_bytes()], now)? == Seen::Before {
                return Ok(None);
            }
            let advanced = advance(conn, &library, of, Event::AskPerson, "person.asked", now)?;
            conn.prepare_cached(
                "UPDATE cases SET decision = NULL, reason = NULL, ended_at = NULL, human_asked = human_asked + 1
                 WHERE tenant = ?1 AND id = ?2",
            )?
            .execute(params![of.tenant.to_string(), of.case.to_string()])?;
            if !note.is_empty() {
                let person = Person::load(conn, &keys, of.tenant, person)?;
                keep_note(conn, of, &person, &note, &random, now)?;
            }
            Ok::<_, Problem>(Some(advanced))
        })
        .await?;
    if let Some(advanced) = advanced {
        app.driver.carry_out(advanced);
    }
    Ok(())
}

/// The customer withdraws: the case ends, nothing more is asked of anybody.
///
/// # Errors
/// 409 when the case is over.
pub async fn withdraw(app: &App, customer: &Customer, act: ActId) -> Result<(), Problem> {
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "withdraw", &[], now)? == Seen::Before {
                return Ok(None);
            }
            Ok::<_, Problem>(Some(advance(conn, &library, of, Event::Withdraw, "case.withdrawn", now)?))
        })
        .await?;
    if let Some(advanced) = advanced {
        app.driver.carry_out(advanced);
    }
    Ok(())
}

fn keep_note(
    conn: &Connection,
    of: CaseRef,
    person: &Person,
    note: &str,
    random: &Random,
    now: Timestamp,
) -> Result<(), Problem> {
    let (case, at) = (of.case.to_string(), now.as_millisecond());
    let sealed = person.key().seal(place(&case), note.as_bytes(), random)?;
    conn.prepare_cached(
        "INSERT OR REPLACE INTO customer_notes(tenant, case_id, at, note) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![of.tenant.to_string(), case, at, sealed])?;
    Ok(())
}

/// The customer's own words when they last asked for a person.
///
/// # Errors
/// When the row cannot be read or opened.
pub fn last_note(conn: &Connection, of: CaseRef, person: &Person) -> Result<Option<String>, Problem> {
    let case = of.case.to_string();
    let sealed: Option<Vec<u8>> = conn
        .prepare_cached(
            "SELECT note FROM customer_notes WHERE tenant = ?1 AND case_id = ?2 ORDER BY at DESC LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), case], |row| row.get(0))
        .optional()
        .map_err(StoreError::from)?;
    let Some(sealed) = sealed else { return Ok(None) };
    let plain: Vec<u8> = person.key().open(place(&case), &sealed)?;
    Ok(String::from_utf8(plain).ok())
}

fn place(case: &str) -> Place<'_> {
    Place { table: "customer_notes", row: case, column: "note" }
}
