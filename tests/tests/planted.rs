//! A copied disk and the log tell nothing of the people: their values are planted in whole cases and searched for in
//! every file under the data folder.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tests::world::{PATIENCE, Server, Start, http, in_checkout, wait_until};

const NAME: &str = "沈若云";
const ID_NUMBER: &str = "330106199304172460";
const PHONE: &str = "13912345678";
/// What is on the sample card, and what is said of its holder.
const READ: [&str; 2] = ["唐飞", "110105198004197592"];
const REASON: &str = "与沈若云本人电话核实后同意";

/// How a browser sends a form.
const TYPE: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn urlencoded<T: AsRef<str>>(form: &[(T, T)]) -> String {
    let url = reqwest::Url::parse_with_params("http://form/", form).unwrap();
    url.query().unwrap_or_default().to_owned()
}

/// A value as it could lie in a file: as text in three encodings, as hex, as base64 at any offset.
fn forms(value: &str) -> Vec<Vec<u8>> {
    let utf16 = |bytes: fn(u16) -> [u8; 2]| value.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
    let mut forms = vec![
        value.as_bytes().to_vec(),
        utf16(u16::to_le_bytes),
        utf16(u16::to_be_bytes),
        hex::encode(value).into_bytes(),
        hex::encode_upper(value).into_bytes(),
        serde_json::to_string(value).unwrap().trim_matches('"').as_bytes().to_vec(),
        value.encode_utf16().flat_map(|unit| format!("\\u{unit:04x}").into_bytes()).collect(),
        value.bytes().flat_map(|byte| format!("%{byte:02X}").into_bytes()).collect(),
    ];
    for offset in 0..3 {
        use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
        let padded = [&vec![0; offset][..], value.as_bytes()].concat();
        let text = STANDARD_NO_PAD.encode(padded);
        // The first and the last group also hold neighbours.
        let inside = text.as_bytes()[4.min(text.len())..text.len() - text.len() % 4].to_vec();
        if inside.len() >= 8 {
            forms.push(inside);
        }
    }
    forms
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(files_below(&path)) } else { files.push(path) }
    }
    files
}

fn holds(bytes: &[u8], form: &[u8]) -> bool {
    let starts = bytes.iter().enumerate().filter(|(_, byte)| **byte == form[0]);
    starts.into_iter().any(|(at, _)| bytes[at..].starts_with(form))
}

#[test]
fn the_search_finds_what_is_there() {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let texts = [
        format!("name={NAME}"),
        hex::encode(format!("x{PHONE}y")),
        STANDARD.encode(format!("number {ID_NUMBER}!")),
        STANDARD.encode(format!("a number {ID_NUMBER}!")),
        "\\u6c88\\u82e5\\u4e91".to_owned(),
    ];
    for text in texts {
        let found =
            [NAME, ID_NUMBER, PHONE].iter().flat_map(|v| forms(v)).any(|form| holds(text.as_bytes(), &form));
        assert!(found, "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_a_person_lies_readable_on_the_disk_or_in_the_log() {
    let mut server = Start::demo().env("MIAOPI_LOG", "trace").start().await.unwrap();
    signed_case(&server).await;
    reviewed_case(&server).await;
    refused_input(&server).await;

    // While it runs (the log that is not merged yet) and after it stopped.
    search(&server);
    server.stop().await.unwrap();
    search(&server);
}

/// A whole case to its signature.
async fn signed_case(server: &Server) {
    let link = server.new_link(&json!({})).await.unwrap();
    let photo = in_checkout("assets/cards/sample-1.jpg").to_string_lossy().into_owned();
    let more = ["--id-number", READ[1], "--photo", &photo, "--name", READ[0], "--accept"];
    let signed = server.submit(&link.url, &more).await.unwrap();
    assert_eq!(signed.code, 0, "{:?}", signed.said);
}

/// A case with everything planted that a person has to look at, and whose reviewer writes the name into the reason.
async fn reviewed_case(server: &Server) {
    let mut offer: Value = serde_json::from_str(
        &std::fs::read_to_string(in_checkout("sync-server/src/demo/offer.json")).unwrap(),
    )
    .unwrap();
    offer["phone"] = PHONE.into();
    let link = server.new_link(&offer).await.unwrap();
    // Somebody else's card: a person compares.
    let photo = in_checkout("tests/fixtures/outside/outside-2.jpg").to_string_lossy().into_owned();
    let more = ["--id-number", ID_NUMBER, "--photo", &photo, "--name", NAME, "--accept"];
    let submitted = server.submit(&link.url, &more).await.unwrap();
    assert_eq!(submitted.code, 3, "{:?}", submitted.said);

    let reviewer = server.account("reviewer").unwrap();
    let office = |path: &str| format!("{}/office/{path}", server.url);
    let client = http().unwrap();
    let form = [("user", reviewer.user.as_str()), ("password", reviewer.password.as_str())];
    let signed_in = client.post(office("sign-in")).header(TYPE.0, TYPE.1).body(urlencoded(&form));
    let signed_in = signed_in.send().await.unwrap();
    let cookie = signed_in.headers()["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let page = wait_until("the case to be on the reviewer's page", PATIENCE, async || {
        let url = office(&format!("cases/{}", link.case));
        let shown = client.get(url).header("cookie", &cookie).send().await.ok()?.text().await.ok()?;
        shown.contains("name=\"reason\"").then_some(shown)
    })
    .await
    .unwrap();
    let mut form: Vec<(String, String)> = hidden_fields(&page);
    form.push(("reason".into(), REASON.into()));
    form.push(("action".into(), "approve".into()));
    let url = office(&format!("cases/{}/decide", link.case));
    let decided = client.post(url).header("cookie", &cookie).header(TYPE.0, TYPE.1).body(urlencoded(&form));
    let decided = decided.send().await.unwrap();
    assert!(decided.status().is_redirection(), "{} {}", decided.status(), decided.text().await.unwrap());
}

/// Values that are refused are not kept either.
async fn refused_input(server: &Server) {
    let client = http().unwrap();
    let links = format!("{}/api/v1/links", server.url);
    for body in
        [json!({"product": 1, "phone": PHONE}), json!({"phone": 13912345678_u64}), json!({"months": NAME})]
    {
        let answer = client.post(&links).bearer_auth(&server.api_key).json(&body).send().await.unwrap();
        assert_eq!(answer.status(), 422);
        let said = answer.text().await.unwrap();
        assert!(!said.contains(PHONE) && !said.contains(NAME), "{said}");
    }
}

fn search(server: &Server) {
    let files = files_below(&server.data());
    assert!(files.iter().any(|file| file.ends_with("miaopi.db")), "{files:?}");
    let log = server.log().into_bytes();
    assert!(!log.is_empty());
    for value in [NAME, ID_NUMBER, PHONE, READ[0], READ[1], REASON] {
        for form in forms(value) {
            assert!(!holds(&log, &form), "{value} is in the log");
            for file in &files {
                let bytes = std::fs::read(file).unwrap_or_default();
                assert!(!holds(&bytes, &form), "{value} lies in {}", file.display());
            }
        }
    }
}

/// Names and values of a page's hidden fields.
fn hidden_fields(page: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let from = tag.find(&format!("{name}=\""))? + name.len() + 2;
        Some(tag[from..].split('"').next()?.to_owned())
    };
    let tags = page.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let hidden = tags.filter(|tag| tag.contains("type=\"hidden\""));
    // Several forms of a page may hold the same field.
    let fields: BTreeMap<String, String> =
        hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect();
    fields.into_iter().collect()
}
