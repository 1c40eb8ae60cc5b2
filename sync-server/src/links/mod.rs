//! Customer links: make, list, renew, revoke, resolve.
//!
//! A link is the customer's only credential: 160 random bits, stored as a hash, good for one case until it expires or
//! is revoked.

mod handover;
mod list;
mod make;
mod once;
mod open;
mod renew;
mod resolve;
mod revoke;
mod routes;

pub(crate) use handover::{handover_token, handover_url};
pub use make::{LinkMade, OfferBody, VehicleBody, make};
pub(crate) use make::{Looked, look_at};
pub use once::Said;
pub use open::note_opened;
pub use renew::renew;
pub use resolve::{Customer, LinkState, resolve};
pub use revoke::revoke;
pub use routes::routes;

/// Random bytes of a token.
const TOKEN_BYTES: usize = 20;

/// A fresh token.
fn new_token(random: &crate::world::Random) -> String {
    token_of(random.bytes())
}

/// A token of these bytes: 32 characters of base 32.
fn token_of(bytes: [u8; TOKEN_BYTES]) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let mut token = String::with_capacity(32);
    for group in bytes.chunks(5) {
        let bits = group.iter().fold(0_u64, |all, byte| (all << 8) | u64::from(*byte));
        for place in (0..8).rev() {
            token.push(char::from(LETTERS[((bits >> (place * 5)) & 31) as usize]));
        }
    }
    token
}

/// When a link ends, RFC 3339.
fn expires(at: jiff::Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Whether a text could be a token at all; anything else is not looked up.
fn looks_like_token(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::Random;
    use std::collections::HashSet;

    #[test]
    fn tokens_are_long_and_differ() {
        let random = Random::seeded(1);
        let tokens: HashSet<String> = (0..1_000).map(|_| new_token(&random)).collect();
        assert_eq!(tokens.len(), 1_000);
        assert!(tokens.iter().all(|token| looks_like_token(token)));
        for other in ["", "../../etc/passwd", "abc", &"A".repeat(32), &"字".repeat(32)] {
            assert!(!looks_like_token(other));
        }
    }
}
