//! `simulate --seeds N [--from S]`: plays seeds `S` to `S + N - 1` and prints what went wrong.
//!
//! The last line is `seeds N, violations M, trace HASH`; the hash repeats for the same seeds.

use std::process::ExitCode;

use sha2::{Digest, Sha256};
use simulation::run_many;

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
    if seeds == 0 {
        eprintln!("simulate --seeds N: at least one.");
        return ExitCode::from(2);
    }
    let mut trace = Sha256::new();
    let sum = run_many(from..=from.saturating_add(seeds - 1), |outcome| {
        trace.update(outcome.trace);
        for violation in &outcome.violations {
            println!("seed {}: {violation}", outcome.seed);
        }
    });
    println!("{}", sum.told());
    let trace: String = trace.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    println!("seeds {seeds}, violations {}, trace {trace}", sum.violations);
    if sum.violations == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
