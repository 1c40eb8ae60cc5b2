//! What the server reads on the photo of an ID card, proposed field by field beside the photo, in a real browser.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use tests::browser::{Advisor, Browser, Look, PHONE, SAMPLE, Screen, TABLET};
use tests::world::{Server, Wire, in_checkout};

async fn proposals(lang: &str, screen: Screen, words: [&str; 2]) {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new(&format!("n-{lang}-reading")).dark_too();
    let app = Advisor::open(&browser, screen, &wire.url, lang).await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    let case = app.begin().await.unwrap();
    app.part(&case, "id-card").await.unwrap();

    // Without a signal nothing is proposed, and nothing waits for it.
    wire.cut();
    app.enter("name", "王晓茗").await.unwrap();
    app.photograph("IdFront", &in_checkout("assets/cards/sample-1.jpg")).await.unwrap();
    assert_eq!(app.page.count(".proposed").await.unwrap(), 0);
    wire.mend();
    app.page.wait_for(".field:has(#f-id_number) .proposed svg.piece").await.unwrap();
    assert_eq!(app.page.value("#f-id_number").await.unwrap(), SAMPLE.0);
    let place: Vec<f64> = app
        .page
        .eval("document.querySelector('.field:has(#f-id_number) svg').getAttribute('viewBox').split(' ').map(Number)")
        .await
        .unwrap();
    assert!(place[2] > 4.0 * place[3], "the number's line is a strip: {place:?}");
    look.at(&app.page, "proposed").await.unwrap();

    // A person takes the number over; the name was typed, and the photo says something else.
    app.page.click(".field:has(#f-id_number) .proposed button").await.unwrap();
    app.page.wait_gone(".field:has(#f-id_number) .proposed").await.unwrap();
    assert_eq!(app.page.value("#f-id_number").await.unwrap(), SAMPLE.0);
    assert_eq!(app.page.value("#f-name").await.unwrap(), "王晓茗", "what was typed stands");
    let other = ".field:has(#f-name) .proposed.other";
    app.page.wait_for(other).await.unwrap();
    app.page.wait_text(words[0]).await.unwrap();
    app.page.click(&format!("{other} button")).await.unwrap();
    app.page.wait_gone(other).await.unwrap();
    assert_ne!(app.page.value("#f-name").await.unwrap(), "王晓茗");

    // Typing what is proposed takes it over as well.
    let address = app.page.value("#f-card_address").await.unwrap();
    assert!(!address.is_empty());
    app.page.wait_text(words[1]).await.unwrap();
    app.enter("card_address", &address).await.unwrap();
    app.page.wait_gone(".field:has(#f-card_address) .proposed").await.unwrap();
    look.at(&app.page, "taken-over").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_card_says_is_proposed_beside_its_place_on_the_photo() {
    proposals("zh-CN", PHONE, ["照片上是", "由照片识别"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_card_says_is_proposed_on_a_tablet_in_english() {
    proposals("en", TABLET, ["The photo says", "Read from the photo"]).await;
}
