//! Invented applicants, with what a reader would have said of their cards.

use std::collections::HashSet;

use anyhow::{Context, Result};
use miaopi::photos::PhotoReading;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::cards::Person;

/// `count` different people of an age and of names that no rule minds.
pub(super) fn invent(count: usize, seed: u64) -> Vec<Person> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut seen = HashSet::new();
    let mut people = Vec::with_capacity(count);
    while people.len() < count {
        let person = Person::invent(&mut rng, None);
        if suits(&person) && seen.insert(person.id_number.clone()) {
            people.push(person);
        }
    }
    people
}

/// Aged 26 to 54, so that age decides nothing, and with sequence digits that no partner of the lab takes for a sign.
pub(super) fn suits(person: &Person) -> bool {
    let year: u16 = person.birth.get(..4).and_then(|year| year.parse().ok()).unwrap_or(0);
    let sequence: u16 = person.id_number.get(14..17).and_then(|digits| digits.parse().ok()).unwrap_or(0);
    (1972..=1998).contains(&year) && (100..790).contains(&sequence) && person.ethnicity == "汉"
}

/// What the lab's real-name check knows.
pub(super) fn registry<'a>(people: impl IntoIterator<Item = &'a Person>) -> Value {
    people.into_iter().map(|p| json!({"id_number": p.id_number, "name": p.name})).collect()
}

/// A clear reading of the person's card, of which no photo exists; every card looks different.
pub(super) fn reading(person: &Person, seed: u64) -> Result<PhotoReading> {
    let look: [u8; 32] = ChaCha8Rng::seed_from_u64(seed).r#gen();
    let region = json!({"left": 180, "top": 70, "width": 300, "height": 50});
    let field = |text: &str| json!({"text": text, "confidence": 0.97, "region": region});
    let reading = json!({
        "width": 2048, "height": 1536, "original_sha256": hex::encode(look), "took_ms": 0,
        "quality": {"flags": [], "card_width_px": 1500.0, "edge_width_px": 3.0, "glare_share": 0.0, "field_glare_share": 0.0},
        "card": {
            "corners": [[100.0, 100.0], [1600.0, 100.0], [1600.0, 1046.0], [100.0, 1046.0]],
            "hash": hex::encode([look, look.map(|b| b.rotate_left(3))].concat()),
            "id_number": field(&person.id_number), "name": field(&person.name), "sex": field(person.sex.printed()),
            "ethnicity": field(&person.ethnicity), "birth": field(&person.birth), "address": field(&person.address),
            "mismatches": [],
        },
    });
    serde_json::from_value(reading).context("a reading has another form now")
}
