//! The write transaction behind a push or a submission: what the rules admit is written, numbered in this order, and
//! acknowledged once it is durable.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::{ChangeHash, DeviceId, DocumentId, ScopeId, TenantId};
use shared::protocol::sync::{PhotoManifest, ReceiptState, ScopeStep, SyncCode};
use shared::sync::{
    Admitted, CheckedPush, Committed, MAX_OUTBOX_ROWS, Submission, Work, admit_manifest, admit_push,
};

use super::{
    ledger::{self, CHANGES, SUBMISSIONS, bytes_of, heads_place, name_of, photo_bytes, unreadable},
    news::News,
};
use crate::{
    app::App,
    audit, captures,
    crypt::{Keys, PersonKey, Place, TenantKeys},
    store::{StoreError, count, signed},
    world::Random,
};

/// Where changes of a revoked device are sealed for.
pub(super) const QUARANTINE: &str = "quarantined_changes";
/// Most submissions that one photo may belong to: the first, and amendments of it.
const MOST_OF_A_PHOTO: i64 = 8;

/// What a transaction needs besides the store.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) keys: Keys,
    pub(crate) random: Random,
    pub(crate) now: Timestamp,
}

/// Does the work; what connected devices should hear once it is durable comes along.
///
/// # Errors
/// When the store cannot be read or written; nothing is kept then.
fn commit(
    conn: &Connection,
    device: DeviceId,
    work: &Work,
    means: &Means,
) -> Result<(Committed, Vec<News>), StoreError> {
    match work {
        Work::Push(push) => commit_push(conn, device, push, means),
        Work::Manifest(manifest) => Ok((commit_manifest(conn, device, manifest, means)?, Vec::new())),
    }
}

/// Does the work in a write transaction of its own; connected devices and whoever makes cases hear of what became durable.
///
/// # Errors
/// As [`commit`].
pub(super) async fn carry_out(app: &App, device: DeviceId, work: Work) -> Result<Committed, StoreError> {
    let means =
        Means { keys: app.keys.clone(), random: app.world.random.clone(), now: app.world.clock.now() };
    let Ok(_place) = app.news.place().await else { return Err(StoreError::Unavailable) };
    let (committed, news) = app.store.write(move |conn| commit(conn, device, &work, &means)).await?;
    if matches!(&committed, Committed::Manifest(receipt) if receipt.state == ReceiptState::Complete) {
        app.submissions.ring();
    }
    news.into_iter().for_each(|news| app.news.tell(news));
    Ok(committed)
}

fn commit_push(
    conn: &Connection,
    device: DeviceId,
    push: &CheckedPush,
    means: &Means,
) -> Result<(Committed, Vec<News>), StoreError> {
    let ledger = ledger::Committed::of(conn, &means.keys);
    let plan = admit_push(&ledger, device, push);
    let tenant = tenant_of(&ledger, device);
    ledger.sound()?;
    let (plan, tenant) = match (plan, tenant) {
        (Ok(plan), Some(tenant)) => (plan, tenant),
        (Err(code), _) => return Ok((refused(Some(push.number), None, code), Vec::new())),
        (_, None) => return Ok((refused(Some(push.number), None, SyncCode::NotEnrolled), Vec::new())),
    };
    let (taken, steps) = match plan.quarantine {
        true if quarantined(conn, device)? + plan.rows.len() > MAX_OUTBOX_ROWS => {
            return Ok((refused(Some(push.number), None, SyncCode::StorageFull), Vec::new()));
        }
        true => (set_aside(conn, device, tenant, &plan.rows, means)?, Vec::new()),
        false => (plan.rows.len(), Log::new(conn, &ledger, tenant, means).append(&plan.rows)?),
    };
    if taken > 0 {
        let action = if plan.quarantine { "changes.quarantined" } else { "changes.pushed" };
        record(
            conn,
            tenant,
            device,
            action,
            &device.to_string(),
            &format!("{{\"changes\":{taken}}}"),
            means,
        )?;
    }
    let news = steps.iter().map(|step| News::Scope(step.scope, step.after)).collect();
    let done =
        Committed::Push { number: push.number, steps, refused: plan.refused, quarantined: plan.quarantine };
    Ok((done, news))
}

fn commit_manifest(
    conn: &Connection,
    device: DeviceId,
    manifest: &PhotoManifest,
    means: &Means,
) -> Result<Committed, StoreError> {
    let ledger = ledger::Committed::of(conn, &means.keys);
    let admitted = admit_manifest(&ledger, device, manifest);
    let tenant = tenant_of(&ledger, device);
    ledger.sound()?;
    let document = Some(manifest.document);
    let (taken, tenant) = match (admitted, tenant) {
        (Ok(taken), Some(tenant)) => (taken, tenant),
        (Err(code), _) => return Ok(refused(None, document, code)),
        (_, None) => return Ok(refused(None, document, SyncCode::NotEnrolled)),
    };
    if let Some(submission) = taken
        && let Some(code) = keep(conn, device, tenant, &submission, means)?
    {
        return Ok(refused(None, document, code));
    }
    let stands = captures::receipt_of(conn, &means.keys, tenant, manifest.document, means.now)?;
    Ok(stands.map_or(refused(None, document, SyncCode::StorageFailed), Committed::Manifest))
}

/// Keeps a submission, or says why not.
fn keep(
    conn: &Connection,
    device: DeviceId,
    tenant: TenantId,
    submission: &Submission,
    means: &Means,
) -> Result<Option<SyncCode>, StoreError> {
    let (tenant_text, document) = (tenant.to_string(), submission.document.to_string());
    for photo in &submission.photos {
        let photo = photo.id.to_string();
        conn.prepare_cached(
            "INSERT OR IGNORE INTO submission_photos(tenant, photo, document) VALUES (?1, ?2, ?3)",
        )?
        .execute([&tenant_text, &photo, &document])?;
        let of: i64 = conn
            .prepare_cached("SELECT count(*) FROM submission_photos WHERE tenant = ?1 AND photo = ?2")?
            .query_row([&tenant_text, &photo], |row| row.get(0))?;
        if of > MOST_OF_A_PHOTO {
            conn.prepare_cached("DELETE FROM submission_photos WHERE tenant = ?1 AND document = ?2")?
                .execute([&tenant_text, &document])?;
            return Ok(Some(SyncCode::ManifestMalformed));
        }
    }
    let ledger = ledger::Committed::of(conn, &means.keys);
    let row = ledger.row(submission.document);
    ledger.sound()?;
    let Some(key) = row.map(|row| row.key(submission.document)).transpose()?.flatten() else {
        return Ok(Some(SyncCode::DocumentUnknown));
    };
    let seal = |column, plain: &[u8]| {
        let place = Place { table: SUBMISSIONS, row: &document, column };
        key.seal(place, plain, &means.random).map_err(unreadable)
    };
    conn.prepare_cached(
        "INSERT INTO submissions(document, id, tenant, device, heads, photos, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        document,
        submission.id.to_string(),
        tenant_text,
        device.to_string(),
        seal("heads", &bytes_of(&submission.heads))?,
        seal("photos", &photo_bytes(&submission.photos))?,
        means.now.as_millisecond()
    ])?;
    let detail = serde_json::json!({"document": document}).to_string();
    record(conn, tenant, device, "submission.received", &submission.id.to_string(), &detail, means)?;
    Ok(None)
}

fn refused(push: Option<u32>, document: Option<DocumentId>, code: SyncCode) -> Committed {
    Committed::Refused { push, document, code }
}

fn tenant_of(ledger: &ledger::Committed<'_>, device: DeviceId) -> Option<TenantId> {
    shared::sync::Ledger::device(ledger, device).map(|known| known.tenant)
}

fn record(
    conn: &Connection,
    tenant: TenantId,
    device: DeviceId,
    action: &str,
    subject: &str,
    detail: &str,
    means: &Means,
) -> Result<(), StoreError> {
    let (tenant, actor) = (tenant.to_string(), format!("device:{device}"));
    audit::record(
        conn,
        audit::Entry { tenant: &tenant, at: means.now, actor: &actor, action, subject, detail },
    )
}

/// Appends changes to the log of their scopes.
pub(super) struct Log<'a> {
    conn: &'a Connection,
    /// What was committed before this push.
    ledger: &'a ledger::Committed<'a>,
    tenant: TenantId,
    keys: TenantKeys,
    means: &'a Means,
    scopes: BTreeMap<ScopeId, Numbered>,
    documents: BTreeMap<DocumentId, Open>,
}

/// A scope with its row and how far it was and is.
struct Numbered {
    row: i64,
    before: u64,
    head: u64,
}

/// A document with its row, its key and what changed of it.
struct Open {
    row: i64,
    key: PersonKey,
    heads: BTreeSet<ChangeHash>,
    added: u64,
}

impl<'a> Log<'a> {
    pub(super) fn new(
        conn: &'a Connection,
        ledger: &'a ledger::Committed<'a>,
        tenant: TenantId,
        means: &'a Means,
    ) -> Self {
        let keys = means.keys.tenant(tenant);
        Self { conn, ledger, tenant, keys, means, scopes: BTreeMap::new(), documents: BTreeMap::new() }
    }

    pub(super) fn append(mut self, rows: &[Admitted]) -> Result<Vec<ScopeStep>, StoreError> {
        for row in rows {
            self.append_one(row)?;
        }
        for (document, open) in &self.documents {
            let heads: Vec<ChangeHash> = open.heads.iter().copied().collect();
            let place = document.to_string();
            let heads = open.key.seal(heads_place(&place), &bytes_of(&heads), &self.means.random);
            self.conn
                .prepare_cached(
                    "UPDATE application_documents SET changes = changes + ?2, heads = ?3 WHERE number = ?1",
                )?
                .execute(params![open.row, signed(open.added), heads.map_err(unreadable)?])?;
        }
        let mut steps = Vec::new();
        for (scope, numbered) in self.scopes {
            self.conn
                .prepare_cached("UPDATE scopes SET head = ?2 WHERE number = ?1")?
                .execute(params![numbered.row, signed(numbered.head)])?;
            steps.push(ScopeStep { scope, before: numbered.before, after: numbered.head });
        }
        Ok(steps)
    }

    fn append_one(&mut self, change: &Admitted) -> Result<(), StoreError> {
        if !self.scopes.contains_key(&change.scope) {
            let numbered = self
                .conn
                .prepare_cached("SELECT number, head FROM scopes WHERE id = ?1")?
                .query_row([change.scope.to_string()], |row| {
                    let head = count(row, 1)?;
                    Ok(Numbered { row: row.get(0)?, before: head, head })
                })?;
            self.scopes.insert(change.scope, numbered);
        }
        let Some(scope) = self.scopes.get_mut(&change.scope) else { return Err(StoreError::Unavailable) };
        scope.head += 1;
        let (scope_row, seq) = (scope.row, scope.head);
        if !self.documents.contains_key(&change.document) {
            let open = self.open(change.document, scope_row)?;
            self.documents.insert(change.document, open);
        }
        let Some(open) = self.documents.get_mut(&change.document) else {
            return Err(StoreError::Unavailable);
        };
        let header = &change.header;
        let name = name_of(&self.keys, header.hash);
        let row = hex::encode(&name);
        let place = Place { table: CHANGES, row: &row, column: "sealed" };
        let sealed = open.key.seal(place, &change.bytes.0, &self.means.random).map_err(unreadable)?;
        self.conn
            .prepare_cached(
                "INSERT INTO application_changes(scope, seq, document, name, actor, actor_seq, sealed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                scope_row,
                signed(seq),
                open.row,
                name,
                header.actor,
                signed(header.seq),
                sealed
            ])?;
        header.dependencies.iter().for_each(|parent| {
            open.heads.remove(parent);
        });
        open.heads.insert(header.hash);
        open.added += 1;
        Ok(())
    }

    /// The document's row, made if this is its first change.
    fn open(&self, document: DocumentId, scope: i64) -> Result<Open, StoreError> {
        let id = document.to_string();
        let known = self.ledger.row(document);
        self.ledger.sound()?;
        if let Some(row) = known {
            let heads = row.heads(document)?.into_iter().collect();
            // The rules take no change of a document that is erased.
            let key = row.key(document)?.ok_or(StoreError::Unavailable)?;
            return Ok(Open { row: row.number, key, heads, added: 0 });
        }
        let (key, wrapped) = self.keys.new_document(&id, &self.means.random).map_err(unreadable)?;
        self.conn
            .prepare_cached(
                "INSERT INTO application_documents(id, tenant, scope, wrapped_key, heads) VALUES (?1, ?2, ?3, ?4, x'')",
            )?
            .execute(params![id, self.tenant.to_string(), scope, wrapped])?;
        Ok(Open { row: self.conn.last_insert_rowid(), key, heads: BTreeSet::new(), added: 0 })
    }
}

/// How much of a device's lies in quarantine.
fn quarantined(conn: &Connection, device: DeviceId) -> Result<usize, StoreError> {
    let count: i64 = conn
        .prepare_cached("SELECT count(*) FROM quarantined_changes WHERE device = ?1")?
        .query_row([device.to_string()], |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or(usize::MAX))
}

/// Keeps changes of a revoked device where a person sees them; says how many were not there before.
fn set_aside(
    conn: &Connection,
    device: DeviceId,
    tenant: TenantId,
    changes: &[Admitted],
    means: &Means,
) -> Result<usize, StoreError> {
    let keys = means.keys.tenant(tenant);
    let mut kept = 0;
    for change in changes {
        let name = name_of(&keys, change.header.hash);
        let row = hex::encode(&name);
        let (key, wrapped) = keys.new_document(&row, &means.random).map_err(unreadable)?;
        let place = Place { table: QUARANTINE, row: &row, column: "sealed" };
        let sealed = key.seal(place, &change.bytes.0, &means.random).map_err(unreadable)?;
        kept += conn
            .prepare_cached(
                "INSERT OR IGNORE INTO quarantined_changes(document, name, tenant, device, wrapped_key, sealed, received_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                change.document.to_string(),
                name,
                tenant.to_string(),
                device.to_string(),
                wrapped,
                sealed,
                means.now.as_millisecond()
            ])?;
    }
    Ok(kept)
}
