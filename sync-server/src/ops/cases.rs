//! How many cases stand where, for `/metrics`: from the waits, which are few, never from all cases there ever were.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{LazyLock, Mutex},
};

use jiff::Timestamp;
use rusqlite::Connection;

use crate::store::StoreError;

/// Queues seen since start: one that is empty now says 0, not what it had before.
static SEEN: LazyLock<Mutex<BTreeSet<String>>> = LazyLock::new(Mutex::default);

/// Whom an open case can wait for.
const STATES: [&str; 4] = ["machine", "customer", "queue", "partner"];

/// Where the open cases are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct OpenCases {
    /// Cases by whom they wait for; one that waits for two counts with each.
    by_state: BTreeMap<String, i64>,
    /// By queue: cases in it, and those past their due time.
    queues: BTreeMap<String, (i64, i64)>,
}

impl OpenCases {
    /// Counts them.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub(super) fn count(conn: &Connection, now: Timestamp) -> Result<Self, StoreError> {
        let mut found = Self::default();
        let mut statement = conn.prepare_cached(
            "SELECT substr(owner, 1, instr(owner || ':', ':') - 1) AS state, count(DISTINCT case_id)
             FROM tasks GROUP BY state",
        )?;
        for row in statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))? {
            let (state, count) = row?;
            found.by_state.insert(state, count);
        }
        let mut statement = conn.prepare_cached(
            "SELECT substr(owner, 7), count(*), sum(due_at < ?1) FROM tasks WHERE owner LIKE 'queue:%' GROUP BY owner",
        )?;
        let rows = statement
            .query_map([now.as_millisecond()], |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))?;
        for row in rows {
            let (queue, counts) = row?;
            found.queues.insert(queue, counts);
        }
        Ok(found)
    }

    /// Sets the gauges.
    pub(super) fn show(&self) {
        for state in STATES {
            let count = self.by_state.get(state).copied().unwrap_or(0);
            metrics::gauge!("miaopi_open_cases", "waits_for" => state).set(count as f64);
        }
        let mut seen = SEEN.lock().unwrap_or_else(|e| e.into_inner());
        seen.extend(self.queues.keys().cloned());
        for queue in seen.iter() {
            let (all, overdue) = self.queues.get(queue).copied().unwrap_or((0, 0));
            metrics::gauge!("miaopi_queue_cases", "queue" => queue.clone()).set(all as f64);
            metrics::gauge!("miaopi_queue_overdue", "queue" => queue.clone()).set(overdue as f64);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_cases_are_counted_by_whom_they_wait_for() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(include_str!("../../migrations/0001_house.sql")).unwrap();
        for (case, owner, due) in [
            ("a", "queue:identity", 50),
            ("b", "queue:identity", 150),
            ("c", "machine", 150),
            ("d", "machine", 150),
        ] {
            conn.execute(
                "INSERT INTO tasks(tenant, case_id, block, visit, kind, owner, since, due_at)
                 VALUES ('t', ?1, 'b', 1, 'k', ?2, 0, ?3)",
                rusqlite::params![case, owner, due],
            )
            .unwrap();
        }
        let found = OpenCases::count(&conn, Timestamp::from_millisecond(100).unwrap()).unwrap();
        assert_eq!(found.queues["identity"], (2, 1));
        assert_eq!(found.by_state, [("machine".to_owned(), 2), ("queue".to_owned(), 2)].into());
    }
}
