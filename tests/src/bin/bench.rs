//! Measures what a case costs: `cargo xtask bench [PART] [--json] [--peers]`.

use std::{os::unix::process::CommandExt, path::PathBuf, process::ExitCode};

use clap::Parser;
use tests::bench::{Part, engine_once, run};

/// Measures what a case costs, each figure beside a floor measured in the same run. JSON goes to standard output, a table
/// to standard error. Ends with 3 when the machine was not quiet enough.
#[derive(Parser)]
struct Options {
    /// Only this part.
    part: Option<Part>,
    /// Only JSON, no table.
    #[arg(long)]
    json: bool,
    /// Measure peers in the part `sync` as well: the folder in which their scripts and packages lie.
    #[arg(long, value_name = "FOLDER")]
    peers: Option<PathBuf>,
    /// Run so many instances through the engine and end; the bench counts their flushes from outside.
    #[arg(long, hide = true)]
    engine_once: Option<u64>,
}

fn main() -> anyhow::Result<ExitCode> {
    // A server inside this process starts its photo workers from this program.
    if std::env::args().nth(1).as_deref() == Some("photo-worker") {
        return Ok(miaopi::photos::worker_main());
    }
    // Tesseract reads it once and early; the product's own workers run with it too.
    if std::env::var_os("OMP_THREAD_LIMIT").is_none() {
        let mut again = std::process::Command::new(std::env::current_exe()?);
        return Err(again.args(std::env::args_os().skip(1)).env("OMP_THREAD_LIMIT", "1").exec().into());
    }
    let options = Options::parse();
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(measure(options))
}

async fn measure(options: Options) -> anyhow::Result<ExitCode> {
    if let Some(count) = options.engine_once {
        engine_once(count).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let parts = options.part.map_or_else(|| Part::ALL.to_vec(), |part| vec![part]);
    let report = run(&parts, options.peers.as_deref()).await?;
    println!("{}", serde_json::to_string_pretty(&report)?);
    if !options.json {
        eprintln!("\n{}", report.table());
    }
    Ok(if report.is_usable() { ExitCode::SUCCESS } else { ExitCode::from(3) })
}
