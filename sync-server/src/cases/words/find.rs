//! Finds the cases that fulfil a condition, newest first. The company is part of every id, so that no condition can reach
//! another one's cases.

use rusqlite::{Connection, OptionalExtension, params};

use super::{
    keep::{Place, place_of},
    split::{Sought, mark, quoted},
};
use crate::store::StoreError;

/// What a case can be marked with besides its words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// Key of the flow.
    Product,
    /// Hash of the flow's version.
    Version,
    /// Province, two digits.
    Region,
    /// The dealer as written.
    Dealer,
    /// `account:ID`, `key:ID`.
    Maker,
    /// Code of the reason.
    Reason,
    /// The decision, or [`Mark::OPEN`].
    State,
}

impl Mark {
    /// The state of a case that is not decided.
    pub const OPEN: &str = "open";

    /// As it stands in the index.
    pub(super) fn of(self, value: &str) -> String {
        let kind = match self {
            Self::Product => 'p',
            Self::Version => 'f',
            Self::Region => 'g',
            Self::Dealer => 'd',
            Self::Maker => 'm',
            Self::Reason => 'r',
            Self::State => 's',
        };
        mark(kind, value)
    }
}

/// A value that has names, by which it may be sought.
#[derive(Debug, Clone)]
pub struct Named {
    /// Of which kind.
    pub mark: Mark,
    /// The value.
    pub value: String,
    /// What it is called, in all languages.
    pub names: Vec<String>,
}

/// What must be so of a case.
#[derive(Debug, Clone, Default)]
pub struct Condition {
    all: Vec<String>,
}

impl Condition {
    /// Each word sought must be one of the case's, or part of a name of something that the case is marked with.
    #[must_use]
    pub fn sought(mut self, sought: &Sought, named: &[Named]) -> Self {
        for piece in &sought.pieces {
            let named = named.iter().filter(|named| named.names.iter().any(|name| piece.is_in(name)));
            let marks = named.map(|named| quoted(&named.mark.of(&named.value)));
            let any: Vec<String> = std::iter::once(piece.query.clone()).chain(marks).collect();
            self.all.push(format!("({})", any.join(" OR ")));
        }
        self
    }

    /// One of these values must be marked.
    #[must_use]
    pub fn any(mut self, mark: Mark, values: &[&str]) -> Self {
        let any: Vec<String> = values.iter().map(|value| quoted(&mark.of(value))).collect();
        self.all.push(format!("({})", any.join(" OR ")));
        self
    }

    fn question(&self) -> String {
        if self.all.is_empty() { quoted(&every_case()) } else { self.all.join(" AND ") }
    }
}

/// The mark of every case.
pub(super) fn every_case() -> String {
    mark('a', "")
}

/// Shows the numbers from `from` up to, and without, `before` of the cases for which it holds, the highest first, for as
/// long as `see` answers that it wants more.
///
/// # Errors
/// When the index cannot be read.
pub fn find(
    conn: &Connection,
    tenant: &str,
    condition: &Condition,
    (from, before): (i64, i64),
    mut see: impl FnMut(i64) -> bool,
) -> Result<(), StoreError> {
    let Some(place) = place_of(conn, tenant)? else { return Ok(()) };
    let mut statement = conn.prepare_cached(
        "SELECT rowid FROM case_words WHERE case_words MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid DESC",
    )?;
    let mut rows = statement.query(params![condition.question(), place.id(from), place.id(before)])?;
    while let Some(row) = rows.next()? {
        if !see(Place::number(row.get(0)?)) {
            break;
        }
    }
    Ok(())
}

/// Whether it holds for the case of this number.
///
/// # Errors
/// When the index cannot be read.
pub fn holds(
    conn: &Connection,
    tenant: &str,
    condition: &Condition,
    number: i64,
) -> Result<bool, StoreError> {
    let mut found = false;
    find(conn, tenant, condition, (number, number + 1), |_| {
        found = true;
        false
    })?;
    Ok(found)
}

/// The number from which on the company's cases are in the index, while older ones are still being read in.
///
/// # Errors
/// When the row cannot be read.
pub fn read_from(conn: &Connection, tenant: &str) -> Result<Option<i64>, StoreError> {
    let mut due = conn.prepare_cached("SELECT below FROM case_words_due WHERE tenant = ?1")?;
    Ok(due.query_row([tenant], |row| row.get(0)).optional()?)
}
