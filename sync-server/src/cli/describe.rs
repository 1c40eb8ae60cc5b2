//! `miaopi openapi`.

use std::{io::Write, process::ExitCode};

/// Prints the API's description as JSON.
pub(super) fn openapi() -> anyhow::Result<ExitCode> {
    writeln!(std::io::stdout(), "{}", crate::router::openapi().to_pretty_json()?)?;
    Ok(ExitCode::SUCCESS)
}
