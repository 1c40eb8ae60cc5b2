//! Tools that judge our work and are no system packages: pyHanko for contracts, Schemathesis for the API. Each has a
//! Python environment of its own beside the build folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::compile;

/// A Python environment: the versions that the tests were written for, and what shows that they are there.
struct Tool {
    packages: [&'static str; 2],
    /// What asks it for its version.
    version: &'static [&'static str],
}

const PYHANKO: Tool =
    Tool { packages: ["pyhanko==0.38.0", "pyhanko-cli==0.6.0"], version: &["-m", "pyhanko", "--version"] };
/// Hypothesis makes the requests: with another version, the same seed makes others.
const SCHEMATHESIS: Tool = Tool {
    packages: ["schemathesis==4.32.5", "hypothesis==6.170.17"],
    version: &["-m", "schemathesis.cli", "--version"],
};

/// The Pythons that the tests start.
#[derive(Clone)]
pub(crate) struct Pythons {
    /// Has pyHanko.
    pub(crate) pyhanko: PathBuf,
    /// Has Schemathesis.
    pub(crate) schemathesis: PathBuf,
}

/// The tools, installed on the first call.
///
/// # Errors
/// When there is no Python with `venv`, or the package index cannot be reached.
pub(crate) fn pythons() -> Result<Pythons> {
    Ok(Pythons { pyhanko: PYHANKO.python()?, schemathesis: SCHEMATHESIS.python()? })
}

impl Tool {
    fn python(&self) -> Result<PathBuf> {
        let target = compile::target_dir()?;
        let name = self.packages[0].replace("==", "-");
        let folder = target.parent().unwrap_or(Path::new(".")).join("tools").join(name);
        let python = folder.join("bin/python3");
        if self.is_in(&python) {
            return Ok(python);
        }
        println!("installing {} (once)", self.packages.join(" and "));
        // A half-made environment of an earlier try is in the way.
        let _ = std::fs::remove_dir_all(&folder);
        let steps: [(&Path, Vec<&str>); 2] = [
            (
                Path::new("python3"),
                vec!["-m", "venv", folder.to_str().context("the tools' folder has no UTF-8 name")?],
            ),
            (
                &python,
                [&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"][..], &self.packages]
                    .concat(),
            ),
        ];
        for (program, arguments) in steps {
            let status = Command::new(program).args(&arguments).stdin(Stdio::null()).status();
            if !status.is_ok_and(|status| status.success()) {
                bail!(
                    "`{} {}` failed: it needs Python 3 with venv and a package index",
                    program.display(),
                    arguments.join(" ")
                );
            }
        }
        if !self.is_in(&python) {
            bail!("{} was installed into {} and does not start", self.packages[0], folder.display());
        }
        Ok(python)
    }

    fn is_in(&self, python: &Path) -> bool {
        let mut ask = Command::new(python);
        ask.args(self.version).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        ask.status().is_ok_and(|status| status.success())
    }
}

/// A tool of cargo's registry in the right version, built once into the cache beside the build folder.
///
/// # Errors
/// When it cannot be installed.
pub(crate) fn cargo_tool(name: &str, version: &str) -> Result<PathBuf> {
    let target = compile::target_dir()?;
    let folder = target.parent().unwrap_or(Path::new(".")).join("tools").join(format!("{name}-{version}"));
    let tool = folder.join("bin").join(name);
    if !tool.exists() {
        println!("installing {name} {version} (once, some minutes)");
        let mut install = compile::cargo()?;
        install.args(["install", name, "--locked", "--version", version, "--root"]).arg(&folder);
        // Its own build folder, thrown away: it shares nothing with ours.
        install.env("CARGO_TARGET_DIR", folder.join("build")).env("CARGO_PROFILE_RELEASE_LTO", "off");
        let installed = install.stdin(Stdio::null()).status().context("cargo could not be started")?;
        if !installed.success() {
            bail!("{name} could not be installed: is the registry reachable?");
        }
        let _ = std::fs::remove_dir_all(folder.join("build"));
    }
    Ok(tool)
}
