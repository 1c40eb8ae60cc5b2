//! Finds the cases behind a figure: in the same records from which the figure was added up.

use rusqlite::Connection;

use super::{
    Filter,
    add_up::each_row,
    case::Ending,
    period::Hours,
    record::{Packed, Sort},
};
use crate::store::StoreError;

/// Which of the cases of some hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// Those that were opened then.
    Opened,
    /// Those that ended then.
    Ended,
    /// Those that ended so then.
    EndedAs(Ending),
    /// Those that ended then, and were not signed.
    NotSigned,
    /// Those that were declined then for the reason of this word.
    DeclinedFor(u16),
}

impl Which {
    fn sort(self) -> Sort {
        match self {
            Self::Opened => Sort::Opened,
            _ => Sort::Ended,
        }
    }

    fn admits(self, body: &[u8]) -> bool {
        match (self, body) {
            (Self::Opened | Self::Ended, _) => true,
            (Self::NotSigned, [ending, ..]) => *ending != Ending::Approved as u8,
            (Self::EndedAs(wanted), [ending, ..]) => *ending == wanted as u8,
            (Self::DeclinedFor(wanted), [ending, low, high]) => {
                *ending == Ending::Declined as u8 && u16::from_le_bytes([*low, *high]) == wanted
            }
            _ => false,
        }
    }
}

/// The highest numbers below `before` of the cases that count, `most` of them, the highest first; and how many cases count
/// in all.
///
/// # Errors
/// When the rows cannot be read.
pub fn cases(
    conn: &Connection,
    tenant: &str,
    filter: &Filter,
    which: Which,
    hours: Hours,
    before: i64,
    most: usize,
) -> Result<(Vec<u32>, usize), StoreError> {
    let (mut found, mut all) = (Vec::new(), 0);
    each_row(conn, tenant, which.sort(), hours, |_, row| {
        for (head, body) in Packed::new(which.sort(), row) {
            if filter.admits(&head) && which.admits(body) {
                all += 1;
                if i64::from(head.number) < before {
                    found.push(head.number);
                }
            }
        }
    })?;
    if found.len() > most {
        found.select_nth_unstable_by(most, |a, b| b.cmp(a));
        found.truncate(most);
    }
    found.sort_unstable_by(|a, b| b.cmp(a));
    Ok((found, all))
}
