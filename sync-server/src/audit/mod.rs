//! Every change of state as a row in a hash chain.
//!
//! A row is written in the same commit as the change it records. Its hash covers its content and the hash before
//! it, so that a row edited, removed or reordered later is found by [`verify`].

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::store::StoreError;

/// One thing that happened. Ids only: no personal data.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Whose data.
    pub tenant: &'a str,
    /// When.
    pub at: Timestamp,
    /// Who: `customer`, `machine`, `account:ID`, `key:ID`.
    pub actor: &'a str,
    /// What, e.g. `link.made`.
    pub action: &'a str,
    /// The id of what changed.
    pub subject: &'a str,
    /// JSON with old and new values.
    pub detail: &'a str,
}

/// Adds `entry` to the chain, in the caller's change.
///
/// # Errors
/// When the row cannot be written.
pub fn record(connection: &Connection, entry: Entry<'_>) -> Result<(), StoreError> {
    let last: Option<(i64, Vec<u8>)> = connection
        .prepare_cached("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let (seq, before) = last.map_or((1, Vec::new()), |(seq, hash)| (seq + 1, hash));
    let at = entry.at.as_millisecond();
    let hash = link(&before, seq, at, &entry);
    connection
        .prepare_cached(
            "INSERT INTO audit(seq, tenant, at, actor, action, subject, detail, hash)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            seq,
            entry.tenant,
            at,
            entry.actor,
            entry.action,
            entry.subject,
            entry.detail,
            hash
        ])?;
    Ok(())
}

/// Walks the whole chain; `Some(seq)` is the first row that does not fit.
///
/// # Errors
/// When the rows cannot be read.
pub fn verify(connection: &Connection) -> Result<Option<i64>, StoreError> {
    let mut rows = connection
        .prepare("SELECT seq, tenant, at, actor, action, subject, detail, hash FROM audit ORDER BY seq")?;
    let mut rows = rows.query([])?;
    let (mut expected, mut before) = (1, Vec::new());
    while let Some(row) = rows.next()? {
        let (seq, at): (i64, i64) = (row.get(0)?, row.get(2)?);
        let texts: Vec<String> = [1, 3, 4, 5, 6].into_iter().map(|n| row.get(n)).collect::<Result<_, _>>()?;
        let entry = Entry {
            tenant: &texts[0],
            at: Timestamp::UNIX_EPOCH,
            actor: &texts[1],
            action: &texts[2],
            subject: &texts[3],
            detail: &texts[4],
        };
        let hash: Vec<u8> = row.get(7)?;
        if seq != expected || link(&before, seq, at, &entry) != hash {
            return Ok(Some(seq));
        }
        (expected, before) = (seq + 1, hash);
    }
    Ok(None)
}

fn link(before: &[u8], seq: i64, at: i64, entry: &Entry<'_>) -> Vec<u8> {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(seq.to_be_bytes());
    hash.update(at.to_be_bytes());
    for text in [entry.tenant, entry.actor, entry.action, entry.subject, entry.detail] {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(rows: i64) -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(include_str!("../../migrations/0001_house.sql")).unwrap();
        for n in 0..rows {
            let subject = format!("case-{n}");
            let at = Timestamp::from_millisecond(1_700_000_000_000 + n).unwrap();
            let entry = Entry {
                tenant: "t",
                at,
                actor: "machine",
                action: "flow.step",
                subject: &subject,
                detail: "{}",
            };
            record(&connection, entry).unwrap();
        }
        connection
    }

    #[test]
    fn an_untouched_chain_holds() {
        assert_eq!(verify(&chain(0)).unwrap(), None);
        assert_eq!(verify(&chain(20)).unwrap(), None);
    }

    #[test]
    fn edits_deletions_and_swaps_are_found() {
        for (change, found) in [
            ("UPDATE audit SET actor = 'nobody' WHERE seq = 5", 5),
            ("UPDATE audit SET at = at + 1 WHERE seq = 7", 7),
            ("DELETE FROM audit WHERE seq = 3", 4),
            (
                "UPDATE audit SET seq = -1 WHERE seq = 2; UPDATE audit SET seq = 2 WHERE seq = 4;
              UPDATE audit SET seq = 4 WHERE seq = -1",
                2,
            ),
        ] {
            let connection = chain(10);
            connection.execute_batch(change).unwrap();
            assert_eq!(verify(&connection).unwrap(), Some(found), "{change}");
        }
    }
}
