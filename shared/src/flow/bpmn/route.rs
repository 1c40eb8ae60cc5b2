//! The way of a sequence flow between its elements. From right of its source it goes along the channel above its
//! target's row and down to the target's left side, so that it crosses no other block where blocks stand in a grid.

use super::draw::Bounds;

/// Waypoints, and where the name stands.
pub(super) struct Way {
    pub points: Vec<(i64, i64)>,
    pub label: Option<Bounds>,
}

/// Height of a name, and distance of the ways that leave one element, diagram units.
const LINE: i64 = 15;

/// Which of several ways beside each other one is: counted at its source, in the channel, and at its target.
#[derive(Clone, Copy)]
pub(super) struct Lanes {
    /// 0 in the middle, negative above it.
    pub leaves: i64,
    /// Among all that turn in its source's column.
    pub turns: i64,
    pub channel: i64,
    pub arrives: i64,
}

impl Way {
    /// From one element's right side to another's left.
    pub(super) fn straight(from: &Bounds, to: &Bounds) -> Self {
        Self { points: vec![(from.right(), from.middle()), (to.x, to.middle())], label: None }
    }

    /// The same with a name above it, which begins at `bus`.
    pub(super) fn named(from: &Bounds, to: &Bounds, bus: i64, name: &str) -> Self {
        Self { label: Some(label(name, bus, from.middle())), ..Self::straight(from, to) }
    }

    /// Along the channel. At `bus` the ways that leave one element part, each with its name above it.
    pub(super) fn around(from: &Bounds, to: &Bounds, bus: i64, lanes: Lanes, name: &str) -> Self {
        let (out, into) = (from.middle(), to.middle());
        let own = out + LINE * lanes.leaves;
        let down = bus + STUB + 4 * lanes.turns.rem_euclid(12);
        let channel = into - 60 - 12 * lanes.channel.rem_euclid(9);
        let up = to.middle_of_cell() - 77 - 5 * lanes.arrives.rem_euclid(7);
        let mut points = vec![
            (from.right(), out),
            (bus, out),
            (bus, own),
            (down, own),
            (down, channel),
            (up, channel),
            (up, into),
            (to.x, into),
        ];
        points.dedup();
        Self { points, label: Some(label(name, bus, own)) }
    }
}

/// Room for names between where ways part and where they turn, diagram units.
const STUB: i64 = 98;

fn label(name: &str, bus: i64, line: i64) -> Bounds {
    let letters: i64 = name.chars().take(40).map(|letter| if letter.is_ascii() { 7 } else { 12 }).sum();
    Bounds { x: bus + 3, y: line - LINE + 1, width: letters.max(20) + 6, height: LINE - 2 }
}

/// Whether a straight line from one to the other meets nothing in between.
pub(super) fn neighbours(from: &Bounds, to: &Bounds) -> bool {
    from.middle() == to.middle() && (20..=360).contains(&(to.x - from.right()))
}
