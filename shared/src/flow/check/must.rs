//! What has certainly happened when a block is entered, whichever path led there.
//!
//! A mark (bit) says "passed `disclose` with `confirmed` since the terms were last written", or "this consent was
//! given". The greatest solution of a forward must-analysis; parallel branches are treated as interleaving freely.

use super::super::definition::Flow;
use super::graph::{Fork, forks};

/// Up to 64 marks.
pub(super) type Marks = u64;

/// How blocks make and unmake marks.
pub(super) struct Effects<'a> {
    /// Marks that a block's outcome makes.
    pub(super) made: &'a dyn Fn(usize, &str) -> Marks,
    /// Marks that a block may unmake (by writing what they depend on).
    pub(super) unmade: &'a dyn Fn(usize) -> Marks,
}

impl Effects<'_> {
    /// The marks after leaving `block` by `outcome`.
    pub(super) fn across(&self, block: usize, outcome: &str, before: Marks) -> Marks {
        (before & !(self.unmade)(block)) | (self.made)(block, outcome)
    }
}

/// The marks that certainly hold on entering each block.
pub(super) fn certain(flow: &Flow, effects: &Effects) -> Vec<Marks> {
    let forks = forks(flow);
    let disturbed = disturbed(flow, &forks, effects);
    let mut before = vec![Marks::MAX; flow.blocks.len()];
    loop {
        let mut next = vec![Marks::MAX; flow.blocks.len()];
        for entry in [Some(flow.start), flow.person].into_iter().flatten() {
            next[entry] = 0;
        }
        for (i, block) in flow.blocks.iter().enumerate() {
            for (outcome, to) in &block.next {
                if !forks.iter().any(|fork| fork.join == *to) {
                    next[*to] &= effects.across(i, outcome, before[i]);
                }
            }
        }
        for fork in &forks {
            next[fork.join] &= after_branches(flow, fork, effects, &before);
        }
        for (marks, disturbed) in next.iter_mut().zip(&disturbed) {
            *marks &= !disturbed;
        }
        if next == before {
            return before;
        }
        before = next;
    }
}

/// For each block, the marks that another branch may unmake while it is being worked on.
fn disturbed(flow: &Flow, forks: &[Fork], effects: &Effects) -> Vec<Marks> {
    let mut disturbed = vec![0; flow.blocks.len()];
    for fork in forks {
        for (i, branch) in fork.branches.iter().enumerate() {
            let others = fork.branches.iter().enumerate().filter(|(j, _)| *j != i);
            let marks =
                others.map(|(_, other)| unmade_in(other.blocks.iter(), effects)).fold(0, |a, b| a | b);
            for block in &branch.blocks {
                disturbed[*block] |= marks;
            }
        }
    }
    disturbed
}

/// What holds after the join: a mark that enough branches bring for any `need` of them to include one, and that no
/// branch can have unmade last.
fn after_branches(flow: &Flow, fork: &Fork, effects: &Effects, before: &[Marks]) -> Marks {
    let arriving: Vec<Marks> = fork
        .branches
        .iter()
        .map(|branch| {
            if branch.first == fork.join {
                return before[fork.parallel];
            }
            let out =
                branch.blocks.iter().flat_map(|i| flow.blocks[*i].next.iter().map(move |next| (*i, next)));
            let arrivals = out.filter(|(_, (_, to))| *to == fork.join);
            arrivals
                .map(|(i, (outcome, _))| effects.across(i, outcome, before[i]))
                .fold(Marks::MAX, |a, b| a & b)
        })
        .collect();
    let unmade: Vec<Marks> = fork.branches.iter().map(|b| unmade_in(b.blocks.iter(), effects)).collect();
    let enough = (fork.branches.len() + 1).saturating_sub(fork.need);
    let all_needed = fork.need >= fork.branches.len();
    let holds = |bit: Marks| {
        let bringing = arriving.iter().filter(|marks| **marks & bit != 0).count();
        let settled =
            unmade.iter().zip(&arriving).all(|(un, marks)| un & bit == 0 || (all_needed && marks & bit != 0));
        bringing >= enough && settled
    };
    (0..Marks::BITS).map(|n| 1 << n).filter(|bit| holds(*bit)).fold(0, |a, b| a | b)
}

fn unmade_in<'b>(blocks: impl Iterator<Item = &'b usize>, effects: &Effects) -> Marks {
    blocks.map(|block| (effects.unmade)(*block)).fold(0, |a, b| a | b)
}
