//! Photos: kept before they are part of a document, gone once the server has confirmed the whole submission.

use rusqlite::{Connection, OptionalExtension, params};
use shared::document::Slot;
use shared::domain::{DocumentId, PhotoId};

use super::{Store, StoreError, put_meta};

/// The case in which the camera is open, and for what.
pub(crate) const CAPTURING: &str = "capturing";

/// Which photos lie on this device alone: their bytes are here, they belong to a case, and the server has not verified them.
pub(super) const UNSAFE_PHOTOS: &str = "here = 1 AND removed = 0 AND stored <> 1";

/// A photo that this device took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct KeptPhoto {
    /// Its name.
    pub id: PhotoId,
    /// Whose.
    pub document: DocumentId,
    /// What it shows.
    pub slot: Slot,
    /// Length of what is uploaded.
    pub bytes: u32,
    /// Is it verified by the server (`Some(true)`), refused (`Some(false)`), or neither yet?
    pub stored: Option<bool>,
    /// Is what is uploaded still here?
    pub here: bool,
    /// Was it taken out of its case?
    pub removed: bool,
}

/// A photo that was just taken.
pub(crate) struct NewPhoto {
    /// Its name.
    pub id: PhotoId,
    /// Whose.
    pub document: DocumentId,
    /// What it shows.
    pub slot: Slot,
    /// As it was taken.
    pub picture: Vec<u8>,
    /// As it is uploaded.
    pub sealed: Vec<u8>,
    /// When it was taken, milliseconds since 1970.
    pub taken_at: i64,
}

impl Store {
    /// The server said what became of it; `None` where that has to be found out anew.
    pub(crate) fn photo_answered(&self, id: PhotoId, verified: Option<bool>) -> Result<(), StoreError> {
        let stored = match verified {
            None => 0,
            Some(true) => 1,
            Some(false) => 2,
        };
        self.conn
            .prepare_cached("UPDATE photos SET stored = ?2 WHERE id = ?1")?
            .execute(params![id.to_bytes(), stored])?;
        Ok(())
    }

    /// Its picture, as long as it is here.
    pub(crate) fn picture(&self, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
        self.blob("SELECT picture FROM pictures WHERE photo = ?1", id)
    }

    /// What is uploaded of it, as long as it is here.
    pub(crate) fn sealed(&self, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
        self.blob("SELECT sealed FROM pictures WHERE photo = ?1", id)
    }

    /// Since when the oldest lies on this device alone of what is not yet safe, milliseconds since 1970.
    pub(crate) fn unsafe_since(&self) -> Result<Option<i64>, StoreError> {
        let oldest = format!(
            "SELECT min(since) FROM (
             SELECT since FROM outbox UNION ALL SELECT since FROM photos WHERE {UNSAFE_PHOTOS})"
        );
        Ok(self.conn.prepare_cached(&oldest)?.query_row([], |row| row.get(0))?)
    }

    fn blob(&self, sql: &str, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.conn.prepare_cached(sql)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?)
    }

    /// Every photo that this device took and has not forgotten, the removed ones apart.
    pub(crate) fn photos(&self) -> Result<Vec<KeptPhoto>, StoreError> {
        Ok(self.all_photos()?.into_iter().filter(|photo| !photo.removed).collect())
    }

    /// Every photo whose bytes may still be here.
    pub(crate) fn all_photos(&self) -> Result<Vec<KeptPhoto>, StoreError> {
        let kept = self
            .conn
            .prepare_cached("SELECT id, document, bytes, stored, here, slot, removed FROM photos")?
            .query_map([], |row| {
                let stored: i64 = row.get(3)?;
                Ok(KeptPhoto {
                    id: PhotoId::from_bytes(row.get(0)?),
                    document: DocumentId::from_bytes(row.get(1)?),
                    bytes: row.get(2)?,
                    stored: match stored {
                        0 => None,
                        code => Some(code == 1),
                    },
                    here: row.get(4)?,
                    slot: slot_of(&row.get::<_, String>(5)?),
                    removed: row.get(6)?,
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(kept)
    }
}

/// Keeps a photo; what the camera was opened for is there.
pub(super) fn keep(tx: &Connection, photo: &NewPhoto) -> Result<(), StoreError> {
    let id = photo.id.to_bytes();
    tx.prepare_cached("INSERT INTO photos(id, document, slot, bytes, since) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute(params![
            id,
            photo.document.to_bytes(),
            slot_name(photo.slot),
            i64::try_from(photo.sealed.len()).unwrap_or(i64::MAX),
            photo.taken_at
        ])?;
    tx.prepare_cached("INSERT INTO pictures(photo, picture, sealed) VALUES (?1, ?2, ?3)")?
        .execute(params![id, photo.picture, photo.sealed])?;
    put_meta(tx, CAPTURING, &None::<(DocumentId, Slot)>)
}

/// It was taken out of its case. Another device may have handed it in before it heard of that, so its bytes stay until
/// the case is settled.
pub(super) fn remove(tx: &Connection, id: PhotoId) -> Result<(), StoreError> {
    tx.prepare_cached("UPDATE photos SET removed = 1 WHERE id = ?1")?.execute([id.to_bytes()])?;
    Ok(())
}

fn slot_name(slot: Slot) -> String {
    serde_json::to_value(slot).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn slot_of(name: &str) -> Slot {
    serde_json::from_value(name.into()).unwrap_or(Slot::Vehicle)
}
