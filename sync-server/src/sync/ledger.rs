//! What is committed, as the rules of [`shared::sync`] ask for it.

use std::cell::RefCell;

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use shared::protocol::sync::ManifestPhoto;
use shared::sync::{KnownDevice, KnownDocument, Ledger, Submission};

use crate::{devices::Revocation, store::StoreError};

/// The store within one transaction. The rules ask and get an answer or none; what went wrong on the way is kept until
/// [`Committed::sound`].
pub(super) struct Committed<'a> {
    conn: &'a Connection,
    wrong: RefCell<Option<rusqlite::Error>>,
}

impl<'a> Committed<'a> {
    pub(super) fn of(conn: &'a Connection) -> Self {
        Self { conn, wrong: RefCell::new(None) }
    }

    /// Could everything be read? Otherwise nothing that was decided counts.
    ///
    /// # Errors
    /// What could not be read.
    pub(super) fn sound(self) -> Result<(), StoreError> {
        self.wrong.into_inner().map_or(Ok(()), |error| Err(error.into()))
    }

    fn one<T>(
        &self,
        sql: &str,
        of: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let found = self.conn.prepare_cached(sql).and_then(|mut asked| asked.query_row(of, read).optional());
        found.unwrap_or_else(|error| {
            self.wrong.borrow_mut().get_or_insert(error);
            None
        })
    }
}

impl Ledger for Committed<'_> {
    fn device(&self, device: DeviceId) -> Option<KnownDevice> {
        // Whose owner may not sign in any more is not trusted either.
        let (tenant, account, key, revoked, disabled) = self.one(
            "SELECT d.tenant, d.account, d.public_key, d.revoked, a.disabled_at IS NOT NULL
             FROM devices d JOIN accounts a ON a.tenant = d.tenant AND a.id = d.account WHERE d.id = ?1",
            [device.to_string()],
            |row| {
                let revoked: Option<String> = row.get(3)?;
                Ok((id::<TenantId>(row, 0)?, row.get::<_, String>(1)?, row.get(2)?, revoked, row.get(4)?))
            },
        )?;
        let revoked = revoked.as_deref().map(Revocation::of_code);
        let revoked = if disabled { revoked.or(Some(Revocation::HandOver.into())) } else { revoked };
        Some(KnownDevice { tenant, key, scopes: self.scopes(&account), revoked })
    }

    fn document(&self, document: DocumentId) -> Option<KnownDocument> {
        self.one(
            "SELECT d.tenant, s.id, d.changes FROM application_documents d JOIN scopes s ON s.number = d.scope
             WHERE d.id = ?1",
            [document.to_string()],
            |row| Ok(KnownDocument { tenant: id(row, 0)?, scope: id(row, 1)?, changes: count(row, 2)? }),
        )
    }

    fn has_change(&self, document: DocumentId, change: ChangeHash) -> bool {
        self.one(
            "SELECT 1 FROM application_changes c JOIN application_documents d ON d.number = c.document
             WHERE d.id = ?1 AND c.hash = ?2",
            params![document.to_string(), change.to_bytes()],
            |_| Ok(()),
        )
        .is_some()
    }

    fn place(&self, document: DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash> {
        let seq = i64::try_from(seq).ok()?;
        self.one(
            "SELECT c.hash FROM application_changes c JOIN application_documents d ON d.number = c.document
             WHERE d.id = ?1 AND c.actor = ?2 AND c.actor_seq = ?3",
            params![document.to_string(), actor, seq],
            |row| Ok(ChangeHash::from_bytes(row.get(0)?)),
        )
    }

    fn submission_of(&self, document: DocumentId) -> Option<Submission> {
        let (id, heads, photos): (SubmissionId, Vec<u8>, Vec<u8>) = self.one(
            "SELECT id, heads, photos FROM submissions WHERE document = ?1",
            [document.to_string()],
            |row| Ok((id(row, 0)?, row.get(1)?, row.get(2)?)),
        )?;
        Some(Submission { id, document, heads: hashes(&heads), photos: photos_of(&photos)? })
    }

    fn document_of(&self, submission: SubmissionId) -> Option<DocumentId> {
        self.one("SELECT document FROM submissions WHERE id = ?1", [submission.to_string()], |row| id(row, 0))
    }

    fn photo(&self, tenant: TenantId, photo: PhotoId) -> Option<(PhotoHash, u32)> {
        self.one(
            "SELECT cipher, bytes FROM capture_uploads WHERE tenant = ?1 AND photo = ?2 AND verified_at IS NOT NULL",
            [tenant.to_string(), photo.to_string()],
            |row| Ok((PhotoHash::from_bytes(row.get(0)?), row.get(1)?)),
        )
    }
}

impl Committed<'_> {
    fn scopes(&self, account: &str) -> Vec<ScopeId> {
        let scopes = self
            .conn
            .prepare_cached("SELECT scope FROM scope_members WHERE account = ?1 ORDER BY scope")
            .and_then(|mut asked| {
                asked.query_map([account], |row| id(row, 0))?.collect::<rusqlite::Result<Vec<ScopeId>>>()
            });
        scopes.unwrap_or_else(|error| {
            self.wrong.borrow_mut().get_or_insert(error);
            Vec::new()
        })
    }
}

/// An id as the domain prints it.
pub(super) fn id<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| {
        rusqlite::Error::InvalidColumnType(column, "an id".to_owned(), rusqlite::types::Type::Text)
    })
}

/// A number that only ever counts up.
pub(super) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

/// Names of changes as they lie in a column, 32 bytes each.
pub(super) fn hashes(bytes: &[u8]) -> Vec<ChangeHash> {
    bytes.as_chunks::<32>().0.iter().map(|hash| ChangeHash::from_bytes(*hash)).collect()
}

/// The column of these names.
pub(super) fn bytes_of(hashes: &[ChangeHash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.to_bytes()).collect()
}

/// A manifest's photos as they lie in their column: id, two digests, length.
pub(super) fn photo_bytes(photos: &[ManifestPhoto]) -> Vec<u8> {
    let one = |photo: &ManifestPhoto| {
        [
            photo.id.to_bytes().as_slice(),
            &photo.plain.to_bytes(),
            &photo.cipher.to_bytes(),
            &photo.cipher_bytes.to_be_bytes(),
        ]
        .concat()
    };
    photos.iter().flat_map(one).collect()
}

fn photos_of(bytes: &[u8]) -> Option<Vec<ManifestPhoto>> {
    let (photos, rest) = bytes.as_chunks::<84>();
    let one = |photo: &[u8; 84]| {
        Some(ManifestPhoto {
            id: PhotoId::from_bytes(photo[..16].try_into().ok()?),
            plain: PhotoHash::from_bytes(photo[16..48].try_into().ok()?),
            cipher: PhotoHash::from_bytes(photo[48..80].try_into().ok()?),
            cipher_bytes: u32::from_be_bytes(photo[80..].try_into().ok()?),
        })
    };
    if rest.is_empty() { photos.iter().map(one).collect() } else { None }
}
