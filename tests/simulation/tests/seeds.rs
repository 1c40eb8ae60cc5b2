//! The same seeds for everybody, each played to the end; and proof that a broken promise would be noticed.

use simulation::{Sabotage, run, run_sabotaged};

/// Seeds of an ordinary test run.
const SEEDS: u64 = 120;
/// Seeds of the long run.
const LONG_SEEDS: u64 = 20_000;
/// A sabotage is noticed within so many seeds.
const NOTICED_WITHIN: u64 = 60;

/// Seeds that failed once. They stay.
const ONCE_FAILED: &[u64] = &[];

#[test]
fn whatever_happens_nothing_acknowledged_is_lost_and_everybody_ends_with_the_same() {
    let (mut submissions, mut settled, mut crashes) = (0, 0, 0);
    for seed in (1..=SEEDS).chain(ONCE_FAILED.iter().copied()) {
        let outcome = run(seed);
        assert_eq!(
            outcome.violations,
            [] as [String; 0],
            "seed {seed}: cargo xtask simulate --seeds 1 --from {seed}"
        );
        submissions += outcome.submissions;
        settled += outcome.settled;
        crashes += outcome.crashes;
    }
    // A simulation in which nothing happens proves nothing.
    assert!(submissions > 100 && settled > 100 && crashes > 500, "{submissions} {settled} {crashes}");
}

#[test]
fn a_seed_plays_out_the_same_every_time() {
    for seed in [1, 7, 42] {
        assert_eq!(run(seed), run(seed));
    }
    assert_ne!(run(1).trace, run(2).trace);
}

#[test]
fn a_promise_broken_on_purpose_is_noticed() {
    for sabotage in Sabotage::ALL {
        let noticed =
            (1..=NOTICED_WITHIN).find(|seed| !run_sabotaged(*seed, Some(sabotage)).violations.is_empty());
        assert!(noticed.is_some(), "{sabotage:?} went unnoticed for {NOTICED_WITHIN} seeds");
    }
}

#[test]
#[ignore = "hours of bad days; cargo xtask test --long"]
fn twenty_thousand_seeds_of_bad_days() {
    let (mut violations, mut entries, mut frames, mut crashes, mut days) = (0, 0, 0, 0, 0);
    for seed in 1..=LONG_SEEDS {
        let outcome = run(seed);
        for violation in &outcome.violations {
            println!("seed {seed}: {violation}");
        }
        violations += outcome.violations.len();
        entries += outcome.entries;
        frames += outcome.frames;
        crashes += outcome.crashes;
        days += outcome.simulated_ms / 3_600_000;
    }
    println!("report: {LONG_SEEDS} seeds, {violations} violations");
    println!("report: {entries} entries, {frames} frames, {crashes} crashes, {} simulated days", days / 24);
    assert_eq!(violations, 0);
}
