//! The sync systems that the bench can measure beside ours: their scripts from `tests/peers`, with the packages that its
//! lock file names, in the build folder. Tools for developing: the checkout holds no package and no build contains one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::compile;

/// The oldest Node that the peers' packages run on.
const OLDEST_NODE: u32 = 20;
/// Holds the lock file whose packages were installed to the end.
const INSTALLED: &str = "installed-lock.json";

/// Installs the peers where they are not yet, and gives the folder in which they lie.
///
/// # Errors
/// When Node or npm is missing or too old, or the registry or a compiler is out of reach.
pub(crate) fn install() -> Result<PathBuf> {
    let node = said("node", "--version")?;
    said("npm", "--version")?;
    if major(&node).is_none_or(|major| major < OLDEST_NODE) {
        bail!("node {node} is here, and they need {OLDEST_NODE} or newer");
    }
    let from = compile::root().join("tests/peers");
    let folder = compile::target_dir()?.join("peers");
    copy_files(&from, &folder)?;
    let lock = std::fs::read(folder.join("package-lock.json")).context("the lock file is missing")?;
    let installed = folder.join(INSTALLED);
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) {
        return Ok(folder);
    }
    eprintln!("installing the peers' packages …");
    let done = Command::new("npm")
        .args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .stdin(Stdio::null())
        // What the bench prints to standard output is JSON.
        .stdout(std::io::stderr())
        .status()
        .context("npm could not be started")?;
    if !done.success() {
        bail!("npm could not install them: its message above says why");
    }
    std::fs::write(&installed, lock).with_context(|| format!("{} cannot be written", installed.display()))?;
    Ok(folder)
}

/// What a program answers to this argument.
fn said(program: &str, argument: &str) -> Result<String> {
    let answer =
        Command::new(program).arg(argument).output().with_context(|| format!("{program} is not here"))?;
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// 20 of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim_start_matches('v').split('.').next()?.parse().ok()
}

/// The scripts and the lists of packages; no folder below.
fn copy_files(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    for entry in std::fs::read_dir(from).with_context(|| format!("{} cannot be read", from.display()))? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let target = to.join(entry.file_name());
            std::fs::copy(entry.path(), &target)
                .with_context(|| format!("{} cannot be written", target.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_begins_with_its_major_number() {
        assert_eq!(major("v20.20.2"), Some(20));
        assert_eq!(major("24.0.0"), Some(24));
        assert_eq!(major(""), None);
    }
}
