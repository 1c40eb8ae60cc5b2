//! What lies in a recording, sealed and opened.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::{Deserialize, Serialize};
use shared::domain::TenantId;

use super::steps::Recorded;
use crate::{
    crypt::{PersonKey, Place, TenantKeys},
    partners::{Question, ReadAs},
    problem::Problem,
    world::Random,
};

/// What is sealed of an answer.
#[derive(Serialize, Deserialize)]
pub(super) struct Sealed {
    /// What was asked, as far as reading needs it.
    pub(super) question: Question,
    /// The body in base64; none where nothing came that could be read, or more than is kept.
    pub(super) body: Option<String>,
    /// What it was read as when it came.
    pub(super) then: ReadAs,
}

/// One answer of a recording.
pub(super) struct Answer {
    pub(super) number: u32,
    pub(super) at: Timestamp,
    pub(super) ms: u64,
    pub(super) question: Question,
    pub(super) body: Option<Vec<u8>>,
    pub(super) then: ReadAs,
}

fn place(row: &str) -> Place<'_> {
    Place { table: "recorded_answers", row, column: "sealed" }
}

fn row_of(id: &str, number: u32) -> String {
    format!("{id}/{number}")
}

/// Seals an answer for its row.
pub(super) fn seal(
    key: &PersonKey,
    (id, number): (&str, u32),
    answer: &Sealed,
    random: &Random,
) -> Result<Vec<u8>, Problem> {
    let plain = serde_json::to_vec(answer).map_err(|error| Problem::internal(&error))?;
    Ok(key.seal(place(&row_of(id, number)), &plain, random)?)
}

/// All answers of a recording, as they came.
///
/// # Errors
/// When one cannot be read or opened.
pub(super) fn answers(
    conn: &Connection,
    tenant: TenantId,
    recording: &Recorded,
    keys: &TenantKeys,
) -> Result<Vec<Answer>, Problem> {
    let key = keys.recording(&recording.id, &recording.wrapped_key)?;
    let mut statement = conn.prepare_cached(
        "SELECT number, at, ms, sealed FROM recorded_answers WHERE tenant = ?1 AND recording = ?2 ORDER BY number",
    )?;
    let mut rows = statement.query(params![tenant.to_string(), recording.id])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let number: u32 = row.get(0)?;
        let plain = key.open(place(&row_of(&recording.id, number)), &row.get::<_, Vec<u8>>(3)?)?;
        let sealed: Sealed = serde_json::from_slice(&plain).map_err(|error| Problem::internal(&error))?;
        let body = sealed.body.map(|body| STANDARD.decode(body)).transpose();
        found.push(Answer {
            number,
            at: Timestamp::from_millisecond(row.get(1)?).unwrap_or_default(),
            ms: u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0),
            question: sealed.question,
            body: body.map_err(|error| Problem::internal(&error))?,
            then: sealed.then,
        });
    }
    Ok(found)
}
