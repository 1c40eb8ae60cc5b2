//! The tour of the API in the documentation, typed as it stands there against a real server.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::Path;
use std::process::Command;

use tests::world::{Server, in_checkout};

/// What each command of the tour must say, in their order.
const SAID: [&[&str]; 10] = [
    &[r#""status":"ok""#],
    &[r#""url":"http"#, r#""case":""#, r#""token":""#],
    &[r#"{"links":[{"#, r#""state":"unopened""#, r#""next":null"#],
    &[r#""state":"with_customer""#, r#""decision":null"#],
    &[r#"{"cases":[{"#, r#""next":""#],
    &[r#"{"cases":[{"#, r#""next":null"#],
    &[r#"{"id":"wh_"#, r#""secret":"whsec_"#],
    &[r#"{"deliveries":[],"next":null}"#],
    &[r#""kind":"contract""#, r#""sha256":""#],
    &["%PDF-"],
];
/// The commands that come before the customer signs.
const BEFORE: usize = 8;

/// The blocks of this language in a page, in their order.
fn blocks(page: &str, language: &str) -> Vec<String> {
    let opening = format!("\n```{language}\n");
    page.split(&opening).skip(1).map(|rest| rest.split("\n```").next().unwrap().to_owned()).collect()
}

fn page(language: &str) -> String {
    std::fs::read_to_string(in_checkout(&format!("docs/api/{language}/README.md"))).unwrap()
}

/// Runs one line of the tour after its preparations.
fn typed(folder: &Path, preparations: &str, line: &str) -> String {
    let script = format!("set -euo pipefail\n{preparations}\n{line}\n");
    let done = Command::new("bash").args(["-c", &script]).current_dir(folder).output().unwrap();
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{line}\n{said}\n{}", String::from_utf8_lossy(&done.stderr));
    said
}

fn hold(line: &str, said: &str, expected: &[&str]) {
    for part in expected {
        assert!(said.contains(part), "{line}\nsaid {said}\nwithout {part}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tour_works_as_it_stands_in_the_documentation() {
    let page = page("en");
    let shell = blocks(&page, "sh");
    let [preparations, before, after] = shell.as_slice() else { panic!("{} blocks", shell.len()) };
    let lines: Vec<&str> = before.lines().chain(after.lines()).collect();
    assert_eq!((before.lines().count(), lines.len()), (BEFORE, SAID.len()));
    assert!(lines.iter().all(|line| line.starts_with("curl ")));

    let server = Server::start_demo().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("offer.json"), &blocks(&page, "json")[0]).unwrap();
    let preparations =
        preparations.replace("http://127.0.0.1:8080", &server.url).replace("mpk_...", &server.api_key);
    assert!(preparations.contains(&server.url) && preparations.contains(&server.api_key));
    for (line, expected) in lines[..BEFORE].iter().zip(SAID) {
        hold(line, &typed(folder.path(), &preparations, line), expected);
    }
    // Typed once more, the link is the same: the key in it is the reader's own.
    let first = std::fs::read_to_string(folder.path().join("link.json")).unwrap();
    assert_eq!(typed(folder.path(), &preparations, lines[1]), first);

    let link: serde_json::Value = serde_json::from_str(&first).unwrap();
    let card = in_checkout("assets/cards/sample-1.jpg");
    let arguments = ["--id-number", "110105198004197592", "--photo", card.to_str().unwrap(), "--accept"];
    let submitted = server.submit(link["url"].as_str().unwrap(), &arguments).await.unwrap();
    assert_eq!(submitted.code, 0, "{submitted:?}");
    hold(lines[3], &typed(folder.path(), &preparations, lines[3]), &[r#""decision":"approved""#]);
    for (line, expected) in lines[BEFORE..].iter().zip(&SAID[BEFORE..]) {
        hold(line, &typed(folder.path(), &preparations, line), expected);
    }
}

#[test]
fn both_languages_show_the_same_tour() {
    let (en, zh) = (page("en"), page("zh"));
    for language in ["sh", "json"] {
        assert_eq!(blocks(&en, language), blocks(&zh, language), "{language}");
    }
}
