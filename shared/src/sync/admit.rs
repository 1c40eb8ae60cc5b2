//! What the server takes. These functions run inside its write transaction, on what is committed at that moment; the
//! driver writes what they plan, hands out sequence numbers in that order, and acknowledges after the flush.

use crate::document::{ChangeHeader, genesis_hash};
use crate::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use crate::protocol::sync::{
    Bytes, ManifestPhoto, PhotoManifest, Receipt, ReceiptState, RefusedChange, Revoked, SyncCode,
};
use std::collections::{BTreeMap, BTreeSet};

use super::CheckedPush;

/// Most changes of one document on the server.
pub const MAX_SERVER_CHANGES_PER_DOCUMENT: u64 = crate::document::MAX_CHANGES_PER_DOCUMENT as u64;

/// A device that was enrolled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownDevice {
    /// Its tenant: from here, never from what the device says.
    pub tenant: TenantId,
    /// Its public key.
    pub key: [u8; 32],
    /// What it may see and write.
    pub scopes: Vec<ScopeId>,
    /// Is it still trusted?
    pub revoked: Option<Revoked>,
}

/// A document the server knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownDocument {
    /// Its tenant.
    pub tenant: TenantId,
    /// Its scope.
    pub scope: ScopeId,
    /// How many changes it has.
    pub changes: u64,
}

/// A submission the server took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submission {
    /// Its name.
    pub id: SubmissionId,
    /// The document.
    pub document: DocumentId,
    /// The frozen heads.
    pub heads: Vec<ChangeHash>,
    /// The frozen photos.
    pub photos: Vec<ManifestPhoto>,
}

/// What is committed, as the write transaction sees it.
pub trait Ledger {
    /// The device.
    fn device(&self, device: DeviceId) -> Option<KnownDevice>;
    /// The document.
    fn document(&self, document: DocumentId) -> Option<KnownDocument>;
    /// Is this change stored?
    fn has_change(&self, document: DocumentId, change: ChangeHash) -> bool;
    /// Which change has this place of this actor.
    fn place(&self, document: DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash>;
    /// The submission that stands for a document.
    fn submission_of(&self, document: DocumentId) -> Option<Submission>;
    /// The document that a submission's id was used for.
    fn document_of(&self, submission: SubmissionId) -> Option<DocumentId>;
    /// The digest and length of a photo that is durable and was verified.
    fn photo(&self, tenant: TenantId, photo: PhotoId) -> Option<(PhotoHash, u32)>;
}

/// What to write for a push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PushPlan {
    /// New changes, in the order in which they get their numbers.
    pub rows: Vec<Admitted>,
    /// What is not taken.
    pub refused: Vec<RefusedChange>,
    /// The device is revoked: the rows go into quarantine and get no numbers.
    pub quarantine: bool,
}

/// A change to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    /// In which scope.
    pub scope: ScopeId,
    /// Of which document.
    pub document: DocumentId,
    /// Its outside.
    pub header: ChangeHeader,
    /// Its bytes.
    pub bytes: Bytes,
}

/// Plans a push whose signature was verified. A change is taken when its document is the device's to write, everything it
/// follows is stored (or planned before it), and its actor's place is free. What is stored already costs nothing.
///
/// # Errors
/// [`SyncCode::NotEnrolled`] or [`SyncCode::Revoked`] for the push as a whole.
pub fn admit_push(ledger: &impl Ledger, device: DeviceId, push: &CheckedPush) -> Result<PushPlan, SyncCode> {
    let known = ledger.device(device).ok_or(SyncCode::NotEnrolled)?;
    let quarantine = match known.revoked {
        None => false,
        Some(Revoked::HandOver) => true,
        Some(Revoked::Erase) => return Err(SyncCode::Revoked),
    };
    let mut plan = PushPlan { quarantine, ..PushPlan::default() };
    for (document, scope, changes) in &push.documents {
        let (scope, stored) = match ledger.document(*document) {
            Some(there) if there.tenant == known.tenant => (there.scope, there.changes),
            Some(_) => (ScopeId::from_bytes([0; 16]), 0), // another tenant's: no such document
            None => (*scope, 0),
        };
        let mine = known.scopes.contains(&scope);
        let mut planned: BTreeSet<ChangeHash> = BTreeSet::new();
        let mut places: BTreeMap<(&[u8], u64), ChangeHash> = BTreeMap::new();
        for (change, bytes) in changes {
            let refuse = |code| Some(RefusedChange { document: *document, change: code_name(change), code });
            let here = |hash: &ChangeHash| {
                *hash == genesis_hash() || planned.contains(hash) || ledger.has_change(*document, *hash)
            };
            let header = match change {
                Ok(header) => header,
                Err((_, code)) => {
                    plan.refused.extend(refuse(*code));
                    continue;
                }
            };
            let taken = ledger
                .place(*document, &header.actor, header.seq)
                .or_else(|| places.get(&(header.actor.as_slice(), header.seq)).copied());
            let refused = if !mine {
                refuse(if ledger.document(*document).is_some() {
                    SyncCode::DocumentUnknown
                } else {
                    SyncCode::ScopeUnknown
                })
            } else if here(&header.hash) {
                continue;
            } else if quarantine {
                None // kept as it is, for a person to look at
            } else if taken.is_some_and(|taken| taken != header.hash) {
                refuse(SyncCode::ActorReused)
            } else if !header.dependencies.iter().all(here) {
                refuse(SyncCode::DependencyMissing)
            } else if stored + planned.len() as u64 >= MAX_SERVER_CHANGES_PER_DOCUMENT {
                refuse(SyncCode::DocumentFull)
            } else {
                None
            };
            match refused {
                Some(refused) => plan.refused.push(refused),
                None => {
                    planned.insert(header.hash);
                    places.insert((&header.actor, header.seq), header.hash);
                    let (header, bytes) = (header.clone(), bytes.clone());
                    plan.rows.push(Admitted { scope, document: *document, header, bytes });
                }
            }
        }
    }
    Ok(plan)
}

fn code_name(change: &Result<ChangeHeader, (ChangeHash, SyncCode)>) -> ChangeHash {
    match change {
        Ok(header) => header.hash,
        Err((hash, _)) => *hash,
    }
}

/// Decides about a manifest whose signature was verified: `Ok(Some)` is to be stored before the receipt is sent,
/// `Ok(None)` stands already (this one, or another device's that came first).
///
/// # Errors
/// When the document is not the device's, lacks the sealed heads, or the id was used for something else.
pub fn admit_manifest(
    ledger: &impl Ledger,
    device: DeviceId,
    manifest: &PhotoManifest,
) -> Result<Option<Submission>, SyncCode> {
    let known = ledger.device(device).ok_or(SyncCode::NotEnrolled)?;
    if known.revoked.is_some() {
        return Err(SyncCode::Revoked);
    }
    let document = ledger.document(manifest.document);
    let document =
        document.filter(|there| there.tenant == known.tenant && known.scopes.contains(&there.scope));
    // A submission that overtook its document: it is asked again once the document is here.
    document.ok_or(SyncCode::DependencyMissing)?;
    let submission = Submission {
        id: manifest.submission,
        document: manifest.document,
        heads: manifest.heads.clone(),
        photos: manifest.photos.clone(),
    };
    if ledger.document_of(manifest.submission).is_some_and(|other| other != manifest.document) {
        return Err(SyncCode::SubmissionReused);
    }
    match ledger.submission_of(manifest.document) {
        Some(stands) if stands == submission => Ok(None),
        Some(stands) if stands.id == submission.id => Err(SyncCode::SubmissionReused),
        Some(_) => Ok(None),
        None => {
            let here =
                |head: &ChangeHash| *head == genesis_hash() || ledger.has_change(manifest.document, *head);
            if manifest.heads.iter().all(here) {
                Ok(Some(submission))
            } else {
                Err(SyncCode::DependencyMissing)
            }
        }
    }
}

/// How far the submission that stands for a document is: complete when every photo of its manifest is durable with the
/// digest and the length that were sealed.
pub fn receipt(ledger: &impl Ledger, tenant: TenantId, document: DocumentId) -> Option<Receipt> {
    let stands = ledger.submission_of(document)?;
    let arrived =
        |photo: &ManifestPhoto| ledger.photo(tenant, photo.id) == Some((photo.cipher, photo.cipher_bytes));
    let awaited: Vec<_> =
        stands.photos.iter().filter(|photo| !arrived(photo)).map(|photo| photo.id.to_bytes()).collect();
    let state = if awaited.is_empty() { ReceiptState::Complete } else { ReceiptState::Received };
    Some(Receipt { document, submission: stands.id, state, awaited })
}
