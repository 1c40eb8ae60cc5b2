//! `miaopi read`: what the reader makes of one photo of an ID card.

use std::{path::PathBuf, process::ExitCode};

use crate::photos::{describe, read_file};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The photo.
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let reading = super::runtime()?.block_on(read_file(exe, &args.file))?;
    match args.json {
        true => println!("{}", serde_json::to_string_pretty(&reading)?),
        false => print!("{}", describe(&reading)),
    }
    Ok(ExitCode::SUCCESS)
}
