//! `match-matrix`: typed × read × real-name partner, compared by the pure matrix.

use serde_json::json;
use shared::{
    domain::{IdNumber, PersonName},
    flow::{Identity, Ink, Reference, evaluate},
};

use super::{person_of, read_card::percent};
use crate::{
    app::App,
    cases::{
        person::{Column, Person},
        reading,
    },
    flows::{Performed, Work},
    photos::ReadField,
    problem::Problem,
};

/// Opens what is known of the person, compares it and forgets it; only verdicts and masked lines are kept.
pub(super) async fn compare(app: &App, work: &Work) -> Result<Performed, Problem> {
    let of = work.of;
    let person = person_of(app, of).await?;
    let (keys, now) = (app.keys.clone(), app.world.clock.now());
    let real_name = match work.facts.text("partner.realname.verdict") {
        Some("match") => Some(true),
        Some("mismatch") => Some(false),
        _ => None,
    };
    let identity = app
        .store
        .read(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let card = reading::latest(conn, of, &person)?.and_then(|read| read.card);
            let ink = |field: &ReadField| {
                let read = Ink { text: field.text.clone(), confidence: percent(field.confidence) };
                (!field.text.is_empty()).then_some(read)
            };
            let number = person.get(conn, Column::IdNumber)?.unwrap_or_default();
            let name = person.get(conn, Column::Name)?.and_then(|name| PersonName::parse(&name).ok());
            Ok::<_, Problem>(Identity {
                number: IdNumber::read_back(&number).map_err(|error| Problem::internal(&error))?,
                number_read: card.as_ref().and_then(|card| ink(&card.id_number)),
                name,
                name_read: card.as_ref().and_then(|card| ink(&card.name)),
                sex_read: card.as_ref().and_then(|card| ink(&card.sex)),
                birth_read: card.as_ref().and_then(|card| ink(&card.birth)),
                real_name,
            })
        })
        .await?;
    let reference = Reference { identity: Some(&identity), ..Reference::at(now) };
    let evaluated = work
        .flow
        .block(&work.task.at.block)
        .and_then(|block| evaluate(block, &work.facts, &reference))
        .ok_or_else(|| Problem::internal(&"the match matrix cannot be evaluated"))?;
    let trace = Some(json!({ "comparisons": evaluated.comparisons }));
    // A name that no font of ours can print could never stand in a contract: a person looks before it comes to that.
    let printable =
        work.facts.get("more.name_printable").and_then(serde_json::Value::as_bool).unwrap_or(true);
    let outcome =
        if evaluated.outcome == "match" && !printable { "unclear".to_owned() } else { evaluated.outcome };
    Ok(Performed { outcome, writes: evaluated.writes, trace, record: None })
}
