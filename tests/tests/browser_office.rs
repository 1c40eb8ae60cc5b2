//! The staff pages in a browser: sign in, make a link, settle cases that need a person.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Look, Page, Screen};
use tests::world::{Server, in_checkout};

const DESKTOP: Screen = Screen { width: 1280, height: 800, scale: 1.0, mobile: false };
/// A number whose card the demo's reviewer will see, and two others that belong to other cards.
const ZHAO: (&str, &str) = ("210102197809023135", "赵立群");
const SHEN: (&str, &str) = ("330106199304172460", "沈若云");

async fn staff(server: &Server, browser: &Browser, role: &str, look: &mut Look) -> Page {
    let account = server.account(role).unwrap();
    let page = browser.page(DESKTOP).await.unwrap();
    page.goto(&format!("{}/office/?lang=zh-CN", server.url)).await.unwrap();
    page.wait_for("#password").await.unwrap();
    look.at(&page, &format!("sign-in-{role}")).await.unwrap();
    page.fill("#user", &account.user).await.unwrap();
    page.fill("#password", &account.password).await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for(".who").await.unwrap();
    page
}

/// Somebody hands in a number with a card that is not theirs, so that a person has to look; the link.
async fn case_for_a_person(server: &Server, number: (&str, &str), card: &str) -> String {
    let link = server.link_with(json!({})).await.unwrap().url;
    let photo = in_checkout(card).display().to_string();
    let given = ["--id-number", number.0, "--photo", &photo, "--name", number.1, "--accept"];
    let submitted = server.submit(&link, &given).await.unwrap();
    assert_eq!(submitted.code, 3, "{:?}", submitted.said);
    link
}

async fn open_first(page: &Page, server: &Server) {
    page.goto(&format!("{}/office/queue", server.url)).await.unwrap();
    page.click("tbody th a").await.unwrap();
    page.wait_for("body[data-page=case]").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_advisor_makes_a_link_sees_how_far_the_customer_is_and_takes_it_back() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("p-office-links");
    let front = browser.page(DESKTOP).await.unwrap();
    front.goto(&server.url).await.unwrap();
    look.at(&front, "front-door").await.unwrap();

    let page = staff(&server, &browser, "advisor", &mut look).await;
    look.at(&page, "links").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("#problems").await.unwrap();
    look.at(&page, "links-empty").await.unwrap();

    page.choose("#product", "new-car-loan").await.unwrap();
    page.choose("#region", "310000").await.unwrap();
    page.fill("#vehicle", "比亚迪 秦PLUS DM-i 2026款 120km 豪华型").await.unwrap();
    page.fill("#vin", "LSVWY4180KN246094").await.unwrap();
    page.choose("#energy", "plug_in").await.unwrap();
    page.fill("#price", "129800").await.unwrap();
    page.fill("#down_payment", "38940").await.unwrap();
    page.choose("#months", "36").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for(".made .qr").await.unwrap();
    look.at(&page, "made").await.unwrap();
    let link = page.value("#made-url").await.unwrap();
    assert!(link.starts_with(&format!("{}/c/", server.url)), "{link}");
    page.click("[data-copy]").await.unwrap();
    page.wait_text("已复制").await.unwrap();

    let customer = browser.page(DESKTOP).await.unwrap();
    customer.goto(&link).await.unwrap();
    customer.click("main button.main").await.unwrap();
    customer.wait_for("body[data-page=consent-identity]").await.unwrap();
    page.goto(&format!("{}/office/links", server.url)).await.unwrap();
    let row = page.text("tbody tr").await.unwrap();
    assert!(row.contains("办理中") && row.contains("等待提交证件"), "{row}");
    assert!(!page.html().await.unwrap().contains(&link), "the link is shown a second time");

    page.click("tbody tr form[action$='/revoke'] button").await.unwrap();
    page.until(
        "the link to be taken back",
        "document.querySelector('tbody tr').innerText.includes('已收回')",
    )
    .await
    .unwrap();
    look.at(&page, "revoked").await.unwrap();
    customer.reload().await.unwrap();
    customer.wait_for("body[data-page=link-ended]").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_approves_one_case_declines_another_and_asks_for_more_in_a_third() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("q-office-review");
    let page = staff(&server, &browser, "reviewer", &mut look).await;
    page.goto(&format!("{}/office/queue", server.url)).await.unwrap();
    page.wait_for("body[data-page=queue]").await.unwrap();
    look.at(&page, "queue-empty").await.unwrap();

    // Somebody else's card: number and name differ from what was typed.
    let first = case_for_a_person(&server, SHEN, "tests/fixtures/outside/outside-2.jpg").await;
    page.reload().await.unwrap();
    look.at(&page, "queue").await.unwrap();
    open_first(&page, &server).await;
    page.until("the photo to be shown", "document.querySelector('.evidence').naturalWidth > 100")
        .await
        .unwrap();
    look.at(&page, "case").await.unwrap();
    let said = page.text("main").await.unwrap();
    assert!(said.contains("不一致") && said.contains("沈**") && said.contains("赵**"), "{said}");
    for whole in [SHEN.0, SHEN.1, ZHAO.0, ZHAO.1] {
        assert!(!said.contains(whole), "{whole} is shown in full");
    }

    // No decision without a reason.
    page.click("button[value=approve]").await.unwrap();
    page.wait_for("#reason-error").await.unwrap();
    look.at(&page, "no-reason").await.unwrap();
    page.fill("#reason", "已电话核实，本人在店办理，号码录入时看错了一张。").await.unwrap();
    page.click("button[value=approve]").await.unwrap();
    page.wait_for("body[data-page=queue]").await.unwrap();
    let customer = browser.page(DESKTOP).await.unwrap();
    customer.goto(&first).await.unwrap();
    customer.wait_for("body[data-page=consent-partners]").await.unwrap();

    // The same card under another number: a sign of fraud, said so, and declined with words that the customer reads.
    let second = case_for_a_person(&server, ZHAO, "tests/fixtures/outside/outside-2.jpg").await;
    open_first(&page, &server).await;
    look.at(&page, "case-duplicate").await.unwrap();
    assert!(
        page.text(".alerting").await.unwrap().contains("冒用"),
        "the reviewer is not told of the other case"
    );
    let words = "同一张证件在另一件申请里用过，无法确认是您本人。";
    page.fill("#reason", words).await.unwrap();
    page.click("button[value=decline]").await.unwrap();
    page.wait_for("#code-error").await.unwrap();
    look.at(&page, "no-code").await.unwrap();
    page.choose("#code", "suspected_fraud").await.unwrap();
    page.click("button[value=decline]").await.unwrap();
    page.wait_for("body[data-page=queue]").await.unwrap();
    customer.goto(&second).await.unwrap();
    customer.wait_for("body[data-page=declined]").await.unwrap();
    assert!(customer.text("main").await.unwrap().contains(words), "the customer does not learn why");
    look.at(&customer, "customer-declined").await.unwrap();

    // One thing again: the customer sees exactly that thing asked, in the reviewer's words.
    let third = case_for_a_person(&server, SHEN, "tests/fixtures/outside/outside-3.jpg").await;
    open_first(&page, &server).await;
    let case = page.url().await.unwrap();
    let words = "照片上是别人的证件，请拍您自己的身份证。";
    page.fill("#reason", words).await.unwrap();
    page.click("#ask_photo").await.unwrap();
    page.click("button[value=request]").await.unwrap();
    page.wait_for("body[data-page=queue]").await.unwrap();
    customer.goto(&third).await.unwrap();
    customer.wait_for("body[data-page=ask]").await.unwrap();
    look.at(&customer, "customer-asked").await.unwrap();
    assert!(customer.text(".reason").await.unwrap().contains(words));
    assert_eq!(
        customer.count("#id_number, #phone, #name").await.unwrap(),
        0,
        "more than the photo is asked for"
    );
    page.goto(&case).await.unwrap();
    page.wait_for("body[data-page=case]").await.unwrap();
    look.at(&page, "case-decided").await.unwrap();
    assert!(page.text("main").await.unwrap().contains(words), "the case does not say how it was settled");

    let photo = in_checkout("tests/fixtures/outside/outside-1.jpg");
    customer.upload("#photo_file", &[&photo]).await.unwrap();
    // The remark moves the button: whoever presses it has seen the photo arrive.
    customer.wait_text("照片已上传").await.unwrap();
    customer.click("main button.main").await.unwrap();
    customer.wait_for("body[data-page=reading]").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_no_case_data() {
    let server = Server::start_demo().await.unwrap();
    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("r-office-operator");
    case_for_a_person(&server, SHEN, "tests/fixtures/outside/outside-2.jpg").await;
    let page = staff(&server, &browser, "operator", &mut look).await;
    look.at(&page, "home").await.unwrap();
    for path in ["/office/queue", "/office/links", "/office/cases/00000000000000000000000000000000"] {
        page.goto(&format!("{}{path}", server.url)).await.unwrap();
        page.wait_for("body[data-page=message]").await.unwrap();
        let said = page.html().await.unwrap();
        for of_a_case in [SHEN.1, ZHAO.1, "秦PLUS", "MP0", "<table"] {
            assert!(!said.contains(of_a_case), "{path} shows {of_a_case}");
        }
    }
    page.watch().forget();
    look.at(&page, "refused").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}
