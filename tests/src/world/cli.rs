//! The command line as a person or a script uses it.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result};
use serde::de::DeserializeOwned;
use tokio::process::Command;

/// No single command of ours takes longer, the longest being `submit` with its own limit of 120 s.
const COMMAND_WITHIN: Duration = Duration::from_secs(180);

/// A `miaopi` command line to be run.
pub struct Cli {
    command: Command,
    line: String,
    within: Duration,
}

/// What a finished command said.
#[derive(Debug)]
pub struct Finished {
    /// The exit status; −1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Cli {
    /// `miaopi` with these arguments.
    ///
    /// # Errors
    /// When the binary is not built.
    pub fn new<A: AsRef<str>>(arguments: &[A]) -> Result<Self> {
        Ok(Self::of(&super::miaopi()?, arguments))
    }

    /// The same for a binary elsewhere.
    pub fn of<A: AsRef<str>>(binary: &Path, arguments: &[A]) -> Self {
        let arguments: Vec<&str> = arguments.iter().map(AsRef::as_ref).collect();
        let mut command = Command::new(binary);
        command.args(&arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true);
        let line = format!("{} {}", binary.display(), arguments.join(" "));
        Self { command, line, within: COMMAND_WITHIN }
    }

    /// Runs in this folder: files that the command writes lie there.
    #[must_use]
    pub fn in_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.command.current_dir(folder.into());
        self
    }

    /// Sets a variable for it.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Lets it take longer, or less, than three minutes.
    #[must_use]
    pub fn within(mut self, within: Duration) -> Self {
        self.within = within;
        self
    }

    /// Runs it to its end; a status other than 0 is an answer, not an error.
    ///
    /// # Errors
    /// When it cannot be started or takes longer than three minutes, or than [`Cli::within`] says.
    pub async fn run(mut self) -> Result<Finished> {
        let running = self.command.spawn().with_context(|| format!("{} did not start", self.line))?;
        let output = tokio::time::timeout(self.within, running.wait_with_output())
            .await
            .with_context(|| format!("{} did not end", self.line))?
            .with_context(|| format!("{} was lost", self.line))?;
        Ok(Finished {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }
}

impl Finished {
    /// Standard output read as one JSON value.
    ///
    /// # Errors
    /// When it is something else; the message shows what it said instead.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_str(&self.stdout)
            .with_context(|| format!("exit {}, not JSON: {}\n{}", self.code, self.stdout, self.stderr))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_status_and_both_outputs() {
        let script = ["-c", "echo '{\"a\": 1}'; echo why >&2; exit 3"];
        let finished = Cli::of(Path::new("/bin/sh"), &script).run().await.unwrap();
        assert_eq!((finished.code, finished.stderr.as_str()), (3, "why\n"));
        assert_eq!(finished.json::<serde_json::Value>().unwrap()["a"], 1);
    }

    #[tokio::test]
    async fn shows_what_was_said_instead_of_json() {
        let finished = Cli::of(Path::new("/bin/sh"), &["-c", "echo oops"]).run().await.unwrap();
        assert!(finished.json::<serde_json::Value>().unwrap_err().to_string().contains("oops"));
    }
}
