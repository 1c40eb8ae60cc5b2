//! The keyed hash on each row: whoever reaches only the database can neither rewrite the chain nor add to it.
//!
//! The key follows from the master key and never lies in the database. The writing connection carries it as the SQL
//! function `audit_seal`, so that a use case that records a row need not know of it.

use std::sync::Arc;

use hmac::{Hmac, Mac};
use rusqlite::{Connection, OptionalExtension, functions::FunctionFlags};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::store::StoreError;

/// Where in `meta` it stands from which row on every row has a seal.
const SEALED_FROM: &str = "audit_sealed_from";

/// Seals rows of the audit chain. Never prints.
#[derive(Clone)]
pub struct ChainKey(Arc<Zeroizing<[u8; 32]>>);

impl ChainKey {
    /// From 32 bytes that follow from the master key.
    pub fn new(key: Zeroizing<[u8; 32]>) -> Self {
        Self(Arc::new(key))
    }

    /// The seal of the row `seq`, whose hash covers the row and all before it.
    fn seal(&self, seq: i64, hash: &[u8]) -> Vec<u8> {
        self.mac("row", seq, hash).finalize().into_bytes().to_vec()
    }

    /// Whether `seal` was made with this key for this row.
    pub fn fits(&self, seq: i64, hash: &[u8], seal: &[u8]) -> bool {
        self.mac("row", seq, hash).verify_slice(seal).is_ok()
    }

    fn mac(&self, what: &str, seq: i64, content: &[u8]) -> Hmac<Sha256> {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.0.as_slice()) else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(what.as_bytes());
        mac.update(b"\0");
        mac.update(&seq.to_be_bytes());
        mac.update(content);
        mac
    }
}

/// Gives the connection what [`super::record`] seals rows with; without a key its rows have no seal.
///
/// # Errors
/// When SQLite refuses the function.
pub fn carry(connection: &Connection, key: Option<ChainKey>) -> Result<(), StoreError> {
    // Direct only: no view or trigger that somebody put into the database may call it.
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DIRECTONLY;
    connection.create_scalar_function("audit_seal", 2, flags, move |call| {
        let (seq, hash): (i64, Vec<u8>) = (call.get(0)?, call.get(1)?);
        Ok(key.as_ref().map(|key| key.seal(seq, &hash)))
    })?;
    Ok(())
}

/// Notes, once for a database, that every row from the next on is sealed with `key`.
///
/// # Errors
/// When the row cannot be read or written.
pub fn begin(connection: &Connection, key: &ChainKey) -> Result<(), StoreError> {
    if noted(connection)?.is_some() {
        return Ok(());
    }
    let last: i64 = connection.query_row("SELECT coalesce(max(seq), 0) FROM audit", [], |row| row.get(0))?;
    let from = last + 1;
    let proof = hex::encode(key.mac("from", from, &[]).finalize().into_bytes());
    connection
        .execute("INSERT INTO meta(key, value) VALUES (?1, ?2)", [SEALED_FROM, &format!("{from}:{proof}")])?;
    Ok(())
}

/// From which row on all rows must have a seal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedFrom {
    /// This one.
    Row(i64),
    /// No server with a key has opened the database yet, or the note was taken out.
    Unknown,
    /// The note was not made with this key.
    Forged,
}

/// What the database says about where the seals begin, held against the key.
///
/// # Errors
/// When the row cannot be read.
pub fn sealed_from(connection: &Connection, key: &ChainKey) -> Result<SealedFrom, StoreError> {
    let Some(noted) = noted(connection)? else { return Ok(SealedFrom::Unknown) };
    let parsed = noted.split_once(':').and_then(|(from, proof)| {
        let (from, proof) = (from.parse().ok()?, hex::decode(proof).ok()?);
        key.mac("from", from, &[]).verify_slice(&proof).ok().map(|()| from)
    });
    Ok(parsed.map_or(SealedFrom::Forged, SealedFrom::Row))
}

fn noted(connection: &Connection) -> Result<Option<String>, StoreError> {
    Ok(connection
        .query_row("SELECT value FROM meta WHERE key = ?1", [SEALED_FROM], |row| row.get(0))
        .optional()?)
}
