//! The list of cases: searched by words, narrowed by hand, kept under a name, and as a board.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use jiff::Timestamp;
use serde_json::json;
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::history::{Wanted, write};
use tests::world::{Desk, PATIENCE, Server, Start, in_checkout, wait_until};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const SMALL: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };
const PHONE: Screen = Screen { width: 390, height: 844, scale: 2.0, mobile: true };
const CASES: u64 = 2_500;
/// Whoever hands in a card that is not theirs waits for a person.
const SHEN: (&str, &str) = ("330106199304172460", "沈若云");

/// A demo with weeks of cases, one more that waits for a person and one that was signed today.
async fn with_cases() -> Server {
    let mut server = Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await.unwrap();
    server.stop().await.unwrap();
    let wanted = Wanted { cases: CASES, days: 21, seed: 5, until: Timestamp::now() };
    write(&server.data(), wanted).await.unwrap();
    server.restart().await.unwrap();
    for (card, code) in [("outside-1.jpg", 0), ("outside-2.jpg", 3)] {
        let link = server.link_with(json!({})).await.unwrap().url;
        let photo = in_checkout(&format!("tests/fixtures/outside/{card}")).display().to_string();
        let given = ["--id-number", SHEN.0, "--photo", &photo, "--name", SHEN.1, "--accept"];
        let submitted = server.submit(&link, &given).await.unwrap();
        assert_eq!(submitted.code, code, "{:?}", submitted.said);
    }
    let desk = Desk::of(&server, "manager").await.unwrap();
    wait_until("the cases to be read in", PATIENCE, async || {
        let csv = desk.page("/office/numbers.csv?period=today&lang=en").await.unwrap();
        (!csv.contains("\"Numbers\",\"\",\"Signed\",0,")).then_some(())
    })
    .await
    .unwrap();
    server
}

/// What each row says of its vehicle.
async fn vehicles(page: &Page) -> Vec<String> {
    let text = page.text("table.rows tbody").await.unwrap();
    text.lines().filter(|line| line.contains("款")).map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_finds_cases_by_words_keeps_a_list_and_looks_at_the_board() {
    let server = with_cases().await;
    let browser = Browser::launch().await.unwrap();
    for (lang, kept) in [("zh-CN", "秦PLUS 已签署"), ("en", "Qin PLUS, signed")] {
        let mut look = Look::new(&format!("c-cases-{lang}")).dark_too();
        let page = staff(&server, &browser, DESKTOP, "manager", lang).await.unwrap();
        page.click("nav .tab[href='/office/cases']").await.unwrap();
        page.wait_for("body[data-page=cases] table.rows").await.unwrap();
        look.at(&page, "all").await.unwrap();

        page.fill("#what", "比亚迪 秦").await.unwrap();
        page.click("form[role=search] button").await.unwrap();
        page.wait_for(".narrowed").await.unwrap();
        let address = page.url().await.unwrap();
        assert!(address.contains("?find=") && !address.contains('%'), "{address}");
        assert_eq!(page.value("#what").await.unwrap(), "比亚迪 秦");
        let found = vehicles(&page).await;
        assert!(found.len() >= 50 && found.iter().all(|vehicle| vehicle.contains("秦PLUS")), "{found:?}");
        look.at(&page, "words").await.unwrap();

        // Everything that narrows can be chosen on the page, without a script.
        page.click("#narrow summary").await.unwrap();
        look.at(&page, "narrow").await.unwrap();
        page.choose("#state", "approved").await.unwrap();
        page.choose("#product", "new-car-loan").await.unwrap();
        page.choose("#period", "30d").await.unwrap();
        page.click("#narrow button").await.unwrap();
        page.wait_for(".narrowed strong:nth-of-type(3)").await.unwrap();
        assert!(page.url().await.unwrap().contains("product=new-car-loan"));
        assert_eq!(page.count("table.rows .state:not(.signed)").await.unwrap(), 0);
        look.at(&page, "narrowed").await.unwrap();

        // Kept under a name, it is one click away, and the list begins with it when told so.
        page.click("#keep summary").await.unwrap();
        page.click("#keep form[action='/office/cases/filters'] button").await.unwrap();
        page.wait_for("#name-error").await.unwrap();
        page.fill("#name", kept).await.unwrap();
        page.click("#keep form[action='/office/cases/filters'] button").await.unwrap();
        page.wait_for(".mine a[aria-current]").await.unwrap();
        page.click("#keep summary").await.unwrap();
        page.click("#keep .kept-filters button[value=first]").await.unwrap();
        page.wait_for(".mine small").await.unwrap();
        page.click("nav .tab[href='/office/cases']").await.unwrap();
        page.wait_for(".mine a[aria-current]").await.unwrap();
        assert!(page.text(".mine a[aria-current]").await.unwrap().contains(kept));
        page.click("#keep summary").await.unwrap();
        look.at(&page, "kept").await.unwrap();

        // The board of the same words, and of everything.
        page.click(".filters.as a[href*='view=board']").await.unwrap();
        page.wait_for(".board").await.unwrap();
        look.at(&page, "board-of-words").await.unwrap();
        page.goto(&format!("{}/office/cases?view=board", server.url)).await.unwrap();
        page.wait_for(".board").await.unwrap();
        look.at(&page, "board").await.unwrap();
        assert_eq!(page.count(".lane").await.unwrap(), 6);
        for (lane, count) in [("review", "1"), ("partner", "0")] {
            assert_eq!(page.text(&format!(".lane.{lane} .count")).await.unwrap(), count, "{lane}");
        }
        assert!(page.count(".lane.approved li").await.unwrap() > 0, "what was signed just now is missing");
        assert_eq!(page.count(".lane.customer li").await.unwrap(), 20);
        page.click(".lane.review > a").await.unwrap();
        page.wait_for("table.rows").await.unwrap();
        assert_eq!(page.count("table.rows tbody tr").await.unwrap(), 1);

        page.fill("#what", "330106199304172461").await.unwrap();
        page.click("form[role=search] button").await.unwrap();
        page.wait_for(".empty").await.unwrap();
        assert!(!page.url().await.unwrap().contains("330106"), "what was typed is in the address");
        look.at(&page, "nothing").await.unwrap();
        page.fill("#what", SHEN.0).await.unwrap();
        page.click("form[role=search] button").await.unwrap();
        page.wait_for("table.rows").await.unwrap();
        assert!(page.url().await.unwrap().ends_with("/office/cases/find"));
        look.at(&page, "looked-up").await.unwrap();

        page.goto(&format!("{}/office/cases?state=all", server.url)).await.unwrap();
        page.click("#keep summary").await.unwrap();
        page.click("#keep .kept-filters button[value=delete]").await.unwrap();
        page.wait_gone(".mine").await.unwrap();

        for (name, screen) in [("small", SMALL), ("phone", PHONE)] {
            let page = staff(&server, &browser, screen, "manager", lang).await.unwrap();
            page.goto(&format!("{}/office/cases", server.url)).await.unwrap();
            look.at(&page, name).await.unwrap();
            page.goto(&format!("{}/office/cases?view=board", server.url)).await.unwrap();
            look.at(&page, &format!("{name}-board")).await.unwrap();
        }
        look.is_clean();
    }
    browser.close().await.unwrap();
}
