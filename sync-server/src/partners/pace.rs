//! How fast and how often: the rate limit and the pauses between tries. Pure.

use std::time::Duration;

use jiff::Timestamp;

/// First pause before a second try (upper bound; the actual pause is drawn below it).
const FIRST_PAUSE: Duration = Duration::from_millis(40);
/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_millis(1_000);

/// The pause before try number `next` (2 for the second), with `draw` uniform over all u64: between half of and the
/// whole of an exponentially growing bound, so that callers who failed together do not come back together.
pub(super) fn pause_before(next: u32, draw: u64) -> Duration {
    let bound = FIRST_PAUSE.saturating_mul(1 << next.saturating_sub(2).min(16)).min(LONGEST_PAUSE);
    let half = bound / 2;
    half + half.mul_f64(draw as f64 / u64::MAX as f64)
}

/// A token bucket: `per_s` calls a second on average, bursts up to one second's worth.
#[derive(Debug)]
pub(super) struct Bucket {
    /// When the bucket would be full again, as nanoseconds since the epoch.
    full_at: i128,
}

impl Bucket {
    pub(super) fn new() -> Self {
        Self { full_at: 0 }
    }

    /// Takes a token for a call that starts after the returned wait. With a wait longer than `patience` it takes none
    /// and returns `None`. `per_s` 0 means no limit.
    pub(super) fn take(&mut self, per_s: u32, now: Timestamp, patience: Duration) -> Option<Duration> {
        if per_s == 0 {
            return Some(Duration::ZERO);
        }
        const SECOND: i128 = 1_000_000_000;
        let now = now.as_nanosecond();
        let step = SECOND / i128::from(per_s);
        // No caller is ever this patient: the clock stepped back, and that must not freeze the partner.
        let stepped_back = self.full_at > now + 600 * SECOND;
        let full_at = if stepped_back { now } else { self.full_at.max(now) } + step;
        let wait = (full_at - now - SECOND).max(0);
        if wait > patience.as_nanos() as i128 {
            return None;
        }
        self.full_at = full_at;
        Some(Duration::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_bound_and_vary() {
        let rows = [
            (2, 0, 20),
            (2, u64::MAX, 40),
            (3, 0, 40),
            (4, u64::MAX, 160),
            (9, u64::MAX, 1_000),
            (u32::MAX, 0, 500),
        ];
        for (next, draw, ms) in rows {
            assert_eq!(pause_before(next, draw).as_millis(), ms, "try {next}");
        }
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
    }

    #[test]
    fn a_burst_passes_then_the_rate_holds() {
        let mut bucket = Bucket::new();
        for _ in 0..10 {
            assert_eq!(bucket.take(10, at(0), Duration::from_secs(1)), Some(Duration::ZERO));
        }
        assert_eq!(bucket.take(10, at(0), Duration::from_secs(1)), Some(Duration::from_millis(100)));
        assert_eq!(
            bucket.take(10, at(0), Duration::from_millis(150)),
            None,
            "too long a wait takes no token"
        );
        assert_eq!(bucket.take(10, at(200), Duration::ZERO), Some(Duration::ZERO));
    }

    #[test]
    fn no_limit_and_a_clock_stepping_back() {
        let mut bucket = Bucket::new();
        assert_eq!(bucket.take(0, at(0), Duration::ZERO), Some(Duration::ZERO));
        for _ in 0..10 {
            bucket.take(10, at(3_600_000), Duration::ZERO);
        }
        assert!(bucket.take(10, at(0), Duration::from_secs(3)).is_some());
    }
}
