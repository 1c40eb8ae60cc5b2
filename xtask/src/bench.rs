//! `cargo xtask bench`: builds as shipped and hands over to the `bench` binary of the `tests` crate.

use anyhow::{Context, Result, bail};

use crate::compile::{self, Profile};
use crate::packages::{self, Purpose};

/// Runs the benchmark with the given arguments; the binary prints JSON and a table.
///
/// # Errors
/// When something is missing, does not build, or the benchmark itself ends with an error.
pub(crate) fn bench(arguments: &[String]) -> Result<()> {
    packages::ensure(Purpose::Run)?;
    let server = compile::build_server(Profile::Release)?;
    let done = compile::cargo()?
        .args(["run", "--locked", "--release", "-p", "tests", "--bin", "bench", "--"])
        .args(arguments)
        .env("MIAOPI_BIN", server)
        .status()
        .context("cargo could not be started")?;
    if !done.success() {
        bail!("the benchmark did not finish ({done}): its message above says why");
    }
    Ok(())
}
