//! The app of its own on a desktop that nobody sees: a screen (Xvfb), a keystore (the Secret Service of gnome-keyring on a
//! bus of its own), and the driver of its window.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::advisor::files_below;
use super::launch::kill_with_children;
use super::page::Page;
use super::webkit::WebKit;
use crate::world::{PATIENCE, http, wait_until};

/// The file that hears the board.
const BOARD: &str = "board";

/// A desktop with a keystore, as long as somebody is signed in. It keeps what apps keep.
pub struct Desktop {
    /// The app's folder.
    folder: PathBuf,
    // Held for its removal, where it is this desktop's alone.
    _own: Option<TempDir>,
    /// The person's own, with the keystore's files.
    home: TempDir,
    screen: String,
    bus: String,
    _programs: [Child; 4],
}

impl Desktop {
    /// Signs somebody in.
    ///
    /// # Errors
    /// When a program is not installed; `cargo xtask test` installs them on Debian 12.
    pub async fn start() -> Result<Self> {
        let own = temporary()?;
        let desktop = Self::start_with(own.path()).await?;
        Ok(Self { _own: Some(own), ..desktop })
    }

    /// Likewise, with the app's folder here.
    ///
    /// # Errors
    /// When a program is not installed.
    pub async fn start_with(folder: &Path) -> Result<Self> {
        let home = temporary()?;
        let mut xvfb = quiet("Xvfb");
        xvfb.arg("-fbdir").arg(home.path());
        xvfb.args(["-displayfd", "1", "-screen", "0", "1280x1024x24", "-nolisten", "tcp"]);
        let (xvfb, number) = first_line(xvfb, "Xvfb").await?;
        let mut dbus = quiet("dbus-daemon");
        dbus.args(["--session", "--nofork", "--print-address=1"]);
        let (dbus, bus) = first_line(dbus, "dbus-daemon").await?;
        let mut keyring = quiet("gnome-keyring-daemon");
        keyring.args(["--foreground", "--components=secrets", "--unlock"]);
        keyring.env("DBUS_SESSION_BUS_ADDRESS", &bus).env("HOME", home.path());
        keyring.env("XDG_DATA_HOME", home.path()).env("XDG_RUNTIME_DIR", home.path());
        // What the keystore is unlocked with comes as a file; a pipe could fill while nobody reads.
        let word = home.path().join("word");
        File::create(&word)?.write_all(b"a test's own")?;
        let keyring =
            keyring.stdin(File::open(&word)?).spawn().context("gnome-keyring-daemon did not start")?;
        // Nobody has to draw the board: what is shown there goes over the bus.
        let mut board = quiet("dbus-monitor");
        board.args(["--session", "interface=org.freedesktop.Notifications"]);
        board.env("DBUS_SESSION_BUS_ADDRESS", &bus).stdout(File::create(home.path().join(BOARD))?);
        let board = board.spawn().context("dbus-monitor did not start")?;
        let folder = folder.to_owned();
        Ok(Self {
            folder,
            _own: None,
            home,
            screen: format!(":{number}"),
            bus,
            _programs: [xvfb, dbus, keyring, board],
        })
    }

    /// What was saved among the person's downloads under a name that ends like this.
    #[must_use]
    pub fn saved(&self, ending: &str) -> Option<PathBuf> {
        let saved = files_below(&self.home.path().join("Downloads"));
        saved.into_iter().find(|file| file.extension().is_some_and(|its| its == ending))
    }

    /// What programs have shown on the desktop's board so far, as it went over the bus.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn board(&self) -> Result<String> {
        Ok(std::fs::read_to_string(self.home.path().join(BOARD))?)
    }

    /// Where the app keeps what it keeps.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where the person's other files are, what the web view keeps among them.
    #[must_use]
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Starts the app for this server, in this language (`zh-CN`, `en`).
    ///
    /// # Errors
    /// When it does not open a window.
    pub async fn open(&self, server: &str, lang: &str) -> Result<Pocket> {
        self.open_with(server, lang, &[], &[]).await
    }

    /// Likewise, because of this link.
    ///
    /// # Errors
    /// When it does not open a window.
    pub async fn open_by_link(&self, server: &str, lang: &str, link: &str) -> Result<Pocket> {
        self.open_with(server, lang, &[link], &[]).await
    }

    /// Likewise, from outside the session: no bus, and so neither the window that is open nor the keystore is to be found.
    ///
    /// # Errors
    /// When it does not open a window.
    pub async fn open_from_outside(&self, server: &str, lang: &str) -> Result<Pocket> {
        self.open_with(server, lang, &[], &[("DBUS_SESSION_BUS_ADDRESS", "disabled:")]).await
    }

    /// Starts the program once more beside the window that is open, and waits until it has ended.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn start_again(&self, arguments: &[&str]) -> Result<ExitStatus> {
        let mut program = self.program(&named("MIAOPI_MOBILE_BIN")?);
        let mut program = program.args(arguments).spawn().context("the program did not start")?;
        tokio::time::timeout(PATIENCE, program.wait()).await.context("it goes on")?.context("it is lost")
    }

    /// A program of whoever is signed in.
    fn program(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env("DISPLAY", &self.screen)
            .env("DBUS_SESSION_BUS_ADDRESS", &self.bus)
            .env("HOME", self.home.path())
            .env("XDG_DATA_HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path())
            .env("MIAOPI_APP_FOLDER", &self.folder)
            // In containers WebKit's own sandbox cannot start; the pages are ours.
            .env("WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS", "1")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .env("NO_AT_BRIDGE", "1")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn open_with(
        &self,
        server: &str,
        lang: &str,
        arguments: &[&str],
        besides: &[(&str, &str)],
    ) -> Result<Pocket> {
        let program = named("MIAOPI_MOBILE_BIN")?;
        let (port, native) = (free_port()?, free_port()?);
        let driver = self
            .program(&named("MIAOPI_TAURI_DRIVER")?)
            .args(["--port", &port.to_string(), "--native-port", &native.to_string()])
            .env("MIAOPI_APP_SERVER", server)
            .envs(besides.iter().copied())
            .spawn()
            .context("tauri-driver did not start")?;
        let at = format!("http://127.0.0.1:{port}");
        let client = http()?;
        wait_until("tauri-driver to answer", PATIENCE, async || {
            client.get(format!("{at}/status")).send().await.ok().filter(|answer| answer.status().is_success())
        })
        .await?;
        let session = WebKit::start(&at, &program, arguments, &self.home.path().join("Xvfb_screen0")).await?;
        let page = Page::in_window(session.clone());
        // A driven web view is told no language and forgets what it was told before.
        page.until("the page to be there", "!!document.body").await?;
        page.eval::<bool>(&format!("(localStorage.setItem('advisor.lang', '{lang}'), true)")).await?;
        page.reload().await?;
        Ok(Pocket { page, session, driver })
    }
}

/// The running app.
pub struct Pocket {
    /// What its window shows.
    pub page: Page,
    session: WebKit,
    driver: Child,
}

impl Pocket {
    /// The number of the process that everything else runs below.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.driver.id()
    }

    /// Kills the app, all of it at once, as a phone whose battery is empty does.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn kill(mut self) -> Result<()> {
        kill_with_children(self.driver.id().context("the driver has ended")?)?;
        self.driver.wait().await.context("the driver did not end")?;
        Ok(())
    }

    /// Closes the window and waits until the program has ended.
    ///
    /// # Errors
    /// When it does not.
    pub async fn close(mut self) -> Result<()> {
        self.session.close().await?;
        self.driver.kill().await.context("the driver did not end")
    }
}

fn temporary() -> Result<TempDir> {
    tempfile::Builder::new().prefix("miaopi-desktop-").tempdir().context("no folder")
}

fn quiet(program: &str) -> Command {
    let mut command = Command::new(program);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
    command
}

/// Starts a program that says on its first line where it is.
async fn first_line(mut command: Command, name: &str) -> Result<(Child, String)> {
    let mut child = command.spawn().with_context(|| format!("{name} is not installed"))?;
    let mut lines = BufReader::new(child.stdout.take().context("no output")?).lines();
    match tokio::time::timeout(PATIENCE, lines.next_line()).await {
        Ok(Ok(Some(line))) if !line.trim().is_empty() => Ok((child, line.trim().to_owned())),
        _ => bail!("{name} did not start"),
    }
}

fn named(variable: &str) -> Result<PathBuf> {
    let path = std::env::var_os(variable).map(PathBuf::from);
    path.with_context(|| format!("{variable} is not set: `cargo xtask test` builds the app and sets it"))
}

fn free_port() -> Result<u16> {
    Ok(std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}
