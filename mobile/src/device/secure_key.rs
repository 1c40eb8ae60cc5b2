//! The operating system's keystore: Keychain, Android's Keystore, Windows' credentials, or the Secret Service of a Linux
//! desktop.

use std::sync::{Mutex, PoisonError};

use keyring_core::{Entry, Error};

/// Under which name the keystore lists what is ours.
const SERVICE: &str = "dev.miaopi.advisor";

/// Why a keystore does not do something.
#[derive(Debug, thiserror::Error)]
pub enum KeystoreError {
    /// There is none, it is locked, or it refuses.
    #[error("this device's keystore cannot be reached")]
    Missing,
    /// It does not have what it was given: the device was reset, or the files come from another one.
    #[error("this device's keystore does not have the key any more")]
    Lost,
}

impl KeystoreError {
    /// Stable code for screens.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing => "keystore_missing",
            Self::Lost => "keystore_lost",
        }
    }
}

/// Keeps small secrets.
pub trait Keystore: Send {
    /// Keeps a secret under this name.
    ///
    /// # Errors
    /// [`KeystoreError::Missing`].
    fn keep(&self, entry: &str, secret: &[u8]) -> Result<(), KeystoreError>;

    /// What is kept under this name.
    ///
    /// # Errors
    /// [`KeystoreError`] says why there is nothing.
    fn read(&self, entry: &str) -> Result<Vec<u8>, KeystoreError>;

    /// Destroys what is kept under this name.
    ///
    /// # Errors
    /// [`KeystoreError::Missing`].
    fn forget(&self, entry: &str) -> Result<(), KeystoreError>;
}

/// This system's own.
pub struct OfThisSystem;

/// Is the system's store in use? Asked again after a failure: an app may be started before its keystore.
static READY: Mutex<bool> = Mutex::new(false);

fn make_ready() -> Result<(), Error> {
    let mut ready = READY.lock().unwrap_or_else(PoisonError::into_inner);
    if *ready {
        return Ok(());
    }
    #[cfg(target_os = "linux")]
    let store = zbus_secret_service_keyring_store::Store::new()?;
    #[cfg(target_os = "macos")]
    let store = apple_native_keyring_store::keychain::Store::new()?;
    #[cfg(target_os = "ios")]
    let store = apple_native_keyring_store::protected::Store::new()?;
    #[cfg(target_os = "android")]
    let store = android_native_keyring_store::Store::new()?;
    #[cfg(target_os = "windows")]
    let store = windows_native_keyring_store::Store::new()?;
    keyring_core::set_default_store(store);
    *ready = true;
    Ok(())
}

fn entry(name: &str) -> Result<Entry, KeystoreError> {
    make_ready().map_err(|_| KeystoreError::Missing)?;
    // Otherwise an encrypted backup of the whole device would carry it to another one.
    #[cfg(target_os = "ios")]
    return Entry::new_with_modifiers(
        SERVICE,
        name,
        &std::collections::HashMap::from([("access-policy", "when-unlocked-this-device-only")]),
    )
    .map_err(failed);
    #[cfg(not(target_os = "ios"))]
    Entry::new(SERVICE, name).map_err(failed)
}

fn failed(error: Error) -> KeystoreError {
    match error {
        Error::NoEntry => KeystoreError::Lost,
        _ => KeystoreError::Missing,
    }
}

impl Keystore for OfThisSystem {
    fn keep(&self, name: &str, secret: &[u8]) -> Result<(), KeystoreError> {
        entry(name)?.set_secret(secret).map_err(failed)
    }

    fn read(&self, name: &str) -> Result<Vec<u8>, KeystoreError> {
        entry(name)?.get_secret().map_err(failed)
    }

    fn forget(&self, name: &str) -> Result<(), KeystoreError> {
        match entry(name)?.delete_credential() {
            Ok(()) | Err(Error::NoEntry) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

/// A keystore of a test.
#[cfg(test)]
#[derive(Clone, Default)]
pub(crate) struct InMemory(std::sync::Arc<std::sync::Mutex<std::collections::BTreeMap<String, Vec<u8>>>>);

#[cfg(test)]
impl InMemory {
    /// As after the device was reset.
    pub(crate) fn clear(&self) {
        self.0.lock().unwrap().clear();
    }

    pub(crate) fn count(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}

#[cfg(test)]
impl Keystore for InMemory {
    fn keep(&self, entry: &str, secret: &[u8]) -> Result<(), KeystoreError> {
        self.0.lock().unwrap().insert(entry.to_owned(), secret.to_owned());
        Ok(())
    }

    fn read(&self, entry: &str) -> Result<Vec<u8>, KeystoreError> {
        self.0.lock().unwrap().get(entry).cloned().ok_or(KeystoreError::Lost)
    }

    fn forget(&self, entry: &str) -> Result<(), KeystoreError> {
        self.0.lock().unwrap().remove(entry);
        Ok(())
    }
}
