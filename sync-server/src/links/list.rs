//! Links that were made, page by page: how each stands, never its token.

use axum::{Json, extract::State};
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use shared::domain::TenantId;
use utoipa::ToSchema;

use super::expires;
use crate::{
    accounts::permission::LinkLister,
    app::App,
    cases::page::case_number,
    http::{
        input::Query,
        paging::{Asked, List, Page},
    },
    problem::Problem,
};

/// A page of links.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = LinkPage, example = json!({
    "links": [{"link": "5f3k9q0m7t2v8x1y4z6b0c2d4g", "case": "5f3k9q0m7t2v8x1y4z6b0c2d4f", "number": "MP000042",
        "product": "new-car-loan", "state": "open", "made_at": "2026-11-27T08:00:00Z",
        "opened_at": "2026-11-27T08:03:11Z", "expires_at": "2026-12-04T08:00:00Z", "revoked_at": null}],
    "next": "pJ0uV3x2Q8m1s5bWc7dEZ1sxNzk1ODA1MjAwMDAwLCI1ZjNrIl0"
}))]
pub(super) struct Links {
    /// The newest first.
    links: Vec<LinkListed>,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
}

/// A link that was made. Its token was said when it was made, and is not kept.
#[derive(Debug, Serialize, ToSchema)]
struct LinkListed {
    /// The link's id.
    link: String,
    /// The case that it leads to.
    case: String,
    /// The case's number, as said on the phone.
    number: String,
    /// Key of the product.
    product: String,
    /// `unopened`, `open` once the customer pressed start, `revoked`, `expired`, or `ended` once the case is over.
    #[schema(pattern = "^(unopened|open|revoked|expired|ended)$")]
    state: &'static str,
    /// When it was made, RFC 3339.
    made_at: String,
    /// When the customer pressed start, RFC 3339.
    opened_at: Option<String>,
    /// When it ends, RFC 3339.
    expires_at: String,
    /// When it was taken back or replaced by a fresh one, RFC 3339.
    revoked_at: Option<String>,
    #[serde(skip)]
    place: Place,
}

/// Where a link stands in the list: when it was made (ms), and its id.
type Place = (i64, String);

/// Lists the company's links.
#[utoipa::path(get, path = "/api/v1/links", tag = "links", params(Asked),
    responses((status = 200, description = "A page of them", body = Links)),
    extensions(("x-problems" = json!(["422 page_limit", "422 page_cursor"]))),
    security(("api_key" = ["links:read"]), ("session" = [])))]
pub(super) async fn list_links(
    State(app): State<App>,
    lister: LinkLister,
    Query(asked): Query<Asked>,
) -> Result<Json<Links>, Problem> {
    let (tenant, now) = (lister.tenant, app.world.clock.now());
    let list = List::new(&app.keys, tenant, "links");
    let page = list.page(&asked)?;
    let limit = page.limit;
    let rows = app.store.read(move |conn| listed(conn, tenant, &page, now)).await?;
    let (links, next) = list.cut(rows, limit, |link| link.place.clone());
    Ok(Json(Links { links, next }))
}

const ROWS: &str = "SELECT l.id, l.case_id, c.number, c.flow, l.created_at, l.opened_at, l.expires_at, l.revoked_at, c.decision
     FROM links l JOIN cases c ON c.tenant = l.tenant AND c.id = l.case_id
     WHERE l.tenant = ?1 AND (l.created_at, l.id) < (?2, ?3) ORDER BY l.created_at DESC, l.id DESC LIMIT ?4";

fn listed(
    conn: &Connection,
    tenant: TenantId,
    page: &Page<Place>,
    now: Timestamp,
) -> Result<Vec<LinkListed>, Problem> {
    let (at, id) = page.after.clone().unwrap_or((i64::MAX, String::new()));
    let mut statement = conn.prepare_cached(ROWS)?;
    let rows = statement
        .query_map(params![tenant.to_string(), at, id, page.rows()], |row| LinkListed::of(row, now))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

impl LinkListed {
    fn of(row: &Row<'_>, now: Timestamp) -> rusqlite::Result<Self> {
        let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
        let (made, opened): (i64, Option<i64>) = (row.get(4)?, row.get(5)?);
        let (until, revoked): (i64, Option<i64>) = (row.get(6)?, row.get(7)?);
        let is_over = row.get::<_, Option<String>>(8)?.is_some();
        let id: String = row.get(0)?;
        Ok(Self {
            link: id.clone(),
            case: row.get(1)?,
            number: case_number(row.get(2)?),
            product: row.get(3)?,
            state: match (is_over, revoked, time(until) <= now, opened) {
                (true, ..) => "ended",
                (_, Some(_), ..) => "revoked",
                (_, _, true, _) => "expired",
                (.., Some(_)) => "open",
                _ => "unopened",
            },
            made_at: time(made).to_string(),
            opened_at: opened.map(|at| time(at).to_string()),
            expires_at: expires(time(until)),
            revoked_at: revoked.map(|at| time(at).to_string()),
            place: (made, id),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::SignedDuration;
    use serde_json::Value;
    use shared::domain::TenantId;

    use super::ROWS;
    use crate::{
        demo::OFFER,
        testing::{TestServer, plan_of},
    };

    async fn make(server: &TestServer, key: &str) -> Value {
        let made = server.program(key, "POST", "/api/v1/links", OFFER).await;
        assert_eq!(made.status.as_u16(), 201, "{}", made.text());
        made.json()
    }

    #[tokio::test]
    async fn a_whole_walk_sees_each_link_once_while_others_are_made() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        let mut made = BTreeSet::new();
        for nth in 0..7 {
            // Some are made in the same millisecond.
            server.clock.advance(SignedDuration::from_millis(nth % 2));
            made.insert(make(&server, &key).await["link"].as_str().unwrap().to_owned());
        }
        let (mut seen, mut cursor, mut pages) = (Vec::new(), String::new(), 0);
        loop {
            let page = server.program(&key, "GET", &format!("/api/v1/links?limit=2{cursor}"), "").await;
            assert_eq!(page.status.as_u16(), 200, "{}", page.text());
            let page = page.json();
            seen.extend(page["links"].as_array().unwrap().iter().map(|one| one["link"].clone()));
            pages += 1;
            make(&server, &key).await;
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!((seen.len(), pages), (7, 4), "each once, and none of those made meanwhile");
        let seen: BTreeSet<String> = seen.iter().map(|one| one.as_str().unwrap().to_owned()).collect();
        assert_eq!(seen, made);
    }

    #[tokio::test]
    async fn a_listed_link_says_how_it_stands_and_holds_no_token() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        let states = async |n: usize| {
            let page = server.program(&key, "GET", "/api/v1/links", "").await;
            for link in page.json()["links"].as_array().unwrap() {
                assert!(link.get("token").is_none() && link.get("url").is_none(), "{link}");
            }
            page.json()["links"][n]["state"].as_str().unwrap().to_owned()
        };
        let first = make(&server, &key).await;
        assert_eq!(states(0).await, "unopened");
        server.sql("UPDATE links SET opened_at = created_at").await;
        assert_eq!(states(0).await, "open");
        server.clock.advance(SignedDuration::from_mins(1));
        let path = format!("/api/v1/links/{}/renew", first["link"].as_str().unwrap());
        assert_eq!(server.program(&key, "POST", &path, "").await.status.as_u16(), 201);
        assert_eq!((states(0).await.as_str(), states(1).await.as_str()), ("open", "revoked"));
        server.clock.advance(SignedDuration::from_hours(24 * 91));
        assert_eq!(states(0).await, "expired");
        server.sql("UPDATE cases SET decision = 'declined', ended_at = 1").await;
        assert_eq!(states(0).await, "ended");
        let listed = server.program(&key, "GET", "/api/v1/links", "").await.text();
        assert!(!listed.contains(first["token"].as_str().unwrap()), "{listed}");
    }

    #[tokio::test]
    async fn a_cursor_of_another_list_or_company_and_a_wrong_limit_are_refused() {
        let server = TestServer::start().await;
        let key = server.api_key().await;
        for _ in 0..2 {
            make(&server, &key).await;
        }
        let page = server.program(&key, "GET", "/api/v1/links?limit=1", "").await.json();
        let next = page["next"].as_str().unwrap();
        let other = TenantId::from_bytes([8; 16]);
        server.make_tenant(other).await;
        let theirs = server.api_key_of(other).await;
        for (key, path, code) in [
            (&theirs, format!("/api/v1/links?cursor={next}"), "page_cursor"),
            (&key, format!("/api/v1/cases?cursor={next}"), "page_cursor"),
            (&key, "/api/v1/links?cursor=abc".to_owned(), "page_cursor"),
            (&key, "/api/v1/links?limit=0".to_owned(), "page_limit"),
            (&key, "/api/v1/links?limit=201".to_owned(), "page_limit"),
            (&key, "/api/v1/links?limit=abc".to_owned(), "page_limit"),
        ] {
            let refused = server.program(key, "GET", &path, "").await;
            assert_eq!(
                (refused.status.as_u16(), &refused.json()["code"]),
                (422, &Value::from(code)),
                "{path}"
            );
            for lang in [shared::domain::Lang::Zh, shared::domain::Lang::En] {
                assert!(ui::texts::problem_short(code, lang).is_some(), "{code} has no text");
            }
        }
        assert_eq!(
            server.program(&theirs, "GET", "/api/v1/links", "").await.json()["links"],
            Value::Array(vec![])
        );
    }

    #[tokio::test]
    async fn a_page_reads_only_its_own_rows() {
        let server = TestServer::start().await;
        let plan = plan_of(&server, ROWS, 4).await;
        assert!(plan.contains("links_by_time") && !plan.contains("TEMP B-TREE"), "{plan}");
    }
}
