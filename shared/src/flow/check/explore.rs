//! Walks through a flow state by state, every order of parallel branches included: slow, and only as far as it is
//! told to. It finds the shortest run that breaks a rule, for the canvas, and it is what the quick proofs of
//! [`super::marks`] and [`super::spend`] are held against in tests.
//!
//! A run may take any outcome at any time, `exhausted` included: how often a block was entered is not counted.

use std::collections::{HashMap, VecDeque};

use super::super::definition::{BlockId, Flow};
use super::super::kinds::Work;
use super::graph::joins_of;
use super::marks::{Change, Effects, Ground};

/// Where a run, or one branch of it, is.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Place {
    /// In a block.
    At(usize),
    /// In a parallel block: each branch's place, `None` once it has come through.
    In(usize, Vec<Option<Place>>),
    /// Through the join of the parallel block around it.
    Through,
    /// The case has ended here.
    Ended(usize),
}

/// A run's state: where it is, and whether the mark is set.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct State {
    place: Place,
    set: bool,
}

/// What came of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// The blocks of a shortest run to the state, in the order in which they were entered.
    Run(Vec<BlockId>),
    /// No run leads to such a state.
    Nothing,
    /// There are more states than were allowed.
    TooMany,
}

/// Looks for a state in which a block that `wanted` names is active (or has ended the case) while the mark is `set`.
pub(super) fn run_to(
    ground: &Ground,
    effects: &Effects,
    wanted: &dyn Fn(usize) -> bool,
    set: bool,
    most: usize,
) -> Found {
    let flow = ground.flow;
    let explorer = Explorer { flow, effects, askable: &ground.askable };
    let mut came: Vec<(State, Option<usize>, Vec<usize>)> = Vec::new();
    let mut known: HashMap<State, usize> = HashMap::new();
    let mut todo: VecDeque<usize> = VecDeque::new();
    let begin: Vec<(State, Vec<usize>)> = explorer
        .enter(flow.start)
        .into_iter()
        .map(|(place, entered)| (State { place, set: false }, entered))
        .collect();
    let mut next: Vec<(State, Option<usize>, Vec<usize>)> =
        begin.into_iter().map(|(state, entered)| (state, None, entered)).collect();
    loop {
        for (state, from, entered) in next.drain(..) {
            if known.contains_key(&state) {
                continue;
            }
            let place = came.len();
            if place >= most {
                return Found::TooMany;
            }
            known.insert(state.clone(), place);
            let here = state.set == set && explorer.is_in(&state.place, wanted);
            came.push((state, from, entered));
            if here {
                return Found::Run(blocks_of(flow, &came, place));
            }
            todo.push_back(place);
        }
        let Some(place) = todo.pop_front() else { return Found::Nothing };
        let state = came[place].0.clone();
        next = explorer.steps(&state).into_iter().map(|(to, entered)| (to, Some(place), entered)).collect();
    }
}

fn blocks_of(flow: &Flow, came: &[(State, Option<usize>, Vec<usize>)], place: usize) -> Vec<BlockId> {
    let mut pieces: Vec<&[usize]> = Vec::new();
    let mut at = Some(place);
    while let Some(place) = at {
        pieces.push(&came[place].2);
        at = came[place].1;
    }
    pieces.reverse();
    pieces.concat().into_iter().map(|block| flow.blocks[block].id.clone()).collect()
}

struct Explorer<'a> {
    flow: &'a Flow,
    effects: &'a Effects<'a>,
    askable: &'a [bool],
}

impl Explorer<'_> {
    fn is_in(&self, place: &Place, wanted: &dyn Fn(usize) -> bool) -> bool {
        match place {
            Place::At(block) | Place::Ended(block) => wanted(*block),
            Place::In(_, branches) => branches.iter().flatten().any(|place| self.is_in(place, wanted)),
            Place::Through => false,
        }
    }

    /// Every state that one event leads to, with the blocks entered on the way.
    fn steps(&self, state: &State) -> Vec<(State, Vec<usize>)> {
        let mut all = Vec::new();
        for (place, change, entered) in self.leave(&state.place) {
            let place = ended_in(&place).map_or(place, Place::Ended);
            all.push((State { place, set: change.unwrap_or(state.set) }, entered));
        }
        let mut active = Vec::new();
        active_in(&state.place, &mut active);
        if state.set && active.iter().any(|at| (self.effects.while_active)(&self.flow.blocks[*at])) {
            all.push((State { place: state.place.clone(), set: false }, Vec::new()));
        }
        if let Some(person) = self.flow.person.filter(|_| self.may_ask(&state.place, &active)) {
            for (place, entered) in self.enter(person) {
                all.push((State { place, set: state.set }, entered));
            }
        }
        all
    }

    fn may_ask(&self, place: &Place, active: &[usize]) -> bool {
        match place {
            Place::Ended(block) => self.askable[*block],
            _ => active.iter().all(|at| self.askable[*at]),
        }
    }

    /// Settles one active block with one of its outcomes, in every way.
    fn leave(&self, place: &Place) -> Vec<(Place, Change, Vec<usize>)> {
        match place {
            Place::At(at) => {
                let block = &self.flow.blocks[*at];
                let taken = block.next.iter().filter(|(outcome, _)| outcome != "exhausted");
                let mut all = Vec::new();
                for (outcome, to) in taken {
                    let change = self.effects.leaving(block, outcome);
                    let entered = self.enter(*to);
                    all.extend(entered.into_iter().map(|(place, entered)| (place, change, entered)));
                }
                all
            }
            Place::In(parallel, branches) => {
                let mut all = Vec::new();
                for (i, branch) in branches.iter().enumerate() {
                    let Some(branch) = branch else { continue };
                    for (to, change, entered) in self.leave(branch) {
                        let mut branches = branches.clone();
                        branches[i] = (to != Place::Through).then_some(to);
                        for (place, further) in self.settled(*parallel, branches) {
                            all.push((place, change, [entered.clone(), further].concat()));
                        }
                    }
                }
                all
            }
            Place::Through | Place::Ended(_) => Vec::new(),
        }
    }

    /// Enters a block and whatever follows at once, in every way; with the blocks that were entered.
    fn enter(&self, at: usize) -> Vec<(Place, Vec<usize>)> {
        let block = &self.flow.blocks[at];
        let mut all = Vec::new();
        match &block.shape.work {
            Work::Part | Work::End { .. } => all.push((Place::Ended(at), vec![at])),
            Work::Machine { .. } | Work::Wait { .. } => {
                all.push((Place::At(at), vec![at]));
                if let Some(next) = block.leads_to("exhausted") {
                    all.extend(self.enter(next));
                }
            }
            Work::Join { .. } => all.push((Place::Through, Vec::new())),
            Work::Parallel => {
                let mut ways: Vec<(Vec<Option<Place>>, Vec<usize>)> = vec![(Vec::new(), vec![at])];
                for (_, first) in &block.next {
                    let begun = self.enter(*first);
                    ways = ways
                        .into_iter()
                        .flat_map(|(places, entered)| {
                            begun.iter().map(move |(place, more)| {
                                let place = (*place != Place::Through).then(|| place.clone());
                                let places = places.iter().cloned().chain([place]).collect();
                                (places, [entered.clone(), more.clone()].concat())
                            })
                        })
                        .collect();
                }
                for (branches, entered) in ways {
                    for (place, further) in self.settled(at, branches) {
                        all.push((place, [entered.clone(), further].concat()));
                    }
                }
            }
        }
        all
    }

    /// A parallel block after a change in its branches: passed through its join when enough have come.
    fn settled(&self, parallel: usize, branches: Vec<Option<Place>>) -> Vec<(Place, Vec<usize>)> {
        if let Some(end) = branches.iter().flatten().find_map(ended_in) {
            return vec![(Place::Ended(end), Vec::new())];
        }
        let joins = joins_of(self.flow, &self.flow.blocks[parallel].id);
        let Some((join, need)) = joins.first() else { return Vec::new() };
        if branches.iter().filter(|place| place.is_none()).count() < *need {
            return vec![(Place::In(parallel, branches), Vec::new())];
        }
        let next = self.flow.blocks[*join].leads_to("done").map(|to| self.enter(to)).unwrap_or_default();
        next.into_iter().map(|(place, entered)| (place, [vec![*join], entered].concat())).collect()
    }
}

fn ended_in(place: &Place) -> Option<usize> {
    match place {
        Place::Ended(block) => Some(*block),
        Place::In(_, branches) => branches.iter().flatten().find_map(ended_in),
        Place::At(_) | Place::Through => None,
    }
}

fn active_in(place: &Place, found: &mut Vec<usize>) {
    match place {
        Place::At(block) => found.push(*block),
        Place::In(_, branches) => branches.iter().flatten().for_each(|place| active_in(place, found)),
        Place::Through | Place::Ended(_) => {}
    }
}
