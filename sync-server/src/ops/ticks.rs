//! When background work that looks again and again does so.

use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

/// Ticks until something stops. After work that took longer than the period, the next one comes a whole period later.
pub struct Ticks {
    ticks: Interval,
    stopping: CancellationToken,
}

impl Ticks {
    /// At once, and then every `period`.
    pub fn every(period: Duration, stopping: &CancellationToken) -> Self {
        let mut ticks = interval(period);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { ticks, stopping: stopping.clone() }
    }

    /// Waits for the next one; `None` once it is stopping.
    pub async fn next(&mut self) -> Option<()> {
        tokio::select! {
            () = self.stopping.cancelled() => None,
            _ = self.ticks.tick() => Some(()),
        }
    }
}
