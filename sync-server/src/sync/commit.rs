//! The write transaction behind a push or a submission: what the rules admit is written, numbered in this order, and
//! acknowledged once it is durable.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{DeviceId, DocumentId, ScopeId, TenantId};
use shared::protocol::sync::{PhotoManifest, ScopeStep, SyncCode};
use shared::sync::{Admitted, CheckedPush, Committed, Work, admit_manifest, admit_push};

use super::{
    ledger::{self, bytes_of, photo_bytes},
    news::News,
};
use crate::{
    audit, captures,
    crypt::{Keys, PersonKey, Place, TenantKeys},
    store::StoreError,
    world::Random,
};

/// Where changes are sealed for.
const CHANGES: &str = "application_changes";
/// Where changes of a revoked device are sealed for.
const QUARANTINE: &str = "quarantined_changes";

/// What a transaction needs besides the store.
#[derive(Clone)]
pub(super) struct Means {
    pub(super) keys: Keys,
    pub(super) random: Random,
    pub(super) now: Timestamp,
}

/// Does the work; what connected devices should hear once it is durable comes along.
///
/// # Errors
/// When the store cannot be read or written; nothing is kept then.
pub(super) fn commit(
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

fn commit_push(
    conn: &Connection,
    device: DeviceId,
    push: &CheckedPush,
    means: &Means,
) -> Result<(Committed, Vec<News>), StoreError> {
    let ledger = ledger::Committed::of(conn);
    let plan = admit_push(&ledger, device, push);
    let tenant = tenant_of(&ledger, device);
    ledger.sound()?;
    let (plan, tenant) = match (plan, tenant) {
        (Ok(plan), Some(tenant)) => (plan, tenant),
        (Err(code), _) => return Ok((refused(Some(push.number), None, code), Vec::new())),
        (_, None) => return Ok((refused(Some(push.number), None, SyncCode::NotEnrolled), Vec::new())),
    };
    let taken = plan.rows.len();
    let steps = match plan.quarantine {
        true => {
            plan.rows.iter().try_for_each(|row| set_aside(conn, device, tenant, row, means))?;
            Vec::new()
        }
        false => Log::new(conn, tenant, means).append(&plan.rows)?,
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
    let ledger = ledger::Committed::of(conn);
    let admitted = admit_manifest(&ledger, device, manifest);
    let tenant = tenant_of(&ledger, device);
    ledger.sound()?;
    let document = Some(manifest.document);
    let (taken, tenant) = match (admitted, tenant) {
        (Ok(taken), Some(tenant)) => (taken, tenant),
        (Err(code), _) => return Ok(refused(None, document, code)),
        (_, None) => return Ok(refused(None, document, SyncCode::NotEnrolled)),
    };
    if let Some(submission) = taken {
        for photo in &submission.photos {
            conn.prepare_cached("INSERT OR IGNORE INTO submission_photos(photo, document) VALUES (?1, ?2)")?
                .execute([photo.id.to_string(), submission.document.to_string()])?;
        }
        conn.prepare_cached(
            "INSERT INTO submissions(document, id, tenant, device, heads, photos, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        )?
        .execute(params![
            submission.document.to_string(),
            submission.id.to_string(),
            tenant.to_string(),
            device.to_string(),
            bytes_of(&submission.heads),
            photo_bytes(&submission.photos),
            means.now.as_millisecond()
        ])?;
        let detail = serde_json::json!({"document": submission.document.to_string()}).to_string();
        record(conn, tenant, device, "submission.received", &submission.id.to_string(), &detail, means)?;
    }
    let stands = captures::receipt_of(conn, tenant, manifest.document, means.now)?;
    Ok(stands.map_or(refused(None, document, SyncCode::StorageFailed), Committed::Manifest))
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
struct Log<'a> {
    conn: &'a Connection,
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
    heads: Vec<shared::domain::ChangeHash>,
    added: u64,
}

impl<'a> Log<'a> {
    fn new(conn: &'a Connection, tenant: TenantId, means: &'a Means) -> Self {
        let keys = means.keys.tenant(tenant);
        Self { conn, tenant, keys, means, scopes: BTreeMap::new(), documents: BTreeMap::new() }
    }

    fn append(mut self, rows: &[Admitted]) -> Result<Vec<ScopeStep>, StoreError> {
        for row in rows {
            self.append_one(row)?;
        }
        for open in self.documents.values() {
            self.conn
                .prepare_cached(
                    "UPDATE application_documents SET changes = changes + ?2, heads = ?3 WHERE number = ?1",
                )?
                .execute(params![open.row, signed(open.added), bytes_of(&open.heads)])?;
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
                    let head = ledger::count(row, 1)?;
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
        let name = hex::encode(header.hash.to_bytes());
        let place = Place { table: CHANGES, row: &name, column: "sealed" };
        let sealed = open.key.seal(place, &change.bytes.0, &self.means.random).map_err(unreadable)?;
        self.conn
            .prepare_cached(
                "INSERT INTO application_changes(scope, seq, document, hash, actor, actor_seq, sealed)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute(params![
                scope_row,
                signed(seq),
                open.row,
                header.hash.to_bytes(),
                header.actor,
                signed(header.seq),
                sealed
            ])?;
        open.heads.retain(|head| !header.dependencies.contains(head));
        open.heads.push(header.hash);
        open.added += 1;
        Ok(())
    }

    /// The document's row, made if this is its first change.
    fn open(&self, document: DocumentId, scope: i64) -> Result<Open, StoreError> {
        let id = document.to_string();
        let known: Option<(i64, Vec<u8>, Vec<u8>)> = self
            .conn
            .prepare_cached("SELECT number, wrapped_key, heads FROM application_documents WHERE id = ?1")?
            .query_row([&id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        if let Some((row, wrapped, heads)) = known {
            let key = self.keys.document(&id, &wrapped).map_err(unreadable)?;
            return Ok(Open { row, key, heads: ledger::hashes(&heads), added: 0 });
        }
        let (key, wrapped) = self.keys.new_document(&id, &self.means.random).map_err(unreadable)?;
        self.conn
            .prepare_cached(
                "INSERT INTO application_documents(id, tenant, scope, wrapped_key, heads) VALUES (?1, ?2, ?3, ?4, x'')",
            )?
            .execute(params![id, self.tenant.to_string(), scope, wrapped])?;
        Ok(Open { row: self.conn.last_insert_rowid(), key, heads: Vec::new(), added: 0 })
    }
}

/// Keeps a change of a revoked device where a person sees it.
fn set_aside(
    conn: &Connection,
    device: DeviceId,
    tenant: TenantId,
    change: &Admitted,
    means: &Means,
) -> Result<(), StoreError> {
    let name = hex::encode(change.header.hash.to_bytes());
    let keys = means.keys.tenant(tenant);
    let (key, wrapped) = keys.new_document(&name, &means.random).map_err(unreadable)?;
    let place = Place { table: QUARANTINE, row: &name, column: "sealed" };
    let sealed = key.seal(place, &change.bytes.0, &means.random).map_err(unreadable)?;
    conn.prepare_cached(
        "INSERT OR IGNORE INTO quarantined_changes(document, hash, tenant, device, wrapped_key, sealed, received_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        change.document.to_string(),
        change.header.hash.to_bytes(),
        tenant.to_string(),
        device.to_string(),
        wrapped,
        sealed,
        means.now.as_millisecond()
    ])?;
    Ok(())
}

/// Opens a change that [`Log`] sealed.
pub(super) fn opened(key: &PersonKey, hash: &[u8], sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
    let name = hex::encode(hash);
    key.open(Place { table: CHANGES, row: &name, column: "sealed" }, sealed).map_err(unreadable)
}

/// Sealed with other keys, or changed on the disk: nothing can be made of it here and now.
pub(super) fn unreadable(_: crate::crypt::Unreadable) -> StoreError {
    tracing::error!("a sealed change of an application document cannot be opened");
    StoreError::Unavailable
}

/// As SQLite counts.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
