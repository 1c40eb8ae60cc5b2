//! Answers that a mapping is tried on before its funder is switched on.

use serde::{Deserialize, Serialize};
use shared::protocol::partners::dialect::{Dialect, Found, FunderOutcome, Misread, Part};

/// Most samples of one funder.
pub(crate) const MAX_SAMPLES: usize = 5;
/// Largest sample, in bytes.
pub(crate) const MAX_SAMPLE_BYTES: usize = 64 * 1024;

/// An answer, as the funder would send it, and what it is to be read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The answer's whole text.
    pub(crate) answer: String,
    /// What it says.
    pub(crate) says: FunderOutcome,
}

/// What our reader makes of a sample.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tried {
    /// What it is to be read as.
    pub(crate) says: FunderOutcome,
    /// Each part, with what was found or why not.
    pub(crate) parts: Vec<(Part, Result<Found, Misread>)>,
    /// Whether it is read, and as that.
    pub(crate) fits: bool,
}

/// Reads a sample by the function that reads live answers.
pub(crate) fn tried(mapping: &Dialect, sample: &Sample) -> Tried {
    let parts = mapping.look(sample.answer.as_bytes());
    let is_read = mapping.read(sample.answer.as_bytes(), None).is_ok();
    let said = parts.first().and_then(|(_, found)| found.as_ref().ok());
    let fits = is_read && said == Some(&Found::Outcome(sample.says));
    Tried { says: sample.says, parts, fits }
}

/// Whether the funder may be switched on with these: each is read as declared, and a yes and a no are among them.
pub(crate) fn pass(mapping: &Dialect, samples: &[Sample]) -> bool {
    let has = |outcome| samples.iter().any(|sample| sample.says == outcome);
    mapping.faults().is_empty()
        && has(FunderOutcome::Approved)
        && has(FunderOutcome::Declined)
        && samples.iter().all(|sample| tried(mapping, sample).fits)
}
