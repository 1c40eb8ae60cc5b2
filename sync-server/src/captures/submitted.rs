//! Which submissions wait for photos, and when one is complete.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use shared::domain::{DocumentId, PhotoId, ScopeId, TenantId};
use shared::protocol::sync::{Receipt, ReceiptState};

use crate::{audit, crypt::Keys, store::StoreError, submissions, sync};

/// How far a document's submission is now. The first time that it is complete, that is noted, and what is to become of it.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn receipt_of(
    conn: &Connection,
    keys: &Keys,
    tenant: TenantId,
    document: DocumentId,
    now: Timestamp,
) -> Result<Option<Receipt>, StoreError> {
    let Some(receipt) = sync::receipt_of(conn, keys, tenant, document)? else { return Ok(None) };
    if receipt.state == ReceiptState::Complete {
        let first = conn
            .prepare_cached(
                "UPDATE submissions SET completed_at = ?2 WHERE document = ?1 AND completed_at IS NULL",
            )?
            .execute(params![document.to_string(), now.as_millisecond()])?;
        if first > 0 {
            submissions::note(conn, document, now)?;
            audit::record(
                conn,
                audit::Entry {
                    tenant: &tenant.to_string(),
                    at: now,
                    actor: "machine",
                    action: "submission.complete",
                    subject: &receipt.submission.to_string(),
                    detail: &serde_json::json!({"document": document.to_string()}).to_string(),
                },
            )?;
        }
    }
    Ok(Some(receipt))
}

/// The submissions that a photo belongs to, as they stand now that it is here, each with its document's scope.
///
/// # Errors
/// When the store cannot be read or written.
pub(crate) fn completed(
    conn: &Connection,
    keys: &Keys,
    tenant: TenantId,
    photo: PhotoId,
    now: Timestamp,
) -> Result<Vec<(ScopeId, Receipt)>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT p.document, s.id FROM submission_photos p
         JOIN application_documents d ON d.id = p.document JOIN scopes s ON s.number = d.scope
         WHERE p.photo = ?1 AND p.tenant = ?2",
    )?;
    let waiting = statement
        .query_map(params![photo.to_string(), tenant.to_string()], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<Result<Vec<_>, _>>()?;
    let mut receipts = Vec::new();
    for (document, scope) in waiting {
        let (Ok(document), Ok(scope)) = (document.parse(), scope.parse()) else { continue };
        if let Some(receipt) = receipt_of(conn, keys, tenant, document, now)? {
            receipts.push((scope, receipt));
        }
    }
    Ok(receipts)
}
