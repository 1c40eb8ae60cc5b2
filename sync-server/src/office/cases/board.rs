//! The list as a board: one lane for each place where a running case can be, and two for those that ended today.
//!
//! What is short is counted whole: lanes with few cases from the index of those who are waited for, today's from the records of
//! the numbers. A long lane shows its newest cases and says that there are more; nothing here reads all cases.

use rusqlite::params;
use ui::office::Counted;

use super::{
    PAGE,
    look::{COUNTED, LOOKED_THROUGH, Look, is_among},
    rows::{Found, numbered},
};
use crate::{
    cases::{
        follow::{FIRST, Holder},
        words::{Condition, holds},
    },
    numbers::{
        Asked, Period,
        case::Ending,
        find::{self as records, Which},
    },
    problem::Problem,
};

/// Cases that a lane shows.
pub(super) const SHOWN: usize = 20;
/// Running cases that are looked at one by one.
const NEWEST: usize = 2_000;

/// A lane.
pub(super) struct Lane {
    /// The state of the list that shows all of it.
    pub(super) state: &'static str,
    /// Only those of today are in it.
    pub(super) today: bool,
    pub(super) count: Counted,
    pub(super) found: Vec<Found>,
}

/// Where running cases can be, with the owners of tasks that say so: from one name up to, and without, another.
const PLACES: [(&str, &[(&str, &str)]); 4] = [
    ("customer", &[("customer", "customer!")]),
    ("review", &[("queue:", "queue;")]),
    ("partner", &[("partner:", "partner;")]),
    ("system", &[("clock", "clock!"), ("machine", "machine!")]),
];

/// Which of the running cases count.
struct Among {
    /// Nothing: all of them.
    condition: Option<Condition>,
    numbers: Option<Vec<u32>>,
}

/// All lanes.
///
/// # Errors
/// When rows cannot be read.
pub(super) fn lanes(look: &Look<'_>) -> Result<Vec<Lane>, Problem> {
    let mut lanes = running(look)?;
    let today = Period::of(Asked::Today, look.now);
    for (state, which, states) in [
        ("approved", Which::EndedAs(Ending::Approved), &["approved"][..]),
        ("ended", Which::NotSigned, &["declined", "withdrawn", "expired", "error"][..]),
    ] {
        let (mut numbers, all) = records::cases(
            look.conn,
            &look.of,
            &look.filter,
            which,
            today.now,
            i64::MAX,
            if look.ask.sought.is_some() { usize::MAX } else { SHOWN },
        )?;
        let mut count = Counted::exactly(all);
        let mut shown: Vec<i64> = numbers.iter().copied().map(i64::from).collect();
        if look.ask.sought.is_some() {
            numbers.reverse();
            let some = match look.condition(states) {
                Some(condition) => {
                    look.next(&condition, Some(&numbers), i64::MAX, (COUNTED + 1, LOOKED_THROUGH))?
                }
                None => continue,
            };
            count = Counted::at_least(some.numbers.len(), !some.is_last, COUNTED);
            shown = some.numbers;
        }
        shown.truncate(SHOWN);
        let found = numbered(look.conn, look.tenant, state, &shown)?;
        lanes.push(Lane { state, today: true, count, found });
    }
    Ok(lanes)
}

fn running(look: &Look<'_>) -> Result<Vec<Lane>, Problem> {
    let is_narrowed = look.ask.is_narrowed();
    let condition = if is_narrowed { look.condition(&[crate::cases::words::Mark::OPEN]) } else { None };
    let numbers = match look.period() {
        Some(period) => Some(look.among(Which::Opened, period)?),
        None => None,
    };
    let is_nobodys = is_narrowed && condition.is_none();
    let among = Among { condition, numbers };
    let (newest, is_all) = if is_nobodys { (Vec::new(), true) } else { newest(look, &among)? };
    let holders = with_holders(look, "number", &newest)?;
    let mut lanes = Vec::with_capacity(PLACES.len());
    for (state, owners) in PLACES {
        let mut here: Vec<i64> =
            holders.iter().filter(|(_, place)| *place == state).map(|(number, _)| *number).collect();
        let mut more = !is_all;
        if more && let Some(few) = few(look, &among, state, owners)? {
            (here, more) = (few, false);
        }
        let count = Counted::at_least(here.len(), more, COUNTED);
        here.truncate(SHOWN);
        let found = numbered(look.conn, look.tenant, "open", &here)?;
        lanes.push(Lane { state, today: false, count, found });
    }
    Ok(lanes)
}

/// The newest running cases that count, and whether these are all.
fn newest(look: &Look<'_>, among: &Among) -> Result<(Vec<i64>, bool), Problem> {
    if let Some(condition) = &among.condition {
        let some = look.next(condition, among.numbers.as_deref(), i64::MAX, (NEWEST, LOOKED_THROUGH))?;
        return Ok((some.numbers, some.is_last));
    }
    let numbers: Vec<i64> = look
        .conn
        .prepare_cached(
            "SELECT number FROM cases WHERE tenant = ?1 AND decision IS NULL ORDER BY number DESC LIMIT ?2",
        )?
        .query_map(params![look.of, NEWEST], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let is_all = numbers.len() < NEWEST;
    Ok((numbers, is_all))
}

/// The cases of a lane, the newest first, where they are few; those that count.
fn few(
    look: &Look<'_>,
    among: &Among,
    state: &str,
    owners: &[(&str, &str)],
) -> Result<Option<Vec<i64>>, Problem> {
    let mut cases: Vec<String> = Vec::new();
    for (from, to) in owners {
        let some: Vec<String> = look
            .conn
            .prepare_cached(
                "SELECT DISTINCT case_id FROM tasks WHERE tenant = ?1 AND owner >= ?2 AND owner < ?3 LIMIT ?4",
            )?
            .query_map(params![look.of, from, to, COUNTED + 1], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        cases.extend(some);
    }
    if cases.len() > COUNTED {
        return Ok(None);
    }
    let mut here = Vec::new();
    for (number, place) in with_holders(look, "id", &cases)? {
        let counts = place == state
            && is_among(among.numbers.as_deref(), number)
            && match &among.condition {
                Some(condition) => holds(look.conn, &look.of, condition, number)?,
                None => true,
            };
        if counts {
            here.push(number);
        }
    }
    Ok(Some(here))
}

/// Running cases by `column`, with the places where they are, the newest first.
fn with_holders<T: serde::Serialize>(
    look: &Look<'_>,
    column: &'static str,
    cases: &[T],
) -> Result<Vec<(i64, &'static str)>, Problem> {
    let sql = format!(
        "SELECT c.number, (SELECT owner FROM tasks t WHERE t.tenant = c.tenant AND t.case_id = c.id ORDER BY {FIRST} LIMIT 1)
         FROM cases c
         WHERE c.tenant = ?1 AND c.{column} IN (SELECT value FROM json_each(?2)) AND +c.decision IS NULL
         ORDER BY c.number DESC"
    );
    let cases = serde_json::to_string(cases).map_err(|error| Problem::internal(&error))?;
    let mut statement = look.conn.prepare_cached(&sql)?;
    let rows = statement.query_map(params![look.of, cases], |row| {
        let owner: Option<String> = row.get(1)?;
        let place = match Holder::of(owner.as_deref()) {
            Holder::Customer => "customer",
            Holder::Queue(_) => "review",
            Holder::Partner(_) => "partner",
            Holder::System => "system",
        };
        Ok((row.get(0)?, place))
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

const _: () = assert!(SHOWN <= PAGE, "a lane is read as a page is");
