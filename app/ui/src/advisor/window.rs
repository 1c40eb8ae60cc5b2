//! Which rows of a long list are seen, and which blocks of rows have to be asked for.

use std::ops::RangeInclusive;

/// Rows asked for at once.
pub const BLOCK: usize = 50;
/// Rows drawn above and below what is seen, so that a flick finds them there.
const SPARE: usize = 8;

/// The rows from `first` up to and without `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    first: usize,
    end: usize,
}

impl Window {
    /// What is seen of `total` rows of this height, in a box of `height` that is scrolled down by `top` (pixels).
    pub fn of(top: f64, height: f64, row: f64, total: usize) -> Window {
        let row = row.max(1.0);
        let first = (top.max(0.0) / row) as usize;
        let seen = (height.max(0.0) / row).ceil() as usize + 1;
        let end = first.saturating_add(seen).saturating_add(SPARE).min(total);
        Window { first: first.saturating_sub(SPARE).min(end), end }
    }

    /// The rows.
    pub fn rows(self) -> std::ops::Range<usize> {
        self.first..self.end
    }

    /// The blocks that hold these rows.
    pub fn blocks(self) -> RangeInclusive<usize> {
        self.first / BLOCK..=self.end.saturating_sub(1) / BLOCK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_seen_is_drawn() {
        for (top, total, rows, blocks) in [
            (0.0, 10_000, 0..19, 0..=0),
            (9_000.0, 10_000, 82..109, 1..=2),
            (999_900.0, 10_000, 9_991..10_000, 199..=199),
            (5_000.0, 3, 3..3, 0..=0),
            (-20.0, 2, 0..2, 0..=0),
        ] {
            let window = Window::of(top, 1_000.0, 100.0, total);
            assert_eq!((window.rows(), window.blocks()), (rows, blocks), "{top}");
        }
    }
}
