//! One case in one hour, packed. A row of `numbers_hours` is such records, one after another, in the order of the cases'
//! numbers. All integers are little-endian; what stands in rows that exist keeps its meaning (a test holds the bytes).

use std::collections::BTreeMap;

/// Number of a word that is not there: no funder yet, no reason.
pub const NONE: u16 = 0;
/// Number of all words for which the dictionary has no room left.
pub const OTHERS: u16 = u16::MAX;
/// Dimensions of a record.
pub const DIMENSIONS: usize = 6;
/// Bytes in front of what differs between the sorts: number and dimensions.
const HEAD: usize = 4 + 2 * DIMENSIONS;
/// Most blocks, most calls and most hours of one record; what goes beyond is not counted.
pub const MOST: usize = 255;

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sort {
    /// Cases that were opened in this hour, and how far they have come since.
    Opened,
    /// Cases that ended in this hour, and how.
    Ended,
    /// What was done for cases in this hour, and how long it took.
    Worked,
}

impl Sort {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Opened, Self::Ended, Self::Worked];

    /// As it is stored.
    pub fn code(self) -> i64 {
        match self {
            Self::Opened => 0,
            Self::Ended => 1,
            Self::Worked => 2,
        }
    }
}

/// Whose record: the case's number, and the words of its dimensions in the order of [`super::Dimension::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    /// The case's number within the company.
    pub number: u32,
    /// Words.
    pub of: [u16; DIMENSIONS],
}

/// A record, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Whose.
    pub head: Head,
    /// What it says.
    pub body: Body,
}

/// What a record says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// How far it has come (a [`super::case::Stage`]), in which hour it ended (0: not yet), and in which it was worked on.
    Opened {
        /// The furthest stage.
        stage: u8,
        /// Hour of its end.
        ended: u32,
        /// Hours in which it was worked on.
        worked: Vec<u32>,
    },
    /// How it ended.
    Ended {
        /// A [`super::case::Ending`].
        ending: u8,
        /// Word of its reason.
        reason: u16,
    },
    /// Blocks that were left, and calls of partners that were made.
    Worked {
        /// Word of the block, bucket of the time.
        blocks: Vec<(u16, u8)>,
        /// Word of the partner, an [`super::case::Answer`], bucket of the time.
        calls: Vec<(u16, u8, u8)>,
    },
}

impl Record {
    /// Which row it belongs to.
    pub fn sort(&self) -> Sort {
        match self.body {
            Body::Opened { .. } => Sort::Opened,
            Body::Ended { .. } => Sort::Ended,
            Body::Worked { .. } => Sort::Worked,
        }
    }

    /// Its bytes.
    pub fn packed(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        out.extend(self.head.number.to_le_bytes());
        self.head.of.iter().for_each(|word| out.extend(word.to_le_bytes()));
        match &self.body {
            Body::Opened { stage, ended, worked } => {
                out.push(*stage);
                out.extend(ended.to_le_bytes());
                out.push(len(worked));
                worked.iter().take(MOST).for_each(|hour| out.extend(hour.to_le_bytes()));
            }
            Body::Ended { ending, reason } => {
                out.push(*ending);
                out.extend(reason.to_le_bytes());
            }
            Body::Worked { blocks, calls } => {
                out.push(len(blocks));
                for (word, bucket) in blocks.iter().take(MOST) {
                    out.extend(word.to_le_bytes());
                    out.push(*bucket);
                }
                out.push(len(calls));
                for (word, answer, bucket) in calls.iter().take(MOST) {
                    out.extend(word.to_le_bytes());
                    out.extend([*answer, *bucket]);
                }
            }
        }
        out
    }
}

fn len<T>(list: &[T]) -> u8 {
    u8::try_from(list.len()).unwrap_or(u8::MAX)
}

/// Records of a row, unread: each with its head and the bytes behind it. Ends at what cannot be read.
pub struct Packed<'a> {
    sort: Sort,
    rest: &'a [u8],
}

impl<'a> Packed<'a> {
    /// Of a row's bytes.
    pub fn new(sort: Sort, rest: &'a [u8]) -> Self {
        Self { sort, rest }
    }

    fn body_len(&self) -> Option<usize> {
        let body = self.rest.get(HEAD..)?;
        let count = |at: usize| body.get(at).map(|count| usize::from(*count));
        Some(match self.sort {
            Sort::Opened => 6 + 4 * count(5)?,
            Sort::Ended => 3,
            Sort::Worked => {
                let blocks = 1 + 3 * count(0)?;
                blocks + 1 + 4 * count(blocks)?
            }
        })
    }
}

impl<'a> Iterator for Packed<'a> {
    type Item = (Head, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let len = HEAD + self.body_len()?;
        let (record, rest) = self.rest.split_at_checked(len)?;
        self.rest = rest;
        Some((head(record)?, &record[HEAD..]))
    }
}

fn head(record: &[u8]) -> Option<Head> {
    let (number, words) = record.split_first_chunk::<4>()?;
    let words = words.first_chunk::<{ 2 * DIMENSIONS }>()?;
    let of = std::array::from_fn(|place| u16::from_le_bytes([words[2 * place], words[2 * place + 1]]));
    Some(Head { number: u32::from_le_bytes(*number), of })
}

/// What the bytes behind a head say.
pub fn unpacked(sort: Sort, body: &[u8]) -> Option<Body> {
    Some(match sort {
        Sort::Opened => {
            let (stage, rest) = body.split_first()?;
            let (ended, rest) = rest.split_first_chunk::<4>()?;
            let worked = rest.get(1..)?.chunks_exact(4);
            let hour = |bytes: &[u8]| bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
            Body::Opened {
                stage: *stage,
                ended: u32::from_le_bytes(*ended),
                worked: worked.map(hour).collect(),
            }
        }
        Sort::Ended => match body {
            [ending, low, high] => Body::Ended { ending: *ending, reason: u16::from_le_bytes([*low, *high]) },
            _ => return None,
        },
        Sort::Worked => {
            let (blocks, calls) = worked_on(body)?;
            Body::Worked { blocks: blocks.collect(), calls: calls.collect() }
        }
    })
}

/// Blocks and calls of a record of [`Sort::Worked`], one after the other.
#[allow(clippy::type_complexity, reason = "two iterators")]
pub fn worked_on(
    body: &[u8],
) -> Option<(impl Iterator<Item = (u16, u8)>, impl Iterator<Item = (u16, u8, u8)>)> {
    let (count, rest) = body.split_first()?;
    let (blocks, rest) = rest.split_at_checked(3 * usize::from(*count))?;
    let calls = rest.get(1..)?;
    let blocks = blocks.chunks_exact(3).map(|one| (u16::from_le_bytes([one[0], one[1]]), one[2]));
    let calls = calls.chunks_exact(4).map(|one| (u16::from_le_bytes([one[0], one[1]]), one[2], one[3]));
    Some((blocks, calls))
}

/// A row with some records put in their places (`Some`) or taken out (`None`), by the cases' numbers.
pub fn with(sort: Sort, row: &[u8], changes: &BTreeMap<u32, Option<Vec<u8>>>) -> Vec<u8> {
    let mut out = Vec::with_capacity(row.len() + 64 * changes.len());
    let mut changes = changes.iter().peekable();
    for (head, body) in Packed::new(sort, row) {
        while let Some((_, change)) = changes.next_if(|(number, _)| **number < head.number) {
            out.extend(change.iter().flatten());
        }
        if let Some((_, change)) = changes.next_if(|(number, _)| **number == head.number) {
            out.extend(change.iter().flatten());
            continue;
        }
        out.extend(head.number.to_le_bytes());
        head.of.iter().for_each(|word| out.extend(word.to_le_bytes()));
        out.extend(body);
    }
    changes.for_each(|(_, change)| out.extend(change.iter().flatten()));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(number: u32) -> Head {
        Head { number, of: [1, 2, 3, 4, 5, 258] }
    }

    fn each() -> [Record; 3] {
        [
            Record {
                head: head(7),
                body: Body::Opened { stage: 3, ended: 500_000, worked: vec![499_999, 500_000] },
            },
            Record { head: head(7), body: Body::Ended { ending: 1, reason: 300 } },
            Record {
                head: head(7),
                body: Body::Worked { blocks: vec![(9, 80), (10, 0)], calls: vec![(11, 2, 90)] },
            },
        ]
    }

    /// Every hour that was ever added up lies on companies' disks like this.
    #[test]
    fn the_bytes_of_rows_that_exist_keep_their_meaning() {
        let bytes = each().map(|record| hex::encode(record.packed()));
        let head = "07000000010002000300040005000201";
        assert_eq!(bytes[0], format!("{head}03{}02{}{}", "20a10700", "1fa10700", "20a10700"));
        assert_eq!(bytes[1], format!("{head}012c01"));
        assert_eq!(bytes[2], format!("{head}020900500a0000010b00025a"));
        for record in each() {
            let packed = record.packed();
            let read: Vec<_> = Packed::new(record.sort(), &packed).collect();
            assert_eq!(read.len(), 1);
            assert_eq!(read[0].0, record.head);
            assert_eq!(unpacked(record.sort(), read[0].1), Some(record.body));
        }
    }

    #[test]
    fn records_are_put_in_replaced_and_taken_out_in_order() {
        let ended =
            |number, ending| Record { head: head(number), body: Body::Ended { ending, reason: 1 } }.packed();
        let change = |list: &[(u32, Option<u8>)]| -> BTreeMap<u32, Option<Vec<u8>>> {
            list.iter()
                .map(|(number, ending)| (*number, ending.map(|ending| ended(*number, ending))))
                .collect()
        };
        let mut row = Vec::new();
        for (changes, expected) in [
            (vec![(5, Some(1)), (9, Some(1))], vec![(5, 1), (9, 1)]),
            (
                vec![(1, Some(2)), (5, Some(3)), (7, Some(4)), (11, Some(5))],
                vec![(1, 2), (5, 3), (7, 4), (9, 1), (11, 5)],
            ),
            (vec![(1, None), (9, None), (10, None)], vec![(5, 3), (7, 4), (11, 5)]),
            (vec![(5, Some(3))], vec![(5, 3), (7, 4), (11, 5)]),
        ] {
            row = with(Sort::Ended, &row, &change(&changes));
            let now: Vec<(u32, u8)> =
                Packed::new(Sort::Ended, &row).map(|(head, body)| (head.number, body[0])).collect();
            assert_eq!(now, expected);
        }
    }

    #[test]
    fn what_cannot_be_read_ends_a_row_and_nothing_else() {
        for record in each() {
            let mut two = record.packed();
            two.extend(record.packed());
            for cut in 0..two.len() {
                let read = Packed::new(record.sort(), &two[..cut]).count();
                assert_eq!(read, usize::from(cut >= two.len() / 2), "{cut}");
            }
        }
    }

    #[test]
    fn more_than_a_record_holds_is_left_out() {
        let blocks = vec![(1, 1); 300];
        let packed = Record { head: head(1), body: Body::Worked { blocks, calls: Vec::new() } }.packed();
        assert_eq!(Packed::new(Sort::Worked, &packed).count(), 1);
    }
}
