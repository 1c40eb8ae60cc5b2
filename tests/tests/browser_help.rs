//! What stands beside the journey: light pages, language and text size, WeChat, missing encryption, a person, withdrawal,
//! a result with its reasons, links that lead nowhere.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Customer, Look, PHONE, SAMPLE, SMALL_PHONE};
use tests::cards::{Shoot, Typefaces};
use tests::world::{PATIENCE, Server, http, in_checkout, wait_until};

/// The first page with everything it loads, as compressed on the wire, headers included.
const FIRST_PAGE_BYTES: f64 = 60.0 * 1024.0;
/// Of these, scripts.
const SCRIPT_BYTES: f64 = 15.0 * 1024.0;

async fn open<'a>(server: &'a Server, browser: &Browser, name: &str) -> Customer<'a> {
    let link = server.link_with(json!({})).await.unwrap().url;
    Customer::open(server, browser, PHONE, true, &link, Look::new(name)).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_page_is_light_and_loads_nothing_from_elsewhere() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let page = browser.page(PHONE).await.unwrap();
    page.watch().forget();
    page.goto(&server.customer_link).await.unwrap();
    let loads = wait_until("the page, its style and its script", PATIENCE, async || {
        let loads = page.watch().loads();
        let has = |part: &str| loads.iter().any(|(url, _)| url.contains(part));
        (has("/c/") && has("miaopi.css") && has("customer.js")).then_some(loads)
    })
    .await
    .unwrap();
    let sum =
        |part: &str| loads.iter().filter(|(url, _)| url.contains(part)).map(|(_, bytes)| bytes).sum::<f64>();
    println!("first page: {:.1} KB, of these scripts {:.1} KB", sum("") / 1024.0, sum(".js") / 1024.0);
    assert!(sum("") <= FIRST_PAGE_BYTES, "{loads:?}");
    assert!(sum(".js") <= SCRIPT_BYTES, "{loads:?}");
    assert!(loads.iter().all(|(url, _)| url.starts_with(&server.url)), "{loads:?}");
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_language_or_text_size_keeps_what_was_typed_and_photographed() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut customer = open(&server, &browser, "j-language").await;
    customer.consent().await.unwrap();
    customer.page.fill("#id_number", SAMPLE.0).await.unwrap();
    customer.choose_photo(&in_checkout("assets/cards/sample-1.jpg")).await.unwrap();

    customer.page.click("text=English").await.unwrap();
    customer.page.wait_text("ID number and photo").await.unwrap();
    assert_eq!(customer.page.value("#id_number").await.unwrap(), SAMPLE.0);
    assert!(customer.page.shows(".photo-preview canvas").await.unwrap());
    assert_eq!(customer.page.eval::<String>("document.documentElement.lang").await.unwrap(), "en");

    customer.page.click("text=Large text").await.unwrap();
    customer.page.wait_for("html.large").await.unwrap();
    customer.look.at(&customer.page, "large").await.unwrap();
    customer.page.screen(SMALL_PHONE).await.unwrap();
    customer.look.at(&customer.page, "large-320").await.unwrap();
    customer.go_on().await.unwrap();
    customer.on("reading").await.unwrap();
    customer.page.reload().await.unwrap();
    assert!(customer.page.shows("html.large").await.unwrap(), "the text size is forgotten on the next page");
    customer.page.click("text=Normal text").await.unwrap();
    customer.page.wait_gone("html.large").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn inside_wechat_and_without_https_the_page_says_what_helps() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch_with(&["host-resolver-rules=MAP miaopi.test 127.0.0.1"]).await.unwrap();
    let mut customer = open(&server, &browser, "k-help").await;
    assert!(!customer.page.html().await.unwrap().contains("微信里打开"));
    let wechat = "Mozilla/5.0 (Linux; Android 12; V2166A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 \
                  Chrome/116.0.0.0 Mobile Safari/537.36 XWEB/1160117 MicroMessenger/8.0.49.2600(0x2800313B)";
    customer.page.user_agent(wechat).await.unwrap();
    customer.page.reload().await.unwrap();
    customer.page.wait_text("在浏览器打开").await.unwrap();
    customer.look.at(&customer.page, "wechat").await.unwrap();

    // By another name than localhost and without https: no camera view, but the file is taken.
    let port = server.url.rsplit(':').next().unwrap();
    let link = customer.link.replace(&server.url, &format!("http://miaopi.test:{port}"));
    customer.page.goto(&link).await.unwrap();
    customer.page.wait_text("没有加密").await.unwrap();
    customer.look.at(&customer.page, "insecure").await.unwrap();
    customer.consent().await.unwrap();
    customer.hand_in(SAMPLE.0, &in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    customer.on("reading").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_can_be_asked_and_the_application_withdrawn() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut customer = open(&server, &browser, "l-ways").await;
    customer.consent().await.unwrap();
    customer.hand_in(SAMPLE.0, &in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    customer.on("reading").await.unwrap();
    customer.page.click(".ways details summary").await.unwrap();
    customer.page.fill("#note", "我上个月改了名字，证件还没有换").await.unwrap();
    customer.look.at(&customer.page, "ask-person").await.unwrap();
    customer.page.click("form[action$='/ask-person'] button").await.unwrap();
    customer.look("person-asked").await.unwrap();

    customer.page.click(".ways details summary").await.unwrap();
    customer.look.at(&customer.page, "withdraw").await.unwrap();
    customer.page.click("form[action$='/withdraw'] button").await.unwrap();
    customer.look("withdrawn").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn this_is_not_my_card_leads_back_to_the_photo() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut customer = open(&server, &browser, "m-retake").await;
    customer.consent().await.unwrap();
    customer.hand_in(SAMPLE.0, &in_checkout("tests/fixtures/outside/outside-2.jpg")).await.unwrap();
    customer.on("reading").await.unwrap();
    customer.page.click("form[action$='/retake'] button").await.unwrap();
    customer.look("ask").await.unwrap();
    assert!(customer.page.text(".reason").await.unwrap().contains("不是您的证件"));
    customer.choose_photo(&in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    customer.go_on().await.unwrap();
    customer.on("reading").await.unwrap();
    assert_eq!(customer.page.value("#name").await.unwrap(), SAMPLE.1, "still the other card's name");
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decline_says_why_what_would_change_it_and_offers_a_person() {
    let (server, folder) = (Server::start_demo().await.unwrap(), tempfile::tempdir().unwrap());
    let browser = Browser::launch().await.unwrap();
    // Sequence 901: the lab's bureau knows nothing good of them.
    let shoot = Shoot { sequence: Some(901), long_side: Some(1800), ..Shoot::tuning(5) };
    let photo = shoot.photo(0, None, &mut Typefaces::default()).unwrap();
    let path = folder.path().join("card.jpg");
    std::fs::write(&path, &photo.jpeg).unwrap();

    let mut customer = open(&server, &browser, "n-declined").await;
    customer.consent().await.unwrap();
    customer.hand_in(&photo.truth.person.id_number, &path).await.unwrap();
    customer.confirm(&photo.truth.person.name).await.unwrap();
    customer.on("consent-partners").await.unwrap();
    customer.tick_all().await.unwrap();
    customer.go_on().await.unwrap();
    customer.look("declined").await.unwrap();
    let said = customer.page.text("main").await.unwrap();
    assert!(said.contains("逾期") && said.contains("结清"), "{said}");

    customer.page.click(".ways details summary").await.unwrap();
    customer.page.click("form[action$='/ask-person'] button").await.unwrap();
    customer.on("person-asked").await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_lead_nowhere_show_no_case() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("o-links");
    let made = server.link_with(json!({})).await.unwrap();
    let page = browser.page(PHONE).await.unwrap();
    page.goto(&made.url).await.unwrap();
    let vehicle = page.text(".vehicle").await.unwrap();

    let link = format!("{}/api/v1/links/{}", server.url, made.link);
    let taken_back = http().unwrap().delete(link).bearer_auth(&server.api_key).send().await.unwrap();
    assert_eq!(taken_back.status(), 204);
    page.reload().await.unwrap();
    page.wait_for("body[data-page=link-ended]").await.unwrap();
    look.at(&page, "revoked").await.unwrap();
    let html = page.html().await.unwrap();
    assert!(!html.contains(&vehicle) && !html.contains("MP0"), "an ended link shows its case");

    let mut bare = Vec::new();
    for token in ["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "zzqzz"] {
        page.goto(&format!("{}/c/{token}", server.url)).await.unwrap();
        page.wait_for("body[data-page=not-found]").await.unwrap();
        bare.push(page.html().await.unwrap().replace(token, ""));
    }
    assert_eq!(bare[0], bare[1], "an unknown and a malformed token are told apart");
    page.watch().forget();
    look.at(&page, "not-found").await.unwrap();
    assert!(!bare[0].contains(&vehicle));
    look.is_clean();
    browser.close().await.unwrap();
}
