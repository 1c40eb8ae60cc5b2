//! The link of a case that a device's submission became. Its token follows from the tenant's key, the submission and the
//! link, so that the advisor's devices can be told it again at any time, and it is stored nowhere.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::{TOKEN_BYTES, token_of};
use crate::{
    crypt::{Keys, token_hash},
    store::StoreError,
};

/// The token of the handover link that was made for this submission.
pub(crate) fn handover_token(keys: &Keys, tenant: &str, submission: &str, link: &str) -> String {
    let secret = keys.tenant(tenant).derived("handover link", &[submission, link]);
    let mut bytes = [0; TOKEN_BYTES];
    bytes.copy_from_slice(&secret[..TOKEN_BYTES]);
    token_of(bytes)
}

/// The address of this token's page; empty where the link has ended: somebody renewed it and holds the new one.
///
/// # Errors
/// When the row cannot be read.
pub(crate) fn handover_url(
    conn: &Connection,
    token: &str,
    public_url: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    let good = conn
        .prepare_cached("SELECT revoked_at IS NULL AND expires_at > ?2 FROM links WHERE token_hash = ?1")?
        .query_row(params![token_hash(token), now.as_millisecond()], |row| row.get(0))
        .optional()?;
    Ok(if good == Some(true) { format!("{public_url}/c/{token}") } else { String::new() })
}
