//! Takes a canary back by itself when it falls too far behind the live version.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde_json::json;
use shared::{
    domain::TenantId,
    flow::{Flow, Work, percentile},
    protocol::flows::Band,
};

use super::{Library, release};
use crate::{
    app::App,
    ops::Ticks,
    problem::{Problem, masked},
    store::StoreError,
};

/// How often canaries are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// A version's newest cases that are counted.
const CASES_COUNTED: u32 = 2_000;

/// What became of a version's cases since its canary began.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counted {
    /// Cases that the machine has worked on, or that have ended.
    pub worked: u32,
    /// Of these, cases that ended in an error, or in which a machine's block took `error`.
    pub errors: u32,
    /// Cases that ended approved or declined.
    pub decided: u32,
    /// Of these, the approved ones.
    pub approved: u32,
    /// Machine time per case at the 95th percentile, milliseconds.
    pub p95_ms: u64,
}

/// Why a canary is taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Too many of its cases went wrong.
    Errors,
    /// Its machine takes too long.
    Slow,
    /// It approves much more or much less often than the live version.
    Drift,
}

impl Why {
    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Errors => "errors",
            Self::Slow => "slow",
            Self::Drift => "drift",
        }
    }
}

/// Whether a canary is to be taken back. No rate counts before enough cases make it up.
pub fn verdict(band: &Band, canary: &Counted, live: &Counted) -> Option<Why> {
    let enough = |cases: u32| cases >= band.least_cases.max(1);
    let percent = |part: u32, of: u32| u64::from(part) * 100 / u64::from(of.max(1));
    if enough(canary.worked) {
        if u64::from(canary.errors) * 100 > u64::from(band.most_errors_percent) * u64::from(canary.worked) {
            return Some(Why::Errors);
        }
        if canary.p95_ms > u64::from(band.most_p95_ms) {
            return Some(Why::Slow);
        }
    }
    let (mine, usual) = (percent(canary.approved, canary.decided), percent(live.approved, live.decided));
    let drifts = mine.abs_diff(usual) > u64::from(band.most_approval_drift_points);
    (enough(canary.decided) && enough(live.decided) && drifts).then_some(Why::Drift)
}

/// Looks at every canary again and again, until the server stops.
pub async fn watch_canaries(app: App) {
    let _running = app.workers.running("canaries");
    let mut ticks = Ticks::every(LOOK_EVERY, &app.stopping);
    while ticks.next().await.is_some() {
        if let Err(error) = look(&app).await {
            tracing::error!(error = masked(&error), "canaries could not be looked at");
        }
    }
}

/// Looks at every canary once; answers the hashes of those that it took back.
///
/// # Errors
/// When the store fails.
pub(super) async fn look(app: &App) -> Result<Vec<String>, Problem> {
    let (library, now) = (app.driver.library().clone(), app.world.clock.now());
    let fallen: Vec<Fallen> = app.store.read(move |conn| fallen(conn, &library)).await?;
    let mut taken_back = Vec::new();
    for canary in fallen {
        let hash = canary.hash.clone();
        if app.store.write(move |conn| canary.take_back(conn, now)).await? {
            metrics::counter!("miaopi_flows_taken_back_total", "by" => "machine").increment(1);
            tracing::warn!(%hash, "a canary was taken back");
            taken_back.push(hash);
        }
    }
    Ok(taken_back)
}

/// A canary outside its band.
struct Fallen {
    tenant: TenantId,
    key: String,
    hash: String,
    why: Why,
    canary: Counted,
    live: Counted,
}

impl Fallen {
    fn take_back(&self, conn: &Connection, now: Timestamp) -> Result<bool, Problem> {
        let figures = |counted: &Counted| {
            json!({
                "worked": counted.worked, "errors": counted.errors, "decided": counted.decided,
                "approved": counted.approved, "p95_ms": counted.p95_ms,
            })
        };
        let detail = json!({
            "key": self.key, "why": self.why.code(), "canary": figures(&self.canary), "live": figures(&self.live),
        });
        release::end(conn, self.tenant, &self.hash, self.why.code(), ("machine", &detail), now)
    }
}

fn fallen(conn: &Connection, library: &Library) -> Result<Vec<Fallen>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT c.tenant, c.key, c.hash, c.band, c.from_at, l.hash FROM flow_releases c
         JOIN flow_releases l ON l.tenant = c.tenant AND l.key = c.key AND l.until_at IS NULL AND l.share = 100
         WHERE c.until_at IS NULL AND c.share < 100",
    )?;
    let mut rows = statement.query([])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let (tenant, key, hash, band): (String, String, String, String) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let (from, beside): (i64, String) = (row.get(4)?, row.get(5)?);
        let band: Band = serde_json::from_str(&band).unwrap_or_else(|_| release::default_band());
        let canary = count(conn, library, &tenant, &hash, from)?;
        let live = count(conn, library, &tenant, &beside, from)?;
        if let (Some(why), Ok(tenant)) = (verdict(&band, &canary, &live), tenant.parse()) {
            found.push(Fallen { tenant, key, hash, why, canary, live });
        }
    }
    Ok(found)
}

#[derive(Default)]
struct Case {
    decision: Option<String>,
    worked: bool,
    error: bool,
    machine_ms: u64,
}

/// Counts a version's newest cases of those that began at `from` or later.
fn count(
    conn: &Connection,
    library: &Library,
    tenant: &str,
    hash: &str,
    from: i64,
) -> Result<Counted, StoreError> {
    let Some(flow) = library.get(conn, hash)? else { return Ok(Counted::default()) };
    let mut statement = conn.prepare_cached(
        "WITH recent AS (
           SELECT id, decision FROM cases WHERE tenant = ?1 AND flow_hash = ?2 AND created_at >= ?3
           ORDER BY created_at DESC LIMIT ?4)
         SELECT r.id, r.decision, s.block, s.outcome, s.at - s.since
         FROM recent r LEFT JOIN steps s ON s.tenant = ?1 AND s.case_id = r.id",
    )?;
    let mut rows = statement.query(params![tenant, hash, from, CASES_COUNTED])?;
    let mut cases: BTreeMap<String, Case> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let case = cases.entry(row.get(0)?).or_default();
        case.decision = row.get(1)?;
        let Some(block) = row.get::<_, Option<String>>(2)? else { continue };
        if is_machines(&flow, &block) {
            case.worked = true;
            case.error |= row.get::<_, String>(3)? == "error";
            case.machine_ms += u64::try_from(row.get::<_, i64>(4)?).unwrap_or(0);
        }
    }
    Ok(summed(cases.into_values().collect()))
}

/// Whether the machine works in this block: nobody is waited for.
fn is_machines(flow: &Flow, block: &str) -> bool {
    let block = shared::flow::BlockId::parse(block).and_then(|id| flow.block(&id));
    block.is_some_and(|block| matches!(block.shape.work, Work::Machine { .. }))
}

fn summed(cases: Vec<Case>) -> Counted {
    let mut counted = Counted::default();
    let mut times: Vec<u64> = Vec::with_capacity(cases.len());
    for case in cases {
        let decision = case.decision.as_deref();
        if case.worked || decision.is_some() {
            counted.worked += 1;
            counted.errors += u32::from(case.error || decision == Some("error"));
            times.push(case.machine_ms);
        }
        counted.decided += u32::from(matches!(decision, Some("approved" | "declined")));
        counted.approved += u32::from(decision == Some("approved"));
    }
    times.sort_unstable();
    counted.p95_ms = percentile(&times, 95);
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(worked: u32, errors: u32, decided: u32, approved: u32, p95_ms: u64) -> Counted {
        Counted { worked, errors, decided, approved, p95_ms }
    }

    #[test]
    fn a_canary_is_taken_back_only_outside_its_band_and_only_once_enough_cases_say_so() {
        let band = release::default_band();
        let live = counted(100, 5, 100, 80, 3_000);
        for (canary, why) in [
            (counted(0, 0, 0, 0, 0), None),
            (counted(19, 19, 0, 0, 99_999), None),
            (counted(20, 4, 0, 0, 10_000), None),
            (counted(20, 5, 0, 0, 0), Some(Why::Errors)),
            (counted(20, 20, 20, 0, 99_999), Some(Why::Errors)),
            (counted(100, 21, 0, 0, 0), Some(Why::Errors)),
            (counted(20, 0, 0, 0, 10_001), Some(Why::Slow)),
            (counted(40, 0, 19, 0, 0), None),
            (counted(40, 0, 20, 11, 0), None),
            (counted(40, 0, 20, 10, 0), Some(Why::Drift)),
            (counted(40, 0, 20, 20, 0), None),
        ] {
            assert_eq!(verdict(&band, &canary, &live), why, "{canary:?}");
        }
        let (rich, poor) = (counted(40, 0, 40, 40, 0), counted(40, 0, 40, 28, 0));
        assert_eq!(verdict(&band, &rich, &poor), Some(Why::Drift), "upwards is a drift, too");
        let few = counted(19, 0, 19, 0, 0);
        assert_eq!(verdict(&band, &rich, &few), None, "too little to compare with");
    }

    #[test]
    fn cases_are_summed_by_what_became_of_them() {
        let case = |decision: Option<&str>, worked, error, machine_ms| Case {
            decision: decision.map(str::to_owned),
            worked,
            error,
            machine_ms,
        };
        let cases = vec![
            case(None, false, false, 0), // nobody has begun
            case(None, true, false, 10),
            case(None, true, true, 20),
            case(Some("error"), true, true, 30),
            case(Some("expired"), false, false, 0),
            case(Some("approved"), true, false, 40),
            case(Some("declined"), true, false, 50),
        ];
        assert_eq!(summed(cases), counted(6, 2, 2, 1, 50));
        let many: Vec<Case> = (1..=100).map(|ms| case(None, true, false, ms)).collect();
        assert_eq!(summed(many).p95_ms, 95);
    }
}
