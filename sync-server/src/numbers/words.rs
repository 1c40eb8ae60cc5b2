//! The dictionary of a company: each product, dealer, block, … by a small number.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use super::record::{NONE, OTHERS};
use crate::store::StoreError;

/// Most words of one sort; all further ones are [`OTHERS`]. Dealers are free text of whoever makes links.
const MOST_OF_A_SORT: i64 = 7_000;
/// Longest word kept, in characters.
pub const LONGEST: usize = 120;

/// A company's words, read once.
#[derive(Debug, Default)]
pub struct Words {
    by_id: HashMap<u16, (String, String)>,
    by_word: HashMap<(String, String), u16>,
}

impl Words {
    /// All words of a company.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub fn load(conn: &Connection, tenant: &str) -> Result<Self, StoreError> {
        let mut statement =
            conn.prepare_cached("SELECT id, sort, word FROM numbers_words WHERE tenant = ?1")?;
        let mut rows = statement.query([tenant])?;
        let mut words = Self::default();
        while let Some(row) = rows.next()? {
            let (id, sort, word): (u16, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            words.by_id.insert(id, (sort.clone(), word.clone()));
            words.by_word.insert((sort, word), id);
        }
        Ok(words)
    }

    /// The highest number given.
    pub fn last(&self) -> u16 {
        self.by_id.keys().copied().max().unwrap_or(NONE)
    }

    /// The word of this number, where it is of this sort.
    pub fn word(&self, sort: &str, id: u16) -> Option<&str> {
        self.by_id.get(&id).filter(|(of, _)| of == sort).map(|(_, word)| word.as_str())
    }

    /// The number of a word that is known.
    pub fn id(&self, sort: &str, word: &str) -> Option<u16> {
        self.by_word.get(&(sort.to_owned(), word.to_owned())).copied()
    }

    /// All words of a sort with their numbers, in the order in which they came.
    pub fn of_sort(&self, sort: &str) -> Vec<(u16, &str)> {
        let mut found: Vec<(u16, &str)> = self
            .by_id
            .iter()
            .filter(|(_, (of, _))| of == sort)
            .map(|(id, (_, word))| (*id, word.as_str()))
            .collect();
        found.sort_unstable();
        found
    }
}

/// Gives words their numbers, new ones in the caller's commit; remembers those that it has given.
#[derive(Debug, Default)]
pub struct Giver {
    given: HashMap<(String, &'static str, String), u16>,
}

impl Giver {
    /// The number of a word of a company; [`NONE`] of an empty one.
    ///
    /// # Errors
    /// When the rows cannot be read or written.
    pub fn number(
        &mut self,
        conn: &Connection,
        tenant: &str,
        sort: &'static str,
        word: &str,
    ) -> Result<u16, StoreError> {
        if word.is_empty() {
            return Ok(NONE);
        }
        let word: String = word.chars().take(LONGEST).collect();
        let key = (tenant.to_owned(), sort, word);
        if let Some(id) = self.given.get(&key) {
            return Ok(*id);
        }
        let id = find_or_add(conn, tenant, sort, &key.2)?;
        self.given.insert(key, id);
        Ok(id)
    }
}

fn find_or_add(conn: &Connection, tenant: &str, sort: &str, word: &str) -> Result<u16, StoreError> {
    let found: Option<u16> = conn
        .prepare_cached("SELECT id FROM numbers_words WHERE tenant = ?1 AND sort = ?2 AND word = ?3")?
        .query_row(params![tenant, sort, word], |row| row.get(0))
        .optional()?;
    if let Some(found) = found {
        return Ok(found);
    }
    let (of_sort, last): (i64, i64) = conn
        .prepare_cached(
            "SELECT (SELECT count(*) FROM numbers_words WHERE tenant = ?1 AND sort = ?2),
                    (SELECT coalesce(max(id), 0) FROM numbers_words WHERE tenant = ?1)",
        )?
        .query_row(params![tenant, sort], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let Some(id) = u16::try_from(last + 1).ok().filter(|id| *id != OTHERS && of_sort < MOST_OF_A_SORT) else {
        return Ok(OTHERS);
    };
    conn.prepare_cached("INSERT INTO numbers_words(tenant, id, sort, word) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![tenant, id, sort, word])?;
    Ok(id)
}
