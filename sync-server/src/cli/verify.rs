//! `miaopi verify`: is this file a finished contract of ours, untouched since it was signed? Needs no server.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

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
    /// PEM file with roots to trust for seal, customer and time-stamp alike; may be repeated.
    #[arg(long, value_name = "PEM")]
    roots: Vec<PathBuf>,
    /// PEM file with roots to trust for the company's seal only; may be repeated.
    #[arg(long = "seal-root", value_name = "PEM")]
    seal_roots: Vec<PathBuf>,
    /// PEM file with roots to trust for customers' certificates only; may be repeated.
    #[arg(long = "ca-root", value_name = "PEM")]
    ca_roots: Vec<PathBuf>,
    /// PEM file with roots to trust for time-stamps only; may be repeated.
    #[arg(long = "tsa-root", value_name = "PEM")]
    tsa_roots: Vec<PathBuf>,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
}

/// Exit code 0: valid; 2: refused, and why; 1: a file that cannot be read.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let roots = TrustedRoots::default()
        .for_seal(&bundle("--seal-root", &args.seal_roots, &args.roots)?)?
        .for_customer(&bundle("--ca-root", &args.ca_roots, &args.roots)?)?
        .for_timestamp(&bundle("--tsa-root", &args.tsa_roots, &args.roots)?)?;
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

/// The roots of one role and those of all. They are always named: whoever forges a contract would lay roots beside it.
fn bundle(flag: &str, own: &[PathBuf], all: &[PathBuf]) -> anyhow::Result<String> {
    anyhow::ensure!(
        !own.is_empty() || !all.is_empty(),
        "whom to trust is not said: give {flag} (or --roots for all three kinds of signature)"
    );
    let mut pem = String::new();
    for file in own.iter().chain(all) {
        pem.push_str(&std::fs::read_to_string(file).with_context(|| unread(file))?);
        pem.push('\n');
    }
    Ok(pem)
}

fn unread(file: &Path) -> String {
    format!("{} cannot be read", file.display())
}
