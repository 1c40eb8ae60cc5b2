//! Somebody else's tool reads the API's description, holds its examples against its schemas, and asks a real server what
//! the description makes it expect: Schemathesis, with a seed, so that every run asks the same.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::Path;
use std::process::Command;
use std::time::Instant;

use serde_json::{Value, json};
use tests::world::{Desk, Server, Start, http};

/// What every run starts from.
const SEED: &str = "20260501";
/// Requests made up for one route, besides those that its schemas suggest by themselves.
const REQUESTS: &str = "40";
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

/// A link that has ended refuses everything with 410, also what would not be understood.
const ENDED: &str = r#"
[checks.negative_data_rejection]
expected-statuses = ["400", "401", "404", "409", "410", "415", "422", "429", "5xx"]
"#;

/// Lets the tool loose on these routes, as this description says; what it says when it has found something.
fn examine(
    (server, document): (&Server, &str),
    settings: &str,
    routes: &[&str],
    headers: &[String],
) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("schemathesis.toml"), settings).unwrap();
    let mut run = Command::new(python());
    std::fs::write(folder.path().join("openapi.json"), document).unwrap();
    run.current_dir(folder.path());
    run.args(["-m", "schemathesis.cli", "run", "openapi.json", "--url", &server.url]);
    run.args([
        "--phases",
        "examples,coverage,fuzzing,stateful",
        "--checks",
        "all",
        "--exclude-checks",
        NOT_ASKED,
    ]);
    run.args(["--seed", SEED, "--max-examples", REQUESTS, "--workers", "1", "--continue-on-failure"]);
    run.args(["--generation-database", "none", "--no-color", "--warnings", "off", "--request-timeout", "20"]);
    run.args(["--suppress-health-check", "all"]).args(routes);
    for header in headers {
        run.args(["--header", header]);
    }
    let began = Instant::now();
    let done =
        run.output().unwrap_or_else(|error| panic!("{error}. `cargo xtask test` installs Schemathesis"));
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    println!("{routes:?} took {:?}\n{said}", began.elapsed());
    if done.status.success() { Ok(()) } else { Err(said) }
}

/// The headers of a customer of a fresh case.
async fn customer(server: &Server) -> Vec<String> {
    let token = server.new_link(&json!({})).await.unwrap().token.unwrap();
    vec![format!("Authorization: Bearer {token}"), format!("miaopi-link: {token}")]
}

async fn description(server: &Server) -> String {
    let answer = http().unwrap().get(format!("{}/api/openapi.json", server.url)).send().await.unwrap();
    answer.text().await.unwrap()
}

fn tagged<'a>(tags: &[&'a str]) -> Vec<&'a str> {
    tags.iter().flat_map(|tag| ["--include-tag", tag]).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_where_programs_and_partners_ask() {
    let server = server().await;
    let key = [format!("Authorization: Bearer {}", server.api_key)];
    let document = description(&server).await;
    for tags in [&["links", "cases"][..], &["webhooks", "partners", "operations"]] {
        examine((&server, &document), "", &tagged(tags), &key).unwrap_or_else(|found| panic!("{found}"));
    }
    // And it would notice: a list that is described with a field that it does not have.
    let mut lie: Value = serde_json::from_str(&document).unwrap();
    let page = &mut lie["components"]["schemas"]["CasePage"]["required"];
    page.as_array_mut().unwrap().push("total".into());
    let found = examine((&server, &lie.to_string()), "", &tagged(&["cases"]), &key).unwrap_err();
    assert!(found.contains("Response violates schema"), "{found}");
    nothing_went_wrong(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_where_customers_ask() {
    let server = server().await;
    let acts = [tagged(&["customer"]), vec!["--exclude-operation-id", "customer_withdrawal"]].concat();
    // It cannot make slices of files.
    let uploads = [tagged(&["uploads"]), vec!["--exclude-operation-id", "uploads_go_on"]].concat();
    let document = description(&server).await;
    let withdrawal = vec!["--include-operation-id", "customer_withdrawal"];
    for (settings, routes) in [("", acts), ("", uploads), (ENDED, withdrawal)] {
        let headers = customer(&server).await;
        examine((&server, &document), settings, &routes, &headers).unwrap_or_else(|found| panic!("{found}"));
    }
    nothing_went_wrong(&server);
}

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_nothing_where_staff_ask() {
    let server = server().await;
    let document = description(&server).await;
    // It would sign itself out.
    let devices = [tagged(&["devices"]), vec!["--exclude-operation-id", "devices_end_session"]].concat();
    let flows = tagged(&["flows"]);
    let asked = [
        ("designer", &flows),
        ("approver", &flows),
        ("manager", &tagged(&["blacklist"])),
        ("advisor", &devices),
    ];
    for (role, routes) in asked {
        let desk = Desk::of(&server, role).await.unwrap();
        let (_, session) = desk.cookie().split_once('=').unwrap();
        // As the description's own credential: a header would go along with requests that are to have none.
        let settings = format!("[auth.openapi.session]\napi_key = \"{session}\"\n");
        examine((&server, &document), &settings, routes, &[])
            .unwrap_or_else(|found| panic!("{role}: {found}"));
    }
    nothing_went_wrong(&server);
}

fn nothing_went_wrong(server: &Server) {
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
sys.exit("\n".join(wrong) or 0)
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
    let document = description(&server).await;
    let held = validated(&document, folder.path()).unwrap();
    assert!(held > 300, "{held} examples");
    let spoiled = document.replacen("\"price_fen\": 12980000", "\"price_fen\": \"12980000\"", 1);
    assert_ne!(spoiled, document);
    assert!(validated(&spoiled, folder.path()).unwrap_err().contains("/api/v1/links"));
}
