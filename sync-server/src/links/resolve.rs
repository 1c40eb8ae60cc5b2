//! Whose link is this?

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::{CaseId, Lang, PersonId, TenantId};

use super::looks_like_token;
use crate::{crypt::token_hash, flows::journal::CaseRef, store::StoreError};

/// Whether a link still leads to its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    /// It does.
    Open,
    /// Its time is over, and the case behind it is signed: it shows the result after a fresh code, and nothing else.
    Finished,
    /// Its time is over.
    Expired,
    /// Staff took it back.
    Revoked,
}

impl LinkState {
    /// May the customer act through the link?
    pub fn takes_acts(self) -> bool {
        self == Self::Open
    }

    /// Does the link still show anything of its case?
    pub fn shows_case(self) -> bool {
        matches!(self, Self::Open | Self::Finished)
    }
}

/// The customer behind a link. Only a token makes one: nothing else can consent, confirm or sign.
#[derive(Debug, Clone)]
pub struct Customer {
    /// The case.
    pub of: CaseRef,
    /// The person.
    pub person: PersonId,
    /// The case's number, as said on the phone.
    pub number: i64,
    /// The language last chosen.
    pub lang: Lang,
    /// Whether the link still leads to the case.
    pub state: LinkState,
    /// Whether the customer pressed start.
    pub opened: bool,
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// Finds the customer of a token; `None` for an unknown or malformed one.
///
/// # Errors
/// When the rows cannot be read.
pub fn resolve(conn: &Connection, token: &str, now: Timestamp) -> Result<Option<Customer>, StoreError> {
    if !looks_like_token(token) {
        return Ok(None);
    }
    let found = conn
        .prepare_cached(
            "SELECT l.tenant, l.case_id, c.person, c.number, c.lang, l.opened_at, l.expires_at, l.revoked_at,
                    c.decision
             FROM links l JOIN cases c ON c.tenant = l.tenant AND c.id = l.case_id WHERE l.token_hash = ?1",
        )?
        .query_row(params![token_hash(token)], |row| {
            Ok(Row {
                tenant: row.get(0)?,
                case: row.get(1)?,
                person: row.get(2)?,
                number: row.get(3)?,
                lang: row.get(4)?,
                opened_at: row.get(5)?,
                expires_at: row.get(6)?,
                revoked_at: row.get(7)?,
                is_signed: row.get::<_, Option<String>>(8)?.as_deref() == Some("approved"),
            })
        })
        .optional()?;
    Ok(found.and_then(|row| row.customer(now)))
}

struct Row {
    tenant: String,
    case: String,
    person: String,
    number: i64,
    lang: String,
    opened_at: Option<i64>,
    expires_at: i64,
    revoked_at: Option<i64>,
    is_signed: bool,
}

impl Row {
    fn customer(self, now: Timestamp) -> Option<Customer> {
        let expires_at = Timestamp::from_millisecond(self.expires_at).ok()?;
        let state = match self.revoked_at {
            Some(_) => LinkState::Revoked,
            None if expires_at <= now && self.is_signed => LinkState::Finished,
            None if expires_at <= now => LinkState::Expired,
            None => LinkState::Open,
        };
        let of = CaseRef {
            tenant: self.tenant.parse::<TenantId>().ok()?,
            case: self.case.parse::<CaseId>().ok()?,
        };
        Some(Customer {
            of,
            person: self.person.parse().ok()?,
            number: self.number,
            lang: Lang::from_tag(&self.lang).unwrap_or_default(),
            state,
            opened: self.opened_at.is_some(),
            expires_at,
        })
    }
}
