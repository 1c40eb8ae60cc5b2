//! Tools that judge our contracts and are no system packages: pyHanko, in a Python environment of its own beside the
//! build folder.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::compile;

/// The versions that the tests were written for.
const PYHANKO: [&str; 2] = ["pyhanko==0.38.0", "pyhanko-cli==0.6.0"];

/// The Python that has pyHanko; installed on the first call.
///
/// # Errors
/// When there is no Python with `venv`, or the package index cannot be reached.
pub(crate) fn pyhanko_python() -> Result<PathBuf> {
    let target = compile::target_dir()?;
    let folder = target.parent().unwrap_or(Path::new(".")).join("tools").join(PYHANKO[0].replace("==", "-"));
    let python = folder.join("bin/python3");
    if has_pyhanko(&python) {
        return Ok(python);
    }
    println!("installing {} (once)", PYHANKO.join(" and "));
    // A half-made environment of an earlier try is in the way.
    let _ = std::fs::remove_dir_all(&folder);
    let steps: [(&Path, Vec<&str>); 2] = [
        (
            Path::new("python3"),
            vec!["-m", "venv", folder.to_str().context("the tools' folder has no UTF-8 name")?],
        ),
        (
            &python,
            [&["-m", "pip", "install", "--quiet", "--disable-pip-version-check"][..], &PYHANKO].concat(),
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
    if !has_pyhanko(&python) {
        bail!("pyHanko was installed into {} and does not start", folder.display());
    }
    Ok(python)
}

fn has_pyhanko(python: &Path) -> bool {
    let mut ask = Command::new(python);
    ask.args(["-m", "pyhanko", "--version"]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    ask.status().is_ok_and(|status| status.success())
}
