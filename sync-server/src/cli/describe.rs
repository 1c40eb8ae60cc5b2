//! `miaopi openapi` and `miaopi blocks`.

use std::{io::Write, process::ExitCode};

use serde_json::{Value, json};
use shared::flow::{Kind, catalogue};

#[derive(clap::Args)]
pub(super) struct BlocksArgs {
    /// Print everything, with the parameters' JSON Schema.
    #[arg(long)]
    json: bool,
}

/// Prints the API's description as JSON.
pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", crate::router::openapi().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}

/// Prints every kind of block a flow can be made of.
pub(super) fn blocks(args: BlocksArgs) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    if args.json {
        let all: Vec<Value> = catalogue().iter().map(|kind| whole(*kind)).collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for kind in catalogue() {
        let (name, help) = (kind.name(), kind.help());
        writeln!(
            out,
            "{:<18} {} · {}\n{:<18} {}\n{:<18} {}",
            kind.key(),
            name.zh,
            name.en,
            "",
            help.zh,
            "",
            help.en
        )?;
    }
    Ok(ExitCode::SUCCESS)
}

fn whole(kind: &dyn Kind) -> Value {
    json!({
        "kind": kind.key(),
        "class": kind.class(),
        "name": kind.name(),
        "help": kind.help(),
        "budget_ms": kind.budget_ms(),
        "params": kind.schema(),
    })
}
