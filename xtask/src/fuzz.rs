//! `cargo xtask fuzz`: bytes that strangers could send, changed at random by libFuzzer for as long as wanted; and the same
//! for a fixed number of inputs as a part of the tests. The targets are in `tests/fuzz`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{compile, parts};

/// Every target, and how many inputs the tests try: about ten seconds each.
const TARGETS: [(&str, u64); 4] = [
    ("sync_frames", 1_200_000),
    ("document_bytes", 2_500),
    ("tus_headers", 3_500_000),
    ("sealed_photo", 18_000),
];
/// Where libFuzzer's choices begin, so that a run of the tests can be repeated.
const SEED: u32 = 20_260_501;
/// How long `cargo xtask fuzz` tries each target where nothing else is said, seconds.
const SECONDS: u64 = 60;
/// Longest time for one input, seconds.
const INPUT_SECONDS: u32 = 10;
/// Most memory of a target, MiB. What one input may take is counted more closely, in the target.
const MEMORY_MIB: u32 = 2048;
/// What makes the compiler tell libFuzzer which code an input reached, as cargo-fuzz does it without a sanitizer: those
/// want a nightly compiler, this does not.
const INSTRUMENTED: [&str; 8] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg",
    "fuzzing",
    "-Ccodegen-units=1",
];

/// Tries one target or each in turn. What reached new code is kept in the build folder and built upon the next time.
///
/// # Errors
/// When something does not build, or an input was found that a target does not stand.
pub(crate) fn fuzz(arguments: &[String]) -> Result<()> {
    let wish = Wish::parse(arguments)?;
    let built = build()?;
    let done: Vec<_> = TARGETS
        .iter()
        .filter(|(target, _)| wish.target.as_deref().is_none_or(|wished| wished == *target))
        .map(|(target, _)| {
            parts::run(target, || {
                let corpus = folder()?.join("corpus").join(target);
                run(&built, target, &corpus, &[format!("-max_total_time={}", wish.seconds)])
            })
        })
        .collect();
    if parts::summary(&done) { Ok(()) } else { bail!("an input was found: its path is above") }
}

/// Each target with as many inputs as the tests try, from the seeds alone: the same ones in every run.
///
/// # Errors
/// As [`fuzz`]; the message names the inputs.
pub(crate) fn briefly() -> Result<()> {
    let built = build()?;
    let mut failed = Vec::new();
    for (target, inputs) in TARGETS {
        let corpus = folder()?.join("brief").join(target);
        if corpus.exists() {
            std::fs::remove_dir_all(&corpus)
                .with_context(|| format!("{} is in the way", corpus.display()))?;
        }
        println!("\nfuzz/{target}");
        if let Err(why) = run(&built, target, &corpus, &[format!("-runs={inputs}"), format!("-seed={SEED}")])
        {
            failed.push(format!("{why:#}"));
        }
    }
    if failed.is_empty() { Ok(()) } else { bail!("{}", failed.join("; ")) }
}

#[derive(Debug, PartialEq, Eq)]
struct Wish {
    target: Option<String>,
    seconds: u64,
}

impl Wish {
    fn parse(arguments: &[String]) -> Result<Self> {
        let mut wish = Self { target: None, seconds: SECONDS };
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            match argument.as_str() {
                "--seconds" => {
                    let seconds = rest.next().and_then(|seconds| seconds.parse().ok());
                    wish.seconds =
                        seconds.filter(|seconds| *seconds > 0).context("--seconds takes a number")?;
                }
                name if wish.target.is_none() && TARGETS.iter().any(|(target, _)| *target == name) => {
                    wish.target = Some(name.to_owned());
                }
                other => {
                    let names = TARGETS.map(|(target, _)| target).join(", ");
                    bail!("`fuzz` does not know `{other}`: it takes --seconds N and one of {names}");
                }
            }
        }
        Ok(wish)
    }
}

/// Below the shared build folder, apart from what is built without instrumentation.
fn folder() -> Result<PathBuf> {
    Ok(compile::target_dir()?.join("fuzz"))
}

/// Builds all targets; gives the folder in which they lie.
fn build() -> Result<PathBuf> {
    let system = compile::host()?;
    let mut cargo = compile::cargo()?;
    cargo
        .current_dir(compile::root().join("tests/fuzz"))
        .env("CARGO_TARGET_DIR", folder()?)
        .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTED.join("\x1f"))
        // With a system named, the flags are not for what runs while building.
        .args(["build", "--locked", "--release", "--bins", "--target", &system]);
    if !cargo.status().context("cargo could not be started")?.success() {
        bail!(
            "the fuzz targets did not build: cargo's message above says why. Where it wants the lock file changed, run \
             `cp ../../Cargo.lock . && cargo metadata --format-version 1 > /dev/null` in tests/fuzz"
        );
    }
    Ok(folder()?.join(system).join("release"))
}

/// Runs one target on its corpus; what it says goes to the terminal when it fails.
fn run(built: &Path, target: &str, corpus: &Path, how_long: &[String]) -> Result<()> {
    let finds = folder()?.join("finds").join(target);
    for needed in [corpus, &finds] {
        std::fs::create_dir_all(needed).with_context(|| format!("{} cannot be made", needed.display()))?;
    }
    let done = Command::new(built.join(target))
        .arg(corpus)
        .args(how_long)
        .arg(format!("-timeout={INPUT_SECONDS}"))
        .arg(format!("-rss_limit_mb={MEMORY_MIB}"))
        .arg(format!("-artifact_prefix={}/", finds.display()))
        .output()
        .with_context(|| format!("{target} could not be started"))?;
    let said = String::from_utf8_lossy(&done.stderr);
    if done.status.success() {
        said.lines().filter(|line| line.starts_with("Done ")).for_each(|line| println!("{line}"));
        return Ok(());
    }
    said.lines().filter(|line| is_about_the_find(line)).for_each(|line| println!("{line}"));
    match find(&said) {
        Some(input) => bail!("{target} does not stand {input}: give it that file to see it again"),
        None => bail!("{target} ended without naming an input ({})", done.status),
    }
}

/// Leaves out the progress and the bytes, which the file holds.
fn is_about_the_find(line: &str) -> bool {
    !["#", "INFO: ", "WARNING: ", "0x", "\\", "Base64: ", "MS: "].iter().any(|start| line.starts_with(start))
}

/// The file in which the input lies, by what libFuzzer says last.
fn find(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, input)| input.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(line: &str) -> Result<Wish> {
        Wish::parse(&line.split_whitespace().map(str::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn takes_a_target_and_a_time_and_refuses_the_rest() {
        assert_eq!(wish("").unwrap(), Wish { target: None, seconds: SECONDS });
        let one = Wish { target: Some("tus_headers".into()), seconds: 5 };
        assert_eq!(wish("tus_headers --seconds 5").unwrap(), one);
        for odd in ["--seconds", "--seconds 0", "--seconds x", "nothing", "tus_headers sync_frames"] {
            assert!(wish(odd).is_err(), "{odd}");
        }
    }

    #[test]
    fn the_input_is_named_by_its_file() {
        let said =
            "#12\tNEW cov: 3\nartifact_prefix='/t/'; Test unit written to /t/crash-00ff\nBase64: AA==\n";
        assert_eq!(find(said), Some("/t/crash-00ff"));
        assert_eq!(find("#12\tDONE\n"), None);
        let shown: Vec<&str> = said.lines().filter(|line| is_about_the_find(line)).collect();
        assert_eq!(shown, ["artifact_prefix='/t/'; Test unit written to /t/crash-00ff"]);
    }
}
