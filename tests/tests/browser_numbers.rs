//! A new manager finds out why approvals fell yesterday, from the page of numbers alone.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use jiff::Timestamp;
use tests::browser::{Browser, Look, Screen, staff};
use tests::history::{Wanted, write};
use tests::world::{Desk, PATIENCE, Server, Start, in_checkout, wait_until};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const SMALL: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };
const PHONE: Screen = Screen { width: 390, height: 844, scale: 2.0, mobile: true };
/// The funder whose approvals fall, as both languages call it.
const FUNDER: [(&str, &str); 2] = [("en", "Chebao Sample Auto Finance"), ("zh-CN", "车宝样例汽车金融")];

/// A demo with weeks of cases, all of them read in.
async fn with_history(cases: u64) -> Server {
    let mut server = Start::demo().env("MIAOPI_REQUESTS_PER_MINUTE_ADDRESS", "0").start().await.unwrap();
    server.stop().await.unwrap();
    let wanted = Wanted { cases, days: 21, seed: 3, until: Timestamp::now() };
    write(&server.data(), wanted).await.unwrap();
    server.restart().await.unwrap();
    let desk = Desk::of(&server, "manager").await.unwrap();
    wait_until("the cases to be read in", PATIENCE, async || {
        let csv = desk.page("/office/numbers.csv?period=30d&lang=en").await.unwrap();
        csv.contains(&format!("\"Cases opened\",{cases},0")).then_some(())
    })
    .await
    .unwrap();
    server
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_manager_finds_why_approvals_fell_yesterday() {
    let server = with_history(6_000).await;
    let browser = Browser::launch().await.unwrap();
    for (lang, funder) in FUNDER {
        let mut look = Look::new(&format!("n-numbers-{lang}")).dark_too();
        let page = staff(&server, &browser, DESKTOP, "manager", lang).await.unwrap();
        // The only thing a manager needs to know is where the page is.
        page.click("nav .tab[href='/office/numbers']").await.unwrap();
        page.wait_for("body[data-page=numbers] .moved").await.unwrap();
        look.at(&page, "yesterday").await.unwrap();
        let said = page.text(".lead-part").await.unwrap();
        assert!(said.contains(funder), "{said}");
        let first = page.text(".moved tbody tr:first-child").await.unwrap();
        assert!(first.contains(funder), "{first}");
        assert!(page.text(".tiles").await.unwrap().contains('−'), "nothing fell");

        // From the figure to the cases behind it, and into one of them.
        page.click(".moved tbody tr:first-child a").await.unwrap();
        page.wait_for("body[data-page=cases] .narrowed").await.unwrap();
        look.at(&page, "cases-behind").await.unwrap();
        assert!(page.text(".narrowed").await.unwrap().contains(funder));
        assert!(page.count("tbody tr").await.unwrap() > 20);
        page.click("tbody tr:first-child th a").await.unwrap();
        page.wait_for("body[data-page=case]").await.unwrap();

        let at = |path: &str| format!("{}{path}", server.url);
        page.goto(&at("/office/numbers?period=30d&product=new-car-loan")).await.unwrap();
        look.at(&page, "month-of-a-product").await.unwrap();
        page.goto(&at("/office/numbers?from=2026-02-02&to=2026-02-01")).await.unwrap();
        page.wait_for("#problems").await.unwrap();
        look.at(&page, "refused").await.unwrap();
        page.goto(&at("/office/numbers?from=2020-02-01&to=2020-02-01")).await.unwrap();
        page.wait_for(".empty").await.unwrap();
        look.at(&page, "empty").await.unwrap();
        page.goto(&at("/office/numbers/wall")).await.unwrap();
        page.wait_for(".wall").await.unwrap();
        look.at(&page, "wall").await.unwrap();
        for (name, screen) in [("small", SMALL), ("phone", PHONE)] {
            let page = staff(&server, &browser, screen, "manager", lang).await.unwrap();
            page.goto(&at("/office/numbers")).await.unwrap();
            page.wait_for(".moved").await.unwrap();
            look.at(&page, name).await.unwrap();
            page.goto(&at("/office/numbers/wall?still=1")).await.unwrap();
            look.at(&page, &format!("{name}-wall")).await.unwrap();
        }
        look.is_clean();
    }
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_case_is_in_the_numbers_when_it_is_signed() {
    let server = Server::start_demo().await.unwrap();
    let photo = in_checkout("tests/fixtures/outside/outside-1.jpg").display().to_string();
    let given = ["--id-number", "330106199304172460", "--photo", &photo, "--name", "沈若云", "--accept"];
    let submitted = server.submit(&server.customer_link, &given).await.unwrap();
    assert_eq!(submitted.code, 0, "{:?}", submitted.said);
    let desk = Desk::of(&server, "manager").await.unwrap();
    let csv = wait_until("the case to be read in", PATIENCE, async || {
        let csv = desk.page("/office/numbers.csv?period=today&lang=en").await.unwrap();
        csv.contains("\"Numbers\",\"\",\"Signed\",1,0").then_some(csv)
    })
    .await
    .unwrap();
    for stage in
        ["Link made", "Opened by the customer", "Consented", "Confirmed", "Offer of a funder", "Signed"]
    {
        assert!(csv.contains(&format!("\"How far cases come\",\"{stage}\",\"Cases\",1,0")), "{stage}: {csv}");
    }
    for line in
        ["\"Partners\",\"the credit bureau\",\"Calls\",1,", "\"Funders\",", "\"Time by block: the machine\","]
    {
        assert!(csv.contains(line), "{line}: {csv}");
    }
}
