//! Sub-flows: a draft has one block for a whole version; what is handed in, runs and is proved has its blocks.

use super::*;

/// The new-car loan in one block, with the same ends around it.
fn around(file: &mut Value, hash: &Value) {
    let blocks = file["blocks"].as_object().unwrap().clone();
    let ends: Vec<&String> =
        blocks.iter().filter(|(_, block)| block["kind"] == "end").map(|(id, _)| id).collect();
    let next: serde_json::Map<String, Value> = ends.iter().map(|end| ((*end).clone(), json!(end))).collect();
    let mut around = serde_json::Map::new();
    around.insert(
        "loan".to_owned(),
        json!({"kind": "sub-flow", "params": {"flow": hash, "ends": ends}, "next": next, "at": [80, 80]}),
    );
    for end in &ends {
        around.insert((*end).clone(), blocks[*end].clone());
    }
    file["blocks"] = around.into();
    file["start"] = json!("loan");
    file["person"] = json!("loan");
}

#[tokio::test]
async fn a_sub_flow_is_handed_in_as_the_blocks_that_it_contains() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let live = flow(&two.designer, "new-car-loan").await["live"]["hash"].clone();
    let draft = two.draft(|file| around(file, &live)).await;
    let estimate = ask(&two.designer, "GET", &format!("drafts/{}/estimate", id(&draft)), json!({})).await;
    assert!(estimate.json()["passes"]["loan_bureau"].is_number(), "{}", estimate.text());
    let handed_in = two.submit(&draft).await;
    assert_eq!(handed_in.status.as_u16(), 200, "{}", handed_in.text());
    assert!(handed_in.json()["file"]["blocks"]["loan"].is_object(), "the draft keeps its one block");
    let hash = handed_in.json()["base"].as_str().unwrap().to_owned();
    let version = ask(&two.designer, "GET", &format!("versions/{hash}"), json!({})).await.json();
    assert_eq!(version["start"], "loan_intake");
    assert!(version["blocks"]["loan"].is_null() && version["blocks"]["loan_sign"].is_object(), "{version}");

    // It goes live, and a new case begins in what it contains.
    assert_eq!(two.decide(&hash, json!({"approve": true})).await.status.as_u16(), 200);
    assert_eq!(two.release(&hash, json!({"share_percent": 100})).await.status.as_u16(), 200);
    let case = server.new_case().await;
    let blocks = server.app.store.read(move |conn| {
        let sql = "SELECT block FROM tasks WHERE case_id = ?1";
        Ok::<_, Problem>(conn.query_row(sql, [case.case.to_string()], |row| row.get::<_, String>(0))?)
    });
    assert_eq!(blocks.await.unwrap(), "loan_intake");
}

#[tokio::test]
async fn what_another_company_has_cannot_be_contained() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let draft = two.draft(|file| around(file, &json!("7".repeat(64)))).await;
    let refused = two.submit(&draft).await;
    assert_eq!(said(&refused), (422, "flow_falls_short".to_owned()));
    let finding = refused.json()["findings"][0].clone();
    assert_eq!((&finding["code"], &finding["block"]), (&json!("flow_part_unknown"), &json!("loan")));

    // The other company's own version is as unknown as none.
    let other = TenantId::from_bytes([8; 16]);
    server.make_tenant(other).await;
    server.account_of(other, "other-designer", &[Role::Designer]).await;
    let theirs = server.desk_of("other-designer", crate::testing::PASSWORD).await;
    let live = flow(&theirs, "new-car-loan").await["live"]["hash"].clone();
    let begun = ask(&theirs, "POST", "drafts", json!({"from": live})).await.json();
    let mut file = begun["file"].clone();
    file["blocks"]["id_rules"]["params"]["max_age"] = json!(44);
    let path = format!("drafts/{}", id(&begun));
    ask(&theirs, "PUT", &path, json!({"revision": 1, "file": file})).await;
    let handed_in =
        ask(&theirs, "POST", &format!("{path}/submit"), json!({"revision": 2, "note": NOTE})).await;
    let hash = handed_in.json()["base"].clone();
    assert!(hash.is_string(), "{}", handed_in.text());
    let draft = two.draft(|file| around(file, &hash)).await;
    let refused = two.submit(&draft).await;
    assert_eq!(refused.json()["findings"][0]["code"], "flow_part_unknown", "{}", refused.text());
}
