//! Holds the whole chain against its seals and against the heads that were written down.

use std::iter::Peekable;

use rusqlite::Connection;

use super::{
    head::Head,
    row::{self, Row},
    seal::{ChainKey, SealedFrom, sealed_from},
};
use crate::store::StoreError;

/// What a sound chain looks like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sound {
    /// Rows in it.
    pub rows: i64,
    /// Hash of the newest; empty where there is none.
    pub head: Vec<u8>,
    /// From this row on each has a seal; `None` where no server has begun to seal.
    pub sealed_from: Option<i64>,
}

/// The first row at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("row {row}: {why}")]
pub struct Broken {
    /// Its number.
    pub row: i64,
    /// What is wrong with it, as a sentence's end.
    pub why: &'static str,
}

/// Walks the whole chain. `heads` are the rows that were the newest when they were written down.
///
/// # Errors
/// When the rows cannot be read.
pub fn examine(
    connection: &Connection,
    key: &ChainKey,
    mut heads: Vec<Head>,
) -> Result<Result<Sound, Broken>, StoreError> {
    // One snapshot, while a server may go on writing.
    let snapshot = connection.unchecked_transaction()?;
    let from = match sealed_from(&snapshot, key)? {
        SealedFrom::Row(from) => Some(from),
        SealedFrom::Unknown if heads.is_empty() => None,
        SealedFrom::Unknown => {
            return Ok(Err(Broken { row: 1, why: "the note from where on rows are sealed was taken out" }));
        }
        SealedFrom::Forged => {
            return Ok(Err(Broken {
                row: 1,
                why: "the note from where on rows are sealed was not made with this master key",
            }));
        }
    };
    heads.sort_by_key(|head| head.seq);
    let mut heads = heads.into_iter().peekable();
    let mut sound = Sound { rows: 0, head: Vec::new(), sealed_from: from };
    let mut rows = snapshot.prepare(row::ALL)?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let row = Row::of(row)?;
        if let Some(why) = fault(&row, &sound, key, from).or_else(|| other_than_noted(&row, &mut heads)) {
            return Ok(Err(Broken { row: row.seq, why }));
        }
        (sound.rows, sound.head) = (row.seq, row.hash);
    }
    Ok(match heads.next() {
        None => Ok(sound),
        Some(_) => Err(Broken { row: sound.rows + 1, why: "it was there and is gone, with all after it" }),
    })
}

fn fault(row: &Row, before: &Sound, key: &ChainKey, from: Option<i64>) -> Option<&'static str> {
    if row.seq != before.rows + 1 {
        return Some("a row before it is missing");
    }
    if !row.follows(&before.head) {
        return Some("it was changed, or stands in another's place");
    }
    match &row.seal {
        Some(seal) if !key.fits(row.seq, &row.hash, seal) => {
            Some("it was written by somebody without the master key")
        }
        None if from.is_some_and(|from| row.seq >= from) => {
            Some("it was written by somebody without the master key")
        }
        _ => None,
    }
}

fn other_than_noted(row: &Row, heads: &mut Peekable<impl Iterator<Item = Head>>) -> Option<&'static str> {
    let mut differs = false;
    while let Some(head) = heads.next_if(|head| head.seq <= row.seq) {
        differs |= head.hash != row.hash;
    }
    differs.then_some("another row stood here when the head was written down")
}
