//! The same link asked for twice under the same key is made once, and the second answer is the first.
//!
//! The first answer holds the customer's token, which is not kept. Under a key the token is therefore not drawn but
//! derived: from the tenant's key, the asker, the asker's key and the link. The row holds only hashes, so that the token
//! cannot be worked out again before the asker comes back with the key.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use shared::domain::{LinkId, TenantId};
use zeroize::Zeroizing;

use super::{LinkMade, expires, token_of};
use crate::{
    crypt::{Keys, token_hash},
    http::input::OnceKey,
    problem::Problem,
};

/// An answer to somebody who asked for a link.
#[derive(Debug, Clone)]
pub enum Said {
    /// For the first time.
    First(LinkMade),
    /// It was asked for before under the same key.
    Again(LinkMade),
}

impl Said {
    /// The link, whenever it was made.
    pub fn link(self) -> LinkMade {
        match self {
            Self::First(made) | Self::Again(made) => made,
        }
    }
}

/// What somebody asks for under a key of their own.
#[derive(Clone)]
pub(super) struct Asked {
    tenant: TenantId,
    by: String,
    key_hash: Vec<u8>,
    body_hash: Vec<u8>,
    secret: Zeroizing<Vec<u8>>,
}

impl Asked {
    /// `what`: `make` or `renew`; `content`: what a repetition must share.
    pub(super) fn new(
        keys: &Keys,
        tenant: TenantId,
        by: &str,
        key: &OnceKey,
        what: &str,
        content: &impl Serialize,
    ) -> Result<Self, Problem> {
        let keys = keys.tenant(tenant);
        let content = serde_json::to_string(content).map_err(|error| Problem::internal(&error))?;
        Ok(Self {
            tenant,
            by: by.to_owned(),
            key_hash: token_hash(key.as_str()),
            // Keyed, because it may hold a phone number: the space of those is small.
            body_hash: keys.derived("link request", &[what, &content]).to_vec(),
            secret: keys.derived("link token", &[by, key.as_str()]),
        })
    }

    /// The token of the link that is made for this.
    pub(super) fn token(&self, link: LinkId) -> String {
        let hash = token_hash(&format!("{}{link}", hex::encode(self.secret.as_slice())));
        let mut bytes = [0; super::TOKEN_BYTES];
        bytes.copy_from_slice(&hash[..super::TOKEN_BYTES]);
        token_of(bytes)
    }

    /// The first answer, where this was asked before.
    ///
    /// # Errors
    /// 409 `already_made` when the key was used for something else.
    pub(super) fn earlier(&self, conn: &Connection, public_url: &str) -> Result<Option<LinkMade>, Problem> {
        let before: Option<(Vec<u8>, String)> = conn
            .prepare_cached(
                "SELECT body_hash, link FROM link_requests WHERE tenant = ?1 AND asked_by = ?2 AND key_hash = ?3",
            )?
            .query_row(params![self.tenant.to_string(), self.by, self.key_hash], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let Some((body_hash, link)) = before else { return Ok(None) };
        if body_hash != self.body_hash {
            return Err(Problem::conflict(
                "already_made",
                format!(
                    "Link {link} was made under this key from other content. Use a new key for a new link."
                ),
            ));
        }
        let link: LinkId = link.parse().map_err(|error| Problem::internal(&error))?;
        said(conn, self.tenant, link, self.token(link), public_url).map(Some)
    }

    /// Notes the answer in the commit that makes the link.
    pub(super) fn note(&self, conn: &Connection, link: LinkId, now: Timestamp) -> Result<(), Problem> {
        conn.prepare_cached(
            "INSERT INTO link_requests(tenant, asked_by, key_hash, body_hash, link, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            self.tenant.to_string(),
            self.by,
            self.key_hash,
            self.body_hash,
            link.to_string(),
            now.as_millisecond()
        ])?;
        Ok(())
    }
}

/// The answer about a link whose rows exist.
pub(super) fn said(
    conn: &Connection,
    tenant: TenantId,
    link: LinkId,
    token: String,
    public_url: &str,
) -> Result<LinkMade, Problem> {
    let (case, number, until): (String, i64, i64) = conn
        .prepare_cached(
            "SELECT c.id, c.number, l.expires_at FROM links l JOIN cases c ON c.tenant = l.tenant AND c.id = l.case_id
             WHERE l.tenant = ?1 AND l.id = ?2",
        )?
        .query_row(params![tenant.to_string(), link.to_string()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
    let until = Timestamp::from_millisecond(until).map_err(|error| Problem::internal(&error))?;
    Ok(LinkMade {
        url: format!("{public_url}/c/{token}"),
        token,
        link: link.to_string(),
        case,
        number: crate::cases::page::case_number(number),
        expires_at: expires(until),
    })
}
