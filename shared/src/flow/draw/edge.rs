//! The line of a connection.

use super::canvas::Drawn;
use super::layout::{HEAD, PORT, WIDTH, height};

/// Where a block lies and how tall it is: what the lines at it need to know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Box2 {
    /// Its upper left corner.
    pub at: [f64; 2],
    /// Its height.
    pub height: f64,
}

impl Box2 {
    /// The box of a block.
    pub fn of(block: &Drawn) -> Self {
        Self { at: block.at, height: height(block.ports().len()) }
    }

    /// Where connections come in.
    pub fn entry(&self) -> [f64; 2] {
        [self.at[0], self.at[1] + HEAD / 2.0]
    }

    /// Where the outcome in this row leaves, from 0.
    pub fn exit(&self, row: usize) -> [f64; 2] {
        [self.at[0] + WIDTH, self.at[1] + HEAD + PORT * (row as f64 + 0.5)]
    }
}

/// How far a line goes straight before it turns.
const STUB: f64 = 20.0;
/// Radius of a corner.
const ROUND: f64 = 10.0;

/// The line from an outcome's row to a block, as an SVG path: curved onward, and around below both blocks backward.
pub fn route(from: Box2, row: usize, to: Box2) -> String {
    let ([x1, y1], [x2, y2]) = (from.exit(row), to.entry());
    if x2 - x1 >= STUB {
        let bend = ((x2 - x1) / 2.0).clamp(STUB, 160.0);
        return format!("M{x1} {y1}C{} {y1} {} {y2} {x2} {y2}", x1 + bend, x2 - bend);
    }
    // Each row turns a little further out, so that lines of one block do not lie on each other.
    let out = STUB + 6.0 * row as f64;
    let below = (from.at[1] + from.height).max(to.at[1] + to.height) + STUB + 6.0 * row as f64;
    let (right, left) = (x1 + out, x2 - out);
    format!(
        "M{x1} {y1}H{} Q{right} {y1} {right} {}V{} Q{right} {below} {} {below}H{} Q{left} {below} {left} {}V{} Q{left} {y2} {} {y2}H{x2}",
        right - ROUND,
        y1 + ROUND,
        below - ROUND,
        right - ROUND,
        left + ROUND,
        below - ROUND,
        y2 + ROUND,
        left + ROUND,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_begin_at_the_outcome_and_end_at_the_block() {
        let (left, right) =
            (Box2 { at: [0.0, 0.0], height: 140.0 }, Box2 { at: [320.0, 40.0], height: 92.0 });
        let onward = route(left, 1, right);
        assert!(onward.starts_with("M220 96C") && onward.ends_with("320 70"), "{onward}");
        let back = route(right, 0, left);
        assert!(back.starts_with("M540 112H") && back.ends_with("H0"), "{back}");
    }
}
