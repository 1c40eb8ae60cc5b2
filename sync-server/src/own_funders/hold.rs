//! Lets what is on record hold: at start, and after every change.

use std::sync::Arc;

use shared::{
    domain::TenantId,
    protocol::partners::{Masked, PartnerToken},
};

use super::{
    Own,
    keep::{self, webhook_secret},
};
use crate::{
    app::App,
    partners::{BaseUrl, OwnLine, PartnerSettings},
    problem::Problem,
};

/// Lets every company's own funders hold, before the first case moves.
///
/// # Errors
/// When the rows cannot be read.
pub(crate) async fn begin(app: &App) -> Result<(), Problem> {
    for tenant in app.store.read(keep::companies).await? {
        refresh(app, tenant).await?;
    }
    Ok(())
}

/// Lets the newest of what a company has entered hold.
///
/// # Errors
/// When it cannot be read.
pub(crate) async fn refresh(app: &App, tenant: TenantId) -> Result<(), Problem> {
    let _one = app.products.own_funders.reading().await;
    let own = app.store.read(move |conn| keep::all(conn, tenant)).await?;
    let keys = app.keys.clone();
    let mut lines = Vec::new();
    for one in &own {
        lines.extend(line(&keys, tenant, one)?);
    }
    app.partners.set_own(tenant, lines, &app.outgoing.guard());
    app.products.own_funders.set(tenant, own.into_iter().map(|one| (one.stage, one.terms)));
    Ok(())
}

/// `None` for an address that this release does not take any more: then nothing goes to it.
fn line(keys: &crate::crypt::Keys, tenant: TenantId, own: &Own) -> Result<Option<OwnLine>, Problem> {
    let Ok(base) = BaseUrl::parse(&own.address) else { return Ok(None) };
    let key = PartnerToken::parse(own.terms.key.as_str()).map_err(|error| Problem::internal(&error))?;
    let timeout_ms = u64::from(own.timeout_ms);
    let secret = String::from(webhook_secret(keys, tenant, key.as_str())?);
    let settings = PartnerSettings {
        timeout_ms,
        // A lost answer leaves time for another try.
        attempt_timeout_ms: timeout_ms.div_ceil(2).max(MIN_TRY_MS).min(timeout_ms),
        webhook_secret: Some(Masked::from(secret)),
        ..PartnerSettings::at(base, Masked::from(keep::api_key(keys, tenant, own)?))
    };
    Ok(Some(OwnLine { key, settings, dialect: Arc::new(own.mapping.clone()) }))
}

/// Least time for one try, in milliseconds.
const MIN_TRY_MS: u64 = 1_000;
