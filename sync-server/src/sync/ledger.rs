//! What is committed, as the rules of [`shared::sync`] ask for it.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::document::ChangeHeader;
use shared::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use shared::protocol::sync::ManifestPhoto;
use shared::sync::{KnownDevice, KnownDocument, Ledger, Submission};

use crate::{
    crypt::{Keys, PersonKey, Place, TenantKeys},
    devices::Revocation,
    store::{StoreError, count},
};

/// The store within one transaction. The rules ask and get an answer or none; what went wrong on the way is kept until
/// [`Committed::sound`].
pub(super) struct Committed<'a> {
    conn: &'a Connection,
    keys: &'a Keys,
    documents: RefCell<BTreeMap<DocumentId, Option<Rc<DocumentRow>>>>,
    wrong: RefCell<Option<StoreError>>,
}

/// A document's row, with the keys of its tenant.
pub(super) struct DocumentRow {
    pub(super) number: i64,
    pub(super) known: KnownDocument,
    pub(super) keys: TenantKeys,
    /// Gone where the document is erased.
    wrapped_key: Option<Vec<u8>>,
    heads: Vec<u8>,
}

impl DocumentRow {
    /// What its content is sealed with; `None` where the document is erased.
    ///
    /// # Errors
    /// When another master key wrapped it.
    pub(super) fn key(&self, document: DocumentId) -> Result<Option<PersonKey>, StoreError> {
        let Some(wrapped) = &self.wrapped_key else { return Ok(None) };
        self.keys.document(&document.to_string(), wrapped).map(Some).map_err(unreadable)
    }

    /// The names of the changes that no other follows.
    ///
    /// # Errors
    /// As [`DocumentRow::key`].
    pub(super) fn heads(&self, document: DocumentId) -> Result<Vec<ChangeHash>, StoreError> {
        let Some(key) = self.key(document)? else { return Ok(Vec::new()) };
        if self.heads.is_empty() {
            return Ok(Vec::new());
        }
        let opened = key.open(heads_place(&document.to_string()), &self.heads).map_err(unreadable)?;
        Ok(hashes(&opened))
    }
}

impl<'a> Committed<'a> {
    pub(super) fn of(conn: &'a Connection, keys: &'a Keys) -> Self {
        Self { conn, keys, documents: RefCell::default(), wrong: RefCell::new(None) }
    }

    /// The document's row, read once.
    pub(super) fn row(&self, document: DocumentId) -> Option<Rc<DocumentRow>> {
        if let Some(row) = self.documents.borrow().get(&document) {
            return row.clone();
        }
        let row = self.one(
            "SELECT d.number, d.tenant, s.id, d.changes, d.wrapped_key, d.heads
             FROM application_documents d JOIN scopes s ON s.number = d.scope WHERE d.id = ?1",
            [document.to_string()],
            |row| {
                let known =
                    KnownDocument { tenant: id(row, 1)?, scope: id(row, 2)?, changes: count(row, 3)? };
                let keys = self.keys.tenant(known.tenant);
                let (number, wrapped_key, heads) = (row.get(0)?, row.get(4)?, row.get(5)?);
                Ok(Rc::new(DocumentRow { number, known, keys, wrapped_key, heads }))
            },
        );
        self.documents.borrow_mut().insert(document, row.clone());
        row
    }

    /// What is asked is answered with nothing, and nothing that is decided counts.
    fn give_up<T>(&self, error: StoreError) -> Option<T> {
        self.wrong.borrow_mut().get_or_insert(error);
        None
    }

    /// Could everything be read? Otherwise nothing that was decided counts.
    ///
    /// # Errors
    /// What could not be read.
    pub(super) fn sound(&self) -> Result<(), StoreError> {
        self.wrong.take().map_or(Ok(()), Err)
    }

    fn one<T>(
        &self,
        sql: &str,
        of: impl rusqlite::Params,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Option<T> {
        let found = self.conn.prepare_cached(sql).and_then(|mut asked| asked.query_row(of, read).optional());
        found.unwrap_or_else(|error| self.give_up(error.into()))
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
        self.row(document).map(|row| row.known)
    }

    fn has_change(&self, document: DocumentId, change: ChangeHash) -> bool {
        self.row(document).is_some_and(|row| {
            self.one(
                "SELECT 1 FROM application_changes WHERE document = ?1 AND name = ?2",
                params![row.number, name_of(&row.keys, change)],
                |_| Ok(()),
            )
            .is_some()
        })
    }

    fn place(&self, document: DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash> {
        let seq = i64::try_from(seq).ok()?;
        let row = self.row(document)?;
        let (name, sealed): (Vec<u8>, Vec<u8>) = self.one(
            "SELECT name, sealed FROM application_changes WHERE document = ?1 AND actor = ?2 AND actor_seq = ?3",
            params![row.number, actor, seq],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        // Its own name stands nowhere in the clear: it is made again from the change.
        let key = row.key(document).unwrap_or_else(|error| self.give_up(error))?;
        match opened(&key, &name, &sealed) {
            Ok(bytes) => ChangeHeader::read(&bytes).ok().map(|header| header.hash),
            Err(error) => self.give_up(error),
        }
    }

    fn submission_of(&self, document: DocumentId) -> Option<Submission> {
        let (submission, heads, photos): (SubmissionId, Vec<u8>, Vec<u8>) = self.one(
            "SELECT id, heads, photos FROM submissions WHERE document = ?1",
            [document.to_string()],
            |row| Ok((id(row, 0)?, row.get(1)?, row.get(2)?)),
        )?;
        let key = self.row(document)?.key(document).unwrap_or_else(|error| self.give_up(error))?;
        let text = document.to_string();
        let open = |column, sealed: &[u8]| {
            let place = Place { table: SUBMISSIONS, row: &text, column };
            key.open(place, sealed).map_err(unreadable).map(Some).unwrap_or_else(|error| self.give_up(error))
        };
        let (heads, photos) = (hashes(&open("heads", &heads)?), photos_of(&open("photos", &photos)?)?);
        Some(Submission { id: submission, document, heads, photos })
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
        scopes.unwrap_or_else(|error| self.give_up(error.into()).unwrap_or_default())
    }
}

/// An id as the domain prints it.
pub(super) fn id<T: std::str::FromStr>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    text.parse().map_err(|_| {
        rusqlite::Error::InvalidColumnType(column, "an id".to_owned(), rusqlite::types::Type::Text)
    })
}

/// Where submissions are sealed for.
pub(super) const SUBMISSIONS: &str = "submissions";
/// Where changes are sealed for.
pub(super) const CHANGES: &str = "application_changes";

/// Where a document's heads are sealed for.
pub(super) fn heads_place(document: &str) -> Place<'_> {
    Place { table: "application_documents", row: document, column: "heads" }
}

/// A change's name as it stands in a column: keyed, because the name itself is a hash of what somebody typed, and who
/// has a copied disk could try all phone numbers.
pub(super) fn name_of(keys: &TenantKeys, change: ChangeHash) -> Vec<u8> {
    keys.blind_index("change", &change.to_string())
}

/// Opens a change that was sealed for its name.
pub(super) fn opened(key: &PersonKey, name: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let row = hex::encode(name);
    key.open(Place { table: CHANGES, row: &row, column: "sealed" }, sealed).map_err(unreadable)
}

/// Sealed with other keys, or changed on the disk: nothing can be made of it here and now.
pub(super) fn unreadable(_: crate::crypt::Unreadable) -> StoreError {
    tracing::error!("a sealed change of an application document cannot be opened");
    StoreError::Unavailable
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
