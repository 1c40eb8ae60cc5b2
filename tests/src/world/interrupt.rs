//! Interferes with a running server's calls of the kernel: kills it at the n-th, or makes each fail.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A `strace` that is attached to a server. Dropping it lets the server go on undisturbed.
pub struct Interrupt {
    child: Child,
    _said: BufReader<ChildStderr>,
}

impl Interrupt {
    /// Kills the process (SIGKILL) as soon as one of its threads begins its `nth` call of `call`, from now on.
    ///
    /// # Errors
    /// When strace is missing or may not attach.
    pub fn kill_at(pid: u32, call: &str, nth: u32) -> Result<Self> {
        Self::attach(pid, call, Some(&format!("inject={call}:signal=KILL:when={nth}")), None)
    }

    /// Makes each of these calls (names with commas) fail with `error`, e.g. `ENOSPC`, without doing anything.
    ///
    /// # Errors
    /// As [`Interrupt::kill_at`].
    pub fn fail(pid: u32, calls: &str, error: &str) -> Result<Self> {
        Self::attach(pid, calls, Some(&format!("inject={calls}:error={error}")), None)
    }

    /// Writes each of these calls as a line into `file`, the thread's number first.
    ///
    /// # Errors
    /// As [`Interrupt::kill_at`].
    pub fn watch(pid: u32, calls: &str, file: &Path) -> Result<Self> {
        Self::attach(pid, calls, None, Some(file))
    }

    fn attach(pid: u32, calls: &str, inject: Option<&str>, file: Option<&Path>) -> Result<Self> {
        let mut command = Command::new("strace");
        command.args(["-f", "-p", &pid.to_string(), "-e", &format!("trace={calls}")]);
        command.args(inject.map(|inject| ["-e", inject]).into_iter().flatten());
        command.arg("-o").arg(file.unwrap_or(Path::new("/dev/null")));
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .context("strace is missing: cargo xtask test installs it")?;
        let mut said = BufReader::new(child.stderr.take().context("strace has no output")?);
        let mut line = String::new();
        said.read_line(&mut line).context("strace said nothing")?;
        if !line.contains("attached") {
            let _ = child.wait();
            bail!("strace does not attach to the server: {}", line.trim());
        }
        Ok(Self { child, _said: said })
    }
}

impl Drop for Interrupt {
    fn drop(&mut self) {
        // Told to end, it lets go of every thread first.
        if let Some(pid) = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process(pid, Signal::TERM);
        }
        let _ = self.child.wait();
    }
}

/// Fills the file system that holds `file` to the last byte.
///
/// # Errors
/// When it cannot be written for another reason than a lack of room.
pub fn fill_up(file: &Path) -> Result<()> {
    use std::io::Write;
    let mut filler = File::create(file)?;
    for size in [64 * 1024, 4 * 1024, 512, 1] {
        let block = vec![7; size];
        loop {
            match filler.write_all(&block) {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::StorageFull => break,
                Err(error) => return Err(error.into()),
            }
        }
    }
    Ok(())
}
