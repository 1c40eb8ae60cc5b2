//! The first working day of three people, each from the sign-in with nothing but what the pages show, in a company that has
//! a hundred thousand cases: a reviewer settles a mismatch, a controller drains a failing funder and sees cases go elsewhere,
//! a manager finds out why approvals fell yesterday.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;
use tests::browser::{Browser, Look, WIDE, staff};
use tests::history::{STORY_FUNDER, Wanted, write};
use tests::world::{Customer, Desk, PATIENCE, Server, demo_offer, in_a_hurry, in_checkout, wait_until};

const CASES: u64 = 100_000;
/// Somebody whose number was typed beside another's card.
const SHEN: (&str, &str) = ("330106199304172460", "沈若云");
/// How long reading a hundred thousand cases into the figures may take.
const READING_IN: Duration = Duration::from_secs(240);

/// A demo with four weeks of cases, all of them in the figures.
async fn company() -> Server {
    let mut server = in_a_hurry().start().await.unwrap();
    server.stop().await.unwrap();
    let started = Instant::now();
    write(&server.data(), Wanted { cases: CASES, days: 28, seed: 5, until: Timestamp::now() }).await.unwrap();
    println!("{CASES} cases written in {:?}", started.elapsed());
    server.restart().await.unwrap();
    let desk = Desk::of(&server, "manager").await.unwrap();
    let started = Instant::now();
    wait_until("the cases to be read in", PATIENCE.max(READING_IN), async || {
        let csv = desk.page("/office/numbers.csv?period=30d&lang=en").await.unwrap();
        csv.contains(&format!("\"Cases opened\",{CASES},0")).then_some(())
    })
    .await
    .unwrap();
    println!("read in after {:?}", started.elapsed());
    server
}

async fn a_reviewer_settles_a_mismatch(server: &Server, browser: &Browser) {
    let link = server.link_with(json!({})).await.unwrap().url;
    let photo = in_checkout("tests/fixtures/outside/outside-2.jpg").display().to_string();
    let given = ["--id-number", SHEN.0, "--photo", &photo, "--name", SHEN.1, "--accept"];
    assert_eq!(server.submit(&link, &given).await.unwrap().code, 3);

    let mut look = Look::new("first-task-reviewer");
    let page = staff(server, browser, WIDE, "reviewer", "zh-CN").await.unwrap();
    page.wait_for("body[data-page=queue]").await.unwrap();
    look.at(&page, "queue").await.unwrap();
    page.click("form[action='/office/queue/next'] button").await.unwrap();
    page.wait_for("body[data-page=case]").await.unwrap();
    let why = page.text(".alerting").await.unwrap();
    assert!(why.contains("不一致"), "{why}");
    look.at(&page, "case").await.unwrap();
    page.fill("#reason", "照片上是另一个人的证件，已电话告知客户。").await.unwrap();
    page.choose("#code", "identity_mismatch").await.unwrap();
    page.click("button[value=decline]").await.unwrap();
    page.wait_for("body[data-page=queue]").await.unwrap();
    page.wait_text("现在没有等待处理的申请").await.unwrap();
    look.is_clean();
}

async fn a_controller_drains_a_failing_funder(server: &Server, browser: &Browser) {
    server.let_partner("funders%2Fhuaxing-bank", json!({"fault": "server_error"})).await.unwrap();
    for phone in ["13800000801", "13800000802", "13800000803", "13800000804"] {
        Customer::new(server, demo_offer().unwrap(), phone).await.unwrap().walk(|_| false).await.unwrap();
    }
    let mut look = Look::new("first-task-controller");
    let page = staff(server, browser, WIDE, "controller", "en").await.unwrap();
    page.wait_for("body[data-page=partners]").await.unwrap();
    look.at(&page, "partners").await.unwrap();
    page.click("tr:has(.state.over) th a, tr:has(.alarming) th a").await.unwrap();
    page.wait_for("body[data-page=partner]").await.unwrap();
    assert!(page.url().await.unwrap().contains("huaxing"), "the failing one does not stand out");
    page.click(".do a.main").await.unwrap();
    page.wait_for("body[data-page=partner-change]").await.unwrap();
    page.fill("#reason", "It answers 503 to everything.").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("body[data-page=partner] .banner.good").await.unwrap();
    look.at(&page, "drained").await.unwrap();
    // The next customer is approved all the same, by somebody else.
    let mut customer = Customer::new(server, demo_offer().unwrap(), "13800000805").await.unwrap();
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
    let manager = Desk::of(server, "manager").await.unwrap();
    let newest = manager.page("/office/cases?lang=en").await.unwrap();
    let addresses = newest.split("/office/cases/").filter_map(|rest| rest.split('"').next());
    let case = addresses.into_iter().find(|address| address.len() == 26).unwrap();
    let record = manager.page(&format!("/office/cases/{case}?lang=en")).await.unwrap();
    assert!(record.contains("Funder") && !record.contains("<dd>Huaxing"), "{case}");
    look.is_clean();
}

async fn a_manager_finds_why_approvals_fell(server: &Server, browser: &Browser) {
    let mut look = Look::new("first-task-manager");
    let page = staff(server, browser, WIDE, "manager", "en").await.unwrap();
    page.click("nav .tab[href='/office/numbers']").await.unwrap();
    page.wait_for("body[data-page=numbers] .moved").await.unwrap();
    look.at(&page, "numbers").await.unwrap();
    let first = page.text(".moved tbody tr:first-child").await.unwrap();
    assert!(first.contains("Chebao"), "not {STORY_FUNDER}: {first}");
    page.click(".moved tbody tr:first-child a").await.unwrap();
    page.wait_for("body[data-page=cases] .narrowed").await.unwrap();
    look.at(&page, "cases-behind").await.unwrap();
    page.click("tbody tr:first-child th a").await.unwrap();
    page.wait_for("body[data-page=case]").await.unwrap();
    look.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn three_new_people_finish_their_first_task_among_a_hundred_thousand_cases() {
    let server = company().await;
    let browser = Browser::launch().await.unwrap();
    a_manager_finds_why_approvals_fell(&server, &browser).await;
    browser.close().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    a_reviewer_settles_a_mismatch(&server, &browser).await;
    browser.close().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    a_controller_drains_a_failing_funder(&server, &browser).await;
    browser.close().await.unwrap();
}
