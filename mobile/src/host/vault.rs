//! The key to this device's database: random, wrapped with the advisor's PIN and with a key that the operating system's
//! keystore holds. Only the wrapped form lies in a file.
//!
//! Argon2id makes each try of a PIN cost tens of megabytes and a good part of a second (RFC 9106, second recommended
//! option); the keystore's key makes a copied folder useless without this device.

use std::{
    cell::RefCell,
    fs, io,
    path::{Path, PathBuf},
};

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::files;
use crate::device::secure_key::{Keystore, KeystoreError};

const FREE_TRIES: u32 = 5;
/// Doubled by each further wrong PIN.
const FIRST_WAIT_MS: i64 = 30_000;
const LONGEST_WAIT_MS: i64 = 3_600_000;
/// KiB, passes, lanes.
const COST: (u32, u32, u32) = (64 * 1_024, 3, 1);
const FILE: &str = "vault.json";
/// How many things were not yet safe, for the locked screen: nothing depends on it, so it lies by itself.
const UNSYNCED_FILE: &str = "unsynced";

/// 32 random bytes that open the database.
pub type Key = Zeroizing<[u8; 32]>;

/// What lies in the file.
#[derive(Clone, Serialize, Deserialize)]
pub struct Kept {
    salt: [u8; 16],
    inner: [u8; 12],
    outer: [u8; 12],
    wrapped: Vec<u8>,
    cost: (u32, u32, u32),
    /// Under which name the keystore holds its part.
    entry: String,
    wrong: u32,
    wait_until_ms: i64,
    /// What the device is called.
    pub device_name: String,
    /// Where its server is.
    pub server: String,
}

impl Kept {
    /// Is it too early for the next PIN? A clock that was set back gains nothing, and one that was far ahead costs an hour
    /// at most.
    pub fn waits(&self, now_ms: i64) -> bool {
        now_ms < self.wait_until_ms && self.wait_until_ms - now_ms <= LONGEST_WAIT_MS
    }
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// Nothing is kept.
    #[error("nobody enrolled this device")]
    New,
    /// The file cannot be read as one of ours. It is left as it is.
    #[error("the vault cannot be read")]
    Damaged,
    /// The PIN is wrong.
    #[error("wrong PIN")]
    Wrong,
    /// Too many were: wait.
    #[error("too many wrong PINs")]
    Wait,
    /// The operating system's keystore does not do it.
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    /// The disk does not.
    #[error("the vault's file failed")]
    Disk(#[from] io::Error),
}

impl VaultError {
    /// Stable code for screens.
    pub fn code(&self) -> &'static str {
        match self {
            Self::New => "device_new",
            Self::Damaged => "vault_damaged",
            Self::Wrong => "pin_wrong",
            Self::Wait => "pin_wait",
            Self::Keystore(error) => error.code(),
            Self::Disk(error) if error.kind() == io::ErrorKind::StorageFull => "storage_full",
            Self::Disk(_) => "storage_failed",
        }
    }
}

/// The vault in a folder.
pub struct Vault {
    folder: PathBuf,
    keystore: Box<dyn Keystore>,
    /// What a full disk did not take: tries are counted here until there is room.
    unwritten: RefCell<Option<Kept>>,
}

impl Vault {
    /// In this folder, with the other half in this keystore.
    pub fn new(folder: &Path, keystore: Box<dyn Keystore>) -> Vault {
        Vault { folder: folder.to_owned(), keystore, unwritten: RefCell::new(None) }
    }

    /// What is kept, if anything is.
    ///
    /// # Errors
    /// [`VaultError::Damaged`]; when the file cannot be read.
    pub fn read(&self) -> Result<Option<Kept>, VaultError> {
        match fs::read(self.folder.join(FILE)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map(Some).map_err(|_| VaultError::Damaged),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Does the keystore keep what it is given?
    ///
    /// # Errors
    /// [`VaultError::Keystore`].
    pub fn try_keystore(&self) -> Result<(), VaultError> {
        let (entry, secret) = (hex::encode(random::<8>()), random::<32>());
        self.entrust(&entry, &secret)?;
        Ok(self.keystore.forget(&entry)?)
    }

    /// Gives the keystore a secret, and sees that it is there.
    fn entrust(&self, entry: &str, secret: &[u8]) -> Result<(), VaultError> {
        self.keystore.keep(entry, secret)?;
        if Zeroizing::new(self.keystore.read(entry)?)[..] != *secret {
            return Err(KeystoreError::Missing.into());
        }
        Ok(())
    }

    /// Keeps the key under this PIN.
    ///
    /// # Errors
    /// When the keystore or the disk does not take it; then nothing is kept.
    pub fn create(&self, pin: &str, key: &Key, device_name: &str, server: &str) -> Result<(), VaultError> {
        let entry = hex::encode(random::<8>());
        let own = Zeroizing::new(random::<32>());
        let (salt, inner, outer) = (random(), random(), random());
        // Bound to the server: in another's file the key does not open.
        let once = seal(&*by_pin(pin, salt, COST)?, inner, &key[..], server)?;
        let wrapped = seal(&own, outer, &once, server)?;
        self.entrust(&entry, &own[..])?;
        let kept = Kept {
            salt,
            inner,
            outer,
            wrapped,
            cost: COST,
            entry: entry.clone(),
            wrong: 0,
            wait_until_ms: 0,
            device_name: device_name.to_owned(),
            server: server.to_owned(),
        };
        let before = self.read().ok().flatten();
        let written = self.write(&kept);
        // Whichever of the two was not kept guards nothing.
        let guards_nothing = if written.is_ok() { before.map(|before| before.entry) } else { Some(entry) };
        if let Some(entry) = guards_nothing {
            let _ = self.keystore.forget(&entry);
        }
        self.unwritten.take();
        written
    }

    /// The key, and the server that it is bound to. The try is counted before it is made: ending the app gains nothing.
    ///
    /// # Errors
    /// [`VaultError`] says why there is none.
    pub fn open(&self, pin: &str, now_ms: i64) -> Result<(Key, String), VaultError> {
        let unwritten = self.unwritten.borrow().clone();
        let mut kept =
            unwritten.map_or_else(|| self.read(), |kept| Ok(Some(kept)))?.ok_or(VaultError::New)?;
        if kept.waits(now_ms) {
            return Err(VaultError::Wait);
        }
        if kept.wait_until_ms > now_ms {
            kept.wait_until_ms = now_ms + LONGEST_WAIT_MS;
            self.count(&kept)?;
            return Err(VaultError::Wait);
        }
        // Not the person's fault, so it does not count.
        let own = Zeroizing::new(self.keystore.read(&kept.entry)?);
        kept.wrong += 1;
        let doubled = kept.wrong.checked_sub(FREE_TRIES).map(|times| FIRST_WAIT_MS << times.min(7));
        let wait = doubled.map_or(0, |wait| wait.min(LONGEST_WAIT_MS));
        kept.wait_until_ms = if wait > 0 { now_ms + wait } else { 0 };
        self.count(&kept)?;
        let opened = own[..]
            .try_into()
            .ok()
            .and_then(|own: &[u8; 32]| unseal(own, kept.outer, &kept.wrapped, &kept.server))
            .and_then(|once| {
                unseal(&*by_pin(pin, kept.salt, kept.cost).ok()?, kept.inner, &once, &kept.server)
            })
            .and_then(|key| Some(Zeroizing::new(<[u8; 32]>::try_from(&key[..]).ok()?)));
        let Some(key) = opened else {
            return Err(if wait > 0 { VaultError::Wait } else { VaultError::Wrong });
        };
        (kept.wrong, kept.wait_until_ms) = (0, 0);
        // The PIN was right: what the disk says to that keeps nobody out.
        let _ = self.count(&kept);
        Ok((key, kept.server))
    }

    /// Destroys the key, here and in the keystore.
    ///
    /// # Errors
    /// When the file cannot be removed; the keystore's half is gone then all the same, if it could be reached.
    pub fn forget(&self) -> Result<(), VaultError> {
        let kept = self.read();
        self.unwritten.take();
        for file in [FILE, UNSYNCED_FILE] {
            files::remove(&self.folder.join(file))?;
        }
        if let Ok(Some(kept)) = kept {
            // Last, for it may ask the person something. Without the file it opens nothing.
            let _ = self.keystore.forget(&kept.entry);
        }
        Ok(())
    }

    /// How many things were not yet safe on the server when somebody last looked.
    pub fn unsynced(&self) -> usize {
        let noted = fs::read_to_string(self.folder.join(UNSYNCED_FILE)).unwrap_or_default();
        noted.trim().parse().unwrap_or(0)
    }

    /// Notes it. Only shown, so a failure is none.
    pub fn note_unsynced(&self, unsynced: usize) {
        let _ = fs::write(self.folder.join(UNSYNCED_FILE), unsynced.to_string());
    }

    /// Writes how many tries there were; on a full disk they are counted in memory, for what only this device has cannot be
    /// handed over otherwise.
    fn count(&self, kept: &Kept) -> Result<(), VaultError> {
        match self.write(kept) {
            Err(VaultError::Disk(error)) if error.kind() == io::ErrorKind::StorageFull => {
                self.unwritten.replace(Some(kept.clone()));
                Ok(())
            }
            written => {
                self.unwritten.take();
                written
            }
        }
    }

    fn write(&self, kept: &Kept) -> Result<(), VaultError> {
        let json = serde_json::to_vec(kept).map_err(io::Error::from)?;
        Ok(files::write_whole(&self.folder.join(FILE), &json)?)
    }
}

/// Random bytes of the operating system.
fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    super::draw(&mut bytes);
    bytes
}

fn by_pin(pin: &str, salt: [u8; 16], (memory, passes, lanes): (u32, u32, u32)) -> Result<Key, VaultError> {
    let mut key = Zeroizing::new([0; 32]);
    let params = Params::new(memory, passes, lanes, Some(32)).map_err(|_| VaultError::Damaged)?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(pin.as_bytes(), &salt, &mut key[..])
        .map_err(|_| VaultError::Damaged)?;
    Ok(key)
}

fn seal(key: &[u8; 32], nonce: [u8; 12], plain: &[u8], server: &str) -> Result<Vec<u8>, VaultError> {
    let bound = Payload { msg: plain, aad: server.as_bytes() };
    Aes256GcmSiv::new(key.into()).encrypt(Nonce::from_slice(&nonce), bound).map_err(|_| VaultError::Damaged)
}

fn unseal(key: &[u8; 32], nonce: [u8; 12], sealed: &[u8], server: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bound = Payload { msg: sealed, aad: server.as_bytes() };
    Aes256GcmSiv::new(key.into()).decrypt(Nonce::from_slice(&nonce), bound).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::secure_key::InMemory;

    const PIN: &str = "271828";

    fn vault(folder: &Path, keystore: &InMemory) -> Vault {
        Vault::new(folder, Box::new(keystore.clone()))
    }

    #[test]
    fn only_the_pin_and_this_devices_keystore_together_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let keystore = InMemory::default();
        let vault = vault(folder.path(), &keystore);
        let key = Zeroizing::new([7; 32]);
        vault.create(PIN, &key, "前台", "https://example.com").unwrap();
        assert_eq!(vault.open(PIN, 0).unwrap(), (key.clone(), "https://example.com".to_owned()));
        assert_eq!(vault.open("271829", 0).unwrap_err().code(), "pin_wrong");
        // The folder on another device.
        let elsewhere = Vault::new(folder.path(), Box::new(InMemory::default()));
        assert_eq!(elsewhere.open(PIN, 0).unwrap_err().code(), "keystore_lost");
        assert_eq!(vault.open(PIN, 0).unwrap().0, key, "it was not counted as a wrong PIN");
    }

    #[test]
    fn wrong_pins_make_one_wait_and_a_clock_that_is_set_back_does_not_help() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), &InMemory::default());
        vault.create(PIN, &Zeroizing::new([7; 32]), "", "").unwrap();
        let now = 1_000_000_000;
        for _ in 1..FREE_TRIES {
            assert_eq!(vault.open("000000", now).unwrap_err().code(), "pin_wrong");
        }
        assert_eq!(vault.open("000000", now).unwrap_err().code(), "pin_wait");
        assert_eq!(vault.open(PIN, now + FIRST_WAIT_MS - 1).unwrap_err().code(), "pin_wait");
        // Set back by a day: an hour from then.
        assert_eq!(vault.open(PIN, now - 86_400_000).unwrap_err().code(), "pin_wait");
        assert_eq!(vault.open(PIN, now - 86_400_000 + LONGEST_WAIT_MS - 1).unwrap_err().code(), "pin_wait");
        assert!(vault.open(PIN, now + LONGEST_WAIT_MS).is_ok());
    }

    #[test]
    fn in_another_servers_name_it_does_not_open() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), &InMemory::default());
        vault.create(PIN, &Zeroizing::new([7; 32]), "", "https://ours.example.com").unwrap();
        let file = folder.path().join(FILE);
        let forged = fs::read_to_string(&file).unwrap().replace("ours.", "their");
        fs::write(&file, forged).unwrap();
        assert!(vault.open(PIN, 0).is_err());
    }

    #[test]
    fn what_cannot_be_read_is_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let vault = vault(folder.path(), &InMemory::default());
        assert_eq!(vault.open(PIN, 0).unwrap_err().code(), "device_new");
        fs::write(folder.path().join(FILE), b"{").unwrap();
        assert_eq!(vault.open(PIN, 0).unwrap_err().code(), "vault_damaged");
        assert_eq!(fs::read(folder.path().join(FILE)).unwrap(), b"{");
    }

    #[test]
    fn what_was_forgotten_is_gone_from_the_keystore_too() {
        let folder = tempfile::tempdir().unwrap();
        let keystore = InMemory::default();
        let vault = vault(folder.path(), &keystore);
        vault.create(PIN, &Zeroizing::new([7; 32]), "", "").unwrap();
        vault.note_unsynced(3);
        assert_eq!((vault.unsynced(), keystore.count()), (3, 1));
        vault.create(PIN, &Zeroizing::new([8; 32]), "", "").unwrap();
        assert_eq!(keystore.count(), 1, "the earlier one guards nothing any more");
        vault.forget().unwrap();
        assert_eq!((vault.unsynced(), keystore.count()), (0, 0));
        assert!(vault.read().unwrap().is_none());
    }
}
