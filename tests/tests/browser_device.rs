//! What the advisor's app says about the device it is on: that what only it has may be lost, and how it gets to the home
//! screen.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use chromiumoxide::cdp::browser_protocol::page::AddScriptToEvaluateOnNewDocumentParams;
use shared::app::conformance::conforms;
use tests::browser::{Advisor, Browser, Look, PHONE, PIN, SMALL_PHONE, Talk};
use tests::world::{Server, Wire};

#[tokio::test(flavor = "multi_thread")]
async fn what_only_this_device_has_is_warned_of_where_it_may_be_lost() {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let app = Advisor::open(&browser, SMALL_PHONE, &wire.url, "en").await.unwrap();
    let mut look = Look::new("l-en-at-risk").dark_too();
    app.enrol(server.account("advisor").unwrap(), "Test phone").await.unwrap();
    let case = app.begin().await.unwrap();
    app.all_safe().await.unwrap();
    assert!(!app.page.shows("[data-risk]").await.unwrap(), "all is safe, and yet there is a warning");

    wire.cut();
    app.part(&case, "id-card").await.unwrap();
    app.enter("name", "王小明").await.unwrap();
    app.page.wait_for("[data-risk=not-kept]").await.unwrap();
    look.at(&app.page, "not-kept").await.unwrap();
    // Whether a browser agrees is its own affair; here it does.
    let agree = "(navigator.storage.persist = navigator.storage.persisted = async () => true, true)";
    app.page.eval::<bool>(agree).await.unwrap();
    app.page.click("text=Protect the data").await.unwrap();
    app.page.wait_gone("[data-risk]").await.unwrap();

    // Chromium tells every page of far more room than there is: this one is told of little.
    let little = "(navigator.storage.estimate = async () => ({usage: 30e6, quota: 150e6}), true)";
    app.page.eval::<bool>(little).await.unwrap();
    app.page.wait_for("[data-risk=full]").await.unwrap();
    look.at(&app.page, "nearly-full").await.unwrap();

    wire.mend();
    app.go("sync").await.unwrap();
    app.page.click("text=Connect now").await.unwrap();
    app.all_safe().await.unwrap();
    app.page.wait_gone("[data-risk]").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_in_the_browser_answers_as_every_other() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let app = Advisor::open(&browser, PHONE, &server.url, "zh-CN").await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    // What is on offer has come, and with it the key that photos are sealed for.
    app.all_safe().await.unwrap();
    conforms(&mut Talk::on(&app.page).await.unwrap(), PIN).await.unwrap();
    browser.close().await.unwrap();
}

/// Whether this Chromium makes an offer of its own is left out of it.
const NO_OFFER: &str = "addEventListener('beforeinstallprompt', offer => offer.isTrusted && offer.stopImmediatePropagation(), true);";

/// From the next page on this runs before the page's own scripts.
async fn beforehand(app: &Advisor, script: &str) {
    app.page.inner().execute(AddScriptToEvaluateOnNewDocumentParams::new(script)).await.unwrap();
}

/// As a browser offers it; what it asks the person itself is not shown here.
const OFFER: &str =
    "(() => { const offer = new Event('beforeinstallprompt', {cancelable: true}); window.asked = 0;
    offer.prompt = async () => { asked++; return {outcome: 'dismissed'}; };
    dispatchEvent(offer); return offer.defaultPrevented; })()";

#[tokio::test(flavor = "multi_thread")]
async fn the_app_offers_to_go_to_the_home_screen_once_and_in_the_settings() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let app = Advisor::open(&browser, PHONE, &server.url, "zh-CN").await.unwrap();
    let mut look = Look::new("m-zh-install").dark_too();
    beforehand(&app, NO_OFFER).await;
    app.page.reload().await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    app.begin().await.unwrap();
    app.go("").await.unwrap();
    app.page.wait_for(".row-link").await.unwrap();
    assert!(!app.page.shows(".install").await.unwrap(), "nothing is offered that the browser does not offer");
    assert!(app.page.eval::<bool>(OFFER).await.unwrap(), "the browser shows its own bar as well");
    app.page.wait_for(".install").await.unwrap();
    look.at(&app.page, "list").await.unwrap();
    app.page.click("text=暂不添加").await.unwrap();
    app.page.wait_gone(".install").await.unwrap();
    app.go("settings").await.unwrap();
    app.page.wait_for("[aria-labelledby=install]").await.unwrap();
    look.at(&app.page, "settings").await.unwrap();
    app.page.click("[aria-labelledby=install] button").await.unwrap();
    // The offer holds for one question.
    app.page.wait_gone("[aria-labelledby=install]").await.unwrap();
    assert_eq!(app.page.eval::<u32>("asked").await.unwrap(), 1);

    // Put away is put away, also after the next start.
    app.page.reload().await.unwrap();
    app.unlock().await.unwrap();
    app.go("").await.unwrap();
    app.page.wait_for(".row-link").await.unwrap();
    app.page.eval::<bool>(OFFER).await.unwrap();
    app.go("settings").await.unwrap();
    app.page.wait_for("[aria-labelledby=install]").await.unwrap();
    assert_eq!(app.page.count(".install").await.unwrap(), 0);
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn on_an_iphone_the_app_says_how_it_gets_to_the_home_screen() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let app = Advisor::open(&browser, SMALL_PHONE, &server.url, "en").await.unwrap();
    let mut look = Look::new("m-en-install");
    beforehand(&app, NO_OFFER).await;
    app.enrol(server.account("advisor").unwrap(), "Test phone").await.unwrap();
    app.begin().await.unwrap();
    app.go("").await.unwrap();
    for (from_home_screen, offered) in [("false", true), ("true", false)] {
        let safari = format!(
            "Object.defineProperty(navigator, 'standalone', {{value: {from_home_screen}, configurable: true}})"
        );
        beforehand(&app, &safari).await;
        app.page.reload().await.unwrap();
        app.unlock().await.unwrap();
        app.page.wait_for(".row-link").await.unwrap();
        if offered {
            app.page.wait_text("Add to Home Screen").await.unwrap();
            look.at(&app.page, "by-hand").await.unwrap();
        } else {
            assert_eq!(app.page.count(".install").await.unwrap(), 0, "it is there already");
        }
    }
    look.is_clean();
    browser.close().await.unwrap();
}
