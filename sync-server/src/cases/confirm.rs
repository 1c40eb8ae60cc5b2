//! The customer confirms what was read from the card, corrects the name, or gives another phone number.

use shared::{
    domain::PersonName,
    flow::{Event, Facts, params::Thing},
};

use super::{
    Situation,
    acts::{self, ActId, Seen},
    asked::Asked,
    hand_in::{advance, read_phone},
    person::{Column, Person},
    reading,
};
use crate::{
    app::App,
    contracts::{Coverage, glyphs_cover},
    links::Customer,
    photos::NAME_CONFIDENT,
    problem::Problem,
};

/// Confirms the reading. With a name it is the customer's own; without one the reading stands, where it is sure.
///
/// # Errors
/// 422 `name_unconfirmed` when no name is given and the reading is unsure; 422 for a name that cannot be one; 409
/// when nothing is to be confirmed.
pub async fn confirm(
    app: &App,
    customer: &Customer,
    act: ActId,
    name: Option<String>,
) -> Result<(), Problem> {
    let typed = name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let typed = typed.map(PersonName::parse).transpose();
    let typed = typed.map_err(|error| Problem::invalid("name", error.code(), error.to_string()))?;
    let (of, person, library, keys, random, now) = (
        customer.of,
        customer.person,
        app.driver.library().clone(),
        app.keys.clone(),
        app.world.random.clone(),
        app.world.clock.now(),
    );
    let composer = app.composer.clone();
    let advanced = app
        .store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let content = person.key().hash(&["confirm", typed.as_ref().map_or("", |name| name.reveal())]);
            if acts::note(conn, of, &act, "confirm", &[&content], now)? == Seen::Before {
                return Ok(None);
            }
            let asked = Asked::load(conn, &library, of)?;
            let left = asked.left();
            let must_be_own = left.contains(&Thing::ConfirmName);
            if !must_be_own && !left.contains(&Thing::ConfirmReading) {
                return Err(Problem::conflict("not_now", "Nothing is to be confirmed. Load the page again."));
            }
            let read = reading::latest(conn, of, &person)?.and_then(|read| read.card).map(|card| card.name);
            let own = typed.is_some();
            let name = match (typed, read) {
                (Some(name), _) => name,
                (None, Some(read)) if !must_be_own && read.confidence >= NAME_CONFIDENT => {
                    PersonName::parse(&read.text).map_err(|_| unconfirmed())?
                }
                _ => return Err(unconfirmed()),
            };
            person.set(conn, Column::Name, name.reveal(), &random)?;
            conn.prepare_cached(
                "UPDATE cases SET confirmed_reading = max(confirmed_reading, ?3) WHERE tenant = ?1 AND id = ?2",
            )?
            .execute(rusqlite::params![of.tenant.to_string(), of.case.to_string(), if own { 2 } else { 1 }])?;
            let printable = !matches!(glyphs_cover(composer.fonts(), name.reveal()), Coverage::Missing(_));
            let writes = Facts::new().with("more.name_confirmed", own).with("more.name_printable", printable);
            let given: &[Thing] = &[Thing::ConfirmReading, Thing::ConfirmName];
            asked.give(conn, &library, of, (given, writes), "reading.confirmed", now)
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// The card on the photo is somebody else's: the flow asks for another photo.
///
/// # Errors
/// 409 when nothing is to be confirmed, or the flow has no way back from here.
pub async fn retake(app: &App, customer: &Customer, act: ActId) -> Result<(), Problem> {
    let (of, library, now) = (customer.of, app.driver.library().clone(), app.world.clock.now());
    let advanced = app
        .store
        .write(move |conn| {
            if acts::note(conn, of, &act, "retake", &[], now)? == Seen::Before {
                return Ok(None);
            }
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("request-more")?;
            if wait.params["may_retake"].as_bool() != Some(true) {
                return Err(Problem::conflict("not_now", "No other card is asked for. Load the page again."));
            }
            let writes = Facts::new();
            let event = Event::Done { at: wait.at.clone(), outcome: "retake".to_owned(), writes };
            Ok::<_, Problem>(Some(advance(conn, &library, of, event, "reading.not_mine", now)?))
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Takes the mobile number where it is asked for again; codes go there from now on.
///
/// # Errors
/// 422 for a number that cannot be one; 409 when none is asked for.
pub async fn give_phone(app: &App, customer: &Customer, act: ActId, typed: &str) -> Result<(), Problem> {
    let phone = read_phone(typed)?;
    let (of, person, library, keys, random, now) = (
        customer.of,
        customer.person,
        app.driver.library().clone(),
        app.keys.clone(),
        app.world.random.clone(),
        app.world.clock.now(),
    );
    let advanced = app
        .store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let content = person.key().hash(&["phone", phone.reveal()]);
            if acts::note(conn, of, &act, "phone", &[&content], now)? == Seen::Before {
                return Ok(None);
            }
            let writes = Facts::new().with("more.phone", true);
            person.set(conn, Column::Phone, phone.reveal(), &random)?;
            Asked::load(conn, &library, of)?.give(
                conn,
                &library,
                of,
                (&[Thing::Phone], writes),
                "phone.given",
                now,
            )
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

fn unconfirmed() -> Problem {
    Problem::invalid(
        "name",
        "name_unconfirmed",
        "The name could not be read with certainty. Give it as on the card.",
    )
}
