//! What was read from a case's photo, sealed.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::PhotoId;

use super::person::{Person, PersonError};
use crate::{
    crypt::Place,
    flows::journal::CaseRef,
    photos::PhotoReading,
    store::{ObjectKey, StoreError},
    world::Random,
};

/// The newest photo of a case.
#[derive(Debug, Clone)]
pub struct LatestPhoto {
    /// Its id.
    pub id: PhotoId,
    /// Our re-encoded copy.
    pub object: ObjectKey,
    /// How many photos the case has.
    pub count: u32,
    /// When it was handed in.
    pub at: Timestamp,
}

/// The newest photo; `None` before the intake.
///
/// # Errors
/// When the row cannot be read.
pub fn latest_photo(conn: &Connection, of: CaseRef) -> Result<Option<LatestPhoto>, StoreError> {
    let found: Option<(String, String, u32, i64)> = conn
        .prepare_cached(
            "SELECT id, object, (SELECT count(*) FROM photos WHERE tenant = ?1 AND case_id = ?2), created_at FROM photos
             WHERE tenant = ?1 AND case_id = ?2 ORDER BY created_at DESC, id DESC LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
        })
        .optional()?;
    Ok(found.and_then(|(id, object, count, at)| {
        let at = Timestamp::from_millisecond(at).ok()?;
        Some(LatestPhoto { id: id.parse().ok()?, object: object.into(), count, at })
    }))
}

/// What was read from the newest photo; `None` while it has not been read.
///
/// # Errors
/// When the row cannot be read or opened.
pub fn latest(conn: &Connection, of: CaseRef, person: &Person) -> Result<Option<PhotoReading>, PersonError> {
    let Some(photo) = latest_photo(conn, of)? else { return Ok(None) };
    let sealed: Option<Vec<u8>> = conn
        .prepare_cached("SELECT reading FROM photos WHERE tenant = ?1 AND id = ?2")?
        .query_row(params![of.tenant.to_string(), photo.id.to_string()], |row| row.get(0))?;
    let Some(sealed) = sealed else { return Ok(None) };
    let id = photo.id.to_string();
    let plain = person.key().open(place(&id), &sealed)?;
    Ok(serde_json::from_slice(&plain).ok())
}

/// Seals a reading for its photo's row.
///
/// # Errors
/// When it cannot be sealed.
pub fn seal(
    person: &Person,
    photo: PhotoId,
    reading: &PhotoReading,
    random: &Random,
) -> Result<Vec<u8>, PersonError> {
    let json = serde_json::to_vec(reading).unwrap_or_default();
    Ok(person.key().seal(place(&photo.to_string()), &json, random)?)
}

fn place(photo: &str) -> Place<'_> {
    Place { table: "photos", row: photo, column: "reading" }
}
