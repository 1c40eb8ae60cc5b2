//! Whether a master key belongs to a database: a lost key must never be replaced silently, for a new one reads nothing
//! of what is there.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OptionalExtension};

use super::Keys;
use crate::{store::StoreError, world::Random};

/// Where in `meta` the master key's fingerprint stands.
const FINGERPRINT: &str = "master_key";

/// Why a database cannot be opened with the key file that is there.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The key file is gone, and there is data that needs it.
    #[error(
        "the master key {0} is missing, and the data in this folder can be read with it alone; put the key file back from \
         its copy, or say with key_file where it lies (a new data folder starts empty with a new key)"
    )]
    Lost(PathBuf),
    /// The key file is another one.
    #[error(
        "the master key {0} is not the one that this data folder was written with; put the right key file there, or say \
         with key_file where it lies"
    )]
    Other(PathBuf),
    /// The key file cannot be used.
    #[error("the key file {0} cannot be used")]
    File(PathBuf, #[source] std::io::Error),
    /// The database cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<rusqlite::Error> for KeyError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.into())
    }
}

/// The keys in `file`, which must be those that the database was written with. Made at first start, while the database
/// is empty.
///
/// # Errors
/// [`KeyError::Lost`] and [`KeyError::Other`] as they say; when something cannot be read or written.
pub fn keys_of(conn: &Connection, file: &Path, random: &Random) -> Result<Keys, KeyError> {
    let unusable = |error| KeyError::File(file.to_owned(), error);
    let noted: Option<String> = conn
        .query_row("SELECT value FROM meta WHERE key = ?1", [FINGERPRINT], |row| row.get(0))
        .optional()?;
    let keys = match (Keys::open(file).map_err(unusable)?, &noted) {
        (None, None) if is_without_people(conn)? => Keys::open_or_create(file, random).map_err(unusable)?,
        (None, _) => return Err(KeyError::Lost(file.to_owned())),
        (Some(keys), _) => keys,
    };
    let fits = match &noted {
        Some(noted) => *noted == keys.fingerprint(),
        // Written before fingerprints were kept: the key has to open what is there.
        None => opens_somebody(conn, &keys)?,
    };
    if !fits {
        return Err(KeyError::Other(file.to_owned()));
    }
    if noted.is_none() {
        conn.execute("INSERT INTO meta(key, value) VALUES (?1, ?2)", [FINGERPRINT, &keys.fingerprint()])?;
    }
    Ok(keys)
}

fn is_without_people(conn: &Connection) -> Result<bool, KeyError> {
    Ok(conn.query_row("SELECT NOT EXISTS (SELECT 1 FROM persons)", [], |row| row.get(0))?)
}

/// Whether `keys` open a person's key; also where nobody is there to try it on.
fn opens_somebody(conn: &Connection, keys: &Keys) -> Result<bool, KeyError> {
    let sql = "SELECT tenant, id, wrapped_key FROM persons WHERE wrapped_key IS NOT NULL LIMIT 1";
    let text = |row: &rusqlite::Row<'_>, n| row.get::<_, String>(n);
    let somebody: Option<(String, String, Vec<u8>)> =
        conn.query_row(sql, [], |row| Ok((text(row, 0)?, text(row, 1)?, row.get(2)?))).optional()?;
    Ok(somebody.is_none_or(|(tenant, person, wrapped)| keys.tenant(tenant).person(&person, &wrapped).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Place {
        folder: tempfile::TempDir,
        conn: Connection,
        random: Random,
    }

    impl Place {
        fn new() -> Self {
            let conn = Connection::open_in_memory().unwrap();
            conn.execute_batch(include_str!("../../migrations/0001_house.sql")).unwrap();
            Self { folder: tempfile::tempdir().unwrap(), conn, random: Random::seeded(3) }
        }

        fn file(&self) -> PathBuf {
            self.folder.path().join("master.key")
        }

        fn open(&self) -> Result<Keys, KeyError> {
            keys_of(&self.conn, &self.file(), &self.random)
        }

        fn add_person(&self, keys: &Keys) {
            let (_, wrapped) = keys.tenant("t").new_person("p", &self.random).unwrap();
            self.conn
                .execute(
                    "INSERT INTO persons(tenant, id, wrapped_key, created_at) VALUES ('t', 'p', ?1, 0)",
                    [wrapped],
                )
                .unwrap();
        }
    }

    #[test]
    fn the_first_start_makes_a_key_and_later_ones_recognise_it() {
        let place = Place::new();
        let made = place.open().unwrap().fingerprint();
        assert_eq!(place.open().unwrap().fingerprint(), made);
        assert!(!made.contains(&hex::encode(std::fs::read(place.file()).unwrap())));
    }

    #[test]
    fn a_lost_key_is_never_replaced() {
        let place = Place::new();
        place.open().unwrap();
        std::fs::remove_file(place.file()).unwrap();
        let refused = place.open().err().unwrap();
        assert!(matches!(refused, KeyError::Lost(_)), "{refused}");
        assert!(refused.to_string().contains("put the key file back"));
        assert!(!place.file().exists(), "no fresh key was made");
    }

    #[test]
    fn another_key_is_refused() {
        let place = Place::new();
        place.open().unwrap();
        std::fs::write(place.file(), [8; 32]).unwrap();
        assert!(matches!(place.open(), Err(KeyError::Other(_))));
    }

    #[test]
    fn data_from_before_fingerprints_is_tried() {
        let place = Place::new();
        let keys = place.open().unwrap();
        place.add_person(&keys);
        let right = std::fs::read(place.file()).unwrap();
        let forget = || place.conn.execute("DELETE FROM meta", []).unwrap();
        forget();
        std::fs::write(place.file(), [8; 32]).unwrap();
        assert!(matches!(place.open(), Err(KeyError::Other(_))));
        std::fs::remove_file(place.file()).unwrap();
        assert!(matches!(place.open(), Err(KeyError::Lost(_))));
        std::fs::write(place.file(), right).unwrap();
        place.open().unwrap();
    }
}
