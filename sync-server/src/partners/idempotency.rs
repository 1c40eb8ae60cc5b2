//! The name of one intended effect.

use reqwest::header::HeaderValue;
use sha2::{Digest, Sha256};

/// Names one intended effect at one partner: a retry repeats it, so the partner acts at most once.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The key of what `block` in its `visit`-th turn wants from `partner` for `case`. The same four give the same key
    /// for ever, so a restarted server repeats the call instead of making a second one.
    pub fn mint(case: &str, block: &str, visit: u32, partner: &str) -> Self {
        let mut hash = Sha256::new();
        for part in [case, block, &visit.to_string(), partner] {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(format!("mp1-{}", hex::encode(&hash.finalize()[..20])))
    }

    /// The key's text: `mp1-` and 40 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).unwrap_or_else(|_| HeaderValue::from_static("invalid"))
    }

    /// The key of a further step of the same effect, e.g. the time-stamp after the signature.
    pub fn then(&self, step: &str) -> Self {
        Self::mint(&self.0, step, 0, "")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_depends_on_each_part_and_on_nothing_else() {
        let key = IdempotencyKey::mint("c1", "bureau", 1, "bureau");
        assert_eq!(key, IdempotencyKey::mint("c1", "bureau", 1, "bureau"));
        let others = [
            ("c2", "bureau", 1, "bureau"),
            ("c1", "b", 1, "bureau"),
            ("c1", "bureau", 2, "bureau"),
            ("c1", "bureau", 1, "sms"),
        ];
        for (case, block, visit, partner) in others {
            assert_ne!(key, IdempotencyKey::mint(case, block, visit, partner));
        }
        assert_ne!(IdempotencyKey::mint("ab", "c", 0, ""), IdempotencyKey::mint("a", "bc", 0, ""));
    }

    #[test]
    fn keys_are_frozen_because_a_restart_must_mint_the_same() {
        assert_eq!(
            IdempotencyKey::mint("case", "block", 1, "sms").as_str(),
            "mp1-19f344302089d987ce5be1fb756f6a4af302d848"
        );
    }
}
