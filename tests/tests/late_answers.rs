//! Answers that funders send on their own, as the office sees them: taken up, repeated, refused, and too late, where it
//! follows from what is set for the funder whether anybody is told. None of them moves a case that has gone on.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use jiff::Timestamp;
use serde_json::{Value, json};
use tests::world::{Customer, Desk, Lab, PATIENCE, Server, demo_offer, http, in_a_hurry, wait_until};

const INBOUND: &str = "/office/webhooks/inbound";
const FUNDER: &str = "/office/partners/funders.huaxing-bank";

/// The demo's offer at a price whose last two digits (fen) steer how the lab's funders answer.
fn offer(last: i64) -> Value {
    let mut offer = demo_offer().unwrap();
    offer["vehicle"]["price_fen"] = json!(12_980_000 + last);
    offer
}

fn outcomes(view: &Value, block: &str) -> Vec<String> {
    let steps = view["steps"].as_array().into_iter().flatten().filter(|step| step["block"] == block);
    steps.filter_map(|step| step["outcome"].as_str().map(str::to_owned)).collect()
}

async fn send(server: &Server, funder: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    let url = format!("{}/api/v1/webhooks/partners/{funder}", server.url);
    let post =
        headers.iter().fold(http().unwrap().post(url), |post, (name, value)| post.header(*name, *value));
    post.body(body.to_owned()).send().await.unwrap().status().as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_office_sees_what_was_believed_and_what_was_refused() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let desk = Desk::of(&server, "controller").await.unwrap();
    let empty = desk.page(INBOUND).await.unwrap();
    assert!(empty.contains("还没有收到过答复") && empty.contains("没有拒收"), "{empty}");

    // The lab's funder says "pending" and sends its answer three times over.
    lab.set_faults("funders", &json!({"callback": "duplicate"})).await.unwrap();
    let mut customer = Customer::new(&server, offer(5), "13800000901").await.unwrap();
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(outcomes(&view, "funder_answer"), ["approved"], "{view}");
    wait_until("the repeats to be counted", PATIENCE, async || {
        desk.page(INBOUND).await.unwrap().contains("又发来 2 次").then_some(())
    })
    .await
    .unwrap();
    let page = desk.page(INBOUND).await.unwrap();
    assert!(page.contains("已采用") && page.contains("同意"), "{page}");
    assert!(!page.contains("/apply"), "what was taken up cannot be taken up again: {page}");

    // Strangers: counted under a name that exists, and under none.
    let now = Timestamp::now().as_second().to_string();
    let body = "{\"name\": \"a stranger's words\"}";
    let signed =
        [("webhook-id", "msg_1"), ("webhook-timestamp", now.as_str()), ("webhook-signature", "v1,AAAA")];
    for _ in 0..3 {
        assert_eq!(send(&server, "huaxing-bank", &signed, body).await, 401);
    }
    assert_eq!(send(&server, "huaxing-bank", &[], body).await, 401);
    assert_eq!(send(&server, "no-such-funder", &signed, body).await, 401);
    let page = desk.page(INBOUND).await.unwrap();
    for said in ["签名不符", "没有签名", "不认识的名称"] {
        assert!(page.contains(said), "{said}: {page}");
    }
    for strange in ["no-such-funder", "stranger"] {
        assert!(!page.contains(strange), "{strange}: {page}");
    }
    let narrowed = desk.page(&format!("{INBOUND}?partner=jiangnan-bank")).await.unwrap();
    assert!(narrowed.contains("没有拒收"), "{narrowed}");
}

/// Sets what happens with late answers of the funder that is asked first.
async fn set_late(desk: &Desk, number: &str, policy: &str) {
    let preview = format!("{FUNDER}/change?full=1&state=open&park_minutes=30&late={policy}");
    assert!(desk.page(&preview).await.unwrap().contains("来迟的答复"));
    let form = [
        ("full", "1"),
        ("number", number),
        ("state", "open"),
        ("park_minutes", "30"),
        ("late", policy),
        ("reason", "试用期。"),
    ];
    let (status, page) = desk.send_form(FUNDER, &format!("{FUNDER}/change"), &form).await.unwrap();
    assert_eq!(status, 303, "{page}");
}

#[tokio::test(flavor = "multi_thread")]
async fn reviewers_hear_of_an_answer_that_came_after_its_customer_asked_for_a_person() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let controller = Desk::of(&server, "controller").await.unwrap();
    let reviewer = Desk::of(&server, "reviewer").await.unwrap();
    set_late(&controller, "0", "notice").await;

    // The funder takes its time; meanwhile the customer wants a person, and the case goes on to one.
    lab.set_faults("funders", &json!({"callback": {"late": 4_000}})).await.unwrap();
    let mut customer = Customer::new(&server, offer(5), "13800000911").await.unwrap();
    customer.walk(|view| outcomes(view, "consent") == ["given"]).await.unwrap();
    wait_until("the funder to take its time", PATIENCE, async || {
        let view = customer.view().await.unwrap();
        (outcomes(&view, "funder") == ["pending"]).then_some(())
    })
    .await
    .unwrap();
    let asked = customer.post("human-review", &json!({"act_id": "late-1"})).await.unwrap();
    assert!(asked.is_ok(), "{}", asked.code());
    let before = customer.view().await.unwrap();
    let case = before["case"].as_str().unwrap().to_owned();
    let note = format!("/office/cases/{case}/late-answers");
    wait_until("the late answer to be noticed", PATIENCE, async || {
        reviewer.page("/office/queue").await.unwrap().contains(&note).then_some(())
    })
    .await
    .unwrap();

    // The case is where it was, and its page says what came.
    let view = customer.view().await.unwrap();
    assert_eq!((&view["page"], &view["decision"]), (&before["page"], &before["decision"]), "{view}");
    assert!(outcomes(&view, "funder_answer").iter().all(|outcome| outcome != "approved"), "{view}");
    let page = reviewer.page(&format!("/office/cases/{case}")).await.unwrap();
    assert!(page.contains("华兴样例银行在流程继续之后才答复：同意"), "{page}");
    let page = controller.page(INBOUND).await.unwrap();
    assert!(page.contains("来迟，申请已继续") && page.contains("提醒审核员"), "{page}");

    let (status, _) = reviewer.send_form("/office/queue", &note, &[]).await.unwrap();
    assert_eq!(status, 303);
    assert!(!reviewer.page("/office/queue").await.unwrap().contains(&note));

    // Taken back with one button, as any other change.
    assert!(controller.page(FUNDER).await.unwrap().contains("提醒审核员，直到有人阅知"));
    let reverse = format!("{FUNDER}/reverse");
    let (status, _) = controller.send_form(FUNDER, &reverse, &[("number", "1")]).await.unwrap();
    assert_eq!(status, 303);
}
