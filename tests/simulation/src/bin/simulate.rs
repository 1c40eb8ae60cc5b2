//! `simulate --seeds N [--from S]`: plays seeds `S` to `S + N - 1` and prints what went wrong.
//!
//! The last line is `seeds N, violations M, trace HASH`; the hash repeats for the same seeds.

use std::process::ExitCode;

use sha2::{Digest, Sha256};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |name: &str, otherwise: u64| {
        let place = arguments.iter().position(|argument| argument == name);
        place.map_or(Some(otherwise), |place| arguments.get(place + 1)?.parse().ok())
    };
    let (Some(seeds), Some(from)) = (number("--seeds", 100), number("--from", 1)) else {
        eprintln!("simulate --seeds N [--from S]: N and S are whole numbers.");
        return ExitCode::from(2);
    };
    let mut trace = Sha256::new();
    let (mut violations, mut entries, mut frames, mut crashes, mut simulated_ms) = (0, 0, 0, 0, 0);
    for seed in from..from.saturating_add(seeds) {
        let outcome = simulation::run(seed);
        trace.update(outcome.trace);
        entries += outcome.entries;
        frames += outcome.frames;
        crashes += outcome.crashes;
        simulated_ms += outcome.simulated_ms;
        violations += outcome.violations.len();
        for violation in &outcome.violations {
            println!("seed {seed}: {violation}");
        }
    }
    println!(
        "{entries} entries, {frames} frames, {crashes} crashes, {} simulated days",
        simulated_ms / 86_400_000
    );
    let trace: String = trace.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    println!("seeds {seeds}, violations {violations}, trace {trace}");
    if violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
