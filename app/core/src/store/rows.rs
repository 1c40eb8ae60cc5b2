//! The list of cases: one line each, kept beside the documents so that ten thousand are listed at once.

use jiff::Timestamp;
use rusqlite::{Connection, Row, named_params, params};
use shared::app::{CaseFilter, MAX_LISTED, MAX_SEARCH_CHARS, Stage};
use shared::domain::{DocumentId, Fen};

use super::{Store, StoreError};

/// The stages by their numbers in the table. The order is part of the stored form.
const STAGES: [Stage; 9] = [
    Stage::Draft,
    Stage::Conflict,
    Stage::HandedIn,
    Stage::Machine,
    Stage::Customer,
    Stage::Office,
    Stage::Signed,
    Stage::Declined,
    Stage::Ended,
];

/// A line of the list.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ListRow {
    pub name: String,
    pub vehicle: String,
    pub financed: Option<Fen>,
    pub number: Option<String>,
    pub stage: Stage,
    pub missing: usize,
    pub changed_at: Timestamp,
    /// What a search looks in: lower case, parted by spaces.
    pub search: String,
}

/// A line as it was listed.
pub(crate) struct Listed {
    pub document: DocumentId,
    pub row: ListRow,
    pub aside: bool,
}

impl ListRow {
    pub(super) fn put(&self, conn: &Connection, document: [u8; 16]) -> Result<(), StoreError> {
        let stage = STAGES.iter().position(|stage| *stage == self.stage).unwrap_or_default();
        conn.prepare_cached(
            "INSERT INTO rows(document, name, vehicle, financed, number, stage, missing, changed_at, search)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             ON CONFLICT(document) DO UPDATE SET name = excluded.name, vehicle = excluded.vehicle,
               financed = excluded.financed, number = excluded.number, stage = excluded.stage,
               missing = excluded.missing, changed_at = excluded.changed_at, search = excluded.search",
        )?
        .execute(params![
            document,
            self.name,
            self.vehicle,
            self.financed.map(Fen::get),
            self.number,
            i64::try_from(stage).unwrap_or_default(),
            i64::try_from(self.missing).unwrap_or_default(),
            self.changed_at.as_millisecond(),
            self.search,
        ])?;
        Ok(())
    }
}

fn condition(filter: CaseFilter) -> &'static str {
    match filter {
        CaseFilter::All => "1",
        CaseFilter::Draft => "stage IN (0, 1)",
        CaseFilter::Running => "stage IN (2, 3, 4, 5)",
        CaseFilter::Attention => "(stage = 1 OR aside = 1)",
        CaseFilter::Over => "stage IN (6, 7, 8)",
    }
}

impl Store {
    /// One line.
    pub(crate) fn row(&self, document: DocumentId) -> Result<Option<Listed>, StoreError> {
        let mut statement = self.conn.prepare_cached(
            "SELECT document, name, vehicle, financed, number, stage, missing, changed_at, search, aside
             FROM rows WHERE document = ?1",
        )?;
        let mut rows = statement.query_map([document.to_bytes()], listed)?;
        Ok(rows.next().transpose()?)
    }

    /// Lines that fit, the newest first, and how many there are.
    pub(crate) fn list(
        &self,
        search: &str,
        filter: CaseFilter,
        offset: usize,
        limit: usize,
    ) -> Result<(Vec<Listed>, usize), StoreError> {
        let search: String = search.trim().to_lowercase().chars().take(MAX_SEARCH_CHARS).collect();
        let escaped = search.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
        let found = if search.is_empty() { "1" } else { "search LIKE :like ESCAPE '\\'" };
        let like = format!("%{escaped}%");
        let fits = format!("{} AND {found}", condition(filter));
        let all = format!("SELECT count(*) FROM rows WHERE {fits}");
        let mut count = self.conn.prepare_cached(&all)?;
        let total: usize = if search.is_empty() {
            count.query_row([], |row| row.get(0))?
        } else {
            count.query_row(named_params! {":like": like}, |row| row.get(0))?
        };
        let some = format!(
            "SELECT document, name, vehicle, financed, number, stage, missing, changed_at, search, aside
             FROM rows WHERE {fits} ORDER BY changed_at DESC LIMIT :limit OFFSET :offset"
        );
        let limit = i64::try_from(limit.min(MAX_LISTED)).unwrap_or(0);
        let offset = i64::try_from(offset).unwrap_or(i64::MAX);
        let mut statement = self.conn.prepare_cached(&some)?;
        let rows = if search.is_empty() {
            statement
                .query_map(named_params! {":limit": limit, ":offset": offset}, listed)?
                .collect::<Result<Vec<_>, _>>()?
        } else {
            statement
                .query_map(named_params! {":limit": limit, ":offset": offset, ":like": like}, listed)?
                .collect::<Result<Vec<_>, _>>()?
        };
        Ok((rows, total))
    }

    /// How many there are of each filter.
    pub(crate) fn counts(&self) -> Result<[usize; 5], StoreError> {
        let sums = CaseFilter::ALL.map(|filter| format!("total({})", condition(filter))).join(", ");
        let mut statement = self.conn.prepare_cached(&format!("SELECT {sums} FROM rows"))?;
        let counts = statement.query_row([], |row| {
            let mut counts = [0; 5];
            for (place, count) in counts.iter_mut().enumerate() {
                let sum: f64 = row.get(place)?;
                *count = sum as usize;
            }
            Ok(counts)
        })?;
        Ok(counts)
    }
}

fn listed(row: &Row<'_>) -> rusqlite::Result<Listed> {
    let (stage, missing): (usize, usize) = (row.get(5)?, row.get(6)?);
    let (financed, changed_at): (Option<i64>, i64) = (row.get(3)?, row.get(7)?);
    Ok(Listed {
        document: DocumentId::from_bytes(row.get(0)?),
        row: ListRow {
            name: row.get(1)?,
            vehicle: row.get(2)?,
            financed: financed.and_then(|fen| Fen::new(fen).ok()),
            number: row.get(4)?,
            stage: STAGES.get(stage).copied().unwrap_or(Stage::Draft),
            missing,
            changed_at: Timestamp::from_millisecond(changed_at).unwrap_or_default(),
            search: row.get(8)?,
        },
        aside: row.get(9)?,
    })
}
