//! The control room over HTTP: a failing funder is drained and its cases go elsewhere, a paused partner parks them, and
//! whatever was set outlives the server.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::world::{Customer, Desk, Lab, PATIENCE, Server, demo_offer, in_a_hurry, wait_until};

/// The funder that the demo's offer is sent to first.
const FIRST: &str = "/office/partners/funders.huaxing-bank";
const REALNAME: &str = "/office/partners/realname";

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

/// Funders that did something, by how often.
async fn funders_asked(lab: &Lab) -> Vec<String> {
    let effects = lab.effects().await.unwrap().into_iter();
    effects
        .filter(|effect| effect.effects > 0 && effect.partner.starts_with("funders/"))
        .map(|e| e.partner)
        .collect()
}

async fn start(lab: &Lab) -> Server {
    lab.serves(in_a_hurry()).start().await.unwrap()
}

/// A customer whose application is with a funder that has not decided.
async fn at_a_funder(server: &Server, phone: &str) -> Customer {
    let mut customer = Customer::new(server, offer(5), phone).await.unwrap();
    customer.walk(|view| outcomes(view, "consent") == ["given"]).await.unwrap();
    let pending = async || {
        let view = customer.view().await.unwrap();
        (outcomes(&view, "funder") == ["pending"]).then_some(())
    };
    wait_until("the funder to say that it takes its time", PATIENCE, pending).await.unwrap();
    customer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_funder_is_drained_its_cases_go_elsewhere_and_what_it_has_goes_on() {
    let lab = Lab::start().unwrap();
    let mut server = start(&lab).await;
    let desk = Desk::of(&server, "controller").await.unwrap();
    lab.set_faults("funders", &json!({"callback": "never"})).await.unwrap();
    let mut with_it = at_a_funder(&server, "13800000701").await;
    assert_eq!(funders_asked(&lab).await, ["funders/huaxing-bank"]);
    let mut before = Customer::new(&server, offer(0), "13800000702").await.unwrap();

    // What would happen, before it does: one case stays there, two go elsewhere (one is the demo's own).
    let preview = desk.page(&format!("{FIRST}/change?state=draining")).await.unwrap();
    assert!(preview.contains("影响 3 件等待中的申请"), "{preview}");
    let [waits, rerouted] = ["已在资金方：继续等它答复", "改由另一家资金方优先"];
    assert!(preview.contains(waits) && preview.contains(rerouted), "{preview}");
    assert!(preview.contains("现在优先") && preview.contains("华兴样例银行"), "{preview}");
    assert!(!desk.page(FIRST).await.unwrap().contains("停止派新</strong>"), "looking changes nothing");

    let change = [("number", "0"), ("state", "draining"), ("reason", "连续失败，转给其他资金方。")];
    let (status, _) = desk.send_form(FIRST, &format!("{FIRST}/change"), &change).await.unwrap();
    assert_eq!(status, 303);
    assert!(desk.page(FIRST).await.unwrap().contains("停止派新</strong>"));
    // Whoever looked before is shown what has changed meanwhile.
    let late = [("number", "0"), ("state", "paused"), ("reason", "也看到了。")];
    let (status, page) = desk.send_form(FIRST, &format!("{FIRST}/change"), &late).await.unwrap();
    assert_eq!(status, 409);
    assert!(page.contains("期间有人变更过") && page.contains("停止派新"), "{page}");

    // A case that was on its way and a new one go to the next funder; nobody asks the drained one anything new.
    lab.set_faults("funders/huaxing-bank", &json!({"fault": "server_error"})).await.unwrap();
    let view = before.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");

    // A crash in between changes nothing.
    server.kill_server().await.unwrap();
    server.restart().await.unwrap();
    let desk = Desk::of(&server, "controller").await.unwrap();
    assert!(desk.page(FIRST).await.unwrap().contains("停止派新</strong>"));
    let mut after = Customer::new(&server, offer(0), "13800000703").await.unwrap();
    let view = after.walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "approved", "{view}");
    let asked = funders_asked(&lab).await;
    assert_eq!(asked.iter().filter(|funder| *funder == "funders/huaxing-bank").count(), 1, "{asked:?}");
    assert_eq!(asked.len(), 3, "{asked:?}");

    // What it had already goes on: it is asked what it says by now.
    let view = with_it.walk(|_| false).await.unwrap();
    assert_eq!(
        (view["decision"].as_str(), outcomes(&view, "funder_answer")),
        (Some("approved"), vec!["approved".to_owned()]),
        "{view}"
    );

    // Taken back with one button, it is asked first again.
    lab.reset().await.unwrap();
    let (status, _) = desk.send_form(FIRST, &format!("{FIRST}/reverse"), &[("number", "1")]).await.unwrap();
    assert_eq!(status, 303);
    let mut again = Customer::new(&server, offer(0), "13800000704").await.unwrap();
    again.walk(|_| false).await.unwrap();
    assert_eq!(funders_asked(&lab).await, ["funders/huaxing-bank"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_partner_parks_cases_until_it_is_open_again_also_over_a_crash() {
    let lab = Lab::start().unwrap();
    let mut server = start(&lab).await;
    let desk = Desk::of(&server, "controller").await.unwrap();
    let set = |number: &'static str, state: &'static str| {
        [("number", number), ("state", state), ("reason", "对方维护。")]
    };
    let (status, _) =
        desk.send_form(REALNAME, &format!("{REALNAME}/change"), &set("0", "paused")).await.unwrap();
    assert_eq!(status, 303);

    let mut customer = Customer::new(&server, offer(0), "13800000711").await.unwrap();
    let confirmed = |view: &Value| !outcomes(view, "confirm_reading").is_empty();
    customer.walk(confirmed).await.unwrap();
    let parked = "已挂起：立即查询";
    let to_open = format!("{REALNAME}/change?state=open");
    wait_until("the case to be parked", PATIENCE, async || {
        desk.page(&to_open).await.unwrap().contains(parked).then_some(())
    })
    .await
    .unwrap();

    server.kill_server().await.unwrap();
    server.restart().await.unwrap();
    let desk = Desk::of(&server, "controller").await.unwrap();
    let preview = desk.page(&to_open).await.unwrap();
    assert!(preview.contains("影响 1 件等待中的申请") && preview.contains(parked), "{preview}");
    let view = customer.view().await.unwrap();
    assert!(outcomes(&view, "realname").is_empty(), "{view}");
    assert!(lab.effects().await.unwrap().is_empty(), "somebody was asked");

    let (status, _) =
        desk.send_form(REALNAME, &format!("{REALNAME}/change"), &set("1", "open")).await.unwrap();
    assert_eq!(status, 303);
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(
        (view["decision"].as_str(), outcomes(&view, "realname")),
        (Some("approved"), vec!["match".to_owned()]),
        "{view}"
    );
    assert!(
        desk.page(&format!("{REALNAME}/change?state=paused")).await.unwrap().contains("不影响等待中的申请")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_call_says_whether_a_partner_is_there() {
    let lab = Lab::start().unwrap();
    let server = start(&lab).await;
    let desk = Desk::of(&server, "controller").await.unwrap();
    let test = async |slug: &str| {
        let page = format!("/office/partners/{slug}");
        desk.send_form(&page, &format!("{page}/test"), &[]).await.unwrap()
    };
    for slug in ["realname", "bureau", "valuation", "sms", "ca", "tsa", "funders.huaxing-bank"] {
        let (status, page) = test(slug).await;
        assert!(status == 200 && page.contains("<strong>有答复</strong>"), "{slug}: {status} {page}");
    }
    let (status, page) = test("realname").await;
    assert!(status == 429 && page.contains("刚刚测试过"), "{page}");
    lab.set_faults("funders/jiangnan-bank", &json!({"fault": "server_error"})).await.unwrap();
    let (_, page) = test("funders.jiangnan-bank").await;
    assert!(page.contains("对方服务出错"), "{page}");
}
