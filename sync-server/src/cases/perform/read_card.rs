//! `photo-quality` has the photo looked at and read in a child process; `ocr` says what the reading is worth.

use std::sync::Arc;

use rusqlite::params;
use serde_json::json;
use shared::{
    domain::{IdNumber, PersonId},
    flow::Facts,
};

use super::{person_of, with};
use crate::{
    app::App,
    cases::{
        hand_in::{open_object, today},
        person::{Column, Person},
        reading::{self, LatestPhoto},
    },
    flows::{Performed, Record, Work},
    photos::{NAME_CONFIDENT, PhotoReading, QualityFlag, Task},
    problem::Problem,
};

/// Looks at the newest photo and keeps what was measured and read.
pub(super) async fn look(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let person = person_of(app, of).await?;
    let Some(photo) = app.store.read(move |conn| reading::latest_photo(conn, of)).await? else {
        return Ok(Performed::outcome("error"));
    };
    let jpeg = open_object(app, of, person, &photo.object).await?;
    let read = match app.photos.read(jpeg, Task::ReadCard).await {
        Ok(read) => read,
        Err(refusal) => {
            tracing::warn!(case = %of.case, code = refusal.code(), "a stored photo could not be read");
            return Ok(with("error", "photo.problem", refusal.code()));
        }
    };
    let flags: Vec<String> = read
        .quality
        .as_ref()
        .map(|quality| quality.flags.iter().map(|flag| flag_code(flag)).collect())
        .unwrap_or_default();
    let refused: Vec<&str> =
        work.task.params["refuse"].as_array().into_iter().flatten().filter_map(|code| code.as_str()).collect();
    let poor: Vec<&String> = flags.iter().filter(|flag| refused.contains(&flag.as_str())).collect();
    let mut writes = Facts::new()
        .with("photo.flags", flags.clone())
        .with("photo.count", photo.count)
        .with("photo.card_found", read.card.is_some());
    if let Some(worst) = poor.first() {
        writes.set("photo.problem", worst.as_str());
    }
    let outcome = if poor.is_empty() { "good" } else { "poor" };
    let record = keep(app, work, person, &photo, &read).await?;
    Ok(Performed::outcome(outcome).writes(writes).record(record))
}

async fn keep(
    app: &App,
    work: &Work,
    person: PersonId,
    photo: &LatestPhoto,
    read: &PhotoReading,
) -> Result<Record, Problem> {
    let (of, keys, random) = (work.of, app.keys.clone(), app.world.random.clone());
    let (id, sealed_reading) = (photo.id, read.clone());
    let sealed = app
        .store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            reading::seal(&person, id, &sealed_reading, &random)
        })
        .await?;
    let quality = json!(read.quality).to_string();
    let phash = read.card.as_ref().map(|card| card.hash.to_hex());
    Ok(Arc::new(move |conn| {
        conn.prepare_cached(
            "UPDATE photos SET quality = ?3, reading = ?4, phash = ?5 WHERE tenant = ?1 AND id = ?2",
        )?
        .execute(params![of.tenant.to_string(), id.to_string(), quality, sealed, phash])?;
        Ok(())
    }))
}

/// What the reading says, held against the number that was typed. The name stays a proposal.
pub(super) async fn read(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let person = person_of(app, of).await?;
    let keys = app.keys.clone();
    let (typed, read) = app
        .store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            Ok::<_, Problem>((person.get(conn, Column::IdNumber)?, reading::latest(conn, of, &person)?))
        })
        .await?;
    let Some(card) = read.and_then(|read| read.card) else {
        return Ok(with("no_card", "ocr.card", false));
    };
    let number = IdNumber::parse(&card.id_number.text, today(app.world.clock.now())).ok();
    let least = work.task.params["min_number_confidence"].as_f64().unwrap_or(60.0) / 100.0;
    let is_clear = number.is_some() && f64::from(card.id_number.confidence) >= least;
    let matches = number.as_ref().map(|read| Some(read.reveal()) == typed.as_deref());
    let writes = Facts::new()
        .with("ocr.card", true)
        .with("ocr.number_confidence", percent(card.id_number.confidence))
        .with("ocr.number_matches", matches)
        .with("ocr.name_confidence", percent(card.name.confidence))
        .with("ocr.name_sure", card.name.confidence >= NAME_CONFIDENT)
        .with("ocr.contradictions", card.mismatches.len());
    Ok(Performed::outcome(if is_clear { "clear" } else { "unclear" }).writes(writes))
}

/// A flag's name in flows and screens.
fn flag_code(flag: &QualityFlag) -> String {
    serde_json::to_value(flag).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

/// Confidence 0–1 as whole percent.
pub(super) fn percent(confidence: f32) -> u8 {
    (confidence.clamp(0.0, 1.0) * 100.0).round() as u8
}
