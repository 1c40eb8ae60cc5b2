//! The control room in a browser, as somebody who has never seen it: from the first page to a failing funder that gets
//! nothing new, and back.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Look, PHONE, Page, Screen, WIDE, staff};
use tests::world::{Customer, Lab, PATIENCE, Server, demo_offer, in_a_hurry, wait_until};

const LAPTOP: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };

async fn on_each_screen(look: &mut Look, page: &Page, what: &str) {
    for (screen, name) in [(LAPTOP, "laptop"), (PHONE, "phone"), (WIDE, "wide")] {
        page.screen(screen).await.unwrap();
        look.at(page, &format!("{what}-{name}")).await.unwrap();
    }
}

async fn approved_without(server: &Server, lab: &Lab, phone: &str, funder: &str) {
    let before = asked(lab, funder).await;
    let mut customer = Customer::new(server, demo_offer().unwrap(), phone).await.unwrap();
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
    assert_eq!(asked(lab, funder).await, before, "{funder} was asked");
}

/// How many questions the funder was sent.
async fn asked(lab: &Lab, funder: &str) -> u32 {
    let effects = lab.effects().await.unwrap().into_iter();
    effects.filter(|effect| effect.partner == funder).map(|effect| effect.requests).sum()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_controller_drains_a_failing_funder_and_sees_cases_go_elsewhere() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("t-office-partners").dark_too();
    lab.set_faults("funders/huaxing-bank", &json!({"fault": "server_error"})).await.unwrap();
    for phone in ["13800000801", "13800000802", "13800000803", "13800000804"] {
        Customer::new(&server, demo_offer().unwrap(), phone).await.unwrap().walk(|_| false).await.unwrap();
    }
    let _waiting = Customer::new(&server, demo_offer().unwrap(), "13800000805").await.unwrap();

    // Signing in leads to the partners; the failing one says so.
    let page = staff(&server, &browser, WIDE, "controller", "zh-CN").await.unwrap();
    page.wait_for("body[data-page=partners]").await.unwrap();
    on_each_screen(&mut look, &page, "list").await;
    let said = page.text("main").await.unwrap();
    assert!(said.contains("华兴样例银行") && said.contains("4 次失败"), "{said}");
    page.click("a[href='/office/partners/funders.huaxing-bank']").await.unwrap();
    page.wait_for("body[data-page=partner]").await.unwrap();
    let said = page.text("main").await.unwrap();
    assert!(said.contains("对方服务出错"), "{said}");
    on_each_screen(&mut look, &page, "failing").await;

    // One button, and it says whom it affects before anything happens.
    page.click(".do a.main").await.unwrap();
    page.wait_for("body[data-page=partner-change]").await.unwrap();
    let said = page.text("#affects").await.unwrap();
    assert!(said.contains("影响 2 件等待中的申请") && said.contains("华兴样例银行"), "{said}");
    on_each_screen(&mut look, &page, "preview").await;
    page.click("main button.main").await.unwrap();
    page.wait_for("#reason-error").await.unwrap();
    look.at(&page, "no-reason").await.unwrap();
    page.fill("#reason", "连续返回 503，先停止派新，转给其他资金方。").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("body[data-page=partner] .banner.good").await.unwrap();
    on_each_screen(&mut look, &page, "drained").await;
    approved_without(&server, &lab, "13800000806", "funders/huaxing-bank").await;

    // The figures go on by themselves, and a test call says whether it is back.
    lab.reset().await.unwrap();
    page.click("form[action$='/test'] button").await.unwrap();
    page.wait_text("有答复").await.unwrap();
    look.at(&page, "tested").await.unwrap();
    page.click("details.steer summary").await.unwrap();
    page.fill("#park_minutes", "0").await.unwrap();
    page.fill("#quota", "200").await.unwrap();
    page.click("details.steer button.main").await.unwrap();
    page.wait_for("#park_minutes-error").await.unwrap();
    on_each_screen(&mut look, &page, "settings-refused").await;
    page.fill("#park_minutes", "20").await.unwrap();
    page.click("details.steer button.main").await.unwrap();
    page.wait_for("body[data-page=partner-change]").await.unwrap();
    look.at(&page, "settings-preview").await.unwrap();

    // Back with one button.
    page.goto(&format!("{}/office/partners/funders.huaxing-bank?lang=en", server.url)).await.unwrap();
    on_each_screen(&mut look, &page, "drained-en").await;
    page.click("form[action$='/reverse'] button").await.unwrap();
    page.wait_for(".banner.good").await.unwrap();
    assert!(page.text("main").await.unwrap().contains("Took change 1 back"));
    page.click("a[href='/office/partners']").await.unwrap();
    page.wait_for("body[data-page=partners]").await.unwrap();
    look.at(&page, "list-en").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_records_what_a_partner_answers_and_sees_it_read_once_more() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("t-office-recording").dark_too();
    let page = staff(&server, &browser, WIDE, "controller", "zh-CN").await.unwrap();
    let realname = format!("{}/office/partners/realname", server.url);

    // What is missing is said at its field, and nothing runs.
    page.goto(&realname).await.unwrap();
    page.click("#recordings summary").await.unwrap();
    page.fill("#answers", "5").await.unwrap();
    page.click("#recordings button.main").await.unwrap();
    page.wait_for("#answers-error").await.unwrap();
    on_each_screen(&mut look, &page, "refused").await;
    page.fill("#answers", "10").await.unwrap();
    page.fill("#reason", "对方下周升级接口，先录下现在的答复。").await.unwrap();
    page.click("#recordings button.main").await.unwrap();
    page.wait_for(".recording .banner").await.unwrap();

    Customer::new(&server, demo_offer().unwrap(), "13800000821")
        .await
        .unwrap()
        .walk(|_| false)
        .await
        .unwrap();
    for (phone, faults) in [("13800000822", "malformed"), ("13800000823", "server_error")] {
        lab.set_faults("realname", &json!({"fault": faults})).await.unwrap();
        Customer::new(&server, demo_offer().unwrap(), phone).await.unwrap().walk(|_| false).await.unwrap();
    }
    wait_until("three answers to be kept", PATIENCE, async || {
        page.goto(&realname).await.unwrap();
        page.text(".recording").await.unwrap().contains("3 / 10 条").then_some(())
    })
    .await
    .unwrap();
    on_each_screen(&mut look, &page, "running").await;

    // The recording's own page: everything as it was.
    page.click(".recording a").await.unwrap();
    page.wait_for("body[data-page=partner-recording] #replay").await.unwrap();
    let said = page.text("#replay").await.unwrap();
    assert!(said.contains("not_json") && said.contains("500"), "{said}");
    on_each_screen(&mut look, &page, "replay").await;
    page.goto(&format!("{}?lang=en", page.url().await.unwrap())).await.unwrap();
    page.wait_for("#replay").await.unwrap();
    on_each_screen(&mut look, &page, "replay-en").await;
    page.goto(&format!("{realname}?lang=en")).await.unwrap();
    page.wait_for(".recording .banner").await.unwrap();
    on_each_screen(&mut look, &page, "running-en").await;

    // Stopped from the banner, deleted on its page.
    page.click(".recording button").await.unwrap();
    page.wait_for(".banner.good").await.unwrap();
    page.click("#recordings tbody a").await.unwrap();
    page.wait_for("body[data-page=partner-recording]").await.unwrap();
    page.click("#delete summary").await.unwrap();
    page.click("button.danger").await.unwrap();
    page.wait_for("body[data-page=partner] .banner.good").await.unwrap();
    assert!(page.text("main").await.unwrap().contains("deleted"));
    look.is_clean();
    browser.close().await.unwrap();
}
