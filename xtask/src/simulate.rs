//! `cargo xtask simulate`: devices and a server on many bad days. The `simulation` crate does the work.

use anyhow::{Context, Result, bail};

use crate::compile;

/// Plays as many seeds as asked for; the last line printed is `seeds N, violations M, trace HASH`.
///
/// # Errors
/// When it does not build, or a seed ends with a violation.
pub(crate) fn simulate(arguments: &[String]) -> Result<()> {
    let done = compile::cargo()?
        // Optimised, and nothing else is built for it: whoever works on the synchronisation runs this all day.
        .args(["run", "--locked", "--quiet", "--release", "-p", "simulation", "--bin", "simulate", "--"])
        .args(arguments)
        .status()
        .context("cargo could not be started")?;
    if !done.success() {
        bail!("the simulation found a violation or could not run ({done}): its lines above say which seed");
    }
    Ok(())
}
