//! The customer's whole journey in a browser, with scripts and without, on two screens and in two languages.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Customer, Look, PHONE, SAMPLE, SMALL_PHONE, Screen};
use tests::world::{Server, in_checkout};

#[tokio::test(flavor = "multi_thread")]
async fn with_scripts_in_chinese_on_a_usual_phone() {
    whole_journey(Look::new("a-zh-js-390").dark_too(), PHONE, true, "zh-CN", true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_in_chinese_on_a_small_phone() {
    whole_journey(Look::new("b-zh-nojs-320"), SMALL_PHONE, false, "zh-CN", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn with_scripts_in_english_on_a_small_phone() {
    whole_journey(Look::new("c-en-js-320"), SMALL_PHONE, true, "en", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_in_english_on_a_usual_phone() {
    whole_journey(Look::new("d-en-nojs-390"), PHONE, false, "en", true).await;
}

/// A page that the browser took out of its memory asks again what is new. A photo that is chosen meanwhile is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_photo_chosen_while_the_page_renews_itself_arrives() {
    let server = Server::start_demo().await.unwrap();
    let link = server.link_with(json!({"phone": "13800138000"})).await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let look = Look::new("e-renewed");
    let customer = Customer::open(&server, &browser, PHONE, true, &link.url, look).await.unwrap();
    customer.consent().await.unwrap();
    // The page renews itself as soon as a photo is chosen, and the photo is not prepared before that is over.
    let hold_up = "(() => {
        const old = document.body, draw = window.createImageBitmap;
        window.createImageBitmap = async (...all) => {
            while (document.body === old) await new Promise(requestAnimationFrame);
            return draw(...all);
        };
        document.querySelector('#photo_file').addEventListener('change', () =>
            window.dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true})));
        return true;
    })()";
    assert!(customer.page.eval::<bool>(hold_up).await.unwrap());
    customer.hand_in(SAMPLE.0, &in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    customer.on("reading").await.unwrap();
    browser.close().await.unwrap();
}

/// From the link to the signed contract, and back to it from another browser.
async fn whole_journey(look: Look, screen: Screen, scripts: bool, lang: &str, phone_known: bool) {
    let server = Server::start_demo().await.unwrap();
    let phone = phone_known.then_some("13800138000");
    let link = server.link_with(json!({"lang": lang, "phone": phone})).await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut customer = Customer::open(&server, &browser, screen, scripts, &link.url, look).await.unwrap();

    customer.look("welcome").await.unwrap();
    assert_eq!(customer.page.eval::<String>("document.documentElement.lang").await.unwrap(), lang);
    customer.go_on().await.unwrap();

    customer.look("consent-identity").await.unwrap();
    customer.hand_in_nothing("consent-identity").await.unwrap();
    customer.tick_all().await.unwrap();
    customer.go_on().await.unwrap();

    hand_in(&mut customer, phone_known).await;
    customer.look("reading").await.unwrap();
    customer.confirm(SAMPLE.1).await.unwrap();

    customer.look("consent-partners").await.unwrap();
    customer.hand_in_nothing("consent-partners").await.unwrap();
    server.take_your_time().await.unwrap();
    customer.tick_all().await.unwrap();
    customer.go_on().await.unwrap();

    watch_progress(&mut customer, scripts).await;
    customer.look("offer").await.unwrap();
    customer.page.click("details.wide summary").await.unwrap();
    customer.look.at(&customer.page, "offer-schedule").await.unwrap();
    customer.go_on().await.unwrap();

    read_the_costs(&mut customer, scripts).await;
    sign(&mut customer, scripts).await;

    customer.look("done").await.unwrap();
    let pdf = customer.page.attribute("main a.main", "href").await.unwrap().unwrap();
    assert!(pdf.ends_with("/contract.pdf"), "{pdf}");
    customer.page.click("main a.second").await.unwrap();
    customer.on("contract").await.unwrap();
    customer.look.at(&customer.page, "contract-signed").await.unwrap();

    come_back(customer, &server, screen, scripts).await;
    browser.close().await.unwrap();
}

async fn hand_in(customer: &mut Customer<'_>, phone_known: bool) {
    customer.look("identity").await.unwrap();
    customer.hand_in_nothing("identity").await.unwrap();
    let missing = customer.page.count("#problems li").await.unwrap();
    assert_eq!(missing, if phone_known { 2 } else { 3 }, "each thing that is missing is named at once");

    // A tab that the camera made the phone forget comes back by its address, whatever form that was.
    let restored = customer.page.url().await.unwrap();
    customer.page.goto(&restored).await.unwrap();
    customer.on("identity").await.unwrap();

    let (page, number) = (&customer.page, SAMPLE.0);
    page.fill("#id_number", number).await.unwrap();
    // Away and back by the browser's own buttons: what was typed is still there.
    page.goto(&customer.server.url).await.unwrap();
    page.back().await.unwrap();
    customer.on("identity").await.unwrap();
    assert_eq!(page.value("#id_number").await.unwrap(), number, "going back lost what was typed");

    if !phone_known {
        page.fill("#phone", "13800138000").await.unwrap();
    }
    customer.choose_photo(&in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    customer.look.at(&customer.page, "identity-filled").await.unwrap();
    customer.go_on().await.unwrap();
}

async fn watch_progress(customer: &mut Customer<'_>, scripts: bool) {
    customer.on("progress").await.unwrap();
    customer.page.wait_for(".stage.running").await.unwrap();
    customer.look.at(&customer.page, "progress").await.unwrap();
    if scripts {
        // The same document lives on: events, not loading again, bring the next page.
        customer.page.eval::<bool>("window.sameDocument = true").await.unwrap();
        customer.on("offer").await.unwrap();
        assert!(customer.page.eval::<bool>("window.sameDocument === true").await.unwrap());
        return;
    }
    // The page asks again by itself, and a link is there for the impatient; no other page does.
    assert_eq!(customer.page.count("noscript meta[http-equiv=refresh]").await.unwrap(), 1);
    assert!(customer.page.shows("main a[href^='/c/']").await.unwrap());
    customer.on("offer").await.unwrap();
    assert_eq!(customer.page.count("meta[http-equiv=refresh]").await.unwrap(), 0);
}

async fn read_the_costs(customer: &mut Customer<'_>, scripts: bool) {
    customer.look("disclosure").await.unwrap();
    if scripts {
        assert!(customer.page.eval::<bool>("document.querySelector('button.main').disabled").await.unwrap());
    } else {
        customer.tick_all().await.unwrap();
        customer.go_on().await.unwrap();
        customer.page.wait_for("#problems").await.unwrap();
        customer.on("disclosure").await.unwrap();
        customer.look.at(&customer.page, "disclosure-too-early").await.unwrap();
        let ticked = "document.getElementById('read').checked";
        assert!(customer.page.eval::<bool>(ticked).await.unwrap(), "the box has to be ticked again");
    }
    customer.confirm_costs().await.unwrap();
}

async fn sign(customer: &mut Customer<'_>, scripts: bool) {
    customer.look("code").await.unwrap();
    let (_, code) = customer.code("sign_code", 0).await.unwrap();
    let wrong = if code == "000000" { "000001" } else { "000000" };
    customer.page.fill("#code", wrong).await.unwrap();
    customer.go_on().await.unwrap();
    customer.page.wait_for("#code-error").await.unwrap();
    customer.look.at(&customer.page, "code-wrong").await.unwrap();

    customer.page.click("main .links a").await.unwrap();
    customer.look("contract").await.unwrap();
    assert!(customer.page.text("article").await.unwrap().contains(SAMPLE.1), "the contract names its party");
    customer.page.click("main a.main").await.unwrap();
    customer.on("code").await.unwrap();

    if scripts {
        customer.page.click("#signature-pad summary").await.unwrap();
        customer.page.drag(".pad", &[(0.1, 0.6), (0.3, 0.2), (0.5, 0.8), (0.8, 0.4)]).await.unwrap();
        let drawn = "document.querySelector('[name=signature]').value";
        assert!(
            customer.page.eval::<String>(drawn).await.unwrap().starts_with("100,240"),
            "nothing was drawn"
        );
        customer.look.at(&customer.page, "code-signed").await.unwrap();
    }
    customer.page.fill("#code", &code).await.unwrap();
    customer.go_on().await.unwrap();
}

/// Another browser has proved nothing: it sees the result only after a fresh code.
async fn come_back(before: Customer<'_>, server: &Server, screen: Screen, scripts: bool) {
    let (link, vehicle) = (before.link.clone(), "秦PLUS");
    let browser = Browser::launch().await.unwrap();
    let mut again = Customer::open(server, &browser, screen, scripts, &link, before.look).await.unwrap();
    again.look("locked").await.unwrap();
    assert!(!again.page.html().await.unwrap().contains(vehicle), "a locked page shows the case");
    again.go_on().await.unwrap();
    again.page.wait_for("#code").await.unwrap();
    again.look.at(&again.page, "locked-code").await.unwrap();
    let (_, code) = again.code("reopen_code", 0).await.unwrap();
    again.page.fill("#code", &code).await.unwrap();
    again.go_on().await.unwrap();
    again.on("done").await.unwrap();
    again.look.is_clean();
    browser.close().await.unwrap();
}
