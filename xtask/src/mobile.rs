//! The advisor's app as an app of its own (`mobile/`): the same files of the screens as in the browser, put where tauri
//! takes them into the program, and then the program for this system.
//!
//! It is built by itself, never together with the server: its SQLite encrypts, and in one build both would get the same.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

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

/// The phones whose standard library rustup delivers, so that our Rust can be checked without their tools.
const PHONES: [&str; 2] = ["aarch64-linux-android", "aarch64-apple-ios"];

/// Checks our Rust for the phones. The C below it (SQLite, OpenSSL) and their linkers come with the phones' own tools: a
/// stand-in takes the place of its compiler, so what this says is about Rust alone.
///
/// # Errors
/// When something does not compile.
pub(crate) fn check_for_phones() -> Result<()> {
    let libraries = PathBuf::from(format!("/usr/lib/{}-linux-gnu", std::env::consts::ARCH));
    if !libraries.join("libcrypto.so").exists() {
        println!(
            "NOT CHECKED: only on a Debian with libssl-dev is there a stand-in for the phones' C compilers."
        );
        return Ok(());
    }
    let stand_in = compile::root().join("xtask/stand-in");
    for phone in PHONES {
        compile::fetch_standard_library(phone);
        let name = phone.replace('-', "_");
        let mut check = compile::cargo()?;
        check.args(["check", "--locked", "--lib", "--target", phone]).args(compile::MOBILE);
        for (tool, program) in [("CC", "cc"), ("CXX", "cc"), ("AR", "ar"), ("RANLIB", "ar")] {
            check.env(format!("{tool}_{name}"), stand_in.join(program));
        }
        check.env("OPENSSL_NO_VENDOR", "1").env("OPENSSL_INCLUDE_DIR", "/usr/include");
        check.env("OPENSSL_LIB_DIR", &libraries).env("SDKROOT", &stand_in);
        if !check.status().context("cargo could not be started")?.success() {
            bail!("it does not compile for {phone}: cargo's messages above say why");
        }
    }
    Ok(())
}
