//! What `miaopi submit --json` prints, as types.

use serde::Deserialize;

use super::cli::Finished;

/// How a case ended for the submitter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// Signed, or ready for the customer to accept.
    Approved,
    /// Refused.
    Declined,
    /// A person looks at it.
    Review,
    /// The customer has something to do.
    NeedsInput,
    /// The link or an offer ran out.
    Expired,
    /// It could not be processed.
    Error,
}

/// The one object that `submit --json` prints.
#[derive(Clone, Debug, Deserialize)]
pub struct SubmitReport {
    /// The case's id; empty when none came to be.
    #[serde(default)]
    pub case: Option<String>,
    /// How it ended.
    pub decision: Decision,
    /// Why, in a word or a sentence.
    #[serde(default)]
    pub reason: Option<String>,
    /// The blocks the case went through, in order.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Milliseconds of the whole case without the customer's own time.
    #[serde(default)]
    pub total_ms: f64,
    /// Milliseconds that the customer took.
    #[serde(default)]
    pub waited_ms: f64,
    /// The signed contract, where there is one.
    #[serde(default)]
    pub contract: Option<Contract>,
    /// What stands in the way.
    #[serde(default)]
    pub problems: Vec<ProblemLine>,
}

/// One block's passage.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// The block's key in its flow.
    pub block: String,
    /// The block's kind.
    pub kind: String,
    /// The outcome it took.
    pub outcome: String,
    /// Milliseconds.
    pub ms: f64,
}

/// A written contract.
#[derive(Clone, Debug, Deserialize)]
pub struct Contract {
    /// The file's path, as the command wrote it.
    pub pdf: String,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

/// One problem with its stable code.
#[derive(Clone, Debug, Deserialize)]
pub struct ProblemLine {
    /// Stable, snake_case.
    pub code: String,
    /// The field it is about.
    #[serde(default)]
    pub field: Option<String>,
    /// What to do next, for a person.
    #[serde(default)]
    pub text: Option<String>,
}

/// A finished `miaopi submit`: status, report where it printed one, and everything it said.
#[derive(Debug)]
pub struct Submitted {
    /// 0 signed, 1 unusable input, 2 declined, 3 waiting for somebody, 4 server.
    pub code: i32,
    /// The report, where standard output held one.
    pub report: Option<SubmitReport>,
    /// The command's own words.
    pub said: Finished,
}

impl Submitted {
    pub(super) fn from(said: Finished) -> Self {
        Self { code: said.code, report: said.json().ok(), said }
    }

    /// The report.
    ///
    /// # Panics
    /// When there is none; the message shows what the command said.
    pub fn expect_report(&self) -> &SubmitReport {
        self.report.as_ref().unwrap_or_else(|| panic!("submit printed no report: {:?}", self.said))
    }

    /// Does a problem carry this code?
    pub fn has_problem(&self, code: &str) -> bool {
        self.report.as_ref().is_some_and(|report| report.problems.iter().any(|problem| problem.code == code))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_documented_shape() {
        let printed = r#"{"case": "c1", "decision": "needs_input", "reason": null,
            "steps": [{"block": "ocr", "kind": "ocr", "outcome": "read", "ms": 231}], "total_ms": 900, "waited_ms": 4,
            "contract": null, "problems": [{"code": "name_unconfirmed", "field": "name", "text": "…"}]}"#;
        let said = Finished { code: 3, stdout: printed.into(), stderr: String::new() };
        let submitted = Submitted::from(said);
        let report = submitted.expect_report();
        assert_eq!((report.decision, report.steps[0].ms), (Decision::NeedsInput, 231.0));
        assert!(submitted.has_problem("name_unconfirmed") && !submitted.has_problem("in_review"));
    }
}
