//! The long tests (`#[ignore]`d ones): each is run by itself, and one that passed is not run again on the same tree.
//!
//! A long test prints figures for the report on lines that begin with `report: `; it may keep its own progress in
//! the folder `$MIAOPI_LONG_DIR`, which belongs to this tree.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::binaries::{Built, Tally, TestBinary};
use crate::compile;
use crate::parts;

/// The report that is committed; it is no part of the tree it reports on.
const REPORT: &str = "tests/reports/long.md";
/// Marks a figure in a long test's output.
const FIGURE: &str = "report: ";
/// Trees whose results are kept in the build folder.
const KEPT_TREES: usize = 5;

/// Runs every long test that has not yet passed on this tree, and writes the report when no filter narrows the run.
///
/// # Errors
/// When git cannot name the tree, or a test fails.
pub(crate) fn run(built: &Built, filter: Option<&str>, tally: &mut Tally) -> Result<()> {
    let tree = tree_hash()?;
    let results = compile::target_dir()?.join("long").join(&tree);
    std::fs::create_dir_all(&results).context("the results' folder could not be made")?;
    forget_old_trees(&results)?;
    let mut outcomes = Vec::new();
    for test in &built.tests {
        for name in test.ignored()? {
            if filter.is_none_or(|filter| name.contains(filter)) {
                outcomes.push(run_one(built, test, &name, &results)?);
            }
        }
    }
    for outcome in &outcomes {
        tally.add(outcome.tally);
    }
    if filter.is_none() {
        let report = compile::root().join(REPORT);
        std::fs::create_dir_all(report.parent().context("the report has no folder")?)?;
        std::fs::write(&report, written(&outcomes, &commit()?, &tree))?;
        println!("written: {REPORT}");
    }
    let failed: Vec<&str> = outcomes
        .iter()
        .filter(|outcome| outcome.tally.failed > 0)
        .map(|outcome| outcome.name.as_str())
        .collect();
    if failed.is_empty() { Ok(()) } else { bail!("failed: {}", failed.join(", ")) }
}

/// One long test's result, as it is kept between runs.
struct Outcome {
    name: String,
    tally: Tally,
    seconds: u64,
    figures: Vec<String>,
}

impl Outcome {
    fn to_json(&self) -> Value {
        json!({"name": self.name, "passed": self.tally.passed, "failed": self.tally.failed, "seconds": self.seconds,
               "figures": self.figures})
    }

    fn from_json(value: &Value) -> Option<Self> {
        Some(Self {
            name: value["name"].as_str()?.to_owned(),
            tally: Tally { passed: value["passed"].as_u64()?, failed: value["failed"].as_u64()? },
            seconds: value["seconds"].as_u64()?,
            figures: value["figures"]
                .as_array()?
                .iter()
                .filter_map(|line| Some(line.as_str()?.to_owned()))
                .collect(),
        })
    }
}

fn run_one(built: &Built, test: &TestBinary, name: &str, results: &Path) -> Result<Outcome> {
    let full_name = format!("{} {name}", test.name());
    let kept = results.join(format!("{}.json", full_name.replace(['/', ' ', ':'], "-")));
    let earlier =
        std::fs::read(&kept).ok().and_then(|bytes| Outcome::from_json(&serde_json::from_slice(&bytes).ok()?));
    if let Some(earlier) = earlier.filter(|earlier| earlier.tally.failed == 0 && earlier.tally.passed > 0) {
        println!("\n{full_name}: passed earlier on this tree");
        return Ok(earlier);
    }
    println!("\n{full_name}");
    let start = Instant::now();
    let mut figures = Vec::new();
    let arguments = ["--ignored", "--exact", name, "--nocapture"];
    let tally = test.run_with(&built.tools, &arguments, &[("MIAOPI_LONG_DIR", results)], |line| {
        // libtest writes `test name ... ` without a line break before the test's own first line.
        if let Some(at) = line.find(FIGURE) {
            figures.push(line[at + FIGURE.len()..].to_owned());
        }
    })?;
    let outcome = Outcome { name: full_name, tally, seconds: start.elapsed().as_secs(), figures };
    std::fs::write(&kept, outcome.to_json().to_string()).context("a result could not be kept")?;
    Ok(outcome)
}

/// The hash of the working tree as it is, uncommitted and new files included, the report itself left out.
fn tree_hash() -> Result<String> {
    let index: PathBuf = compile::target_dir()?.join(format!("long-index-{}", std::process::id()));
    let with_own_index = |arguments: &[&str]| git(arguments, Some(&index));
    let hash = with_own_index(&["add", "--all"])
        .and_then(|_| with_own_index(&["rm", "--cached", "--quiet", "--ignore-unmatch", REPORT]))
        .and_then(|_| with_own_index(&["write-tree"]));
    let _ = std::fs::remove_file(&index);
    hash
}

struct Commit {
    hash: String,
    date: String,
    clean: bool,
}

fn commit() -> Result<Commit> {
    Ok(Commit {
        hash: git(&["rev-parse", "--short=12", "HEAD"], None)?,
        date: git(&["show", "--no-patch", "--format=%cs", "HEAD"], None)?,
        clean: git(&["status", "--porcelain", "--", ".", &format!(":!{REPORT}")], None)?.is_empty(),
    })
}

fn git(arguments: &[&str], index: Option<&Path>) -> Result<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(compile::root());
    if let Some(index) = index {
        command.env("GIT_INDEX_FILE", index);
    }
    let answer = command.output().context("git is needed to name the tree that the results belong to")?;
    if !answer.status.success() {
        bail!("git {}: {}", arguments.join(" "), String::from_utf8_lossy(&answer.stderr).trim());
    }
    Ok(String::from_utf8_lossy(&answer.stdout).trim().to_owned())
}

/// Keeps the newest few trees' results, this one's included.
fn forget_old_trees(results: &Path) -> Result<()> {
    let folder = results.parent().context("the results have no folder")?;
    let mut trees: Vec<_> = std::fs::read_dir(folder)?
        .filter_map(|entry| entry.ok().filter(|entry| entry.path() != results))
        .filter_map(|entry| Some((entry.metadata().ok()?.modified().ok()?, entry.path())))
        .collect();
    trees.sort_by(|a, b| b.cmp(a));
    for (_, old) in trees.into_iter().skip(KEPT_TREES - 1) {
        std::fs::remove_dir_all(&old).with_context(|| format!("{} could not be removed", old.display()))?;
    }
    Ok(())
}

fn written(outcomes: &[Outcome], commit: &Commit, tree: &str) -> String {
    let state = if commit.clean { "" } else { ", with changes not yet committed" };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut text = format!(
        "# Long tests\n\nWritten by `cargo xtask test --long`; do not edit.\n\n\
         Commit {} of {}{state} (tree {}), {cores} cores, release build.\n\n\
         | Test | Passed | Failed | Time |\n|---|---|---|---|\n",
        commit.hash,
        commit.date,
        &tree[..12.min(tree.len())],
    );
    for outcome in outcomes {
        let time = parts::seconds(std::time::Duration::from_secs(outcome.seconds));
        let row =
            format!("| {} | {} | {} | {time} |\n", outcome.name, outcome.tally.passed, outcome.tally.failed);
        text.push_str(&row);
    }
    for outcome in outcomes.iter().filter(|outcome| !outcome.figures.is_empty()) {
        text.push_str(&format!("\n## {}\n\n", outcome.name));
        for figure in &outcome.figures {
            text.push_str(&format!("- {figure}\n"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome() -> Outcome {
        Outcome {
            name: "tests/kill any_point".into(),
            tally: Tally { passed: 1, failed: 0 },
            seconds: 75,
            figures: vec!["200 points, 0 lost".into()],
        }
    }

    #[test]
    fn a_kept_result_is_read_back_whole() {
        let read = Outcome::from_json(&outcome().to_json()).unwrap();
        assert_eq!((read.name, read.tally, read.seconds, read.figures), {
            let kept = outcome();
            (kept.name, kept.tally, kept.seconds, kept.figures)
        });
    }

    #[test]
    fn the_report_names_command_commit_counts_and_figures() {
        let commit = Commit { hash: "0123456789ab".into(), date: "2026-05-01".into(), clean: true };
        let text = written(&[outcome()], &commit, "fedcba98765432100");
        for part in [
            "cargo xtask test --long",
            "0123456789ab of 2026-05-01 (tree fedcba987654)",
            "| tests/kill any_point | 1 | 0 | 1 min 15 s |",
            "- 200 points, 0 lost",
        ] {
            assert!(text.contains(part), "{part} is not in\n{text}");
        }
    }

    #[test]
    fn the_tree_has_a_name_and_keeps_it() {
        let first = tree_hash().unwrap();
        assert_eq!(first.len(), 40);
        assert_eq!(first, tree_hash().unwrap());
    }
}
