//! A row of the chain as it is stored.

use jiff::Timestamp;

use super::{Entry, link};

/// Every row, in order; for [`Row::of`].
pub(super) const ALL: &str =
    "SELECT seq, tenant, at, actor, action, subject, detail, hash, seal FROM audit ORDER BY seq";

/// A stored row.
pub(super) struct Row {
    pub(super) seq: i64,
    at: i64,
    texts: [String; 5],
    pub(super) hash: Vec<u8>,
    pub(super) seal: Option<Vec<u8>>,
}

impl Row {
    pub(super) fn of(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(Self {
            seq: row.get(0)?,
            at: row.get(2)?,
            texts: [row.get(1)?, row.get(3)?, row.get(4)?, row.get(5)?, row.get(6)?],
            hash: row.get(7)?,
            seal: row.get(8)?,
        })
    }

    /// Whether its hash covers its content and the hash before it.
    pub(super) fn follows(&self, before: &[u8]) -> bool {
        let [tenant, actor, action, subject, detail] = &self.texts;
        let entry = Entry { tenant, at: Timestamp::UNIX_EPOCH, actor, action, subject, detail };
        link(before, self.seq, self.at, &entry) == self.hash
    }
}
