//! One process owns the data folder.

use std::{
    fs::{File, OpenOptions, TryLockError},
    path::Path,
};

use super::StoreError;

/// Held until dropped; the operating system lets go of it when the process dies.
pub(super) struct FolderLock(#[allow(dead_code, reason = "holding the file is the point")] File);

impl FolderLock {
    pub(super) fn take(folder: &Path) -> Result<Self, StoreError> {
        let file = OpenOptions::new().create(true).truncate(false).write(true).open(folder.join("lock"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse(folder.to_owned())),
            Err(TryLockError::Error(error)) => Err(error.into()),
        }
    }
}
