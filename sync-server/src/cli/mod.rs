//! The command line. One file per subcommand; each answers with its exit code.

mod admin;
mod audit;
mod bpmn;
mod check_flow;
mod close;
mod describe;
mod document_blocks;
mod keep;
pub(crate) mod lab;
mod link;
pub(crate) mod logging;
mod read;
mod serve;
mod submit;
mod verify;

use std::{ffi::OsString, process::ExitCode};

use clap::{Parser, Subcommand};

/// 秒批 Miaopi: from an ID number and one photo to a signed auto-finance contract.
#[derive(Parser)]
#[command(name = "miaopi", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server.
    Serve(Box<serve::Args>),
    /// Play all partners: a development tool.
    Lab(lab::Args),
    /// Hand one case in as its customer would.
    Submit(Box<submit::Submit>),
    /// Ask a server for a customer link.
    Link(link::Args),
    /// Make tenants, accounts and API keys in a data folder (the server must be stopped); verify its audit chain.
    Admin(admin::Args),
    /// Bring a data folder up to this release's schema.
    Migrate(keep::MigrateArgs),
    /// Copy a data folder, also while the server runs.
    Backup(keep::BackupArgs),
    /// Make a data folder from a backup and check it.
    Restore(keep::RestoreArgs),
    /// Read a photo of an ID card.
    Read(read::Args),
    /// Prove that a flow may go live.
    CheckFlow(check_flow::Args),
    /// Write a flow as a BPMN 2.0 diagram.
    FlowToBpmn(bpmn::ToBpmn),
    /// Read a flow from a BPMN 2.0 diagram.
    BpmnToFlow(bpmn::ToFlow),
    /// Verify a contract offline.
    Verify(verify::Args),
    /// Print the API's description.
    Openapi,
    /// List the kinds of block that flows are made of, or write their documentation.
    Blocks(describe::BlocksArgs),
    /// Look into a document that differs from a device's, for a server; started by it.
    #[command(hide = true)]
    RepairWorker,
    /// Decode and read photos for a server; started by it.
    #[command(hide = true)]
    PhotoWorker,
}

/// Runs the subcommand named by `arguments` (the program's name first).
///
/// Exit codes: 0 done; 1 unusable input or a failure, said on standard error; others are a subcommand's own.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    logging::quiet_panics();
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap would exit with 2, which `check-flow` and `submit` use for an answer.
            let code = if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            let _ = error.print();
            return code;
        }
    };
    let done = match cli.command {
        Command::Serve(args) => serve::run(*args),
        Command::Lab(args) => lab::run(args),
        Command::Submit(args) => submit::start(*args),
        Command::Link(args) => link::run(args),
        Command::Admin(args) => admin::run(args),
        Command::Migrate(args) => keep::migrate(args),
        Command::Backup(args) => keep::backup(args),
        Command::Restore(args) => keep::restore(args),
        Command::Read(args) => read::run(args),
        Command::CheckFlow(args) => check_flow::run(args),
        Command::FlowToBpmn(args) => bpmn::to_diagram(args),
        Command::BpmnToFlow(args) => bpmn::to_flow(args),
        Command::Verify(args) => verify::run(args),
        Command::Openapi => describe::openapi(),
        Command::Blocks(args) => describe::blocks(args),
        // Before any thread is started: these limit their own process.
        Command::RepairWorker => Ok(crate::sync::worker_main()),
        Command::PhotoWorker => Ok(crate::photos::worker_main()),
    };
    done.unwrap_or_else(|error| {
        eprintln!("miaopi: {error:#}");
        ExitCode::FAILURE
    })
}

/// The runtime of a subcommand that talks to the network or the store.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}
