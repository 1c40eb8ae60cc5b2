//! What a device cannot send any more, taken to the office as a file: nothing of it is lost, and nothing is taken in that is
//! not ours.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use shared::app::conformance::Face as _;
use shared::app::{Answer, Ask};
use tests::browser::{Advisor, Browser, Look, PHONE, Screen, Talk, staff};
use tests::world::{Desk, PATIENCE, Server, Wire, wait_until};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const CASES: &str = "SELECT count(*) FROM cases";
const CHANGES: &str = "SELECT count(*) FROM application_changes";

async fn exported(app: &Advisor) -> Vec<u8> {
    let ask = Ask::Rescue { after: String::new(), pin: String::new() };
    match Talk::on(&app.page).await.unwrap().say(None, &ask, None).await.unwrap() {
        (Answer::Rescued { unreadable: 0, next: None, .. }, Some(file)) => file,
        (answer, _) => panic!("{answer:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_from_a_device_that_cannot_connect_goes_on_from_its_file() {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    // Two browsers: to a browser all ports of a machine are one site, with one session.
    let (browser, theirs) = (Browser::launch().await.unwrap(), Browser::launch().await.unwrap());
    let app = Advisor::open(&theirs, PHONE, &wire.url, "zh-CN").await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "店里的平板").await.unwrap();
    app.all_safe().await.unwrap();
    wire.cut();
    let mut look = Look::new("r-zh-rescue").dark_too();
    let case = app.begin().await.unwrap();
    app.fill(&case, &mut Look::new("r-zh-filled")).await.unwrap();
    app.hand_in(&case).await.unwrap();
    app.go("settings").await.unwrap();
    app.page.click("text=导出没上传的资料").await.unwrap();
    app.page.wait_for("[data-rescue='1'] a[download]").await.unwrap();
    app.page.wait_text("没上传的资料都在这些文件里了").await.unwrap();
    look.at(&app.page, "exported").await.unwrap();
    let file = exported(&app).await;
    let cases = server.count(CASES).unwrap();

    let office = staff(&server, &browser, DESKTOP, "manager", "zh-CN").await.unwrap();
    office.goto(&format!("{}/office/sync", server.url)).await.unwrap();
    office.click("text=导入设备导出的文件").await.unwrap();
    look.at(&office, "to-be-taken-in").await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("miaopi-1.rescue");
    std::fs::write(&path, &file).unwrap();
    office.upload("#rescue-file", &[&path]).await.unwrap();
    office.click("details[open] button").await.unwrap();
    office.wait_text("已导入：").await.unwrap();
    look.at(&office, "taken-in").await.unwrap();
    let came = async || (server.count(CASES).ok()? == cases + 1).then_some(());
    wait_until("the case to be there", PATIENCE, came).await.unwrap();
    let changes = server.count(CHANGES).unwrap();

    // Brought twice, and then the device connects after all: it is there once.
    let desk = Desk::of(&server, "manager").await.unwrap();
    let again = desk.send_file("/office/sync", "/office/sync/rescue", "file", &file).await.unwrap();
    assert!(again.0 == 200 && again.1.contains("已导入"), "{again:?}");
    wire.mend();
    app.connect_now().await.unwrap();
    app.all_safe().await.unwrap();
    assert_eq!((server.count(CASES).unwrap(), server.count(CHANGES).unwrap()), (cases + 1, changes));
    look.is_clean();
    browser.close().await.unwrap();
    theirs.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_in_that_no_device_of_the_company_exported() {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let app = Advisor::open(&browser, PHONE, &wire.url, "en").await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "Test phone").await.unwrap();
    app.all_safe().await.unwrap();
    wire.cut();
    app.begin().await.unwrap();
    let file = exported(&app).await;
    let mut changed = file.clone();
    *changed.last_mut().unwrap() ^= 1;
    let mut anothers = file.clone();
    anothers[20] ^= 1;
    let desk = Desk::of(&server, "manager").await.unwrap();
    let before = server.count(CHANGES).unwrap();
    for odd in [&b""[..], b"%PDF-1.7", &file[..60], &changed, &anothers] {
        let (status, page) =
            desk.send_file("/office/sync", "/office/sync/rescue", "file", odd).await.unwrap();
        assert!(status == 422 && page.contains("rescue_form"), "{status} {page}");
    }
    let large = vec![0; 20 << 20];
    let (status, _) = desk.send_file("/office/sync", "/office/sync/rescue", "file", &large).await.unwrap();
    assert_eq!(status, 413);
    assert_eq!(server.count(CHANGES).unwrap(), before);
    // Whoever may not look after devices takes in nothing.
    let designer = Desk::of(&server, "designer").await.unwrap();
    let (status, _) =
        designer.send_file("/office/flows", "/office/sync/rescue", "file", &file).await.unwrap();
    assert_eq!(status, 403);
    let (status, _) = desk.send_file("/office/sync", "/office/sync/rescue", "file", &file).await.unwrap();
    assert_eq!(status, 200);
    assert!(server.count(CHANGES).unwrap() > before);
    browser.close().await.unwrap();
}
