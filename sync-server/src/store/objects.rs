//! Photos and documents, by key. What is stored is already sealed by the caller.

use std::{path::Path, sync::Arc};

use bytes::Bytes;
use object_store::{ObjectStoreExt, PutPayload, local::LocalFileSystem, path::Path as Key};

use super::StoreError;
use crate::crypt::Place;

/// Where an object lies: `tenant/kind/id`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Built from ids only; never from a name that came from outside.
    pub fn new(tenant: impl std::fmt::Display, kind: &'static str, id: impl std::fmt::Display) -> Self {
        Self(format!("{tenant}/{kind}/{id}"))
    }

    /// Where the object's content is sealed for.
    pub fn place(&self) -> Place<'_> {
        Place { table: "objects", row: &self.0, column: "content" }
    }

    /// As stored in a row.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ObjectKey {
    fn from(stored: String) -> Self {
        Self(stored)
    }
}

/// The object store: a local folder now, S3-compatible storage where several machines share it.
#[derive(Clone)]
pub struct Objects {
    store: Arc<LocalFileSystem>,
}

impl Objects {
    pub(super) fn open(folder: &Path) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder)?;
        Ok(Self { store: Arc::new(LocalFileSystem::new_with_prefix(folder)?) })
    }

    /// Stores `bytes` and answers when they are on the disk. Storing the same key again replaces it.
    ///
    /// # Errors
    /// When the disk is full or fails; then nothing is to be acknowledged.
    pub async fn put(&self, key: &ObjectKey, bytes: Bytes) -> Result<(), StoreError> {
        let path = Key::from(key.as_str());
        self.store.put(&path, PutPayload::from(bytes)).await?;
        let file = self.store.path_to_filesystem(&path)?;
        tokio::task::spawn_blocking(move || flush(&file)).await.map_err(|_| StoreError::Unavailable)??;
        Ok(())
    }

    /// Removes an object; one that is not there is none.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub async fn remove(&self, key: &ObjectKey) -> Result<(), StoreError> {
        match self.store.delete(&Key::from(key.as_str())).await {
            Err(object_store::Error::NotFound { .. }) => Ok(()),
            other => Ok(other?),
        }
    }

    /// Reads an object whole.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    pub async fn get(&self, key: &ObjectKey) -> Result<Bytes, StoreError> {
        Ok(self.store.get(&Key::from(key.as_str())).await?.bytes().await?)
    }
}

/// The local folder does not flush by itself: an acknowledged photo must survive a power cut.
fn flush(file: &Path) -> std::io::Result<()> {
    std::fs::File::open(file)?.sync_all()?;
    if let Some(folder) = file.parent() {
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}
