//! A program with an API key: `Authorization: Bearer mpk_…`. A key can do what its scopes say; nothing else.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, StatusCode, header, request::Parts},
};
use rusqlite::{OptionalExtension, params};
use shared::domain::{Scope, Scopes, TenantId};

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
    scopes: Scopes,
}

impl ApiKey {
    /// How the audit names it.
    pub fn actor(&self) -> String {
        format!("key:{}", self.id)
    }

    /// The key, where it carries this scope.
    ///
    /// # Errors
    /// 403 `scope_missing`, naming the scope.
    pub fn with(self, scope: Scope) -> Result<Self, Problem> {
        match self.scopes.has(scope) {
            true => Ok(self),
            false => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "scope_missing",
                format!("This key lacks the scope `{scope}`. Use a key that has it, or have one made."),
            )),
        }
    }
}

impl FromRequestParts<App> for ApiKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let hash = token_hash(bearer(&parts.headers).ok_or_else(not_signed_in)?);
        let found = app.store.read(move |conn| {
            let row = conn
                .prepare_cached(
                    "SELECT tenant, id, scopes FROM api_keys WHERE key_hash = ?1 AND revoked_at IS NULL",
                )?
                .query_row(params![hash], |row| {
                    Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
                })
                .optional()?;
            Ok::<_, Problem>(row)
        });
        let (tenant, id, scopes) = found.await?.ok_or_else(not_signed_in)?;
        app.limits.charge(Caller::Account(format!("key:{id}")))?;
        let scopes = Scopes::from_codes(scopes.split(' '))
            .ok_or_else(|| Problem::internal(&"a key with a scope that this release does not know"))?;
        Ok(Self { tenant: tenant.parse().map_err(|e| Problem::internal(&e))?, id, scopes })
    }
}

/// The credential of `Authorization: Bearer …`, where it could be one.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, secret) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let secret = secret.trim();
    let fits = !secret.is_empty() && secret.len() <= MAX_SECRET;
    (scheme.eq_ignore_ascii_case("bearer") && fits).then_some(secret)
}
