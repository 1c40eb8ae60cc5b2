//! How well the network reads lines in a typeface that it never learnt from.

use std::fmt;

use reader::network::{Among, LINE_HEIGHT, Network};

use crate::lines::{Column, Press, WIDTH};

/// Lines of an exam.
const LINES: u64 = 200;
/// Never used for learning.
const SEED: u64 = 0xE4A3;

/// What came out.
pub struct Result {
    characters: usize,
    found: usize,
    right: usize,
    invented: usize,
}

impl fmt::Display for Result {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |part: usize| 100.0 * part as f32 / self.characters.max(1) as f32;
        write!(
            f,
            "exam: of {} characters {:.2} % found, {:.2} % right, {:.2} % more where none is",
            self.characters,
            share(self.found),
            share(self.right),
            share(self.invented),
        )
    }
}

/// Lets it read.
pub fn sit(network: &Network, press: &Press) -> Result {
    let mut result = Result { characters: 0, found: 0, right: 0, invented: 0 };
    for index in 0..LINES {
        let sample = press.line(SEED, index);
        let read = network.read_ink(&sample.ink, WIDTH, Among::All);
        let truth: Vec<(usize, char)> = sample
            .columns
            .iter()
            .enumerate()
            .filter_map(|(column, is)| match is {
                Column::Middle(class) => Some((column, network.characters[*class as usize])),
                _ => None,
            })
            .collect();
        // A middle may fall on the border of two columns: those are one character.
        for (i, (column, c)) in truth.iter().enumerate() {
            if i > 0 && truth[i - 1].0 + 1 == *column {
                continue;
            }
            result.characters += 1;
            let seen = read.iter().find(|(at, _)| at.abs_diff(*column) <= 1);
            result.found += usize::from(seen.is_some());
            result.right += usize::from(seen.is_some_and(|(_, likely)| likely[0].0 == *c));
        }
        let clear = |at: usize| {
            let near = at.saturating_sub(1)..(at + 2).min(sample.columns.len());
            sample.columns[near].iter().all(|is| *is == Column::Empty)
        };
        result.invented += read.iter().filter(|(at, _)| clear(*at)).count();
    }
    result
}

const _: () = assert!(WIDTH.is_multiple_of(LINE_HEIGHT));
