//! The world around a test: a real server process on a folder of its own, the command line, conditions to wait for.

mod cli;
mod customer;
mod desk;
mod hurry;
mod interrupt;
mod lab;
mod server;
mod small_disk;
mod submit;
mod wait;
mod wire;

pub use cli::{Cli, Finished};
pub use customer::{Answer, Customer, Who};
pub use desk::Desk;
pub use hurry::{demo_offer, in_a_hurry};
pub use interrupt::{Interrupt, fill_up};
pub use lab::{Effect, Lab, Sms};
pub use server::{Account, Link, Server, Start};
pub use small_disk::SmallDisk;
pub use submit::{Contract, Decision, ProblemLine, Step, SubmitReport, Submitted};
pub use wait::{PATIENCE, wait_until};
pub use wire::Wire;

use std::path::PathBuf;
use std::sync::Once;

use anyhow::{Context, Result, bail};

/// The server's binary: `$MIAOPI_BIN`, else the one built beside this test.
///
/// # Errors
/// When neither is there.
pub fn miaopi() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("MIAOPI_BIN") {
        return Ok(PathBuf::from(named));
    }
    let here = std::env::current_exe().context("a test does not know its own path")?;
    // A test lies in `<build folder>/debug/deps`, the server in `<build folder>/debug`.
    for folder in here.ancestors().skip(1).take(2) {
        let built = folder.join("miaopi");
        if built.is_file() {
            return Ok(built);
        }
    }
    bail!("the server is not built: run `cargo xtask test`, or set MIAOPI_BIN to the binary")
}

/// A file of the checkout by its path from the root, such as `assets/cards/sample-1.jpg`.
pub fn in_checkout(path: &str) -> PathBuf {
    // As cargo says now, not as it said when this was compiled: several checkouts may share one build folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    PathBuf::from(here).join("..").join(path)
}

/// An HTTP client that follows no redirects, so that a test sees them.
///
/// # Errors
/// When the TLS library cannot be set up.
pub fn http() -> Result<reqwest::Client> {
    static TLS: Once = Once::new();
    TLS.call_once(|| {
        // Another test of this process may have chosen one already: any is fine.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE);
    client.build().context("no HTTP client")
}
