//! What is set now: read at start, and after every change.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::domain::{TenantId, china_date};

use crate::{
    app::App,
    cases::midnight,
    own_funders,
    partners::{Control, Partner},
    problem::Problem,
};

/// What is set for one partner, and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    /// Number of the latest change; 0 before the first.
    pub number: u32,
    /// Everything that is set.
    pub control: Control,
    /// Who changed it last, by sign-in name, when, and why.
    pub changed: Option<Changed>,
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// Who.
    pub who: String,
    /// Who confirmed it, where two are needed.
    pub second: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
    /// Number of the change that it took back.
    pub reverses: Option<u32>,
}

/// What is set for a partner now.
///
/// # Errors
/// When the row cannot be read.
pub fn newest(conn: &Connection, tenant: TenantId, partner: &Partner) -> Result<Standing, Problem> {
    let found = conn
        .prepare_cached(
            "SELECT p.number, p.control, coalesce(a.login, p.actor), coalesce(b.login, p.second), p.at, p.reason, p.reverses
             FROM partner_controls p
             LEFT JOIN accounts a ON a.tenant = p.tenant AND a.id = p.actor
             LEFT JOIN accounts b ON b.tenant = p.tenant AND b.id = p.second
             WHERE p.tenant = ?1 AND p.partner = ?2 ORDER BY p.number DESC LIMIT 1",
        )?
        .query_row(params![tenant.to_string(), partner.to_string()], |row| {
            Ok((row.get(0)?, row.get::<_, String>(1)?, changed(row)?))
        })
        .optional()?;
    let Some((number, control, changed)) = found else {
        return Ok(Standing { number: 0, control: Control::usual(partner), changed: None });
    };
    Ok(Standing { number, control: read(&control)?, changed: Some(changed) })
}

fn changed(row: &Row<'_>) -> rusqlite::Result<Changed> {
    Ok(Changed {
        who: row.get(2)?,
        second: row.get(3)?,
        at: Timestamp::from_millisecond(row.get(4)?).unwrap_or_default(),
        reason: row.get(5)?,
        reverses: row.get(6)?,
    })
}

/// # Errors
/// When it is no control that this release knows: then nobody may guess what was meant.
pub(super) fn read(text: &str) -> Result<Control, Problem> {
    serde_json::from_str(text).map_err(|error| Problem::internal(&error))
}

/// Lets what is set hold, and counts today's calls on, before the first case moves.
///
/// # Errors
/// When the rows cannot be read.
pub async fn begin(app: &App) -> Result<(), Problem> {
    let now = app.world.clock.now();
    let (set, calls) = app.store.read(move |conn| Ok::<_, Problem>((all(conn)?, today(conn, now)?))).await?;
    for (tenant, partner, number, control) in set {
        app.partners.set_control(tenant, partner, number, control);
    }
    for (tenant, partner, calls) in calls {
        app.partners.count_on(tenant, &partner, china_date(now), calls);
    }
    Ok(())
}

/// Lets the newest of what is set for a partner hold.
///
/// # Errors
/// When it cannot be read.
pub async fn refresh(app: &App, tenant: TenantId, partner: Partner) -> Result<(), Problem> {
    let of = partner.clone();
    let standing = app.store.read(move |conn| newest(conn, tenant, &of)).await?;
    let is_own = partner.own_funder().is_some();
    app.partners.set_control(tenant, partner, standing.number, standing.control);
    // It may have been switched on for the first time.
    if is_own { own_funders::refresh(app, tenant).await } else { Ok(()) }
}

fn all(conn: &Connection) -> Result<Vec<(TenantId, Partner, u32, Control)>, Problem> {
    let mut statement = conn.prepare(
        "SELECT tenant, partner, number, control FROM partner_controls p
         WHERE number = (SELECT max(number) FROM partner_controls
                         WHERE tenant = p.tenant AND partner = p.partner)",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (tenant, partner): (String, String) = (row.get(0)?, row.get(1)?);
        if let (Ok(tenant), Some(partner)) = (tenant.parse(), Partner::named(&partner)) {
            found.push((tenant, partner, row.get(2)?, read(&row.get::<_, String>(3)?)?));
        }
    }
    Ok(found)
}

fn today(conn: &Connection, now: Timestamp) -> Result<Vec<(TenantId, Partner, u64)>, Problem> {
    let mut statement = conn.prepare(
        "SELECT tenant, partner, count(*) FROM partner_calls
         WHERE at >= ?1 AND outcome NOT IN ('partner_held', 'partner_quota_used') GROUP BY tenant, partner",
    )?;
    let mut rows = statement.query([midnight(now)])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (tenant, partner): (String, String) = (row.get(0)?, row.get(1)?);
        if let (Ok(tenant), Some(partner)) = (tenant.parse(), Partner::named(&partner)) {
            found.push((tenant, partner, u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0)));
        }
    }
    Ok(found)
}
