//! Log lines on standard error.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::config::{Config, LogFormat};

/// Begins to write log lines as `config` says.
///
/// # Errors
/// When the filter cannot be read.
pub(super) fn start(config: &Config) -> anyhow::Result<()> {
    let filter = filter(&config.log)?;
    let colours = std::io::stderr().is_terminal();
    let lines =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colours);
    // A second start in one process keeps the first one's lines.
    let _ = match config.log_format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    Ok(())
}

/// What is logged: as set, but never the lines of libraries that would write addresses or what a page shows.
pub(crate) fn filter(wanted: &str) -> anyhow::Result<EnvFilter> {
    let quiet = ["tower_http=warn", "dioxus_core=warn", "hyper=warn", "reqwest=warn"];
    EnvFilter::try_new([wanted, &quiet.join(",")].join(","))
        .map_err(|error| anyhow::anyhow!("the setting `log` cannot be used: {error}"))
}

/// A panic's message may quote what it stumbled over, e.g. a name: only the place is written.
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, ToString::to_string);
        if tracing::dispatcher::has_been_set() {
            tracing::error!(place, "panicked");
        } else {
            eprintln!("miaopi: panicked at {place}");
        }
    }));
}
