//! What every flow must be before it can run at all: reachable, ending, bounded, well nested, reading only facts
//! that somebody writes.

use std::collections::BTreeSet;

use super::super::definition::{Block, BlockId, Flow};
use super::super::finding::Finding;
use super::super::kinds::{Who, Work};
use super::graph::{Fork, forks, joins_of, path_to, reachable, successors};

/// Namespaces that a case starts with, and the outcomes that the machine notes itself.
const GIVEN: [&str; 7] = ["product", "vehicle", "request", "channel", "region", "lot", "outcome"];

/// Every structural finding.
pub(crate) fn check(flow: &Flow) -> Vec<Finding> {
    let mut findings = Vec::new();
    reach(flow, &mut findings);
    person(flow, &mut findings);
    loops(flow, &mut findings);
    nesting(flow, &mut findings);
    facts(flow, &mut findings);
    findings
}

fn reach(flow: &Flow, findings: &mut Vec<Finding>) {
    let reached = reachable(flow, [flow.start].into_iter().chain(flow.person));
    for (i, block) in flow.blocks.iter().enumerate() {
        if !reached.contains(&i) {
            let en = "no path leads here: connect it or remove it";
            findings.push(Finding::new("flow_unreachable", Some(&block.id), "没有路径到达这个积木", en));
        } else if !reachable(flow, [i]).iter().any(|b| matches!(flow.blocks[*b].shape.work, Work::End { .. }))
        {
            let en = "no path leads from here to an end";
            let finding = Finding::new("flow_no_end", Some(&block.id), "从这里没有路径通向结束", en);
            findings.push(finding.along(path_to(flow, i)));
        }
    }
}

fn person(flow: &Flow, findings: &mut Vec<Finding>) {
    let Some(block) = flow.person() else { return };
    if !matches!(block.shape.work, Work::Wait { who: Who::Queue(_), .. }) {
        let en = "the block for a person must be a manual-review";
        findings.push(Finding::new("flow_person_not_review", Some(&block.id), "人工积木必须是人工审核", en));
    }
}

/// A limited block passes a case on through anything but `exhausted` only so often. So a run can go on for ever only
/// along connections of unlimited blocks and `exhausted` ones: these must not form a circle.
fn loops(flow: &Flow, findings: &mut Vec<Finding>) {
    let endless = |block: &Block| -> Vec<usize> {
        let counts = |outcome: &str| block.max_visits.is_none() || outcome == "exhausted";
        block.next.iter().filter(|(outcome, _)| counts(outcome)).map(|(_, to)| *to).collect()
    };
    let mut done = vec![false; flow.blocks.len()];
    for root in 0..flow.blocks.len() {
        if done[root] {
            continue;
        }
        let mut trail: Vec<(usize, Vec<usize>)> = vec![(root, endless(&flow.blocks[root]))];
        while let Some((here, left)) = trail.last_mut() {
            let here = *here;
            let Some(next) = left.pop() else {
                done[here] = true;
                trail.pop();
                continue;
            };
            if let Some(from) = trail.iter().position(|(block, _)| *block == next) {
                let circle: Vec<BlockId> =
                    trail[from..].iter().map(|(b, _)| flow.blocks[*b].id.clone()).collect();
                let en = "a case could go round here for ever: give a block of the circle max_visits";
                let zh = "案件可能在这里无限循环，请给其中一个积木设置 max_visits";
                findings
                    .push(Finding::new("flow_endless_loop", circle.first(), zh, en).along(circle.clone()));
            } else if !done[next] {
                trail.push((next, endless(&flow.blocks[next])));
            }
        }
    }
}

/// Branches of a parallel block belong to it alone: entered only through it, left only through its join or an end.
fn nesting(flow: &Flow, findings: &mut Vec<Finding>) {
    let mut say = |code: &str, block: usize, zh: &str, en: &str| {
        findings.push(Finding::new(code, Some(&flow.blocks[block].id), zh, en));
    };
    for (i, block) in flow.blocks.iter().enumerate() {
        match &block.shape.work {
            Work::Parallel if joins_of(flow, &block.id).len() != 1 => {
                say(
                    "flow_fork_without_join",
                    i,
                    "并行积木需要且只需要一个汇合",
                    "a parallel block needs exactly one join",
                );
            }
            Work::Join { of, need } => match flow.block(of).filter(|p| p.shape.work == Work::Parallel) {
                None => say(
                    "flow_join_of_nothing",
                    i,
                    "汇合必须指向一个并行积木",
                    "a join must name a parallel block",
                ),
                Some(p) if need.count(p.next.len()) as usize > p.next.len() => {
                    say(
                        "flow_join_needs_too_many",
                        i,
                        "等待的分支多于实际分支",
                        "the join waits for more branches than there are",
                    );
                }
                Some(_) => {}
            },
            _ => {}
        }
    }
    for fork in forks(flow) {
        for (code, block, zh, en) in leaks(flow, &fork) {
            say(code, block, zh, en);
        }
    }
}

type Leak = (&'static str, usize, &'static str, &'static str);

fn leaks(flow: &Flow, fork: &Fork) -> Vec<Leak> {
    let mut leaks = Vec::new();
    let mut all = BTreeSet::new();
    for branch in &fork.branches {
        for block in &branch.blocks {
            if !all.insert(*block) {
                leaks.push((
                    "flow_branch_shared",
                    *block,
                    "两个分支共用了这个积木",
                    "two branches share this block: give each its own",
                ));
            }
            let foreign_join = match &flow.blocks[*block].shape.work {
                Work::Join { of, .. } => flow.position(of).is_none_or(|p| !branch.blocks.contains(&p)),
                _ => false,
            };
            if *block == fork.parallel || foreign_join {
                leaks.push((
                    "flow_branch_leaves",
                    *block,
                    "分支越过了自己的汇合",
                    "a branch leads here past its own join",
                ));
            }
        }
    }
    for (i, block) in flow.blocks.iter().enumerate() {
        for next in successors(block) {
            let same_branch = fork.branches.iter().any(|b| b.blocks.contains(&i) && b.blocks.contains(&next));
            let into_branch = all.contains(&next) && !same_branch && i != fork.parallel;
            let into_join = next == fork.join && !all.contains(&i) && i != fork.parallel;
            if into_branch || into_join {
                leaks.push((
                    "flow_branch_entered",
                    next,
                    "这个积木属于并行分支，不能从外部进入",
                    "this block belongs to a parallel branch and cannot be entered from outside it",
                ));
            }
        }
    }
    for from_outside in [Some(flow.start), flow.person].into_iter().flatten() {
        if all.contains(&from_outside) || from_outside == fork.join {
            leaks.push((
                "flow_branch_entered",
                from_outside,
                "起点和人工积木不能在并行分支内",
                "the start and the block for a person cannot be inside a branch",
            ));
        }
    }
    leaks.sort_unstable();
    leaks.dedup();
    leaks
}

/// A rule or score card that reads a fact nobody writes would always fail, or never fire, and a wait for one would only
/// ever run out: most likely a typing slip.
fn facts(flow: &Flow, findings: &mut Vec<Finding>) {
    let written: Vec<&str> = flow.blocks.iter().flat_map(|b| &b.shape.writes).map(String::as_str).collect();
    for block in flow.blocks() {
        for path in &block.shape.reads {
            let known = match path.split_once('.') {
                Some(("outcome", id)) => BlockId::parse(id).is_some_and(|id| flow.block(&id).is_some()),
                _ => overlaps(path, &GIVEN) || overlaps(path, &written),
            };
            let needs = block.kind.class() == super::super::kinds::Class::Decide || block.waits_for_a_fact();
            if !known && needs {
                let zh = format!("读取的“{path}”没有任何积木写入");
                let en = format!("it reads {path}, which no block of this flow writes: correct the path");
                findings.push(Finding::new("flow_unknown_fact", Some(&block.id), zh, en));
            }
        }
    }
}

/// Whether the path is at, below or above one of the others.
pub(super) fn overlaps(path: &str, others: &[&str]) -> bool {
    let below =
        |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    others.iter().any(|other| below(path, other) || below(other, path))
}
