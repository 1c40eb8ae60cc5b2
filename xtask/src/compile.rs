//! Where build results lie and how cargo is called: one place, so that `up`, `test`, `bench` and `check` share them.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::within::within;

/// Everything in one build but the app of its own: its SQLite encrypts, the server's does not.
pub(crate) const ALL_BUT_MOBILE: [&str; 3] = ["--workspace", "--exclude", "mobile"];
/// The app of its own.
pub(crate) const MOBILE: [&str; 2] = ["--package", "mobile"];

/// How long rustup may take to bring a standard library.
const TARGET_WITHIN: Duration = Duration::from_secs(180);

/// The root of the checkout in which `cargo xtask` was typed. Cargo says so when it starts us; what was compiled in would
/// be another checkout's, where several share one build folder and ours was found there already built.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map_or_else(|| here.clone(), Path::to_path_buf)
}

/// The build folder outside the checkout, so that several clones share one: `$MIAOPI_TARGET_DIR`, else
/// `$CARGO_TARGET_DIR`, else `~/.cache/miaopi/target`.
pub(crate) fn target_dir() -> Result<PathBuf> {
    for name in ["MIAOPI_TARGET_DIR", "CARGO_TARGET_DIR"] {
        if let Some(dir) = std::env::var_os(name).filter(|dir| !dir.is_empty()) {
            return Ok(root().join(dir));
        }
    }
    let home = std::env::var_os("HOME")
        .context("HOME is not set: set MIAOPI_TARGET_DIR to a folder for build results")?;
    Ok(PathBuf::from(home).join(".cache/miaopi/target"))
}

/// A cargo command in the checkout with the shared build folder.
pub(crate) fn cargo() -> Result<Command> {
    cargo_at(&PathBuf::from(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())))
}

/// The same with the cargo that lies here.
pub(crate) fn cargo_at(program: &Path) -> Result<Command> {
    let mut command = Command::new(program);
    command.current_dir(root()).env("CARGO_TARGET_DIR", target_dir()?);
    // Set by the `cargo run` that started us: left in place they would make cargo rebuild what reads them.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("CARGO_PKG_") {
            command.env_remove(name);
        }
    }
    command.env_remove("CARGO_MANIFEST_DIR").env_remove("CARGO_MANIFEST_PATH");
    Ok(command)
}

/// The system that the compiler builds for when none is named, such as `x86_64-unknown-linux-gnu`.
///
/// # Errors
/// When there is no compiler.
pub(crate) fn host() -> Result<String> {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let said = Command::new(rustc).arg("-vV").output().context("rustc could not be started")?;
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("rustc does not say what it builds for")
}

/// Asks rustup for the standard library of another target. Whoever needs it sees whether it came.
pub(crate) fn fetch_standard_library(target: &str) {
    let _ = within(TARGET_WITHIN, Command::new("rustup").args(["target", "add", target]));
}

/// Builds the server, quickly and with its dependencies optimised, with cargo's own progress on the terminal, and gives
/// its path.
///
/// # Errors
/// When it does not compile; cargo has then said why.
pub(crate) fn build_server() -> Result<PathBuf> {
    let mut build = cargo()?;
    // `--workspace`, not `-p`: features are then those of the tests' build, and nothing is compiled twice.
    build.args(["build", "--locked", "--bin", "miaopi"]).args(ALL_BUT_MOBILE);
    let built = build.status().context("cargo could not be started")?;
    if !built.success() {
        bail!("the server did not build: cargo's message above says why");
    }
    Ok(target_dir()?.join("debug").join("miaopi"))
}
