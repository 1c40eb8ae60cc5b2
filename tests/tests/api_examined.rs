//! Somebody else's tool reads the API's description, holds its examples against its schemas, and asks a real server what
//! the description makes it expect: Schemathesis, with a seed, so that every run asks the same.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::json;
use tests::world::{Server, Start, http};

/// What every run starts from.
const SEED: &str = "20260501";
/// Requests made up for one route, besides those that its schemas suggest by themselves.
const REQUESTS: &str = "12";
/// Not asked: whether all that fits the schemas is taken. A number with a wrong check digit fits its schema and is refused.
const NOT_ASKED: &str = "positive_data_acceptance";

fn python() -> String {
    std::env::var("MIAOPI_SCHEMATHESIS_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

async fn server() -> Server {
    // The tool asks faster than any program that means well.
    let limits = ["LINK", "ACCOUNT", "ADDRESS"].map(|who| format!("MIAOPI_REQUESTS_PER_MINUTE_{who}"));
    limits.iter().fold(Start::demo(), |start, limit| start.env(limit, "0")).start().await.unwrap()
}

/// Lets the tool loose on the routes of these tags; what it says when it has found something.
fn examine(server: &Server, folder: &Path, tags: &[&str], headers: &[String]) -> Result<(), String> {
    let mut run = Command::new(python());
    run.current_dir(folder).args([
        "-m",
        "schemathesis.cli",
        "run",
        &format!("{}/api/openapi.json", server.url),
    ]);
    run.args(["--phases", "examples,coverage,fuzzing", "--checks", "all", "--exclude-checks", NOT_ASKED]);
    run.args(["--seed", SEED, "--max-examples", REQUESTS, "--workers", "2", "--continue-on-failure"]);
    run.args(["--generation-database", "none", "--no-color", "--warnings", "off", "--request-timeout", "20"]);
    run.args(["--suppress-health-check", "all"]);
    for tag in tags {
        run.args(["--include-tag", tag]);
    }
    for header in headers {
        run.args(["--header", header]);
    }
    let began = Instant::now();
    let done =
        run.output().unwrap_or_else(|error| panic!("{error}. `cargo xtask test` installs Schemathesis"));
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    println!("{tags:?} took {:?}\n{said}", began.elapsed());
    if done.status.success() { Ok(()) } else { Err(said) }
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing() {
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let key = format!("Authorization: Bearer {}", server.api_key);
    let token = server.new_link(&json!({})).await.unwrap().token.unwrap();
    let customer = [format!("Authorization: Bearer {token}"), format!("miaopi-link: {token}")];
    for (tags, headers) in [
        (&["links", "cases", "webhooks", "partners", "operations"][..], &[key][..]),
        (&["customer", "uploads"], &customer),
    ] {
        examine(&server, folder.path(), tags, headers).unwrap_or_else(|found| panic!("{tags:?}: {found}"));
    }
    let log = server.log();
    assert!(!log.contains("request failed") && !log.contains("panicked"), "{log}");
}

/// Holds every example of the description against its schema, with a validator that is not ours.
const VALIDATE: &str = r##"
import json, sys, jsonschema_rs
document = json.load(sys.stdin)
held, wrong = 0, []
def hold(where, schema, value):
    global held
    held += 1
    whole = {"$schema": "https://json-schema.org/draft/2020-12/schema", "components": document["components"], **schema}
    for error in jsonschema_rs.validator_for(whole).iter_errors(value):
        wrong.append(f"{where}: {error.message}")
def media(where, content):
    for kind, one in content.items():
        if "schema" not in one:
            continue
        if "example" in one:
            hold(f"{where} {kind}", one["schema"], one["example"])
        for name, example in one.get("examples", {}).items():
            hold(f"{where} {kind} {name}", one["schema"], example["value"])
for path, item in document["paths"].items():
    for method, operation in item.items():
        where = f"{method} {path}"
        for parameter in operation.get("parameters", []):
            if "example" in parameter:
                hold(f"{where} {parameter['name']}", parameter["schema"], parameter["example"])
        media(where, operation.get("requestBody", {}).get("content", {}))
        for status, response in operation["responses"].items():
            media(f"{where} {status}", response.get("content", {}))
for name, schema in document["components"]["schemas"].items():
    if "example" in schema:
        hold(name, {"$ref": f"#/components/schemas/{name}"}, schema["example"])
print(held)
sys.exit("\n".join(wrong))
"##;

fn validated(document: &str, folder: &Path) -> Result<usize, String> {
    let file = folder.join("document.json");
    std::fs::write(&file, document).unwrap();
    let mut run = Command::new(python());
    let done = run.args(["-c", VALIDATE]).stdin(std::fs::File::open(&file).unwrap()).output().unwrap();
    match done.status.success() {
        true => Ok(String::from_utf8_lossy(&done.stdout).trim().parse().unwrap()),
        false => Err(String::from_utf8_lossy(&done.stderr).into_owned()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_fits_its_schema() {
    let server = Server::start_demo().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let answer = http().unwrap().get(format!("{}/api/openapi.json", server.url)).send().await.unwrap();
    let document = answer.text().await.unwrap();
    let held = validated(&document, folder.path()).unwrap();
    assert!(held > 300, "{held} examples");
    let spoiled = document.replacen("\"price_fen\": 12980000", "\"price_fen\": \"12980000\"", 1);
    assert_ne!(spoiled, document);
    assert!(validated(&spoiled, folder.path()).unwrap_err().contains("/api/v1/links"));
}
