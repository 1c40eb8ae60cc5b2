//! `miaopi flow-to-bpmn` and `miaopi bpmn-to-flow`: a flow as a diagram for other programs, and back.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use shared::flow::bpmn::{MAX_BPMN_BYTES, import, to_bpmn};
use shared::flow::{FlowFile, MAX_BYTES};

#[derive(clap::Args)]
pub(super) struct ToBpmn {
    /// The flow's file; a draft that cannot run yet will do.
    #[arg(value_name = "FLOW.json")]
    flow: PathBuf,
    /// Write the diagram here instead of to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(clap::Args)]
pub(super) struct ToFlow {
    /// The BPMN 2.0 file: one of ours, also changed since, or one drawn elsewhere.
    #[arg(value_name = "FILE.bpmn")]
    bpmn: PathBuf,
    /// Write the flow here instead of to standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Exit code 0: written; 1: unusable input.
pub(super) fn to_diagram(args: ToBpmn) -> anyhow::Result<ExitCode> {
    let text = read(&args.flow, MAX_BYTES)?;
    let file: FlowFile = serde_json::from_str(&text)
        .with_context(|| format!("{} is not a flow file (flow_unreadable)", args.flow.display()))?;
    write(args.out.as_deref(), &to_bpmn(&file))
}

/// Exit code 0: written; 1: unusable input. What had to be guessed is said on standard error.
pub(super) fn to_flow(args: ToFlow) -> anyhow::Result<ExitCode> {
    let text = read(&args.bpmn, MAX_BPMN_BYTES)?;
    let imported = import(&text).map_err(|error| {
        let text = error.text();
        anyhow::anyhow!("{} ({})\n{}", text.en, error.code(), text.zh)
    })?;
    if !imported.guessed.is_empty() {
        let ids: Vec<&str> = imported.guessed.iter().map(|id| id.as_str()).collect();
        let ids = ids.join(", ");
        eprintln!(
            "The kind of these blocks is a guess from the diagram; complete them, then run check-flow: {ids}"
        );
        eprintln!("这些积木的种类是根据图推测的，请补全后用 check-flow 核查：{ids}");
    }
    write(args.out.as_deref(), &format!("{}\n", serde_json::to_string_pretty(&imported.flow)?))
}

fn read(file: &Path, most: usize) -> anyhow::Result<String> {
    let length = std::fs::metadata(file).with_context(|| format!("{} cannot be read", file.display()))?.len();
    anyhow::ensure!(length <= most as u64, "{} is larger than {most} bytes", file.display());
    std::fs::read_to_string(file).with_context(|| format!("{} is not a text file", file.display()))
}

fn write(out: Option<&Path>, text: &str) -> anyhow::Result<ExitCode> {
    match out {
        Some(file) => {
            std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))?;
        }
        None => print!("{text}"),
    }
    Ok(ExitCode::SUCCESS)
}
