//! Work in named parts: each says when it starts, how long it took and how it ended.

use std::time::{Duration, Instant};

use anyhow::Result;

/// What one part came to.
pub(crate) struct Part {
    /// What it is called in the summary.
    pub(crate) name: String,
    /// Wall time.
    pub(crate) took: Duration,
    /// Why it failed, where it did.
    pub(crate) failure: Option<String>,
}

/// Runs `work` under a heading and notes its time; a failure is printed and kept, not passed on, so that the other
/// parts still run.
pub(crate) fn run(name: &str, work: impl FnOnce() -> Result<()>) -> Part {
    println!("\n── {name}");
    let start = Instant::now();
    let failure = work().err().map(|stop| format!("{stop:#}"));
    let took = start.elapsed();
    match &failure {
        None => println!("── {name}: passed in {}", seconds(took)),
        Some(why) => println!("── {name}: FAILED after {}: {why}", seconds(took)),
    }
    Part { name: name.to_owned(), took, failure }
}

/// A table of the parts' times; true when all passed.
pub(crate) fn summary(parts: &[Part]) -> bool {
    println!();
    for part in parts {
        let state = if part.failure.is_none() { "passed" } else { "FAILED" };
        println!("  {:<28} {:>9}  {state}", part.name, seconds(part.took));
    }
    parts.iter().all(|part| part.failure.is_none())
}

/// `4.2 s`, `12 min 05 s`.
pub(crate) fn seconds(took: Duration) -> String {
    let whole = took.as_secs();
    if whole < 60 {
        format!("{:.1} s", took.as_secs_f64())
    } else {
        format!("{} min {:02} s", whole / 60, whole % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_read_as_a_person_says_them() {
        assert_eq!(seconds(Duration::from_millis(4_240)), "4.2 s");
        assert_eq!(seconds(Duration::from_secs(725)), "12 min 05 s");
    }

    #[test]
    fn a_failed_part_is_kept_and_fails_the_summary() {
        let good = run("good", || Ok(()));
        let bad = run("bad", || anyhow::bail!("no"));
        assert_eq!(bad.failure.as_deref(), Some("no"));
        assert!(summary(std::slice::from_ref(&good)));
        assert!(!summary(&[good, bad]));
    }
}
