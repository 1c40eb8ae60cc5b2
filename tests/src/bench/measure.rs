//! Clocks, processor time and memory.

use std::{
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

/// Customers or instances at the same time where a part says nothing else.
pub(super) const AT_ONCE: usize = 16;
/// Processor time in `/proc/PID/stat` is counted in hundredths of a second on every Linux we build for.
const TICK_MS: f64 = 10.0;

/// Milliseconds of many alike.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spread {
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
    pub(super) count: usize,
}

impl Spread {
    pub(super) fn of(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let place = (values.len().saturating_sub(1) as f64 * share).round() as usize;
            values.get(place).copied().unwrap_or(0.0)
        };
        Self { p50: at(0.5), p95: at(0.95), p99: at(0.99), count: values.len() }
    }
}

pub(super) fn ms(took: Duration) -> f64 {
    took.as_secs_f64() * 1_000.0
}

/// Processor milliseconds of a process so far, all its threads and its ended children included.
pub(super) fn cpu_ms(pid: u32) -> f64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields = after_name(&stat);
    // utime, stime, cutime, cstime: fields 14 to 17 of proc(5), counted from the state, which is field 3.
    (11..15).filter_map(|place| fields.get(place)?.parse::<f64>().ok()).sum::<f64>() * TICK_MS
}

/// The processes that `pid` started and that still run, with their command lines.
pub(super) fn children(pid: u32) -> Vec<(u32, String)> {
    let numbers = fs::read_dir("/proc").into_iter().flatten().flatten();
    numbers
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .filter(|child| {
            let stat = fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
            after_name(&stat).get(1).and_then(|parent| parent.parse().ok()) == Some(pid)
        })
        .map(|child| {
            let line = fs::read(format!("/proc/{child}/cmdline")).unwrap_or_default();
            (child, String::from_utf8_lossy(&line).replace('\0', " "))
        })
        .collect()
}

/// The name stands in parentheses and may hold anything.
fn after_name(stat: &str) -> Vec<&str> {
    stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default()
}

/// A line of `/proc/PID/status` in MiB: `VmRSS` (now) or `VmHWM` (at most so far).
pub(super) fn memory_mib(pid: u32, which: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
    let kib: f64 = line.and_then(|l| l.split_whitespace().next()?.parse().ok()).unwrap_or(0.0);
    kib / 1_024.0
}

/// Processor milliseconds that `work` takes on this thread.
///
/// # Errors
/// When `work` fails.
pub(super) fn on_this_thread<T>(work: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let before = thread_ms()?;
    let done = work()?;
    Ok((done, thread_ms()? - before))
}

fn thread_ms() -> Result<f64> {
    let stat =
        fs::read_to_string("/proc/thread-self/schedstat").context("the kernel tells no thread's time")?;
    let nanoseconds: f64 = stat.split_whitespace().next().unwrap_or_default().parse()?;
    Ok(nanoseconds / 1e6)
}

/// Microseconds of one `work`: the median of many batches, so that a neighbour's burst does not count.
pub(super) fn micros(batch: u32, mut work: impl FnMut()) -> f64 {
    const BATCHES: usize = 60;
    let mut batches = Vec::with_capacity(BATCHES);
    for _ in 0..BATCHES {
        let began = Instant::now();
        for _ in 0..batch {
            work();
        }
        batches.push(began.elapsed().as_secs_f64() * 1e6 / f64::from(batch));
    }
    Spread::of(batches).p50
}

/// Mean of some values; 0 of none.
pub(super) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_of_a_hundred() {
        let spread = Spread::of((1..=101).map(f64::from).rev().collect());
        assert_eq!((spread.p50, spread.p99, spread.count), (51.0, 100.0, 101));
        assert_eq!(Spread::of(Vec::new()).p99, 0.0);
    }

    #[test]
    fn this_process_is_seen() {
        let me = std::process::id();
        assert!(memory_mib(me, "VmHWM") >= memory_mib(me, "VmRSS") && memory_mib(me, "VmRSS") > 0.0);
        let mut sum = 0_u64;
        let ((), took) = on_this_thread(|| {
            sum = (0..3_000_000_u64).fold(0, |sum, n| std::hint::black_box(sum ^ n.wrapping_mul(31)));
            Ok(())
        })
        .unwrap();
        assert!(took > 0.0 && sum > 0, "{took}");
    }

    #[test]
    fn a_child_is_found_by_its_line() {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().unwrap();
        // Between fork and exec the child still bears our name.
        let found = (0..1_000).find_map(|_| {
            std::thread::yield_now();
            children(std::process::id())
                .into_iter()
                .find(|(pid, line)| *pid == child.id() && line.starts_with("sleep"))
        });
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(found.is_some());
    }
}
