//! The flows pages in a browser: a second person looks at what differs, approves, releases a canary and takes it back.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::world::{Customer, Desk, Server, Who, demo_offer};

const DESKTOP: Screen = Screen { width: 1280, height: 800, scale: 1.0, mobile: false };
const PHONE: Screen = Screen { width: 360, height: 740, scale: 2.0, mobile: true };

/// Signed in, and led to the flows.
async fn at_the_flows(server: &Server, browser: &Browser, role: &str) -> Page {
    let page = staff(server, browser, DESKTOP, role, "zh-CN").await.unwrap();
    page.wait_for("body[data-page=flows]").await.unwrap();
    page
}

/// Takes a flow's picture off the page: without a graphics card, a browser may stop painting after one of that size.
async fn without_picture(page: &Page) {
    let gone = "(document.querySelector('.flow-picture').remove(), true)";
    page.eval::<bool>(gone).await.unwrap();
    // What was below it jumped, and by this alone.
    page.shifted().await.unwrap();
}

/// Hands in a version of the new-car loan, changed like this.
async fn hand_in(server: &Server, change: impl FnOnce(&mut Value)) -> String {
    let designer = Desk::of(server, "designer").await.unwrap();
    designer.hand_in(change, "总部要求调整年龄上限。").await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_person_compares_approves_releases_and_takes_back() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("r-office-flows").dark_too();
    let designer = at_the_flows(&server, &browser, "designer").await;
    designer.fill("#key", "New Car").await.unwrap();
    designer.click("form[action='/office/flows/drafts'] button.main").await.unwrap();
    designer.wait_for("#problems").await.unwrap();
    look.at(&designer, "new-flow-refused").await.unwrap();

    let hash = hand_in(&server, |file| file["blocks"]["id_rules"]["params"]["max_age"] = json!(60)).await;
    designer.goto(&format!("{}/office/flows", server.url)).await.unwrap();
    look.at(&designer, "designer").await.unwrap();
    designer.screen(PHONE).await.unwrap();
    look.at(&designer, "designer-phone").await.unwrap();
    designer.click("form[action$='/delete'] button").await.unwrap();
    designer.wait_for(".list .empty").await.unwrap();

    // One browser holds one session.
    designer.click(".who button").await.unwrap();
    designer.wait_for("body[data-page=sign-in]").await.unwrap();

    let page = at_the_flows(&server, &browser, "approver").await;
    page.click("h2 a[href='/office/flows/new-car-loan']").await.unwrap();
    page.wait_for("body[data-page=flow]").await.unwrap();
    without_picture(&page).await;
    look.at(&page, "waiting").await.unwrap();
    let said = page.text("main").await.unwrap();
    assert!(said.contains("id_rules: 最大年龄 65 → 60") && said.contains(&hash[..12]), "{said}");
    page.click("button[value=refuse]").await.unwrap();
    page.wait_for("#problems").await.unwrap();
    without_picture(&page).await;
    look.at(&page, "refused-without-reason").await.unwrap();
    page.click("button[value=approve]").await.unwrap();
    page.wait_for("#v2 details.acts").await.unwrap();
    page.click("#v2 details.acts summary").await.unwrap();
    page.fill("#share_percent-2", "20").await.unwrap();
    page.fill("#regions-2", "31 44").await.unwrap();
    look.at(&page, "release").await.unwrap();
    page.click("#v2 details.acts button.main").await.unwrap();
    page.wait_text("灰度 20%").await.unwrap();
    look.at(&page, "canary").await.unwrap();
    page.screen(PHONE).await.unwrap();
    look.at(&page, "canary-phone").await.unwrap();
    page.click("form[action$='/take-back'] button").await.unwrap();
    page.wait_for("#take-back").await.unwrap();
    look.at(&page, "take-back").await.unwrap();
    page.click("#take-back button.danger").await.unwrap();
    page.wait_text("由人工撤回").await.unwrap();
    look.at(&page, "taken-back").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

/// The sample customer is declined for her age by the version that is handed in, and its first block has another name.
fn stricter(file: &mut Value) {
    let blocks = file["blocks"].as_object_mut().unwrap();
    let intake = blocks.remove("intake").unwrap();
    blocks.insert("entry".to_owned(), intake);
    blocks["id_rules"]["params"]["max_age"] = json!(30);
    file["start"] = json!("entry");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_is_tried_on_past_cases_and_running_ones_move_to_it_after_a_look() {
    let server = Server::start_demo().await.unwrap();
    let offer = demo_offer().unwrap();
    let link = server.new_link(&offer).await.unwrap();
    let phone = offer["phone"].as_str().unwrap();
    let mut early = Customer::of(&link.url, &server.lab_url, phone, Who::sample()).unwrap();
    assert_eq!(early.walk(|_| false).await.unwrap()["decision"], "approved");
    let mut waiting = Vec::new();
    for _ in 0..2 {
        waiting.push(server.new_link(&offer).await.unwrap());
    }
    hand_in(&server, stricter).await;

    let browser = Browser::launch().await.unwrap();
    let page = at_the_flows(&server, &browser, "approver").await;
    page.click("h2 a[href='/office/flows/new-car-loan']").await.unwrap();
    page.wait_for(".flow-picture svg").await.unwrap();
    let said = page.text("main").await.unwrap();
    assert!(
        said.contains("1 件申请的结果不同") && said.contains("已签署 signed → 未通过 over_age"),
        "{said}"
    );
    page.click("button[value=approve]").await.unwrap();
    page.wait_for("#v2 details.acts").await.unwrap();
    page.click("#v2 details.acts summary").await.unwrap();
    page.click("#v2 details.acts button.main").await.unwrap();
    page.wait_text("已上线 100%").await.unwrap();

    // Three cases wait in a block that the live version has not: these two, and the demo's own.
    page.click("a[href*='/move?from=']").await.unwrap();
    page.wait_for("#place-intake").await.unwrap();
    page.choose("#place-intake", "entry").await.unwrap();
    page.click("form[method=get] button").await.unwrap();
    page.wait_text("3 件可以改用").await.unwrap();
    page.click("form[method=post][action$='/move'] button").await.unwrap();
    page.wait_text("3 件已改用").await.unwrap();

    // One of them goes on there, while somebody looks at the live version.
    page.goto(&format!("{}/office/flows/new-car-loan/live", server.url)).await.unwrap();
    page.wait_text("现有 3 件申请在办").await.unwrap();
    let mut moved = Customer::of(&waiting[0].url, &server.lab_url, phone, Who::sample()).unwrap();
    let view = moved.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "declined", "{view}");
    page.wait_text("现有 2 件申请在办").await.unwrap();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approver_makes_the_companys_rules_stricter_than_the_platforms() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("u-flow-rules").dark_too();
    let page = at_the_flows(&server, &browser, "approver").await;
    page.click("a[href='/office/flows/rules']").await.unwrap();
    page.wait_for(".rules").await.unwrap();
    page.click("details.acts summary").await.unwrap();
    look.at(&page, "platform").await.unwrap();
    page.fill("#rules", "no rules").await.unwrap();
    page.fill("#note", "董事会要求申请人年满 21 周岁").await.unwrap();
    page.click("main form button.main").await.unwrap();
    page.wait_for("#problems").await.unwrap();
    look.at(&page, "refused").await.unwrap();
    let own = json!({"format": 1, "rules": [{"code": "company_adults", "rule": "bound", "kind": "id-rules", "param": "min_age",
        "least": 21, "text": {"zh-CN": "申请人须年满 21 周岁", "en": "an applicant must be at least 21 years old"}}]});
    page.fill("#rules", &own.to_string()).await.unwrap();
    page.click("main form button.main").await.unwrap();
    page.wait_text("有线上流程不满足现行规则").await.unwrap();
    look.at(&page, "own").await.unwrap();
    page.screen(PHONE).await.unwrap();
    look.at(&page, "own-phone").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}
