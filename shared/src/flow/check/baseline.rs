//! The platform's rules as data, and their proof over every path of a flow.

use serde::{Deserialize, Serialize};

use super::super::definition::{Block, Flow};
use super::super::finding::Finding;
use super::super::kinds::{Class, Decision, Work};
use super::graph::{path_to, search};
use super::must::{Effects, Marks, certain};
use super::structure::overlaps;
use crate::domain::Texts;

/// Rules that every live flow must keep to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of this format: 1.
    pub format: u32,
    /// The rules.
    pub rules: Vec<NamedRule>,
}

/// A rule with its code and text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedRule {
    /// Stable code of the finding when it is broken.
    pub code: String,
    /// What the rule demands.
    pub text: Texts,
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
}

/// What a rule demands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Rule {
    /// Every path to a block of kind `before` passes a block of kind `through` with `outcome`, after the last block
    /// that may write one of `since_write`.
    MustPass {
        /// Kind that is guarded.
        before: String,
        /// For `end`: only ends with this decision.
        #[serde(default)]
        decision: Option<Decision>,
        /// Kind that must be passed.
        through: String,
        /// For `request-more`: only where it asks for this.
        #[serde(default)]
        asks: Option<String>,
        /// With this outcome.
        outcome: String,
        /// Fact paths whose writing undoes the passing.
        #[serde(default)]
        since_write: Vec<String>,
    },
    /// Every block that needs a consent has had it given on every path.
    ConsentBeforeUse {},
    /// A partner's `timeout`, `error` and `no_consent` lead to a person, another partner, an end that is no approval,
    /// or a rule table that looks at that outcome.
    PartnerFailureHandled {},
    /// No wait is longer than this.
    MaxWait {
        /// Minutes.
        minutes: u32,
    },
    /// A customer can ask for a person.
    PersonCanBeAsked {},
}

/// Why a baseline file cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("This is not a baseline file we can read: {0}. Correct the file and try again.")]
pub struct BaselineError(String);

impl BaselineError {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        "baseline_unreadable"
    }
}

impl Baseline {
    /// Reads a baseline file, format 1, of at most 50 rules.
    ///
    /// # Errors
    /// [`BaselineError`] when it is not one.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let baseline: Self = serde_json::from_str(text).map_err(|e| BaselineError(e.to_string()))?;
        if baseline.format != 1 || baseline.rules.len() > MAX_RULES {
            return Err(BaselineError(format!("it needs format 1 and at most {MAX_RULES} rules")));
        }
        Ok(baseline)
    }

    /// The platform's own rules.
    ///
    /// # Errors
    /// Never for a build whose tests pass.
    pub fn platform() -> Result<Self, BaselineError> {
        Self::parse(include_str!("../../../../assets/baseline/platform.json"))
    }
}

/// Most rules in a baseline; each may take one mark of the analysis.
const MAX_RULES: usize = 50;

/// Checks a flow against the platform's own rules. Its structure is sound already, or it would not be a [`Flow`].
///
/// # Errors
/// As [`Baseline::platform`].
pub fn check(flow: &Flow) -> Result<Vec<Finding>, BaselineError> {
    Ok(check_against(flow, &Baseline::platform()?))
}

/// Checks a flow against a baseline; no finding means that every rule was proved over all paths.
pub fn check_against(flow: &Flow, baseline: &Baseline) -> Vec<Finding> {
    let mut findings = Vec::new();
    for named in &baseline.rules {
        match &named.rule {
            Rule::MustPass { before, decision, through, asks, outcome, since_write } => {
                let guarded = |b: &Block| b.kind.key() == before && decision.is_none_or(|d| ends_with(b, d));
                let made = |b: &Block, o: &str| {
                    b.kind.key() == through
                        && o == outcome
                        && asks.as_deref().is_none_or(|what| asks_for(b, what))
                };
                let since: Vec<&str> = since_write.iter().map(String::as_str).collect();
                let unmade = |b: &Block| b.shape.writes.iter().any(|path| overlaps(path, &since));
                findings.extend(unproved(flow, named, &guarded, &made, &unmade));
            }
            Rule::ConsentBeforeUse {} => {
                let mut consents: Vec<_> = flow.blocks().iter().flat_map(|b| &b.shape.needs).collect();
                consents.sort();
                consents.dedup();
                for consent in consents {
                    let guarded = |b: &Block| b.shape.needs.contains(consent);
                    let made = |b: &Block, o: &str| {
                        b.shape.gives.iter().any(|(given, c)| *given == o && c.contains(consent))
                    };
                    findings.extend(unproved(flow, named, &guarded, &made, &|_| false));
                }
            }
            Rule::PartnerFailureHandled {} => findings.extend(unhandled_failures(flow, named)),
            Rule::MaxWait { minutes } => findings.extend(long_waits(flow, named, *minutes)),
            Rule::PersonCanBeAsked {} => {
                if flow.person().is_none() {
                    findings.push(broken(named, None));
                }
            }
        }
    }
    findings
}

fn broken(named: &NamedRule, block: Option<&Block>) -> Finding {
    Finding::new(&named.code, block.map(|b| &b.id), named.text.zh.clone(), named.text.en.clone())
}

fn asks_for(block: &Block, what: &str) -> bool {
    block.params["ask"].as_array().is_some_and(|asked| asked.iter().any(|thing| thing == what))
}

fn ends_with(block: &Block, wanted: Decision) -> bool {
    matches!(block.shape.work, Work::End { decision, .. } if decision == wanted)
}

/// A finding, with a failing path, for every guarded block that may be entered without the mark.
fn unproved(
    flow: &Flow,
    named: &NamedRule,
    guarded: &dyn Fn(&Block) -> bool,
    made: &dyn Fn(&Block, &str) -> bool,
    unmade: &dyn Fn(&Block) -> bool,
) -> Vec<Finding> {
    let effects = Effects {
        made: &|i, outcome| Marks::from(made(&flow.blocks[i], outcome)),
        unmade: &|i| Marks::from(unmade(&flow.blocks[i])),
    };
    let before = certain(flow, &effects);
    let mut findings = Vec::new();
    for (i, block) in flow.blocks.iter().enumerate() {
        if !guarded(block) || before[i] & 1 != 0 {
            continue;
        }
        let across = |from: usize, outcome: &str, marks: Marks| effects.across(from, outcome, marks);
        let mut path = search(flow, |at, marks| at == i && marks & 1 == 0, 0, across);
        if path.is_empty() {
            path = path_to(flow, i);
        }
        findings.push(broken(named, Some(block)).along(path));
    }
    findings
}

fn unhandled_failures(flow: &Flow, named: &NamedRule) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (i, block) in flow.blocks.iter().enumerate().filter(|(_, b)| b.kind.class() == Class::Partner) {
        let failures = block
            .next
            .iter()
            .filter(|(outcome, _)| ["timeout", "error", "no_consent"].contains(&outcome.as_str()));
        for (outcome, to) in failures {
            let next = past_joins(flow, *to);
            let noticed = format!("outcome.{}", block.id);
            let handled = match next.kind.class() {
                Class::People | Class::Partner => true,
                // A score card would only score lower: it cannot send the case elsewhere.
                Class::Decide => next.kind.key() == "rule-table" && next.shape.reads.contains(&noticed),
                Class::Offer => {
                    next.kind.key() == "match-funder"
                        && block.shape.writes.iter().any(|w| w == "partner.funder")
                }
                Class::Control => {
                    matches!(next.shape.work, Work::End { decision, .. } if decision != Decision::Approved)
                }
                Class::Intake | Class::Check | Class::Contract => false,
            };
            if !handled {
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

fn long_waits(flow: &Flow, named: &NamedRule, limit: u32) -> Vec<Finding> {
    let too_long = |b: &&Block| matches!(b.shape.work, Work::Wait { due_minutes, .. } if due_minutes > limit);
    flow.blocks().iter().filter(too_long).map(|block| broken(named, Some(block))).collect()
}
