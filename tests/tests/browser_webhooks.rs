//! The pages of webhooks, of what partners sent, and of the blacklist, in a browser.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Look, PHONE, Page, Screen, WIDE, staff};
use tests::world::{Customer, Lab, demo_offer, http, in_a_hurry};

const LAPTOP: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };

async fn on_each_screen(look: &mut Look, page: &Page, what: &str) {
    for (screen, name) in [(LAPTOP, "laptop"), (PHONE, "phone"), (WIDE, "wide")] {
        page.screen(screen).await.unwrap();
        look.at(page, &format!("{what}-{name}")).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_adds_an_address_lists_a_number_and_a_controller_sees_what_came() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("u-office-webhooks").dark_too();
    let page = staff(&server, &browser, WIDE, "tenant_admin", "zh-CN").await.unwrap();

    page.click("a[href='/office/webhooks']").await.unwrap();
    page.wait_for("body[data-page=webhooks]").await.unwrap();
    look.at(&page, "none").await.unwrap();
    page.fill("#url", "https://10.0.0.1/hook").await.unwrap();
    page.fill("#label", "客户关系管理系统").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("#url-error").await.unwrap();
    look.at(&page, "refused").await.unwrap();
    page.fill(
        "#url",
        "https://crm.yuanshan-auto-finance.example.com/integrations/miaopi/applications?source=miaopi",
    )
    .await
    .unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("#made-secret").await.unwrap();
    on_each_screen(&mut look, &page, "added").await;
    page.click("tbody th a").await.unwrap();
    page.wait_for("body[data-page=deliveries]").await.unwrap();
    look.at(&page, "no-messages").await.unwrap();

    page.click("a[href='/office/blacklist']").await.unwrap();
    page.wait_for("body[data-page=blacklist]").await.unwrap();
    look.at(&page, "blacklist-none").await.unwrap();
    page.choose("#sort", "phone").await.unwrap();
    page.fill("#value", "13900000001").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("#reason-error").await.unwrap();
    page.fill("#value", "13900000001").await.unwrap();
    page.fill("#reason", "曾用他人证件办理，已报案。").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for(".banner.good").await.unwrap();
    on_each_screen(&mut look, &page, "listed").await;
    page.choose("#sort", "phone").await.unwrap();
    page.fill("#value", "13900000002").await.unwrap();
    page.click("button[formaction$='/find']").await.unwrap();
    page.wait_text("这个号码没有列入").await.unwrap();
    look.at(&page, "not-found").await.unwrap();

    // What partners sent: one answer three times over, and strangers.
    lab.set_faults("funders", &json!({"callback": "duplicate"})).await.unwrap();
    let mut offer = demo_offer().unwrap();
    offer["vehicle"]["price_fen"] = json!(12_980_005);
    let mut customer = Customer::new(&server, offer, "13800000921").await.unwrap();
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
    for funder in ["huaxing-bank", "nobody"] {
        let url = format!("{}/api/v1/webhooks/partners/{funder}", server.url);
        assert_eq!(http().unwrap().post(url).body("{}").send().await.unwrap().status(), 401);
    }
    let desk = staff(&server, &browser, WIDE, "controller", "en").await.unwrap();
    desk.click("a[href='/office/webhooks/inbound']").await.unwrap();
    desk.wait_for("body[data-page=inbound]").await.unwrap();
    let said = desk.text("main").await.unwrap();
    assert!(said.contains("Taken up") && said.contains("Not signed"), "{said}");
    on_each_screen(&mut look, &desk, "inbound-en").await;
    desk.goto(&format!("{}/office/partners/funders.huaxing-bank", server.url)).await.unwrap();
    desk.click("details.steer summary").await.unwrap();
    desk.choose("#late", "notice").await.unwrap();
    desk.click("details.steer button.main").await.unwrap();
    desk.wait_for("body[data-page=partner-change]").await.unwrap();
    assert!(desk.text("main").await.unwrap().contains("Late answers"));
    look.at(&desk, "late-preview-en").await.unwrap();
    page.goto(&format!("{}/office/webhooks/inbound?lang=zh-CN", server.url)).await.unwrap();
    on_each_screen(&mut look, &page, "inbound").await;
    look.is_clean();
    browser.close().await.unwrap();
}
