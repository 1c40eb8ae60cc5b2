//! A sub-flow in the designer: one block, through which the gate sees, with the way to what it contains.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use reqwest::Method;
use serde_json::{Value, json};
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::world::{Desk, Server};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };

/// The new-car loan in one block, with its ends around it.
fn around(loan: &Value, hash: &Value) -> Value {
    let blocks = loan["blocks"].as_object().unwrap();
    let ends: Vec<&String> =
        blocks.iter().filter(|(_, block)| block["kind"] == "end").map(|(id, _)| id).collect();
    let next: serde_json::Map<String, Value> = ends.iter().map(|end| ((*end).clone(), json!(end))).collect();
    let mut file = loan.clone();
    file["blocks"] = json!({"loan":
        {"kind": "sub-flow", "params": {"flow": hash, "ends": ends}, "next": next, "at": [120, 200]}});
    for (row, end) in (0..).zip(&ends) {
        let mut block = blocks[*end].clone();
        block["at"] = json!([560, 40 + 120 * row]);
        file["blocks"][*end] = block;
    }
    file["start"] = json!("loan");
    file["person"] = json!("loan");
    file
}

/// Chooses the block.
async fn choose(page: &Page) {
    page.click("#b-loan .block-head").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_gate_sees_through_a_sub_flow_and_its_panel_leads_to_what_it_contains() {
    let server = Server::start_demo().await.unwrap();
    let desk = Desk::of(&server, "designer").await.unwrap();
    let get = async |path: &str| desk.done(Method::GET, path, &Value::Null).await.unwrap();
    let flows = get("/api/v1/flows").await;
    let mut all = flows["flows"].as_array().unwrap().iter();
    let hash = all.find(|flow| flow["key"] == "new-car-loan").unwrap()["live"]["hash"].clone();
    let begun = desk.done(Method::POST, "/api/v1/flows/drafts", &json!({"from": hash})).await.unwrap();
    let (draft, loan) = (begun["id"].as_str().unwrap(), &begun["file"]);
    let path = format!("/api/v1/flows/drafts/{draft}");
    let keep = json!({"revision": 1, "file": around(loan, &hash)});
    desk.done(Method::PUT, &path, &keep).await.unwrap();

    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("d-sub-flow");
    let page = staff(&server, &browser, DESKTOP, "designer", "en").await.unwrap();
    page.goto(&format!("{}/office/flows/design/{draft}", server.url)).await.unwrap();
    page.wait_for("#problems-button.right").await.unwrap();
    choose(&page).await;
    page.wait_text("Its ends:").await.unwrap();
    assert_eq!(page.count("a[href='/office/flows/new-car-loan'][target=_blank]").await.unwrap(), 1);
    look.at(&page, "passes").await.unwrap();

    // Without one of its ends it is said at the block that stands for it.
    let mut short = around(loan, &hash);
    short["blocks"]["loan"]["params"]["ends"].as_array_mut().unwrap().pop();
    let keep = json!({"revision": 2, "file": short});
    desk.done(Method::PUT, &path, &keep).await.unwrap();
    page.goto(&format!("{}/office/flows/design/{draft}", server.url)).await.unwrap();
    page.wait_for("#problems-button.wrong").await.unwrap();
    choose(&page).await;
    page.wait_text("name exactly these").await.unwrap();
    look.at(&page, "an-end-is-missing").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}
