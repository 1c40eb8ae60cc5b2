//! `miaopi check-flow`: may this flow go live?

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use serde_json::json;
use shared::flow::{Baseline, Finding, Flow, FlowError, MAX_BYTES, Severity, check_against, for_sale};

/// The flow falls short, or something cannot be proved.
const FALLS_SHORT: u8 = 2;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The flow's file.
    #[arg(value_name = "FLOW.json")]
    flow: PathBuf,
    /// Rules to prove instead of the platform's.
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Print the findings as JSON.
    #[arg(long)]
    json: bool,
}

/// Exit code 0: passes; 2: falls short or cannot be proved; 1: unusable input.
pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let baseline = match &args.baseline {
        Some(file) => Baseline::parse(&read(file)?)?,
        None => Baseline::platform()?,
    };
    let findings = match Flow::parse(&read(&args.flow)?) {
        Ok(flow) => {
            let mut findings = check_against(&flow, &baseline);
            // A flow of no product can be checked, and cannot be sold by.
            if flow.product.is_some() {
                findings.extend(for_sale(&flow));
            }
            findings
        }
        Err(FlowError::Unsound(findings)) => findings,
        Err(error) => return Err(error.into()),
    };
    let passes = !findings.iter().any(Finding::forbids);
    match args.json {
        true => {
            let answer = json!({"passes": passes, "rules": baseline.rules.len(), "findings": findings});
            println!("{}", serde_json::to_string_pretty(&answer)?);
        }
        false => print_for_people(&findings, passes, baseline.rules.len()),
    }
    Ok(if passes { ExitCode::SUCCESS } else { ExitCode::from(FALLS_SHORT) })
}

fn read(file: &PathBuf) -> anyhow::Result<String> {
    let length = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    anyhow::ensure!(length <= MAX_BYTES as u64, "{} is larger than {MAX_BYTES} bytes", file.display());
    std::fs::read_to_string(file).with_context(|| format!("{} is not a text file", file.display()))
}

fn print_for_people(findings: &[Finding], passes: bool, rules: usize) {
    match passes {
        true => println!("The flow passes: all {rules} rules are proved over every path."),
        false => {
            let points = findings.iter().filter(|finding| finding.forbids()).count();
            println!("The flow falls short in {points} points:");
        }
    }
    for finding in findings {
        let weight = match finding.severity {
            Severity::Broken => "",
            Severity::Unproved => "not proved: ",
            Severity::Hint => "worth a look: ",
        };
        println!("- {weight}{finding}\n  {}", finding.text.zh);
        if !finding.path.is_empty() {
            let path: Vec<String> = finding.path.iter().map(ToString::to_string).collect();
            println!("  path: {}", path.join(" → "));
        }
    }
}
