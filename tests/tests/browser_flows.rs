//! The flows pages in a browser: a second person looks at what differs, approves, releases a canary and takes it back.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use reqwest::Method;
use serde_json::json;
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::world::{Desk, Server};

const DESKTOP: Screen = Screen { width: 1280, height: 800, scale: 1.0, mobile: false };
const PHONE: Screen = Screen { width: 360, height: 740, scale: 2.0, mobile: true };

/// Signed in, and led to the flows.
async fn at_the_flows(server: &Server, browser: &Browser, role: &str) -> Page {
    let page = staff(server, browser, DESKTOP, role, "zh-CN").await.unwrap();
    page.wait_for("body[data-page=flows]").await.unwrap();
    page
}

/// Hands in a version of the new-car loan with another highest age.
async fn hand_in(server: &Server, max_age: u8) -> String {
    let designer = Desk::of(server, "designer").await.unwrap();
    let done = async |method, path: &str, body| {
        designer.done(method, &format!("/api/v1/flows{path}"), &body).await.unwrap()
    };
    let flows = done(Method::GET, "", json!({})).await;
    let mut draft = done(Method::POST, "/drafts", json!({"from": flows["flows"][0]["live"]["hash"]})).await;
    let path = format!("/drafts/{}", draft["id"].as_str().unwrap());
    draft["file"]["blocks"]["id_rules"]["params"]["max_age"] = json!(max_age);
    done(Method::PUT, &path, json!({"revision": 1, "file": draft["file"]})).await;
    let note = json!({"revision": 2, "note": "总部要求调整年龄上限。"});
    let draft = done(Method::POST, &format!("{path}/submit"), note).await;
    draft["base"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_compares_approves_releases_and_takes_back() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("r-office-flows").dark_too();
    let designer = at_the_flows(&server, &browser, "designer").await;
    designer.fill("#key", "New Car").await.unwrap();
    designer.click("form[action='/office/flows/drafts'] button.main").await.unwrap();
    designer.wait_for("#problems").await.unwrap();
    look.at(&designer, "new-flow-refused").await.unwrap();

    let hash = hand_in(&server, 60).await;
    designer.goto(&format!("{}/office/flows", server.url)).await.unwrap();
    look.at(&designer, "designer").await.unwrap();
    designer.screen(PHONE).await.unwrap();
    look.at(&designer, "designer-phone").await.unwrap();
    designer.click("form[action$='/delete'] button").await.unwrap();
    designer.wait_for(".list .empty").await.unwrap();

    // One browser holds one session.
    designer.click(".who button").await.unwrap();
    designer.wait_for("body[data-page=sign-in]").await.unwrap();

    let page = at_the_flows(&server, &browser, "approver").await;
    page.click("h2 a[href='/office/flows/new-car-loan']").await.unwrap();
    page.wait_for("body[data-page=flow]").await.unwrap();
    look.at(&page, "waiting").await.unwrap();
    let said = page.text("main").await.unwrap();
    assert!(said.contains("id_rules: max_age 65 → 60") && said.contains(&hash[..12]), "{said}");
    page.click("button[value=refuse]").await.unwrap();
    page.wait_for("#problems").await.unwrap();
    look.at(&page, "refused-without-reason").await.unwrap();
    page.click("button[value=approve]").await.unwrap();
    page.wait_for("#v2 details.acts").await.unwrap();
    page.click("#v2 details.acts summary").await.unwrap();
    page.fill("#share_percent-2", "20").await.unwrap();
    page.fill("#regions-2", "31 44").await.unwrap();
    look.at(&page, "release").await.unwrap();
    page.click("#v2 details.acts button.main").await.unwrap();
    page.wait_text("灰度 20%").await.unwrap();
    look.at(&page, "canary").await.unwrap();
    page.screen(PHONE).await.unwrap();
    look.at(&page, "canary-phone").await.unwrap();
    page.click("form[action$='/take-back'] button").await.unwrap();
    page.wait_for("#take-back").await.unwrap();
    look.at(&page, "take-back").await.unwrap();
    page.click("#take-back button.danger").await.unwrap();
    page.wait_text("由人工撤回").await.unwrap();
    look.at(&page, "taken-back").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}
