//! The customer signs: the right code is the intent; certificate, signature and time-stamp follow by themselves.

mod persist;

use std::time::Duration;

use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::{
    domain::{PersonId, Purpose, Recipient},
    flow::{Event, Facts},
    protocol::partners::{PartnerToken, delivery::CaSignatureRequest},
};

use super::{
    Situation,
    acts::{self, ActId, Seen},
    code::{self, CodeFor, CodeRules},
    consent,
    hand_in::{advance, advance_as, open_object, seal_object},
    offer,
    person::{Column, Person},
};
use crate::{
    app::App,
    contracts::{self, ContractError},
    flows::journal::CaseRef,
    links::Customer,
    partners::{IdempotencyKey, PartnerFailure},
    problem::Problem,
    store::{ObjectKey, StoreError},
};

pub use persist::{Signing, finish, limit};

/// How long the customer's request waits for the signature before the page shows progress instead.
const PATIENCE: Duration = Duration::from_secs(8);

/// A row of `contracts`.
#[derive(Debug, Clone)]
pub struct ContractRow {
    /// Its id.
    pub id: String,
    /// The terms it says.
    pub terms_sha256: String,
    /// Sealed by the company.
    pub object: ObjectKey,
    /// Signed by the customer.
    pub signed: Option<ObjectKey>,
    /// SHA-256 (hex) of the signed file.
    pub sha256: Option<String>,
    /// When the right code was given.
    pub intent_at: Option<Timestamp>,
    /// When it was written: its instalments count from this day.
    pub made_at: Timestamp,
    /// When it was signed.
    pub signed_at: Option<Timestamp>,
}

/// The newest contract of a case.
///
/// # Errors
/// When the row cannot be read.
pub fn latest(conn: &Connection, of: CaseRef) -> Result<Option<ContractRow>, StoreError> {
    let at = |ms: Option<i64>| ms.and_then(|ms| Timestamp::from_millisecond(ms).ok());
    Ok(conn
        .prepare_cached(
            "SELECT id, terms_sha256, object, signed, sha256, intent_at, made_at, signed_at FROM contracts
             WHERE tenant = ?1 AND case_id = ?2 ORDER BY made_at DESC LIMIT 1",
        )?
        .query_row(params![of.tenant.to_string(), of.case.to_string()], |row| {
            Ok(ContractRow {
                id: row.get(0)?,
                terms_sha256: row.get(1)?,
                object: row.get::<_, String>(2)?.into(),
                signed: row.get::<_, Option<String>>(3)?.map(Into::into),
                sha256: row.get(4)?,
                intent_at: at(row.get(5)?),
                made_at: at(row.get(6)?).unwrap_or(Timestamp::UNIX_EPOCH),
                signed_at: at(row.get(7)?),
            })
        })
        .optional()?)
}

/// Whether the case's contract was signed less than `span` ago: whoever just proved the phone may fetch it.
///
/// # Errors
/// When the rows cannot be read.
pub async fn signed_within(app: &App, of: CaseRef, span: jiff::SignedDuration) -> Result<bool, Problem> {
    let now = app.world.clock.now();
    let contract = app.store.read(move |conn| latest(conn, of)).await?;
    Ok(contract.and_then(|contract| contract.signed_at).is_some_and(|at| now.duration_since(at) < span))
}

/// Takes the one-time code. A right one is the customer's intent, durable before anything is signed with it.
///
/// # Errors
/// `code_wrong`, `code_expired`, `code_attempts`; 409 when nothing is to be signed.
pub async fn sign(app: &App, customer: &Customer, act: ActId, code: String) -> Result<(), Problem> {
    let (of, person, library, keys, now) =
        (customer.of, customer.person, app.driver.library().clone(), app.keys.clone(), app.world.clock.now());
    let rules = CodeRules::of(&app.config);
    let verdict = app
        .store
        .write(move |conn| {
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let tried = person.key().hash(&["sign", code.trim()]);
            // Noted only once the code was right: a wrong one may be corrected.
            if acts::look(conn, of, &act, "sign", &[&tried])? == Seen::Before {
                return Ok(Ok(None));
            }
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("sign")?;
            let contract = latest(conn, of)?.ok_or_else(Problem::not_found)?;
            if contract.intent_at.is_some() {
                return Ok(Ok(None));
            }
            let disclosed =
                offer::latest(conn, of)?.filter(|o| o.confirmed_at.is_some()).map(|o| o.terms_sha256);
            if disclosed.as_deref() != Some(&contract.terms_sha256) {
                let event = Event::Done {
                    at: wait.at.clone(),
                    outcome: "terms_changed".to_owned(),
                    writes: Facts::new(),
                };
                return Ok(Ok(Some(advance(conn, &library, of, event, "sign.terms_changed", now)?)));
            }
            if let Err(refused) = code::try_code(conn, of, &person, CodeFor::Sign, &code, &rules, now)? {
                return Ok(Err(refused));
            }
            acts::note(conn, of, &act, "sign", &[&tried], now)?;
            conn.prepare_cached("UPDATE contracts SET intent_at = ?3 WHERE tenant = ?1 AND id = ?2")?
                .execute(params![of.tenant.to_string(), contract.id, now.as_millisecond()])?;
            let detail = json!({"contract": contract.id, "terms": contract.terms_sha256});
            acts::record(conn, of, "customer", "sign.intended", &detail, now)?;
            Ok::<_, Problem>(Ok(None))
        })
        .await?;
    if let Some(advanced) = verdict? {
        app.driver.carry_out(advanced);
        return Err(Problem::conflict(
            "terms_changed",
            "The terms have changed. Read and confirm them again.",
        ));
    }
    let (app, person) = (app.clone(), customer.person);
    let finishing = tokio::spawn(async move { finish(&app, of, person).await });
    // A slow authority does not hold the page: it shows progress and comes back.
    let _ = tokio::time::timeout(PATIENCE, finishing).await;
    Ok(())
}

/// Why a signature is not finished.
enum Trouble {
    /// It may work in a moment.
    Passing(Problem),
    /// The same request will not work later either.
    Lasting(Problem),
}

impl From<Problem> for Trouble {
    fn from(problem: Problem) -> Self {
        if problem.status < 500 { Self::Lasting(problem) } else { Self::Passing(problem) }
    }
}

impl From<PartnerFailure> for Trouble {
    fn from(failure: PartnerFailure) -> Self {
        let problem = Problem::new(StatusCode::BAD_GATEWAY, failure.code(), failure.to_string());
        match failure {
            PartnerFailure::Refused { .. } | PartnerFailure::NotConfigured => Self::Lasting(problem),
            _ => Self::Passing(problem),
        }
    }
}

impl From<ContractError> for Trouble {
    fn from(error: ContractError) -> Self {
        Self::Lasting(Problem::internal(&error))
    }
}

struct ToSign {
    contract: ContractRow,
    name: String,
    id_number: String,
    intent_at: Timestamp,
    consent: String,
    real_name_reference: String,
    visit: u32,
}

async fn try_finish(app: &App, of: CaseRef, person: PersonId) -> Result<(), Trouble> {
    let Some(work) = load(app, of, person).await? else { return Ok(()) };
    let sealed = open_object(app, of, person, &work.contract.object).await?;
    let (composer, name, at) = (app.composer.clone(), work.name.clone(), work.intent_at);
    let prepared = tokio::task::spawn_blocking(move || {
        contracts::begin_customer_signature(&sealed, composer.fonts(), &name, at)
    })
    .await
    .map_err(|error| Problem::internal(&error))??;
    let container = container(app, of, &work, &prepared).await?;
    let signed = contracts::finish(prepared, &container)?;
    Ok(keep(app, of, person, &work, signed).await?)
}

/// The authority's container over the prepared contract, with its time-stamp.
async fn container(
    app: &App,
    of: CaseRef,
    work: &ToSign,
    prepared: &contracts::Prepared,
) -> Result<Vec<u8>, Trouble> {
    let token = |text: &str| PartnerToken::parse(text).map_err(|error| Problem::internal(&error));
    let key = IdempotencyKey::mint(&of.case.to_string(), "sign", work.visit, "ca");
    let intent = Sha256::new()
        .chain_update(work.contract.terms_sha256.as_bytes())
        .chain_update(work.intent_at.as_millisecond().to_be_bytes())
        .finalize();
    let request = CaSignatureRequest {
        name: work.name.clone().into(),
        id_number: work.id_number.clone().into(),
        contract: token(&work.contract.id)?,
        digest: hex::encode(prepared.digest),
        real_name_reference: token(&work.real_name_reference)?,
        consent: token(&work.consent)?,
        intent: hex::encode(intent),
    };
    let signature = app.partners.of(of.tenant).sign_as_customer(&key, None, &request).await?;
    // The nonce follows from what is stamped, so that a repeated request is the same request.
    let nonce: [u8; 8] = Sha256::digest(&signature.container)[..8].try_into().unwrap_or_default();
    let query = contracts::request_timestamp(&signature.container, nonce)?;
    let stamp =
        app.partners.of(of.tenant).timestamp(&key.then("tsa"), None, query.der.clone().into()).await?;
    Ok(contracts::attach_timestamp(&signature.container, &query, &stamp)?)
}

async fn load(app: &App, of: CaseRef, person: PersonId) -> Result<Option<ToSign>, Problem> {
    let (keys, library, now) = (app.keys.clone(), app.driver.library().clone(), app.world.clock.now());
    app.store
        .read(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let Some(wait) = situation.customer_in("sign") else { return Ok(None) };
            let Some(contract) = latest(conn, of)? else { return Ok(None) };
            let Some(intent_at) = contract.intent_at else { return Ok(None) };
            let person = Person::load(conn, &keys, of.tenant, person)?;
            let get = |column| person.get(conn, column)?.ok_or_else(Problem::not_found);
            let authority = Recipient::Partner("ca".to_owned());
            let consent = consent::covering(conn, of, Purpose::IssueCertificate, &authority, now)?
                .ok_or_else(|| {
                    Problem::conflict(
                        "consent_missing",
                        "Without the customer's consent no certificate is issued.",
                    )
                })?;
            let reference = situation.facts().text("partner.realname.reference").unwrap_or("none").to_owned();
            Ok(Some(ToSign {
                name: get(Column::Name)?,
                id_number: get(Column::IdNumber)?,
                intent_at,
                consent,
                real_name_reference: reference,
                visit: wait.at.visit,
                contract,
            }))
        })
        .await
}

async fn keep(
    app: &App,
    of: CaseRef,
    person: PersonId,
    work: &ToSign,
    signed: Vec<u8>,
) -> Result<(), Problem> {
    let object = ObjectKey::new(of.tenant, "signed", &work.contract.id);
    let sha256 = hex::encode(Sha256::digest(&signed));
    let sealed = seal_object(app, of, person, &object, &signed).await?;
    app.store.objects().put(&object, sealed).await?;
    let (library, now, contract) =
        (app.driver.library().clone(), app.world.clock.now(), work.contract.id.clone());
    let advanced = app
        .store
        .write(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let wait = situation.expect("sign")?;
            conn.prepare_cached(
                "UPDATE contracts SET signed = ?3, sha256 = ?4, signed_at = ?5 WHERE tenant = ?1 AND id = ?2",
            )?
            .execute(params![
                of.tenant.to_string(),
                contract,
                object.as_str(),
                sha256,
                now.as_millisecond()
            ])?;
            let writes = Facts::new().with("signature.sha256", sha256.as_str());
            let event = Event::Done { at: wait.at.clone(), outcome: "signed".to_owned(), writes };
            advance_as(conn, &library, of, event, "machine", "contract.signed", now)
        })
        .await?;
    app.driver.carry_out(advanced);
    Ok(())
}

/// Finishes, after a restart, every signature whose intent was durable.
///
/// # Errors
/// When the rows cannot be read.
pub async fn resume(app: &App) -> Result<(), Problem> {
    let open: Vec<(CaseRef, PersonId)> = app
        .store
        .read(|conn| {
            let mut statement = conn.prepare(
                "SELECT k.tenant, k.case_id, c.person FROM contracts k
                 JOIN cases c ON c.tenant = k.tenant AND c.id = k.case_id
                 WHERE k.intent_at IS NOT NULL AND k.signed_at IS NULL AND c.ended_at IS NULL",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
            })?;
            let mut open = Vec::new();
            for row in rows {
                let (tenant, case, person) = row?;
                if let (Ok(tenant), Ok(case), Ok(person)) = (tenant.parse(), case.parse(), person.parse()) {
                    open.push((CaseRef { tenant, case }, person));
                }
            }
            Ok::<_, Problem>(open)
        })
        .await?;
    for (of, person) in open {
        let app = app.clone();
        tokio::spawn(async move { finish(&app, of, person).await });
    }
    Ok(())
}
