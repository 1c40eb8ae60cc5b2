//! Keeps the words of cases: those of a case in the commit that opens it, decides it or moves it to another version; those of
//! cases from before there were words a few at a time.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};
use serde::Deserialize;

use super::{
    find::{Mark, every_case},
    split::Bag,
};
use crate::{
    app::App,
    numbers::{case::code_of, words::LONGEST},
    ops::Ticks,
    problem::{Problem, masked},
    store::{Store, StoreError},
};

/// Bits of an id that are the case's number.
const NUMBER_BITS: u32 = 40;
/// Cases read in by one commit: it holds the writer for some 20 milliseconds.
const AT_ONCE: u32 = 200;
/// How long to wait after a failure.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Where a company's cases lie within the ids of the index.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place(i64);

impl Place {
    /// The id of a case; a number beyond all numbers is the end of the place.
    pub(super) fn id(self, number: i64) -> i64 {
        (self.0 << NUMBER_BITS) | number.clamp(0, (1 << NUMBER_BITS) - 1)
    }

    /// The number of the case of an id.
    pub(super) fn number(id: i64) -> i64 {
        id & ((1 << NUMBER_BITS) - 1)
    }
}

/// Where a company's cases lie; `None` while it has none.
pub(super) fn place_of(conn: &Connection, tenant: &str) -> Result<Option<Place>, StoreError> {
    let mut statement = conn.prepare_cached("SELECT place FROM case_word_places WHERE tenant = ?1")?;
    Ok(statement.query_row([tenant], |row| row.get(0)).optional()?.map(Place))
}

fn place_for(conn: &Connection, tenant: &str) -> Result<Place, StoreError> {
    if let Some(place) = place_of(conn, tenant)? {
        return Ok(place);
    }
    let sql = "INSERT INTO case_word_places(tenant, place)
               SELECT ?1, coalesce(max(place), 0) + 1 FROM case_word_places RETURNING place";
    Ok(Place(conn.prepare_cached(sql)?.query_row([tenant], |row| row.get(0))?))
}

/// What of a request has words.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Said {
    description: String,
    vin: String,
    plate: Option<String>,
    region: String,
    dealer: String,
}

/// Writes the words of a case as it is now, in the caller's commit.
///
/// # Errors
/// When rows cannot be read or written.
pub fn keep(conn: &Connection, tenant: &str, case: &str) -> Result<(), StoreError> {
    let row = conn
        .prepare_cached(
            "SELECT c.number, c.request, c.flow, c.flow_hash, c.created_by, c.decision, c.reason,
                    (SELECT login FROM accounts a
                     WHERE a.tenant = c.tenant AND a.id = substr(c.created_by, 9) AND c.created_by LIKE 'account:%')
             FROM cases c WHERE c.tenant = ?1 AND c.id = ?2",
        )?
        .query_row([tenant, case], |row| {
            let said: Said = serde_json::from_str(&row.get::<_, String>(1)?).unwrap_or_default();
            let of = |place| row.get::<_, Option<String>>(place).map(Option::unwrap_or_default);
            Ok((row.get(0)?, line(&said, [of(2)?, of(3)?, of(4)?, of(5)?, of(6)?], &of(7)?)))
        })
        .optional()?;
    let Some((number, line)) = row else { return Ok(()) };
    let id = place_for(conn, tenant)?.id(number);
    conn.prepare_cached("INSERT OR REPLACE INTO case_words(rowid, words) VALUES (?1, ?2)")?
        .execute(params![id, line])?;
    Ok(())
}

fn line(said: &Said, [flow, version, maker, decision, reason]: [String; 5], login: &str) -> String {
    let mut bag = Bag::default();
    bag.text(&said.description);
    bag.text(&said.dealer);
    bag.text(login);
    if !said.vin.is_empty() {
        bag.vin(&said.vin);
    }
    if let Some(plate) = &said.plate {
        bag.plate(plate);
    }
    // Cut as the dictionary of the numbers cuts it: both must mean the same dealers.
    let dealer: String = said.dealer.chars().take(LONGEST).collect();
    let state = if decision.is_empty() { Mark::OPEN } else { &decision };
    for (mark, value) in [
        (Mark::Product, flow.as_str()),
        (Mark::Version, &version),
        (Mark::Region, said.region.get(..2).unwrap_or_default()),
        (Mark::Dealer, &dealer),
        (Mark::Maker, &maker),
        (Mark::State, state),
    ] {
        bag.mark(mark.of(value));
    }
    if !decision.is_empty() {
        bag.mark(Mark::Reason.of(code_of(&reason)));
    }
    bag.mark(every_case());
    bag.into_line()
}

/// Reads in the cases from before there were words, until none is left or the server stops. It is no worker that has to run:
/// once it is done it is gone.
pub async fn keep_up(app: App) {
    let mut ticks = Ticks::every(TRY_AGAIN, &app.stopping);
    while ticks.next().await.is_some() {
        match fill(&app.store, || app.stopping.is_cancelled()).await {
            Ok(()) => return,
            Err(error) => {
                tracing::error!(error = masked(&error), "the words of older cases could not be read in")
            }
        }
    }
}

/// Reads in what is due, or until `enough`; the newest first, and from where it was left after a restart.
///
/// # Errors
/// When the store fails; what was read in before stays.
pub async fn fill(store: &Store, enough: impl Fn() -> bool) -> Result<(), Problem> {
    while !enough() && store.write(some).await? {}
    Ok(())
}

/// Reads in some cases of one company; whether there was anything to do.
fn some(conn: &Connection) -> Result<bool, Problem> {
    let due: Option<(String, i64)> = conn
        .prepare_cached("SELECT tenant, below FROM case_words_due LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((tenant, below)) = due else { return Ok(false) };
    let cases: Vec<(String, i64)> = conn
        .prepare_cached(
            "SELECT id, number FROM cases WHERE tenant = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3",
        )?
        .query_map(params![tenant, below, AT_ONCE], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    for (case, _) in &cases {
        keep(conn, &tenant, case)?;
    }
    match cases.last() {
        Some((_, last)) => {
            conn.prepare_cached("UPDATE case_words_due SET below = ?2 WHERE tenant = ?1")?
                .execute(params![tenant, last])?;
        }
        None => {
            conn.prepare_cached("DELETE FROM case_words_due WHERE tenant = ?1")?.execute([&tenant])?;
        }
    }
    Ok(true)
}
