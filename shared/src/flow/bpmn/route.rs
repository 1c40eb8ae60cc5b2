//! The way of a sequence flow between its elements: between the rows of blocks, not across them.

use super::draw::Bounds;

/// Waypoints, and where the name stands.
pub(super) struct Way {
    pub points: Vec<(i64, i64)>,
    pub label: Option<Bounds>,
}

/// Height of a name, diagram units.
const LINE: i64 = 14;

impl Way {
    /// From one element's right side to another's left.
    pub(super) fn straight(from: &Bounds, to: &Bounds) -> Self {
        Self { points: vec![(from.right(), from.middle()), (to.x, to.middle())], label: None }
    }

    /// The same with a name above it.
    pub(super) fn named(from: &Bounds, to: &Bounds, name: &str) -> Self {
        let width = width(name);
        let x = (from.right() + to.x - width) / 2;
        let label = Bounds { x, y: from.middle() - LINE - 3, width, height: LINE };
        Self { label: Some(label), ..Self::straight(from, to) }
    }

    /// Along the channel above the target's row. `lane` is where the source's column has room; `number` counts the
    /// source's outcomes and `arrived` the target's arrivals, so that several ways lie beside each other.
    pub(super) fn around(
        from: &Bounds,
        to: &Bounds,
        lane: i64,
        number: usize,
        arrived: usize,
        name: &str,
    ) -> Self {
        let step = |count: usize, most: usize| i64::try_from(count % most).unwrap_or_default();
        let down = lane + 8 * step(number, 7);
        let up = to.x - 10 - 7 * step(arrived, 5);
        let channel = to.middle() - 40 - LINE - LINE * step(number, 6);
        let width = width(name);
        let x = if up >= down { down + 3 } else { down - width - 3 };
        let label = Bounds { x, y: channel - LINE, width, height: LINE };
        let (out, into) = (from.middle(), to.middle());
        let points =
            vec![(from.right(), out), (down, out), (down, channel), (up, channel), (up, into), (to.x, into)];
        Self { points, label: Some(label) }
    }
}

/// Whether a straight line from one to the other meets nothing in between.
pub(super) fn neighbours(from: &Bounds, to: &Bounds) -> bool {
    from.middle() == to.middle() && (20..=260).contains(&(to.x - from.right()))
}

/// Room for a name, diagram units.
fn width(name: &str) -> i64 {
    let letters: i64 = name.chars().take(40).map(|letter| if letter.is_ascii() { 6 } else { 12 }).sum();
    letters.max(20) + 4
}
