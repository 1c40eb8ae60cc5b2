//! Keeps the hours true: reads the audit chain from where it was read last, reads the cases named there again, and puts
//! their records in the place of those from before, in one commit with how far it has come.
//!
//! The chain has a row for every change of a case, in the order of commits, from the first case on, so that nothing is
//! missed: neither cases from before there were numbers nor what happened while the server was down. A record is put in
//! its place and not added to a sum, so that nothing counts twice: a case that is read again leaves the same hours.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    time::Duration,
};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use shared::domain::CaseId;

use super::{
    case::{Told, told},
    record::{Body, Packed, Sort, unpacked, with},
    words::Giver,
};
use crate::{
    app::App,
    ops::Ticks,
    problem::{Problem, masked},
    store::{Store, StoreError},
};

/// How often the chain is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Rows of the chain read at a time: with about twenty a case, a commit that holds the writer for some milliseconds.
const ROWS_AT_ONCE: u32 = 4_000;

/// Keeps the hours true until the server stops.
pub async fn keep_up(app: App) {
    let _running = app.workers.running("numbers");
    let mut ticks = Ticks::every(LOOK_EVERY, &app.stopping);
    while ticks.next().await.is_some() {
        if let Err(error) =
            catch_up(&app.store, || app.world.clock.now(), || app.stopping.is_cancelled()).await
        {
            tracing::error!(error = masked(&error), "the numbers could not be kept up");
        }
    }
}

/// Reads the chain to its end, or until `enough`; answers how many cases were read.
///
/// # Errors
/// When the store fails; what was read before stays.
pub async fn catch_up(
    store: &Store,
    now: impl Fn() -> Timestamp,
    enough: impl Fn() -> bool,
) -> Result<u64, Problem> {
    let mut cases = 0;
    while !enough() {
        let Some(news) = store.read(|conn| read(conn, ROWS_AT_ONCE)).await? else { break };
        cases += news.told.len() as u64;
        let at = now();
        store.write(move |conn| put(conn, &news, at)).await?;
    }
    Ok(cases)
}

/// What the next rows of the chain lead to.
#[derive(Clone)]
pub(super) struct News {
    /// The chain was read up to here before.
    from: i64,
    /// And is now read up to here.
    to: i64,
    told: Vec<Told>,
}

/// Reads the next rows, `most` of them, and the cases in them, all at one moment; `None` at the chain's end.
pub(super) fn read(conn: &Connection, most: u32) -> Result<Option<News>, Problem> {
    let moment = conn.unchecked_transaction()?;
    let from: i64 = moment.query_row("SELECT seq FROM numbers_read WHERE one = 1", [], |row| row.get(0))?;
    let mut statement = moment
        .prepare_cached("SELECT seq, tenant, subject FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2")?;
    let mut rows = statement.query(params![from, most])?;
    let (mut to, mut seen) = (from, HashSet::new());
    let mut read = Vec::new();
    while let Some(row) = rows.next()? {
        to = row.get(0)?;
        let (tenant, subject): (String, String) = (row.get(1)?, row.get(2)?);
        if subject.parse::<CaseId>().is_ok() && seen.insert((tenant.clone(), subject.clone())) {
            read.extend(told(&moment, &tenant, &subject)?);
        }
    }
    Ok((to > from).then_some(News { from, to, told: read }))
}

/// Puts what was read into the hours, in the caller's commit; nothing where somebody has come further meanwhile.
pub(super) fn put(conn: &Connection, news: &News, now: Timestamp) -> Result<(), Problem> {
    let moved = conn
        .prepare_cached("UPDATE numbers_read SET seq = ?2, at = ?3 WHERE one = 1 AND seq = ?1")?
        .execute(params![news.from, news.to, now.as_millisecond()])?;
    if moved == 0 {
        return Ok(());
    }
    Ok(replace(conn, &news.told)?)
}

/// Records to put in (`Some`) or take out (`None`), by the case's number.
type Changes = BTreeMap<u32, Option<Vec<u8>>>;

fn replace(conn: &Connection, told: &[Told]) -> Result<(), StoreError> {
    let mut words = Giver::default();
    let mut changes: BTreeMap<(&str, Sort, u32), Changes> = BTreeMap::new();
    let mut before: HashMap<(&str, u32), HashMap<u32, Body>> = HashMap::new();
    for case in told {
        let place = (case.tenant.as_str(), case.opened);
        let known = match before.entry(place) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(place) => {
                place.insert(opened_in(conn, &case.tenant, case.opened)?)
            }
        };
        // What it left in other hours before, and may not leave there now.
        if let Some(Body::Opened { ended, worked, .. }) = known.get(&case.number) {
            let ended = (*ended > 0).then_some((Sort::Ended, *ended));
            let worked = worked.iter().map(|hour| (Sort::Worked, *hour));
            for (sort, hour) in ended.into_iter().chain(worked) {
                changes.entry((&case.tenant, sort, hour)).or_default().insert(case.number, None);
            }
        }
        for (hour, record) in case.records(conn, &mut words)? {
            let packed = Some(record.packed());
            let place = (case.tenant.as_str(), record.sort(), hour);
            changes.entry(place).or_default().insert(case.number, packed);
        }
    }
    for ((tenant, sort, hour), changes) in changes {
        let row = row(conn, tenant, sort, hour)?.unwrap_or_default();
        let changed = with(sort, &row, &changes);
        if changed != row {
            keep(conn, tenant, sort, hour, &changed)?;
        }
    }
    Ok(())
}

/// The records of the cases that were opened in an hour, by their numbers.
fn opened_in(conn: &Connection, tenant: &str, hour: u32) -> Result<HashMap<u32, Body>, StoreError> {
    let row = row(conn, tenant, Sort::Opened, hour)?.unwrap_or_default();
    let records = Packed::new(Sort::Opened, &row);
    Ok(records.filter_map(|(head, body)| Some((head.number, unpacked(Sort::Opened, body)?))).collect())
}

fn row(conn: &Connection, tenant: &str, sort: Sort, hour: u32) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(conn
        .prepare_cached("SELECT records FROM numbers_hours WHERE tenant = ?1 AND sort = ?2 AND hour = ?3")?
        .query_row(params![tenant, sort.code(), hour], |row| row.get(0))
        .optional()?)
}

fn keep(conn: &Connection, tenant: &str, sort: Sort, hour: u32, records: &[u8]) -> Result<(), StoreError> {
    let place = params![tenant, sort.code(), hour];
    if records.is_empty() {
        conn.prepare_cached("DELETE FROM numbers_hours WHERE tenant = ?1 AND sort = ?2 AND hour = ?3")?
            .execute(place)?;
        return Ok(());
    }
    conn.prepare_cached(
        "INSERT INTO numbers_hours(tenant, sort, hour, records) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT(tenant, sort, hour) DO UPDATE SET records = excluded.records",
    )?
    .execute(params![tenant, sort.code(), hour, records])?;
    Ok(())
}
