use serde_json::{Value, json};
use shared::domain::{Role, TenantId};

use super::{SHIPPED, give_to_all, watch_canary};
use crate::{
    demo::OFFER,
    problem::Problem,
    testing::{Answer, Desk, TestServer},
};

const NOTE: &str = "Lowers the highest age.";

/// A designer and an approver of one company.
struct Two<'a> {
    designer: Desk<'a>,
    approver: Desk<'a>,
}

impl<'a> Two<'a> {
    async fn of(server: &'a TestServer) -> Self {
        Self {
            designer: server.desk("designer", &[Role::Designer]).await,
            approver: server.desk("approver", &[Role::Approver]).await,
        }
    }

    /// Begins a draft from the live version of the new-car loan, changes it and keeps it.
    async fn draft(&self, change: impl FnOnce(&mut Value)) -> Value {
        let live = flow(&self.designer, "new-car-loan").await["live"]["hash"].clone();
        let begun = ask(&self.designer, "POST", "drafts", json!({"from": live})).await;
        assert_eq!(begun.status.as_u16(), 201, "{}", begun.text());
        let mut draft = begun.json();
        change(&mut draft["file"]);
        let path = format!("drafts/{}", id(&draft));
        let kept = ask(&self.designer, "PUT", &path, json!({"revision": 1, "file": draft["file"]})).await;
        assert_eq!(kept.status.as_u16(), 200, "{}", kept.text());
        draft["revision"] = kept.json()["revision"].clone();
        draft
    }

    async fn submit(&self, draft: &Value) -> Answer {
        let body = json!({"revision": draft["revision"], "note": NOTE});
        ask(&self.designer, "POST", &format!("drafts/{}/submit", id(draft)), body).await
    }

    /// A version with this highest age, handed in and approved.
    async fn approved(&self, max_age: u8) -> String {
        self.approved_with(|file| file["blocks"]["id_rules"]["params"]["max_age"] = json!(max_age)).await
    }

    /// A version changed like this, handed in and approved.
    async fn approved_with(&self, change: impl FnOnce(&mut Value)) -> String {
        let handed_in = self.submit(&self.draft(change).await).await;
        assert_eq!(handed_in.status.as_u16(), 200, "{}", handed_in.text());
        let hash = handed_in.json()["base"].as_str().unwrap().to_owned();
        let decided = self.decide(&hash, json!({"approve": true})).await;
        assert_eq!(decided.status.as_u16(), 200, "{}", decided.text());
        hash
    }

    async fn decide(&self, hash: &str, decision: Value) -> Answer {
        ask(&self.approver, "POST", &format!("versions/{hash}/decide"), decision).await
    }

    async fn release(&self, hash: &str, how: Value) -> Answer {
        ask(&self.approver, "POST", &format!("versions/{hash}/release"), how).await
    }

    async fn take_back(&self) -> Answer {
        ask(&self.approver, "POST", "new-car-loan/take-back", json!({})).await
    }
}

async fn ask(desk: &Desk<'_>, method: &str, path: &str, body: Value) -> Answer {
    desk.api(method, &format!("/api/v1/flows/{path}"), &body.to_string()).await
}

async fn flow(desk: &Desk<'_>, key: &str) -> Value {
    let all = desk.api("GET", "/api/v1/flows", "").await.json();
    all["flows"].as_array().unwrap().iter().find(|flow| flow["key"] == key).unwrap().clone()
}

fn id(draft: &Value) -> &str {
    draft["id"].as_str().unwrap()
}

fn said(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// Opens a case; answers its id and its version.
async fn case(server: &TestServer, key: &str, offer: &Value) -> (String, String) {
    let made = server.program(key, "POST", "/api/v1/links", &offer.to_string()).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    let case = made.json()["case"].as_str().unwrap().to_owned();
    let version = server.program(key, "GET", &format!("/api/v1/cases/{case}"), "").await.json();
    (case, version["flow_version"].as_str().unwrap().to_owned())
}

fn offer() -> Value {
    serde_json::from_str(OFFER).unwrap()
}

#[tokio::test]
async fn every_company_starts_with_the_shipped_flows_live_once() {
    let server = TestServer::start().await;
    let desk = server.desk("designer", &[Role::Designer]).await;
    let flows = desk.api("GET", "/api/v1/flows", "").await.json();
    let live = |flow: &Value| flow["live"].clone();
    let versions: Vec<Value> = flows["flows"].as_array().unwrap().iter().map(live).collect();
    assert_eq!(versions.len(), SHIPPED.len());
    for version in &versions {
        let said = [&version["number"], &version["state"], &version["author"], &version["share_percent"]];
        assert_eq!(said, [&json!(1), &json!("live"), &json!("platform"), &json!(100)]);
    }
    // A company of a database from before there were versions gets them at the next start; nobody gets them twice.
    server.sql("DELETE FROM flow_releases; DELETE FROM company_flows").await;
    for _ in 0..2 {
        let now = server.app.world.clock.now();
        server.app.store.write(move |conn| give_to_all(conn, now)).await.unwrap();
    }
    assert_eq!(desk.api("GET", "/api/v1/flows", "").await.json()["flows"], flows["flows"]);
}

#[tokio::test]
async fn a_draft_is_its_authors_alone() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let draft = two.draft(|_| {}).await;
    let own = format!("drafts/{}", id(&draft));
    let other = server.desk("other", &[Role::Designer]).await;
    let abroad = TenantId::from_bytes([8; 16]);
    server.make_tenant(abroad).await;
    server.account_of(abroad, "foreigner", &[Role::Designer]).await;
    let foreigner = server.desk_of("foreigner", crate::testing::PASSWORD).await;
    for desk in [&other, &foreigner] {
        for (method, path, body) in [
            ("GET", own.clone(), json!({})),
            ("PUT", own.clone(), json!({"revision": 2, "file": {}})),
            ("DELETE", own.clone(), json!({})),
            ("POST", format!("{own}/submit"), json!({"revision": 2, "note": NOTE})),
        ] {
            assert_eq!(
                said(&ask(desk, method, &path, body).await),
                (404, "not_found".to_owned()),
                "{method}"
            );
        }
        assert_eq!(desk.api("GET", "/api/v1/flows", "").await.json()["drafts"], json!([]));
    }
    assert_eq!(two.approver.api("GET", &format!("/api/v1/flows/{own}"), "").await.status.as_u16(), 403);
    assert_eq!(ask(&two.designer, "GET", &own, json!({})).await.json()["revision"], 2);
    let stale = ask(&two.designer, "PUT", &own, json!({"revision": 1, "file": {}})).await;
    assert_eq!(said(&stale), (409, "draft_changed".to_owned()));
    let no_object = ask(&two.designer, "PUT", &own, json!({"revision": 2, "file": []})).await;
    assert_eq!(said(&no_object), (422, "draft_form".to_owned()));
    let large = json!({"revision": 2, "file": {"key": "a".repeat(2 << 20)}});
    assert_eq!(ask(&two.designer, "PUT", &own, large).await.status.as_u16(), 413);
    assert_eq!(ask(&two.designer, "DELETE", &own, json!({})).await.status.as_u16(), 204);
    assert_eq!(said(&ask(&two.designer, "GET", &own, json!({})).await), (404, "not_found".to_owned()));
    let actions: Vec<String> = server
        .audit()
        .await
        .into_iter()
        .filter(|row| row[2] == id(&draft))
        .map(|row| row[1].clone())
        .collect();
    assert_eq!(actions, ["flow.draft_begun", "flow.draft_kept", "flow.draft_deleted"]);
}

#[tokio::test]
async fn an_empty_canvas_needs_a_key_and_a_name_and_there_is_room_for_a_hundred() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let begin = |key: &str, en: &str| json!({"key": key, "name": {"zh-CN": "夜市", "en": en}});
    for (body, code) in [
        (json!({}), "flow_key_form"),
        (begin("Night", "Night"), "flow_key_form"),
        (begin("night-market", " "), "flow_name_form"),
        (begin("night-market", &"n".repeat(61)), "flow_name_form"),
    ] {
        let refused = ask(&two.designer, "POST", "drafts", body).await;
        assert_eq!(said(&refused), (422, code.to_owned()));
    }
    let unknown = ask(&two.designer, "POST", "drafts", json!({"from": "7".repeat(64)})).await;
    assert_eq!(said(&unknown), (404, "not_found".to_owned()));
    for _ in 0..100 {
        let begun = ask(&two.designer, "POST", "drafts", begin("night-market", "Night market")).await;
        assert_eq!(begun.status.as_u16(), 201, "{}", begun.text());
        assert_eq!(begun.json()["file"]["start"], "intake");
    }
    let full = ask(&two.designer, "POST", "drafts", begin("night-market", "Night market")).await;
    assert_eq!(said(&full), (409, "too_many_drafts".to_owned()));
    let drafts = two.designer.api("GET", "/api/v1/flows", "").await.json()["drafts"].clone();
    assert_eq!((drafts.as_array().unwrap().len(), &drafts[0]["name"]["zh-CN"]), (100, &json!("夜市")));
}

#[tokio::test]
async fn a_second_person_decides_once_and_a_refusal_says_why() {
    let server = TestServer::start().await;
    let two = Two::of(&server).await;
    let draft = two.draft(|file| file["blocks"]["id_rules"]["params"]["max_age"] = json!(60)).await;
    let submit = format!("drafts/{}/submit", id(&draft));
    let short = ask(&two.designer, "POST", &submit, json!({"revision": 2, "note": "age"})).await;
    assert_eq!(said(&short), (422, "note_length".to_owned()));
    let hash = two.submit(&draft).await.json()["base"].as_str().unwrap().to_owned();
    assert_eq!(said(&two.submit(&draft).await), (409, "version_there".to_owned()));
    assert_eq!(
        two.designer
            .api("POST", &format!("/api/v1/flows/versions/{hash}/decide"), "{}")
            .await
            .status
            .as_u16(),
        403
    );
    let waiting = flow(&two.approver, "new-car-loan").await["waiting"].clone();
    assert_eq!(
        (&waiting[0]["hash"], &waiting[0]["number"], &waiting[0]["author"]),
        (&json!(hash), &json!(2), &json!("designer"))
    );

    // Somebody with both roles does not approve their own.
    let both = server.desk("both", &[Role::Designer, Role::Approver]).await;
    let live = flow(&both, "new-car-loan").await["live"]["hash"].clone();
    let begin = json!({"from": live, "name": {"zh-CN": "另一个", "en": "Another"}});
    let own = ask(&both, "POST", "drafts", begin).await.json();
    let own =
        ask(&both, "POST", &format!("drafts/{}/submit", id(&own)), json!({"revision": 1, "note": NOTE}))
            .await;
    let path = format!("versions/{}/decide", own.json()["base"].as_str().unwrap());
    let refused = ask(&both, "POST", &path, json!({"approve": true})).await;
    assert_eq!(said(&refused), (403, "flow_own_version".to_owned()));

    assert_eq!(
        said(&two.release(&hash, json!({"share_percent": 100})).await),
        (409, "version_not_approved".to_owned())
    );
    assert_eq!(said(&two.decide(&hash, json!({"approve": false})).await), (422, "note_length".to_owned()));
    let refusal = json!({"approve": false, "reason": "Head office asks for 62."});
    let refused = two.decide(&hash, refusal.clone()).await.json();
    assert_eq!((&refused["state"], &refused["decided_by"]), (&json!("refused"), &json!("approver")));
    assert_eq!(said(&two.decide(&hash, refusal).await), (409, "version_decided".to_owned()));
    assert_eq!(
        said(&two.release(&hash, json!({"share_percent": 100})).await),
        (409, "version_not_approved".to_owned())
    );

    let abroad = TenantId::from_bytes([8; 16]);
    server.make_tenant(abroad).await;
    server.account_of(abroad, "foreigner", &[Role::Approver]).await;
    let foreigner = server.desk_of("foreigner", crate::testing::PASSWORD).await;
    for (path, body) in [("decide", json!({"approve": true})), ("release", json!({"share_percent": 100}))] {
        let stranger = ask(&foreigner, "POST", &format!("versions/{hash}/{path}"), body).await;
        assert_eq!(said(&stranger), (404, "not_found".to_owned()));
    }
    assert_eq!(ask(&foreigner, "GET", &format!("versions/{hash}"), json!({})).await.status.as_u16(), 404);
    let text = ask(&two.approver, "GET", &format!("versions/{hash}"), json!({})).await.text();
    assert_eq!(super::Library::hash(&text), hash, "what is shown is what was hashed");
}

#[tokio::test]
async fn a_release_reaches_new_cases_and_going_back_does_too() {
    let server = TestServer::start().await;
    let (two, key) = (Two::of(&server).await, server.api_key().await);
    let shipped = flow(&two.approver, "new-car-loan").await["live"]["hash"].as_str().unwrap().to_owned();
    assert_eq!(said(&two.take_back().await), (409, "nothing_to_take_back".to_owned()));
    let (before, version) = case(&server, &key, &offer()).await;
    assert_eq!(version, shipped);
    let second = two.approved(60).await;
    for (how, code) in [
        (json!({"share_percent": 0}), "share_form"),
        (json!({"share_percent": 101}), "share_form"),
        (json!({"share_percent": 10, "regions": ["310000"]}), "regions_form"),
        (json!({"share_percent": 10, "regions": ["99"]}), "regions_form"),
        (json!({"share_percent": 100, "regions": ["31"]}), "regions_for_canary"),
        (
            json!({"share_percent": 10, "band": {"least_cases": 0, "most_errors_percent": 1, "most_approval_drift_points": 1, "most_p95_ms": 1}}),
            "band_form",
        ),
    ] {
        assert_eq!(said(&two.release(&second, how).await), (422, code.to_owned()));
    }
    let live = two.release(&second, json!({"share_percent": 100})).await.json();
    assert_eq!((&live["state"], &live["share_percent"]), (&json!("live"), &json!(100)));
    assert_eq!(
        said(&two.release(&second, json!({"share_percent": 100})).await),
        (409, "version_live".to_owned())
    );
    assert_eq!(case(&server, &key, &offer()).await.1, second);
    let pinned = server.program(&key, "GET", &format!("/api/v1/cases/{before}"), "").await.json();
    assert_eq!(pinned["flow_version"], json!(shipped), "a case stays on its version");

    let back = two.take_back().await.json();
    assert_eq!((&back["live"]["hash"], &back["canary"]), (&json!(shipped), &Value::Null));
    assert_eq!(case(&server, &key, &offer()).await.1, shipped);
    assert_eq!(
        said(&two.take_back().await),
        (409, "nothing_to_take_back".to_owned()),
        "what was taken back is no way back"
    );
    // Taken back, it may be released again; as a canary beside what is live, it ends with the next release.
    let canary = two.release(&second, json!({"share_percent": 40, "regions": ["31"]})).await.json();
    assert_eq!((&canary["state"], &canary["share_percent"]), (&json!("canary"), &json!(40)));
    let third = two.approved(55).await;
    assert_eq!(two.release(&third, json!({"share_percent": 100})).await.status.as_u16(), 200);
    let now = flow(&two.approver, "new-car-loan").await;
    assert_eq!((&now["live"]["hash"], &now["canary"]), (&json!(third), &Value::Null));
    let rows = server.audit().await;
    let of =
        |action: &str| rows.iter().filter(|row| row[1] == action && row[0].starts_with("account:")).count();
    assert_eq!((of("flow.released"), of("flow.taken_back"), of("flow.approved")), (3, 1, 2));
}

#[tokio::test]
async fn a_canary_gets_its_share_of_its_regions_and_always_the_same_cases() {
    let server = TestServer::start().await;
    let (two, key) = (Two::of(&server).await, server.api_key().await);
    let shipped = flow(&two.approver, "new-car-loan").await["live"]["hash"].as_str().unwrap().to_owned();
    let canary = two.approved(60).await;
    assert_eq!(
        two.release(&canary, json!({"share_percent": 50, "regions": ["31"]})).await.status.as_u16(),
        200
    );
    let mut elsewhere = offer();
    elsewhere["region"] = json!("440300");
    let mut seen = [0, 0];
    for _ in 0..40 {
        let (_, version) = case(&server, &key, &offer()).await;
        seen[usize::from(version == canary)] += 1;
    }
    assert!(seen[0] > 5 && seen[1] > 5, "{seen:?}");
    for _ in 0..10 {
        assert_eq!(case(&server, &key, &elsewhere).await.1, shipped);
    }
    // Asked again in the same state, each case would get the version that it got.
    let tenant = server.tenant;
    let again: Vec<(String, String)> = server
        .app
        .store
        .read(move |conn| {
            let mut statement =
                conn.prepare("SELECT id, flow_hash, json_extract(request, '$.region') FROM cases")?;
            let mut rows = statement.query([])?;
            let mut pairs = Vec::new();
            while let Some(row) = rows.next()? {
                let (id, hash, region): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
                let chosen = super::chosen(conn, tenant, "new-car-loan", id.parse().unwrap(), &region)?;
                pairs.push((hash, chosen.unwrap()));
            }
            Ok::<_, Problem>(pairs)
        })
        .await
        .unwrap();
    assert_eq!(again.len(), 50);
    assert!(again.iter().all(|(got, gets)| got == gets));
}

#[tokio::test]
async fn a_canary_whose_cases_go_wrong_takes_itself_back() {
    let server = TestServer::start().await;
    let (two, key) = (Two::of(&server).await, server.api_key().await);
    let canary = two.approved(60).await;
    let band = json!({"least_cases": 3, "most_errors_percent": 50, "most_approval_drift_points": 100, "most_p95_ms": 600_000});
    assert_eq!(two.release(&canary, json!({"share_percent": 99, "band": band})).await.status.as_u16(), 200);
    let mut wrong = Vec::new();
    while wrong.len() < 3 {
        let (case, version) = case(&server, &key, &offer()).await;
        if version == canary {
            wrong.push(case);
        }
    }
    // Two of three: what the driver would have noted of a partner that fails.
    assert_eq!(watch_canary::look(&server.app).await.unwrap(), [""; 0], "nobody has begun");
    for (case, outcome) in wrong.iter().zip(["error", "match", "error"]) {
        let sql = format!(
            "INSERT INTO steps(tenant, case_id, seq, block, visit, kind, outcome, since, at)
             VALUES ('{}', '{case}', 90, 'realname', 1, 'partner-query', '{outcome}', 0, 7)",
            server.tenant
        );
        server.sql(&sql).await;
    }
    let before = flow(&two.approver, "new-car-loan").await;
    let taken = watch_canary::look(&server.app).await.unwrap();
    // The worker of the server itself may have been faster.
    assert!(taken.is_empty() || taken == [canary.clone()], "{taken:?}");
    let after = flow(&two.approver, "new-car-loan").await;
    assert_eq!((&after["canary"], &after["live"]), (&Value::Null, &before["live"]));
    let rows = server.audit().await;
    let row = rows.iter().find(|row| row[1] == "flow.taken_back").unwrap();
    let detail: Value = serde_json::from_str(&row[3]).unwrap();
    assert_eq!((row[0].as_str(), row[2].as_str()), ("machine", canary.as_str()));
    assert_eq!(
        (&detail["why"], &detail["canary"]["worked"], &detail["canary"]["errors"]),
        (&json!("errors"), &json!(3), &json!(2))
    );
    assert_ne!(case(&server, &key, &offer()).await.1, canary);
    assert_eq!(watch_canary::look(&server.app).await.unwrap(), [""; 0], "once");
}

#[tokio::test]
async fn what_a_version_sells_decides_which_requests_it_takes() {
    let server = TestServer::start().await;
    let (two, key) = (Two::of(&server).await, server.api_key().await);
    let terms = json!({"condition": "new", "new_energy": true, "kinds": ["loan"], "least_down_payment_percent": 20, "usual_down_payment_percent": 30});
    let handed_in = two.submit(&two.draft(|file| file["product"] = terms).await).await.json();
    let hash = handed_in["base"].as_str().unwrap().to_owned();
    two.decide(&hash, json!({"approve": true})).await;
    assert_eq!(two.release(&hash, json!({"share_percent": 100})).await.status.as_u16(), 200);
    assert_eq!(case(&server, &key, &offer()).await.1, hash);
    for (field, value, code) in [
        ("down_payment_fen", json!(2_595_999), "down_payment_too_small"),
        ("product", json!("night-market"), "product_unknown"),
    ] {
        let mut offer = offer();
        offer[field] = value;
        let refused = server.program(&key, "POST", "/api/v1/links", &offer.to_string()).await;
        assert_eq!(said(&refused), (422, code.to_owned()));
    }
    for (field, value, code) in
        [("energy", "fuel", "vehicle_energy_unfit"), ("condition", "used", "vehicle_condition_unfit")]
    {
        let mut offer = offer();
        offer["vehicle"][field] = json!(value);
        let refused = server.program(&key, "POST", "/api/v1/links", &offer.to_string()).await;
        assert_eq!(said(&refused), (422, code.to_owned()));
    }
    let mut exactly = offer();
    exactly["down_payment_fen"] = json!(2_596_000);
    case(&server, &key, &exactly).await;
}

#[tokio::test]
async fn figures_count_what_happened_on_the_live_version_today() {
    let server = TestServer::start().await;
    let (two, key) = (Two::of(&server).await, server.api_key().await);
    let (id, hash) = case(&server, &key, &offer()).await;
    let now = server.app.world.clock.now().as_millisecond();
    for (seq, since, at) in [(90, now - 30, now - 20), (91, now - 30, now), (92, 0, 10)] {
        let sql = format!(
            "INSERT INTO steps(tenant, case_id, seq, block, visit, kind, outcome, since, at)
             VALUES ('{}', '{id}', {seq}, 'ocr', 1, 'ocr', 'clear', {since}, {at})",
            server.tenant
        );
        server.sql(&sql).await;
    }
    let figures = ask(&two.designer, "GET", "new-car-loan/figures", json!({})).await.json();
    assert_eq!(figures["hash"], json!(hash));
    assert_eq!(
        figures["outcomes"],
        json!([{"block": "ocr", "outcome": "clear", "count": 2, "median_ms": 10}])
    );
    assert_eq!(figures["waiting"], json!([{"block": "intake", "cases": 1}]));
    assert_eq!(
        said(&ask(&two.designer, "GET", "night-market/figures", json!({})).await),
        (404, "not_found".to_owned())
    );
}

mod changing;
mod moving;
mod pages;
mod parts;
mod rules;
