//! The server around the real sessions: a store that is durable at a commit, and nothing before it.

use std::collections::{BTreeMap, BTreeSet};

use shared::document::{Actor, Application, DocumentError};
use shared::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use shared::protocol::sync::{
    AIM_FRAME_BYTES, Bytes, DocumentDigest, ScopeStep, Sent, SyncCode, head_digest,
};
use shared::sync::{
    Batch, CheckedPush, Committed, KnownDevice, KnownDocument, Ledger, Session, Submission, TusAnswer,
    TusRequest, Work, admit_manifest, admit_push, receipt,
};

/// One committed change.
pub(crate) struct LogRow {
    pub(crate) document: DocumentId,
    pub(crate) bytes: Vec<u8>,
}

/// What the server's disk holds.
#[derive(Default)]
pub(crate) struct Store {
    pub(crate) devices: BTreeMap<DeviceId, KnownDevice>,
    pub(crate) documents: BTreeMap<DocumentId, (KnownDocument, BTreeSet<ChangeHash>)>,
    pub(crate) log: BTreeMap<ScopeId, Vec<LogRow>>,
    pub(crate) changes: BTreeSet<(DocumentId, ChangeHash)>,
    places: BTreeMap<(DocumentId, Vec<u8>, u64), ChangeHash>,
    pub(crate) quarantine: BTreeSet<(DocumentId, ChangeHash)>,
    pub(crate) submissions: BTreeMap<DocumentId, Submission>,
    submission_ids: BTreeMap<SubmissionId, DocumentId>,
    uploads: BTreeMap<PhotoId, (TenantId, PhotoHash, u32, Vec<u8>)>,
    pub(crate) photos: BTreeMap<(TenantId, PhotoId), (PhotoHash, Vec<u8>)>,
    pub(crate) lost: BTreeMap<DeviceId, u32>,
    pub(crate) complete_unseen: bool,
}

impl Ledger for Store {
    fn device(&self, device: DeviceId) -> Option<KnownDevice> {
        self.devices.get(&device).cloned()
    }

    fn document(&self, document: DocumentId) -> Option<KnownDocument> {
        self.documents.get(&document).map(|(known, _)| *known)
    }

    fn has_change(&self, document: DocumentId, change: ChangeHash) -> bool {
        self.changes.contains(&(document, change))
    }

    fn place(&self, document: DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash> {
        self.places.get(&(document, actor.to_vec(), seq)).copied()
    }

    fn submission_of(&self, document: DocumentId) -> Option<Submission> {
        self.submissions.get(&document).cloned()
    }

    fn document_of(&self, submission: SubmissionId) -> Option<DocumentId> {
        self.submission_ids.get(&submission).copied()
    }

    fn photo(&self, tenant: TenantId, photo: PhotoId) -> Option<(PhotoHash, u32)> {
        if self.complete_unseen {
            let claimed = self.submissions.values().flat_map(|submission| &submission.photos);
            let mut claimed = claimed;
            return claimed.find(|claimed| claimed.id == photo).map(|p| (p.cipher, p.cipher_bytes));
        }
        self.photos.get(&(tenant, photo)).map(|(digest, bytes)| (*digest, bytes.len() as u32))
    }
}

impl Store {
    /// The write transaction: all of it is durable when this returns.
    pub(crate) fn commit(&mut self, device: DeviceId, work: &Work) -> Committed {
        match work {
            Work::Push(push) => self.commit_push(device, push),
            Work::Manifest(manifest) => {
                let tenant = self.devices[&device].tenant;
                match admit_manifest(self, device, manifest) {
                    Ok(taken) => {
                        if let Some(submission) = taken {
                            self.submission_ids.insert(submission.id, submission.document);
                            self.submissions.insert(submission.document, submission);
                        }
                        receipt(self, tenant, manifest.document).map_or(
                            Committed::Refused {
                                push: None,
                                document: Some(manifest.document),
                                code: SyncCode::StorageFailed,
                            },
                            Committed::Manifest,
                        )
                    }
                    Err(code) => Committed::Refused { push: None, document: Some(manifest.document), code },
                }
            }
        }
    }

    fn commit_push(&mut self, device: DeviceId, push: &CheckedPush) -> Committed {
        let plan = match admit_push(self, device, push) {
            Ok(plan) => plan,
            Err(code) => return Committed::Refused { push: Some(push.number), document: None, code },
        };
        let tenant = self.devices[&device].tenant;
        let mut steps: BTreeMap<ScopeId, ScopeStep> = BTreeMap::new();
        for row in plan.rows {
            if plan.quarantine {
                self.quarantine.insert((row.document, row.header.hash));
                continue;
            }
            let known = KnownDocument { tenant, scope: row.scope, changes: 0 };
            let (known, heads) = self.documents.entry(row.document).or_insert((known, BTreeSet::new()));
            known.changes += 1;
            row.header.dependencies.iter().for_each(|parent| {
                heads.remove(parent);
            });
            heads.insert(row.header.hash);
            self.changes.insert((row.document, row.header.hash));
            self.places.insert((row.document, row.header.actor, row.header.seq), row.header.hash);
            let log = self.log.entry(row.scope).or_default();
            let before = log.len() as u64;
            log.push(LogRow { document: row.document, bytes: row.bytes.0 });
            let step =
                steps.entry(row.scope).or_insert(ScopeStep { scope: row.scope, before, after: before });
            step.after = before + 1;
        }
        Committed::Push {
            number: push.number,
            steps: steps.into_values().collect(),
            refused: plan.refused,
            quarantined: plan.quarantine,
        }
    }

    /// What came after a number in a scope.
    pub(crate) fn read(&self, scope: ScopeId, from: u64) -> Batch {
        let empty = Vec::new();
        let log = self.log.get(&scope).unwrap_or(&empty);
        let head = log.len() as u64;
        let mut documents: Vec<Sent> = Vec::new();
        let (mut to, mut bytes) = (from, 0);
        for row in log.iter().skip(from as usize) {
            bytes += row.bytes.len();
            // Small answers, so that catching up takes several.
            if bytes > AIM_FRAME_BYTES / 128 && to > from {
                break;
            }
            to += 1;
            let change = Bytes(row.bytes.clone());
            match documents.iter_mut().find(|sent| sent.document == row.document) {
                Some(sent) => sent.changes.push(change),
                None => documents.push(Sent { document: row.document, changes: vec![change] }),
            }
        }
        Batch { scope, from, to, head, documents }
    }

    pub(crate) fn head(&self, scope: ScopeId) -> u64 {
        self.log.get(&scope).map_or(0, |log| log.len() as u64)
    }

    /// May this device see this document, and does the server know it?
    fn visible(&self, device: DeviceId, document: DocumentId) -> Option<bool> {
        let known = self.devices.get(&device)?;
        match self.documents.get(&document) {
            Some((there, _)) => {
                (there.tenant == known.tenant && known.scopes.contains(&there.scope)).then_some(true)
            }
            None => Some(false),
        }
    }

    pub(crate) fn compare(&self, device: DeviceId, digests: &[DocumentDigest]) -> Vec<DocumentId> {
        let differs = |digest: &&DocumentDigest| match self.visible(device, digest.document) {
            Some(true) => head_digest(&self.heads(digest.document)) != digest.digest,
            Some(false) => true,
            None => false,
        };
        digests.iter().filter(differs).map(|digest| digest.document).collect()
    }

    pub(crate) fn heads(&self, document: DocumentId) -> Vec<ChangeHash> {
        self.documents.get(&document).map(|(_, heads)| heads.iter().copied().collect()).unwrap_or_default()
    }

    /// The document as a child process would load it.
    pub(crate) fn load(&self, document: DocumentId) -> Result<Application, DocumentError> {
        let rows = self.log.values().flatten().filter(|row| row.document == document);
        let changes: Vec<Vec<u8>> = rows.map(|row| row.bytes.clone()).collect();
        Application::replay(document, Actor::fresh([0xee; 16]), &changes)
    }

    pub(crate) fn answer_repair(
        &self,
        device: DeviceId,
        document: DocumentId,
        message: &[u8],
    ) -> Result<Vec<u8>, DocumentError> {
        self.visible(device, document).ok_or(DocumentError::Malformed)?;
        self.load(document)?.answer_repair(message)
    }

    /// The tus endpoint. Each answer is given after what it says is durable.
    pub(crate) fn tus(
        &mut self,
        device: DeviceId,
        request: TusRequest,
        digest: PhotoHash,
        body: &[u8],
    ) -> TusAnswer {
        let Some(known) = self.devices.get(&device).filter(|known| known.revoked.is_none()) else {
            return TusAnswer::Refused;
        };
        let tenant = known.tenant;
        let (TusRequest::Offset(photo) | TusRequest::Create(photo, _) | TusRequest::Slice { photo, .. }) =
            request;
        if self.photos.contains_key(&(tenant, photo)) {
            return TusAnswer::Verified;
        }
        match request {
            TusRequest::Offset(_) => match self.uploads.get(&photo) {
                Some((owner, _, _, have)) if *owner == tenant => TusAnswer::Offset(have.len() as u32),
                _ => TusAnswer::NotFound,
            },
            TusRequest::Create(_, length) => {
                self.uploads.insert(photo, (tenant, digest, length, Vec::new()));
                TusAnswer::Offset(0)
            }
            TusRequest::Slice { offset, .. } => {
                let Some((owner, promised, length, have)) = self.uploads.get_mut(&photo) else {
                    return TusAnswer::NotFound;
                };
                if *owner != tenant {
                    return TusAnswer::NotFound;
                }
                if have.len() as u32 != offset {
                    return TusAnswer::Conflict;
                }
                if have.len() + body.len() > *length as usize {
                    return TusAnswer::Refused;
                }
                have.extend_from_slice(body);
                if (have.len() as u32) < *length {
                    return TusAnswer::Offset(have.len() as u32);
                }
                let verified = PhotoHash::of(have) == *promised;
                let Some((_, promised, _, bytes)) = self.uploads.remove(&photo) else {
                    return TusAnswer::NotFound;
                };
                if !verified {
                    return TusAnswer::Mismatch;
                }
                self.photos.insert((tenant, photo), (promised, bytes));
                TusAnswer::Verified
            }
        }
    }
}

/// The running server.
pub(crate) struct Server {
    pub(crate) store: Store,
    pub(crate) sessions: BTreeMap<u64, Session>,
    pub(crate) boot: u32,
    pub(crate) started: u64,
    pub(crate) up: bool,
}
