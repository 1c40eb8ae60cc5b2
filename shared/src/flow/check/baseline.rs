//! The platform's rules as data.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::kinds::Decision;
use crate::domain::Texts;

/// Rules that every live flow must keep to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// Version of this format: 1.
    pub format: u32,
    /// The rules.
    pub rules: Vec<NamedRule>,
}

/// A rule with its code and text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NamedRule {
    /// Stable code of the finding when it is broken.
    pub code: String,
    /// What the rule demands.
    pub text: Texts,
    /// The rule.
    #[serde(flatten)]
    pub rule: Rule,
}

/// A block of this kind, left by this outcome.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Leaving {
    /// Kind of the block.
    pub kind: String,
    /// The outcome.
    pub outcome: String,
}

/// What a rule demands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
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
    /// On no path is a block of kind `first` left by `outcome` and a block of kind `then` entered afterwards.
    NeverBefore {
        /// Kind that must not come first.
        first: String,
        /// Left by this outcome.
        outcome: String,
        /// Kind that must not follow.
        then: String,
    },
    /// Once a block of kind `first` was left by `outcome`, one of `by` is left before any block of the kinds `before` is
    /// entered.
    FollowedBy {
        /// Kind that is followed.
        first: String,
        /// Left by this outcome.
        outcome: String,
        /// What must follow: any of these.
        by: Vec<Leaving>,
        /// Kinds that are guarded.
        before: Vec<String>,
    },
    /// Where a person's answer (`after`, `outcome`) leads to a block of kind `before`, somebody else has agreed in
    /// between (`second`, `second_outcome`).
    TwoPerson {
        /// Kind of the first person's block.
        after: String,
        /// The first person's answer.
        outcome: String,
        /// Only first persons of these queues; empty for all.
        #[serde(default)]
        queues: Vec<String>,
        /// Kind of the second person's block.
        second: String,
        /// The second person's answer.
        second_outcome: String,
        /// Kind that is guarded.
        before: String,
    },
    /// Every block that needs a consent has had it given on every path, after the last block that may write one of
    /// `since_write`.
    #[serde(alias = "consent_covers")]
    ConsentBeforeUse {
        /// Fact paths whose writing undoes the consent.
        #[serde(default)]
        since_write: Vec<String>,
    },
    /// A partner's `timeout`, `error` and `no_consent` lead to a person, another partner, an end that is no approval,
    /// or a rule table that looks at that outcome.
    PartnerFailureHandled {},
    /// These outcomes of blocks of this kind lead to a person, another partner, an end that is no approval, or a rule
    /// table that looks at that outcome.
    MustHandle {
        /// Kind of the block.
        kind: String,
        /// Its outcomes; one that a block does not have counts for nothing.
        outcomes: Vec<String>,
    },
    /// A number among the parameters of every block of this kind stays within bounds.
    Bound {
        /// Kind of the block.
        kind: String,
        /// The parameter, by name.
        param: String,
        /// The least that is allowed.
        #[serde(default)]
        least: Option<f64>,
        /// The most that is allowed.
        #[serde(default)]
        most: Option<f64>,
    },
    /// The product's least down payment is not below what the law leaves to be paid, and not above its usual one.
    DownPaymentFloor {},
    /// Whatever path a run takes, it does not cost more than this.
    Budget {
        /// Most credit queries.
        #[serde(default)]
        credit_queries: Option<u64>,
        /// Most fen for partners.
        #[serde(default)]
        partner_fen: Option<u64>,
        /// What one query costs, in fen, by partner.
        #[serde(default)]
        prices_fen: BTreeMap<String, u64>,
    },
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

/// Most rules in a baseline.
const MAX_RULES: usize = 50;

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

    /// These rules and a tenant's own beside them: a tenant can only be stricter.
    ///
    /// # Errors
    /// [`BaselineError`] when together they are too many.
    pub fn with(mut self, stricter: Baseline) -> Result<Self, BaselineError> {
        self.rules.extend(stricter.rules);
        if self.rules.len() > MAX_RULES {
            return Err(BaselineError(format!("together there are more than {MAX_RULES} rules")));
        }
        Ok(self)
    }
}
