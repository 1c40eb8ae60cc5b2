//! A company's versions of its flows, and how they are found. What belongs to another company is not found.

use rusqlite::{Connection, OptionalExtension, Row, params};
use shared::{
    domain::{TenantId, Texts},
    flow::FlowFile,
    protocol::flows::{Band, FlowRow, VersionRow, VersionState},
};

use super::Library;
use crate::problem::Problem;

/// Most versions of one flow.
pub(super) const MAX_VERSIONS: i64 = 2_000;

/// A version with how it stands now.
#[derive(Debug, Clone)]
pub struct Version {
    /// Whose flow, which number, by whom, in which state.
    pub row: VersionRow,
    /// Key of the flow.
    pub key: String,
    /// Account of whoever composed it, or `platform`.
    pub author: String,
    /// Why it was refused, or what its approver wrote.
    pub reason: Option<String>,
    /// When it was approved or refused.
    pub decided_at: Option<i64>,
    /// The share of new cases that it gets, and since when.
    pub release: Option<Release>,
    /// Why new cases do not get it any more, where they once did.
    pub ended_why: Option<String>,
}

/// An open release.
#[derive(Debug, Clone, PartialEq)]
pub struct Release {
    /// Counted up per flow.
    pub number: i64,
    /// Percent of new cases; 100 for a live version.
    pub share: u8,
    /// Only these provinces' cases; empty for all.
    pub regions: Vec<String>,
    /// When it is taken back by itself.
    pub band: Band,
    /// Since when.
    pub from_at: i64,
}

const SELECT: &str =
    "SELECT v.hash, v.number, v.state, v.note, coalesce(a.login, v.author), coalesce(d.login, v.decided_by),
            v.submitted_at, v.key, v.author, v.reason, v.decided_at,
            r.number, r.share, r.regions, r.band, r.from_at,
            (SELECT e.ended_why FROM flow_releases e WHERE e.tenant = v.tenant AND e.hash = v.hash
             AND e.until_at IS NOT NULL ORDER BY e.number DESC LIMIT 1)
     FROM company_flows v
     LEFT JOIN accounts a ON a.tenant = v.tenant AND a.id = v.author
     LEFT JOIN accounts d ON d.tenant = v.tenant AND d.id = v.decided_by
     LEFT JOIN flow_releases r ON r.tenant = v.tenant AND r.hash = v.hash AND r.until_at IS NULL
     WHERE v.tenant = ?1 AND";

/// The version with this hash.
///
/// # Errors
/// 404 when the company has none.
pub fn version(conn: &Connection, tenant: TenantId, hash: &str) -> Result<Version, Problem> {
    conn.prepare_cached(&format!("{SELECT} v.hash = ?2"))?
        .query_row(params![tenant.to_string(), hash], read)
        .optional()?
        .ok_or_else(Problem::not_found)
}

/// All versions of a flow, newest first.
///
/// # Errors
/// 404 when the company has no such flow.
pub fn versions(conn: &Connection, tenant: TenantId, key: &str) -> Result<Vec<Version>, Problem> {
    let sql = format!("{SELECT} v.key = ?2 ORDER BY v.number DESC LIMIT {MAX_VERSIONS}");
    let mut statement = conn.prepare_cached(&sql)?;
    let found: Vec<Version> =
        statement.query_map(params![tenant.to_string(), key], read)?.collect::<Result<_, _>>()?;
    if found.is_empty() { Err(Problem::not_found()) } else { Ok(found) }
}

/// The company's flows, by key.
///
/// # Errors
/// When the rows cannot be read.
pub fn flows(conn: &Connection, library: &Library, tenant: TenantId) -> Result<Vec<FlowRow>, Problem> {
    let keys: Vec<String> = conn
        .prepare_cached("SELECT DISTINCT key FROM company_flows WHERE tenant = ?1 ORDER BY key")?
        .query_map([tenant.to_string()], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    keys.iter().map(|key| flow(conn, library, tenant, key)).collect()
}

/// One flow of the company.
///
/// # Errors
/// 404 when there is none.
pub fn flow(conn: &Connection, library: &Library, tenant: TenantId, key: &str) -> Result<FlowRow, Problem> {
    let all = versions(conn, tenant, key)?;
    let of = |state| all.iter().filter(move |version| version.row.state == state);
    let live = of(VersionState::Live).next();
    let named = live.or(all.first()).map(|version| version.row.hash.as_str()).unwrap_or_default();
    Ok(FlowRow {
        key: key.to_owned(),
        name: library.get(conn, named)?.map_or_else(|| Texts::new(key, key), |flow| flow.name.clone()),
        live: live.map(|version| version.row.clone()),
        canary: of(VersionState::Canary).next().map(|version| version.row.clone()),
        waiting: of(VersionState::Waiting).map(|version| version.row.clone()).collect(),
    })
}

/// What a version of the company says, exactly as it was hashed.
///
/// # Errors
/// 404 when the company has none.
pub fn definition(conn: &Connection, tenant: TenantId, hash: &str) -> Result<String, Problem> {
    conn.prepare_cached(
        "SELECT f.definition FROM company_flows v JOIN flow_versions f ON f.hash = v.hash
         WHERE v.tenant = ?1 AND v.hash = ?2",
    )?
    .query_row(params![tenant.to_string(), hash], |row| row.get(0))
    .optional()?
    .ok_or_else(Problem::not_found)
}

/// The same, read.
///
/// # Errors
/// 404 when the company has none.
pub fn file(conn: &Connection, tenant: TenantId, hash: &str) -> Result<FlowFile, Problem> {
    let definition = definition(conn, tenant, hash)?;
    serde_json::from_str(&definition).map_err(|error| Problem::internal(&error))
}

fn read(row: &Row<'_>) -> rusqlite::Result<Version> {
    let state: String = row.get(2)?;
    let release = match row.get::<_, Option<i64>>(11)? {
        None => None,
        Some(number) => {
            let (regions, band): (String, String) = (row.get(13)?, row.get(14)?);
            Some(Release {
                number,
                share: row.get(12)?,
                regions: serde_json::from_str(&regions).unwrap_or_default(),
                band: serde_json::from_str(&band).unwrap_or_else(|_| super::release::default_band()),
                from_at: row.get(15)?,
            })
        }
    };
    let state = match (&release, state.as_str()) {
        (Some(Release { share: 100, .. }), _) => VersionState::Live,
        (Some(_), _) => VersionState::Canary,
        (None, "waiting") => VersionState::Waiting,
        (None, "refused") => VersionState::Refused,
        (None, "taken_back") => VersionState::TakenBack,
        (None, _) => VersionState::Approved,
    };
    Ok(Version {
        row: VersionRow {
            hash: row.get(0)?,
            number: row.get(1)?,
            state,
            note: row.get(3)?,
            author: row.get(4)?,
            decided_by: row.get(5)?,
            submitted_at: row.get(6)?,
            share_percent: release.as_ref().map_or(0, |release| release.share),
        },
        key: row.get(7)?,
        author: row.get(8)?,
        reason: row.get(9)?,
        decided_at: row.get(10)?,
        release,
        ended_why: row.get(16)?,
    })
}
