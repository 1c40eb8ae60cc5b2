//! `cargo xtask check`: what a change must pass besides its tests.

use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::packages::{self, Purpose};
use crate::within::within;
use crate::{app, compile, mobile, outside, parts};

/// The version of cargo-deny that `deny.toml` is written for.
const DENY_VERSION: &str = "0.20.2";
/// How long the download of the advisory database may take before it counts as out of reach.
const FETCH_WITHIN: Duration = Duration::from_secs(90);
/// How long rustup may take to add a missing component.
const COMPONENT_WITHIN: Duration = Duration::from_secs(180);

/// Formatting, clippy, documentation, dependencies; every part runs even when an earlier one failed.
///
/// # Errors
/// When any of them finds something.
pub(crate) fn check(arguments: &[String]) -> Result<()> {
    if let Some(argument) = arguments.first() {
        bail!("`check` takes no arguments, not `{argument}`");
    }
    packages::ensure(Purpose::Mobile)?;
    let done = [
        parts::run("formatting", || {
            component("fmt", "rustfmt")?;
            cargo(&["fmt", "--all", "--check"], "run `cargo fmt --all`")?;
            let fuzz = ["fmt", "--manifest-path", "tests/fuzz/Cargo.toml", "--check"];
            cargo(&fuzz, "run `cargo fmt` in tests/fuzz")
        }),
        parts::run("clippy", || {
            component("clippy", "clippy")?;
            lint(&compile::ALL_BUT_MOBILE)
        }),
        parts::run("clippy for the browser", || {
            if app::Rust::for_browser()? == app::Rust::Debian {
                println!(
                    "NOT CHECKED: clippy comes with rustup's Rust, which cannot build for the browser here."
                );
                return Ok(());
            }
            let mut lint = app::for_browser("clippy", &["--profile", "app"])?;
            succeed(lint.args(["--", "-D", "warnings"]), "clippy's messages above say what to change")
        }),
        parts::run("clippy for the app of its own", || {
            // Its screens are a part of it.
            mobile::lay_out_screens(&app::build("debug")?)?;
            lint(&compile::MOBILE)
        }),
        parts::run("Rust for the phones", mobile::check_for_phones),
        parts::run("documentation", || {
            document(&compile::ALL_BUT_MOBILE)?;
            document(&compile::MOBILE)
        }),
        parts::run("dependencies", dependencies),
    ];
    if parts::summary(&done) { Ok(()) } else { bail!("not everything passed") }
}

fn lint(packages: &[&str]) -> Result<()> {
    let mut command = compile::cargo()?;
    command.args(["clippy", "--locked", "--all-targets"]).args(packages).args(["--", "-D", "warnings"]);
    succeed(&mut command, "clippy's messages above say what to change")
}

fn document(packages: &[&str]) -> Result<()> {
    let mut command = compile::cargo()?;
    command.args(["doc", "--locked", "--no-deps", "--document-private-items"]).args(packages);
    command.env("RUSTDOCFLAGS", "-D warnings");
    succeed(&mut command, "rustdoc's messages above say what to change")
}

fn dependencies() -> Result<()> {
    let deny = outside::cargo_tool("cargo-deny", DENY_VERSION)?;
    let check = |what: &[&str]| {
        let mut command = Command::new(&deny);
        command.current_dir(compile::root()).args(["--locked", "--workspace"]).args(what);
        command
    };
    succeed(&mut check(&["check", "licenses", "bans", "sources"]), "deny.toml says what is allowed and why")?;
    if !within(FETCH_WITHIN, check(&["fetch", "db"]).stdout(Stdio::null()).stderr(Stdio::null()))? {
        println!("NOT CHECKED: advisories. The advisory database could not be reached from here.");
        return Ok(());
    }
    let mut advisories = check(&["check", "--disable-fetch", "advisories"]);
    succeed(
        &mut advisories,
        "a dependency has a known weakness: update it, or write down in deny.toml why it stays",
    )
}

/// rustup's smallest profile comes without rustfmt and clippy: fetch them where that works, else say how.
fn component(subcommand: &str, name: &str) -> Result<()> {
    let there = || -> Result<bool> {
        let mut ask = compile::cargo()?;
        ask.args([subcommand, "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        Ok(ask.status().is_ok_and(|status| status.success()))
    };
    if there()? {
        return Ok(());
    }
    println!("{name} is missing: asking rustup for it");
    let _ = within(COMPONENT_WITHIN, Command::new("rustup").args(["component", "add", name]));
    if !there()? {
        bail!(
            "{name} is missing and rustup could not fetch it: `rustup component add {name}` where there is a network"
        );
    }
    Ok(())
}

fn cargo(arguments: &[&str], what_to_do: &str) -> Result<()> {
    succeed(compile::cargo()?.args(arguments), what_to_do)
}

fn succeed(command: &mut Command, what_to_do: &str) -> Result<()> {
    let status = command.stdin(Stdio::null()).status().context("it could not be started")?;
    if !status.success() {
        bail!("{what_to_do}");
    }
    Ok(())
}
