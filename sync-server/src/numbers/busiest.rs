//! Which words a company uses most: what a list to choose from begins with.

use std::collections::HashMap;

use rusqlite::Connection;

use super::{
    Dimension,
    add_up::each_row,
    period::Hours,
    record::{NONE, OTHERS, Packed, Sort},
};
use crate::store::StoreError;

/// Of each of these dimensions the words with the most cases that were opened in some hours, `most` of them.
///
/// # Errors
/// When the rows cannot be read.
pub fn busiest<const N: usize>(
    conn: &Connection,
    tenant: &str,
    hours: Hours,
    dimensions: [Dimension; N],
    most: usize,
) -> Result<[Vec<u16>; N], StoreError> {
    let mut counts: [HashMap<u16, u32>; N] = std::array::from_fn(|_| HashMap::new());
    each_row(conn, tenant, Sort::Opened, hours, |_, row| {
        for (head, _) in Packed::new(Sort::Opened, row) {
            for (count, dimension) in counts.iter_mut().zip(dimensions) {
                *count.entry(head.of[dimension as usize]).or_default() += 1;
            }
        }
    })?;
    Ok(counts.map(|count| {
        let named = count.into_iter().filter(|(word, _)| !matches!(*word, NONE | OTHERS));
        let mut words: Vec<(u16, u32)> = named.collect();
        words.sort_by_key(|(word, cases)| (std::cmp::Reverse(*cases), *word));
        words.truncate(most);
        words.into_iter().map(|(word, _)| word).collect()
    }))
}
