//! Test binaries: build them all in one go, list what they hold, run them and count.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::{compile, outside::Pythons, tidy};

/// Seed of random tests, so that a run can be repeated; `PROPTEST_RNG_SEED` set outside wins.
const RANDOM_SEED: &str = "20260501";

/// Everything one build produced.
pub(crate) struct Built {
    /// What tests find their helpers by.
    pub(crate) tools: Tools,
    /// The test binaries, in cargo's order of finishing.
    pub(crate) tests: Vec<TestBinary>,
}

/// What tests start besides themselves.
pub(crate) struct Tools {
    /// The server.
    server: PathBuf,
    /// What judges from outside.
    pythons: Pythons,
    /// The app of its own and what drives its window, once they are there.
    pub(crate) mobile: Option<Driven>,
}

/// The app of its own, and the program that drives its window.
#[derive(Clone)]
pub(crate) struct Driven {
    /// `miaopi-advisor`.
    pub(crate) program: PathBuf,
    /// `tauri-driver`.
    pub(crate) driver: PathBuf,
}

/// One compiled test target.
#[derive(Clone)]
pub(crate) struct TestBinary {
    /// The package, such as `shared`.
    pub(crate) package: String,
    /// The target: the package's own name for its unit tests, the file's name for an integration test.
    pub(crate) target: String,
    /// Is it an integration test (a file in a `tests/` folder)?
    pub(crate) integration: bool,
    executable: PathBuf,
    folder: PathBuf,
}

/// What test binaries came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Tests that passed.
    pub(crate) passed: u64,
    /// Tests that failed; a binary that crashed counts as one.
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds another run's counts.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// How what is tested is compiled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Profile {
    /// Quickly built, with every check of our own arithmetic.
    Development,
    /// As shipped: for the tests that do one thing a hundred thousand times.
    Release,
}

/// Builds server and tests with one call of cargo, so that every crate is compiled with one set of features.
///
/// # Errors
/// When something does not compile; cargo has then said why.
pub(crate) fn build(pythons: &Pythons, profile: Profile) -> Result<Built> {
    let compiled = compile(Part::AllButMobile, profile)?;
    let server = compiled.program("miaopi").context("cargo built no `miaopi`")?;
    let tools = Tools { server, pythons: pythons.clone(), mobile: None };
    Ok(Built { tools, tests: compiled.tests })
}

/// What is compiled with one call of cargo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Everything that may share one SQLite.
    AllButMobile,
    /// The app of its own, whose SQLite encrypts.
    Mobile,
}

/// Programs and tests of one call of cargo.
pub(crate) struct Compiled {
    programs: Vec<(String, PathBuf)>,
    /// The test binaries, by name.
    pub(crate) tests: Vec<TestBinary>,
}

impl Compiled {
    /// Where the program of this name lies.
    pub(crate) fn program(&self, name: &str) -> Option<PathBuf> {
        self.programs.iter().find(|(known, _)| known == name).map(|(_, path)| path.clone())
    }
}

/// Builds programs and tests of a part.
///
/// # Errors
/// When something does not compile; cargo has then said why.
pub(crate) fn compile(part: Part, profile: Profile) -> Result<Compiled> {
    if part == Part::Mobile {
        // Tauri packs the screens into files while the library compiles, and takes one that is there for whole. Compiled at the
        // same time, the library's tests would leave the program with one that is half written.
        let built = cargo_build(part, profile, &["--lib", "--bins"])?.status();
        if !built.context("cargo could not be started")?.success() {
            bail!("the build failed: cargo's message above says why");
        }
    }
    let mut child = cargo_build(part, profile, &["--all-targets"])?
        .arg("--message-format=json-render-diagnostics")
        .stdout(Stdio::piped())
        .spawn()
        .context("cargo could not be started")?;
    let messages = BufReader::new(child.stdout.take().context("cargo gave no output")?);
    let (mut tests, mut programs) = (Vec::<TestBinary>::new(), Vec::new());
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(&line.context("cargo's output broke off")?) else {
            continue;
        };
        if let Some(test) = test_binary(&message) {
            tests.push(test);
        } else if let (Some(name), Some(path)) =
            (message["target"]["name"].as_str(), message["executable"].as_str())
        {
            programs.push((name.to_owned(), PathBuf::from(path)));
        }
    }
    if !child.wait().context("cargo was lost")?.success() {
        bail!("the build failed: cargo's message above says why");
    }
    let programs_of_tests: Vec<PathBuf> = tests.iter().map(|test| test.executable.clone()).collect();
    tidy::remove_earlier(&programs_of_tests, SystemTime::now());
    tests.sort_by(|a, b| (&a.package, &a.target).cmp(&(&b.package, &b.target)));
    Ok(Compiled { programs, tests })
}

fn cargo_build(part: Part, profile: Profile, targets: &[&str]) -> Result<Command> {
    let mut cargo = compile::cargo()?;
    cargo.args(["build", "--locked"]).args(targets);
    match part {
        Part::AllButMobile => cargo.args(compile::ALL_BUT_MOBILE),
        Part::Mobile => cargo.args(compile::MOBILE),
    };
    if profile == Profile::Release {
        cargo.arg("--release");
    }
    Ok(cargo)
}

impl TestBinary {
    /// How the tests say where they are: `shared`, `tests/journey`.
    pub(crate) fn name(&self) -> String {
        if self.integration { format!("{}/{}", self.package, self.target) } else { self.package.clone() }
    }

    /// The names of its `#[ignore]`d tests: those that take long.
    ///
    /// # Errors
    /// When the binary cannot be started.
    pub(crate) fn ignored(&self) -> Result<Vec<String>> {
        let listed = Command::new(&self.executable)
            .args(["--list", "--ignored", "--format", "terse"])
            .current_dir(&self.folder)
            .output()
            .with_context(|| format!("{} could not be started", self.executable.display()))?;
        let text = String::from_utf8_lossy(&listed.stdout).into_owned();
        Ok(text.lines().filter_map(|line| Some(line.strip_suffix(": test")?.to_owned())).collect())
    }

    /// Runs it with libtest's `arguments` and its output on the terminal.
    ///
    /// # Errors
    /// When the binary cannot be started. Failed tests are counted, not an error.
    pub(crate) fn run(&self, tools: &Tools, arguments: &[&str]) -> Result<Tally> {
        self.run_with(tools, arguments, &[], |_| ())
    }

    /// As [`TestBinary::run`], with variables of its own; `on_line` sees every line of its output as it comes.
    ///
    /// # Errors
    /// When the binary cannot be started.
    pub(crate) fn run_with(
        &self,
        tools: &Tools,
        arguments: &[&str],
        variables: &[(&str, &Path)],
        mut on_line: impl FnMut(&str),
    ) -> Result<Tally> {
        let mut command = Command::new(&self.executable);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .env("CARGO_MANIFEST_DIR", &self.folder)
            .env("MIAOPI_BIN", &tools.server)
            .env("MIAOPI_PYHANKO_PYTHON", &tools.pythons.pyhanko)
            .env("MIAOPI_SCHEMATHESIS_PYTHON", &tools.pythons.schemathesis)
            .envs(variables.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        if let Some(Driven { program, driver }) = &tools.mobile {
            command.env("MIAOPI_MOBILE_BIN", program).env("MIAOPI_TAURI_DRIVER", driver);
        }
        if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
            command.env("PROPTEST_RNG_SEED", RANDOM_SEED);
        }
        let mut child =
            command.spawn().with_context(|| format!("{} could not be started", self.executable.display()))?;
        let mut tally = None;
        let output = BufReader::new(child.stdout.take().context("a test gave no output")?);
        for line in output.split(b'\n') {
            let line = String::from_utf8_lossy(&line.context("a test's output broke off")?).into_owned();
            println!("{line}");
            on_line(&line);
            tally = result_line(&line).or(tally);
        }
        let ended = child.wait().context("a test was lost")?;
        Ok(match tally {
            Some(tally) if ended.success() || tally.failed > 0 => tally,
            // It ended badly without saying which test failed: aborted, killed, out of memory.
            _ => Tally { failed: 1, ..tally.unwrap_or_default() },
        })
    }
}

fn test_binary(message: &Value) -> Option<TestBinary> {
    if message["reason"] != "compiler-artifact" || message["profile"]["test"] != true {
        return None;
    }
    let manifest = PathBuf::from(message["manifest_path"].as_str()?);
    let kind = message["target"]["kind"][0].as_str()?;
    Some(TestBinary {
        package: package_name(message["package_id"].as_str()?),
        target: message["target"]["name"].as_str()?.to_owned(),
        integration: kind == "test",
        executable: PathBuf::from(message["executable"].as_str()?),
        folder: manifest.parent()?.to_path_buf(),
    })
}

/// The name in a package id: `path+file:///clone/shared#0.1.0` or `path+file:///clone/app/ui#ui@0.1.0`.
fn package_name(id: &str) -> String {
    let (path, version) = id.rsplit_once('#').unwrap_or((id, ""));
    match version.split_once('@') {
        Some((name, _)) => name.to_owned(),
        None => path.rsplit('/').next().unwrap_or(path).to_owned(),
    }
}

/// Reads libtest's last line: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
fn result_line(line: &str) -> Option<Tally> {
    let counts = line.strip_prefix("test result: ")?;
    let count = |what: &str| {
        counts.split([';', '.']).find_map(|part| part.trim().strip_suffix(what)?.trim().parse::<u64>().ok())
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_libtest_says() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(result_line(line), Some(Tally { passed: 12, failed: 3 }));
        assert_eq!(result_line("test result: nonsense"), None);
        assert_eq!(result_line("test a ... ok"), None);
    }

    #[test]
    fn reads_both_shapes_of_package_ids() {
        assert_eq!(package_name("path+file:///clone/shared#0.1.0"), "shared");
        assert_eq!(package_name("path+file:///clone/sync-server#miaopi@0.1.0"), "miaopi");
    }

    #[test]
    fn takes_test_binaries_from_cargos_messages_and_nothing_else() {
        let message = serde_json::json!({
            "reason": "compiler-artifact", "package_id": "path+file:///clone/tests#0.1.0",
            "manifest_path": "/clone/tests/Cargo.toml", "profile": {"test": true},
            "target": {"kind": ["test"], "name": "journey"}, "executable": "/t/journey-1",
        });
        let test = test_binary(&message).unwrap();
        assert_eq!((test.name().as_str(), test.integration), ("tests/journey", true));
        let mut library = message;
        library["profile"]["test"] = false.into();
        assert!(test_binary(&library).is_none());
    }
}
