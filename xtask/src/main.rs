//! `cargo xtask …`: the commands a person types in this repository. Where to start: [`up`] runs the main job and goes
//! on serving, [`mod@test`] runs every test, [`check`] is what a change must pass besides.
//!
//! It needs nothing but Rust and a C compiler: what else is missing it installs or names ([`packages`]).

mod app;
mod bench;
mod binaries;
mod check;
mod compile;
mod demo;
mod fuzz;
mod long;
mod mobile;
mod outside;
mod packages;
mod parts;
mod peers;
mod qr;
mod simulate;
mod test;
mod tidy;
mod up;
mod within;

use std::process::ExitCode;

const HELP: &str = "\
cargo xtask <command>

  up [--once] [--port N] [--public-url URL] [--lan] [--data DIR]
        install what is missing, build, start the demo, hand in the sample case, print every step and go on serving.
        --once        end after the case; success only when it was signed
        --port N      the port to serve on (8080, or any free one when 8080 is taken)
        --public-url  the address customers see, where a proxy with HTTPS stands in front
        --lan         let phones on the same network reach it (demo accounts and all)
        --data DIR    keep the data there (a new folder below data/ for each run)
  test [--long] [FILTER]
        unit tests, journeys, browser tests, fuzzing. --long adds the long ones, resumable, and writes tests/reports/long.md
  bench [PART] [--json] [--peers]
        what a case costs, each figure beside a floor measured in the same run. --peers measures other sync systems in
        the part `sync` as well; it installs them with npm
  simulate [--seeds N] [--from S]
        devices and a server on N bad days (100): ends with `seeds N, violations M, trace HASH`
  fuzz [TARGET] [--seconds N]
        random bytes for what reads strangers' bytes, each target for so long (60); a find is left as a file
  app
        builds the advisor's app and the flow designer for the browser and says how large they are
  mobile [--release | --screens-only]
        builds the advisor's app as an app of its own for this computer and says where it lies. --screens-only lays its
        screens out and leaves the program to the tools of Android or iOS
  check
        formatting, clippy, documentation, dependencies

Build results lie in $MIAOPI_TARGET_DIR, else $CARGO_TARGET_DIR, else ~/.cache/miaopi/target.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = arguments.split_first() else {
        println!("{HELP}");
        return ExitCode::from(2);
    };
    let outcome = match command.as_str() {
        "up" => up::up(rest),
        "test" => test::test(rest),
        "bench" => bench::bench(rest),
        "simulate" => simulate::simulate(rest),
        "fuzz" => fuzz::fuzz(rest),
        "app" => build_app(rest),
        "mobile" => build_mobile(rest),
        "check" => check::check(rest),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        other => Err(anyhow::anyhow!("there is no command `{other}`.\n\n{HELP}")),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            eprintln!("\ncargo xtask {command}: {stop:#}");
            ExitCode::FAILURE
        }
    }
}

fn build_mobile(arguments: &[String]) -> anyhow::Result<()> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (profile, folder) = match arguments[..] {
        [] => (binaries::Profile::Development, "debug"),
        ["--release"] => (binaries::Profile::Release, "release"),
        ["--screens-only"] => {
            packages::ensure(packages::Purpose::Run)?;
            return mobile::lay_out_screens(&app::build("release")?);
        }
        _ => anyhow::bail!("`mobile` takes `--release`, `--screens-only` or nothing"),
    };
    packages::ensure(packages::Purpose::Mobile)?;
    let mobile = mobile::build(&app::build(folder)?, profile)?;
    println!("{}", mobile.program.display());
    Ok(())
}

fn build_app(arguments: &[String]) -> anyhow::Result<()> {
    if let Some(argument) = arguments.first() {
        anyhow::bail!("`app` takes no arguments, not `{argument}`");
    }
    packages::ensure(packages::Purpose::Run)?;
    app::weigh(&app::build("debug")?)
}
