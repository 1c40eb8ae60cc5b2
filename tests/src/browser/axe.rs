//! Accessibility as axe-core sees it.

use std::fmt;

use anyhow::Result;
use serde::Deserialize;

use super::page::Page;

/// axe-core as published; see `vendor/README.md`.
const AXE: &str = include_str!("../../vendor/axe.min.js");

/// Every rule, WCAG 2.2's target size among them (off by default), reduced to what a message needs.
const RUN: &str = "axe.run(document, {resultTypes: ['violations'], rules: {'target-size': {enabled: true}}})
    .then(result => result.violations.map(v => ({id: v.id, impact: v.impact || '', help: v.help,
        nodes: v.nodes.map(n => n.target.join(' ') + ': ' + n.failureSummary.replace(/\\s+/g, ' '))})))";

/// A rule that the page breaks.
#[derive(Clone, Debug, Deserialize)]
pub struct Violation {
    /// The rule, such as `color-contrast`.
    pub id: String,
    /// minor, moderate, serious, critical.
    pub impact: String,
    /// The rule in a sentence.
    pub help: String,
    /// Where, and what is wrong there.
    pub nodes: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.id, self.impact, self.help)?;
        self.nodes.iter().try_for_each(|node| write!(f, "\n    {node}"))
    }
}

impl Page {
    /// Runs axe-core on the page as it is, whatever its security policy and also with scripts off.
    ///
    /// # Errors
    /// When the page cannot answer.
    pub async fn axe(&self) -> Result<Vec<Violation>> {
        let scripts_on = self.scripts_on();
        if !scripts_on {
            // axe works with timers, which stand still without scripts. The page's own are not loaded by this.
            self.scripts(true).await?;
        }
        let found = async {
            self.run(AXE).await?;
            self.eval(RUN).await
        }
        .await;
        if !scripts_on {
            self.scripts(false).await?;
        }
        found
    }
}
