//! What a revoked device handed over is taken into its owner's applications, after a person has looked.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, params};
use shared::document::ChangeHeader;
use shared::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};
use shared::protocol::sync::{Bytes, RefusedChange};
use shared::sync::{
    Checked, CheckedPush, KnownDevice, KnownDocument, Ledger, PushPlan, Submission, admit_push,
};

use super::{
    commit::{Log, Means, QUARANTINE},
    ledger::{self, Committed, unreadable},
    news::News,
};
use crate::{crypt::Place, store::StoreError};

/// What came of taking over.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct TakenOver {
    /// Changes that are now in the owner's applications.
    pub taken: usize,
    /// Changes that stay in quarantine: what they follow is missing, or they are no changes.
    pub left: usize,
}

/// Takes what lies in quarantine of this device, by the same rules as a push; `document` narrows it to one application.
/// What the rules refuse stays. The device itself stays revoked.
///
/// # Errors
/// When the store cannot be read or written; nothing is kept then.
pub(crate) fn take_over(
    conn: &Connection,
    device: DeviceId,
    document: Option<DocumentId>,
    means: &Means,
) -> Result<(TakenOver, Vec<News>), StoreError> {
    let ledger = Trusting(Committed::of(conn, &means.keys));
    let known = ledger.device(device);
    ledger.0.sound()?;
    let Some(known) = known else { return Ok((TakenOver::default(), Vec::new())) };
    let Some(own) = own_scope(conn, device)? else { return Ok((TakenOver::default(), Vec::new())) };
    let kept = quarantined(conn, device, document, known.tenant, means)?;
    let documents = kept.into_iter().map(|(document, changes)| (document, own, in_order(changes))).collect();
    let push = CheckedPush { number: 0, documents };
    let PushPlan { rows, refused, .. } = admit_push(&ledger, device, &push).unwrap_or_default();
    ledger.0.sound()?;
    let steps = Log::new(conn, &ledger.0, known.tenant, means).append(&rows)?;
    let stays: BTreeSet<(DocumentId, ChangeHash)> =
        refused.iter().map(|RefusedChange { document, change, .. }| (*document, *change)).collect();
    let keys = means.keys.tenant(known.tenant);
    for (document, _, changes) in &push.documents {
        for header in changes.iter().filter_map(|(header, _)| header.as_ref().ok()) {
            if !stays.contains(&(*document, header.hash)) {
                conn.prepare_cached("DELETE FROM quarantined_changes WHERE document = ?1 AND name = ?2")?
                    .execute(params![document.to_string(), ledger::name_of(&keys, header.hash)])?;
            }
        }
    }
    let news = steps.iter().map(|step| News::Scope(step.scope, step.after)).collect();
    Ok((TakenOver { taken: rows.len(), left: stays.len() }, news))
}

fn own_scope(conn: &Connection, device: DeviceId) -> Result<Option<ScopeId>, StoreError> {
    let scope = conn
        .prepare_cached(
            "SELECT m.scope FROM devices d JOIN scope_members m ON m.account = d.account AND m.own = 1 WHERE d.id = ?1",
        )?
        .query_row([device.to_string()], |row| ledger::id(row, 0))
        .optional()?;
    Ok(scope)
}

fn quarantined(
    conn: &Connection,
    device: DeviceId,
    only: Option<DocumentId>,
    tenant: TenantId,
    means: &Means,
) -> Result<BTreeMap<DocumentId, Vec<Checked>>, StoreError> {
    let keys = means.keys.tenant(tenant);
    let mut statement = conn.prepare_cached(
        "SELECT document, name, wrapped_key, sealed FROM quarantined_changes
         WHERE device = ?1 AND tenant = ?2 AND (?3 IS NULL OR document = ?3)",
    )?;
    let only = only.map(|document| document.to_string());
    let mut rows = statement.query(params![device.to_string(), tenant.to_string(), only])?;
    let mut kept: BTreeMap<DocumentId, Vec<Checked>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let document: DocumentId = ledger::id(row, 0)?;
        let name = hex::encode(row.get::<_, Vec<u8>>(1)?);
        let (wrapped, sealed): (Vec<u8>, Vec<u8>) = (row.get(2)?, row.get(3)?);
        let key = keys.document(&name, &wrapped).map_err(unreadable)?;
        let place = Place { table: QUARANTINE, row: &name, column: "sealed" };
        let bytes = key.open(place, &sealed).map_err(unreadable)?;
        // It was a sound change when it came; one that is none any more was damaged on our disk and stays where it is.
        if let Ok(header) = ChangeHeader::read(&bytes) {
            kept.entry(document).or_default().push((Ok(header), Bytes(bytes.to_vec())));
        }
    }
    Ok(kept)
}

/// Each change after those of them that it follows; what follows something that is not among them keeps its place.
fn in_order(changes: Vec<Checked>) -> Vec<Checked> {
    let hash = |change: &Checked| change.0.as_ref().ok().map(|header| header.hash);
    let mut waiting: BTreeMap<ChangeHash, Checked> =
        changes.into_iter().filter_map(|change| Some((hash(&change)?, change))).collect();
    let mut followers: BTreeMap<ChangeHash, Vec<ChangeHash>> = BTreeMap::new();
    let mut missing: BTreeMap<ChangeHash, usize> = BTreeMap::new();
    for (name, (header, _)) in &waiting {
        let dependencies = header.as_ref().map_or(&[][..], |header| &header.dependencies);
        let among = dependencies.iter().filter(|dependency| waiting.contains_key(dependency));
        missing.insert(*name, among.clone().count());
        among.for_each(|dependency| followers.entry(*dependency).or_default().push(*name));
    }
    let mut ready: Vec<ChangeHash> =
        missing.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect();
    let mut ordered = Vec::with_capacity(waiting.len());
    while let Some(name) = ready.pop() {
        ordered.extend(waiting.remove(&name));
        for follower in followers.remove(&name).unwrap_or_default() {
            if let Some(count) = missing.get_mut(&follower) {
                *count -= 1;
                if *count == 0 {
                    ready.push(follower);
                }
            }
        }
    }
    ordered.extend(waiting.into_values());
    ordered
}

/// The store, with the device trusted as it was before it was revoked: a person vouches for what it handed over.
struct Trusting<'a>(Committed<'a>);

impl Ledger for Trusting<'_> {
    fn device(&self, device: DeviceId) -> Option<KnownDevice> {
        self.0.device(device).map(|known| KnownDevice { revoked: None, ..known })
    }

    fn document(&self, document: DocumentId) -> Option<KnownDocument> {
        self.0.document(document)
    }

    fn has_change(&self, document: DocumentId, change: ChangeHash) -> bool {
        self.0.has_change(document, change)
    }

    fn place(&self, document: DocumentId, actor: &[u8], seq: u64) -> Option<ChangeHash> {
        self.0.place(document, actor, seq)
    }

    fn submission_of(&self, document: DocumentId) -> Option<Submission> {
        self.0.submission_of(document)
    }

    fn document_of(&self, submission: SubmissionId) -> Option<DocumentId> {
        self.0.document_of(submission)
    }

    fn photo(&self, tenant: TenantId, photo: PhotoId) -> Option<(PhotoHash, u32)> {
        self.0.photo(tenant, photo)
    }
}
