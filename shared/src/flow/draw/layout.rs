//! Where blocks lie: the grid, a free place for a new one, and an order for all of them.
//!
//! Our own layering (longest path, barycentre order, then each block as near as possible to what leads to it) because
//! connections leave a block at the row of their outcome: `rust-sugiyama` (MIT, with petgraph) knows no rows, lays parts
//! that are not connected over each other, and would be ten times this file.

use std::collections::HashMap;

use super::canvas::{Canvas, Drawn};
use super::edits::Edit;

/// Blocks lie on a grid of this many units.
pub const GRID: f64 = 20.0;
/// Width of a block.
pub const WIDTH: f64 = 220.0;
/// Height of a block's head, where connections come in.
pub const HEAD: f64 = 60.0;
/// Height of each outcome's row below it.
pub const PORT: f64 = 24.0;
/// From one column to the next.
pub const COLUMN: f64 = 320.0;
/// Least distance between blocks of one column.
const GAP: f64 = 40.0;
/// How often columns are put in order from the left and from the right.
const SWEEPS: usize = 6;

/// Height of a block with so many outcomes.
pub fn height(ports: usize) -> f64 {
    HEAD + PORT * ports as f64 + if ports > 0 { 8.0 } else { 0.0 }
}

/// The nearest place on the grid.
pub fn snap(at: [f64; 2]) -> [f64; 2] {
    at.map(|value| if value.is_finite() { (value / GRID).round() * GRID } else { 0.0 })
}

/// A free place at or below `wanted` for a block with so many outcomes, else in the columns right of it.
pub fn near(canvas: &Canvas, wanted: [f64; 2], ports: usize) -> [f64; 2] {
    let taken: Vec<Box4> = canvas.blocks.iter().map(|block| Box4::of(block)).collect();
    let free = |at: [f64; 2]| !taken.iter().any(|other| other.meets(&Box4::at(at, ports), GAP / 2.0));
    let [x, y] = snap(wanted);
    let places = (0..40).flat_map(|column| {
        (0..30).map(move |row| [x + COLUMN * f64::from(column), y + GRID * 2.0 * f64::from(row)])
    });
    places.into_iter().find(|at| free(*at)).unwrap_or([x, y])
}

/// Whether any two blocks lie over each other, or one has no place yet.
pub fn overlap(canvas: &Canvas) -> bool {
    let boxes: Vec<Box4> = canvas.blocks.iter().map(|block| Box4::of(block)).collect();
    canvas.blocks.iter().any(|block| !block.placed)
        || (1..boxes.len()).any(|i| boxes[..i].iter().any(|other| other.meets(&boxes[i], 0.0)))
}

/// Puts every block in order: from left to right as a case passes them. The edit is to be applied.
pub fn tidy(canvas: &Canvas) -> Edit {
    let graph = Graph::of(canvas);
    let layer = graph.layers();
    let mut columns: Vec<Vec<usize>> = vec![Vec::new(); layer.iter().max().map_or(0, |last| last + 1)];
    for (block, layer) in layer.iter().enumerate() {
        columns[*layer].push(block);
    }
    graph.order(&mut columns);
    let y = graph.heights(&columns);
    let places = canvas.blocks.iter().enumerate().map(|(i, block)| {
        (block.id.clone(), snap([COLUMN * layer[i] as f64 + 2.0 * GRID, y[i] + 2.0 * GRID]))
    });
    Edit::Move(places.collect())
}

#[derive(Clone, Copy)]
struct Box4 {
    at: [f64; 2],
    height: f64,
}

impl Box4 {
    fn of(block: &Drawn) -> Self {
        Self::at(block.at, block.ports().len())
    }

    fn at(at: [f64; 2], ports: usize) -> Self {
        Self { at, height: height(ports) }
    }

    fn meets(&self, other: &Self, room: f64) -> bool {
        let beside = |a: f64, long: f64, b: f64| a + long + room <= b;
        !(beside(self.at[0], WIDTH, other.at[0])
            || beside(other.at[0], WIDTH, self.at[0])
            || beside(self.at[1], self.height, other.at[1])
            || beside(other.at[1], other.height, self.at[1]))
    }
}

/// Connections that lead onward; those that lead back are left out.
struct Graph {
    size: Vec<f64>,
    /// Per block: where each connection leads and the row it leaves at.
    next: Vec<Vec<(usize, usize)>>,
    before: Vec<Vec<(usize, usize)>>,
}

impl Graph {
    fn of(canvas: &Canvas) -> Self {
        let index: HashMap<&str, usize> =
            canvas.blocks.iter().enumerate().map(|(i, block)| (block.id.as_str(), i)).collect();
        let ports: Vec<_> = canvas.blocks.iter().map(|block| block.ports()).collect();
        let all: Vec<Vec<(usize, usize)>> = ports
            .iter()
            .map(|ports| {
                let rows = ports.iter().enumerate();
                rows.filter_map(|(row, port)| Some((*index.get(port.to.as_deref()?)?, row))).collect()
            })
            .collect();
        let first =
            [&canvas.start, &canvas.person].into_iter().flatten().filter_map(|id| index.get(id.as_str()));
        let next = onward(&all, first.copied().chain(0..all.len()));
        let mut before = vec![Vec::new(); next.len()];
        for (from, to, row) in
            next.iter().enumerate().flat_map(|(i, list)| list.iter().map(move |(to, row)| (i, *to, *row)))
        {
            before[to].push((from, row));
        }
        Self { size: ports.iter().map(|ports| height(ports.len())).collect(), next, before }
    }

    /// The longest way to each block, in blocks.
    fn layers(&self) -> Vec<usize> {
        let mut layer = vec![0; self.next.len()];
        let mut open: Vec<usize> = self.before.iter().map(Vec::len).collect();
        let mut ready: Vec<usize> = (0..open.len()).filter(|i| open[*i] == 0).collect();
        while let Some(block) = ready.pop() {
            for (to, _) in &self.next[block] {
                layer[*to] = layer[*to].max(layer[block] + 1);
                open[*to] -= 1;
                if open[*to] == 0 {
                    ready.push(*to);
                }
            }
        }
        layer
    }

    /// Puts each column in the order of its neighbours', so that few connections cross.
    fn order(&self, columns: &mut [Vec<usize>]) {
        let mut rank = vec![0.0; self.next.len()];
        let number = |column: &[usize], rank: &mut [f64]| {
            for (place, block) in column.iter().enumerate() {
                rank[*block] = place as f64;
            }
        };
        columns.iter().for_each(|column| number(column, &mut rank));
        let middle = |of: &[(usize, usize)], rank: &[f64], own: f64| {
            let sum: f64 = of.iter().map(|(other, row)| rank[*other] + *row as f64 / 100.0).sum();
            if of.is_empty() { own } else { sum / of.len() as f64 }
        };
        for sweep in 0..SWEEPS {
            let count = columns.len();
            for i in 0..count {
                let (column, near) =
                    if sweep % 2 == 0 { (i, &self.before) } else { (count - 1 - i, &self.next) };
                let mut keyed: Vec<(f64, usize)> = columns[column]
                    .iter()
                    .map(|block| (middle(&near[*block], &rank, rank[*block]), *block))
                    .collect();
                keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
                columns[column] = keyed.into_iter().map(|(_, block)| block).collect();
                number(&columns[column], &mut rank);
            }
        }
    }

    /// The upper edge of each block: as near as the order allows to the rows that lead to it.
    fn heights(&self, columns: &[Vec<usize>]) -> Vec<f64> {
        let mut y = vec![0.0; self.next.len()];
        for column in columns {
            let mut offset = 0.0;
            let wanted = column.iter().map(|block| {
                let rows = self.before[*block].iter();
                // The middle outcome leads straight on, so that a chain stays level.
                let rows: Vec<f64> = rows
                    .map(|(from, row)| {
                        let ports = (self.size[*from] - HEAD) / PORT;
                        y[*from] + PORT * (*row as f64 - (ports - 1.0) / 2.0)
                    })
                    .collect();
                let wish =
                    if rows.is_empty() { offset } else { rows.iter().sum::<f64>() / rows.len() as f64 };
                let pair = (wish - offset, offset);
                offset += self.size[*block] + GAP;
                pair
            });
            let wanted: Vec<(f64, f64)> = wanted.collect();
            let placed = rising(&wanted.iter().map(|(wish, _)| *wish).collect::<Vec<_>>());
            for ((block, (_, offset)), shift) in column.iter().zip(&wanted).zip(placed) {
                y[*block] = shift + offset;
            }
        }
        let least = y.iter().copied().fold(f64::INFINITY, f64::min);
        let least = if least.is_finite() { least } else { 0.0 };
        // The same rounding for all keeps the distance between any two.
        y.iter().map(|value| ((value - least) / GRID).ceil() * GRID).collect()
    }
}

/// The rising sequence that is nearest to these values (least squares).
fn rising(values: &[f64]) -> Vec<f64> {
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for value in values {
        pools.push((*value, 1));
        while let [.., (a, n), (b, m)] = pools[..]
            && a > b
        {
            pools.truncate(pools.len() - 2);
            pools.push(((a * n as f64 + b * m as f64) / (n + m) as f64, n + m));
        }
    }
    pools.into_iter().flat_map(|(value, n)| std::iter::repeat_n(value, n)).collect()
}

/// Leaves out the connections that lead back to a block on the way to where they begin.
fn onward(all: &[Vec<(usize, usize)>], roots: impl Iterator<Item = usize>) -> Vec<Vec<(usize, usize)>> {
    let mut next = vec![Vec::new(); all.len()];
    let (mut seen, mut on_the_way) = (vec![false; all.len()], vec![false; all.len()]);
    for root in roots {
        let mut trail = Vec::new();
        if !std::mem::replace(&mut seen[root], true) {
            on_the_way[root] = true;
            trail.push((root, 0));
        }
        while let Some((block, done)) = trail.last_mut() {
            let block = *block;
            let Some((to, row)) = all[block].get(*done).copied() else {
                on_the_way[block] = false;
                trail.pop();
                continue;
            };
            *done += 1;
            if on_the_way[to] {
                continue;
            }
            next[block].push((to, row));
            if !std::mem::replace(&mut seen[to], true) {
                on_the_way[to] = true;
                trail.push((to, 0));
            }
        }
    }
    next
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::draw::{Drawing, long_flow};
    use serde_json::Value;

    #[test]
    fn every_flow_is_laid_out_from_left_to_right_without_overlaps() {
        let shipped: Value =
            serde_json::from_str(include_str!("../../../../assets/flows/new-car-loan.json")).unwrap();
        for canvas in [Canvas::read(&shipped).unwrap(), long_flow(300)] {
            let mut drawing = Drawing::of(canvas);
            let edit = tidy(drawing.canvas());
            let _ = drawing.edit(edit);
            let canvas = drawing.canvas();
            assert!(!overlap(canvas), "blocks lie over each other");
            assert!(
                canvas
                    .blocks()
                    .iter()
                    .all(|block| block.at == snap(block.at) && block.at[0] > 0.0 && block.at[1] > 0.0)
            );
            let back = canvas
                .connections()
                .filter(|(from, _, to)| canvas.block(to).unwrap().at[0] <= canvas.block(from).unwrap().at[0]);
            let (back, all) = (back.count(), canvas.connections().count());
            assert!(back * 5 < all, "{back} of {all} connections lead back");
        }
    }

    #[test]
    fn a_new_block_finds_a_free_place() {
        let mut canvas = long_flow(12);
        canvas.apply(tidy(&canvas)).ok();
        for _ in 0..5 {
            let at = near(&canvas, canvas.blocks()[3].at, 3);
            canvas.apply(Edit::Add(Box::new(Drawn::new("x", "ocr", serde_json::json!({}), at)))).unwrap();
            assert!(!overlap(&canvas));
        }
    }

    #[test]
    fn the_nearest_rising_sequence() {
        assert_eq!(rising(&[1.0, 3.0, 2.0, 4.0]), [1.0, 2.5, 2.5, 4.0]);
        assert_eq!(rising(&[3.0, 2.0, 1.0]), [2.0, 2.0, 2.0]);
    }
}
