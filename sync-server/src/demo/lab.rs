//! The partner lab as a child process: on its own free port, gone when the server goes.

use std::{path::Path, process::Stdio, time::Duration};

use anyhow::{Context, bail};
use serde_json::json;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    cli::lab::Keys,
    config::{Config, PartnerTable, Secret},
};

/// Seconds the lab may take to listen.
const READY_SECONDS: u64 = 30;
/// The lab's folder inside the data folder.
const FOLDER: &str = "lab";

/// The running lab. One that was started here ends when dropped.
pub struct Lab {
    /// Where it listens, e.g. `http://127.0.0.1:40123`.
    pub url: String,
    _child: Option<Child>,
}

impl Lab {
    /// Starts the lab and points `config`'s partners at it, unless partners are configured already; a lab that the
    /// settings name is taken as it is.
    ///
    /// Call from the main thread: the kernel ends the child when the *thread* that started it ends.
    ///
    /// # Errors
    /// When the program cannot be started again or does not listen in time.
    pub async fn start(config: &mut Config) -> anyhow::Result<Self> {
        if let Some(url) = config.partners.lab_url() {
            return Ok(Self { url: url.to_owned(), _child: None });
        }
        let folder = config.data.join(FOLDER);
        let mut child = command(&folder, config)?.spawn().context("the partner lab could not be started")?;
        let out = child.stdout.take().context("the partner lab has no output")?;
        let mut lines = BufReader::new(out).lines();
        let line = tokio::time::timeout(Duration::from_secs(READY_SECONDS), lines.next_line()).await;
        let Ok(Ok(Some(line))) = line else {
            bail!("the partner lab did not start; try `miaopi lab` by itself")
        };
        let url = line.rsplit(' ').next().unwrap_or_default().to_owned();
        // Whatever else it prints goes nowhere, so that it never waits for a reader.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let keys = Keys::read(&folder)?;
        if config.partners.is_empty() {
            let lab = json!({"lab": {"url": url, "api_key": keys.api_key.reveal()}});
            config.partners = PartnerTable::new(lab.as_object().cloned().unwrap_or_default());
            config.webhook_secret = Some(Secret::new(keys.webhook_secret.reveal()));
        }
        Ok(Self { url, _child: Some(child) })
    }
}

fn command(folder: &Path, config: &Config) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["lab", "--addr", "127.0.0.1:0", "--data"]).arg(folder);
    if let Some(registry) = &config.lab_registry {
        command.arg("--registry").arg(registry);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit()).kill_on_drop(true);
    die_with_parent(&mut command);
    Ok(command)
}

/// Asks the kernel to end the child when this process dies, however that happens.
fn die_with_parent(command: &mut Command) {
    let parent = std::process::id();
    let tie = move || {
        // SAFETY: prctl and getppid are async-signal-safe and touch no memory of ours.
        let (tied, now) =
            unsafe { (libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL as libc::c_ulong), libc::getppid()) };
        if tied != 0 {
            return Err(std::io::Error::last_os_error());
        }
        // The parent may have died before the wish was made.
        match u32::try_from(now) == Ok(parent) {
            true => Ok(()),
            false => Err(std::io::ErrorKind::BrokenPipe.into()),
        }
    };
    // SAFETY: between fork and exec only the two calls above are made; nothing is allocated or locked.
    unsafe { command.pre_exec(tie) };
}
