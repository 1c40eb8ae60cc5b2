//! `cargo xtask up`: from a fresh clone to a signed contract and a running demo.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::compile;
use crate::demo::{Demo, Listen};
use crate::packages::{self, Purpose};
use crate::{app, parts, qr};

/// Tried first when no port is asked for, so that the address is the same each time.
const USUAL_PORT: u16 = 8080;
/// How often Ctrl-C and the server's health are looked at.
const TICK: Duration = Duration::from_millis(100);
/// Data folders of earlier runs that are kept.
const KEPT_RUNS: usize = 5;

/// Installs, builds, serves, hands in the sample case and goes on serving until Ctrl-C.
///
/// # Errors
/// When a step fails; with `--once` also when the sample case was not signed.
pub(crate) fn up(arguments: &[String]) -> Result<()> {
    let wish = Wish::parse(arguments)?;
    let stop_asked = listen_for_ctrl_c()?;

    step("1/4 system packages");
    packages::ensure(Purpose::Run)?;

    step("2/4 build (the first one takes 10 to 20 minutes, later ones seconds)");
    let building = Instant::now();
    let server = compile::build_server()?;
    app::build("debug")?;
    println!("built in {}", parts::seconds(building.elapsed()));

    step("3/4 start the demo server");
    let data = wish.data_folder()?;
    let (address, public_url) = wish.address()?;
    let starting = Instant::now();
    let listen = Listen { address: &address, public_url: public_url.as_deref() };
    let mut demo = Demo::start(&server, &data, &listen, &stop_asked)?;
    println!("ready in {}; its log is {}", parts::seconds(starting.elapsed()), demo.log().display());

    step("4/4 the sample case, handed in over HTTP");
    let report = submit_sample(&demo, &data)?;
    print_case(&report, &data);
    if wish.once {
        demo.stop();
        return if is_signed(&report) { Ok(()) } else { Err(not_signed(&report)) };
    }
    if stop_asked.load(Ordering::Relaxed) {
        return Ok(());
    }
    print_doors(&demo, &wish)?;
    serve_until(&stop_asked, &mut demo)
}

/// What was asked for on the command line.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    once: bool,
    lan: bool,
    port: Option<u16>,
    public_url: Option<String>,
    data: Option<PathBuf>,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wish = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            let mut value = || rest.next().with_context(|| format!("{argument} needs a value"));
            match argument.as_str() {
                "--once" => wish.once = true,
                "--lan" => wish.lan = true,
                "--port" => {
                    wish.port = Some(value()?.parse().context("--port needs a number from 1 to 65535")?)
                }
                "--public-url" => wish.public_url = Some(value()?.trim_end_matches('/').to_owned()),
                "--data" => wish.data = Some(PathBuf::from(value()?)),
                other => bail!("`up` does not know `{other}`: see cargo xtask help"),
            }
        }
        if wish
            .public_url
            .as_ref()
            .is_some_and(|url| !url.starts_with("http://") && !url.starts_with("https://"))
        {
            bail!("--public-url needs a whole address such as https://192.168.1.20:8443");
        }
        Ok(wish)
    }

    /// `HOST:PORT` to listen on, and the address to print where it is another one.
    fn address(&self) -> Result<(String, Option<String>)> {
        let host = if self.lan { Ipv4Addr::UNSPECIFIED } else { Ipv4Addr::LOCALHOST };
        let port = match self.port {
            Some(port) => port,
            None => free_port(host).context("no port is free to listen on")?,
        };
        let public_url = match (&self.public_url, self.lan) {
            (Some(url), _) => Some(url.clone()),
            (None, true) => own_address().map(|own| format!("http://{own}:{port}")),
            (None, false) => None,
        };
        Ok((format!("{host}:{port}"), public_url))
    }

    /// The folder asked for, else a new one: a second run of the same sample is a new customer's first.
    fn data_folder(&self) -> Result<PathBuf> {
        if let Some(data) = &self.data {
            return std::path::absolute(data).context("--data is not a usable path");
        }
        let runs = compile::root().join("data");
        forget_old_runs(&runs);
        let now =
            SystemTime::now().duration_since(UNIX_EPOCH).context("this machine's clock is before 1970")?;
        Ok(runs.join(format!("up-{}", now.as_secs())))
    }
}

/// Removes all but the newest data folders of earlier runs, except one that a server still uses.
fn forget_old_runs(runs: &Path) {
    let Ok(entries) = std::fs::read_dir(runs) else { return };
    let mut old: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("up-")))
        .collect();
    old.sort();
    let surplus = old.len().saturating_sub(KEPT_RUNS - 1);
    for run in old.into_iter().take(surplus).filter(|run| !is_served(run)) {
        let _ = std::fs::remove_dir_all(run);
    }
}

/// Does the server that wrote this folder's `demo.json` still take connections?
fn is_served(run: &Path) -> bool {
    let address = std::fs::read(run.join("demo.json"))
        .ok()
        .and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok())
        .and_then(|ready| {
            ready["lab_url"].as_str()?.strip_prefix("http://")?.split('/').next()?.parse().ok()
        });
    address.is_some_and(|address: SocketAddr| std::net::TcpStream::connect_timeout(&address, TICK).is_ok())
}

fn free_port(host: Ipv4Addr) -> std::io::Result<u16> {
    let listener = TcpListener::bind((host, USUAL_PORT)).or_else(|_| TcpListener::bind((host, 0)))?;
    Ok(listener.local_addr()?.port())
}

/// This machine's address in its network: the one a packet to the outside would carry. Nothing is sent.
fn own_address() -> Option<std::net::IpAddr> {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

fn listen_for_ctrl_c() -> Result<Arc<AtomicBool>> {
    let asked = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&asked))
            .context("Ctrl-C could not be listened for")?;
    }
    Ok(asked)
}

fn submit_sample(demo: &Demo, data: &Path) -> Result<Value> {
    let cards = compile::root().join("assets/cards");
    let truth_file = cards.join("sample-1.json");
    let truth: Value = std::fs::read(&truth_file)
        .map_err(anyhow::Error::from)
        .and_then(|bytes| Ok(serde_json::from_slice(&bytes)?))
        .with_context(|| format!("{} could not be read", truth_file.display()))?;
    let id_number = truth["id_number"].as_str().context("the sample card's file has no id_number")?;
    demo.submit_sample(&cards.join("sample-1.jpg"), id_number, data)
}

fn print_case(report: &Value, data: &Path) {
    for block in report["steps"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let text = |key: &str| block[key].as_str().unwrap_or("?").to_owned();
        let ms = block["ms"].as_f64().unwrap_or_default();
        println!("  {:<22} {:<18} {:<16} {ms:>8.0} ms", text("block"), text("kind"), text("outcome"));
    }
    let ms = |key: &str| report[key].as_f64().unwrap_or_default();
    // `total_ms` runs from the first block to the last, waits for the customer included.
    let machine = ms("total_ms") - ms("waited_ms");
    println!("  {:<58} {machine:>8.0} ms", "in all, without the customer's own time");
    println!("  {:<58} {:>8.0} ms", "the customer's own time", ms("waited_ms"));
    println!("\n  case      {}", report["case"].as_str().unwrap_or("?"));
    println!("  decision  {}", decision(report));
    if let Some(pdf) = report["contract"]["pdf"].as_str() {
        println!("  contract  {}", data.join(pdf).display());
    }
    for problem in report["problems"].as_array().map(Vec::as_slice).unwrap_or_default() {
        let text = |key: &str| problem[key].as_str().unwrap_or("").to_owned();
        println!("  problem   {} {}", text("code"), text("text"));
    }
}

/// Signed is what ends in a contract; `approved` alone may still wait for the customer.
fn is_signed(report: &Value) -> bool {
    decision(report) == "approved" && report["contract"]["pdf"].is_string()
}

fn decision(report: &Value) -> &str {
    report["decision"].as_str().unwrap_or("?")
}

fn not_signed(report: &Value) -> anyhow::Error {
    let reason = report["reason"].as_str().unwrap_or("no reason given");
    anyhow::anyhow!("the sample case was not signed: {} ({reason})", decision(report))
}

fn print_doors(demo: &Demo, wish: &Wish) -> Result<()> {
    let link = demo.fresh_link()?;
    println!("\nFront door   {}/", demo.url()?.trim_end_matches('/'));
    println!("Staff        {}/office/", demo.url()?.trim_end_matches('/'));
    for account in demo.accounts() {
        println!("             {:<14} {:<14} {}", account.role, account.user, account.password);
    }
    println!("Advisor      {}/advisor/", demo.url()?.trim_end_matches('/'));
    println!("Customer     {link}\n\n{}", qr::draw(&link)?);
    if wish.public_url.is_none() {
        let reach = if wish.lan {
            "Phones on this network can open the link. Without HTTPS they have no camera view; choosing a photo works."
        } else {
            "The link opens on this machine. For a phone: --lan, or --public-url with a proxy (README)."
        };
        println!("{reach}");
    }
    println!("Serving until Ctrl-C.");
    Ok(())
}

fn serve_until(stop_asked: &AtomicBool, demo: &mut Demo) -> Result<()> {
    while !stop_asked.load(Ordering::Relaxed) {
        if !demo.is_running() {
            bail!("the server ended by itself: {} says why", demo.log().display());
        }
        std::thread::sleep(TICK);
    }
    println!("\nstopping …");
    demo.stop();
    Ok(())
}

fn step(what: &str) {
    println!("\n▸ {what}");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(line: &str) -> Result<Wish> {
        Wish::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn reads_what_was_asked_for() {
        let asked = wish("--once --port 9000 --public-url https://example.test/").unwrap();
        assert_eq!((asked.once, asked.port), (true, Some(9000)));
        assert_eq!(asked.address().unwrap(), ("127.0.0.1:9000".into(), Some("https://example.test".into())));
        assert_eq!(wish("--lan --port 1").unwrap().address().unwrap().0, "0.0.0.0:1");
    }

    #[test]
    fn refuses_what_it_does_not_know() {
        for line in ["--port", "--port x", "--public-url example.test", "--twice"] {
            assert!(wish(line).is_err(), "{line}");
        }
    }

    #[test]
    fn only_an_approved_case_with_a_contract_is_signed() {
        let report = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(is_signed(&report(
            r#"{"decision": "approved", "contract": {"pdf": "c.pdf", "sha256": "00"}}"#
        )));
        assert!(!is_signed(&report(r#"{"decision": "approved", "contract": null}"#)));
        assert!(!is_signed(&report(r#"{"decision": "declined", "contract": {"pdf": "c.pdf"}}"#)));
        assert!(!is_signed(&Value::Null));
    }
}
