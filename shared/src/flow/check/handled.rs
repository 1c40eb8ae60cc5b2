//! Whether an outcome that went wrong leads to somebody or something that deals with it.

use super::super::definition::{Block, Flow};
use super::super::finding::Finding;
use super::super::kinds::{Class, Decision, Work};
use super::baseline::NamedRule;
use super::graph::path_to;
use super::prove::broken;

/// A finding for each of these outcomes, of blocks of this kind (`None`: of every partner), that nobody deals with.
pub(super) fn unhandled(
    flow: &Flow,
    named: &NamedRule,
    kind: Option<&str>,
    outcomes: &[&str],
) -> Vec<Finding> {
    let of_kind = |block: &Block| match kind {
        Some(kind) => block.kind.key() == kind,
        None => block.kind.class() == Class::Partner,
    };
    let mut findings = Vec::new();
    for (i, block) in flow.blocks.iter().enumerate().filter(|(_, block)| of_kind(block)) {
        for (outcome, to) in block.next.iter().filter(|(outcome, _)| outcomes.contains(&outcome.as_str())) {
            let next = past_joins(flow, *to);
            if !deals_with(block, next) {
                let mut path = path_to(flow, i);
                path.push(next.id.clone());
                let mut finding = broken(named, Some(block)).along(path);
                finding.text.zh = format!("{}（{outcome}）", finding.text.zh);
                finding.text.en = format!("{} ({outcome})", finding.text.en);
                findings.push(finding);
            }
        }
    }
    findings
}

fn deals_with(block: &Block, next: &Block) -> bool {
    match next.kind.class() {
        Class::People | Class::Partner => true,
        // A score card would only score lower: it cannot send the case elsewhere.
        Class::Decide => {
            let noticed = format!("outcome.{}", block.id);
            next.kind.key() == "rule-table" && next.shape.reads.contains(&noticed)
        }
        Class::Offer => {
            next.kind.key() == "match-funder" && block.shape.writes.iter().any(|w| w == "partner.funder")
        }
        Class::Control => {
            matches!(next.shape.work, Work::End { decision, .. } if decision != Decision::Approved)
        }
        Class::Intake | Class::Check | Class::Contract => false,
    }
}

fn past_joins(flow: &Flow, mut at: usize) -> &Block {
    // Joins follow each other at most as deep as branches nest, so the flow's size is a safe bound.
    for _ in 0..flow.blocks.len() {
        match (&flow.blocks[at].shape.work, flow.blocks[at].leads_to("done")) {
            (Work::Join { .. }, Some(next)) => at = next,
            _ => break,
        }
    }
    &flow.blocks[at]
}
