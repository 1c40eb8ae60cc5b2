//! Two people at one queue: who holds what, the keyboard, taking a decision back, and everything on record.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::json;
use tests::browser::{Browser, Look, Page, Screen, staff};
use tests::world::{Server, Start, in_checkout};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const TABLET: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };
const SHEN: (&str, &str) = ("330106199304172460", "沈若云");

/// Somebody hands in a number with a card that is not theirs, so that a person has to look; the link.
async fn case_for_a_person(server: &Server) -> String {
    let link = server.link_with(json!({})).await.unwrap().url;
    let photo = in_checkout("tests/fixtures/outside/outside-2.jpg").display().to_string();
    let given = ["--id-number", SHEN.0, "--photo", &photo, "--name", SHEN.1, "--accept"];
    let submitted = server.submit(&link, &given).await.unwrap();
    assert_eq!(submitted.code, 3, "{:?}", submitted.said);
    link
}

/// A second reviewer, made by the administrator on the page of accounts, and signed in.
async fn another_reviewer(server: &Server, browser: &Browser) -> Page {
    let page = staff(server, browser, TABLET, "tenant_admin", "en").await.unwrap();
    page.goto(&format!("{}/office/accounts", server.url)).await.unwrap();
    page.fill("#login", "zhao.min").await.unwrap();
    page.click("#role-reviewer").await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_for("#made-secret").await.unwrap();
    let password = page.value("#made-secret").await.unwrap();
    page.click(".who button").await.unwrap();
    page.wait_gone(".who").await.unwrap();
    page.goto(&format!("{}/office/sign-in?lang=en", server.url)).await.unwrap();
    page.fill("#user", "zhao.min").await.unwrap();
    page.fill("#password", &password).await.unwrap();
    page.click("main button.main").await.unwrap();
    page.wait_gone("#password").await.unwrap();
    page
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_at_one_queue_see_each_other_and_a_decision_is_taken_back_in_time() {
    let server = Start::demo().env("MIAOPI_UNDO_SECONDS", "15").start().await.unwrap();
    let customer_link = case_for_a_person(&server).await;
    let (first, second) = (Browser::launch().await.unwrap(), Browser::launch().await.unwrap());
    let reviewer = staff(&server, &first, DESKTOP, "reviewer", "zh-CN").await.unwrap();
    let colleague = another_reviewer(&server, &second).await;
    let mut look = Look::new("case-work").dark_too();
    let queue = format!("{}/office/queue", server.url);

    // The keyboard alone: to the next case, take it.
    reviewer.goto(&queue).await.unwrap();
    reviewer.wait_for("body[data-page=queue]").await.unwrap();
    look.at(&reviewer, "queue").await.unwrap();
    reviewer.press("?").await.unwrap();
    reviewer.until("the keys to be listed", "document.querySelector('#keys').open").await.unwrap();
    reviewer.press("j").await.unwrap();
    reviewer
        .until("the first case to have the focus", "document.activeElement.matches('tbody th a')")
        .await
        .unwrap();
    reviewer.press("n").await.unwrap();
    reviewer.wait_for("body[data-page=case]").await.unwrap();
    let case = reviewer.url().await.unwrap();
    reviewer.wait_text("您正在办理这件申请").await.unwrap();
    look.at(&reviewer, "case-mine").await.unwrap();

    // The colleague sees that somebody works on it, and gets no form to decide with.
    colleague.goto(&queue).await.unwrap();
    colleague.wait_text("reviewer").await.unwrap();
    look.at(&colleague, "queue-held").await.unwrap();
    colleague.goto(&case).await.unwrap();
    colleague.wait_text("works on this case").await.unwrap();
    assert_eq!(colleague.count("button[value=approve]").await.unwrap(), 0);
    look.at(&colleague, "case-held").await.unwrap();

    // The reviewer decides with the keyboard: the letter only goes to the button.
    reviewer.press("r").await.unwrap();
    reviewer.until("the reason to have the focus", "document.activeElement.id === 'reason'").await.unwrap();
    reviewer.fill("#reason", "已电话核实，本人在店办理。").await.unwrap();
    reviewer.press("Escape").await.unwrap();
    reviewer.press("a").await.unwrap();
    reviewer
        .until("the button to have the focus", "document.activeElement.value === 'approve'")
        .await
        .unwrap();
    assert_eq!(reviewer.url().await.unwrap(), case, "nothing is decided by a letter");
    reviewer.press("Enter").await.unwrap();
    reviewer.wait_for("body[data-page=queue]").await.unwrap();
    reviewer.wait_text("生效时间").await.unwrap();
    // Taken back in time: the case waits as before, and what was typed is there.
    reviewer.press("u").await.unwrap();
    reviewer.wait_text("决定已撤销").await.unwrap();
    assert_eq!(reviewer.value("#reason").await.unwrap(), "已电话核实，本人在店办理。");
    look.at(&reviewer, "undone").await.unwrap();

    // The colleague takes it over; who had it sees so without loading anything.
    colleague.click("button[value=take_over]").await.unwrap();
    colleague.wait_text("You work on this case").await.unwrap();
    reviewer.wait_text("zhao.min 正在办理这件申请").await.unwrap();
    colleague.fill("#reason", "The customer came in person with the card.").await.unwrap();
    colleague.click("button[value=approve]").await.unwrap();
    colleague.wait_for("body[data-page=queue]").await.unwrap();
    look.at(&colleague, "queue-pending").await.unwrap();
    let customer = first.page(DESKTOP).await.unwrap();
    customer.goto(&customer_link).await.unwrap();
    customer.wait_for("body[data-page=consent-partners]").await.unwrap();

    // What was done stands on record, with who and why.
    let lead = staff(&server, &second, TABLET, "tenant_admin", "en").await.unwrap();
    lead.goto(&format!("{case}/record")).await.unwrap();
    lead.wait_for("body[data-page=case-record]").await.unwrap();
    lead.wait_text("The customer came in person with the card.").await.unwrap();
    for said in ["decision taken back", "case taken", "decision took effect", "Waits", "Give more time"] {
        let text = lead.text("main").await.unwrap();
        assert!(text.to_lowercase().contains(&said.to_lowercase()), "{said}: {text}");
    }
    look.at(&lead, "record").await.unwrap();
    // Now the customer is waited for: they get their time anew, with a reason.
    lead.click(".step-now summary").await.unwrap();
    lead.click("button[value=more_time]").await.unwrap();
    lead.wait_for("#why-error").await.unwrap();
    lead.fill("#why", "They asked for another day.").await.unwrap();
    lead.click("button[value=more_time]").await.unwrap();
    lead.wait_text("They asked for another day.").await.unwrap();
    look.at(&lead, "record-more-time").await.unwrap();
    look.is_clean();
    first.close().await.unwrap();
    second.close().await.unwrap();
}
