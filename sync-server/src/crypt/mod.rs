//! Personal columns: a key per person wrapped by a tenant key, and the keyed blind index.
//!
//! A sealed value is bound to tenant, table, row and column, so that it cannot be moved. Destroying a person's key
//! erases the person. The tenant keys come from a master key in a file; a KMS or HSM takes its place behind [`Keys`].

mod belong;

use std::{fs::File, io::Write, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};

use aes_gcm_siv::{
    Aes256GcmSiv, Nonce,
    aead::{Aead, KeyInit, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

pub use belong::{KeyError, keys_of};

use crate::{audit::ChainKey, problem::Problem, world::Random};

/// Bytes of a nonce in front of every sealed value.
const NONCE_BYTES: usize = 12;

/// A sealed value could not be opened: wrong key, moved or changed.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("a sealed value could not be opened")]
pub struct Unreadable;

impl From<Unreadable> for Problem {
    fn from(error: Unreadable) -> Self {
        Problem::internal(&error)
    }
}

/// Where a sealed value belongs; opening it anywhere else fails.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Table or object kind.
    pub table: &'a str,
    /// The row's id.
    pub row: &'a str,
    /// Column.
    pub column: &'a str,
}

/// The master key of this installation.
#[derive(Clone)]
pub struct Keys {
    master: Arc<Zeroizing<[u8; 32]>>,
}

impl Keys {
    /// Reads the key file, or makes it (mode 0600) at first start.
    ///
    /// # Errors
    /// When the file cannot be read or made, or is not 32 bytes long.
    pub fn open_or_create(file: &Path, random: &Random) -> std::io::Result<Self> {
        match Self::open(file)? {
            Some(keys) => Ok(keys),
            None => create(file, random),
        }
    }

    /// Reads the key file; `None` where there is none.
    ///
    /// # Errors
    /// When the file cannot be read, or is not 32 bytes long.
    pub fn open(file: &Path) -> std::io::Result<Option<Self>> {
        let bytes = match std::fs::read(file) {
            Ok(bytes) => Zeroizing::new(bytes),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let master: [u8; 32] = bytes.as_slice().try_into().map_err(|_| {
            std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                format!("{} is not a key file", file.display()),
            )
        })?;
        Ok(Some(Self { master: Arc::new(Zeroizing::new(master)) }))
    }

    /// Recognises this master key and gives nothing of it away.
    pub fn fingerprint(&self) -> String {
        hex::encode(keyed_hash(&self.master, &["miaopi master key"]))
    }

    /// Seals the audit chain.
    pub fn audit_chain(&self) -> ChainKey {
        ChainKey::new(self.derive(b"audit chain"))
    }

    fn derive(&self, info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        // 32 bytes are always a valid output length of HKDF-SHA256.
        let _ = Hkdf::<Sha256>::new(Some(b"miaopi"), self.master.as_slice()).expand(info, key.as_mut_slice());
        key
    }

    /// What a tenant's devices seal photos for (X25519). It is worked out each time and stored nowhere.
    pub fn photo_secret(&self, tenant: impl std::fmt::Display) -> Zeroizing<[u8; 32]> {
        self.derive(&[b"photo secret\0", tenant.to_string().as_bytes()].concat())
    }

    /// The keys of one tenant.
    pub fn tenant(&self, tenant: impl std::fmt::Display) -> TenantKeys {
        let tenant = tenant.to_string();
        let derive = |purpose: &str| self.derive(&[purpose.as_bytes(), b"\0", tenant.as_bytes()].concat());
        TenantKeys { wrap: derive("wrap"), index: derive("index"), photo: derive("photo"), tenant }
    }
}

fn create(file: &Path, random: &Random) -> std::io::Result<Keys> {
    let master = Zeroizing::new(random.bytes::<32>());
    write_secret(file, master.as_slice())?;
    Ok(Keys { master: Arc::new(master) })
}

/// Makes a file that only its owner may read, whole or not at all: half a key would be no key at the next start.
///
/// # Errors
/// When the file cannot be written.
pub fn write_secret(file: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = file.with_extension("new");
    let _ = std::fs::remove_file(&beside);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    std::fs::rename(&beside, file)?;
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Where wrapped keys of persons stand.
const PERSON_KEYS: Place<'static> = Place { table: "persons", row: "", column: "wrapped_key" };
/// Where wrapped keys of application documents stand.
const DOCUMENT_KEYS: Place<'static> =
    Place { table: "application_documents", row: "", column: "wrapped_key" };

/// Where wrapped keys of entries of the blacklist stand.
const LISTED_KEYS: Place<'static> = Place { table: "blacklist", row: "", column: "wrapped_key" };

/// Where wrapped keys of recordings of partners' answers stand.
const RECORDING_KEYS: Place<'static> = Place { table: "partner_recordings", row: "", column: "wrapped_key" };

/// Wraps the keys of a tenant's persons and documents, and makes blind indexes.
pub struct TenantKeys {
    wrap: Zeroizing<[u8; 32]>,
    index: Zeroizing<[u8; 32]>,
    photo: Zeroizing<[u8; 32]>,
    tenant: String,
}

impl TenantKeys {
    /// A fresh key for a person, and its wrapped form for the row.
    ///
    /// # Errors
    /// Never in practice: the cipher refuses only inputs beyond 64 GiB.
    pub fn new_person(&self, person: &str, random: &Random) -> Result<(PersonKey, Vec<u8>), Unreadable> {
        self.new_key(Place { row: person, ..PERSON_KEYS }, random)
    }

    /// A person's key from its wrapped form.
    ///
    /// # Errors
    /// When the row was moved or changed, or another master key made it.
    pub fn person(&self, person: &str, wrapped: &[u8]) -> Result<PersonKey, Unreadable> {
        self.key(Place { row: person, ..PERSON_KEYS }, wrapped)
    }

    /// A fresh key for an application document, and its wrapped form for the row.
    ///
    /// # Errors
    /// Never in practice: the cipher refuses only inputs beyond 64 GiB.
    pub fn new_document(&self, document: &str, random: &Random) -> Result<(PersonKey, Vec<u8>), Unreadable> {
        self.new_key(Place { row: document, ..DOCUMENT_KEYS }, random)
    }

    /// A document's key from its wrapped form.
    ///
    /// # Errors
    /// As [`TenantKeys::person`].
    pub fn document(&self, document: &str, wrapped: &[u8]) -> Result<PersonKey, Unreadable> {
        self.key(Place { row: document, ..DOCUMENT_KEYS }, wrapped)
    }

    /// A fresh key for an entry of the blacklist, and its wrapped form for the row.
    ///
    /// # Errors
    /// Never in practice: the cipher refuses only inputs beyond 64 GiB.
    pub fn new_listed(&self, entry: &str, random: &Random) -> Result<(PersonKey, Vec<u8>), Unreadable> {
        self.new_key(Place { row: entry, ..LISTED_KEYS }, random)
    }

    /// An entry's key from its wrapped form.
    ///
    /// # Errors
    /// As [`TenantKeys::person`].
    pub fn listed(&self, entry: &str, wrapped: &[u8]) -> Result<PersonKey, Unreadable> {
        self.key(Place { row: entry, ..LISTED_KEYS }, wrapped)
    }

    /// A fresh key for a recording of a partner's answers, and its wrapped form for the row.
    ///
    /// # Errors
    /// Never in practice: the cipher refuses only inputs beyond 64 GiB.
    pub fn new_recording(
        &self,
        recording: &str,
        random: &Random,
    ) -> Result<(PersonKey, Vec<u8>), Unreadable> {
        self.new_key(Place { row: recording, ..RECORDING_KEYS }, random)
    }

    /// A recording's key from its wrapped form.
    ///
    /// # Errors
    /// As [`TenantKeys::person`].
    pub fn recording(&self, recording: &str, wrapped: &[u8]) -> Result<PersonKey, Unreadable> {
        self.key(Place { row: recording, ..RECORDING_KEYS }, wrapped)
    }

    /// Seals what staff typed into a search: it may be anything, and what is sealed stands in addresses.
    pub fn sought(&self) -> PersonKey {
        self.standing("sought")
    }

    /// Seals secrets of the company's own settings.
    pub fn settings(&self) -> PersonKey {
        self.standing("settings")
    }

    /// A key that is worked out anew each time and kept nowhere.
    fn standing(&self, purpose: &str) -> PersonKey {
        let mut key = Zeroizing::new([0; 32]);
        key.iter_mut().zip(self.derived(purpose, &[]).iter()).for_each(|(to, from)| *to = *from);
        PersonKey { key, tenant: self.tenant.clone() }
    }

    fn new_key(&self, place: Place<'_>, random: &Random) -> Result<(PersonKey, Vec<u8>), Unreadable> {
        let key = Zeroizing::new(random.bytes::<32>());
        let wrapped = seal(&self.wrap, &self.tenant, place, key.as_slice(), random)?;
        Ok((PersonKey { key, tenant: self.tenant.clone() }, wrapped))
    }

    fn key(&self, place: Place<'_>, wrapped: &[u8]) -> Result<PersonKey, Unreadable> {
        let opened = Zeroizing::new(open(&self.wrap, &self.tenant, place, wrapped)?);
        let key = opened.as_slice().try_into().map_err(|_| Unreadable)?;
        Ok(PersonKey { key: Zeroizing::new(key), tenant: self.tenant.clone() })
    }

    /// Recognises the same photo again: a keyed hash, for whoever has a photo must not find its case in a copied disk.
    pub fn photo_hash(&self, photo: &[u8]) -> Vec<u8> {
        let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(self.photo.as_slice()) else {
            unreachable!("HMAC takes keys of any length")
        };
        mac.update(photo);
        mac.finalize().into_bytes().to_vec()
    }

    /// Hides what perceptual hashes of cards say: the same for all of a tenant, so that distances stay.
    pub fn card_mask(&self) -> [u8; 64] {
        let halves =
            [keyed_hash(&self.photo, &["card mask", "1"]), keyed_hash(&self.photo, &["card mask", "2"])];
        let mut mask = [0; 64];
        mask.iter_mut().zip(halves.concat()).for_each(|(to, from)| *to = from);
        mask
    }

    /// Finds equal values without storing them: a keyed hash, never a bare one (the space of ID numbers is small).
    pub fn blind_index(&self, column: &str, value: &str) -> Vec<u8> {
        keyed_hash(&self.index, &[column, value])
    }

    /// 32 bytes that nobody without the tenant's key can work out, the same for the same parts: a secret that is made
    /// again instead of being kept.
    pub fn derived(&self, purpose: &str, parts: &[&str]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(keyed_hash(&self.index, &[&["derived", purpose][..], parts].concat()))
    }
}

/// Seals what belongs to one person, or to the application document about one.
pub struct PersonKey {
    key: Zeroizing<[u8; 32]>,
    tenant: String,
}

impl PersonKey {
    /// Seals `plain` for `place`.
    ///
    /// # Errors
    /// Never in practice: the cipher refuses only inputs beyond 64 GiB.
    pub fn seal(&self, place: Place<'_>, plain: &[u8], random: &Random) -> Result<Vec<u8>, Unreadable> {
        seal(&self.key, &self.tenant, place, plain, random)
    }

    /// Opens what [`PersonKey::seal`] sealed for the same place.
    ///
    /// # Errors
    /// When it was moved or changed.
    pub fn open(&self, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
        open(&self.key, &self.tenant, place, sealed)
    }

    /// Opens a text.
    ///
    /// # Errors
    /// When it was moved or changed, or is not text.
    pub fn open_text(&self, place: Place<'_>, sealed: &[u8]) -> Result<String, Unreadable> {
        String::from_utf8(self.open(place, sealed)?).map_err(|_| Unreadable)
    }

    /// A keyed hash for short secrets such as one-time codes.
    pub fn hash(&self, parts: &[&str]) -> Vec<u8> {
        keyed_hash(&self.key, parts)
    }
}

/// SHA-256 of a random token: enough for ≥ 128 bits of randomness, and nothing to steal from the database.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

fn keyed_hash(key: &[u8; 32], parts: &[&str]) -> Vec<u8> {
    let Ok(mut mac) = <Hmac<Sha256> as Mac>::new_from_slice(key) else {
        unreachable!("HMAC takes keys of any length")
    };
    for part in parts {
        mac.update(part.as_bytes());
        mac.update(b"\0");
    }
    mac.finalize().into_bytes().to_vec()
}

fn associated(tenant: &str, place: Place<'_>) -> String {
    [tenant, place.table, place.row, place.column].join("\0")
}

fn seal(
    key: &[u8; 32],
    tenant: &str,
    place: Place<'_>,
    plain: &[u8],
    random: &Random,
) -> Result<Vec<u8>, Unreadable> {
    let nonce: [u8; NONCE_BYTES] = random.bytes();
    let aad = associated(tenant, place);
    let sealed = Aes256GcmSiv::new(key.into())
        .encrypt(Nonce::from_slice(&nonce), Payload { msg: plain, aad: aad.as_bytes() })
        .map_err(|_| Unreadable)?;
    Ok([nonce.as_slice(), &sealed].concat())
}

fn open(key: &[u8; 32], tenant: &str, place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, Unreadable> {
    let (nonce, sealed) = sealed.split_at_checked(NONCE_BYTES).ok_or(Unreadable)?;
    let aad = associated(tenant, place);
    Aes256GcmSiv::new(key.into())
        .decrypt(Nonce::from_slice(nonce), Payload { msg: sealed, aad: aad.as_bytes() })
        .map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> (tempfile::TempDir, Keys, Random) {
        let folder = tempfile::tempdir().unwrap();
        let random = Random::seeded(7);
        let keys = Keys::open_or_create(&folder.path().join("master.key"), &random).unwrap();
        (folder, keys, random)
    }

    #[test]
    fn a_sealed_value_opens_only_where_it_belongs() {
        let (_folder, keys, random) = keys();
        let tenant = keys.tenant("t1");
        let (person, wrapped) = tenant.new_person("p1", &random).unwrap();
        let place = Place { table: "persons", row: "p1", column: "name" };
        let sealed = person.seal(place, "王小明".as_bytes(), &random).unwrap();
        assert!(!sealed.windows(3).any(|w| w == "王".as_bytes()));
        assert_eq!(tenant.person("p1", &wrapped).unwrap().open_text(place, &sealed).unwrap(), "王小明");
        for moved in [
            Place { table: "cases", ..place },
            Place { row: "p2", ..place },
            Place { column: "address", ..place },
        ] {
            assert!(person.open(moved, &sealed).is_err());
        }
        assert!(tenant.person("p2", &wrapped).is_err());
        assert!(keys.tenant("t2").person("p1", &wrapped).is_err());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let (_folder, keys, random) = keys();
        let (person, _) = keys.tenant("t1").new_person("p1", &random).unwrap();
        let place = Place { table: "persons", row: "p1", column: "name" };
        let sealed = person.seal(place, b"secret", &random).unwrap();
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(person.open(place, &changed).is_err(), "byte {at}");
        }
        assert!(person.open(place, &[]).is_err());
    }

    #[test]
    fn the_index_finds_equal_values_of_one_tenant_only() {
        let (_folder, keys, _) = keys();
        let one = keys.tenant("t1");
        assert_eq!(one.blind_index("phone", "13800138000"), one.blind_index("phone", "13800138000"));
        assert_ne!(one.blind_index("phone", "13800138000"), one.blind_index("id_number", "13800138000"));
        assert_ne!(
            one.blind_index("phone", "13800138000"),
            keys.tenant("t2").blind_index("phone", "13800138000")
        );
    }

    #[test]
    fn a_photo_is_recognised_by_its_tenant_only() {
        let (_folder, keys, _) = keys();
        let (one, two) = (keys.tenant("t1"), keys.tenant("t2"));
        assert_eq!(one.photo_hash(b"photo"), one.photo_hash(b"photo"));
        assert_ne!(one.photo_hash(b"photo"), one.photo_hash(b"phot0"));
        assert_ne!(one.photo_hash(b"photo"), two.photo_hash(b"photo"));
        assert_ne!(one.photo_hash(b"photo"), Sha256::digest(b"photo").to_vec());
        assert_ne!(one.card_mask(), two.card_mask());
        assert_ne!(one.card_mask()[..32], one.card_mask()[32..]);
    }

    #[test]
    fn each_tenants_photos_have_a_secret_of_their_own_that_stays() {
        let (_folder, keys, _) = keys();
        assert_eq!(keys.photo_secret("t1").as_slice(), keys.photo_secret("t1").as_slice());
        assert_ne!(keys.photo_secret("t1").as_slice(), keys.photo_secret("t2").as_slice());
        assert_ne!(
            keys.photo_secret("t1").as_slice(),
            keys.tenant("t1").derived("photo secret", &[]).as_slice()
        );
    }

    #[test]
    fn the_key_file_is_kept_and_private() {
        use std::os::unix::fs::PermissionsExt;
        let (folder, keys, random) = keys();
        let file = folder.path().join("master.key");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let again = Keys::open_or_create(&file, &random).unwrap();
        assert_eq!(again.tenant("t").blind_index("c", "v"), keys.tenant("t").blind_index("c", "v"));
        std::fs::write(&file, b"short").unwrap();
        assert!(Keys::open_or_create(&file, &random).is_err());
    }
}
