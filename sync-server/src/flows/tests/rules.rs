//! A company's own rules for its flows: stricter than the platform's, never looser.

use super::*;

const NOTE: &str = "Our board wants nobody under twenty-one.";

fn adults() -> Value {
    json!({"format": 1, "rules": [{"code": "company_adults", "rule": "bound", "kind": "id-rules",
        "param": "min_age", "least": 21,
        "text": {"zh-CN": "申请人须年满 21 周岁", "en": "an applicant must be at least 21 years old"}}]})
}

async fn set(desk: &Desk<'_>, number: u32, rules: Value) -> Answer {
    ask(desk, "PUT", "rules", json!({"number": number, "rules": rules, "note": NOTE})).await
}

#[tokio::test]
async fn a_companys_own_rule_is_held_against_drafts_releases_and_what_is_taken_back_to() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let none = ask(&two.designer, "GET", "rules", json!({})).await.json();
    assert_eq!([&none["number"], &none["company"]["rules"]], [&json!(0), &json!([])]);
    let earlier = two.approved(60).await;

    let done = set(&two.approver, 0, adults()).await;
    assert_eq!(done.status.as_u16(), 200, "{}", done.text());
    let standing = done.json();
    assert_eq!([&standing["number"], &standing["set_by"]], [&json!(1), &json!("approver")]);
    assert_eq!(standing["short"], json!(["new-car-loan", "used-car-leaseback"]), "they let people of 18 in");

    // What passed before does not pass any more, and neither does a new draft; a stricter one does.
    let refused = two.release(&earlier, json!({"share_percent": 100})).await;
    assert_eq!(said(&refused), (422, "flow_falls_short".to_owned()));
    let codes = |answer: &Answer| -> Vec<String> {
        let findings = answer.json()["findings"].clone();
        let broken = findings.as_array().unwrap().iter().filter(|finding| finding["severity"] == "broken");
        broken.map(|finding| finding["code"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(codes(&refused), ["company_adults"]);
    let young = two.draft(|file| file["blocks"]["id_rules"]["params"]["max_age"] = json!(59)).await;
    assert_eq!(codes(&two.submit(&young).await), ["company_adults"]);
    let hash = two.approved_with(|file| file["blocks"]["id_rules"]["params"]["min_age"] = json!(21)).await;
    assert_eq!(two.release(&hash, json!({"share_percent": 100})).await.status.as_u16(), 200);
    assert_eq!(said(&two.take_back().await), (422, "flow_falls_short".to_owned()));

    // Taken away again, everything that the platform allows is allowed.
    assert_eq!(set(&two.approver, 0, adults()).await.status.as_u16(), 409, "somebody has set them since");
    let none = json!({"format": 1, "rules": []});
    assert_eq!(set(&two.approver, 1, none).await.json()["short"], json!([]));
    assert_eq!(two.take_back().await.status.as_u16(), 200);
    let noted = server.audit().await.into_iter().filter(|row| row.contains(&"flow.rules_set".to_owned()));
    assert_eq!(noted.count(), 2);
}

#[tokio::test]
async fn rules_that_say_nothing_or_pose_as_the_platforms_are_refused() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    assert_eq!(set(&two.designer, 0, adults()).await.status.as_u16(), 403, "approvers set them");
    let with = |change: &dyn Fn(&mut Value)| {
        let mut rules = adults();
        change(&mut rules["rules"][0]);
        rules
    };
    for (rules, code) in [
        (json!(7), "rules_unreadable"),
        (json!({"format": 2, "rules": []}), "rules_unreadable"),
        (with(&|rule| rule["rule"] = json!("anything")), "rules_unreadable"),
        (json!({"format": 1, "rules": vec![adults()["rules"][0].clone(); 50]}), "rules_unreadable"),
        (with(&|rule| rule["code"] = json!("gate_minor")), "rule_code_form"),
        (with(&|rule| rule["code"] = json!("company_")), "rule_code_form"),
        (with(&|rule| rule["code"] = json!("company_A b")), "rule_code_form"),
        (with(&|rule| rule["text"]["en"] = json!("")), "rule_code_form"),
    ] {
        assert_eq!(said(&set(&two.approver, 0, rules.clone()).await), (422, code.to_owned()), "{rules}");
    }
    let page = two.designer.get("/office/flows/rules?lang=en").await.text();
    assert!(page.contains("at least 18 years old"), "{page}");
}
