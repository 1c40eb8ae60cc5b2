//! `miaopi openapi` and `miaopi blocks`.

use std::{io::Write, path::PathBuf, process::ExitCode};

use serde_json::{Value, json};
use shared::flow::{Kind, catalogue};

use super::document_blocks;

#[derive(clap::Args)]
pub(super) struct BlocksArgs {
    /// Print everything, with the parameters' JSON Schema, an example of them, and what a block with these is.
    #[arg(long, conflicts_with = "docs")]
    json: bool,
    /// Write a page for each kind, in Chinese and in English, and an index below this folder.
    #[arg(long, value_name = "DIR")]
    docs: Option<PathBuf>,
}

/// Prints the API's description as JSON.
pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{:#}", crate::router::description())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints every kind of block a flow can be made of, or writes their documentation.
pub(super) fn blocks(args: BlocksArgs) -> anyhow::Result<ExitCode> {
    if let Some(folder) = args.docs {
        document_blocks::write(&folder)?;
        return Ok(ExitCode::SUCCESS);
    }
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

/// Outcomes, facts and consents follow from the parameters, so they are those of the example.
fn whole(kind: &dyn Kind) -> Value {
    let mut all = json!({
        "kind": kind.key(),
        "class": kind.class(),
        "name": kind.name(),
        "help": kind.help(),
        "budget_ms": kind.budget_ms(),
        "params": kind.schema(),
        "example": kind.example(),
    });
    if let Ok(shape) = kind.shape(&kind.example()) {
        let gives =
            shape.gives.iter().map(|(outcome, purposes)| json!({"on": outcome, "consents": purposes}));
        all["outcomes"] = json!(shape.outcomes);
        all["reads"] = json!(shape.reads);
        all["writes"] = json!(shape.writes);
        all["gives"] = gives.collect();
        all["needs"] = json!(shape.needs);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_says_what_a_block_of_it_is() {
        for kind in catalogue() {
            let all = whole(*kind);
            for list in ["outcomes", "reads", "writes", "gives", "needs"] {
                assert!(all[list].is_array(), "{}: {list}", kind.key());
            }
        }
        let bureau = whole(shared::flow::kind("partner-query").unwrap());
        assert_eq!(bureau["outcomes"], json!(["match", "mismatch", "timeout", "error", "no_consent"]));
        assert_eq!(bureau["needs"], json!(["real_name_check"]));
        assert_eq!(bureau["writes"], json!(["partner.realname"]));
        let consents = whole(shared::flow::kind("consent-check").unwrap());
        assert_eq!(consents["gives"][0]["on"], "given");
    }
}
