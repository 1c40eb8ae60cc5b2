//! `cargo xtask bench`: builds server and benchmark as shipped and hands over to the `bench` binary of the `tests` crate.

use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::binaries::Profile;
use crate::packages::{self, Purpose};
use crate::{app, compile, mobile, peers};

/// The benchmark ends with this when the machine was too busy for its figures to be believed.
const NOT_QUIET: i32 = 3;

/// What a person types to have peers measured; the benchmark itself is told the folder in which they lie.
const PEERS: &str = "--peers";

/// The part that needs the app of its own.
const MOBILE: &str = "mobile";

/// Runs the benchmark with the given arguments; the binary prints JSON and a table.
///
/// # Errors
/// When something is missing, does not build, or the benchmark itself ends with an error.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    packages::ensure(Purpose::Run)?;
    let mut arguments = arguments.to_vec();
    if let Some(place) = arguments.iter().position(|argument| argument == PEERS) {
        match peers::install() {
            Ok(folder) => arguments[place] = format!("{PEERS}={}", folder.display()),
            Err(why) => {
                arguments.remove(place);
                eprintln!(
                    "the peers are NOT measured here: {why:#}. Their figures are constants that were measured once"
                );
            }
        }
    }
    // All targets, although two are enough: others would compile what they share with the long tests a second time.
    let built = compile::cargo()?
        .args(["build", "--locked", "--release", "--all-targets"])
        .args(compile::ALL_BUT_MOBILE)
        .status()
        .context("cargo could not be started")?;
    if !built.success() {
        bail!("the benchmark did not build: cargo's message above says why");
    }
    let screens = app::build("release")?;
    let folder = compile::target_dir()?.join("release");
    let mut bench = Command::new(folder.join("bench"));
    bench.args(&arguments).env("MIAOPI_BIN", folder.join("miaopi"));
    if arguments.iter().any(|argument| argument == MOBILE) {
        packages::ensure(Purpose::Test)?;
        bench.env("MIAOPI_MOBILE_BIN", mobile::build(&screens, Profile::Release)?.program);
        bench.env("MIAOPI_TAURI_DRIVER", mobile::driver()?);
    }
    let done = bench.status().context("the benchmark could not be started")?;
    match done.code() {
        Some(0) => Ok(()),
        Some(NOT_QUIET) => {
            bail!("the machine was too busy: a floor moved by more than 1.5×. Run it again on a quiet one")
        }
        _ => bail!("the benchmark did not finish ({done}): its message above says why"),
    }
}
