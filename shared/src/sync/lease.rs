//! How long a device may work without a network. An expired lease locks; it never deletes.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Until when a device may work without hearing from the server, by its own clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    until: Timestamp,
    /// The latest time the device has seen: a clock that is set back gains nothing.
    seen: Timestamp,
}

impl Lease {
    /// A lease that the server just gave.
    pub fn granted(wall: Timestamp, seconds: u32) -> Lease {
        let until = wall.checked_add(SignedDuration::from_secs(i64::from(seconds))).unwrap_or(Timestamp::MAX);
        Lease { until, seen: wall }
    }

    /// Notes the time, and says whether the lease holds.
    pub fn holds(&mut self, wall: Timestamp) -> bool {
        self.seen = self.seen.max(wall);
        self.seen < self.until
    }

    /// Did the latest time that was seen pass its end?
    pub fn has_expired(&self) -> bool {
        self.seen >= self.until
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn setting_the_clock_back_does_not_lengthen_it() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut lease = Lease::granted(at(1_000), 100);
        assert!(lease.holds(at(1_099)));
        assert!(lease.holds(at(500)), "set back while it holds");
        assert!(!lease.holds(at(1_100)));
        assert!(!lease.holds(at(500)), "set back after it ran out");
        assert!(Lease::granted(at(500), 100).holds(at(599)), "the server gives a new one");
    }
}
