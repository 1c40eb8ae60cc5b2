//! The office finds out why an advisor's case is not here, from the advisor's own app in a browser.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use tests::browser::{Advisor, Browser, Look, PHONE, Screen, staff};
use tests::world::{Account, Server};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const TABLET: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };

fn account(server: &Server, role: &str) -> Account {
    server.account(role).unwrap().clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_case_is_not_here_is_three_clicks_away() {
    let server = Server::start_demo().await.unwrap();
    // Two browsers: to a browser all ports of a machine are one site, with one session.
    let (browser, theirs) = (Browser::launch().await.unwrap(), Browser::launch().await.unwrap());
    let mut look = Look::new("t-sync").dark_too();
    let office = staff(&server, &browser, DESKTOP, "manager", "zh-CN").await.unwrap();
    office.click("nav a[href='/office/sync']").await.unwrap();
    office.wait_for("body[data-page=devices]").await.unwrap();
    look.at(&office, "none-yet").await.unwrap();

    let app = Advisor::open(&theirs, PHONE, &server.url, "zh-CN").await.unwrap();
    app.enrol(&account(&server, "advisor"), "店里的平板").await.unwrap();
    // Nobody touches the page of the office: the device appears by itself.
    office.wait_text("店里的平板").await.unwrap();
    let case = app.begin().await.unwrap();
    app.part(&case, "id-card").await.unwrap();
    app.enter("name", "王小明").await.unwrap();
    app.all_safe().await.unwrap();
    // One: the page. Two: whoever it is. Three: the device.
    office.fill("#who", "advisor").await.unwrap();
    office.click("form.search button").await.unwrap();
    office.wait_url("who=advisor").await.unwrap();
    office.wait_text("店里的平板").await.unwrap();
    look.at(&office, "list").await.unwrap();
    office.click("tbody th a").await.unwrap();
    office.wait_for("body[data-page=devices] .facts").await.unwrap();
    office.wait_text("这台设备上的内容都已安全保存在服务器").await.unwrap();
    office.wait_text("0.1.0").await.unwrap();
    look.at(&office, "device").await.unwrap();
    // In this browser storage is not kept for ever, and nothing that is unsafe lies in it: no alarm.
    assert!(!office.shows(".alarms").await.unwrap());

    office.screen(TABLET).await.unwrap();
    look.at(&office, "device-tablet").await.unwrap();
    assert!(!office.scrolls_sideways().await.unwrap());
    office.screen(PHONE).await.unwrap();
    look.at(&office, "device-phone").await.unwrap();
    office.goto(&format!("{}/office/sync?lang=en", server.url)).await.unwrap();
    look.at(&office, "list-phone-en").await.unwrap();
    assert!(!office.scrolls_sideways().await.unwrap());

    // Lost in a yard: the device is told as soon as it can be, and its data are gone.
    office.screen(DESKTOP).await.unwrap();
    office.click("tbody th a").await.unwrap();
    office.wait_for("#device-acts").await.unwrap();
    office.click("text=Report stolen and erase").await.unwrap();
    office.click("details[open] button").await.unwrap();
    office.wait_text("reported stolen").await.unwrap();
    look.at(&office, "stolen").await.unwrap();
    app.page.wait_for("[data-gate=revoked]").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
    theirs.close().await.unwrap();
}
