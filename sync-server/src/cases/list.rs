//! A company's cases, page by page, as far as its lender's programs may see them: where each stands, and nobody's name.

use axum::{Json, extract::State};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use shared::domain::{CaseId, TenantId};
use utoipa::ToSchema;

use super::{
    follow::{Holder, WaitView, waits_for},
    page::case_number,
};
use crate::{
    accounts::permission::CaseFollower,
    app::App,
    flows::journal::CaseRef,
    http::{
        input::Query,
        paging::{Asked, List, Page},
    },
    problem::Problem,
};

/// A page of cases.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CasePage, example = json!({
    "cases": [{"case": "5f3k9q0m7t2v8x1y4z6b0c2d4f", "number": "MP000042", "product": "new-car-loan",
        "state": "with_customer", "waits_for": {"who": "customer", "name": null, "since": "2026-11-27T08:00:00Z",
        "due": "2026-12-04T08:00:00Z"}, "decision": null, "reason": null, "opened_at": "2026-11-27T08:00:00Z",
        "ended_at": null}],
    "next": null
}))]
pub(super) struct Cases {
    /// The newest first.
    cases: Vec<CaseListed>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// A case in a list. Ask for it by its id to see its steps.
#[derive(Debug, Serialize, ToSchema)]
struct CaseListed {
    /// The case's id.
    case: String,
    /// Its number, as said on the phone.
    number: String,
    /// Key of the product.
    product: String,
    /// `with_customer`, `in_review`, `with_partner`, `with_system` or `ended`.
    #[schema(pattern = "^(with_customer|in_review|with_partner|with_system|ended)$")]
    state: &'static str,
    /// Whom it waits for while it runs.
    waits_for: Option<WaitView>,
    /// `approved`, `declined`, `withdrawn`, `expired` or `error`, once it is over.
    decision: Option<String>,
    /// Stable code of the reason, once it is over.
    reason: Option<String>,
    /// When the case was opened, RFC 3339.
    opened_at: String,
    /// When it ended, RFC 3339.
    ended_at: Option<String>,
    /// Where it stands in the list.
    #[serde(skip)]
    place: i64,
}

/// Lists the company's cases.
#[utoipa::path(get, path = "/api/v1/cases", tag = "cases", params(Asked),
    responses((status = 200, description = "A page of them", body = Cases)),
    extensions(("x-problems" = json!(["422 page_limit", "422 page_cursor"]))),
    security(("api_key" = ["cases:read"]), ("session" = [])))]
pub(super) async fn list_cases(
    State(app): State<App>,
    follower: CaseFollower,
    Query(asked): Query<Asked>,
) -> Result<Json<Cases>, Problem> {
    let tenant = follower.tenant;
    let list = List::new(&app.keys, tenant, "cases");
    let page = list.page(&asked)?;
    let limit = page.limit;
    let rows = app.store.read(move |conn| listed(conn, tenant, &page)).await?;
    let (cases, next) = list.cut(rows, limit, |case| case.place);
    Ok(Json(Cases { cases, next }))
}

const ROWS: &str = "SELECT id, number, flow, decision, reason, created_at, ended_at FROM cases
     WHERE tenant = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3";

fn listed(conn: &Connection, tenant: TenantId, page: &Page<i64>) -> Result<Vec<CaseListed>, Problem> {
    let mut statement = conn.prepare_cached(ROWS)?;
    let before = page.after.unwrap_or(i64::MAX);
    let rows = statement.query_map(params![tenant.to_string(), before, page.rows()], CaseListed::of)?;
    let mut cases: Vec<CaseListed> = rows.collect::<Result<_, _>>()?;
    for case in cases.iter_mut().filter(|case| case.decision.is_none()) {
        let id: CaseId = case.case.parse().map_err(|error| Problem::internal(&error))?;
        let wait = waits_for(conn, CaseRef { tenant, case: id })?;
        case.state = wait.as_ref().map_or(&Holder::System, |wait| &wait.holder).code();
        case.waits_for = wait.map(WaitView::from);
    }
    Ok(cases)
}

impl CaseListed {
    fn of(row: &Row<'_>) -> rusqlite::Result<Self> {
        let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
        let place = row.get(1)?;
        Ok(Self {
            case: row.get(0)?,
            number: case_number(place),
            product: row.get(2)?,
            state: "ended",
            waits_for: None,
            decision: row.get(3)?,
            reason: row.get(4)?,
            opened_at: time(row.get(5)?),
            ended_at: row.get::<_, Option<i64>>(6)?.map(time),
            place,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ROWS;
    use crate::testing::{TestServer, plan_of};

    #[tokio::test]
    async fn a_whole_walk_sees_each_case_once_while_others_are_opened() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        let mut opened = Vec::new();
        for _ in 0..5 {
            opened.push(server.new_case().await.case.to_string());
        }
        let (mut seen, mut cursor) = (Vec::new(), String::new());
        loop {
            let page =
                server.program(&key, "GET", &format!("/api/v1/cases?limit=2{cursor}"), "").await.json();
            for case in page["cases"].as_array().unwrap() {
                seen.push(case["case"].as_str().unwrap().to_owned());
                let alone = format!("/api/v1/cases/{}", case["case"].as_str().unwrap());
                let alone = server.program(&key, "GET", &alone, "").await.json();
                for name in case.as_object().unwrap().keys() {
                    assert_eq!(case[name], alone[name], "{name} as for the case alone");
                }
            }
            server.new_case().await;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        opened.reverse();
        assert_eq!(seen, opened);
    }

    #[tokio::test]
    async fn a_case_that_is_over_says_how_it_ended() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        let case = server.new_case().await.case.to_string();
        let first =
            async || server.program(&key, "GET", "/api/v1/cases", "").await.json()["cases"][0].clone();
        let running = first().await;
        assert_eq!(
            (&running["state"], &running["waits_for"]["who"]),
            (&json!("with_customer"), &json!("customer"))
        );
        server.sql("UPDATE cases SET decision = 'declined', reason = 'score_too_low', ended_at = 1000").await;
        let over = first().await;
        assert_eq!(over["case"], json!(case));
        assert_eq!((&over["state"], &over["waits_for"]), (&json!("ended"), &Value::Null));
        assert_eq!((&over["decision"], &over["reason"]), (&json!("declined"), &json!("score_too_low")));
        assert_eq!(over["ended_at"], json!("1970-01-01T00:00:01Z"));
    }

    #[tokio::test]
    async fn a_page_reads_only_its_own_rows() {
        let server = TestServer::start().await;
        let plan = plan_of(&server, ROWS, 3).await;
        assert!(plan.contains("cases_by_number") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
