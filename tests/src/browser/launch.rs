//! Starting and ending Chromium, each time with a profile of its own.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use chromiumoxide::browser::BrowserConfig;
use chromiumoxide::cdp::browser_protocol::target::CreateTargetParams;
use futures_util::StreamExt;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use super::emulate::Screen;
use super::page::Page;
use crate::world::PATIENCE;

/// Names under which Chromium is installed.
const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// A running browser with an empty profile, killed when dropped.
pub struct Browser {
    inner: chromiumoxide::Browser,
    pump: JoinHandle<()>,
    // Held for its removal, where it is this browser's alone.
    _profile: Option<TempDir>,
}

impl Browser {
    /// Starts Chromium: `$MIAOPI_CHROMIUM`, else the first one on the path.
    ///
    /// # Errors
    /// When none is installed or it does not start.
    pub async fn launch() -> Result<Self> {
        Self::launch_with(&[]).await
    }

    /// As [`Browser::launch`] with further flags, without their dashes, such as
    /// `use-fake-device-for-media-stream`.
    ///
    /// # Errors
    /// When none is installed or it does not start.
    pub async fn launch_with(flags: &[&str]) -> Result<Self> {
        let profile =
            tempfile::Builder::new().prefix("miaopi-browser-").tempdir().context("no profile folder")?;
        let mut browser = Self::launch_in(profile.path(), flags).await?;
        browser._profile = Some(profile);
        Ok(browser)
    }

    /// As [`Browser::launch_with`], with a profile that outlives it: the next one started with it finds what this one
    /// stored.
    ///
    /// # Errors
    /// When none is installed or it does not start.
    pub async fn launch_in(profile: &Path, flags: &[&str]) -> Result<Self> {
        let config = BrowserConfig::builder()
            .chrome_executable(chromium()?)
            // In containers and as root Chromium's own sandbox cannot start; the pages are ours.
            .no_sandbox()
            .user_data_dir(profile)
            .viewport(None)
            .launch_timeout(PATIENCE)
            .request_timeout(PATIENCE)
            .args(["disable-gpu", "disable-quic", "disable-component-update"])
            .args(flags.iter().copied())
            .build()
            .map_err(|why| anyhow!("Chromium cannot be configured: {why}"))?;
        let (inner, mut handler) =
            chromiumoxide::Browser::launch(config).await.context("Chromium did not start")?;
        // The handler carries every message; one that it cannot read (a newer Chromium's) is no reason to stop.
        let pump = tokio::spawn(async move { while handler.next().await.is_some() {} });
        Ok(Self { inner, pump, _profile: None })
    }

    /// Opens an empty page on such a screen.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn page(&self, screen: Screen) -> Result<Page> {
        let target = CreateTargetParams::new("about:blank");
        let page = Page::of(self.inner.new_page(target).await.context("no new page")?).await?;
        page.screen(screen).await?;
        Ok(page)
    }

    /// The number of the process that everything else runs below.
    pub fn process(&mut self) -> Option<u32> {
        self.inner.get_mut_child().and_then(|child| child.inner.id())
    }

    /// Kills the browser, all of it at once, as a phone whose battery is empty does.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(mut self) -> Result<()> {
        let group = self.inner.get_mut_child().and_then(|child| child.inner.id()).context("it has ended")?;
        kill_with_children(group)?;
        self.inner.wait().await.context("Chromium did not end")?;
        Ok(())
    }

    /// Ends the browser and waits for it, so that its profile can be removed.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn close(mut self) -> Result<()> {
        self.inner.close().await.context("Chromium did not close")?;
        self.inner.wait().await.context("Chromium did not end")?;
        Ok(())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.pump.abort();
    }
}

/// SIGKILL to a process and everything below it; the parents last, so that none is born meanwhile.
pub(super) fn kill_with_children(process: u32) -> Result<()> {
    let children =
        std::fs::read_to_string(format!("/proc/{process}/task/{process}/children")).unwrap_or_default();
    let pid =
        i32::try_from(process).ok().and_then(rustix::process::Pid::from_raw).context("no such process")?;
    // Stopped first: a browser starts a lost process again.
    let _ = rustix::process::kill_process(pid, rustix::process::Signal::STOP);
    for child in children.split_whitespace().filter_map(|child| child.parse().ok()) {
        kill_with_children(child)?;
    }
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).context("it cannot be killed")
}

fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("MIAOPI_CHROMIUM") {
        return Ok(PathBuf::from(named));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .chain([PathBuf::from("/Applications/Chromium.app/Contents/MacOS/Chromium")])
        .find(|candidate| candidate.is_file());
    found.context(
        "Chromium is not installed: `cargo xtask test` installs it on Debian 12, or set MIAOPI_CHROMIUM",
    )
}
