//! The demo as a child process: start it, wait until it is ready, hand in the sample case, ask for a fresh link, stop.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use serde_json::Value;

/// First start makes keys and fills the demo; a slow machine needs a while.
const READY_WITHIN: Duration = Duration::from_secs(120);
/// Requests under way may finish before the server is ended by force.
const STOP_WITHIN: Duration = Duration::from_secs(15);
/// How often a condition is looked at again.
const TICK: Duration = Duration::from_millis(50);
/// Lines of the server's log shown when it did not start.
const LOG_LINES: usize = 20;

/// A running `miaopi serve --demo`.
pub(crate) struct Demo {
    server: PathBuf,
    child: Child,
    log: PathBuf,
    ready: Value,
    local: String,
}

/// Where and how the demo listens.
pub(crate) struct Listen<'a> {
    /// `127.0.0.1:8080`.
    pub(crate) address: &'a str,
    /// The address that customers see, where it differs.
    pub(crate) public_url: Option<&'a str>,
}

/// An account of the demo.
pub(crate) struct Account {
    pub(crate) role: String,
    pub(crate) user: String,
    pub(crate) password: String,
}

impl Demo {
    /// Starts the server on an empty or earlier data folder and waits for its `demo.json`.
    ///
    /// # Errors
    /// When it ends or is not ready in time (the last lines of its log are part of the message), or `stop_asked`.
    pub(crate) fn start(
        server: &Path,
        data: &Path,
        listen: &Listen,
        stop_asked: &AtomicBool,
    ) -> Result<Self> {
        std::fs::create_dir_all(data).with_context(|| format!("{} could not be made", data.display()))?;
        let ready_file = data.join("demo.json");
        if ready_file.exists() {
            std::fs::remove_file(&ready_file).context("an earlier demo.json could not be removed")?;
        }
        let log = data.join("server.log");
        let output = File::create(&log).with_context(|| format!("{} could not be written", log.display()))?;
        let mut command = Command::new(server);
        command.args(["serve", "--demo", "--addr", listen.address, "--data"]).arg(data);
        if let Some(url) = listen.public_url {
            command.args(["--public-url", url]);
        }
        let child = in_its_own_group(&mut command)
            .stdin(Stdio::null())
            .stdout(output.try_clone().context("the log could not be shared")?)
            .stderr(output)
            .spawn()
            .with_context(|| format!("{} could not be started", server.display()))?;
        let port = listen.address.rsplit(':').next().unwrap_or("80");
        let local = format!("http://127.0.0.1:{port}");
        let mut demo = Self { server: server.to_path_buf(), child, log, ready: Value::Null, local };
        demo.ready = demo.wait_until_ready(&ready_file, stop_asked)?;
        Ok(demo)
    }

    /// Where the server's own words go.
    pub(crate) fn log(&self) -> &Path {
        &self.log
    }

    /// The front door as people outside see it.
    pub(crate) fn url(&self) -> Result<&str> {
        self.said("url")
    }

    /// Who may sign in on the staff pages.
    pub(crate) fn accounts(&self) -> Vec<Account> {
        let text = |account: &Value, key: &str| account[key].as_str().unwrap_or_default().to_owned();
        let list = self.ready["accounts"].as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter()
            .map(|account| Account {
                role: text(account, "role"),
                user: text(account, "user"),
                password: text(account, "password"),
            })
            .collect()
    }

    /// Hands in the sample card over HTTP as a customer would and follows the case to its end.
    ///
    /// # Errors
    /// When `miaopi submit` prints no report. A case that was not signed is a report, not an error.
    pub(crate) fn submit_sample(&self, photo: &Path, id_number: &str, into: &Path) -> Result<Value> {
        let link = self.reachable(self.said("customer_link")?);
        let submitted = Command::new(&self.server)
            .args(["submit", "--link", &link, "--id-number", id_number, "--photo"])
            .arg(photo)
            .args(["--accept", "--lab", self.said("lab_url")?, "--json"])
            .current_dir(into)
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("miaopi submit could not be started")?;
        serde_json::from_slice(&submitted.stdout)
            .with_context(|| format!("miaopi submit ended with {} and printed no report", submitted.status))
    }

    /// A customer link that nobody has used yet.
    ///
    /// # Errors
    /// When the server refuses to make one.
    pub(crate) fn fresh_link(&self) -> Result<String> {
        let made = Command::new(&self.server)
            .args(["link", "--server", &self.local, "--key", self.said("api_key")?, "--json"])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .context("miaopi link could not be started")?;
        let link: Value = serde_json::from_slice(&made.stdout)
            .with_context(|| format!("miaopi link ended with {} and printed no link", made.status))?;
        link["url"].as_str().map(str::to_owned).context("miaopi link printed no url")
    }

    /// True while the server runs.
    pub(crate) fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Asks the server to finish and waits for it; ends it by force when it does not.
    pub(crate) fn stop(&mut self) {
        if let (true, Some(id)) = (self.is_running(), group(&self.child)) {
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
            let deadline = Instant::now() + STOP_WITHIN;
            while self.is_running() && Instant::now() < deadline {
                std::thread::sleep(TICK);
            }
        }
        // Whatever it started (the partner lab) goes with it.
        if let Some(id) = group(&self.child) {
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
        let _ = self.child.wait();
    }

    fn wait_until_ready(&mut self, ready_file: &Path, stop_asked: &AtomicBool) -> Result<Value> {
        let deadline = Instant::now() + READY_WITHIN;
        loop {
            let ready = std::fs::read(ready_file).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
            if let Some(ready) = ready {
                return Ok(ready);
            }
            if let Ok(Some(status)) = self.child.try_wait() {
                return Err(
                    self.did_not_start(&format!("the server ended with {status} before it was ready"))
                );
            }
            if stop_asked.load(Ordering::Relaxed) {
                bail!("stopped before the server was ready");
            }
            if Instant::now() > deadline {
                let wait = READY_WITHIN.as_secs();
                return Err(self.did_not_start(&format!("the server was not ready within {wait} s")));
            }
            std::thread::sleep(TICK);
        }
    }

    fn did_not_start(&self, what: &str) -> anyhow::Error {
        let log = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = log.lines().collect();
        let last = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        anyhow!("{what}. The end of {}:\n{last}", self.log.display())
    }

    fn said(&self, key: &str) -> Result<&str> {
        match self.ready[key].as_str() {
            Some(value) => Ok(value),
            None => bail!("the server's demo.json has no `{key}`"),
        }
    }

    /// A link by the address this machine surely reaches: the public one may be known to the proxy in front only.
    fn reachable(&self, link: &str) -> String {
        match link.find("/c/") {
            Some(path) => format!("{}{}", self.local, &link[path..]),
            None => link.to_owned(),
        }
    }
}

impl Drop for Demo {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ctrl-C in the terminal reaches the whole foreground group; the server is to be stopped by us, once, politely.
fn in_its_own_group(command: &mut Command) -> &mut Command {
    use std::os::unix::process::CommandExt;
    command.process_group(0)
}

fn group(child: &Child) -> Option<rustix::process::Pid> {
    rustix::process::Pid::from_raw(i32::try_from(child.id()).ok()?)
}
