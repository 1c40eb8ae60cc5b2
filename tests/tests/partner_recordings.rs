//! What a partner answers is recorded, read once more, taken along and played by a second lab, over HTTP; and nothing
//! that a partner says of a person lies readable on the disk or goes along.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};
use serde_json::{Value, json};
use tests::world::{Customer, Desk, Lab, PATIENCE, Server, demo_offer, http, in_a_hurry, wait_until};

const REALNAME: &str = "/office/partners/realname";
const FUNDER: &str = "/office/partners/funders.huaxing-bank";
/// What the partners say of people besides what they are asked.
const PLANTED: [&str; 3] = ["沈若云", "330106199304172460", "13912345678"];

/// Stands before a lab and lets its partners say more than they should.
struct Talkative {
    url: String,
    said: Arc<AtomicU32>,
}

impl Talkative {
    async fn before(lab: &Lab) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(AtomicU32::new(0));
        let router = Router::new().fallback(pass_on).with_state((lab.url.clone(), said.clone()));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, said }
    }
}

async fn pass_on(
    State((lab, said)): State<(String, Arc<AtomicU32>)>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    headers.remove("host");
    headers.remove("content-length");
    let request = http().unwrap().request(method, format!("{lab}{uri}")).headers(headers).body(body);
    let answer = request.send().await.unwrap();
    let (status, kind) = (answer.status(), answer.headers().get("content-type").cloned().unwrap());
    let mut body = answer.bytes().await.unwrap();
    let speaks = ["/realname", "/funders"].iter().any(|partner| uri.path().starts_with(partner));
    if let Some(mut answer) = serde_json::from_slice::<Value>(&body).ok().filter(|_| speaks) {
        answer["holder"] = json!(format!("{} {}", PLANTED[0], PLANTED[1]));
        answer["phone"] = PLANTED[2].parse::<u64>().unwrap().into();
        said.fetch_add(1, Ordering::Relaxed);
        body = answer.to_string().into();
    }
    (status, [("content-type", kind)], body).into_response()
}

/// The demo's offer at a price of one's own.
fn offer(price_fen: i64) -> Value {
    let mut offer = demo_offer().unwrap();
    offer["vehicle"]["price_fen"] = json!(price_fen);
    offer
}

fn outcomes(view: &Value, block: &str) -> Vec<String> {
    let steps = view["steps"].as_array().into_iter().flatten().filter(|step| step["block"] == block);
    steps.filter_map(|step| step["outcome"].as_str().map(str::to_owned)).collect()
}

/// How a case went where partners were asked.
fn went(view: &Value) -> (Value, [Vec<String>; 3]) {
    (view["decision"].clone(), ["realname", "bureau", "funder"].map(|block| outcomes(view, block)))
}

async fn case(server: &Server, price_fen: i64, phone: &str) -> Value {
    Customer::new(server, offer(price_fen), phone).await.unwrap().walk(|_| false).await.unwrap()
}

async fn record(desk: &Desk, partner: &str) -> String {
    let form = [("answers", "10"), ("last_hours", "1"), ("reason", "对方要换接口，先录下来。")];
    let (status, page) = desk.send_form(partner, &format!("{partner}/recordings"), &form).await.unwrap();
    assert_eq!(status, 303, "{page}");
    let page = desk.page(partner).await.unwrap();
    let from = page.find(&format!("{partner}/recordings/")).unwrap();
    page[from..].split('"').next().unwrap().to_owned()
}

async fn kept(desk: &Desk, recording: &str, n: u32) {
    let said = format!("{n} 条，最多 10 条");
    wait_until("the answers to be kept", PATIENCE, async || {
        desk.page(recording).await.unwrap().contains(&said).then_some(())
    })
    .await
    .unwrap();
}

async fn requests(lab: &Lab) -> u32 {
    lab.effects().await.unwrap().iter().map(|effect| effect.requests).sum()
}

/// Looks for what was planted, as text and as base64 at any offset, in every file below `folder`.
fn search(folder: &Path) -> usize {
    let mut looked = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            looked += search(&path);
            continue;
        }
        // What a running server has removed meanwhile holds nothing.
        let Ok(bytes) = std::fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        assert_eq!(holds(&text), None, "{}", path.display());
        looked += 1;
    }
    looked
}

fn holds(text: &str) -> Option<&'static str> {
    PLANTED.into_iter().find(|planted| {
        // Groups of four characters that hold nothing of the neighbours.
        let encoded = (0..3).map(|offset| {
            let whole = STANDARD_NO_PAD.encode([&vec![0; offset][..], planted.as_bytes()].concat());
            whole[if offset == 0 { 0 } else { 4 }..(offset + planted.len()) / 3 * 4].to_owned()
        });
        text.contains(planted) || encoded.into_iter().any(|form| text.contains(&form))
    })
}

#[test]
fn the_search_finds_what_is_there() {
    use base64::engine::general_purpose::STANDARD;
    for before in ["", "x", "xy"] {
        let text = format!("{before}{{\"holder\":\"{} {}\"}}", PLANTED[0], PLANTED[1]);
        assert!(holds(&text).is_some() && holds(&STANDARD.encode(&text)).is_some(), "{text}");
    }
    assert_eq!(holds("nobody"), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_partners_answered_is_recorded_replayed_and_played_by_a_second_lab() {
    let lab = Lab::start().unwrap();
    let talkative = Talkative::before(&lab).await;
    let mut server =
        lab.serves_over(&talkative.url, in_a_hurry()).env("MIAOPI_LOG", "debug").start().await.unwrap();
    let desk = Desk::of(&server, "controller").await.unwrap();
    let (realname, funder) = (record(&desk, REALNAME).await, record(&desk, FUNDER).await);
    let approved = case(&server, 12_980_000, "13800000901").await;
    assert_eq!(approved["decision"], "approved", "{approved}");
    kept(&desk, &realname, 1).await;
    kept(&desk, &funder, 1).await;

    // A crash in between: it goes on, and an answer that makes no sense is recorded as that.
    server.kill_server().await.unwrap();
    server.restart().await.unwrap();
    let desk = Desk::of(&server, "controller").await.unwrap();
    assert!(desk.page(REALNAME).await.unwrap().contains("正在录制它的答复：1 / 10 条"));
    lab.set_faults("realname", &json!({"fault": "malformed"})).await.unwrap();
    let unread = case(&server, 12_980_000, "13800000902").await;
    assert_eq!(unread["page"], "in-review", "{unread}");
    kept(&desk, &realname, 2).await;

    // Read once more, all is the same, and nobody is asked.
    let asked = requests(&lab).await;
    let page = desk.page(&realname).await.unwrap();
    assert_eq!((page.matches("相同</span>").count(), page.matches("不同</span>").count()), (2, 0), "{page}");
    assert!(page.contains("not_json") && page.contains("一致"), "{page}");
    assert_eq!(holds(&page), None);
    assert_eq!(requests(&lab).await, asked, "a replay asked somebody");

    // Taken along without what was said of people.
    let mut files = Vec::new();
    for recording in [&realname, &funder] {
        let (status, file) = desk.send_form(recording, &format!("{recording}/file"), &[]).await.unwrap();
        assert_eq!(status, 200, "{file}");
        assert!(holds(&file).is_none() && !file.contains("holder"), "{file}");
        files.push(file);
    }
    assert!(files[0].lines().count() == 3 && files[1].contains("approved"), "{files:?}");
    assert!(talkative.said.load(Ordering::Relaxed) >= 2, "nothing was planted");

    // Ended and deleted; then nothing of it is on the disk, nor was it in the clear before.
    let (status, _) = desk.send_form(&realname, &realname, &[("do", "stop")]).await.unwrap();
    assert_eq!(status, 303);
    assert!(!desk.page(REALNAME).await.unwrap().contains("正在录制"));
    search(&server.data());
    let (status, _) = desk.send_form(&realname, &realname, &[("do", "delete")]).await.unwrap();
    assert_eq!(status, 303);
    assert!(!desk.page(REALNAME).await.unwrap().contains("/recordings/"));
    assert_eq!(holds(&server.log()), None);
    server.stop().await.unwrap();
    assert!(search(&server.data()) > 3);

    // A second lab plays the files: the same happens to other cases at another price.
    let folder = tempfile::tempdir().unwrap();
    let paths: Vec<_> = (0..2).map(|n| folder.path().join(format!("{n}.jsonl"))).collect();
    for (path, file) in paths.iter().zip(&files) {
        std::fs::write(path, file).unwrap();
    }
    let player = Lab::playing(&paths).unwrap();
    let system = player.serves(in_a_hurry()).start().await.unwrap();
    let first = case(&system, 11_500_000, "13800000903").await;
    assert_eq!(went(&first), went(&approved), "{first}");
    let second = case(&system, 11_500_000, "13800000904").await;
    assert_eq!(went(&second), went(&unread), "{second}");
    // After the last recorded answer it answers as usual.
    let third = case(&system, 11_500_000, "13800000905").await;
    assert_eq!(third["decision"], "approved", "{third}");
}
