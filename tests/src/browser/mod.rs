//! A headless Chromium as a customer's or an officer's browser: look, click, type, hand over files, and see what a
//! person would see. Every helper waits for its condition; none waits for time.

mod advisor;
mod axe;
mod customer;
mod emulate;
mod find;
mod launch;
mod look;
mod page;
mod pocket;
mod staff;
mod talk;
mod watch;
mod webkit;

pub use advisor::{Advisor, PIN, assert_nothing_reveals_the_customer, files_below, profile};
pub use axe::Violation;
pub use customer::{Customer, SAMPLE};
pub use emulate::{Line, PHONE, SMALL_PHONE, Screen, TABLET, WIDE};
pub use launch::Browser;
pub use look::Look;
pub use page::Page;
pub use pocket::{Desktop, Pocket};
pub use staff::staff;
pub use talk::Talk;
pub use watch::Watch;

use std::path::PathBuf;

/// Where screenshots go: `$MIAOPI_SHOTS`, else `screenshots` beside the test binaries.
pub fn screenshots() -> PathBuf {
    if let Some(named) = std::env::var_os("MIAOPI_SHOTS") {
        return PathBuf::from(named);
    }
    let here = std::env::current_exe().unwrap_or_default();
    here.ancestors().nth(2).map(PathBuf::from).unwrap_or_default().join("screenshots")
}
