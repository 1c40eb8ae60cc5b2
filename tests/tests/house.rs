//! The house stays in order: who may depend on whom, what the pure parts may touch, what a checkout may contain, and
//! that both READMEs say the same.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Longest source file, in lines: what a person reads in one sitting, with room for its tests.
const MOST_LINES: usize = 600;
/// Largest file of the checkout, in bytes: a font subset or a sample photo, never a video or a build result.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

#[test]
fn members_depend_on_each_other_only_along_the_arrows() {
    let arrows: [(&str, &[&str]); 11] = [
        ("shared", &[]),
        ("ui", &["shared"]),
        ("engine", &["shared"]),
        ("mobile", &["engine", "shared"]),
        ("reader", &[]),
        ("cards", &[]),
        ("training", &["cards", "reader"]),
        ("miaopi", &["reader", "shared", "ui"]),
        ("tests", &["cards", "miaopi", "shared", "ui"]),
        ("simulation", &["shared"]),
        ("xtask", &[]),
    ];
    let members = members();
    assert_eq!(
        members.iter().map(|member| member.name.as_str()).collect::<BTreeSet<_>>(),
        arrows.iter().map(|(name, _)| *name).collect::<BTreeSet<_>>(),
        "a new member needs its arrows written down here and in ARCHITECTURE.md"
    );
    for (name, allowed) in arrows {
        let member = members.iter().find(|member| member.name == name).unwrap();
        let depends: Vec<&String> = member
            .depends_on
            .iter()
            .filter(|other| arrows.iter().any(|(known, _)| known == other))
            .filter(|other| !allowed.contains(&other.as_str()))
            .collect();
        assert!(depends.is_empty(), "{name} must not depend on {depends:?}");
    }
}

#[test]
fn what_every_part_shares_builds_for_the_browser_and_does_no_io() {
    let forbidden =
        ["tokio", "axum", "hyper", "reqwest", "rusqlite", "dioxus", "dioxus-core", "tauri", "web-sys", "mio"];
    let found: Vec<String> =
        everything_below("shared").into_iter().filter(|name| forbidden.contains(&name.as_str())).collect();
    assert!(found.is_empty(), "shared pulls in {found:?}");
}

#[test]
fn the_customers_screens_need_no_browser_and_no_server() {
    let forbidden = ["dioxus-web", "dioxus-desktop", "tokio", "axum", "hyper", "rusqlite", "tauri"];
    let found: Vec<String> =
        everything_below("ui").into_iter().filter(|name| forbidden.contains(&name.as_str())).collect();
    assert!(found.is_empty(), "ui pulls in {found:?}");
}

#[test]
fn the_pure_parts_read_no_clock_draw_no_randomness_and_touch_no_disk() {
    let impure = [
        "SystemTime::now",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        " rand::",
        "getrandom",
        "std::fs",
        "std::net",
        "std::env",
        "std::process",
        "std::thread",
    ];
    for path in rust_files("shared/src").into_iter().chain(rust_files("app/ui/src")) {
        if path.file_stem().is_some_and(|name| name.to_string_lossy().ends_with("tests")) {
            continue;
        }
        for (number, line) in code_lines(&path) {
            let found = impure.iter().find(|word| line.contains(*word));
            assert!(found.is_none(), "{}:{number}: {} comes in from outside", path.display(), found.unwrap());
        }
    }
}

#[test]
fn inside_shared_the_domain_knows_nobody_and_flow_and_protocol_know_the_domain() {
    let rooms = ["app", "document", "domain", "flow", "protocol", "sync"];
    let may_know: [(&str, &[&str]); 6] = [
        ("domain", &[]),
        ("document", &["domain"]),
        ("flow", &["domain"]),
        ("protocol", &["domain"]),
        ("sync", &["domain", "document", "protocol"]),
        ("app", &["domain", "document", "protocol"]),
    ];
    for (room, known) in may_know {
        for path in rust_files(&format!("shared/src/{room}")) {
            for (number, line) in code_lines(&path) {
                for other in rooms.iter().filter(|other| **other != room && !known.contains(other)) {
                    let reaches = line.contains(&format!("crate::{other}"));
                    assert!(!reaches, "{}:{number}: {room} must not know {other}", path.display());
                }
            }
        }
    }
}

#[test]
fn the_environment_is_read_in_one_place() {
    for path in rust_files("sync-server/src") {
        if path.ends_with("config.rs")
            || path.ends_with("photos/pool.rs") // hands three variables on to its child, and clears the rest
            || path.starts_with("sync-server/src/config")
            || path.ends_with("main.rs")
        {
            continue;
        }
        for (number, line) in code_lines(&path) {
            let reads =
                line.contains("env::var(") || line.contains("env::var_os(") || line.contains("env::vars(");
            assert!(!reads, "{}:{number}: settings are read in config.rs only", path.display());
        }
    }
}

#[test]
fn every_refusal_that_a_page_can_show_has_its_sentence_in_both_languages() {
    let texts = ["zh-CN", "en"].map(|lang| text(Path::new(&format!("assets/locales/{lang}/problems.ftl"))));
    let rooms = ["blacklist", "cases", "links", "accounts", "office", "flows"]
        .map(|room| format!("sync-server/src/{room}"));
    let mut seen = 0;
    for path in rooms.iter().flat_map(|room| rust_files(room)).filter(|path| !path.ends_with("callbacks.rs"))
    {
        for code in refusal_codes(&text(&path)) {
            seen += 1;
            let line = format!("\nproblem-{} =", code.replace('_', "-"));
            assert!(
                texts.iter().all(|text| text.contains(&line)),
                "{}: {code} has no sentence",
                path.display()
            );
        }
    }
    assert!(seen > 40, "only {seen} refusals were found: does this test still look in the right places?");
}

/// The codes in `Problem::conflict("code", …)` and `Problem::invalid(field, "code", …)`.
fn refusal_codes(source: &str) -> Vec<String> {
    let is_code = |word: &&str| {
        word.contains('_')
            && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_' || byte.is_ascii_digit())
    };
    let mut codes = Vec::new();
    for (start, has_field) in [("Problem::conflict(", false), ("Problem::invalid(", true)] {
        for (at, _) in source.match_indices(start) {
            let mut arguments = source[at + start.len()..].trim_start();
            if has_field {
                arguments = arguments.split_once(',').map_or("", |(_, rest)| rest.trim_start());
            }
            let code = arguments.strip_prefix('"').and_then(|rest| rest.split('"').next());
            codes.extend(code.filter(is_code).map(str::to_owned));
        }
    }
    codes
}

#[test]
fn tests_wait_for_conditions_never_for_time() {
    for path in rust_files("tests") {
        // The benchmark is no test: it paces its customers and lets them read.
        if path.ends_with("world/wait.rs") || path.starts_with("tests/src/bench") {
            continue;
        }
        for (number, line) in (1..).zip(text(&path).lines()) {
            let sleeps =
                line.contains(concat!("time::", "sleep(")) || line.contains(concat!("thread::", "sleep("));
            assert!(!sleeps, "{}:{number}: use world::wait_until", path.display());
        }
    }
}

#[test]
fn files_are_named_by_what_someone_does_and_short_enough_to_read() {
    for path in committed() {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if !name.ends_with(".rs") {
            continue;
        }
        for vague in [
            "utils.rs",
            "util.rs",
            "helpers.rs",
            "helper.rs",
            "manager.rs",
            "common.rs",
            "misc.rs",
            "service.rs",
        ] {
            assert_ne!(name, vague, "{} says nothing about what it does", path.display());
        }
        let lines = text(&path).lines().count();
        assert!(lines <= MOST_LINES, "{} has {lines} lines: split it by what it does", path.display());
    }
}

#[test]
fn nothing_committed_is_huge_or_names_somebodys_machine() {
    // Written in two pieces so that this file does not name them itself.
    let places = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("C:", "\\Users"),
    ];
    for path in committed() {
        let bytes = std::fs::read(root().join(&path)).unwrap();
        assert!(bytes.len() as u64 <= MOST_BYTES, "{} has {} bytes", path.display(), bytes.len());
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if path.starts_with("tests/vendor") {
            continue;
        }
        let found = places.iter().find(|place| text.contains(*place));
        assert!(found.is_none(), "{} names {}", path.display(), found.unwrap());
    }
}

#[test]
fn both_readmes_have_the_same_headings_and_commands() {
    let (Ok(english), Ok(chinese)) = (
        std::fs::read_to_string(root().join("README.md")),
        std::fs::read_to_string(root().join("README.zh-CN.md")),
    ) else {
        assert!(!root().join("README.md").exists(), "README.md has no Chinese counterpart README.zh-CN.md");
        assert!(
            !root().join("README.zh-CN.md").exists(),
            "README.zh-CN.md has no English counterpart README.md"
        );
        return;
    };
    let (english, chinese) = (Outline::of(&english), Outline::of(&chinese));
    assert_eq!(english.heading_levels, chinese.heading_levels, "the headings differ");
    assert_eq!(english.commands, chinese.commands, "the commands differ");
    for target in english.links.iter().chain(&chinese.links) {
        assert!(root().join(target).exists(), "a README links to {target}, which is not there");
    }
}

#[test]
fn an_outline_takes_headings_commands_and_local_links() {
    let outline = Outline::of(
        "# A\n\n## B\n```sh\n# a comment\ncargo xtask up  # note\n```\nSee [x](x.md#part) and [y](https://y.test).\n",
    );
    assert_eq!(outline.heading_levels, [1, 2]);
    assert_eq!(outline.commands, ["cargo xtask up"]);
    assert_eq!(outline.links, ["x.md"]);
}

/// What two translations of a page must share.
struct Outline {
    heading_levels: Vec<usize>,
    commands: Vec<String>,
    links: Vec<String>,
}

impl Outline {
    fn of(page: &str) -> Self {
        let mut outline = Self { heading_levels: Vec::new(), commands: Vec::new(), links: Vec::new() };
        let mut in_block = false;
        for line in page.lines() {
            if line.trim_start().starts_with("```") {
                in_block = !in_block;
            } else if in_block {
                let command = line.split(" #").next().unwrap_or_default().trim();
                if !command.is_empty() && !command.starts_with('#') {
                    outline.commands.push(command.to_owned());
                }
            } else if line.starts_with('#') {
                outline.heading_levels.push(line.chars().take_while(|letter| *letter == '#').count());
            } else {
                outline.links.extend(local_links(line));
            }
        }
        outline
    }
}

fn local_links(line: &str) -> Vec<String> {
    line.split("](")
        .skip(1)
        .filter_map(|rest| rest.split([')', '#', ' ']).next())
        .filter(|target| !target.is_empty() && !target.contains("://"))
        .map(str::to_owned)
        .collect()
}

/// A member of the workspace and what its manifest names.
struct Member {
    name: String,
    depends_on: Vec<String>,
}

fn members() -> Vec<Member> {
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1", "--offline"]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let name = |value: &serde_json::Value| value["name"].as_str().unwrap().to_owned();
    let package = |package: &serde_json::Value| Member {
        name: name(package),
        depends_on: package["dependencies"].as_array().unwrap().iter().map(name).collect(),
    };
    metadata["packages"].as_array().unwrap().iter().map(package).collect()
}

/// The names of all crates that end up in a member's ordinary build on this system.
fn everything_below(member: &str) -> BTreeSet<String> {
    let tree = cargo(&[
        "tree",
        "--offline",
        "--locked",
        "-p",
        member,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
    ]);
    let names: BTreeSet<String> =
        tree.lines().filter_map(|line| Some(line.split(' ').next()?.to_owned())).collect();
    assert!(names.contains(member), "cargo tree said nothing about {member}");
    names
}

fn cargo(arguments: &[&str]) -> String {
    output(Command::new(env!("CARGO")).args(arguments))
}

fn committed() -> Vec<PathBuf> {
    let list =
        output(Command::new("git").args(["ls-files", "--cached", "--others", "--exclude-standard", "-z"]));
    let files: Vec<PathBuf> =
        list.split('\0').map(PathBuf::from).filter(|path| root().join(path).is_file()).collect();
    assert!(!files.is_empty(), "git lists no files");
    files
}

fn output(command: &mut Command) -> String {
    let output = command.current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn rust_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(folder);
    committed()
        .into_iter()
        .filter(|path| {
            path.starts_with(folder) && path.extension().is_some_and(|extension| extension == "rs")
        })
        .collect()
}

/// A file's lines with their numbers, without comments and without the tests at its end.
fn code_lines(path: &Path) -> Vec<(usize, String)> {
    let numbered = text(path).lines().map(str::to_owned).enumerate().collect::<Vec<_>>();
    numbered
        .into_iter()
        .map(|(index, line)| (index + 1, line))
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .collect()
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    // As cargo says now, not as it said when this was compiled: several checkouts may share one build folder.
    let here = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
    Path::new(&here).join("..")
}
