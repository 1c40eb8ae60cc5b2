//! Staff compose a flow, a second person approves it, it goes live as a canary first, and a bad one takes itself back;
//! cases that have begun stay on their version all the while.

#![allow(clippy::unwrap_used)] // a test that cannot go on stops, in its helpers as well

use reqwest::Method;
use serde_json::{Value, json};
use tests::world::{Customer, Desk, Lab, PATIENCE, Server, Who, demo_offer, http, in_a_hurry, wait_until};

/// Asks for something about flows that is granted.
async fn done(desk: &Desk, method: Method, path: &str, body: Value) -> Value {
    desk.done(method, &format!("/api/v1/flows{path}"), &body).await.unwrap()
}

/// Asks for something about flows that may be refused.
async fn ask(desk: &Desk, path: &str, body: Value) -> (u16, Value) {
    desk.ask(Method::POST, &format!("/api/v1/flows{path}"), &body).await.unwrap()
}

/// The new-car loan as it stands.
async fn flow(desk: &Desk) -> Value {
    let all = done(desk, Method::GET, "", json!({})).await;
    let flows = all["flows"].as_array().unwrap();
    flows.iter().find(|flow| flow["key"] == "new-car-loan").unwrap().clone()
}

/// The version that a case is on.
async fn version_of(server: &Server, case: &str) -> String {
    let get = http().unwrap().get(format!("{}/api/v1/cases/{case}", server.url)).bearer_auth(&server.api_key);
    let standing: Value = get.send().await.unwrap().json().await.unwrap();
    standing["flow_version"].as_str().unwrap().to_owned()
}

/// The version that a new case gets.
async fn new_case(server: &Server) -> String {
    let link = server.new_link(&demo_offer().unwrap()).await.unwrap();
    version_of(server, &link.case).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_is_composed_approved_tried_on_half_of_the_cases_released_and_taken_back() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let (designer, approver) =
        (Desk::of(&server, "designer").await.unwrap(), Desk::of(&server, "approver").await.unwrap());
    let shipped = text(&flow(&designer).await["live"]["hash"]);

    // Somebody has begun before, on the version of today.
    let offer = demo_offer().unwrap();
    let link = server.new_link(&offer).await.unwrap();
    let mut early = customer(&server, &link.url, &offer);
    early.walk(|view| view["page"] == "identity").await.unwrap();

    // A designer wants a signature without disclosure: the gate says where.
    let draft = done(&designer, Method::POST, "/drafts", json!({"from": shipped})).await;
    let (id, mut file) = (text(&draft["id"]), draft["file"].clone());
    file["blocks"]["funder"]["next"]["matched"] = json!("sign");
    let path = format!("/drafts/{id}");
    let kept = done(&designer, Method::PUT, &path, json!({"revision": 1, "file": file})).await;
    assert_eq!(kept["revision"], 2);
    let submit = format!("{path}/submit");
    let (status, refused) = ask(&designer, &submit, json!({"revision": 2, "note": "Signs at once."})).await;
    assert_eq!((status, &refused["code"]), (422, &json!("flow_falls_short")), "{refused}");
    let findings = refused["findings"].as_array().unwrap();
    let unproved = findings.iter().find(|finding| finding["code"] == "gate_disclosure_before_sign").unwrap();
    let way = unproved["path"].as_array().unwrap();
    assert_eq!(way[way.len() - 2..], [json!("funder"), json!("sign")], "{unproved}");
    assert!(!way.contains(&json!("disclose")), "{unproved}");
    assert!(!text(&unproved["text"]["zh-CN"]).is_empty() && !text(&unproved["text"]["en"]).is_empty());

    // Mended, it becomes a version; its author cannot put it live, a second person can.
    file["blocks"]["funder"]["next"]["matched"] = json!("disclose");
    file["blocks"]["id_rules"]["params"]["max_age"] = json!(64);
    done(&designer, Method::PUT, &path, json!({"revision": 2, "file": file})).await;
    let note = json!({"revision": 3, "note": "Lowers the highest age to 64."});
    let version = text(&done(&designer, Method::POST, &submit, note).await["base"]);
    let (decide, release) = (format!("/versions/{version}/decide"), format!("/versions/{version}/release"));
    assert_eq!(ask(&designer, &decide, json!({"approve": true})).await.0, 403);
    assert_eq!(ask(&approver, &release, json!({"share_percent": 50})).await.0, 409);
    let shown = approver.page("/office/flows/new-car-loan?lang=en").await.unwrap();
    assert!(shown.contains("id_rules: Oldest age 65 → 64") && shown.contains(&version[..12]), "{shown}");
    let approved = done(&approver, Method::POST, &decide, json!({"approve": true})).await;
    assert_eq!((&approved["state"], &approved["number"]), (&json!("approved"), &json!(2)));
    assert_eq!(new_case(&server).await, shipped, "approved is not released");

    // Half of the new cases get it, and keep it.
    done(&approver, Method::POST, &release, json!({"share_percent": 50})).await;
    let mut cases = Vec::new();
    for _ in 0..30 {
        let link = server.new_link(&offer).await.unwrap();
        cases.push((version_of(&server, &link.case).await, link.case));
    }
    let canaries = cases.iter().filter(|(on, _)| *on == version).count();
    assert!((3..=27).contains(&canaries), "{canaries} of 30");

    // Live: everybody new gets it; whoever began before ends on their own version.
    done(&approver, Method::POST, &release, json!({"share_percent": 100})).await;
    assert_eq!(new_case(&server).await, version);
    let signed = early.walk(|_| false).await.unwrap();
    assert_eq!(signed["decision"], "approved", "{signed}");
    assert_eq!(version_of(&server, &link.case).await, shipped);
    for (on, case) in &cases {
        assert_eq!(version_of(&server, case).await, *on);
    }

    // One click back.
    let back = done(&approver, Method::POST, "/new-car-loan/take-back", json!({})).await;
    assert_eq!(text(&back["live"]["hash"]), shipped);
    assert_eq!(new_case(&server).await, shipped);
    assert_eq!(ask(&approver, "/new-car-loan/take-back", json!({})).await.0, 409);

    // As a canary whose partner fails it takes itself back, and says why.
    lab.set_faults("realname", &json!({"fault": "server_error"})).await.unwrap();
    let band = json!({"least_cases": 1, "most_errors_percent": 0, "most_approval_drift_points": 100, "most_p95_ms": 600_000});
    done(&approver, Method::POST, &release, json!({"share_percent": 99, "band": band})).await;
    let (mut customer, on) = on_the_canary(&server, &version).await;
    assert_eq!(version_of(&server, &on).await, version);
    let view = customer.walk(|_| false).await.unwrap();
    assert_eq!(view["page"], "in-review", "{view}");
    wait_until("the canary to take itself back", PATIENCE, async || {
        flow(&approver).await["canary"].is_null().then_some(())
    })
    .await
    .unwrap();
    assert_eq!(text(&flow(&approver).await["live"]["hash"]), shipped);
    assert_eq!(version_of(&server, &on).await, version, "its case goes on with it");
    let shown = approver.page("/office/flows/new-car-loan?lang=en").await.unwrap();
    assert!(shown.contains("too many of its cases went wrong"), "{shown}");
}

/// A customer whose case the canary gets.
async fn on_the_canary(server: &Server, version: &str) -> (Customer, String) {
    let offer = demo_offer().unwrap();
    let found = wait_until("a case of the canary", PATIENCE, async || {
        let link = server.new_link(&offer).await.ok()?;
        (version_of(server, &link.case).await == version).then_some(link)
    });
    let link = found.await.unwrap();
    (customer(server, &link.url, &offer), link.case)
}

/// The sample customer at this link.
fn customer(server: &Server, link: &str, offer: &Value) -> Customer {
    Customer::of(link, &server.lab_url, &text(&offer["phone"]), Who::sample()).unwrap()
}

/// The table of the live version from now on: whoever wants more than a yuan is declined for the amount.
async fn close_the_table(designer: &Desk, approver: &Desk) -> String {
    let close = |file: &mut Value| {
        let rules = file["blocks"]["policy"]["params"]["table"]["rules"].as_array_mut().unwrap();
        let large = rules.iter_mut().find(|row| row["reason"] == "'amount_large'").unwrap();
        large["amount"] = json!("> 100");
        large["outcome"] = json!("'decline'");
    };
    let version = designer.hand_in(close, "Closed for large amounts.").await.unwrap();
    done(approver, Method::POST, &format!("/versions/{version}/decide"), json!({"approve": true})).await;
    done(approver, Method::POST, &format!("/versions/{version}/release"), json!({"share_percent": 100}))
        .await;
    version
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_products_table_is_changed_while_cases_run() {
    let lab = Lab::start().unwrap();
    let server = lab.serves(in_a_hurry()).start().await.unwrap();
    let (designer, approver) =
        (Desk::of(&server, "designer").await.unwrap(), Desk::of(&server, "approver").await.unwrap());
    let (offer, before) = (demo_offer().unwrap(), text(&flow(&designer).await["live"]["hash"]));

    // Three are under way: one is asked to confirm what was read, two have not handed anything in.
    let mut begun = Vec::new();
    for _ in 0..3 {
        begun.push(server.new_link(&offer).await.unwrap());
    }
    let mut half_way = customer(&server, &begun[0].url, &offer);
    half_way.walk(|view| view["page"] == "identity").await.unwrap();
    let now = close_the_table(&designer, &approver).await;

    // Whoever begins from now on is judged by the new table.
    let link = server.new_link(&offer).await.unwrap();
    let view = customer(&server, &link.url, &offer).walk(|_| false).await.unwrap();
    assert_eq!(view["decision"], "declined", "{view}");
    assert_eq!(version_of(&server, &link.case).await, now);

    // Whoever was half way ends by the rules that they began with.
    let signed = half_way.walk(|_| false).await.unwrap();
    assert_eq!(signed["decision"], "approved", "{signed}");
    assert_eq!(version_of(&server, &begun[0].case).await, before);

    // The other two are moved after a look: both are shown, both go on by the new table.
    let asked = json!({"from": before, "to": now});
    let preview = done(&approver, Method::POST, "/new-car-loan/moves/preview", asked.clone()).await;
    let named: Vec<String> =
        preview["cases"].as_array().unwrap().iter().map(|case| text(&case["case"])).collect();
    assert_eq!(preview["moves"], named.len(), "{preview}");
    assert!(begun[1..].iter().all(|link| named.contains(&link.case)), "{preview}");
    let mut seen = asked;
    seen["seen_at"] = preview["at"].clone();
    let moved = done(&approver, Method::POST, "/new-car-loan/moves", seen).await;
    assert_eq!(moved["moves"], preview["moves"], "{moved}");
    for link in &begun[1..] {
        let view = customer(&server, &link.url, &offer).walk(|_| false).await.unwrap();
        assert_eq!(view["decision"], "declined", "{view}");
        assert_eq!(version_of(&server, &link.case).await, now);
    }
}
