use serde_json::{Value as Json, json};
use shared::{domain::Role, flow::Facts};

use crate::{
    cases::person::{Column, Person},
    flows::{Performed, journal::CaseRef},
    problem::Problem,
    testing::TestServer,
};

const NUMBER: &str = "11010519491231002X";
const PHONE: &str = "13800138000";

fn phone(reason: &str) -> String {
    json!({"sort": "phone", "value": PHONE, "reason": reason}).to_string()
}

#[tokio::test]
async fn a_value_is_listed_once_found_masked_and_taken_off() {
    let server = TestServer::start().await;
    let desk = server.desk("lead", &[Role::Manager]).await;
    let added = desk.api("POST", "/api/v1/blacklist", &phone("three loans in default")).await;
    assert_eq!(added.status.as_u16(), 201, "{}", added.text());
    assert_eq!(added.json()["masked"], "138****8000");
    let again = desk.api("POST", "/api/v1/blacklist", &phone("another reason")).await;
    assert_eq!((again.status.as_u16(), &again.json()), (200, &added.json()), "the first reason stays");
    let vin = json!({"sort": "vin", "value": "LSVWY4180KN246094", "reason": "stolen"}).to_string();
    assert_eq!(desk.api("POST", "/api/v1/blacklist", &vin).await.json()["masked"], "***********246094");
    let all = desk.api("GET", "/api/v1/blacklist", "").await.json();
    assert_eq!(all["entries"].as_array().unwrap().len(), 2);
    assert_eq!(desk.api("GET", "/api/v1/blacklist?page=1", "").await.json()["entries"], json!([]));
    let ask = json!({"sort": "phone", "value": PHONE}).to_string();
    let found = desk.api("POST", "/api/v1/blacklist/find", &ask).await.json();
    assert_eq!(found["entries"][0]["reason"], "three loans in default");
    let path = format!("/api/v1/blacklist/{}", added.json()["entry"].as_str().unwrap());
    assert_eq!(desk.api("DELETE", &path, "").await.status.as_u16(), 204);
    assert_eq!(desk.api("DELETE", &path, "").await.status.as_u16(), 404);
    assert_eq!(desk.api("POST", "/api/v1/blacklist/find", &ask).await.json()["entries"], json!([]));
    let on_record: Vec<String> = server.audit().await.into_iter().map(|row| row[1].clone()).collect();
    for (action, times) in [("blacklist.added", 2), ("blacklist.removed", 1)] {
        assert_eq!(on_record.iter().filter(|done| *done == action).count(), times, "{action}");
    }
}

#[tokio::test]
async fn what_is_no_value_or_has_no_reason_is_refused_and_not_repeated() {
    let server = TestServer::start().await;
    let desk = server.desk("lead", &[Role::TenantAdmin]).await;
    for (body, code) in [
        (json!({"sort": "phone", "value": "1380013800", "reason": "r"}), "blacklist_value_form"),
        (json!({"sort": "id_number", "value": "110105194912310021", "reason": "r"}), "blacklist_value_form"),
        (json!({"sort": "vin", "value": "short", "reason": "r"}), "blacklist_value_form"),
        (json!({"sort": "phone", "value": PHONE, "reason": " "}), "blacklist_reason_missing"),
        (json!({"sort": "phone", "value": PHONE, "reason": "长".repeat(501)}), "blacklist_reason_missing"),
        (json!({"sort": "name", "value": "Nobody", "reason": "r"}), "unreadable_input"),
    ] {
        let refused = desk.api("POST", "/api/v1/blacklist", &body.to_string()).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["code"]), (422, &json!(code)), "{body}");
        assert!(!refused.text().contains(body["value"].as_str().unwrap()), "{}", refused.text());
    }
}

#[tokio::test]
async fn only_those_who_keep_the_list_see_it_and_only_their_own_companys() {
    let server = TestServer::start().await;
    let keeper = server.desk("lead", &[Role::Manager]).await;
    keeper.api("POST", "/api/v1/blacklist", &phone("default")).await;
    for role in Role::ALL {
        let desk = server.desk(&format!("a-{}", role.code().replace('_', "-")), &[role]).await;
        let status = desk.api("GET", "/api/v1/blacklist", "").await.status.as_u16();
        let keeps = [Role::Manager, Role::TenantAdmin].contains(&role);
        assert_eq!(status, if keeps { 200 } else { 403 }, "{role:?}");
    }
    let other = shared::domain::TenantId::from_bytes([8; 16]);
    server.make_tenant(other).await;
    server.account_of(other, "others", &[Role::Manager]).await;
    let theirs = server.desk_of("others", crate::testing::PASSWORD).await;
    assert_eq!(theirs.api("GET", "/api/v1/blacklist", "").await.json()["entries"], json!([]));
}

#[tokio::test]
async fn nothing_of_a_listed_person_lies_in_the_table() {
    let server = TestServer::start().await;
    let desk = server.desk("lead", &[Role::Manager]).await;
    let body = json!({"sort": "id_number", "value": NUMBER, "reason": "a secret reason"});
    assert_eq!(
        desk.api("POST", "/api/v1/blacklist", &body.to_string()).await.json()["masked"],
        "110***********002X"
    );
    let row: Result<Vec<u8>, Problem> = server
        .app
        .store
        .read(|conn| {
            let sql = "SELECT id, sort, value_index, wrapped_key, masked, reason, added_by FROM blacklist";
            Ok(conn.query_row(sql, [], |row| {
                let text = |at| row.get::<_, String>(at).map(String::into_bytes);
                let bytes = |at| row.get::<_, Vec<u8>>(at);
                Ok([text(0)?, text(1)?, bytes(2)?, bytes(3)?, bytes(4)?, bytes(5)?, text(6)?].concat())
            })?)
        })
        .await;
    let row = row.unwrap();
    for plain in [NUMBER, "110***********002X", "secret reason"] {
        assert!(!row.windows(plain.len()).any(|part| part == plain.as_bytes()), "{plain}");
    }
}

/// A case whose customer gave a phone, and a number where there is one.
async fn case(server: &TestServer, number: Option<&str>) -> CaseRef {
    let of = server.new_case().await;
    let Some(number) = number.map(str::to_owned) else { return of };
    let (keys, random) = (server.app.keys.clone(), server.app.world.random.clone());
    let set = server.app.store.write(move |conn| {
        let sql = "SELECT person FROM cases WHERE id = ?1";
        let person: String = conn.query_row(sql, [of.case.to_string()], |row| row.get(0))?;
        let person = Person::load(conn, &keys, of.tenant, person.parse().unwrap())?;
        Ok::<_, Problem>(person.set(conn, Column::IdNumber, &number, &random)?)
    });
    set.await.unwrap();
    of
}

async fn looked(server: &TestServer, of: CaseRef, look_up: Json) -> Performed {
    server.perform(of, "blacklist", json!({"look_up": look_up}), Facts::new()).await
}

#[tokio::test]
async fn a_case_is_held_against_the_list_of_its_own_company() {
    let server = TestServer::start().await;
    let desk = server.desk("lead", &[Role::Manager]).await;
    let all = json!(["id_number", "phone", "vin"]);
    let (known, new) = (case(&server, Some(NUMBER)).await, case(&server, None).await);
    assert_eq!(looked(&server, known, all.clone()).await.outcome, "clear");
    let body = json!({"sort": "id_number", "value": NUMBER.to_lowercase(), "reason": "fraud"}).to_string();
    let entry = desk.api("POST", "/api/v1/blacklist", &body).await.json()["entry"].clone();
    let found = looked(&server, known, all.clone()).await;
    assert_eq!(
        (found.outcome.as_str(), found.writes.texts("blacklist.found")),
        ("listed", vec!["id_number"])
    );
    assert_eq!(found.trace, Some(json!({"entries": [entry]})), "an entry's id, and no value");
    assert_eq!(looked(&server, known, json!(["phone", "vin"])).await.outcome, "clear");
    // Whose number nobody knows yet is not clear of it.
    let unknown = looked(&server, new, json!(["id_number"])).await;
    assert_eq!(unknown.outcome, "error");
    let others = looked(&server, new, all).await;
    assert_eq!(others.writes.texts("blacklist.looked_up"), ["phone", "vin"]);
    let vin = desk.api("POST", "/api/v1/blacklist", &offers_vin()).await;
    assert_eq!(vin.status.as_u16(), 201, "{}", vin.text());
    assert_eq!(looked(&server, new, json!(["vin"])).await.outcome, "listed");
}

fn offers_vin() -> String {
    let offer: Json = serde_json::from_str(crate::demo::OFFER).unwrap();
    json!({"sort": "vin", "value": offer["vehicle"]["vin"], "reason": "stolen"}).to_string()
}
