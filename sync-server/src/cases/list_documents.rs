//! What a case has been signed as: the documents that a program may fetch.

use axum::{Json, extract::State};
use jiff::Timestamp;
use rusqlite::{Connection, params};
use serde::Serialize;
use shared::domain::CaseId;
use utoipa::ToSchema;

use super::row;
use crate::{
    accounts::permission::ContractFetcher,
    app::App,
    flows::journal::CaseRef,
    http::{
        input::{Path, Query},
        paging::{Asked, List, Page},
    },
    problem::Problem,
};

/// A page of documents.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = DocumentPage, example = json!({
    "documents": [{"document": "5f3k9q0m7t2v8x1y4z6b0c2d4m", "kind": "contract", "media_type": "application/pdf",
        "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "signed_at": "2026-11-27T08:05:42Z", "href": "/api/v1/cases/5f3k9q0m7t2v8x1y4z6b0c2d4f/contract.pdf"}],
    "next": null
}))]
pub(super) struct Documents {
    /// The newest first; none before the customer has signed.
    documents: Vec<Document>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// A signed document.
#[derive(Debug, Serialize, ToSchema)]
struct Document {
    /// Its id.
    document: String,
    /// `contract`.
    #[schema(pattern = "^contract$")]
    kind: &'static str,
    /// `application/pdf`.
    media_type: &'static str,
    /// SHA-256 (hex) of the file.
    sha256: Option<String>,
    /// When the customer signed, RFC 3339.
    signed_at: Option<String>,
    /// Where it is fetched, with the same key. Each download is on record.
    href: String,
    #[serde(skip)]
    place: Place,
}

/// Where a document stands in the list: when it was written (ms), and its id.
type Place = (i64, String);

/// Lists a case's signed documents.
#[utoipa::path(get, path = "/api/v1/cases/{case}/documents", tag = "cases",
    params(("case" = String, Path, description = "The case's id"), Asked),
    responses((status = 200, description = "A page of them", body = Documents)),
    extensions(("x-problems" = json!(["404 not_found", "422 page_limit", "422 page_cursor"]))),
    security(("api_key" = ["documents:read"]), ("session" = [])))]
pub(super) async fn list_documents(
    State(app): State<App>,
    fetcher: ContractFetcher,
    Path(case): Path<CaseId>,
    Query(asked): Query<Asked>,
) -> Result<Json<Documents>, Problem> {
    let of = CaseRef { tenant: fetcher.tenant, case };
    let list = List::new(&app.keys, of.tenant, format!("documents {case}"));
    let page = list.page(&asked)?;
    let limit = page.limit;
    let rows = app.store.read(move |conn| listed(conn, of, &page)).await?;
    let (documents, next) = list.cut(rows, limit, |document| document.place.clone());
    Ok(Json(Documents { documents, next }))
}

const ROWS: &str = "SELECT id, sha256, made_at, signed_at FROM contracts
     WHERE tenant = ?1 AND case_id = ?2 AND signed IS NOT NULL AND (made_at, id) < (?3, ?4)
     ORDER BY made_at DESC, id DESC LIMIT ?5";

fn listed(conn: &Connection, of: CaseRef, page: &Page<Place>) -> Result<Vec<Document>, Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    row::expect(conn, of)?;
    let (at, id) = page.after.clone().unwrap_or((i64::MAX, String::new()));
    let mut statement = conn.prepare_cached(ROWS)?;
    let rows = statement.query_map(params![tenant, case, at, id, page.rows()], |row| {
        let (id, made): (String, i64) = (row.get(0)?, row.get(2)?);
        let signed: Option<i64> = row.get(3)?;
        Ok(Document {
            document: id.clone(),
            kind: "contract",
            media_type: "application/pdf",
            sha256: row.get(1)?,
            signed_at: signed.and_then(|at| Timestamp::from_millisecond(at).ok()).map(|at| at.to_string()),
            href: format!("/api/v1/cases/{case}/contract.pdf"),
            place: (made, id),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::ROWS;
    use crate::testing::{TestServer, plan_of};

    #[tokio::test]
    async fn only_what_was_signed_is_listed() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        let of = server.new_case().await;
        let path = format!("/api/v1/cases/{}/documents", of.case);
        let insert = |id: &str, made: i64, signed: &str| {
            format!(
                "INSERT INTO contracts(tenant, id, case_id, terms_sha256, object, signed, sha256, made_at, signed_at)
                 VALUES ('{}', '{id}', '{}', 't', 'o', {signed}, 'abc', {made}, 5000)",
                of.tenant, of.case
            )
        };
        server.sql(&insert("c1", 1, "NULL")).await;
        assert_eq!(
            server.program(&key, "GET", &path, "").await.json(),
            json!({"documents": [], "next": null})
        );
        server.sql(&insert("c2", 2, "'s'")).await;
        server.sql(&insert("c3", 2, "'s'")).await;
        let first = server.program(&key, "GET", &format!("{path}?limit=1"), "").await.json();
        assert_eq!(
            first["documents"][0],
            json!({"document": "c3", "kind": "contract", "media_type": "application/pdf", "sha256": "abc",
                   "signed_at": "1970-01-01T00:00:05Z", "href": format!("/api/v1/cases/{}/contract.pdf", of.case)})
        );
        let next = first["next"].as_str().unwrap();
        let second = server.program(&key, "GET", &format!("{path}?limit=1&cursor={next}"), "").await.json();
        assert_eq!((&second["documents"][0]["document"], &second["next"]), (&json!("c2"), &Value::Null));
        let other = format!("/api/v1/cases/{}/documents?cursor={next}", server.new_case().await.case);
        assert_eq!(server.program(&key, "GET", &other, "").await.json()["code"], "page_cursor");
        let nobodys =
            server.program(&key, "GET", "/api/v1/cases/7zzzzzzzzzzzzzzzzzzzzzzzzz/documents", "").await;
        assert_eq!(nobodys.status.as_u16(), 404);
    }

    #[tokio::test]
    async fn a_page_reads_only_its_own_rows() {
        let server = TestServer::start().await;
        let plan = plan_of(&server, ROWS, 5).await;
        assert!(plan.contains("contracts_by_case") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
