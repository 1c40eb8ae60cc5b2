//! `miaopi verify`: is this file a finished contract of ours, untouched since it was signed? Needs no server.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use serde_json::json;

use crate::contracts::{MAX_FILE, TrustedRoots, verify};

/// Not a contract that can be trusted.
const REFUSED: u8 = 2;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The contract's PDF.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// PEM file with the roots to trust for seal, customer and time-stamp; may be repeated.
    #[arg(long, value_name = "PEM", required = true)]
    roots: Vec<PathBuf>,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Exit code 0: valid; 2: refused, and why; 1: a file that cannot be read.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let unread = |file: &PathBuf| format!("{} cannot be read", file.display());
    let mut roots = String::new();
    for file in &args.roots {
        roots.push_str(&std::fs::read_to_string(file).with_context(|| unread(file))?);
        roots.push('\n');
    }
    let roots = TrustedRoots::from_pem_bundle(&roots)?;
    let length = std::fs::metadata(&args.file).with_context(|| unread(&args.file))?.len();
    anyhow::ensure!(length <= MAX_FILE as u64, "{} is larger than a contract", args.file.display());
    match verify(&std::fs::read(&args.file).with_context(|| unread(&args.file))?, &roots) {
        Ok(report) if args.json => {
            println!("{}", serde_json::to_string_pretty(&json!({"valid": true, "report": report}))?);
            Ok(ExitCode::SUCCESS)
        }
        Ok(report) => {
            println!("valid: nothing was changed since the customer signed");
            for (what, who) in [
                ("sealed by", &report.sealed_by),
                ("signed by", &report.signed_by),
                ("stamped by", &report.stamped_by),
            ] {
                println!("{what:<11} {} (certificate {} of {})", who.name, who.serial, who.issuer);
            }
            println!("{:<11} {}\n{:<11} {}", "stamped at", report.stamped_at, "sha256", report.sha256);
            Ok(ExitCode::SUCCESS)
        }
        Err(refusal) => {
            match args.json {
                true => println!("{}", json!({"valid": false, "reason": refusal.to_string()})),
                false => println!("refused: {refusal}"),
            }
            Ok(ExitCode::from(REFUSED))
        }
    }
}
