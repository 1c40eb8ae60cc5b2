//! What the app of its own keeps on a device: the interface behind the screens, a full disk, and files that reveal nothing.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use shared::app::conformance::{Face, PICTURE, conforms};
use shared::app::{Answer, Ask};
use shared::document::{Field, Slot};
use shared::domain::DocumentId;
use tests::browser::{Advisor, Desktop, PIN, Pocket, Talk, files_below};
use tests::world::{Desk, PATIENCE, Server, SmallDisk, Wire, wait_until};

/// How many cases with a name, a number and a photo are planted.
const PLANTED: usize = 1_000;

async fn enrolled(desktop: &Desktop, server: &Server) -> (Pocket, Talk) {
    enrolled_at(desktop, server, &server.url).await
}

/// Likewise by another way to the server.
async fn enrolled_at(desktop: &Desktop, server: &Server, url: &str) -> (Pocket, Talk) {
    let pocket = desktop.open(url, "zh-CN").await.unwrap();
    let app = Advisor::at(pocket.page.clone());
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    // What is on offer has come, and with it the key that photos are sealed for.
    app.all_safe().await.unwrap();
    let talk = Talk::on(&pocket.page).await.unwrap();
    (pocket, talk)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_native_engine_answers_as_every_other() {
    let server = Server::start_demo().await.unwrap();
    let desktop = Desktop::start().await.unwrap();
    let (pocket, mut talk) = enrolled(&desktop, &server).await;
    conforms(&mut talk, PIN).await.unwrap();
    pocket.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn no_file_reveals_any_of_a_thousand_planted_people() {
    let server = Server::start_demo().await.unwrap();
    let desktop = Desktop::start().await.unwrap();
    let (pocket, mut talk) = enrolled(&desktop, &server).await;
    let mut planted = Vec::new();
    for n in 0..PLANTED {
        let (name, number) = (format!("植入{n:04}"), format!("11010119900{n:07}"));
        let photo = [PICTURE, format!("planted photo {n:04}").repeat(20).as_bytes()].concat();
        let Answer::Case(case) = talk.say(None, &Ask::Begin, None).await.unwrap().0 else {
            panic!("no case")
        };
        let document = case.row.document;
        let fields = vec![
            (Field::Name.key().to_owned(), name.clone()),
            (Field::IdNumber.key().to_owned(), number.clone()),
        ];
        let (filled, _) = talk.say(None, &Ask::Fill { document, fields }, None).await.unwrap();
        let take = Ask::TakePhoto { document, slot: Slot::IdFront };
        let (taken, _) = talk.say(None, &take, Some(&photo)).await.unwrap();
        assert!(matches!((&filled, &taken), (Answer::Case(_), Answer::Case(_))), "{filled:?} {taken:?}");
        planted.extend([
            name.into_bytes(),
            number.into_bytes(),
            format!("planted photo {n:04}").into_bytes(),
        ]);
    }
    pocket.kill().await.unwrap();
    let files: Vec<_> = [desktop.folder(), desktop.home()].into_iter().flat_map(files_below).collect();
    assert!(files.iter().any(|file| file.ends_with("miaopi.db")), "{files:?}");
    for file in files {
        let bytes = std::fs::read(&file).unwrap_or_default();
        if let Some(secret) = first_of(&planted, &bytes) {
            panic!("{} holds {}", file.display(), String::from_utf8_lossy(secret));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_a_full_disk_nothing_is_said_to_be_kept_that_is_not_and_nothing_is_lost() {
    let server = Server::start_demo().await.unwrap();
    let disk = SmallDisk::mount(4);
    let desktop = Desktop::start_with(disk.folder()).await.unwrap();
    let (pocket, mut talk) = enrolled(&desktop, &server).await;
    let Answer::Case(case) = talk.say(None, &Ask::Begin, None).await.unwrap().0 else { panic!("no case") };
    let take = Ask::TakePhoto { document: case.row.document, slot: Slot::Vehicle };
    let mut kept = Vec::new();
    let refused = loop {
        match talk.say(None, &take, Some(&photo(kept.len()))).await.unwrap().0 {
            Answer::Case(case) => kept = case.photos.iter().map(|photo| photo.id).collect(),
            Answer::Refused { code } => break code,
            other => panic!("{other:?}"),
        }
        assert!(kept.len() < 60, "this disk never fills up");
    };
    assert_eq!(refused, "storage_full");
    assert!(kept.len() > 5, "it was full to begin with");

    // The app is ended there and then, and finds everything.
    pocket.kill().await.unwrap();
    let pocket = desktop.open(&server.url, "zh-CN").await.unwrap();
    Advisor::at(pocket.page.clone()).unlock().await.unwrap();
    let mut talk = Talk::on(&pocket.page).await.unwrap();
    let look = Ask::Case { document: case.row.document };
    let Answer::Case(found) = talk.say(None, &look, None).await.unwrap().0 else {
        panic!("the case is gone")
    };
    assert_eq!(found.photos.iter().map(|photo| photo.id).collect::<Vec<_>>(), kept);

    // As soon as there is room it goes on.
    disk.grow(24).unwrap();
    let (taken, _) = talk.say(None, &take, Some(PICTURE)).await.unwrap();
    assert!(matches!(&taken, Answer::Case(case) if case.photos.len() == kept.len() + 1), "{taken:?}");
    pocket.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_damaged_database_the_advisor_takes_to_the_office_what_is_left() {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let desktop = Desktop::start().await.unwrap();
    let (pocket, mut talk) = enrolled_at(&desktop, &server, &wire.url).await;
    wire.cut();
    for n in 0..20 {
        let Answer::Case(case) = talk.say(None, &Ask::Begin, None).await.unwrap().0 else {
            panic!("no case")
        };
        let take = Ask::TakePhoto { document: case.row.document, slot: Slot::Vehicle };
        let (taken, _) = talk.say(None, &take, Some(&photo(n))).await.unwrap();
        assert!(matches!(taken, Answer::Case(_)), "{taken:?}");
    }
    pocket.kill().await.unwrap();
    let file = desktop.folder().join("miaopi.db");
    let whole = std::fs::read(&file).unwrap();
    let left = &whole[..whole.len() / 4 * 3 / 4096 * 4096];
    std::fs::write(&file, left).unwrap();

    let pocket = desktop.open(&wire.url, "zh-CN").await.unwrap();
    pocket.page.wait_for("#unlock-pin").await.unwrap();
    pocket.page.fill("#unlock-pin", PIN).await.unwrap();
    pocket.page.click("button.main").await.unwrap();
    pocket.page.wait_text("本机数据读不出来").await.unwrap();
    pocket.page.click("text=导出没上传的资料").await.unwrap();
    pocket.page.wait_for("[data-rescue='1'] a[download]").await.unwrap();
    let said = pocket.page.text("[data-rescue]").await.unwrap();
    assert!(said.contains("已经损坏"), "nobody says that some of it is lost: {said}");
    pocket.page.screenshot("pocket-zh-rescued").await.unwrap();
    pocket.page.click("[data-rescue] a[download]").await.unwrap();
    let saved = wait_until("the file to be saved", PATIENCE, async || {
        std::fs::read(desktop.saved("rescue")?).ok().filter(|file| file.len() > 1_000_000)
    });
    let saved = saved.await.unwrap();
    assert!(std::fs::read(&file).unwrap() == left, "the damaged database was touched");
    pocket.close().await.unwrap();

    let desk = Desk::of(&server, "manager").await.unwrap();
    let (status, page) = desk.send_file("/office/sync", "/office/sync/rescue", "file", &saved).await.unwrap();
    assert!(status == 200 && page.contains("已导入"), "{status} {page}");
    let photos = server.count("SELECT count(*) FROM capture_uploads WHERE verified_at IS NOT NULL").unwrap();
    assert!((5..20).contains(&photos), "{photos} photos of 20 came through");
    assert!(server.count("SELECT count(*) FROM application_changes").unwrap() >= 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_window_is_refused_and_says_why_until_the_first_is_closed() {
    let server = Server::start_demo().await.unwrap();
    let desktop = Desktop::start().await.unwrap();
    let (pocket, _) = enrolled(&desktop, &server).await;
    let second = desktop.open_from_outside(&server.url, "zh-CN").await.unwrap();
    second.page.wait_text("本应用已经在另一个窗口打开").await.unwrap();
    second.page.screenshot("pocket-zh-second-window").await.unwrap();
    pocket.close().await.unwrap();
    second.page.reload().await.unwrap();
    second.page.wait_for("#unlock-pin").await.unwrap();
    second.close().await.unwrap();
    let pocket = desktop.open(&server.url, "zh-CN").await.unwrap();
    Advisor::at(pocket.page.clone()).unlock().await.unwrap();
    pocket.page.wait_for("#list-heading").await.unwrap();
    pocket.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_shows_its_case_in_the_window_that_is_open_and_does_nothing_else() {
    let server = Server::start_demo().await.unwrap();
    let desktop = Desktop::start().await.unwrap();
    let (pocket, mut talk) = enrolled(&desktop, &server).await;
    let Answer::Case(case) = talk.say(None, &Ask::Begin, None).await.unwrap().0 else { panic!("no case") };
    let (document, stranger) = (case.row.document, DocumentId::from_bytes([7; 16]));
    let link = format!("miaopi://case/{document}");
    Advisor::at(pocket.page.clone()).go("").await.unwrap();
    pocket.page.wait_for("#list-heading").await.unwrap();
    let before: u32 = pocket.page.eval("history.length").await.unwrap();

    // Whatever else comes as a link leads nowhere; neither does one with something beside it.
    for odd in [
        format!("https://case/{document}"),
        format!("miaopi://lock/{document}"),
        format!("miaopi://case/../settings?{document}"),
        format!("miaopi://case/{document}/../../settings"),
        format!("{link}\"><script>document.body.remove()</script>"),
        format!("miaopi://case/{}", "a".repeat(10_240)),
        "javascript:document.body.remove()".to_owned(),
        String::new(),
    ] {
        assert!(desktop.start_again(&[&odd]).await.unwrap().success(), "{odd}");
    }
    assert!(desktop.start_again(&[&link, "--quietly"]).await.unwrap().success());
    assert!(desktop.start_again(&[]).await.unwrap().success());
    assert!(desktop.start_again(&[&link]).await.unwrap().success(), "the second start goes on");
    shows(&pocket, document).await;
    pocket.page.wait_for(".case-head").await.unwrap();
    assert_eq!(pocket.page.eval::<u32>("history.length").await.unwrap(), before + 1);
    pocket.page.back().await.unwrap();
    pocket.page.wait_for("#list-heading").await.unwrap();

    // A case that is not on this device is what it always is.
    desktop.start_again(&[&format!("miaopi://case/{stranger}")]).await.unwrap();
    shows(&pocket, stranger).await;
    pocket.page.wait_for(".empty-box").await.unwrap();

    // It waits behind the lock, in a window that is open and in one that opens because of it.
    let (locked, _) = talk.say(None, &Ask::Lock, None).await.unwrap();
    assert!(matches!(locked, Answer::Standing(_)), "{locked:?}");
    pocket.page.wait_for("#unlock-pin").await.unwrap();
    desktop.start_again(&[&link]).await.unwrap();
    shows(&pocket, document).await;
    assert!(pocket.page.shows("#unlock-pin").await.unwrap(), "a link passes the lock");
    Advisor::at(pocket.page.clone()).unlock().await.unwrap();
    pocket.page.wait_for(".case-head").await.unwrap();
    pocket.close().await.unwrap();
    let pocket = desktop.open_by_link(&server.url, "zh-CN", &link).await.unwrap();
    pocket.page.wait_for("#unlock-pin").await.unwrap();
    Advisor::at(pocket.page.clone()).unlock().await.unwrap();
    pocket.page.wait_for(".case-head").await.unwrap();
    shows(&pocket, document).await;
    pocket.close().await.unwrap();
}

async fn shows(pocket: &Pocket, document: DocumentId) {
    let there = format!("location.pathname === '/advisor/case/{document}'");
    pocket.page.until("the window to show the link's case", &there).await.unwrap();
}

/// A large picture. It does not shrink on its way to the disk, and no two are the same.
fn photo(number: usize) -> Vec<u8> {
    PICTURE.iter().copied().chain((0..200_000).map(|n| (n * 31 + number) as u8)).collect()
}

/// The first of the secrets that lies in the bytes, as UTF-8 or as UTF-16.
fn first_of<'a>(secrets: &'a [Vec<u8>], bytes: &[u8]) -> Option<&'a Vec<u8>> {
    let wide = |secret: &[u8]| -> Vec<u8> {
        String::from_utf8_lossy(secret).encode_utf16().flat_map(u16::to_le_bytes).collect()
    };
    // All secrets begin in one of few ways, so that each byte is looked at once.
    let beginnings =
        ["植入", "1101", "planted"].map(|text| [text.as_bytes().to_vec(), wide(text.as_bytes())]);
    let suspicious = beginnings
        .iter()
        .flatten()
        .any(|begin| bytes.windows(begin.len()).any(|window| window == begin.as_slice()));
    if !suspicious {
        return None;
    }
    let holds = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    secrets.iter().find(|secret| holds(secret) || holds(&wide(secret)))
}
