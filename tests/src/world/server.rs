//! A real `miaopi serve` in its own process, on a folder and a port of its own, gone when the test ends.

use std::fs::File;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, OpenFlags};
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use serde::Deserialize;
use tempfile::TempDir;

use super::cli::Cli;
use super::submit::Submitted;
use super::wait::{PATIENCE, wait_until};

/// How a server is to be started.
#[derive(Clone, Debug, Default)]
pub struct Start {
    demo: bool,
    binary: Option<PathBuf>,
    data: Option<PathBuf>,
    under: Vec<String>,
    arguments: Vec<String>,
    variables: Vec<(String, String)>,
}

/// A running server. Dropping it kills it together with all it started.
pub struct Server {
    /// The front door, without a slash at the end.
    pub url: String,
    /// The key that makes links; empty without `--demo`.
    pub api_key: String,
    /// The ready-made customer link; empty without `--demo`.
    pub customer_link: String,
    /// The partner lab; empty without `--demo`.
    pub lab_url: String,
    /// Staff accounts; none without `--demo`.
    pub accounts: Vec<Account>,
    start: Start,
    home: TempDir,
    child: Child,
}

/// A staff account of the demo.
#[derive(Clone, Debug, Deserialize)]
pub struct Account {
    /// The role's name.
    pub role: String,
    /// Signs in with this.
    pub user: String,
    /// And this.
    pub password: String,
}

/// A customer link just made.
#[derive(Clone, Debug, Deserialize)]
pub struct Link {
    /// The page.
    pub url: String,
    /// Its id, for taking it back.
    #[serde(default)]
    pub link: String,
    /// The case behind it.
    pub case: String,
    /// When it stops working, RFC 3339.
    pub expires_at: String,
    /// The bare token, where the server gives it.
    #[serde(default)]
    pub token: Option<String>,
}

/// The file that `serve --demo` writes once it is ready.
#[derive(Deserialize)]
struct Ready {
    url: String,
    api_key: String,
    customer_link: String,
    lab_url: String,
    accounts: Vec<Account>,
}

impl Start {
    /// `serve --demo`.
    pub fn demo() -> Self {
        Self { demo: true, ..Self::default() }
    }

    /// `serve`, empty, as in production.
    pub fn production() -> Self {
        Self::default()
    }

    /// Another argument for `serve`.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// A variable for the server.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts it under another program, such as `["strace", "-f", "-o", "/dev/null"]`.
    #[must_use]
    pub fn under(mut self, wrapper: &[&str]) -> Self {
        self.under = wrapper.iter().map(|part| (*part).to_owned()).collect();
        self
    }

    /// Keeps the data in this folder, instead of one that goes away with the server.
    #[must_use]
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// Another binary than the built one.
    #[must_use]
    pub fn binary(mut self, binary: impl Into<PathBuf>) -> Self {
        self.binary = Some(binary.into());
        self
    }

    /// Starts it and waits until it serves.
    ///
    /// # Errors
    /// When it ends early or is not ready within [`PATIENCE`]; its log is part of the message.
    pub async fn start(self) -> Result<Server> {
        let home =
            tempfile::Builder::new().prefix("miaopi-test-").tempdir().context("no temporary folder")?;
        // A demo tells its port; otherwise we have to know it beforehand.
        let port = if self.demo { 0 } else { free_port()? };
        let child = spawn(&self, home.path(), port)?;
        let mut server = Server {
            url: format!("http://127.0.0.1:{port}"),
            api_key: String::new(),
            customer_link: String::new(),
            lab_url: String::new(),
            accounts: Vec::new(),
            start: self,
            home,
            child,
        };
        server.wait_until_ready().await?;
        Ok(server)
    }
}

impl Server {
    /// A demo with everything as it comes.
    ///
    /// # Errors
    /// As [`Start::start`].
    pub async fn start_demo() -> Result<Self> {
        Start::demo().start().await
    }

    /// A production server with these arguments besides folder and address.
    ///
    /// # Errors
    /// As [`Start::start`].
    pub async fn start(arguments: &[&str]) -> Result<Self> {
        arguments.iter().fold(Start::production(), |start, argument| start.arg(argument)).start().await
    }

    /// The demo's account with this role.
    ///
    /// # Errors
    /// When there is none.
    pub fn account(&self, role: &str) -> Result<&Account> {
        self.accounts
            .iter()
            .find(|account| account.role == role)
            .with_context(|| format!("there is no {role}"))
    }

    /// One number from the database.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn count(&self, sql: &str) -> Result<u32> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY;
        let conn = Connection::open_with_flags(self.data().join("miaopi.db"), flags)?;
        Ok(conn.query_row(sql, [], |row| row.get(0))?)
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.start.data_in(self.home.path())
    }

    /// Everything the server has written to standard output and error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(log_in(self.home.path())).unwrap_or_default()
    }

    /// Whether the process has not ended.
    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// The process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Makes a customer link over HTTP with the API key; `offer` is the body of `POST /api/v1/links`.
    ///
    /// # Errors
    /// When the server refuses; the message shows its answer.
    pub async fn new_link(&self, offer: &serde_json::Value) -> Result<Link> {
        let url = format!("{}/api/v1/links", self.url);
        let answer = super::http()?.post(url).bearer_auth(&self.api_key).json(offer).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            bail!("no link: {status} {text}");
        }
        serde_json::from_str(&text).with_context(|| format!("not a link: {text}"))
    }

    /// `miaopi submit` on this link, with the lab's inbox for the code and JSON asked for; `arguments` say the rest.
    ///
    /// # Errors
    /// When the command cannot run. A case that was not signed is an answer, not an error.
    pub async fn submit(&self, link: &str, arguments: &[&str]) -> Result<Submitted> {
        let given = ["submit", "--link", link, "--lab", &self.lab_url, "--json"];
        let line: Vec<&str> = given.into_iter().chain(arguments.iter().copied()).collect();
        Ok(Submitted::from(self.cli(&line)?.run().await?))
    }

    /// A command line of this server's own binary, run in a folder that goes away with the server.
    ///
    /// # Errors
    /// When the binary is not built.
    pub fn cli(&self, arguments: &[&str]) -> Result<Cli> {
        Ok(Cli::of(&self.start.path()?, arguments).in_folder(self.home.path()))
    }

    /// Asks the server to finish (SIGTERM) and gives the status it ended with.
    ///
    /// # Errors
    /// When it does not end within [`PATIENCE`].
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        let _ = kill_process(self.process()?, Signal::TERM);
        self.wait_for_end().await
    }

    /// `kill -9` on the server alone: what it started, the lab for one, lives on.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill_server(&mut self) -> Result<()> {
        let _ = kill_process(self.process()?, Signal::KILL);
        self.wait_for_end().await.map(|_| ())
    }

    /// Waits until the server has ended by itself, for instance by an injected fault.
    ///
    /// # Errors
    /// When it still runs after [`PATIENCE`].
    pub async fn wait_for_end(&mut self) -> Result<ExitStatus> {
        let child = &mut self.child;
        wait_until("the server to end", PATIENCE, async || child.try_wait().ok().flatten()).await
    }

    /// Starts the server again on the same data and the same port, after it has ended.
    ///
    /// # Errors
    /// As [`Start::start`].
    pub async fn restart(&mut self) -> Result<()> {
        self.restart_as(self.start.clone()).await
    }

    /// As [`Server::restart`], in another way: without the wrapper that killed it, say.
    ///
    /// # Errors
    /// As [`Start::start`].
    pub async fn restart_as(&mut self, start: Start) -> Result<()> {
        self.end_all();
        let port =
            self.url.rsplit(':').next().and_then(|port| port.parse().ok()).context("the url has no port")?;
        let _ = std::fs::remove_file(self.data().join("demo.json"));
        self.start = start;
        self.child = spawn(&self.start, self.home.path(), port)?;
        self.wait_until_ready().await
    }

    async fn wait_until_ready(&mut self) -> Result<()> {
        let ready_file = self.data().join("demo.json");
        let (demo, url, http) = (self.start.demo, format!("{}/readyz", self.url), super::http()?);
        let child = &mut self.child;
        let ended_or_ready = wait_until("the server to be ready", PATIENCE, async || {
            if let Ok(Some(status)) = child.try_wait() {
                return Some(Err(status));
            }
            if demo {
                let text = std::fs::read(&ready_file).ok()?;
                return serde_json::from_slice::<Ready>(&text).ok().map(|ready| Ok(Some(ready)));
            }
            http.get(&url).send().await.is_ok_and(|answer| answer.status().is_success()).then_some(Ok(None))
        })
        .await;
        match ended_or_ready {
            Err(late) => bail!("{late}. Its log:\n{}", self.log()),
            Ok(Err(status)) => {
                bail!("the server ended with {status} before it was ready. Its log:\n{}", self.log())
            }
            Ok(Ok(None)) => Ok(()),
            Ok(Ok(Some(ready))) => {
                self.url = ready.url.trim_end_matches('/').to_owned();
                self.api_key = ready.api_key;
                self.customer_link = ready.customer_link;
                self.lab_url = ready.lab_url;
                self.accounts = ready.accounts;
                Ok(())
            }
        }
    }

    fn process(&self) -> Result<Pid> {
        Pid::from_raw(i32::try_from(self.child.id())?).context("the server has no process id")
    }

    /// Kills the server and all that it started: they share a process group.
    fn end_all(&mut self) {
        if let Ok(group) = self.process() {
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end_all();
        if std::thread::panicking() {
            eprintln!("the server's log:\n{}", self.log());
        }
    }
}

impl Start {
    fn path(&self) -> Result<PathBuf> {
        self.binary.clone().map_or_else(super::miaopi, Ok)
    }

    fn data_in(&self, home: &Path) -> PathBuf {
        self.data.clone().unwrap_or_else(|| home.join("data"))
    }
}

fn spawn(start: &Start, home: &Path, port: u16) -> Result<Child> {
    let data = start.data_in(home);
    std::fs::create_dir_all(&data).context("no data folder")?;
    let log = File::options().create(true).append(true).open(log_in(home)).context("no log file")?;
    let binary = start.path()?;
    let mut command = match start.under.split_first() {
        Some((wrapper, arguments)) => {
            let mut command = Command::new(wrapper);
            command.args(arguments).arg(&binary);
            command
        }
        None => Command::new(&binary),
    };
    command.arg("serve").args(start.demo.then_some("--demo")).arg("--data").arg(&data);
    command.args(["--addr", &format!("127.0.0.1:{port}")]).args(&start.arguments);
    // Decisions take effect at once, unless a test is about taking them back.
    command.env("MIAOPI_UNDO_SECONDS", "0");
    command.envs(start.variables.iter().map(|(name, value)| (name, value)));
    command.process_group(0).stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
    command.spawn().with_context(|| format!("{} did not start", binary.display()))
}

fn log_in(home: &Path) -> PathBuf {
    home.join("server.log")
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").context("no free port")?.local_addr()?.port())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// A stand-in that behaves as `serve --demo` does towards the outside, with a child process of its own.
    fn stand_in(folder: &Path, body: &str) -> PathBuf {
        let path = folder.join("stand-in");
        std::fs::write(&path, format!("#!/bin/sh\n{body}\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    const READY: &str = r#"
        echo "started with $*"
        cat > "$4/half" <<END
{"url": "http://127.0.0.1:5001/", "api_key": "k", "customer_link": "http://127.0.0.1:5001/c/t", "lab_url": "http://l",
 "accounts": [{"role": "reviewer", "user": "r", "password": "p"}]}
END
        sleep 600 & echo $! > "$4/lab.pid"
        mv "$4/half" "$4/demo.json"
        wait"#;

    fn lives(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
        // A zombie that nobody has reaped yet is as dead as it gets.
        stat.rsplit(')')
            .next()
            .is_some_and(|rest| !rest.trim().is_empty() && !rest.trim_start().starts_with('Z'))
    }

    #[tokio::test]
    async fn a_demo_tells_where_it_is_and_takes_its_children_along() {
        let folder = tempfile::tempdir().unwrap();
        let server = Start::demo().binary(stand_in(folder.path(), READY)).start().await.unwrap();
        assert_eq!(
            (server.url.as_str(), server.accounts[0].role.as_str()),
            ("http://127.0.0.1:5001", "reviewer")
        );
        assert!(server.log().contains("started with serve --demo --data"), "{}", server.log());
        let lab = std::fs::read_to_string(server.data().join("lab.pid")).unwrap();
        assert!(lives(&lab));
        drop(server);
        wait_until("the lab to be gone", PATIENCE, async || (!lives(&lab)).then_some(())).await.unwrap();
    }

    #[tokio::test]
    async fn a_restart_keeps_folder_and_port() {
        let folder = tempfile::tempdir().unwrap();
        let mut server = Start::demo().binary(stand_in(folder.path(), READY)).start().await.unwrap();
        let data = server.data();
        server.kill_server().await.unwrap();
        server.restart().await.unwrap();
        assert_eq!(server.data(), data);
        assert!(server.log().contains("--addr 127.0.0.1:5001"), "{}", server.log());
    }

    #[tokio::test]
    async fn an_early_end_is_told_with_the_log() {
        let folder = tempfile::tempdir().unwrap();
        let binary = stand_in(folder.path(), "echo the cupboard is bare; exit 7");
        let failed = Start::demo().binary(binary).start().await.err().unwrap().to_string();
        assert!(failed.contains("exit status: 7") && failed.contains("the cupboard is bare"), "{failed}");
    }
}
