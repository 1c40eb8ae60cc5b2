//! `photo-quality` judges what a child process measured and read when the photo was handed in; `ocr` says what the
//! reading is worth.

use shared::{domain::IdNumber, flow::Facts};

use super::person_of;
use crate::{
    app::App,
    cases::{
        hand_in::today,
        person::{Column, Person},
        reading,
    },
    flows::{Performed, Work},
    photos::{NAME_CONFIDENT, QualityFlag},
    problem::Problem,
};

/// Judges the newest photo by what was measured when it was handed in.
pub(super) async fn look(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let person = person_of(app, of).await?;
    let keys = app.keys.clone();
    let (photo, read) = app
        .store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            Ok::<_, Problem>((reading::latest_photo(conn, of)?, reading::latest(conn, of, &person)?))
        })
        .await?;
    let (Some(photo), Some(read)) = (photo, read) else { return Ok(Performed::outcome("error")) };
    let flags: Vec<String> = read
        .quality
        .as_ref()
        .map(|quality| quality.flags.iter().map(flag_code).collect())
        .unwrap_or_default();
    let refused: Vec<&str> = work.task.params["refuse"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|code| code.as_str())
        .collect();
    let poor: Vec<&String> = flags.iter().filter(|flag| refused.contains(&flag.as_str())).collect();
    let mut writes = Facts::new()
        .with("photo.flags", flags.clone())
        .with("photo.count", photo.count)
        .with("photo.card_found", read.card.is_some());
    // Written for a good photo too: what was wrong with the one before is no longer a reason.
    writes.set("photo.problem", poor.first().map(|worst| worst.as_str()));
    Ok(Performed::outcome(if poor.is_empty() { "good" } else { "poor" }).writes(writes))
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
        let writes = Facts::new().with("ocr.card", false).with("ocr.problem", "no_card");
        return Ok(Performed::outcome("no_card").writes(writes));
    };
    let number = IdNumber::parse(&card.id_number.text, today(app.world.clock.now())).ok();
    let least = work.task.params["min_number_confidence"].as_f64().unwrap_or(60.0) / 100.0;
    let is_clear = number.is_some() && f64::from(card.id_number.confidence) >= least;
    let matches = number.as_ref().map(|read| Some(read.reveal()) == typed.as_deref());
    let writes = Facts::new()
        .with("ocr.card", true)
        .with("ocr.problem", (!is_clear).then_some("number_unread"))
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
