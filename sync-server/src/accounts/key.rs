//! A program with an API key: `Authorization: Bearer mpk_…`. Keys make links and follow them; nothing else.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};
use rusqlite::{OptionalExtension, params};
use shared::domain::TenantId;

use super::staff::not_signed_in;
use crate::{app::App, crypt::token_hash, http::limits::Caller, problem::Problem};

/// Longest credential that is looked up.
const MAX_SECRET: usize = 128;

/// A program of a tenant.
#[derive(Debug, Clone)]
pub struct ApiKey {
    /// Whose; every query is bound to it.
    pub tenant: TenantId,
    /// The key's id.
    pub id: String,
}

impl ApiKey {
    /// How the audit names it.
    pub fn actor(&self) -> String {
        format!("key:{}", self.id)
    }
}

impl FromRequestParts<App> for ApiKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let hash = token_hash(bearer(&parts.headers).ok_or_else(not_signed_in)?);
        let found = app.store.read(move |conn| {
            let row = conn
                .prepare_cached("SELECT tenant, id FROM api_keys WHERE key_hash = ?1 AND revoked_at IS NULL")?
                .query_row(params![hash], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))
                .optional()?;
            Ok::<_, Problem>(row)
        });
        let (tenant, id) = found.await?.ok_or_else(not_signed_in)?;
        app.limits.charge(Caller::Account(format!("key:{id}")))?;
        Ok(Self { tenant: tenant.parse().map_err(|e| Problem::internal(&e))?, id })
    }
}

/// The credential of `Authorization: Bearer …`, where it could be one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let secret = secret.trim();
    let fits = !secret.is_empty() && secret.len() <= MAX_SECRET;
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(secret)
}
