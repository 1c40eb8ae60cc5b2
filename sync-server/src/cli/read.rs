//! `miaopi read`: what the reader makes of one photo of an ID card, or how well it does on a labelled folder.

use std::{path::PathBuf, process::ExitCode};

use crate::photos::{ReadBy, describe, describe_evaluation, evaluate, read_file};

#[derive(clap::Args)]
pub(super) struct Args {
    /// The photo.
    #[arg(value_name = "FILE", required_unless_present = "eval")]
    file: Option<PathBuf>,
    /// Read a folder of photos instead and compare with its truth.jsonl: one object a line with file, id_number, name,
    /// sex, ethnicity, birth and address.
    #[arg(long, value_name = "DIR", conflicts_with = "file")]
    eval: Option<PathBuf>,
    /// Who reads: `own` (our network alone, as on a phone), `tesseract`, or `both`, as the server does.
    #[arg(long, value_name = "READER", default_value = "both")]
    by: ReadBy,
    /// Print everything as JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let exe = std::env::current_exe()?;
    let runtime = super::runtime()?;
    match (args.file, args.eval) {
        (Some(file), _) => {
            let reading = runtime.block_on(read_file(exe, &file, args.by))?;
            match args.json {
                true => println!("{}", serde_json::to_string_pretty(&reading)?),
                false => print!("{}", describe(&reading)),
            }
        }
        (None, Some(folder)) => {
            let found = runtime.block_on(evaluate(exe, &folder, args.by))?;
            match args.json {
                true => println!("{}", serde_json::to_string_pretty(&found)?),
                false => print!("{}", describe_evaluation(&found)),
            }
        }
        // clap asks for one of the two.
        (None, None) => anyhow::bail!("give a photo, or a folder with --eval"),
    }
    Ok(ExitCode::SUCCESS)
}
