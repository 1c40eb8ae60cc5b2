//! The advisor's app as an app of its own (`mobile/`): the same files of the screens as in the browser, put where tauri
//! takes them into the program, and then the program for this system.
//!
//! It is built by itself, never together with the server: its SQLite encrypts, and in one build both would get the same.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::binaries::{self, Part, Profile};
use crate::{app, compile, outside};

/// Where tauri finds what the window shows (`mobile/tauri.conf.json`).
const SCREENS: &str = "mobile/dist";
/// The newest of the line that tauri 2 belongs to.
const DRIVER_VERSION: &str = "2.1.0";

/// What was built.
pub(crate) struct Mobile {
    /// The program with its window.
    pub(crate) program: PathBuf,
    /// The tests of its own.
    pub(crate) tests: Vec<binaries::TestBinary>,
}

/// Puts the screens where tauri finds them.
///
/// # Errors
/// When they cannot be written.
pub(crate) fn lay_out_screens(screens: &app::Built) -> Result<()> {
    app::screens_alone(screens, &compile::root().join(SCREENS))
}

/// What drives its window in tests.
///
/// # Errors
/// When it is not there and cannot be installed.
pub(crate) fn driver() -> Result<PathBuf> {
    outside::cargo_tool("tauri-driver", DRIVER_VERSION)
}

/// Builds the program around the screens that were built for the browser.
///
/// # Errors
/// When it does not build.
pub(crate) fn build(screens: &app::Built, profile: Profile) -> Result<Mobile> {
    lay_out_screens(screens)?;
    let built = binaries::compile(Part::Mobile, profile)?;
    let program = built.program("miaopi-advisor").context("cargo built no `miaopi-advisor`")?;
    Ok(Mobile { program, tests: built.tests })
}
