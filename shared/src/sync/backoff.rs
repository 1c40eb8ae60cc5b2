//! How long to wait before trying again.

/// First wait, milliseconds.
const FIRST_MS: u64 = 500;
/// Longest wait, milliseconds: a healed network is noticed within five seconds.
const LONGEST_MS: u64 = 4_500;

/// Doubling waits with jitter, until something succeeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The next wait in milliseconds: between half of the step and all of it, by the caller's dice.
    pub fn wait(&mut self, dice: u64) -> u64 {
        self.wait_up_to(LONGEST_MS, dice)
    }

    /// As [`Backoff::wait`], with another longest wait in milliseconds: for what no network heals.
    pub fn wait_up_to(&mut self, longest_ms: u64, dice: u64) -> u64 {
        let step = FIRST_MS.saturating_mul(1 << self.failures.min(16)).min(longest_ms);
        self.failures = self.failures.saturating_add(1);
        step / 2 + dice % (step / 2 + 1)
    }

    /// It worked.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_are_spread() {
        for (dice, waits) in [(0, [250, 500, 1_000, 2_000, 2_250]), (u64::MAX, [0; 5])] {
            let mut backoff = Backoff::default();
            for wait in waits {
                let got = backoff.wait(dice);
                assert!(dice != 0 || got == wait);
                assert!(got <= LONGEST_MS);
            }
            backoff.reset();
            assert!(backoff.wait(dice) <= FIRST_MS);
        }
    }
}
