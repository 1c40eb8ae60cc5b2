//! The advisor's app as an app of its own, in the system's web view with the engine running natively: from a yard without
//! a signal to the customer's signed contract.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use shared::domain::PhotoHash;
use tests::browser::{
    Advisor, Browser, Customer, Desktop, Look, PHONE, Pocket, SAMPLE, assert_nothing_reveals_the_customer,
    files_below,
};
use tests::world::{PATIENCE, Server, Wire, wait_until};

async fn opened(desktop: &Desktop, server: &str, lang: &str) -> (Pocket, Advisor) {
    let pocket = desktop.open(server, lang).await.unwrap();
    let app = Advisor::at(pocket.page.clone());
    (pocket, app)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_captured_without_a_network_is_signed_by_the_customer_on_their_own_phone() {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let (desktop, mut look) = (Desktop::start().await.unwrap(), Look::new("pocket-zh-advisor"));
    let (pocket, app) = opened(&desktop, &wire.url, "zh-CN").await;
    app.page.wait_for("#enrol-user").await.unwrap();
    look.at(&app.page, "enrol").await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    look.at(&app.page, "no-cases").await.unwrap();

    // From here on there is no network; the page can be loaded anew all the same, and the device stays open.
    wire.cut();
    app.page.reload().await.unwrap();
    app.page.wait_for("#list-heading").await.unwrap();
    let case = app.begin().await.unwrap();
    look.at(&app.page, "begun").await.unwrap();
    app.fill(&case, &mut look).await.unwrap();
    look.is_clean();

    // The battery is empty.
    pocket.kill().await.unwrap();
    let (pocket, app) = opened(&desktop, &wire.url, "zh-CN").await;
    app.page.wait_for("#unlock-pin").await.unwrap();
    look.at(&app.page, "locked").await.unwrap();
    app.unlock().await.unwrap();
    app.hand_in_offline(&case, &mut look).await.unwrap();

    wire.mend();
    let link = app.hand_over(&case, &mut look).await.unwrap();
    let verified = "SELECT count(*) FROM capture_uploads WHERE verified_at IS NOT NULL";
    assert_eq!(
        server.count(verified).unwrap(),
        7,
        "six photos and what the customer signed on the advisor's screen"
    );

    // The advisor looks at something else meanwhile.
    app.page.eval::<bool>("(document.hasFocus = () => false, true)").await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let look_there = Look::new("pocket-zh-handover");
    let mut customer = Customer::open(&server, &browser, PHONE, true, &link, look_there).await.unwrap();
    customer.finish_what_an_advisor_began(SAMPLE.1).await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();

    let told = async || desktop.board().ok().filter(|board| board.contains("客户已签约"));
    let board = wait_until("the desktop's board to say so", PATIENCE, told).await.unwrap();
    assert!(!board.contains(SAMPLE.1), "the board names the customer");

    let digest = app.signed_contract(&case, &mut look).await.unwrap();
    let signed = format!("SELECT count(*) FROM contracts WHERE sha256 = '{digest}'");
    assert_eq!(server.count(&signed).unwrap(), 1, "it is the file that was signed");
    look.is_clean();
    // It is saved among the person's downloads, for whoever wants it on paper.
    app.page.click("text=保存").await.unwrap();
    let saved = wait_until("the contract to be saved", PATIENCE, async || {
        let file = desktop.saved("pdf")?;
        let bytes = std::fs::read(&file).ok()?;
        (PhotoHash::of(&bytes).to_string() == digest).then_some(file)
    });
    std::fs::remove_file(saved.await.unwrap()).unwrap();
    pocket.close().await.unwrap();

    // What lies on the disk reveals nothing of the customer: neither the app's own files nor what its web view keeps.
    let mut files: Vec<_> = [desktop.folder(), desktop.home()].into_iter().flat_map(files_below).collect();
    assert!(files.iter().any(|file| file.ends_with("miaopi.db")), "{files:?}");
    // The screen itself is a file here.
    files.retain(|file| !file.ends_with("Xvfb_screen0"));
    assert_nothing_reveals_the_customer(&files);
}
