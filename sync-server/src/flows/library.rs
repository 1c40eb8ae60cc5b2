//! The flow versions that cases are pinned to.

use std::{
    collections::HashMap,
    sync::{Arc, RwLock},
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};
use shared::flow::Flow;

use crate::{problem::masked, store::StoreError};

/// Flow versions by the SHA-256 of their definition; a version never changes, so a parsed one is kept.
#[derive(Clone, Default)]
pub struct Library {
    parsed: Arc<RwLock<HashMap<String, Arc<Flow>>>>,
}

impl Library {
    /// The hash that names this version of a flow.
    pub fn hash(definition: &str) -> String {
        hex::encode(Sha256::digest(definition.as_bytes()))
    }

    /// Adds a version, once; the same definition again is the same version.
    ///
    /// # Errors
    /// When the row cannot be written.
    pub fn add(conn: &Connection, key: &str, definition: &str, now: Timestamp) -> Result<String, StoreError> {
        let hash = Self::hash(definition);
        conn.prepare_cached(
            "INSERT OR IGNORE INTO flow_versions(hash, key, definition, created_at) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![hash, key, definition, now.as_millisecond()])?;
        Ok(hash)
    }

    /// The version with this hash; `None` when there is none or this release cannot run it.
    ///
    /// # Errors
    /// When the row cannot be read.
    pub fn get(&self, conn: &Connection, hash: &str) -> Result<Option<Arc<Flow>>, StoreError> {
        if let Some(flow) = self.parsed.read().unwrap_or_else(|e| e.into_inner()).get(hash) {
            return Ok(Some(flow.clone()));
        }
        let definition: Option<String> = conn
            .prepare_cached("SELECT definition FROM flow_versions WHERE hash = ?1")?
            .query_row([hash], |row| row.get(0))
            .optional()?;
        let Some(flow) = definition.and_then(|text| match Flow::parse(&text) {
            Ok(flow) => Some(Arc::new(flow)),
            Err(error) => {
                tracing::error!(%hash, error = masked(&error), "a stored flow version cannot be run");
                None
            }
        }) else {
            return Ok(None);
        };
        self.parsed.write().unwrap_or_else(|e| e.into_inner()).insert(hash.to_owned(), flow.clone());
        Ok(Some(flow))
    }
}
