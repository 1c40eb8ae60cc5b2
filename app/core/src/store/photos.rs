//! Photos: kept before they are part of a document, gone once the server has confirmed the whole submission.

use rusqlite::{OptionalExtension, params};
use shared::document::Slot;
use shared::domain::{DocumentId, PhotoId};

use super::{Store, StoreError};

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
}

impl Store {
    /// Keeps a photo.
    pub(crate) fn keep_photo(
        &self,
        id: PhotoId,
        document: DocumentId,
        slot: Slot,
        picture: &[u8],
        sealed: &[u8],
    ) -> Result<(), StoreError> {
        self.conn
            .prepare_cached(
                "INSERT INTO photos(id, document, slot, picture, sealed, bytes) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                id.to_bytes(),
                document.to_bytes(),
                slot_name(slot),
                picture,
                sealed,
                i64::try_from(sealed.len()).unwrap_or(i64::MAX)
            ])?;
        Ok(())
    }

    /// Forgets a photo that is part of no document.
    pub(crate) fn drop_photo(&self, id: PhotoId) -> Result<(), StoreError> {
        self.conn.prepare_cached("DELETE FROM photos WHERE id = ?1")?.execute([id.to_bytes()])?;
        Ok(())
    }

    /// The server said what became of it.
    pub(crate) fn photo_answered(&self, id: PhotoId, verified: bool) -> Result<(), StoreError> {
        self.conn
            .prepare_cached("UPDATE photos SET stored = ?2 WHERE id = ?1")?
            .execute(params![id.to_bytes(), if verified { 1 } else { 2 }])?;
        Ok(())
    }

    /// Its picture, as long as it is here.
    pub(crate) fn picture(&self, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
        self.blob("SELECT picture FROM photos WHERE id = ?1", id)
    }

    /// What is uploaded of it, as long as it is here.
    pub(crate) fn sealed(&self, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
        self.blob("SELECT sealed FROM photos WHERE id = ?1", id)
    }

    fn blob(&self, sql: &str, id: PhotoId) -> Result<Option<Vec<u8>>, StoreError> {
        let found: Option<Option<Vec<u8>>> =
            self.conn.prepare_cached(sql)?.query_row([id.to_bytes()], |row| row.get(0)).optional()?;
        Ok(found.flatten())
    }

    /// Every photo that this device took and has not forgotten.
    pub(crate) fn photos(&self) -> Result<Vec<KeptPhoto>, StoreError> {
        let kept = self
            .conn
            .prepare_cached("SELECT id, document, bytes, stored, sealed IS NOT NULL, slot FROM photos")?
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
                })
            })?
            .collect::<Result<Vec<_>, _>>()?;
        Ok(kept)
    }
}

fn slot_name(slot: Slot) -> String {
    serde_json::to_value(slot).ok().and_then(|name| name.as_str().map(str::to_owned)).unwrap_or_default()
}

fn slot_of(name: &str) -> Slot {
    serde_json::from_value(name.into()).unwrap_or(Slot::Vehicle)
}
