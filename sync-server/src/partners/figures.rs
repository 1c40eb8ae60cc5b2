//! What happened on a line since the server started.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{PartnerFailure, line::held};

/// How many of the latest calls the percentiles cover.
const LATEST: usize = 256;

/// Upper ends of the classes into which answer times are counted, in milliseconds; slower ones come into one more class.
pub const TIME_CLASSES_MS: [u32; 9] = [25, 50, 100, 200, 400, 800, 1_600, 3_200, 6_400];

/// A line's figures since start.
#[derive(Default)]
pub(super) struct Figures {
    pub(super) calls: AtomicU64,
    pub(super) tries: AtomicU64,
    pub(super) failures: AtomicU64,
    by_class: Mutex<BTreeMap<&'static str, u64>>,
    times: [AtomicU64; TIME_CLASSES_MS.len() + 1],
    latest_us: Mutex<Vec<u32>>,
}

/// A line's figures as they stand.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Counted {
    /// Calls (a call may have several tries).
    pub calls: u64,
    /// Calls without a usable answer.
    pub failures: u64,
    /// These by what went wrong ([`PartnerFailure::class`]), most first.
    pub by_class: Vec<(&'static str, u64)>,
    /// Calls by the class of their time ([`TIME_CLASSES_MS`], then the slower ones).
    pub times: Vec<u64>,
    /// Median milliseconds of the latest calls, failed ones included; 0 before the first.
    pub p50_ms: f64,
    /// 99th percentile, likewise.
    pub p99_ms: f64,
}

impl Figures {
    pub(super) fn count(&self, took: Duration, failure: Option<&PartnerFailure>) {
        let number = self.calls.fetch_add(1, Ordering::Relaxed);
        if let Some(failure) = failure {
            self.failures.fetch_add(1, Ordering::Relaxed);
            *held(&self.by_class).entry(failure.class()).or_default() += 1;
        }
        let ms = took.as_millis();
        let class = TIME_CLASSES_MS.iter().position(|end| ms <= u128::from(*end));
        self.times[class.unwrap_or(TIME_CLASSES_MS.len())].fetch_add(1, Ordering::Relaxed);
        let took = u32::try_from(took.as_micros()).unwrap_or(u32::MAX);
        let mut latest = held(&self.latest_us);
        if latest.len() < LATEST {
            latest.push(took);
        } else {
            latest[number as usize % LATEST] = took;
        }
    }

    pub(super) fn percentiles(&self) -> (f64, f64) {
        let mut latest = held(&self.latest_us).clone();
        latest.sort_unstable();
        let at = |share: f64| {
            let index = (latest.len().saturating_sub(1) as f64 * share).round() as usize;
            latest.get(index).map_or(0.0, |us| f64::from(*us) / 1_000.0)
        };
        (at(0.5), at(0.99))
    }

    pub(super) fn counted(&self) -> Counted {
        let mut by_class: Vec<(&str, u64)> =
            held(&self.by_class).iter().map(|(class, n)| (*class, *n)).collect();
        by_class.sort_by_key(|(class, n)| (std::cmp::Reverse(*n), *class));
        let (p50_ms, p99_ms) = self.percentiles();
        Counted {
            calls: self.calls.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            by_class,
            times: self.times.iter().map(|n| n.load(Ordering::Relaxed)).collect(),
            p50_ms,
            p99_ms,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_time_and_by_what_went_wrong() {
        let figures = Figures::default();
        for ms in [1, 25, 26, 6_401, 90_000] {
            figures.count(Duration::from_millis(ms), (ms > 6_400).then_some(&PartnerFailure::Timeout));
        }
        figures.count(Duration::ZERO, Some(&PartnerFailure::Busy));
        let counted = figures.counted();
        assert_eq!((counted.calls, counted.failures), (6, 3));
        assert_eq!(counted.by_class, [("timeout", 2), ("busy", 1)]);
        assert_eq!(counted.times, [3, 1, 0, 0, 0, 0, 0, 0, 0, 2]);
        assert_eq!(counted.p99_ms, 90_000.0);
    }
}
