//! A flow as a graph of block positions.

use std::collections::{BTreeSet, VecDeque};

use super::super::definition::{Block, BlockId, Flow};
use super::super::kinds::Work;

/// A parallel block with its join and the blocks of each branch.
#[derive(Debug)]
pub(super) struct Fork {
    pub(super) parallel: usize,
    pub(super) join: usize,
    pub(super) need: usize,
    pub(super) branches: Vec<Branch>,
}

/// One branch: where it starts, and every block that only it may enter. Ends are left out.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) first: usize,
    pub(super) blocks: BTreeSet<usize>,
}

/// Every parallel block that has exactly one join.
pub(super) fn forks(flow: &Flow) -> Vec<Fork> {
    let mut forks = Vec::new();
    for (parallel, block) in flow.blocks.iter().enumerate() {
        let Work::Parallel = block.shape.work else { continue };
        let [(join, need)] = joins_of(flow, &block.id)[..] else { continue };
        let branches = block
            .next
            .iter()
            .map(|(_, first)| Branch { first: *first, blocks: between(flow, *first, join) })
            .collect();
        forks.push(Fork { parallel, join, need, branches });
    }
    forks
}

/// The joins that name this parallel block, with how many branches each waits for.
pub(super) fn joins_of(flow: &Flow, parallel: &BlockId) -> Vec<(usize, usize)> {
    let branches = flow.block(parallel).map_or(0, |block| block.next.len());
    let join = |(i, block): (usize, &Block)| match &block.shape.work {
        Work::Join { of, need } if of == parallel => Some((i, need.count(branches) as usize)),
        _ => None,
    };
    flow.blocks.iter().enumerate().filter_map(join).collect()
}

/// The blocks that follow each block, without repeats.
pub(super) fn successors(block: &Block) -> impl Iterator<Item = usize> + '_ {
    block.next.iter().map(|(_, to)| *to)
}

/// Everything reachable from these blocks.
pub(super) fn reachable(flow: &Flow, from: impl IntoIterator<Item = usize>) -> BTreeSet<usize> {
    let mut seen: BTreeSet<usize> = from.into_iter().collect();
    let mut todo: Vec<usize> = seen.iter().copied().collect();
    while let Some(block) = todo.pop() {
        for next in successors(&flow.blocks[block]) {
            if seen.insert(next) {
                todo.push(next);
            }
        }
    }
    seen
}

/// A shortest path from a start block to `to`, ids in order; empty when there is none.
pub(super) fn path_to(flow: &Flow, to: usize) -> Vec<BlockId> {
    search(flow, |block, ()| block == to, (), |_, _, ()| ())
}

/// A shortest path to a state that `found` accepts, where each connection changes the state by `across`.
pub(super) fn search<S: Copy + Ord>(
    flow: &Flow,
    found: impl Fn(usize, S) -> bool,
    start: S,
    across: impl Fn(usize, &str, S) -> S,
) -> Vec<BlockId> {
    let mut seen: BTreeSet<(usize, S)> = BTreeSet::new();
    let mut came: Vec<((usize, S), Option<usize>)> = Vec::new();
    let mut todo: VecDeque<((usize, S), Option<usize>)> = VecDeque::new();
    todo.extend([flow.start].into_iter().chain(flow.person).map(|block| ((block, start), None)));
    while let Some((here, from)) = todo.pop_front() {
        if !seen.insert(here) {
            continue;
        }
        came.push((here, from));
        let place = came.len() - 1;
        if found(here.0, here.1) {
            return back(flow, &came, place);
        }
        for (outcome, next) in &flow.blocks[here.0].next {
            todo.push_back(((*next, across(here.0, outcome, here.1)), Some(place)));
        }
    }
    Vec::new()
}

fn back<S>(flow: &Flow, came: &[((usize, S), Option<usize>)], place: usize) -> Vec<BlockId> {
    let mut path = Vec::new();
    let mut at = Some(place);
    while let Some(place) = at {
        path.push(flow.blocks[came[place].0.0].id.clone());
        at = came[place].1;
    }
    path.reverse();
    path
}

fn between(flow: &Flow, first: usize, join: usize) -> BTreeSet<usize> {
    let inside = |block: usize| block != join && !matches!(flow.blocks[block].shape.work, Work::End { .. });
    let mut seen = BTreeSet::new();
    let mut todo = vec![first];
    while let Some(block) = todo.pop() {
        if inside(block) && seen.insert(block) {
            todo.extend(successors(&flow.blocks[block]));
        }
    }
    seen
}
