//! The most that any run may spend: partners' prices, credit queries.
//!
//! Worked out branch by branch, like [`super::marks`]: a parallel block costs what all its branches may cost together,
//! and along a flow without loops the dearest path is the exact answer. In a loop every block is counted as often as
//! it may be entered at most, so that the sum is never too small.

use std::collections::BTreeMap;

use super::super::definition::{Block, Flow};
use super::super::finding::Finding;
use super::super::step::MAX_ASKS;
use super::baseline::NamedRule;
use super::graph::Fork;
use super::marks::Ground;
use super::prove::broken;

/// Findings for a flow that may cost more than the rule allows.
pub(super) fn over_budget(
    ground: &Ground,
    named: &NamedRule,
    credit_queries: Option<u64>,
    partner_fen: Option<u64>,
    prices_fen: &BTreeMap<String, u64>,
) -> Vec<Finding> {
    let queries = |block: &Block| u64::from(is_credit_query(block));
    let price = |block: &Block| block.partner().and_then(|p| prices_fen.get(p)).copied().unwrap_or(0);
    let mut findings = Vec::new();
    for (limit, spent, zh, en) in [
        (credit_queries, most(ground, &queries), "次征信查询", "credit queries"),
        (partner_fen, most(ground, &price), "分合作方费用", "fen for partners"),
    ] {
        let Some(limit) = limit.filter(|limit| spent > *limit) else { continue };
        let mut finding = broken(named, None);
        finding.text.zh = format!("{}：最多可达 {spent} {zh}，上限 {limit}", finding.text.zh);
        finding.text.en = format!("{}: up to {spent} {en}, and {limit} are allowed", finding.text.en);
        findings.push(finding);
    }
    findings
}

/// Whether entering a block is a query at the credit bureau.
pub(super) fn is_credit_query(block: &Block) -> bool {
    block.partner() == Some("bureau")
}

/// The most that a run may spend where entering a block costs `price`. Never too small; exact without loops where
/// only machine blocks cost.
pub(super) fn most(ground: &Ground, price: &dyn Fn(&Block) -> u64) -> u64 {
    let flow = ground.flow;
    let spender = Spender { flow, price, forks: &ground.forks };
    let through = spender.region(flow.start, None);
    let asked = flow.person.map_or(0, |person| spender.region(person, None));
    let along = through.saturating_add(asked.saturating_mul(u64::from(MAX_ASKS)));
    // However a run goes, a limited block is entered only so often.
    let limited = flow.blocks().iter().try_fold(0_u64, |sum, block| match (price(block), block.max_visits) {
        (0, _) => Some(sum),
        (price, Some(visits)) => Some(sum.saturating_add(price.saturating_mul(u64::from(visits)))),
        (_, None) => None,
    });
    limited.map_or(along, |limited| limited.min(along))
}

struct Spender<'a> {
    flow: &'a Flow,
    price: &'a dyn Fn(&Block) -> u64,
    forks: &'a [Fork],
}

impl Spender<'_> {
    /// The most from a block to the end of its branch, or of the case.
    fn region(&self, first: usize, until: Option<usize>) -> u64 {
        let mut blocks = vec![first];
        let mut edges: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        let mut at = 0;
        while let Some(block) = blocks.get(at).copied() {
            at += 1;
            let next: Vec<usize> = match self.forks.iter().find(|fork| fork.parallel == block) {
                Some(fork) => vec![fork.join],
                None => self.flow.blocks[block].next.iter().map(|(_, to)| *to).collect(),
            };
            let next: Vec<usize> = next.into_iter().filter(|to| Some(*to) != until).collect();
            for to in &next {
                if !blocks.contains(to) {
                    blocks.push(*to);
                }
            }
            edges.insert(block, next);
        }
        let cost: BTreeMap<usize, u64> = blocks.iter().map(|block| (*block, self.entering(*block))).collect();
        let rounds = circles(&blocks, &edges);
        let mut dearest: BTreeMap<usize, u64> = BTreeMap::new();
        self.dearest(first, &edges, &rounds, &cost, &mut dearest)
    }

    /// What one entry into a block costs; into a parallel block, with all its branches.
    fn entering(&self, block: usize) -> u64 {
        let own = (self.price)(&self.flow.blocks[block]);
        let Some(fork) = self.forks.iter().find(|fork| fork.parallel == block) else { return own };
        let branches = fork.branches.iter().filter(|branch| branch.first != fork.join);
        branches.fold(own, |sum, branch| sum.saturating_add(self.region(branch.first, Some(fork.join))))
    }

    /// The dearest way on from a circle of blocks (most often a single one).
    fn dearest(
        &self,
        from: usize,
        edges: &BTreeMap<usize, Vec<usize>>,
        rounds: &BTreeMap<usize, Vec<usize>>,
        cost: &BTreeMap<usize, u64>,
        known: &mut BTreeMap<usize, u64>,
    ) -> u64 {
        let circle = &rounds[&from];
        if let Some(sum) = known.get(&circle[0]) {
            return *sum;
        }
        let here = if circle.len() == 1 && !edges[&from].contains(&from) {
            cost[&from]
        } else {
            let entries = 1 + self.limited_entries(circle);
            circle.iter().fold(0_u64, |sum, block| {
                let most = self.flow.blocks[*block].max_visits.map_or(entries, u64::from);
                sum.saturating_add(cost[block].saturating_mul(most))
            })
        };
        let mut on = 0;
        for block in circle {
            for to in edges[block].iter().filter(|to| !circle.contains(to)) {
                on = on.max(self.dearest(*to, edges, rounds, cost, known));
            }
        }
        let sum = here.saturating_add(on);
        known.insert(circle[0], sum);
        sum
    }

    /// How often limited blocks of a circle, those inside its parallel blocks included, may be entered in all. Between
    /// two such entries a run cannot enter any other block of the circle twice.
    fn limited_entries(&self, circle: &[usize]) -> u64 {
        let forks = self.forks.iter().filter(|fork| circle.contains(&fork.parallel));
        let inside =
            forks.flat_map(|fork| fork.branches.iter().flat_map(|branch| branch.blocks.iter().copied()));
        let all: std::collections::BTreeSet<usize> = circle.iter().copied().chain(inside).collect();
        all.iter().filter_map(|block| self.flow.blocks[*block].max_visits).map(u64::from).sum()
    }
}

/// For each block, the blocks that it lies in a circle with, itself included, in one order for all of them.
fn circles(blocks: &[usize], edges: &BTreeMap<usize, Vec<usize>>) -> BTreeMap<usize, Vec<usize>> {
    let reach: BTreeMap<usize, std::collections::BTreeSet<usize>> = blocks
        .iter()
        .map(|block| {
            let mut seen = std::collections::BTreeSet::new();
            let mut todo = vec![*block];
            while let Some(at) = todo.pop() {
                for to in &edges[&at] {
                    if seen.insert(*to) {
                        todo.push(*to);
                    }
                }
            }
            (*block, seen)
        })
        .collect();
    blocks
        .iter()
        .map(|block| {
            let mut circle: Vec<usize> =
                reach[block].iter().copied().filter(|to| to == block || reach[to].contains(block)).collect();
            if !circle.contains(block) {
                circle.push(*block);
            }
            circle.sort_unstable();
            (*block, circle)
        })
        .collect()
}
