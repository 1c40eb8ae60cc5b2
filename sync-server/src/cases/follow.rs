//! A case as its lender follows it, by program or by hand: where it stands, how it was decided, and the signed contract.
//! Nothing here holds personal data but the contract, and each download of one is on record.

use axum::{Json, extract::State, response::Response};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde_json::json;
use shared::domain::{CaseId, PersonId};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    acts, customer_api::StepView, documents, hand_in::open_object, list, list_documents, page, sign,
};
use crate::{
    accounts::permission::{CaseFollower, ContractFetcher},
    app::App,
    flows::journal::CaseRef,
    http::input::Path,
    problem::Problem,
};

/// All routes below `/api/v1/cases`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list::list_cases))
        .routes(routes!(follow))
        .routes(routes!(list_documents::list_documents))
        .routes(routes!(contract))
}

/// With whom a case is while it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// The customer.
    Customer,
    /// The people of a queue.
    Queue(String),
    /// An outside company that answers on its own.
    Partner(String),
    /// This system: it works.
    System,
}

impl Holder {
    /// From `tasks.owner`; without a task the system is between two steps.
    pub fn of(owner: Option<&str>) -> Self {
        let owner = owner.unwrap_or_default();
        match (owner, owner.strip_prefix("queue:"), owner.strip_prefix("partner:")) {
            ("customer", ..) => Self::Customer,
            (_, Some(queue), _) => Self::Queue(queue.to_owned()),
            (_, _, Some(partner)) => Self::Partner(partner.to_owned()),
            _ => Self::System,
        }
    }

    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Customer => "with_customer",
            Self::Queue(_) => "in_review",
            Self::Partner(_) => "with_partner",
            Self::System => "with_system",
        }
    }
}

/// Whom a running case waits for.
#[derive(Debug, Clone)]
pub struct Wait {
    /// Whom.
    pub holder: Holder,
    /// Since when.
    pub since: Timestamp,
    /// Until when.
    pub due: Timestamp,
}

/// The order in which those whom a case waits for (`tasks`) are named.
pub(crate) const FIRST: &str = "owner LIKE 'queue:%' DESC, owner = 'customer' DESC, owner = 'machine', since";

/// Whom a case waits for; where several are at work, people before partners before the system. `None` once it is over.
///
/// # Errors
/// When the rows cannot be read.
pub fn waits_for(conn: &Connection, of: CaseRef) -> Result<Option<Wait>, Problem> {
    let at = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(conn
        .prepare_cached(
            &format!("SELECT owner, since, due_at FROM tasks WHERE tenant = ?1 AND case_id = ?2 ORDER BY {FIRST} LIMIT 1"),
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            let owner: String = row.get(0)?;
            Ok(Wait { holder: Holder::of(Some(&owner)), since: at(row.get(1)?), due: at(row.get(2)?) })
        })
        .optional()?)
}

/// A case as its lender sees it. No personal data.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "case": "5f3k9q0m7t2v8x1y4z6b0c2d4f", "number": "MP000042", "product": "new-car-loan",
    "flow_version": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "state": "ended",
    "waits_for": null, "decision": "approved", "reason": "signed",
    "steps": [{"block": "intake", "kind": "intake", "outcome": "complete", "ms": 41_230}],
    "funder": "patient", "contract_sha256": "fcde2b2edba56bf408601fb721fe9b5c338d10ee429ea04fae5511b68fbf8fb9",
    "signed_at": "2026-11-27T08:05:42Z", "opened_at": "2026-11-27T08:00:00Z", "ended_at": "2026-11-27T08:05:43Z"
}))]
pub struct CaseStanding {
    /// The case's id.
    case: String,
    /// Its number, as said on the phone.
    number: String,
    /// Key of the product.
    product: String,
    /// SHA-256 (hex) of the flow's version that it began with and stays on.
    flow_version: String,
    /// `with_customer`, `in_review`, `with_partner`, `with_system` or `ended`.
    state: &'static str,
    /// Whom it waits for while it runs.
    waits_for: Option<WaitView>,
    /// `approved`, `declined`, `withdrawn`, `expired` or `error`, once it is over.
    decision: Option<String>,
    /// Stable code of the reason, once it is over.
    reason: Option<String>,
    /// Steps taken, in order.
    steps: Vec<StepView>,
    /// Key of the funder of the newest offer.
    funder: Option<String>,
    /// SHA-256 (hex) of the signed contract.
    contract_sha256: Option<String>,
    /// When the customer signed, RFC 3339.
    signed_at: Option<String>,
    /// When the case was opened, RFC 3339.
    opened_at: String,
    /// When it ended, RFC 3339.
    ended_at: Option<String>,
}

/// Whom a case waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct WaitView {
    /// `customer`, `queue`, `partner` or `system`.
    who: &'static str,
    /// The queue or partner, where there is one.
    name: Option<String>,
    /// Since when, RFC 3339.
    since: String,
    /// Until when somebody must have acted, RFC 3339.
    due: String,
}

impl From<Wait> for WaitView {
    fn from(wait: Wait) -> Self {
        let (who, name) = match wait.holder {
            Holder::Customer => ("customer", None),
            Holder::Queue(name) => ("queue", Some(name)),
            Holder::Partner(name) => ("partner", Some(name)),
            Holder::System => ("system", None),
        };
        Self { who, name, since: wait.since.to_string(), due: wait.due.to_string() }
    }
}

/// Where a case stands. Asking changes nothing and shows no person, so it is not on record: programs ask often.
#[utoipa::path(get, path = "/api/v1/cases/{case}", tag = "cases", params(("case" = String, Path, description = "The case's id")),
    responses((status = 200, description = "Where it stands", body = CaseStanding)),
    extensions(("x-problems" = json!(["404 not_found"]))),
    security(("api_key" = ["cases:read"]), ("session" = [])))]
async fn follow(
    State(app): State<App>,
    follower: CaseFollower,
    Path(case): Path<CaseId>,
) -> Result<Json<CaseStanding>, Problem> {
    let of = CaseRef { tenant: follower.tenant, case };
    app.store.read(move |conn| Ok(Json(standing(conn, of)?))).await
}

fn standing(conn: &Connection, of: CaseRef) -> Result<CaseStanding, Problem> {
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let time = |ms: i64| Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH).to_string();
    let row = conn
        .prepare_cached(
            "SELECT number, flow, decision, reason, created_at, ended_at, flow_hash FROM cases
             WHERE tenant = ?1 AND id = ?2",
        )?
        .query_row([&tenant, &case], |row| {
            Ok((
                row.get::<_, i64>(0)?,
                row.get::<_, String>(1)?,
                row.get::<_, Option<String>>(2)?,
                row.get::<_, Option<String>>(3)?,
                row.get::<_, i64>(4)?,
                row.get::<_, Option<i64>>(5)?,
                row.get::<_, String>(6)?,
            ))
        })
        .optional()?;
    let (number, product, decision, reason, opened_at, ended_at, flow_version) =
        row.ok_or_else(Problem::not_found)?;
    let wait = if decision.is_none() { waits_for(conn, of)? } else { None };
    let state = match (&decision, &wait) {
        (Some(_), _) => "ended",
        (None, wait) => wait.as_ref().map_or(&Holder::System, |wait| &wait.holder).code(),
    };
    let contract = sign::latest(conn, of)?;
    let steps = page::steps(conn, of)?.into_iter().map(|step| StepView {
        ms: step.ms(),
        block: step.block,
        kind: step.kind,
        outcome: step.outcome,
    });
    Ok(CaseStanding {
        case,
        number: page::case_number(number),
        product,
        flow_version,
        state,
        waits_for: wait.map(WaitView::from),
        decision,
        reason,
        steps: steps.collect(),
        funder: newest_funder(conn, of)?,
        signed_at: contract.as_ref().and_then(|contract| contract.signed_at).map(|at| at.to_string()),
        contract_sha256: contract.and_then(|contract| contract.sha256),
        opened_at: time(opened_at),
        ended_at: ended_at.map(time),
    })
}

/// Key of the funder of a case's newest offer.
///
/// # Errors
/// When the row cannot be read.
pub fn newest_funder(conn: &Connection, of: CaseRef) -> Result<Option<String>, Problem> {
    Ok(conn
        .prepare_cached(
            "SELECT funder FROM offers WHERE tenant = ?1 AND case_id = ?2 ORDER BY number DESC LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| row.get(0))
        .optional()?)
}

/// The contract as its customer signed it. Each download is on record.
#[utoipa::path(get, path = "/api/v1/cases/{case}/contract.pdf", tag = "cases", params(("case" = String, Path, description = "The case's id")),
    responses((status = 200, description = "The signed PDF", content_type = "application/pdf")),
    extensions(("x-problems" = json!(["404 not_found", "409 contract_not_signed"]))),
    security(("api_key" = ["documents:read"]), ("session" = [])))]
async fn contract(
    State(app): State<App>,
    fetcher: ContractFetcher,
    Path(case): Path<CaseId>,
) -> Result<Response, Problem> {
    signed_contract(&app, CaseRef { tenant: fetcher.tenant, case }, fetcher.actor).await
}

/// The signed contract for whoever may fetch it; `actor` is who the audit says it was.
///
/// # Errors
/// 404 for an unknown case; 409 `contract_not_signed`; when it cannot be read or opened.
pub async fn signed_contract(app: &App, of: CaseRef, actor: String) -> Result<Response, Problem> {
    let now = app.world.clock.now();
    let (number, person, object) = app
        .store
        .write(move |conn| {
            let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
            let (number, person): (i64, String) = conn
                .prepare_cached("SELECT number, person FROM cases WHERE tenant = ?1 AND id = ?2")?
                .query_row([&tenant, &case], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?
                .ok_or_else(Problem::not_found)?;
            let person: PersonId = person.parse().map_err(|error| Problem::internal(&error))?;
            let contract = sign::latest(conn, of)?;
            let sha256 = contract.as_ref().and_then(|contract| contract.sha256.clone());
            let object = contract.and_then(|contract| contract.signed).ok_or_else(|| {
                Problem::conflict(
                    "contract_not_signed",
                    "This case has no signed contract. Look at the case to see where it stands.",
                )
            })?;
            acts::record(conn, of, &actor, "contract.fetched", &json!({ "sha256": sha256 }), now)?;
            Ok::<_, Problem>((number, person, object))
        })
        .await?;
    Ok(documents::pdf(open_object(app, of, person, &object).await?, number))
}
