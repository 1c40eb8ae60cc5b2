//! What happened today on a flow's live version.

use std::collections::BTreeMap;

use jiff::{Timestamp, tz::TimeZone};
use rusqlite::{Connection, params};
use shared::{
    domain::TenantId,
    flow::BlockId,
    protocol::flows::{FlowFigures, OutcomeFigure, WaitingFigure},
};

use super::{Library, choose::live, history::taken};
use crate::{cases::today, problem::Problem};

/// The live version's newest cases that are counted.
const CASES_COUNTED: u32 = 5_000;
/// Hours by which China's clock is ahead of UTC.
const CHINA_HOURS: i8 = 8;

/// Today's figures.
///
/// # Errors
/// 404 when the company has no live version of this flow.
pub fn figures(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    key: &str,
    now: Timestamp,
) -> Result<FlowFigures, Problem> {
    let hash = live(conn, tenant, key)?.ok_or_else(Problem::not_found)?;
    let midnight = today(now).to_zoned(TimeZone::fixed(jiff::tz::offset(CHINA_HOURS)));
    let since = midnight.map_err(|error| Problem::internal(&error))?.timestamp().as_millisecond();
    Ok(FlowFigures {
        outcomes: outcomes(conn, library, tenant, &hash, since)?,
        waiting: waiting(conn, tenant, &hash)?,
        since,
        at: now.as_millisecond(),
        hash,
    })
}

fn outcomes(
    conn: &Connection,
    library: &Library,
    tenant: TenantId,
    hash: &str,
    since: i64,
) -> Result<Vec<OutcomeFigure>, Problem> {
    let flow = library.get(conn, hash)?.ok_or_else(Problem::not_found)?;
    let mut statement = conn.prepare_cached(
        "WITH recent AS (
           SELECT id FROM cases WHERE tenant = ?1 AND flow_hash = ?2 ORDER BY created_at DESC LIMIT ?4)
         SELECT s.block, s.outcome, s.at - s.since
         FROM recent r JOIN steps s ON s.tenant = ?1 AND s.case_id = r.id WHERE s.at >= ?3",
    )?;
    let mut rows = statement.query(params![tenant.to_string(), hash, since, CASES_COUNTED])?;
    let mut times: BTreeMap<(String, String), Vec<u64>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let ms = u64::try_from(row.get::<_, i64>(2)?).unwrap_or(0);
        let (block, outcome): (String, String) = (row.get(0)?, row.get(1)?);
        let outcome = match BlockId::parse(&block) {
            Some(id) => taken(&flow, &id, outcome),
            None => outcome,
        };
        times.entry((block, outcome)).or_default().push(ms);
    }
    let figure = |((block, outcome), mut times): ((String, String), Vec<u64>)| {
        times.sort_unstable();
        let median_ms = times.get((times.len() - 1) / 2).copied().unwrap_or(0);
        OutcomeFigure { block, outcome, count: u32::try_from(times.len()).unwrap_or(u32::MAX), median_ms }
    };
    Ok(times.into_iter().map(figure).collect())
}

fn waiting(conn: &Connection, tenant: TenantId, hash: &str) -> Result<Vec<WaitingFigure>, Problem> {
    let mut statement = conn.prepare_cached(
        "SELECT t.block, count(*) FROM tasks t JOIN cases c ON c.tenant = t.tenant AND c.id = t.case_id
         WHERE t.tenant = ?1 AND c.flow_hash = ?2 GROUP BY t.block ORDER BY t.block",
    )?;
    let rows = statement.query_map(params![tenant.to_string(), hash], |row| {
        Ok(WaitingFigure { block: row.get(0)?, cases: row.get(1)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
