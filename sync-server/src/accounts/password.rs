//! Passwords: argon2id, never on the threads that answer requests.

use std::sync::LazyLock;

use argon2::{
    Algorithm, Argon2, Params, PasswordHash, PasswordHasher, PasswordVerifier, Version,
    password_hash::{Salt, SaltString},
};
use tokio::sync::Semaphore;
use zeroize::Zeroizing;

use crate::{problem::Problem, world::Random};

/// Fewest characters of a password (NIST SP 800-63B-4: length over composition rules).
pub const MIN_CHARS: usize = 12;
/// Most characters of a password: beyond it, hashing would be somebody else's tool.
pub const MAX_CHARS: usize = 128;
/// Passwords hashed at the same time: each takes 19 MiB and a core for some ten milliseconds.
const AT_ONCE: usize = 4;
/// OWASP's argon2id figures: KiB of memory, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1_024, 2, 1);
/// Letters of a generated password; none that is mistaken for another.
const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";

static TURNS: Semaphore = Semaphore::const_new(AT_ONCE);

/// What somebody typed as a password. Prints masked and is wiped after use (C3 data of JR/T 0171: never stored).
#[derive(Clone, serde::Deserialize)]
#[serde(from = "String")]
pub struct Password(Zeroizing<String>);

impl From<String> for Password {
    fn from(typed: String) -> Self {
        Self(Zeroizing::new(typed))
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl Password {
    /// A fresh one of 24 letters and digits (120 random bits).
    pub fn generate(random: &Random) -> Self {
        Self::from_bytes(random.bytes::<24>())
    }

    /// Letters for these bytes, one each.
    pub fn from_bytes(bytes: [u8; 24]) -> Self {
        bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 31)])).collect::<String>().into()
    }

    /// The password itself: to be shown once, to the one who made it.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether it may be set.
    ///
    /// # Errors
    /// 422 `password_length`.
    pub fn check(&self) -> Result<(), Problem> {
        match (MIN_CHARS..=MAX_CHARS).contains(&self.0.chars().count()) {
            true => Ok(()),
            false => Err(Problem::invalid(
                "password",
                "password_length",
                format!("Choose a password of {MIN_CHARS} to {MAX_CHARS} characters."),
            )),
        }
    }
}

/// Hashes a password for the row. Takes some ten milliseconds of a core: call it off the async threads.
///
/// # Errors
/// When the salt or the memory cannot be had.
pub fn hash(password: &Password, random: &Random) -> Result<String, Problem> {
    let salt = SaltString::encode_b64(&random.bytes::<16>()).map_err(|e| Problem::internal(&e))?;
    hash_with(password, salt.as_salt())
}

fn hash_with(password: &Password, salt: Salt<'_>) -> Result<String, Problem> {
    Ok(hasher()?.hash_password(password.0.as_bytes(), salt).map_err(|e| Problem::internal(&e))?.to_string())
}

/// Whether `password` is the one behind `stored`. Without a stored hash the same work is done and the answer is no,
/// so that unknown names take as long as known ones.
///
/// # Errors
/// When no thread could be had.
pub async fn verify(password: Password, stored: Option<String>) -> Result<bool, Problem> {
    let _turn = TURNS.acquire().await.map_err(|e| Problem::internal(&e))?;
    tokio::task::spawn_blocking(move || {
        let known = stored.is_some();
        let stored = stored.unwrap_or_else(|| DUMMY.clone());
        let too_long = password.0.chars().count() > MAX_CHARS;
        let typed = if too_long { Password::from(String::new()) } else { password };
        let fits = PasswordHash::new(&stored)
            .is_ok_and(|hash| hasher().is_ok_and(|h| h.verify_password(typed.0.as_bytes(), &hash).is_ok()));
        known && !too_long && fits
    })
    .await
    .map_err(|e| Problem::internal(&e))
}

/// Nobody's hash.
static DUMMY: LazyLock<String> = LazyLock::new(|| {
    let nobody = Password::from("nobody".to_owned());
    Salt::from_b64("bm9ib2R5bm9ib2R5")
        .map(|salt| hash_with(&nobody, salt).unwrap_or_default())
        .unwrap_or_default()
});

fn hasher() -> Result<Argon2<'static>, Problem> {
    let (memory, passes, lanes) = COST;
    let params = Params::new(memory, passes, lanes, None).map_err(|e| Problem::internal(&e))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_fits() {
        let random = Random::seeded(1);
        let password = Password::generate(&random);
        password.check().unwrap();
        let stored = hash(&password, &random).unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify(password.clone(), Some(stored.clone())).await.unwrap());
        for (wrong, stored) in [
            ("wrong".to_owned(), Some(stored.clone())),
            (String::new(), Some(stored.clone())),
            ("x".repeat(MAX_CHARS + 1), Some(stored)),
            ("nobody".to_owned(), None),
            (password.reveal().to_owned(), Some("not a hash".to_owned())),
        ] {
            assert!(!verify(wrong.into(), stored).await.unwrap());
        }
    }

    #[test]
    fn a_password_does_not_print() {
        assert_eq!(format!("{:?}", Password::from("planted".to_owned())), "***");
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        for (length, fine) in [(0, false), (11, false), (12, true), (128, true), (129, false)] {
            assert_eq!(Password::from("密".repeat(length)).check().is_ok(), fine, "{length}");
        }
    }
}
