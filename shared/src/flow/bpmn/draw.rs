//! Which elements a flow's diagram has, and where they are drawn.
//!
//! A block is one element. Where it has several outcomes and only one of them comes true, an exclusive gateway follows,
//! because sequence flows straight out of a task would all be taken.

use std::collections::{HashMap, VecDeque};

use super::super::definition::{BlockFile, BlockId, FlowFile};
use super::super::kinds::{self, Class};
use super::route::{self, Lanes, Way};
use super::{CELL, SCALE};

/// Distance of the cells that blocks without a place are put into, diagram units.
const PITCH: (i64, i64) = (400, 240);
/// How far from the origin anything is drawn, diagram units.
const FARTHEST: f64 = 1e6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Bounds {
    pub x: i64,
    pub y: i64,
    pub width: i64,
    pub height: i64,
}

impl Bounds {
    pub(super) fn middle(&self) -> i64 {
        self.y + self.height / 2
    }

    pub(super) fn middle_of_cell(&self) -> i64 {
        self.x + self.width / 2
    }

    pub(super) fn right(&self) -> i64 {
        self.x + self.width
    }
}

/// What a node stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stands {
    Start,
    /// For the block at this position.
    Block(usize),
    /// For the choice among the outcomes of the block at this position.
    Choice(usize),
}

pub(super) struct Node {
    pub id: String,
    pub tag: &'static str,
    pub stands: Stands,
    pub bounds: Bounds,
}

pub(super) struct Edge<'f> {
    pub id: String,
    pub from: usize,
    pub to: usize,
    /// The outcome that it is.
    pub outcome: Option<&'f str>,
    pub way: Way,
}

pub(super) struct Drawing<'f> {
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge<'f>>,
    /// Node of the block that a customer reaches who asks for a person.
    pub person: Option<usize>,
}

impl<'f> Drawing<'f> {
    pub(super) fn of(file: &'f FlowFile) -> Self {
        let index: HashMap<&BlockId, usize> =
            file.blocks.iter().enumerate().map(|(i, (id, _))| (id, i)).collect();
        let cells = cells(file, &index);
        let start = index.get(&file.start).copied();
        let (x, y) = start.map_or((0, 0), |block| cells[block]);
        let mut nodes = vec![Node {
            id: "Start".into(),
            tag: "startEvent",
            stands: Stands::Start,
            bounds: Bounds { x: x - 90, y: y + (CELL.1 - 36) / 2, width: 36, height: 36 },
        }];
        let mut leaves = Vec::with_capacity(file.blocks.len());
        let mut enters = Vec::with_capacity(file.blocks.len());
        for (i, (id, block)) in file.blocks.iter().enumerate() {
            let connected = block.next.iter().filter(|(_, to)| index.contains_key(to)).count();
            let tag = tag(block, connected);
            enters.push(nodes.len());
            nodes.push(Node {
                id: format!("Block_{id}"),
                tag,
                stands: Stands::Block(i),
                bounds: inside(cells[i], tag),
            });
            if connected > 1 && tag != "parallelGateway" {
                let (x, y) = (cells[i].0 + CELL.0 + 20, cells[i].1 + (CELL.1 - 50) / 2);
                nodes.push(Node {
                    id: format!("Outcomes_{id}"),
                    tag: "exclusiveGateway",
                    stands: Stands::Choice(i),
                    bounds: Bounds { x, y, width: 50, height: 50 },
                });
            }
            leaves.push(nodes.len() - 1);
        }
        let edges = edges(file, &index, &nodes, &enters, &leaves);
        let person = file.person.as_ref().and_then(|id| index.get(id)).map(|block| enters[*block]);
        Self { nodes, edges, person }
    }
}

fn edges<'f>(
    file: &'f FlowFile,
    index: &HashMap<&BlockId, usize>,
    nodes: &[Node],
    enters: &[usize],
    leaves: &[usize],
) -> Vec<Edge<'f>> {
    let mut edges = Vec::new();
    if let Some(block) = index.get(&file.start) {
        let way = Way::straight(&nodes[0].bounds, &nodes[enters[*block]].bounds);
        edges.push(Edge { id: "Begin".into(), from: 0, to: enters[*block], outcome: None, way });
    }
    let mut arrived = vec![0; file.blocks.len()];
    let (mut in_channel, mut in_column) = (HashMap::<i64, i64>::new(), HashMap::<i64, i64>::new());
    for (i, (id, block)) in file.blocks.iter().enumerate() {
        let (enter, leave) = (&nodes[enters[i]].bounds, &nodes[leaves[i]].bounds);
        if enters[i] != leaves[i] {
            let (id, way) = (format!("Choose_{id}"), Way::straight(enter, leave));
            edges.push(Edge { id, from: enters[i], to: leaves[i], outcome: None, way });
        }
        let bus = enter.middle_of_cell() + CELL.0 / 2 + 80;
        let connected = block
            .next
            .iter()
            .enumerate()
            .filter_map(|(number, (outcome, to))| Some((number, outcome, index.get(to).copied()?)));
        let connected: Vec<(usize, &String, usize)> = connected.collect();
        let alone = connected.len() == 1;
        let next_to = |target: usize| route::neighbours(leave, &nodes[enters[target]].bounds);
        let straight = connected.iter().find(|(_, _, target)| next_to(*target)).map(|(number, ..)| *number);
        let (mut above, mut below) = (0, 0);
        for (number, outcome, target) in connected {
            let into = &nodes[enters[target]].bounds;
            let way = if straight == Some(number) {
                Way::named(leave, into, bus, outcome)
            } else {
                let side = if into.middle() > leave.middle() { &mut below } else { &mut above };
                *side += 1;
                let away = if into.middle() > leave.middle() { *side } else { -*side };
                arrived[target] += 1;
                let channel = in_channel.entry(into.middle()).or_default();
                *channel += 1;
                let turns = in_column.entry(bus).or_default();
                *turns += 1;
                let leaves = if alone { 0 } else { away };
                let lanes = Lanes { leaves, turns: *turns, channel: *channel, arrives: arrived[target] };
                Way::around(leave, into, bus, lanes, outcome)
            };
            let id = format!("Flow_{id}_{number}");
            edges.push(Edge { id, from: leaves[i], to: enters[target], outcome: Some(outcome), way });
        }
    }
    edges
}

/// The element that says in BPMN's words what a block is.
fn tag(block: &BlockFile, connected: usize) -> &'static str {
    let Some(kind) = kinds::kind(&block.kind) else { return "task" };
    match (kind.key(), kind.class()) {
        ("parallel" | "join", _) => "parallelGateway",
        // Nothing may follow an end event; a draft's block may be connected nevertheless.
        ("end", _) if connected == 0 => "endEvent",
        ("notify", _) => "sendTask",
        (_, Class::Check | Class::Partner | Class::Offer) => "serviceTask",
        (_, Class::Decide) => "businessRuleTask",
        (_, Class::People | Class::Intake) => "userTask",
        (_, Class::Contract | Class::Control) => "task",
    }
}

/// An element's bounds in the middle of its cell.
fn inside((x, y): (i64, i64), tag: &str) -> Bounds {
    let (width, height) = match tag {
        "parallelGateway" => (50, 50),
        "endEvent" => (36, 36),
        _ => CELL,
    };
    Bounds { x: x + (CELL.0 - width) / 2, y: y + (CELL.1 - height) / 2, width, height }
}

/// Upper left corner of each block's cell: where the designer draws it, and below all of these in columns, by how far
/// they are from the start, those that have no place yet.
fn cells(file: &FlowFile, index: &HashMap<&BlockId, usize>) -> Vec<(i64, i64)> {
    let place = |block: &BlockFile| block.at.map(|[x, y]| (scaled(x), scaled(y)));
    let placed = file.blocks.iter().filter_map(|(_, block)| place(block));
    let below = placed.map(|(_, y)| y + PITCH.1).max().unwrap_or(0);
    let mut filled: HashMap<i64, i64> = HashMap::new();
    let columns = columns(file, index);
    file.blocks
        .iter()
        .zip(columns)
        .map(|((_, block), column)| {
            place(block).unwrap_or_else(|| {
                let row = filled.entry(column).or_default();
                *row += 1;
                (column * PITCH.0, below + (*row - 1) * PITCH.1)
            })
        })
        .collect()
}

/// How many steps each block is from the start, from the person, or from another block that nothing leads to.
fn columns(file: &FlowFile, index: &HashMap<&BlockId, usize>) -> Vec<i64> {
    let mut columns = vec![None; file.blocks.len()];
    let named = [Some(&file.start), file.person.as_ref()];
    let seeds = named.into_iter().flatten().filter_map(|id| index.get(id).copied());
    for seed in seeds.chain(0..file.blocks.len()) {
        if columns[seed].is_some() {
            continue;
        }
        columns[seed] = Some(0);
        let mut next = VecDeque::from([(seed, 0)]);
        while let Some((block, column)) = next.pop_front() {
            for to in file.blocks[block].1.next.iter().filter_map(|(_, to)| index.get(to).copied()) {
                if columns[to].is_none() {
                    columns[to] = Some(column + 1);
                    next.push_back((to, column + 1));
                }
            }
        }
    }
    columns.into_iter().map(Option::unwrap_or_default).collect()
}

fn scaled(number: f64) -> i64 {
    // A cast from a float never overflows, and what is no number becomes 0.
    (number * SCALE).round().clamp(-FARTHEST, FARTHEST) as i64
}
