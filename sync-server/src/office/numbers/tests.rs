use jiff::SignedDuration;
use serde_json::json;
use shared::domain::Role;

use crate::{
    cases::acts,
    numbers::keep::catch_up,
    problem::Problem,
    testing::{PASSWORD, TestServer},
};

async fn read_in(server: &TestServer) {
    let clock = server.app.world.clock.clone();
    catch_up(&server.app.store, move || clock.now(), || false).await.unwrap();
}

#[tokio::test]
async fn a_case_counts_from_the_moment_it_is_opened_and_is_found_behind_its_figure() {
    let server = TestServer::start().await;
    let of = server.new_case().await;
    let now = server.app.world.clock.now();
    let change = move |conn: &rusqlite::Connection| {
        let case = of.case.to_string();
        conn.execute(
            "UPDATE cases SET decision = 'declined', reason = 'grade_too_low', ended_at = created_at + 60000 WHERE id = ?1",
            [&case],
        )?;
        Ok::<_, Problem>(acts::record(conn, of, "machine", "case.ended", &json!({}), now)?)
    };
    server.app.store.write(change).await.unwrap();
    let desk = server.desk("manager", &[Role::Manager]).await;
    read_in(&server).await;
    let page = desk.get("/office/numbers?period=today&lang=en").await;
    assert_eq!(page.status, 200, "{}", page.text());
    let page = page.text().replace("&#38;", "&");
    assert!(page.contains("Grade too low") && page.contains("Link made"), "{page}");
    let day = crate::cases::today(server.app.world.clock.now());
    let href = format!("state=declined&from={day}&to={day}&reason=grade_too_low");
    assert!(page.contains(&href), "{page}");
    let found = desk.get(&format!("/office/cases?{href}&lang=en")).await.text();
    assert!(found.contains(&of.case.to_string()) && found.contains("one case"), "{found}");
    let other =
        desk.get(&format!("/office/cases?state=declined&from={day}&to={day}&reason=under_age")).await.text();
    assert!(!other.contains(&of.case.to_string()));
    // The day after, it is a case of yesterday.
    server.clock.advance(SignedDuration::from_hours(24));
    let desk = server.desk_of("manager", PASSWORD).await;
    let yesterday = desk.get("/office/numbers?lang=en").await.text();
    assert!(yesterday.contains("Grade too low"), "{yesterday}");
}

#[tokio::test]
async fn days_that_are_none_are_refused_by_a_code_and_an_empty_company_is_told_so() {
    let server = TestServer::start().await;
    let desk = server.desk("manager", &[Role::Manager]).await;
    for (query, status, said) in [
        ("from=2026-02-02&to=2026-02-01", 422, "The first day lies after the last one"),
        ("from=2026-02-02", 422, "Give both days"),
        ("from=2025-02-02&to=2026-02-01", 422, "at most 92 days"),
        ("period=never", 422, "Give both days"),
        ("funder=nobody", 200, "No case fits these filters"),
        ("", 200, "There were no cases"),
    ] {
        let answer = desk.get(&format!("/office/numbers?lang=en&{query}")).await;
        assert_eq!(answer.status.as_u16(), status, "{query}");
        assert!(answer.text().contains(said), "{query}: {}", answer.text());
    }
    let refused = desk.get("/office/numbers.csv?from=2026-02-02&to=2026-02-01").await;
    assert_eq!((refused.status.as_u16(), refused.json()["code"].as_str()), (422, Some("period_order")));
}

#[tokio::test]
async fn numbers_are_for_those_who_may_see_figures_and_name_nobody_on_the_wall() {
    let server = TestServer::start().await;
    server.new_case().await;
    read_in(&server).await;
    for role in Role::ALL {
        let login = role.code().replace('_', "-");
        let desk = server.desk(&login, &[role]).await;
        let may = shared::domain::roles::may(role, shared::domain::Action::SeeFigures);
        for path in ["/office/numbers", "/office/numbers.csv", "/office/numbers/wall"] {
            let answer = desk.get(path).await;
            assert_eq!(answer.status.as_u16(), if may { 200 } else { 403 }, "{path} {role:?}");
        }
    }
    let desk = server.desk("anna", &[Role::Manager]).await;
    let wall = desk.get("/office/numbers/wall?lang=en").await;
    assert_eq!(wall.header("refresh"), "30");
    assert!(!wall.text().contains("anna"), "{}", wall.text());
    assert_eq!(desk.get("/office/numbers/wall?still=1").await.header("refresh"), "");
    let csv = desk.get("/office/numbers.csv?period=today&lang=en").await;
    assert!(csv.header("content-type").starts_with("text/csv"));
    assert!(csv.body.starts_with(b"\xef\xbb\xbf\"Table\""), "{}", csv.text());
    assert!(csv.text().contains("\"Numbers\",\"\",\"Cases opened\",1,0"), "{}", csv.text());
}
