//! A reviewer asks the customer for exactly what is missing, and sets other terms within what the flow allows.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use serde_json::{Value, json};
use tests::browser::{Browser, Look, Screen, staff};
use tests::world::{Customer, Desk, Lab, Server, Who, demo_offer, in_a_hurry};

const DESKTOP: Screen = Screen { width: 1440, height: 900, scale: 1.0, mobile: false };
const TABLET: Screen = Screen { width: 1024, height: 768, scale: 1.0, mobile: false };
const PHONE: Screen = Screen { width: 360, height: 740, scale: 2.0, mobile: true };

/// Codes go to the number that the offer names.
async fn customer(server: &Server, offer: Value) -> Customer {
    let phone = offer["phone"].as_str().unwrap().to_owned();
    Customer::new(server, offer, &phone).await.unwrap()
}

/// The case's page in the office and the fields that name what was seen there.
async fn seen(desk: &Desk, case: &Value) -> (String, String, String) {
    let path = format!("/office/cases/{}", case.as_str().unwrap());
    let page = desk.page(&path).await.unwrap();
    let revision = page.split("name=\"revision\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    (path, revision.to_owned(), page)
}

fn outcomes(view: &Value, block: &str) -> Vec<String> {
    let steps = view["steps"].as_array().unwrap().iter().filter(|step| step["block"] == block);
    steps.map(|step| step["outcome"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_customer_is_asked_for_exactly_what_the_reviewer_ticked() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    // The name cannot be checked, so that a person has to look.
    lab.set_faults("realname", &json!({"fault": "server_error"})).await.unwrap();
    let mut asked = customer(&server, demo_offer().unwrap()).await;
    let url = asked.url();
    let view = asked.walk(|view| view["page"] == "in-review").await.unwrap();
    let reviewer = Desk::of(&server, "reviewer").await.unwrap();
    let (path, revision, page) = seen(&reviewer, &view["case"]).await;
    for thing in ["photo", "confirm_name", "phone"] {
        assert!(page.contains(&format!("name=\"ask_{thing}\"")), "{thing}: {page}");
    }

    // Nothing ticked, or something that this flow does not ask for: said, and the case stays.
    let decide = format!("{path}/decide");
    let form = |more: &[(&'static str, &'static str)]| {
        let mut fields = vec![("revision", revision.clone()), ("action", "request".to_owned())];
        fields.push(("reason", "电话打不通，姓名请再核对一次".to_owned()));
        fields.extend(more.iter().map(|(name, value)| (*name, (*value).to_owned())));
        fields
    };
    let send = async |fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        reviewer.send_form(&path, &decide, &fields).await.unwrap()
    };
    for none in [form(&[]), form(&[("ask_confirm_reading", "yes")])] {
        let (_, said) = send(none).await;
        assert!(said.contains("请勾选需要客户补充的内容"), "{said}");
    }

    // Two things, one after the other; each once.
    lab.set_faults("realname", &json!({"fault": "none"})).await.unwrap();
    let (_, after) = send(form(&[("ask_confirm_name", "yes"), ("ask_phone", "yes")])).await;
    assert!(!after.contains("请勾选需要客户补充的内容"), "{after}");
    let view = asked.wait_for_another_page("in-review").await.unwrap();
    assert_eq!((&view["asked"], &view["page"]), (&json!(["confirm_name", "phone"]), &json!("ask")), "{view}");

    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("asked-for").dark_too();
    let phone = browser.page(PHONE).await.unwrap();
    phone.scripts(false).await.unwrap();
    phone.goto(&url).await.unwrap();
    phone.wait_for("#phone").await.unwrap();
    look.at(&phone, "phone").await.unwrap();
    phone.click("main form button.main").await.unwrap();
    phone.wait_for("#problems").await.unwrap();
    look.at(&phone, "phone-missing").await.unwrap();
    phone.fill("#phone", "13900139007").await.unwrap();
    phone.click("main form button.main").await.unwrap();
    phone.wait_for("#name").await.unwrap();
    assert_eq!(asked.view().await.unwrap()["asked"], json!(["confirm_name"]), "the case waits for the rest");
    phone.goto(&format!("{url}?lang=en")).await.unwrap();
    phone.wait_text("A colleague asks you for your name").await.unwrap();
    look.at(&phone, "name-en").await.unwrap();
    let again = json!({"act_id": "phone-again", "phone": "13900139008"});
    assert_eq!(asked.post("phone", &again).await.unwrap().code(), "not_now", "it was given already");
    phone.fill("#name", "唐飞").await.unwrap();
    phone.click("main form button.main").await.unwrap();
    phone.wait_gone("#name").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();

    // The name is checked anew and the case goes on; codes go to the number that was given.
    let view = asked.wait_for_another_page("progress").await.unwrap();
    assert_eq!(outcomes(&view, "ask_name"), ["given"], "{view}");
    assert_eq!(outcomes(&view, "realname"), ["error", "match"], "{view}");
    assert_eq!(view["phone_masked"], "139****9007");
    let record = reviewer.page(&format!("{path}/record")).await.unwrap();
    assert!(record.contains("电话打不通"), "{record}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_among_what_was_asked_is_looked_at_anew() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    lab.set_faults("realname", &json!({"fault": "server_error"})).await.unwrap();
    let mut asked = customer(&server, demo_offer().unwrap()).await;
    let view = asked.walk(|view| view["page"] == "in-review").await.unwrap();
    lab.set_faults("realname", &json!({"fault": "none"})).await.unwrap();
    let reviewer = Desk::of(&server, "reviewer").await.unwrap();
    let (path, revision, _) = seen(&reviewer, &view["case"]).await;
    let fields = [
        ("revision", revision.as_str()),
        ("action", "request"),
        ("reason", "照片再拍一张，号码也请更正"),
        ("ask_photo", "yes"),
        ("ask_phone", "yes"),
    ];
    reviewer.send_form(&path, &format!("{path}/decide"), &fields).await.unwrap();
    let view = asked.wait_for_another_page("in-review").await.unwrap();
    assert_eq!(view["asked"], json!(["photo", "phone"]), "{view}");
    let photo = std::fs::read(Who::sample().photo).unwrap();
    // The phone first: in any order, each act once.
    for _ in 0..2 {
        let given = json!({"act_id": "phone-1", "phone": "13900139007"});
        assert_eq!(asked.post("phone", &given).await.unwrap().status, 204);
    }
    assert_eq!(asked.view().await.unwrap()["asked"], json!(["photo"]));
    assert_eq!(asked.hand_in_photo("photo-1", &photo).await.unwrap().status, 204);
    let view = asked.wait_for_another_page("progress").await.unwrap();
    assert_eq!(outcomes(&view, "ask_name"), ["photo_given"], "{view}");
    assert_eq!(outcomes(&view, "ocr").len(), 2, "the new photo is read: {view}");
}

/// Wants more than the policy gives without a look.
fn much() -> Value {
    let mut offer = demo_offer().unwrap();
    offer["vehicle"]["price_fen"] = json!(80_000_000);
    offer["down_payment_fen"] = json!(25_000_000);
    offer["months"] = json!(36);
    offer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reviewer_sets_other_terms_and_the_customer_sees_both() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let mut wants = customer(&server, much()).await;
    let view = wants.walk(|view| view["page"] == "in-review").await.unwrap();
    assert_eq!(outcomes(&view, "policy"), ["review"], "{view}");

    let browser = Browser::launch().await.unwrap();
    let mut look = Look::new("other-terms").dark_too();
    let page = staff(&server, &browser, DESKTOP, "reviewer", "zh-CN").await.unwrap();
    let address = format!("{}/office/cases/{}", server.url, view["case"].as_str().unwrap());
    page.goto(&address).await.unwrap();
    page.click("details.request-again summary").await.unwrap();
    page.wait_for("#down_payment").await.unwrap();
    assert_eq!(page.value("#months").await.unwrap(), "36");
    look.at(&page, "form").await.unwrap();
    // Outside what the flow allows, and within it but in no plan: said at the field, with what was typed.
    page.fill("#reason", "金额较大，请提高首付").await.unwrap();
    for (down, months, said) in [
        ("100000", "24", "首付超出可调整的范围"),
        ("320000", "72", "请填写可调整范围内的期限"),
        ("320000", "13", "没有方案符合这样的首付和期限"),
    ] {
        page.fill("#down_payment", down).await.unwrap();
        page.fill("#months", months).await.unwrap();
        page.click("button[value=change]").await.unwrap();
        page.wait_text(said).await.unwrap();
        assert_eq!(page.value("#down_payment").await.unwrap(), down);
    }
    look.at(&page, "refused").await.unwrap();
    page.screen(TABLET).await.unwrap();
    page.goto(&format!("{address}?lang=en")).await.unwrap();
    page.click("details.request-again summary").await.unwrap();
    page.wait_text("Go on with these terms").await.unwrap();
    look.at(&page, "form-en").await.unwrap();
    page.fill("#reason", "金额较大，请提高首付").await.unwrap();
    page.fill("#down_payment", "320000").await.unwrap();
    page.fill("#months", "24").await.unwrap();
    page.click("button[value=change]").await.unwrap();
    page.wait_url("/office/queue").await.unwrap();

    // Ranked anew, asked anew, and the customer compares before accepting.
    let view = wants.walk(|view| view["page"] == "offer").await.unwrap();
    assert_eq!(outcomes(&view, "credit_review"), ["changed"], "{view}");
    let (_, shown) = wants.page().await.unwrap();
    for words in ["您的要求", "¥550,000", "¥480,000", "审核人员看过您的申请后调整了条件"]
    {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    let signed = wants.walk(|_| false).await.unwrap();
    assert_eq!(signed["decision"], "approved", "{signed}");
    assert_eq!(outcomes(&signed, "disclose"), ["confirmed"]);
    page.goto(&format!("{address}/record")).await.unwrap();
    page.wait_text("terms changed by a person").await.unwrap();
    look.at(&page, "record").await.unwrap();
    look.is_clean();
    browser.close().await.unwrap();
}
