use jiff::SignedDuration;
use rusqlite::Connection;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use shared::{
    domain::{CaseId, PersonId, Role},
    flow::{At, BlockId, Event, Facts},
};

use crate::{
    cases::{
        page::case_number,
        person::{Column, Person},
    },
    demo::OFFER,
    flows::journal::{self, CaseRef},
    problem::Problem,
    router::{Caller, table},
    store::ObjectKey,
    testing::{Answer, Desk, PASSWORD, TestServer},
};

/// Invented, with a correct check character.
const ID_NUMBER: &str = "11010519491231002X";
const NAME: &str = "王小明";
const PHONE: &str = "13800138000";

/// A case as its maker gets it.
async fn open(server: &TestServer, key: &str) -> CaseRef {
    let made = server.program(key, "POST", "/api/v1/links", OFFER).await;
    assert_eq!(made.status.as_u16(), 201, "{}", made.text());
    CaseRef { tenant: server.tenant, case: made.json()["case"].as_str().unwrap().parse().unwrap() }
}

fn person_of(conn: &Connection, of: CaseRef) -> PersonId {
    let sql = "SELECT person FROM cases WHERE id = ?1";
    conn.query_row(sql, [of.case.to_string()], |row| row.get::<_, String>(0)).unwrap().parse().unwrap()
}

/// What the customer would have said of themselves.
async fn say_who(server: &TestServer, of: CaseRef) {
    let (keys, random) = (server.app.keys.clone(), server.app.world.random.clone());
    server
        .app
        .store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person_of(conn, of))?;
            person.set(conn, Column::IdNumber, ID_NUMBER, &random)?;
            person.set(conn, Column::Name, NAME, &random)?;
            Ok::<_, Problem>(())
        })
        .await
        .unwrap();
}

/// A contract as signing leaves it behind.
async fn sign(server: &TestServer, of: CaseRef, pdf: &[u8]) -> String {
    let (keys, random, sha256) =
        (server.app.keys.clone(), server.app.world.random.clone(), hex::encode(Sha256::digest(pdf)));
    let object = ObjectKey::new(of.tenant, "contracts", of.case);
    let (named, plain, hash) = (object.clone(), pdf.to_vec(), sha256.clone());
    let sealed = server
        .app
        .store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person_of(conn, of))?;
            let place = named.place();
            let sealed = person.key().seal(place, &plain, &random)?;
            conn.execute(
                "INSERT INTO contracts(tenant, id, case_id, terms_sha256, object, signed, sha256, made_at, signed_at)
                 VALUES (?1, 'c1', ?2, '', ?3, ?3, ?4, 7, 8)",
                [of.tenant.to_string(), of.case.to_string(), named.as_str().to_owned(), hash],
            )?;
            conn.execute(
                "UPDATE cases SET decision = 'approved', reason = 'signed', ended_at = 9 WHERE id = ?1",
                [of.case.to_string()],
            )?;
            Ok::<_, Problem>(sealed)
        })
        .await
        .unwrap();
    server.app.store.objects().put(&object, sealed.into()).await.unwrap();
    sha256
}

/// Takes the run further. What would follow is not carried out: the test plays the machine, too.
async fn advance(server: &TestServer, of: CaseRef, event: Event) {
    let (library, now) = (server.app.driver.library().clone(), server.app.world.clock.now());
    let advanced = server
        .app
        .store
        .write(move |conn| {
            Ok::<_, Problem>(journal::advance(conn, &library, of, event, None, now).map(drop)?)
        })
        .await;
    advanced.unwrap();
}

async fn actions(server: &TestServer, of: CaseRef) -> Vec<String> {
    let case = of.case.to_string();
    server.audit().await.into_iter().filter(|row| row[2] == case).map(|row| row[1].clone()).collect()
}

fn numbers(page: &Answer) -> Vec<String> {
    let text = page.text();
    let mut found: Vec<String> = text
        .split("class=\"number\"")
        .skip(1)
        .filter_map(|rest| rest.split('>').nth(1))
        .map(|n| n[..8].to_owned())
        .collect();
    found.dedup();
    found
}

#[tokio::test]
async fn cases_are_listed_newest_first_filtered_by_the_address_and_paged() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    for _ in 0..52 {
        open(&server, &key).await;
    }
    server.sql("UPDATE cases SET decision = 'declined', reason = 'under_age', ended_at = 9 WHERE number IN (3, 50)").await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    let page = desk.get("/office/cases").await;
    let shown = numbers(&page);
    assert_eq!((shown.len(), shown[0].as_str(), shown[49].as_str()), (50, "MP000052", "MP000003"));
    assert!(page.text().contains("/office/cases?before=3\""), "{}", page.text());
    assert_eq!(numbers(&desk.get("/office/cases?before=3").await), ["MP000002", "MP000001"]);
    assert_eq!(numbers(&desk.get("/office/cases?state=declined").await), ["MP000050", "MP000003"]);
    assert_eq!(numbers(&desk.get("/office/cases?state=customer").await).len(), 50);
    assert!(numbers(&desk.get("/office/cases?state=review").await).is_empty());
    assert!(numbers(&desk.get("/office/cases?state=approved").await).is_empty());
    assert_eq!(numbers(&desk.get("/office/cases?state=nonsense").await).len(), 50);
}

#[tokio::test]
async fn a_customer_is_found_by_the_whole_number_and_each_search_is_on_record_without_it() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    open(&server, &key).await;
    let second = open(&server, &key).await;
    say_who(&server, second).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    for (what, found) in [
        (ID_NUMBER, vec!["MP000002"]),
        ("11010519491231002x", vec!["MP000002"]),
        (PHONE, vec!["MP000002", "MP000001"]),
        ("138-0013-8000", vec!["MP000002", "MP000001"]),
        ("mp000001", vec!["MP000001"]),
        ("13900139000", vec![]),
        ("440524188001010014", vec![]),
    ] {
        let page = desk.post("/office/cases/find", &format!("what={what}")).await;
        assert_eq!(numbers(&page), found, "{what}");
    }
    let refused = desk.post("/office/cases/find", "what=%2A").await.text();
    assert!(refused.contains("请填写完整的身份证号码"), "{refused}");
    let searches: Vec<[String; 4]> =
        server.audit().await.into_iter().filter(|row| row[1] == "case.looked_up").collect();
    assert_eq!(searches.len(), 7);
    let detail: Value = serde_json::from_str(&searches[0][3]).unwrap();
    assert_eq!(detail, json!({"by": "id_number", "found": [second.case.to_string()]}));
    for planted in [ID_NUMBER, PHONE, NAME] {
        assert!(searches.iter().all(|row| !row[3].contains(planted)));
    }
    let advisor = server.desk("han.mei", &[Role::Advisor]).await;
    assert_eq!(advisor.post("/office/cases/find", &format!("what={PHONE}")).await.status.as_u16(), 403);
}

#[tokio::test]
async fn a_case_is_masked_until_somebody_says_why_and_every_look_is_on_record() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let of = open(&server, &key).await;
    say_who(&server, of).await;
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let (page, reveal) = (format!("/office/cases/{}", of.case), format!("/office/cases/{}/reveal", of.case));
    let secrets = [NAME, ID_NUMBER, PHONE, "1949-12-31"];
    let hides = |answer: &Answer| secrets.iter().all(|secret| !answer.text().contains(secret));

    let seen = desk.get(&page).await;
    assert!(hides(&seen), "{}", seen.text());
    for masked in ["王**", "110***********002X", "138****8000", "1949-**-**"] {
        assert!(seen.text().contains(masked), "{masked}");
    }
    let refused = desk.post(&reveal, "why=").await;
    assert!(hides(&refused) && refused.text().contains("请选择为什么"), "{}", refused.text());
    let shown = desk.post(&reveal, "why=compare").await;
    assert!(secrets.iter().all(|secret| shown.text().contains(secret)), "{}", shown.text());
    assert!(hides(&desk.get(&page).await), "only that one page");

    let looks: Vec<[String; 4]> =
        server.audit().await.into_iter().filter(|row| row[2] == of.case.to_string()).collect();
    let revealed = looks.iter().find(|row| row[1] == "case.revealed").unwrap();
    assert_eq!(revealed[3], json!({"why": "compare"}).to_string());
    assert_eq!(looks.iter().filter(|row| row[1] == "case.seen").count(), 2);
    for role in [Role::Advisor, Role::Operator, Role::Controller, Role::Designer] {
        let other = server.desk(role.code(), &[role]).await;
        assert_eq!(other.get(&page).await.status.as_u16(), 403, "{role:?}");
        assert_eq!(other.post(&reveal, "why=compare").await.status.as_u16(), 403, "{role:?}");
    }
    let nothing = desk.get("/office/cases/7zzzzzzzzzzzzzzzzzzzzzzzzz").await;
    assert_eq!(nothing.status.as_u16(), 404);
}

#[tokio::test]
async fn the_lender_follows_a_case_and_fetches_its_contract() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let of = open(&server, &key).await;
    let path = format!("/api/v1/cases/{}", of.case);
    let running = server.program(&key, "GET", &path, "").await.json();
    assert_eq!((&running["state"], &running["decision"]), (&json!("with_customer"), &Value::Null));
    assert_eq!(
        (&running["waits_for"]["who"], &running["number"]),
        (&json!("customer"), &json!(case_number(1)))
    );
    let early = server.program(&key, "GET", &format!("{path}/contract.pdf"), "").await;
    assert_eq!((early.status.as_u16(), &early.json()["code"]), (409, &json!("contract_not_signed")));

    let sha256 = sign(&server, of, b"%PDF-1.7 a contract").await;
    let ended = server.program(&key, "GET", &path, "").await;
    for personal in [PHONE, NAME, ID_NUMBER] {
        assert!(!ended.text().contains(personal));
    }
    let ended = ended.json();
    assert_eq!((&ended["state"], &ended["decision"]), (&json!("ended"), &json!("approved")));
    assert_eq!((&ended["contract_sha256"], &ended["waits_for"]), (&json!(sha256), &Value::Null));

    let reviewer = server.desk("li.lei", &[Role::Reviewer]).await;
    let page = reviewer.get(&format!("/office/cases/{}", of.case)).await.text();
    let link = format!("/office/cases/{}/contract.pdf", of.case);
    assert!(page.contains(&link) && page.contains(&sha256), "{page}");
    for pdf in [
        server.program(&key, "GET", &format!("{path}/contract.pdf"), "").await,
        reviewer.get(&link).await,
        reviewer.api("GET", &format!("{path}/contract.pdf"), "").await,
    ] {
        assert_eq!((pdf.status.as_u16(), pdf.body.as_slice()), (200, b"%PDF-1.7 a contract".as_slice()));
        assert_eq!(pdf.header("cache-control"), "no-store");
    }
    let fetched =
        actions(&server, of).await.into_iter().filter(|action| action == "contract.fetched").count();
    assert_eq!(fetched, 3);
    for role in [Role::Advisor, Role::Controller, Role::Operator, Role::Designer, Role::Approver] {
        let other = server.desk(role.code(), &[role]).await;
        assert_eq!(other.get(&link).await.status.as_u16(), 403, "{role:?}");
        assert_eq!(
            other.api("GET", &format!("{path}/contract.pdf"), "").await.status.as_u16(),
            403,
            "{role:?}"
        );
    }
}

#[tokio::test]
async fn a_case_says_why_funders_and_plans_were_excluded_and_what_would_change_it() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let of = open(&server, &key).await;
    let (funder, plan) = (
        server.app.products.shipped_funders().funders()[0].clone(),
        server.app.products.plans.plans()[0].clone(),
    );
    let matching = json!({"eligible": [], "asked": [{"funder": funder.key, "answer": "limit_reached"}],
        "excluded": [{"funder": funder.key, "reasons": {"zh-CN": ["首付不得低于30%"], "en": ["30 %"]},
                      "change": {"zh-CN": "首付再加 5%", "en": "5 % more"}}]});
    let ranking = json!({"excluded": [{"plan": plan.key, "reasons": ["grade"],
        "texts": {"zh-CN": ["该方案适用于A级客户"], "en": ["For grade A"]}}]});
    let case = of.case.to_string();
    server
        .app
        .store
        .write(move |conn| {
            for (seq, kind, trace) in [(8, "recommend-plan", &ranking), (9, "match-funder", &matching)] {
                conn.execute(
                    "INSERT INTO steps(tenant, case_id, seq, block, visit, kind, outcome, since, at, trace)
                     VALUES (?1, ?2, ?3, ?4, 1, ?4, 'none', 1, 2, ?5)",
                    rusqlite::params![of.tenant.to_string(), case, seq, kind, trace.to_string()],
                )?;
            }
            Ok::<_, Problem>(())
        })
        .await
        .unwrap();
    let desk = server.desk("li.lei", &[Role::Reviewer]).await;
    let page = desk.get(&format!("/office/cases/{}", of.case)).await.text();
    for said in
        [&funder.name.zh, "额度已满", "首付不得低于30%", "首付再加 5%", &plan.name.zh, "该方案适用于A级客户"]
    {
        assert!(page.contains(said), "{said} is missing in {page}");
    }
}

#[tokio::test]
async fn what_no_reviewer_settled_in_time_is_decided_by_those_above() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let of = open(&server, &key).await;
    let reviewer = server.desk("li.lei", &[Role::Reviewer]).await;
    let manager = server.desk("wei.hua", &[Role::Manager]).await;
    let case = of.case.to_string();
    let decide = format!("/office/cases/{case}/decide");
    let lists = |page: Answer| page.text().contains(&case);

    let at = |block: &str| At { block: BlockId::parse(block).unwrap(), visit: 1 };
    let handed_in = Event::Done { at: at("intake"), outcome: "complete".to_owned(), writes: Facts::new() };
    advance(&server, of, handed_in).await;
    advance(&server, of, Event::AskPerson).await;
    assert!(lists(reviewer.get("/office/queue").await) && !lists(manager.get("/office/queue").await));
    let early = manager.post(&decide, "action=approve&reason=fits&revision=person_review%231").await;
    assert!(early.text().contains("id=\"problems\""), "{}", early.text());

    server.clock.advance(SignedDuration::from_hours(25));
    advance(&server, of, Event::Due { at: at("person_review") }).await;
    let reviewer = server.desk_of("li.lei", PASSWORD).await;
    let manager = server.desk_of("wei.hua", PASSWORD).await;
    assert!(!lists(reviewer.get("/office/queue").await) && lists(manager.get("/office/queue").await));
    let page = reviewer.get(&format!("/office/cases/{case}")).await.text();
    assert!(!page.contains("name=\"action\""), "{page}");
    let refused =
        reviewer.post(&decide, "action=decline&code=credit&reason=fits&revision=person_lead%231").await;
    assert!(refused.text().contains("现在由区域经理或管理员决定"), "{}", refused.text());
    let decided =
        manager.post(&decide, "action=decline&code=credit&reason=fits&revision=person_lead%231").await;
    assert_eq!(decided.status.as_u16(), 303, "{}", decided.text());
    let ended = server.program(&key, "GET", &format!("/api/v1/cases/{case}"), "").await.json();
    assert_eq!(ended["decision"], "declined");

    // A declined customer who asks for a person has a running case again.
    advance(&server, of, Event::AskPerson).await;
    let again = server.program(&key, "GET", &format!("/api/v1/cases/{case}"), "").await.json();
    assert_eq!((&again["decision"], &again["state"]), (&Value::Null, &json!("in_review")));
}

#[tokio::test]
async fn each_role_lands_on_something_true() {
    let server = TestServer::start().await;
    for (role, lands) in [
        (Role::Advisor, "/office/links"),
        (Role::Reviewer, "/office/queue"),
        (Role::Manager, "/office/links"),
        (Role::TenantAdmin, "/office/accounts"),
        (Role::Designer, "/office/flows"),
        (Role::Approver, "/office/flows"),
        (Role::Controller, "/office/partners"),
        (Role::Operator, "/metrics"),
    ] {
        let desk = server.desk(&role.code().replace('_', "-"), &[role]).await;
        let home = desk.get("/office/").await;
        match home.status.as_u16() {
            303 => {
                assert_eq!(home.header("location"), lands, "{role:?}");
                assert_eq!(desk.get(lands).await.status.as_u16(), 200, "{role:?}");
            }
            200 => assert!(home.text().contains(lands), "{role:?}: {}", home.text()),
            status => panic!("{role:?}: {status}"),
        }
        every_tab_opens(&desk, role, &home).await;
    }
}

/// No tab leads to a refusal.
async fn every_tab_opens(desk: &Desk<'_>, role: Role, home: &Answer) {
    let page = match home.header("location") {
        "" => home.text(),
        elsewhere => desk.get(elsewhere).await.text(),
    };
    for tab in page.split("class=\"tab\"").skip(1) {
        let href = tab.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
        assert_eq!(desk.get(href).await.status.as_u16(), 200, "{role:?} {href}");
    }
}

#[tokio::test]
async fn the_operator_sees_no_case_anywhere() {
    let server = TestServer::start().await;
    let key = server.api_key().await;
    let of = open(&server, &key).await;
    let desk = server.desk("operator", &[Role::Operator]).await;
    let nobody: CaseId = "7zzzzzzzzzzzzzzzzzzzzzzzzz".parse().unwrap();
    let mut asked = 0;
    for route in table().into_iter().filter(|route| matches!(route.caller, Caller::Staff | Caller::Program)) {
        if ["/office/", "/office/sign-in", "/office/sign-out"].contains(&route.path.as_str()) {
            continue;
        }
        let path = route.path.replace("{case}", &of.case.to_string()).replace("{link}", &nobody.to_string());
        let path = path.replace("{account}", &nobody.to_string()).replace("{key}", "none");
        let answer = match (route.caller, route.method) {
            (Caller::Staff, "POST") => {
                desk.post(&path, "action=approve&reason=fits&why=compare&what=MP000001").await
            }
            (_, method) => desk.api(method, &path, OFFER).await,
        };
        assert_eq!(answer.status.as_u16(), 403, "{} {path}: {}", route.method, answer.text());
        assert!(!answer.text().contains("MP000001"), "{path}");
        asked += 1;
    }
    assert!(asked > 20, "only {asked} routes were tried");
}
