//! The tables, and how those of an older app become those of this one.

use rusqlite::Connection;

use super::{StoreError, heads};

/// What each version of the tables adds to the one before; a version that was released is not touched any more.
const STEPS: [&str; 5] = [FIRST, TRIALS, HEADS, ASKS, SINCE];

const FIRST: &str = "
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
  id       BLOB PRIMARY KEY,
  scope    BLOB NOT NULL,
  begun_at INTEGER NOT NULL                -- milliseconds
) WITHOUT ROWID;
CREATE TABLE changes (                     -- every document's changes, in the order in which they came
  number   INTEGER PRIMARY KEY,
  document BLOB NOT NULL,
  hash     BLOB NOT NULL,
  bytes    BLOB NOT NULL
);
CREATE UNIQUE INDEX changes_by_name ON changes(document, hash);
CREATE TABLE refused_changes (             -- that came and could not be taken: kept for whoever looks into it
  document BLOB NOT NULL,
  bytes    BLOB NOT NULL,
  code     TEXT NOT NULL
);
CREATE TABLE outbox (
  row      INTEGER PRIMARY KEY,
  document BLOB NOT NULL,
  scope    BLOB NOT NULL,
  hash     BLOB,                           -- of a change; absent for a submission
  body     BLOB NOT NULL,                  -- the change, or the frame of the submission's manifest
  aside    INTEGER                         -- why the server does not take it
);
CREATE TABLE cursors (scope BLOB PRIMARY KEY, cursor INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE receipts (
  document   BLOB PRIMARY KEY,
  submission BLOB NOT NULL,
  complete   INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE cases (                       -- how a document's case stands, as the server last said
  document BLOB PRIMARY KEY,
  at_ms    INTEGER NOT NULL,
  frame    BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE photos (                      -- small, because it is looked at often; the pictures lie apart
  id       BLOB PRIMARY KEY,
  document BLOB NOT NULL,
  slot     TEXT NOT NULL,
  bytes    INTEGER NOT NULL,               -- length of what is uploaded
  stored   INTEGER NOT NULL DEFAULT 0,     -- 1: verified by the server; 2: refused by it
  here     INTEGER NOT NULL DEFAULT 1,     -- 0: its bytes are gone, because they are safe on the server
  removed  INTEGER NOT NULL DEFAULT 0      -- taken out of the case; kept until that is safe on the server
) WITHOUT ROWID;
CREATE INDEX photos_by_document ON photos(document);
CREATE TABLE pictures (
  photo    BLOB PRIMARY KEY,
  picture  BLOB NOT NULL,
  sealed   BLOB NOT NULL                   -- what is uploaded
);
CREATE TABLE rows (                        -- the list of cases, made from the documents
  document   BLOB PRIMARY KEY,
  name       TEXT NOT NULL,
  vehicle    TEXT NOT NULL,
  financed   INTEGER,                      -- fen
  number     TEXT,
  stage      INTEGER NOT NULL,
  missing    INTEGER NOT NULL,
  aside      INTEGER NOT NULL DEFAULT 0,
  changed_at INTEGER NOT NULL,             -- milliseconds
  search     TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX rows_by_change ON rows(changed_at DESC);
CREATE INDEX rows_by_stage ON rows(stage, changed_at DESC);
";

const TRIALS: &str = "
CREATE TABLE trials (                      -- documents whose reading was begun and not ended
  document BLOB PRIMARY KEY,
  times    INTEGER NOT NULL
) WITHOUT ROWID;
";

const HEADS: &str = "
ALTER TABLE documents ADD COLUMN heads BLOB NOT NULL DEFAULT x'';    -- hashes of its newest changes
ALTER TABLE documents ADD COLUMN awaited BLOB NOT NULL DEFAULT x'';  -- hashes of those that it refers to and lacks
";

const ASKS: &str = "
CREATE TABLE asks (                        -- the newest asks that changed something, by the name the page gave them
  number   INTEGER PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  document BLOB NOT NULL                   -- of the case that they were about, or made
);
";

const SINCE: &str = "
ALTER TABLE outbox ADD COLUMN since INTEGER;   -- since when it waits, milliseconds
ALTER TABLE photos ADD COLUMN since INTEGER;
UPDATE outbox SET since = (SELECT begun_at FROM documents d WHERE d.id = outbox.document);
UPDATE photos SET since = (SELECT begun_at FROM documents d WHERE d.id = photos.document);
";

/// Makes or completes the tables.
pub(super) fn migrate(conn: &Connection) -> Result<(), StoreError> {
    let found: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let found = usize::try_from(found).unwrap_or(usize::MAX);
    if found > STEPS.len() {
        return Err(StoreError::Newer);
    }
    for (before, step) in STEPS.iter().enumerate().skip(found) {
        let tx = conn.unchecked_transaction()?;
        tx.execute_batch(step)?;
        if *step == HEADS {
            heads::fill_in(&tx)?;
        }
        tx.pragma_update(None, "user_version", before + 1)?;
        tx.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::params;
    use shared::document::ChangeHeader;
    use shared::domain::DocumentId;

    use super::*;
    use crate::Store;

    #[test]
    fn the_first_apps_tables_become_those_of_this_one() {
        let conn = Connection::open_in_memory().unwrap();
        conn.execute_batch(FIRST).unwrap();
        conn.execute("INSERT INTO meta(key, value) VALUES ('kept', X'37')", []).unwrap();
        let document = DocumentId::from_bytes([7; 16]);
        let changes = heads::tests::fork_and_join(document);
        let scope = [4_u8; 16];
        conn.execute("INSERT INTO documents VALUES (?1, ?2, 0)", params![document.to_bytes(), scope])
            .unwrap();
        for bytes in &changes[..3] {
            let hash = ChangeHeader::read(bytes).unwrap().hash.to_bytes();
            let row = params![document.to_bytes(), hash, bytes];
            conn.execute("INSERT INTO changes(document, hash, bytes) VALUES (?1, ?2, ?3)", row).unwrap();
        }
        conn.pragma_update(None, "user_version", 1).unwrap();
        let store = Store::open(conn).unwrap();
        assert_eq!(store.meta::<u8>("kept").unwrap(), Some(7));
        assert_eq!(store.trials().unwrap(), []);
        assert_eq!(store.digests().unwrap(), heads::tests::as_defined(document, &changes[..3]));
    }
}
