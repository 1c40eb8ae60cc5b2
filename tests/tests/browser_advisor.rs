//! The advisor's app in a real browser: without a network, killed, in several tabs, on two devices, and from a yard without
//! a signal to the customer's signed contract.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use tests::browser::{
    Advisor, Browser, Customer, Look, PHONE, SAMPLE, SMALL_PHONE, TABLET,
    assert_nothing_reveals_the_customer, files_below, profile,
};
use tests::world::{PATIENCE, Server, Wire, wait_until};

/// A device that was enrolled and would start without a network.
async fn enrolled(browser: &Browser, server: &Server, base: &str, lang: &str) -> Advisor {
    let app = Advisor::open(browser, PHONE, base, lang).await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    app.installed().await.unwrap();
    app
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_captured_without_a_network_is_signed_by_the_customer_on_their_own_phone() {
    let server = Server::start_demo().await.unwrap();
    let wire = Wire::to(&server.url).await.unwrap();
    let (own, mut look) = (profile(), Look::new("g-zh-advisor").dark_too());
    let browser = Browser::launch_in(own.path(), &[]).await.unwrap();
    let app = Advisor::open(&browser, PHONE, &wire.url, "zh-CN").await.unwrap();
    app.page.wait_for("#enrol-user").await.unwrap();
    look.at(&app.page, "enrol").await.unwrap();
    app.enrol(server.account("advisor").unwrap(), "测试手机").await.unwrap();
    app.installed().await.unwrap();
    look.at(&app.page, "no-cases").await.unwrap();

    // From here on there is no network; the app starts all the same.
    wire.cut();
    app.page.reload().await.unwrap();
    app.unlock().await.unwrap();
    let case = app.begin().await.unwrap();
    look.at(&app.page, "begun").await.unwrap();
    app.fill(&case, &mut look).await.unwrap();
    look.is_clean();

    // The battery is empty.
    browser.kill().await.unwrap();
    let browser = Browser::launch_in(own.path(), &[]).await.unwrap();
    let app = Advisor::open(&browser, PHONE, &wire.url, "zh-CN").await.unwrap();
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

    finish_as_customer(&server, &link, Look::new("h-zh-handover")).await;
    let digest = app.signed_contract(&case, &mut look).await.unwrap();
    let signed = format!("SELECT count(*) FROM contracts WHERE sha256 = '{digest}'");
    assert_eq!(server.count(&signed).unwrap(), 1, "it is the file that was signed");
    look.is_clean();
    browser.close().await.unwrap();

    // What lies in the browser's profile reveals nothing of the customer.
    assert_nothing_reveals_the_customer(&files_below(own.path()));
}

/// Neither number nor photo is asked for again: the customer consents, confirms, reads and signs.
async fn finish_as_customer(server: &Server, link: &str, look: Look) {
    let browser = Browser::launch().await.unwrap();
    let mut customer = Customer::open(server, &browser, SMALL_PHONE, true, link, look).await.unwrap();
    customer.finish_what_an_advisor_began(SAMPLE.1).await.unwrap();
    customer.look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_devices_enter_at_once_is_shown_side_by_side_and_settled() {
    let server = Server::start_demo().await.unwrap();
    let (line, other_line) = (Wire::to(&server.url).await.unwrap(), Wire::to(&server.url).await.unwrap());
    let (one, two) = (Browser::launch().await.unwrap(), Browser::launch().await.unwrap());
    let mut look = Look::new("i-en-two-devices");
    let phone = enrolled(&one, &server, &line.url, "en").await;
    let case = phone.begin().await.unwrap();
    phone.part(&case, "id-card").await.unwrap();
    phone.enter("name", "王小明").await.unwrap();

    let tablet = Advisor::open(&two, TABLET, &other_line.url, "en").await.unwrap();
    tablet.enrol(server.account("advisor").unwrap(), "Tablet").await.unwrap();
    tablet.page.wait_text("王小明").await.unwrap();
    tablet.part(&case, "id-card").await.unwrap();
    look.at(&tablet.page, "tablet").await.unwrap();

    // Live: within a second of one device it is on the other's screen.
    phone.enter("name", "王晓明").await.unwrap();
    tablet
        .page
        .until("the other's entry", "document.querySelector('#f-name').value === '王晓明'")
        .await
        .unwrap();

    line.cut();
    other_line.cut();
    phone.enter("name", "王小茗").await.unwrap();
    tablet.enter("name", "王筱明").await.unwrap();
    line.mend();
    other_line.mend();
    for device in [&phone, &tablet] {
        device.go(&format!("case/{case}/settle")).await.unwrap();
        device
            .page
            .until(
                "both values",
                "['王小茗', '王筱明'].every(name => document.body.innerText.includes(name))",
            )
            .await
            .unwrap();
    }
    look.at(&phone.page, "settle").await.unwrap();
    look.at(&tablet.page, "settle-tablet").await.unwrap();
    phone.page.click("[data-choice='王筱明']").await.unwrap();
    for device in [&phone, &tablet] {
        device.go(&format!("case/{case}/id-card")).await.unwrap();
        let settled =
            "document.querySelector('#f-name')?.value === '王筱明' && !document.querySelector('.differs')";
        device.page.until("the settled value", settled).await.unwrap();
    }
    look.is_clean();
    one.close().await.unwrap();
    two.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_killed_while_it_saves_loses_nothing_that_it_said_was_kept() {
    kill_while_saving(10).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "minutes of starting browsers; cargo xtask test --long"]
async fn a_browser_killed_a_hundred_times_while_it_saves_loses_nothing_that_it_said_was_kept() {
    kill_while_saving(100).await;
    println!("report: killed 100 times while saving, nothing lost that was said to be kept");
}

async fn kill_while_saving(times: u32) {
    let server = Server::start_demo().await.unwrap();
    let own = profile();
    let browser = Browser::launch_in(own.path(), &[]).await.unwrap();
    let app = enrolled(&browser, &server, &server.url, "zh-CN").await;
    let case = app.begin().await.unwrap();
    browser.kill().await.unwrap();
    let mut kept = 0;
    for round in 1..=times {
        let browser = Browser::launch_in(own.path(), &[]).await.unwrap();
        let app = Advisor::open(&browser, PHONE, &server.url, "zh-CN").await.unwrap();
        app.unlock().await.unwrap();
        app.part(&case, "vehicle").await.unwrap();
        app.page.wait_for("#f-mileage").await.unwrap();
        let found: u32 = app.page.value("#f-mileage").await.unwrap().replace(',', "").parse().unwrap_or(0);
        assert!(found >= kept, "round {round}: {kept} was kept, {found} is there");
        kept = round * 100;
        app.enter("mileage", &kept.to_string()).await.unwrap();
        // Another one is being kept while the browser is killed.
        app.page.fill("#f-mileage", &(kept + 1).to_string()).await.unwrap();
        app.page.eval::<bool>("(document.querySelector('#f-mileage').blur(), true)").await.unwrap();
        browser.kill().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_tabs_share_one_database_and_go_on_when_any_of_them_ends() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let first = enrolled(&browser, &server, &server.url, "zh-CN").await;
    let case = first.begin().await.unwrap();
    let mut tabs = vec![first];
    for _ in 1..5 {
        let tab = Advisor::open(&browser, PHONE, &server.url, "zh-CN").await.unwrap();
        tab.unlock().await.unwrap();
        tabs.push(tab);
    }
    let mut kept = 0;
    // The first one leads; whichever goes, the others go on where it was.
    while tabs.len() > 1 {
        let leads = tabs.remove(0);
        for tab in &tabs {
            kept += 1;
            tab.part(&case, "vehicle").await.unwrap();
            tab.enter("mileage", &kept.to_string()).await.unwrap();
        }
        leads.page.inner().clone().close().await.unwrap();
        for tab in &tabs {
            tab.unlock().await.unwrap();
            tab.part(&case, "vehicle").await.unwrap();
            let there = format!("document.querySelector('#f-mileage')?.value === '{kept}'");
            tab.page.until("what the others kept", &there).await.unwrap();
        }
    }
    wait_until("all of it to be on the server", PATIENCE, async || {
        (server.count("SELECT count(*) FROM application_changes").unwrap() >= 10).then_some(())
    })
    .await
    .unwrap();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_storage_was_cleared_says_so() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("j-zh-cleared");
    let app = enrolled(&browser, &server, &server.url, "zh-CN").await;
    let case = app.begin().await.unwrap();
    app.part(&case, "id-card").await.unwrap();
    app.enter("name", "王小明").await.unwrap();
    app.lock().await.unwrap();
    // From a page of the same site that is not the app: the database goes, the rest stays.
    app.page.goto(&format!("{}/healthz", server.url)).await.unwrap();
    let clear = "navigator.storage.getDirectory().then(all => all.removeEntry('.miaopi-pool', {recursive: true})).then(() => true, () => false)";
    app.page.until("the database to be gone", clear).await.unwrap();
    app.page.watch().forget();
    app.page.goto(&app.url).await.unwrap();
    app.page.wait_for("[data-gate=lost]").await.unwrap();
    look.at(&app.page, "lost").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}
