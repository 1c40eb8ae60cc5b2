//! A partner lab in a process of its own: it outlives the servers that call it, and a test can break its partners and
//! ask what they did.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use super::server::Start;

/// A running `miaopi lab`. Dropping it ends it.
pub struct Lab {
    /// Where it listens, without a slash at the end.
    pub url: String,
    keys: Keys,
    home: TempDir,
    child: Child,
    _out: ChildStdout,
}

/// The file with the lab's keys.
#[derive(Deserialize)]
struct Keys {
    api_key: String,
    webhook_secret: String,
}

/// What was done under one idempotency key.
#[derive(Debug, Clone, Deserialize)]
pub struct Effect {
    /// The partner.
    pub partner: String,
    /// The key.
    pub key: String,
    /// Requests under this key, refused and failed ones included.
    pub requests: u32,
    /// How often something was done.
    pub effects: u32,
    /// Other keys under which the partner did something for the very same body.
    pub same_body_under_other_keys: u32,
}

/// A text message that the gateway took.
#[derive(Debug, Clone, Deserialize)]
pub struct Sms {
    /// Counts up.
    pub number: u64,
    /// `sign_code`, `reopen_code` or `notice`.
    pub purpose: String,
    /// The code in it.
    pub code: Option<String>,
}

#[derive(Deserialize)]
struct Done {
    keys: Vec<Effect>,
}

#[derive(Deserialize)]
struct Inbox {
    messages: Vec<Sms>,
}

impl Lab {
    /// Starts one whose healthy partners answer at once.
    ///
    /// # Errors
    /// When it does not start; its log is part of the message.
    pub fn start() -> Result<Self> {
        Self::playing(&[])
    }

    /// Starts one whose partners answer as they did in these recordings.
    ///
    /// # Errors
    /// As [`Lab::start`].
    pub fn playing(recordings: &[PathBuf]) -> Result<Self> {
        let home = tempfile::Builder::new().prefix("miaopi-lab-").tempdir().context("no temporary folder")?;
        let log = log_in(home.path());
        let mut child = Command::new(super::miaopi()?)
            .args(["lab", "--instant", "--addr", "127.0.0.1:0", "--data"])
            .arg(home.path())
            .args(recordings.iter().flat_map(|file| [Path::new("--replay"), file]))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log).context("no log file")?)
            .spawn()
            .context("the lab did not start")?;
        let mut out = BufReader::new(child.stdout.take().context("the lab has no output")?);
        let mut line = String::new();
        out.read_line(&mut line).context("the lab said nothing")?;
        let url = line.split_whitespace().last().filter(|word| word.starts_with("http")).map(str::to_owned);
        let Some(url) = url else {
            bail!("the lab did not start: {}", std::fs::read_to_string(log).unwrap_or_default())
        };
        let keys = serde_json::from_slice(&std::fs::read(home.path().join("lab.json"))?)?;
        Ok(Self { url, keys, home, child, _out: out.into_inner() })
    }

    /// A server that asks this lab's partners.
    #[must_use]
    pub fn serves(&self, start: Start) -> Start {
        self.serves_over(&self.url, start)
    }

    /// A server that asks this lab's partners at another address, which passes everything on.
    #[must_use]
    pub fn serves_over(&self, url: &str, start: Start) -> Start {
        let table = format!("[lab]\nurl = \"{url}\"\napi_key = \"{}\"\n", self.keys.api_key);
        start.env("MIAOPI_PARTNERS", &table).env("MIAOPI_WEBHOOK_SECRET", &self.keys.webhook_secret)
    }

    /// Breaks a partner (`realname`, `funders`, `funders/KEY`, …); `faults` as the lab's page describes them.
    ///
    /// # Errors
    /// When the lab refuses.
    pub async fn set_faults(&self, partner: &str, faults: &Value) -> Result<()> {
        let url = format!("{}/control/{partner}", self.url);
        let answer = super::http()?.put(url).json(faults).send().await?;
        let (status, text) = (answer.status(), answer.text().await?);
        if status != StatusCode::OK {
            bail!("the lab sets no faults for {partner}: {status} {text}");
        }
        Ok(())
    }

    /// Healthy partners, an empty inbox, nothing done.
    ///
    /// # Errors
    /// When the lab does not answer.
    pub async fn reset(&self) -> Result<()> {
        let url = format!("{}/control/reset", self.url);
        super::http()?.post(url).send().await?.error_for_status()?;
        Ok(())
    }

    /// What was done since the last reset.
    ///
    /// # Errors
    /// When the lab does not answer.
    pub async fn effects(&self) -> Result<Vec<Effect>> {
        let url = format!("{}/control/effects", self.url);
        let done: Done = super::http()?.get(url).send().await?.error_for_status()?.json().await?;
        Ok(done.keys)
    }

    /// The messages that came to a phone, newest first.
    ///
    /// # Errors
    /// When the lab does not answer.
    pub async fn inbox(&self, phone: &str) -> Result<Vec<Sms>> {
        inbox(&self.url, phone).await
    }

    /// Writes the authorities' root into a file and gives its path.
    ///
    /// # Errors
    /// When the lab does not answer.
    pub async fn root(&self) -> Result<PathBuf> {
        let url = format!("{}/ca/root.pem", self.url);
        let pem = super::http()?.get(url).send().await?.error_for_status()?.bytes().await?;
        let path = self.home.path().join("root-for-verifiers.pem");
        std::fs::write(&path, pem)?;
        Ok(path)
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = std::fs::read_to_string(log_in(self.home.path())).unwrap_or_default();
            eprintln!("the lab's log:\n{log}");
        }
    }
}

/// The messages that came to a phone at this lab, newest first.
pub(super) async fn inbox(lab_url: &str, phone: &str) -> Result<Vec<Sms>> {
    let request = super::http()?.get(format!("{lab_url}/inbox.json?phone={phone}"));
    let inbox: Inbox = request.send().await?.error_for_status()?.json().await?;
    Ok(inbox.messages)
}

fn log_in(home: &Path) -> PathBuf {
    home.join("lab.log")
}
