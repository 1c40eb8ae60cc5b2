//! Many seeds on every core, told in their order: the same story whatever the machine.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::thread;

use crate::{Outcome, run};

/// What many seeds came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sum {
    /// Seeds played.
    pub seeds: u64,
    /// Violations in all.
    pub violations: usize,
    /// Entries that were made.
    pub entries: usize,
    /// Frames that were sent.
    pub frames: u64,
    /// Crashes of devices and of the server.
    pub crashes: u64,
    /// Submissions that the server took.
    pub submissions: usize,
    /// Conflicts that somebody settled.
    pub settled: u64,
    /// Simulated time, milliseconds.
    pub simulated_ms: u64,
}

impl Sum {
    fn add(&mut self, outcome: &Outcome) {
        self.seeds += 1;
        self.violations += outcome.violations.len();
        self.entries += outcome.entries;
        self.frames += outcome.frames;
        self.crashes += outcome.crashes;
        self.submissions += outcome.submissions;
        self.settled += outcome.settled;
        self.simulated_ms += outcome.simulated_ms;
    }

    /// How much happened, in a line.
    pub fn told(&self) -> String {
        let days = self.simulated_ms / 86_400_000;
        format!(
            "{} entries, {} frames, {} crashes, {days} simulated days",
            self.entries, self.frames, self.crashes
        )
    }
}

/// Plays these seeds, each on one core; `each` hears of them in their order.
pub fn run_many(seeds: RangeInclusive<u64>, mut each: impl FnMut(&Outcome)) -> Sum {
    let (first, last) = (*seeds.start(), *seeds.end());
    let next = AtomicU64::new(first);
    let mut sum = Sum::default();
    thread::scope(|scope| {
        let (told, heard) = mpsc::channel();
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let (told, next) = (told.clone(), &next);
            scope.spawn(move || {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed > last || told.send(run(seed)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(told);
        let mut early = BTreeMap::new();
        let mut due = first;
        for outcome in heard {
            early.insert(outcome.seed, outcome);
            while let Some(outcome) = early.remove(&due) {
                sum.add(&outcome);
                each(&outcome);
                due += 1;
            }
        }
    });
    sum
}
