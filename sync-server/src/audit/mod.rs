//! Every change of state as a row in a hash chain.
//!
//! A row is written in the same commit as the change it records. Its hash covers its content and the hash before
//! it, so that a row edited, removed or reordered later is found by [`verify`]. Its [`seal`] is made with a key that is
//! not in the database, so that the chain cannot be made anew; its newest row is written down beside the data and in
//! the log ([`head`]), so that a cut-off end is missed. [`examine()`] holds all three together.

mod examine;
pub mod head;
mod row;
pub mod seal;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

pub use examine::{Broken, Sound, examine};
pub use seal::ChainKey;

use crate::store::StoreError;
use row::Row;

/// One thing that happened. Ids only: no personal data.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Whose data.
    pub tenant: &'a str,
    /// When.
    pub at: Timestamp,
    /// Who: `customer`, `machine`, `account:ID`, `key:ID`.
    pub actor: &'a str,
    /// What, e.g. `link.made`.
    pub action: &'a str,
    /// The id of what changed.
    pub subject: &'a str,
    /// JSON with old and new values.
    pub detail: &'a str,
}

/// Adds `entry` to the chain, in the caller's change.
///
/// # Errors
/// When the row cannot be written.
pub fn record(connection: &Connection, entry: Entry<'_>) -> Result<(), StoreError> {
    let last: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, before) = last.map_or((1, Vec::new()), |(seq, hash)| (seq + 1, hash));
    let at = entry.at.as_millisecond();
    let hash = link(&before, seq, at, &entry);
    connection
        .prepare_cached(
            "INSERT INTO audit(seq, tenant, at, actor, action, subject, detail, hash, seal)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, audit_seal(?1, ?8))",
        )?
        .execute(params![
            seq,
            entry.tenant,
            at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.detail,
            hash
        ])?;
    Ok(())
}

/// Walks the whole chain without the key, as far as that goes; `Some(seq)` is the first row that does not fit.
///
/// # Errors
/// When the rows cannot be read.
pub fn verify(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let mut rows = connection.prepare(row::ALL)?;
    let mut rows = rows.query([])?;
    let (mut expected, mut before) = (1, Vec::new());
    while let Some(row) = rows.next()? {
        let row = Row::of(row)?;
        if row.seq != expected || !row.follows(&before) {
            return Ok(Some(row.seq));
        }
        (expected, before) = (row.seq + 1, row.hash);
    }
    Ok(None)
}

fn link(before: &[u8], seq: i64, at: i64, entry: &Entry<'_>) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(seq.to_be_bytes());
    hash.update(at.to_be_bytes());
    for text in [entry.tenant, entry.actor, entry.action, entry.subject, entry.detail] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests;
