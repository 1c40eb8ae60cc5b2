//! What we say to partners and what they answer: the bodies of the partner API, used by the server's client and by
//! the partner lab alike.
//!
//! Where to start: [`funders`] for the richest conversation, [`checks`] for real name, credit and valuation,
//! [`delivery`] for text messages, signatures and the lab's inbox, [`dialect`] for funders that answer in words of their own.
//!
//! Every `POST` carries `Authorization: Bearer …` and an [`IDEMPOTENCY_KEY`] header: the same key with the same body
//! returns the first answer, the same key with another body is refused with 409. Money is whole fen in [`CNY`], rates
//! are decimals written as strings (`"0.0699"` is 6.99 % a year), times are RFC 3339 in UTC.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

pub mod checks;
pub mod delivery;
pub mod dialect;
pub mod funders;

/// Header that names one intended effect; the caller mints it, a retry repeats it.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Longest idempotency key a partner takes, in bytes.
pub const MAX_IDEMPOTENCY_KEY_BYTES: usize = 200;

/// Largest body either side sends or reads, in bytes (256 KiB).
pub const MAX_BODY_BYTES: usize = 256 * 1024;

/// The one currency of these products (ISO 4217).
pub const CNY: &str = "CNY";

/// Largest sum that can be meant seriously, in fen (100 million yuan). A guard against nonsense, not a product limit.
pub const MAX_SUM_FEN: i64 = 10_000_000_000;

/// Longest term that can be meant seriously, in months. A guard against nonsense, not a product limit.
pub const MAX_TERM_MONTHS: u16 = 120;

/// Where each call goes, below the partner's base address.
pub mod paths {
    /// `POST` [`RealNameCheck`](super::checks::RealNameCheck).
    pub const REAL_NAME_CHECKS: &str = "/v1/checks";
    /// `POST` [`CreditQuery`](super::checks::CreditQuery).
    pub const CREDIT_QUERIES: &str = "/v1/queries";
    /// `POST` [`ValuationRequest`](super::checks::ValuationRequest).
    pub const VEHICLES: &str = "/v1/vehicles";
    /// `POST` [`FunderApplication`](super::funders::FunderApplication); `GET` below it by reference.
    pub const APPLICATIONS: &str = "/v1/applications";
    /// `POST` [`SmsMessage`](super::delivery::SmsMessage).
    pub const MESSAGES: &str = "/v1/messages";
    /// `POST` [`CaSignatureRequest`](super::delivery::CaSignatureRequest).
    pub const SIGNATURES: &str = "/v1/signatures";
    /// `POST` `{"test": true}`: a question that means nothing, answered with any JSON. A partner need not know it.
    pub const TEST: &str = "/v1/test";
}

/// A personal value on the wire. It travels as its plain self and never prints.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Masked<T>(T);

impl<T> Masked<T> {
    /// Wraps a personal value.
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// The value itself. Whoever calls this must not log it.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl From<&str> for Masked<String> {
    fn from(value: &str) -> Self {
        Self(value.to_owned())
    }
}

impl From<String> for Masked<String> {
    fn from(value: String) -> Self {
        Self(value)
    }
}

impl<T> fmt::Debug for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T> fmt::Display for Masked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// Why a piece of text cannot be a partner's token or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAPartnerText {
    /// Empty, too long, or with characters outside letters, digits and `. _ : -`.
    #[error(
        "a partner's reference or code has 1 to 128 letters, digits, dots, colons, hyphens and underscores"
    )]
    Token,
    /// Empty, longer than [`PartnerText::MAX_CHARS`], or with control characters.
    #[error("a partner's text has 1 to 500 characters and no control characters")]
    Text,
}

/// A partner's reference, funder key or reason code: 1–128 of `A-Z a-z 0-9 . _ : -`. Safe in a path and in a log.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct PartnerToken(String);

impl PartnerToken {
    /// Longest token, in bytes.
    pub const MAX_BYTES: usize = 128;

    /// # Errors
    /// [`NotAPartnerText::Token`] for anything that is not such a token. `.` and `..` are not: in a path they climb.
    pub fn parse(text: &str) -> Result<Self, NotAPartnerText> {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
        let fits = (1..=Self::MAX_BYTES).contains(&text.len()) && text != "." && text != "..";
        if fits && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPartnerText::Token)
        }
    }

    /// The nearest token to `text`: other characters become `_`, the end is cut, nothing becomes `_`. For texts of our
    /// own making that are tokens anyway, so that a slip shows in the text and not as a crash.
    pub fn nearest(text: &str) -> Self {
        let fitting = |c: char| if c.is_ascii_alphanumeric() || "._:-".contains(c) { c } else { '_' };
        let near: String = text.chars().map(fitting).take(Self::MAX_BYTES).collect();
        Self::parse(&near).unwrap_or_else(|_| Self("_".into()))
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartnerToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PartnerToken {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A sentence a partner wrote for people, e.g. a stipulation: 1–500 characters, no control characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PartnerText(String);

impl PartnerText {
    /// Longest text, in characters.
    pub const MAX_CHARS: usize = 500;

    /// # Errors
    /// [`NotAPartnerText::Text`] when empty, too long or with control characters.
    pub fn parse(text: &str) -> Result<Self, NotAPartnerText> {
        let fits = (1..=Self::MAX_CHARS).contains(&text.chars().count());
        if fits && !text.chars().any(char::is_control) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotAPartnerText::Text)
        }
    }

    /// The text itself; escape it before it enters a page.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for PartnerText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// How a partner says no over HTTP (any status but 2xx).
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PartnerRefusal {
    /// Stable for programs, e.g. `idempotency_key_reused`.
    pub code: PartnerToken,
    /// What to do next, in plain English.
    pub detail: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn personal_values_travel_plain_and_never_print() {
        let name = Masked::<String>::from("王小明");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"王小明\"");
        assert_eq!(format!("{name:?} {name}"), "*** ***");
    }

    #[test]
    fn tokens_cannot_climb_out_of_a_path() {
        for bad in ["", ".", "..", "a/b", "a?b", "a b", "名", "%2e", &"a".repeat(129)] {
            assert!(PartnerToken::parse(bad).is_err(), "{bad}");
        }
        assert!(PartnerToken::parse("fd-0a1b:2.c_D").is_ok());
        for (text, near) in [("a b/名", "a_b__"), ("..", "_"), ("", "_")] {
            assert_eq!(PartnerToken::nearest(text).as_str(), near);
        }
        assert!(serde_json::from_str::<PartnerToken>("\"../x\"").is_err());
    }

    #[test]
    fn texts_are_bounded_and_free_of_control_characters() {
        assert!(PartnerText::parse("请补充工资流水").is_ok());
        for bad in [String::new(), "a\nb".into(), "字".repeat(501)] {
            assert!(PartnerText::parse(&bad).is_err());
        }
    }
}
