//! The circuit breaker: stops asking a partner that keeps failing, and tries again carefully. Pure: `now` comes in.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// When to stop asking a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BreakerRule {
    /// How many of the latest calls are looked at, 1–64.
    pub window: u32,
    /// So many failures among them open the breaker, 1–`window`.
    pub failures: u32,
    /// Milliseconds without calls once open.
    pub open_ms: u64,
    /// Successful tries in a row that close it again; also how many may be under way at once.
    pub probes: u32,
}

impl Default for BreakerRule {
    fn default() -> Self {
        Self { window: 20, failures: 8, open_ms: 5_000, probes: 2 }
    }
}

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BreakerState {
    /// All calls go through.
    Closed,
    /// No call goes through.
    Open,
    /// A few tries go through.
    HalfOpen,
}

/// How a call ended, in the breaker's eyes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Well,
    Failed,
    /// Given up by the caller: says nothing about the partner.
    Unknown,
}

/// Permission for one call; goes back with its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ticket {
    /// Verdicts of an earlier phase say nothing about the present one.
    phase: u64,
}

#[derive(Debug)]
pub(super) struct Breaker {
    mode: Mode,
    phase: u64,
}

#[derive(Debug)]
enum Mode {
    /// One bit per call, the latest lowest: 1 = failed.
    Closed {
        history: u64,
    },
    Open {
        since: Timestamp,
    },
    HalfOpen {
        under_way: u32,
        well: u32,
    },
}

impl Breaker {
    pub(super) fn new() -> Self {
        Self { mode: Mode::Closed { history: 0 }, phase: 0 }
    }

    /// May a call go out now? Otherwise: how long until one may.
    pub(super) fn admit(&mut self, rule: BreakerRule, now: Timestamp) -> Result<Ticket, Duration> {
        if let Mode::Open { since } = self.mode {
            let waited = now.duration_since(since);
            // A clock that stepped back must not keep the breaker open for longer than the rule says.
            if waited.is_negative() {
                self.mode = Mode::Open { since: now };
            }
            let open = SignedDuration::from_millis(i64::try_from(rule.open_ms).unwrap_or(i64::MAX));
            let left = open - waited.max(SignedDuration::ZERO);
            if left > SignedDuration::ZERO {
                return Err(left.unsigned_abs());
            }
            self.enter(Mode::HalfOpen { under_way: 0, well: 0 });
        }
        if let Mode::HalfOpen { under_way, .. } = &mut self.mode {
            if *under_way >= rule.probes.max(1) {
                return Err(PROBE_WAIT);
            }
            *under_way += 1;
        }
        Ok(Ticket { phase: self.phase })
    }

    /// Takes a call's verdict.
    pub(super) fn record(&mut self, rule: BreakerRule, now: Timestamp, ticket: Ticket, verdict: Verdict) {
        if ticket.phase != self.phase {
            return;
        }
        match (&mut self.mode, verdict) {
            (Mode::Closed { history }, Verdict::Well | Verdict::Failed) => {
                *history = (*history << 1) | u64::from(verdict == Verdict::Failed);
                let seen = *history & window_mask(rule.window);
                if seen.count_ones() >= rule.failures.max(1) {
                    self.enter(Mode::Open { since: now });
                }
            }
            (Mode::HalfOpen { .. }, Verdict::Failed) => self.enter(Mode::Open { since: now }),
            (Mode::HalfOpen { under_way, well }, verdict) => {
                *under_way = under_way.saturating_sub(1);
                *well += u32::from(verdict == Verdict::Well);
                if *well >= rule.probes.max(1) {
                    self.enter(Mode::Closed { history: 0 });
                }
            }
            (Mode::Closed { .. }, Verdict::Unknown) | (Mode::Open { .. }, _) => {}
        }
    }

    pub(super) fn state(&self) -> BreakerState {
        match self.mode {
            Mode::Closed { .. } => BreakerState::Closed,
            Mode::Open { .. } => BreakerState::Open,
            Mode::HalfOpen { .. } => BreakerState::HalfOpen,
        }
    }

    fn enter(&mut self, mode: Mode) {
        self.mode = mode;
        self.phase += 1;
    }
}

/// What a caller is told to wait while the tries of a half-open breaker are under way.
const PROBE_WAIT: Duration = Duration::from_millis(500);

fn window_mask(window: u32) -> u64 {
    match window.clamp(1, 64) {
        64 => u64::MAX,
        bits => (1 << bits) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: BreakerRule = BreakerRule { window: 4, failures: 3, open_ms: 1_000, probes: 2 };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
    }

    fn call(breaker: &mut Breaker, ms: i64, verdict: Verdict) -> bool {
        match breaker.admit(RULE, at(ms)) {
            Ok(ticket) => {
                breaker.record(RULE, at(ms), ticket, verdict);
                true
            }
            Err(_) => false,
        }
    }

    /// (millisecond, verdict when let through, let through?, state afterwards)
    type Row = (i64, Verdict, bool, BreakerState);

    fn play(rows: &[Row]) {
        let mut breaker = Breaker::new();
        for (step, (ms, verdict, through, state)) in rows.iter().enumerate() {
            assert_eq!(call(&mut breaker, *ms, *verdict), *through, "row {step}");
            assert_eq!(breaker.state(), *state, "row {step}");
        }
    }

    #[test]
    fn opens_on_failures_within_the_window_and_closes_after_good_tries() {
        use BreakerState::{Closed, HalfOpen, Open};
        use Verdict::{Failed, Well};
        play(&[
            (0, Failed, true, Closed),
            (1, Failed, true, Closed),
            (2, Well, true, Closed),
            (3, Failed, true, Open),
            (4, Well, false, Open),
            (1_002, Well, false, Open),
            (1_003, Well, true, HalfOpen),
            (1_004, Well, true, Closed),
            (1_005, Failed, true, Closed),
        ]);
    }

    #[test]
    fn a_failed_try_opens_again_for_the_whole_time() {
        use BreakerState::{Closed, HalfOpen, Open};
        use Verdict::{Failed, Unknown, Well};
        play(&[
            (0, Failed, true, Closed),
            (0, Failed, true, Closed),
            (0, Failed, true, Open),
            (1_000, Unknown, true, HalfOpen),
            (1_000, Failed, true, Open),
            (1_999, Well, false, Open),
            (2_000, Well, true, HalfOpen),
        ]);
    }

    #[test]
    fn old_failures_leave_the_window() {
        use BreakerState::Closed;
        use Verdict::{Failed, Well};
        play(&[
            (0, Failed, true, Closed),
            (0, Failed, true, Closed),
            (0, Well, true, Closed),
            (0, Well, true, Closed),
            (0, Well, true, Closed),
            (0, Failed, true, Closed),
            (0, Failed, true, Closed),
        ]);
    }

    #[test]
    fn only_so_many_tries_at_once_and_late_verdicts_are_ignored() {
        let mut breaker = Breaker::new();
        let old = breaker.admit(RULE, at(0)).unwrap();
        for _ in 0..3 {
            call(&mut breaker, 0, Verdict::Failed);
        }
        let first = breaker.admit(RULE, at(1_000)).unwrap();
        let _second = breaker.admit(RULE, at(1_000)).unwrap();
        assert_eq!(breaker.admit(RULE, at(1_000)), Err(PROBE_WAIT));
        breaker.record(RULE, at(1_000), old, Verdict::Failed);
        assert_eq!(breaker.state(), BreakerState::HalfOpen);
        breaker.record(RULE, at(1_000), first, Verdict::Unknown);
        assert!(breaker.admit(RULE, at(1_000)).is_ok(), "a given-up try makes room");
    }

    #[test]
    fn a_clock_stepping_back_does_not_keep_it_open() {
        let mut breaker = Breaker::new();
        for _ in 0..3 {
            call(&mut breaker, 3_600_000, Verdict::Failed);
        }
        assert!(!call(&mut breaker, 0, Verdict::Well));
        assert!(call(&mut breaker, 1_000, Verdict::Well));
    }
}
