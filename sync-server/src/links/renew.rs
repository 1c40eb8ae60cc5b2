//! A fresh link for the same case: the older ones end, nothing of the case is lost.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::domain::LinkId;

use super::{
    new_token,
    once::{Asked, Said, said},
};
use crate::{
    accounts::permission::LinkRevoker, app::App, audit, crypt::token_hash, http::input::OnceKey,
    problem::Problem,
};

/// A link as whoever revokes or renews it finds it.
pub(super) struct Standing {
    pub(super) case: String,
    pub(super) made_by: String,
    pub(super) decision: Option<String>,
}

/// The link, where `revoker` may touch it.
///
/// # Errors
/// 404 for an unknown link, and for one that is not theirs.
pub(super) fn standing(conn: &Connection, revoker: &LinkRevoker, link: LinkId) -> Result<Standing, Problem> {
    conn.prepare_cached(
        "SELECT l.case_id, l.created_by, c.decision FROM links l JOIN cases c ON c.tenant = l.tenant AND c.id = l.case_id
         WHERE l.tenant = ?1 AND l.id = ?2",
    )?
    .query_row(params![revoker.tenant.to_string(), link.to_string()], |row| {
        Ok(Standing { case: row.get(0)?, made_by: row.get(1)?, decision: row.get(2)? })
    })
    .optional()?
    .filter(|found| revoker.reaches(&found.made_by))
    .ok_or_else(Problem::not_found)
}

/// Ends the links of a case and makes a fresh one for it. It belongs to whoever made the older one; the audit says who
/// renewed it.
///
/// # Errors
/// 404 for an unknown link, and for one that is not theirs; 409 `case_over` when the case ended without a result to look
/// at; 507/503 when nothing can be stored.
pub async fn renew(
    app: &App,
    revoker: &LinkRevoker,
    link: LinkId,
    once: Option<OnceKey>,
) -> Result<Said, Problem> {
    let asked = once
        .map(|key| Asked::new(&app.keys, revoker.tenant, &revoker.actor, &key, "renew", &link.to_string()))
        .transpose()?;
    let fresh = LinkId::from_bytes(app.world.random.bytes());
    let token = asked.as_ref().map_or_else(|| new_token(&app.world.random), |asked| asked.token(fresh));
    let lifetime = SignedDuration::from_hours(i64::from(app.config.link_days) * 24);
    let (revoker, now) = (revoker.clone(), app.world.clock.now());
    let public_url = app.config.public_url().to_string();
    app.store
        .write(move |conn| {
            if let Some(asked) = &asked {
                if let Some(made) = asked.earlier(conn, &public_url)? {
                    return Ok(Said::Again(made));
                }
                asked.note(conn, fresh, now)?;
            }
            replace(conn, &revoker, link, fresh, &token, now, now + lifetime)?;
            Ok(Said::First(said(conn, revoker.tenant, fresh, token, &public_url)?))
        })
        .await
}

fn replace(
    conn: &Connection,
    revoker: &LinkRevoker,
    link: LinkId,
    fresh: LinkId,
    token: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<(), Problem> {
    let found = standing(conn, revoker, link)?;
    if matches!(found.decision.as_deref(), Some("expired" | "error")) {
        return Err(Problem::conflict(
            "case_over",
            "This case is over and has nothing more to show. Make a link for a new case.",
        ));
    }
    let (tenant, at) = (revoker.tenant.to_string(), now.as_millisecond());
    conn.prepare_cached(
        "UPDATE links SET revoked_at = ?3 WHERE tenant = ?1 AND case_id = ?2 AND revoked_at IS NULL",
    )?
    .execute(params![tenant, found.case, at])?;
    // A customer who has begun is not greeted as a newcomer.
    conn.prepare_cached(
        "INSERT INTO links(tenant, id, token_hash, case_id, opened_at, expires_at, created_by, created_at)
         SELECT ?1, ?2, ?3, ?4, (SELECT min(opened_at) FROM links WHERE tenant = ?1 AND case_id = ?4), ?5, ?6, ?7",
    )?
    .execute(params![
        tenant,
        fresh.to_string(),
        token_hash(token),
        found.case,
        until.as_millisecond(),
        found.made_by,
        at
    ])?;
    let detail = json!({"instead_of": link, "case": found.case}).to_string();
    let entry = audit::Entry {
        tenant: &tenant,
        at: now,
        actor: &revoker.actor,
        action: "link.renewed",
        subject: &fresh.to_string(),
        detail: &detail,
    };
    Ok(audit::record(conn, entry)?)
}
