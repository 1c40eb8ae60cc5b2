//! What funders send on their own: verified, kept durably, acknowledged, and then taken up by the block that waits.
//!
//! A callback may come before the commit that makes its case wait, twice, or after the case has gone on. It is parked
//! in any case; [`super::perform`] takes it up where the case waits for exactly this reference, and nowhere else.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::{
    domain::TenantId,
    protocol::partners::{PartnerToken, funders::FunderDecision},
};
use tokio::sync::Notify;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{Situation, acts, arrived};
use crate::{
    app::App,
    flows::{Library, journal::CaseRef},
    http::input::Path,
    partners::{
        LateAnswers, Partner,
        webhooks::{VerifiedCallback, WebhookSecret, verify},
    },
    problem::Problem,
    store::StoreError,
};

/// Callbacks kept for one case; a funder that sends more is told so.
const MAX_OF_ONE_CASE: i64 = 64;

/// All routes below `/api/v1/webhooks`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(called_back))
}

/// A funder's decision, in the envelope of Standard Webhooks. Only the API's description is made from this.
#[derive(ToSchema)]
#[schema(as = FunderCallback, example = json!({
    "type": "funder.decision", "timestamp": "2026-11-27T08:02:10Z",
    "data": {"funder": "patient", "application": "5f3k9q0m7t2v8x1y4z6b0c2d4f", "reference": "f-1",
        "decision": {"outcome": "declined", "reference": "f-1", "reason": "policy"}}
}))]
#[allow(dead_code, reason = "only described")]
struct CallbackShape {
    /// `funder.decision`.
    r#type: String,
    /// When the funder decided, RFC 3339, UTC.
    timestamp: String,
    /// The decision.
    data: CallbackDataShape,
}

/// Which application is decided, and how.
#[derive(ToSchema)]
#[schema(as = FunderCallbackData)]
#[allow(dead_code, reason = "only described")]
struct CallbackDataShape {
    /// The funder's key.
    funder: String,
    /// Our case, as the funder was asked about it.
    application: String,
    /// The reference of the pending answer.
    reference: String,
    /// As the answer to an application in the partners' API: `outcome` with what belongs to it; never `pending`.
    decision: DecisionShape,
}

/// A decision.
#[derive(ToSchema)]
#[schema(as = FunderDecision)]
#[allow(dead_code, reason = "only described")]
struct DecisionShape {
    /// `approved`, `conditional`, `counter_offer`, `limit_reached` or `declined`.
    outcome: String,
    /// The funder's own reference.
    reference: String,
}

/// Takes a funder's decision on a pending application (Standard Webhooks; event `funder.decision`).
#[utoipa::path(post, path = "/api/v1/webhooks/partners/{partner}", tag = "partners",
    params(("partner" = String, Path, description = "The funder's key"),
        ("webhook-id" = String, Header, description = "The message's own id; every repetition has the same", example = "msg_1"),
        ("webhook-timestamp" = i64, Header, description = "Seconds since 1970; no more than five minutes off", example = 1_795_766_400_i64),
        ("webhook-signature" = String, Header, description = "`v1,` and the signature by Standard Webhooks, base 64",
            example = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")),
    request_body = CallbackShape,
    responses((status = 204, description = "Kept; the same message again is answered the same")),
    extensions(("x-problems" = json!(["401 webhook_unsigned", "401 webhook_forged", "401 webhook_stale",
        "404 not_found",
        "409 webhook_conflict", "413 webhook_too_large", "413 too_large", "422 webhook_malformed", "429 webhook_too_many"]))))]
async fn called_back(
    State(app): State<App>,
    Path(partner): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let (owner, kept) = take_in(&app, &partner, &headers, &body).await;
    match kept {
        Ok(of) => {
            app.arrivals.tell(of);
            Ok(StatusCode::NO_CONTENT)
        }
        Err(problem) => {
            if problem.status < 500 {
                arrived::refused(&app, owner, &partner, problem.code).await;
            }
            Err(problem)
        }
    }
}

/// Verifies a callback and keeps it. Says whose case it is; of one that is refused, whose it was, where that is known.
async fn take_in(
    app: &App,
    partner: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> (Option<TenantId>, Result<CaseRef, Problem>) {
    match read(app, partner, headers, body).await {
        Ok((of, Ok(()))) => (Some(of.tenant), Ok(of)),
        Ok((of, Err(problem))) => (Some(of.tenant), Err(problem)),
        Err(problem) => (None, Err(problem)),
    }
}

/// A believed callback's case, and whether it could be kept.
async fn read(
    app: &App,
    partner: &str,
    headers: &HeaderMap,
    body: &Bytes,
) -> Result<(CaseRef, Result<(), Problem>), Problem> {
    let funder = PartnerToken::parse(partner).map_err(|_| Problem::not_found())?;
    let owner = app.products.own_funders.owner(funder.as_str());
    let secrets = secrets_of(app, &funder, owner);
    let now = app.world.clock.now();
    let callback = verify(&funder, &secrets, headers, body, now)?;
    metrics::counter!("miaopi_partner_callbacks_total", "partner" => funder.to_string()).increment(1);
    let application = callback.data.application.as_str().to_owned();
    let of =
        app.store.read(move |conn| case_called(conn, &application)).await?.ok_or_else(Problem::not_found)?;
    if owner.is_some_and(|owner| owner != of.tenant) {
        return Err(Problem::not_found());
    }
    let policy = app.partners.control(of.tenant, &Partner::Funder(funder.clone())).late;
    let came = Came { body_sha256: Sha256::digest(body).to_vec(), policy, at: now };
    let library = app.driver.library().clone();
    let kept = app.store.write(move |conn| park(conn, &library, of, (&funder, &callback), &came)).await;
    Ok((of, kept))
}

/// What this funder signs with: its own secret and no other, so that none can sign as another; where it has none, the
/// one for all partners. A company's own funder always has its own.
fn secrets_of(app: &App, funder: &PartnerToken, owner: Option<TenantId>) -> Vec<WebhookSecret> {
    let partner = Partner::Funder(funder.clone());
    if partner.own_funder().is_some() {
        let of = |owner| app.partners.of(owner).webhook_secret(&partner);
        return owner.and_then(of).into_iter().collect();
    }
    let own = app.partners.webhook_secret(&partner);
    let shared = || {
        let secret = app.config.webhook_secret.as_ref()?;
        WebhookSecret::parse(secret.reveal()).ok()
    };
    own.or_else(shared).into_iter().collect()
}

/// How a callback came.
struct Came {
    body_sha256: Vec<u8>,
    /// What is set for answers that come too late.
    policy: LateAnswers,
    at: Timestamp,
}

/// How an answer meets its case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Met {
    /// The case waits for exactly this answer.
    Waiting,
    /// The case does not know of it yet.
    Early,
    /// The case has gone on, or is over.
    Late,
}

impl Met {
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Early => "early",
            Self::Late => "late",
        }
    }
}

/// How an answer of this funder under this reference of its own meets its case as it stands.
pub(super) fn meets(situation: &Situation, funder: &str, reference: &str) -> Met {
    let fact = |path| situation.facts().text(path).unwrap_or_default();
    let is_asked = fact("funder.key") == funder && fact("funder.reference") == reference;
    let waits = situation
        .waits
        .iter()
        .any(|wait| wait.kind == "partner-query" && wait.params["partner"].as_str() == Some("funder"));
    let said_no = situation.facts().texts("funder.said_no").contains(&funder);
    match situation.end() {
        Some(_) => Met::Late,
        None if is_asked && waits => Met::Waiting,
        None if is_asked || said_no => Met::Late,
        None => Met::Early,
    }
}

/// Keeps a callback once.
fn park(
    conn: &Connection,
    library: &Library,
    of: CaseRef,
    (funder, callback): (&PartnerToken, &VerifiedCallback),
    came: &Came,
) -> Result<(), Problem> {
    let before: Option<Vec<u8>> = conn
        .prepare_cached("SELECT body_sha256 FROM callbacks WHERE partner = ?1 AND webhook_id = ?2")?
        .query_row(params![funder.as_str(), callback.id.as_str()], |row| row.get(0))
        .optional()?;
    if let Some(before) = before {
        if before != came.body_sha256 {
            return Err(Problem::conflict(
                "webhook_conflict",
                "A message with this id came before with another body. Give each message an id of its own.",
            ));
        }
        conn.prepare_cached(
            "UPDATE callbacks SET repeats = min(repeats + 1, 1000000) WHERE partner = ?1 AND webhook_id = ?2",
        )?
        .execute(params![funder.as_str(), callback.id.as_str()])?;
        return Ok(());
    }
    let (tenant, case) = (of.tenant.to_string(), of.case.to_string());
    let kept: i64 = conn
        .prepare_cached("SELECT count(*) FROM callbacks WHERE tenant = ?1 AND case_id = ?2")?
        .query_row(params![tenant, case], |row| row.get(0))?;
    if kept >= MAX_OF_ONE_CASE {
        return Err(Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "webhook_too_many",
            "Too many decisions came for this application. Stop sending and talk to us.",
        ));
    }
    let met = meets(&Situation::load(conn, library, of)?, funder.as_str(), callback.data.reference.as_str());
    conn.prepare_cached(
        "INSERT INTO callbacks(partner, webhook_id, tenant, case_id, reference, body_sha256, decision, received_at, met, policy)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        funder.as_str(),
        callback.id.as_str(),
        tenant,
        case,
        callback.data.reference.as_str(),
        came.body_sha256,
        json!(callback.data.decision).to_string(),
        came.at.as_millisecond(),
        met.code(),
        came.policy.code(),
    ])?;
    let mut detail = json!({"funder": funder, "says": code_of(&callback.data.decision), "met": met.code()});
    if met == Met::Late {
        detail["policy"] = came.policy.code().into();
    }
    Ok(acts::record(conn, of, "partner", "partner.called_back", &detail, came.at)?)
}

fn case_called(conn: &Connection, id: &str) -> Result<Option<CaseRef>, Problem> {
    let Ok(case) = id.parse() else { return Ok(None) };
    let tenant: Option<String> = conn
        .prepare_cached("SELECT tenant FROM cases WHERE id = ?1")?
        .query_row([id], |row| row.get(0))
        .optional()?;
    Ok(tenant.and_then(|tenant| tenant.parse::<TenantId>().ok()).map(|tenant| CaseRef { tenant, case }))
}

/// A decision that came on its own and that no block has taken up.
#[derive(Debug, Clone)]
pub(super) struct Parked {
    /// Names it, together with the funder.
    pub(super) webhook_id: String,
    /// What it says.
    pub(super) decision: FunderDecision,
}

/// The first decision parked for this reference of this funder.
pub(super) fn parked(
    conn: &Connection,
    of: CaseRef,
    funder: &str,
    reference: &str,
) -> Result<Option<Parked>, StoreError> {
    let found: Option<(String, String)> = conn
        .prepare_cached(
            "SELECT webhook_id, decision FROM callbacks
             WHERE tenant = ?1 AND case_id = ?2 AND partner = ?3 AND reference = ?4 AND applied_at IS NULL
             ORDER BY received_at, webhook_id LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string(), funder, reference], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    Ok(found.and_then(|(webhook_id, decision)| {
        Some(Parked { webhook_id, decision: serde_json::from_str(&decision).ok()? })
    }))
}

/// Notes that a block took a decision up, in the commit of its step.
pub(super) fn mark_applied(
    conn: &Connection,
    funder: &str,
    webhook_id: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    conn.prepare_cached("UPDATE callbacks SET applied_at = ?3 WHERE partner = ?1 AND webhook_id = ?2")?
        .execute(params![funder, webhook_id, now.as_millisecond()])?;
    Ok(())
}

/// An answer that came when nobody waited for it any more, for whoever reviews the case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateAnswer {
    /// Key of the funder.
    pub funder: String,
    /// What it says: `approved`, `counter_offer`, `declined`, …
    pub says: String,
}

/// The decisions of a case that no block has taken up and none is waiting for, but those that are only to be recorded.
///
/// # Errors
/// When the rows cannot be read.
pub fn late(conn: &Connection, of: CaseRef) -> Result<Vec<LateAnswer>, StoreError> {
    let mut statement = conn.prepare_cached(
        "SELECT partner, decision FROM callbacks WHERE tenant = ?1 AND case_id = ?2 AND applied_at IS NULL AND policy <> 'ignore'
         ORDER BY received_at, webhook_id",
    )?;
    let rows = statement.query_map(params![of.tenant.to_string(), of.case.to_string()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
    })?;
    let mut late = Vec::new();
    for row in rows {
        let (funder, decision) = row?;
        if let Ok(decision) = serde_json::from_str(&decision) {
            late.push(LateAnswer { funder, says: code_of(&decision).to_owned() });
        }
    }
    Ok(late)
}

pub(super) fn code_of(decision: &FunderDecision) -> &'static str {
    match decision {
        FunderDecision::Approved { .. } => "approved",
        FunderDecision::Conditional { .. } => "conditional",
        FunderDecision::CounterOffer { .. } => "counter_offer",
        FunderDecision::LimitReached { .. } => "limit_reached",
        FunderDecision::Declined { .. } => "declined",
        FunderDecision::Pending { .. } => "pending",
        FunderDecision::Error { .. } => "error",
    }
}

/// Wakes the block of a case that waits for a partner's own answer. Clones share it.
#[derive(Clone, Default)]
pub struct Arrivals {
    waiting: Arc<Mutex<HashMap<CaseRef, Arc<Notify>>>>,
}

impl Arrivals {
    /// What is told when something comes for the case.
    pub fn of(&self, of: CaseRef) -> Arc<Notify> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).entry(of).or_default().clone()
    }

    /// Something durable came for the case. Nobody may be waiting yet: whoever begins to wait looks first.
    pub fn tell(&self, of: CaseRef) {
        if let Some(notify) = self.waiting.lock().unwrap_or_else(PoisonError::into_inner).get(&of) {
            notify.notify_one();
        }
    }

    /// Nobody waits for the case any more.
    pub fn forget(&self, of: CaseRef) {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).remove(&of);
    }
}

#[cfg(test)]
mod tests {
    use axum::{
        body::Body,
        http::{Request, StatusCode, header},
    };

    use super::*;
    use crate::{
        config::{Config, Secret},
        partners::{PartnersConfig, webhooks::sign},
        testing::TestServer,
    };

    /// Whoever signs with the secret of all, or with another's, cannot speak for a funder with a secret of its own.
    #[tokio::test]
    async fn no_funder_can_sign_as_another() {
        let own = WebhookSecret::from_bytes([1; 32]);
        let shared = WebhookSecret::from_bytes([2; 32]);
        let quick = PartnerToken::parse("quick").unwrap();
        let mut partners =
            PartnersConfig::at_lab("https://partners.example.cn", "key".into(), ["quick", "patient"])
                .unwrap();
        partners.funders.get_mut(&quick).unwrap().webhook_secret = Some(String::from(own.clone()).into());
        let table = serde_json::to_value(&partners).unwrap();
        let server = TestServer::start_with(Config {
            partners: serde_json::from_value(table).unwrap(),
            webhook_secret: Some(Secret::new(String::from(shared.clone()))),
            ..Config::default()
        })
        .await;
        let now = server.app.world.clock.now();
        let answer = async |funder: &str, secret: &WebhookSecret| {
            let body = json!({"type": "funder.decision", "timestamp": now, "data": {"funder": funder,
                "application": "nobody", "reference": "f-1",
                "decision": {"outcome": "declined", "reference": "f-1", "reason": "policy"}}})
            .to_string();
            let signature = sign(secret, "msg_1", now, body.as_bytes());
            let request = Request::post(format!("/api/v1/webhooks/partners/{funder}"))
                .header(header::CONTENT_TYPE, "application/json")
                .header("webhook-id", "msg_1")
                .header("webhook-timestamp", now.as_second())
                .header("webhook-signature", signature)
                .body(Body::from(body))
                .unwrap();
            server.send(request).await.status
        };
        // Believed, and then there is no such application.
        assert_eq!(answer("quick", &own).await, StatusCode::NOT_FOUND);
        assert_eq!(answer("patient", &shared).await, StatusCode::NOT_FOUND);
        for (funder, secret) in [("quick", &shared), ("patient", &own)] {
            assert_eq!(answer(funder, secret).await, StatusCode::UNAUTHORIZED, "{funder}");
        }
    }
}
