//! What can be made to go wrong with one partner.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

/// How one partner misbehaves. The default is a healthy partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Milliseconds before each answer, 0–600,000, after what was asked is done; none: the partner's usual pace.
    pub latency_ms: Option<u64>,
    /// Share of requests answered with 503 before anything is done, 0–1; drawn from the lab's seed, the idempotency
    /// key and the try's number, so the same run fails in the same places.
    pub error_rate: f64,
    /// What is wrong with every answer.
    pub fault: Fault,
    /// What is wrong with callbacks (funders).
    pub callback: Calls,
    /// Only the next so many requests are treated like this, then the partner is healthy again; none: until changed.
    pub for_next: Option<u32>,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            latency_ms: None,
            error_rate: 0.0,
            fault: Fault::None,
            callback: Calls::OnTime,
            for_next: None,
        }
    }
}

/// What is wrong with a partner's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Nothing.
    None,
    /// Never answers (gives up after two minutes). Nothing is done.
    Hang,
    /// Cuts the connection before anything is done.
    Reset,
    /// Does what was asked, then cuts the connection.
    AnswerLost,
    /// Answers 500. Nothing is done.
    ServerError,
    /// Answers 429 with `Retry-After: 1`. Nothing is done.
    TooManyRequests,
    /// Points elsewhere with 302. Nothing is done.
    Redirect,
    /// Does what was asked and answers with half of the JSON.
    Malformed,
    /// Does what was asked and answers with an outcome nobody has heard of.
    UnknownOutcome,
    /// Does what was asked and speaks of another amount.
    WrongAmount,
    /// Does what was asked and speaks of another currency.
    WrongCurrency,
    /// Does what was asked and answers with a megabyte.
    Oversized,
    /// Does what was asked and answers a byte every half second.
    Trickle,
}

impl Fault {
    /// Whether nothing is done at all.
    pub(super) fn comes_before_the_act(self) -> bool {
        use Fault::{Hang, Redirect, Reset, ServerError, TooManyRequests};
        matches!(self, Hang | Reset | ServerError | TooManyRequests | Redirect)
    }
}

/// What is wrong with a partner's callbacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calls {
    /// Nothing.
    OnTime,
    /// Each comes three times.
    Duplicate,
    /// Each comes after this many milliseconds.
    Late(u64),
    /// Comes before the answer that announces it.
    BeforeResponse,
    /// Signed with another secret.
    Forged,
    /// Signed an hour ago.
    Stale,
    /// None comes.
    Never,
}

/// Longest latency that can be chosen, in milliseconds.
const MAX_LATENCY_MS: u64 = 600_000;
/// Most partners with faults.
const MAX_PARTNERS: usize = 1_000;

/// Every partner's faults.
#[derive(Default)]
pub(super) struct FaultBoard(Mutex<BTreeMap<String, Faults>>);

impl FaultBoard {
    /// The faults for one request to `partner`; `for_next` counts down. A funder without its own takes those of
    /// `funders`.
    pub(super) fn next(&self, partner: &str) -> Faults {
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let group = partner.split('/').next().unwrap_or(partner);
        let name = if board.contains_key(partner) { partner } else { group };
        let Some(entry) = board.get_mut(name) else { return Faults::default() };
        let faults = entry.clone();
        if let Some(left) = &mut entry.for_next {
            *left = left.saturating_sub(1);
            if *left == 0 {
                board.remove(name);
            }
        }
        faults
    }

    /// # Errors
    /// A sentence when a figure is out of range or too many partners have faults.
    pub(super) fn set(&self, partner: &str, faults: Faults) -> Result<(), &'static str> {
        if !(0.0..=1.0).contains(&faults.error_rate) {
            return Err("error_rate is a share from 0 to 1");
        }
        let late = if let Calls::Late(ms) = faults.callback { ms } else { 0 };
        if faults.latency_ms.unwrap_or(0).max(late) > MAX_LATENCY_MS {
            return Err("latencies are at most 600000 milliseconds");
        }
        if faults.for_next == Some(0) {
            return Err("for_next is at least 1");
        }
        let mut board = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if board.len() >= MAX_PARTNERS && !board.contains_key(partner) {
            return Err("too many partners have faults; reset with POST /control/reset");
        }
        board.insert(partner.to_owned(), faults);
        Ok(())
    }

    pub(super) fn all(&self) -> BTreeMap<String, Faults> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn of(&self, partner: &str) -> Faults {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(partner).cloned().unwrap_or_default()
    }

    pub(super) fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_for_the_next_two_requests_end_by_themselves() {
        let board = FaultBoard::default();
        board.set("bureau", Faults { fault: Fault::Reset, for_next: Some(2), ..Faults::default() }).unwrap();
        let seen = [(); 3].map(|()| board.next("bureau").fault);
        assert_eq!(seen, [Fault::Reset, Fault::Reset, Fault::None]);
    }

    #[test]
    fn a_funder_without_its_own_faults_takes_the_groups() {
        let board = FaultBoard::default();
        board.set("funders", Faults { fault: Fault::Hang, ..Faults::default() }).unwrap();
        board.set("funders/quick", Faults::default()).unwrap();
        assert_eq!(board.next("funders/patient").fault, Fault::Hang);
        assert_eq!(board.next("funders/quick").fault, Fault::None);
        assert_eq!(board.next("bureau").fault, Fault::None);
    }

    #[test]
    fn figures_out_of_range_are_refused() {
        let board = FaultBoard::default();
        for bad in [
            Faults { error_rate: 1.1, ..Faults::default() },
            Faults { error_rate: f64::NAN, ..Faults::default() },
            Faults { latency_ms: Some(600_001), ..Faults::default() },
            Faults { callback: Calls::Late(u64::MAX), ..Faults::default() },
            Faults { for_next: Some(0), ..Faults::default() },
        ] {
            assert!(board.set("sms", bad).is_err());
        }
    }
}
