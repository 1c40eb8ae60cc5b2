//! A complete submission becomes a case, exactly once: every photo is opened and held against its digest, the document is
//! read at its sealed heads in a child process, and case, link and what the advisor brought are one commit.
//!
//! Nothing ends in silence: what cannot be a case, for instance because a photo is not the picture that was handed in, is
//! left to the office under a code that the advisor's devices show too.

use axum::http::StatusCode;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use serde_json::json;
use shared::{
    document::Slot,
    domain::{CaseId, DocumentId, LinkId, PhotoId, TenantId},
    protocol::sync::ManifestPhoto,
    sync::Submission,
};

use super::{news, offer::offer_of};
use crate::{
    app::App,
    audit,
    captures::{WrongPhoto, open_sealed},
    cases::{
        self, acts,
        brought::{self, Brought},
        today,
    },
    flows::{journal::CaseRef, on_offer},
    links::{Looked, handover_token, look_at},
    problem::Problem,
    sync::{self, HandedIn, Unread},
};

/// Where the row says that nothing has become of it yet.
const WAITING: &str =
    "SELECT tenant, submission, account FROM submission_cases WHERE document = ?1 AND state = 'waiting'";

/// A submission that is to become a case.
#[derive(Clone)]
struct Waiting {
    tenant: TenantId,
    submission: String,
    account: String,
    /// What the customer is told who asks, where the advisor named no dealer.
    company: String,
    sealed: Submission,
    changes: Option<Vec<Vec<u8>>>,
    /// When this was looked up.
    looked_up: Timestamp,
}

/// Opens the case, or leaves the submission to the office.
///
/// # Errors
/// When it is to be tried again.
pub(super) async fn open(app: &App, document: DocumentId) -> Result<(), Problem> {
    let Some(turn) = app.repairs.turn().await else { return Ok(()) };
    let Some(mut waiting) = look(app, document).await? else { return Ok(()) };
    let changes = waiting.changes.take();
    let heads = waiting.sealed.heads.clone();
    let read = match changes {
        Some(changes) => match app.repairs.read(turn, document, changes, heads).await {
            Ok(read) => Some(read),
            Err(Unread::Bad(_)) => None,
            Err(Unread::NoAnswer) => return Err(not_read_yet()),
        },
        None => None,
    };
    let wrong = check_photos(app, document, &waiting).await?;
    let Some(handed_in) = read else {
        return leave_to_the_office(app, document, "document_unreadable", None).await;
    };
    if let Some(code) = wrong.or_else(|| differs(&handed_in, &waiting.sealed)) {
        return leave_to_the_office(app, document, code, None).await;
    }
    let today = today(waiting.looked_up);
    let (library, tenant) = (app.driver.library().clone(), waiting.tenant);
    let products = app.store.read(move |conn| on_offer(conn, &library, tenant)).await?;
    let case = CaseId::from_bytes(app.world.random.bytes());
    let looked = match offer_of(&handed_in, &products, &waiting.company, today) {
        Ok(offer) => look_at(app, tenant, case, &offer).await,
        Err(problem) => Err(problem),
    };
    let looked = match looked {
        Ok(looked) => looked,
        Err(problem) if problem.status >= 500 => return Err(problem),
        Err(problem) => return leave_to_the_office(app, document, problem.code, problem.field).await,
    };
    let (id_number, photo) = (handed_in.said(shared::document::Field::IdNumber), id_front(&handed_in));
    let Some((id_number, photo)) = id_number.zip(photo) else {
        return leave_to_the_office(app, document, "missing_field", Some("id_number")).await;
    };
    let brought = Brought {
        id_number: id_number.to_owned(),
        name: handed_in.said(shared::document::Field::Name).map(str::to_owned),
        photo: photo.0,
        plain: photo.1,
    };
    make(app, document, waiting, handed_in, (case, looked), brought).await
}

fn not_read_yet() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "document_not_read",
        "The application could not be read just now; it is tried again.",
    )
}

async fn look(app: &App, document: DocumentId) -> Result<Option<Waiting>, Problem> {
    let (keys, now) = (app.keys.clone(), app.world.clock.now());
    app.store
        .read(move |conn| {
            let row: Option<(String, String, String)> = conn
                .prepare_cached(WAITING)?
                .query_row([document.to_string()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
                .optional()?;
            let Some((tenant, submission, account)) = row else { return Ok(None) };
            let company = conn
                .prepare_cached("SELECT name_zh FROM tenants WHERE id = ?1")?
                .query_row([&tenant], |row| row.get(0))?;
            let tenant = tenant.parse().map_err(|error| Problem::internal(&error))?;
            let sealed = sync::submission_of(conn, &keys, document)?.ok_or_else(Problem::not_found)?;
            let changes = sync::all_changes(conn, &keys, document)?;
            Ok(Some(Waiting { tenant, submission, account, company, sealed, changes, looked_up: now }))
        })
        .await
}

/// Opens every photo; what is wrong with one is on record, and the first such code is answered.
async fn check_photos(
    app: &App,
    document: DocumentId,
    waiting: &Waiting,
) -> Result<Option<&'static str>, Problem> {
    let tenant = waiting.tenant;
    let mut sound = Vec::new();
    let mut wrong: Vec<(PhotoId, WrongPhoto)> = Vec::new();
    for ManifestPhoto { id, plain, .. } in &waiting.sealed.photos {
        match open_sealed(app, tenant, *id, *plain).await? {
            Ok(_) => sound.push(*id),
            Err(why) => wrong.push((*id, why)),
        }
    }
    let (code, now, submission) =
        (wrong.first().map(|(_, why)| why.code()), waiting.looked_up, waiting.submission.clone());
    app.store
        .write(move |conn| {
            // Tried again, sound ones are on record once.
            let mut fresh = 0;
            for photo in &sound {
                fresh += conn
                    .prepare_cached(
                        "UPDATE capture_uploads SET plain_verified_at = ?3
                         WHERE tenant = ?1 AND photo = ?2 AND plain_verified_at IS NULL",
                    )?
                    .execute(params![tenant.to_string(), photo.to_string(), now.as_millisecond()])?;
            }
            if fresh > 0 {
                let detail = json!({"document": document, "photos": sound.len()});
                record(conn, tenant, &submission, "submission.photos_verified", &detail, now)?;
            }
            for (photo, why) in &wrong {
                let detail = json!({"document": document, "code": why.code()});
                record(conn, tenant, &photo.to_string(), "photo.refused", &detail, now)?;
            }
            Ok::<_, Problem>(())
        })
        .await?;
    Ok(code)
}

/// Whether the document names other photos than those that the device vouched for.
fn differs(handed_in: &HandedIn, sealed: &Submission) -> Option<&'static str> {
    let mut said: Vec<_> = handed_in.photos.iter().map(|photo| (photo.id, photo.plain)).collect();
    let mut vouched: Vec<_> = sealed.photos.iter().map(|photo| (photo.id, photo.plain)).collect();
    said.sort_unstable();
    vouched.sort_unstable();
    (said != vouched).then_some("photos_differ")
}

/// The portrait side that was taken last.
fn id_front(handed_in: &HandedIn) -> Option<(PhotoId, shared::domain::PhotoHash)> {
    let mut fronts = handed_in.photos.iter().filter(|photo| photo.slot == Slot::IdFront);
    fronts.next_back().map(|photo| (photo.id, photo.plain))
}

async fn make(
    app: &App,
    document: DocumentId,
    waiting: Waiting,
    handed_in: HandedIn,
    (case, looked): (CaseId, Looked),
    brought: Brought,
) -> Result<(), Problem> {
    let (keys, random, now) = (app.keys.clone(), app.world.random.clone(), app.world.clock.now());
    let link = LinkId::from_bytes(random.bytes());
    let opened = app
        .store
        .write(move |conn| {
            let id = document.to_string();
            if conn.prepare_cached(WAITING)?.query_row([&id], |_| Ok(())).optional()?.is_none() {
                return Ok(None); // somebody settled it meanwhile
            }
            if amends_a_case(conn, waiting.tenant, &handed_in)? {
                settle(conn, waiting.tenant, document, "amends_a_case", now)?;
                return Ok(None);
            }
            let (tenant, made_by) = (waiting.tenant, format!("account:{}", waiting.account));
            looked.check_version(conn, tenant, case)?;
            let token = handover_token(&keys, &tenant.to_string(), &waiting.submission, &link.to_string());
            let opening = looked.opening(tenant, case, link, &token, &made_by);
            let advanced = cases::open(conn, &keys, &random, &opening, now)?;
            let of = CaseRef { tenant, case };
            conn.prepare_cached(
                "UPDATE submission_cases SET state = 'opened', case_id = ?2, link = ?3, settled_at = ?4
                 WHERE document = ?1",
            )?
            .execute(params![id, case.to_string(), link.to_string(), now.as_millisecond()])?;
            brought::keep(conn, &keys, &random, of, &brought)?;
            let detail = json!({
                "document": document, "submission": waiting.submission, "photos": waiting.sealed.photos.len(),
                "captured_consents": handed_in.captured,
            });
            acts::record(conn, of, "machine", "submission.opened", &detail, now)?;
            Ok::<_, Problem>(Some(advanced))
        })
        .await?;
    match opened {
        Some(advanced) => app.driver.carry_out(advanced),
        None => news::tell(app, document).await,
    }
    Ok(())
}

/// Whether it amends a document that became a case: that case goes on, and a person says what is to become of this.
fn amends_a_case(conn: &Connection, tenant: TenantId, handed_in: &HandedIn) -> Result<bool, Problem> {
    let Some(amended) = handed_in.amends else { return Ok(false) };
    let opened = conn
        .prepare_cached(
            "SELECT 1 FROM submission_cases WHERE document = ?1 AND tenant = ?2 AND state = 'opened'",
        )?
        .query_row([amended.to_string(), tenant.to_string()], |_| Ok(()))
        .optional()?;
    Ok(opened.is_some())
}

/// No case comes of it: the office has to look, and the advisor's devices say so.
///
/// # Errors
/// When it cannot be stored.
pub(super) async fn leave_to_the_office(
    app: &App,
    document: DocumentId,
    code: &'static str,
    field: Option<&'static str>,
) -> Result<(), Problem> {
    let now = app.world.clock.now();
    let code = field.map_or_else(|| code.to_owned(), |field| format!("{code}:{field}"));
    app.store
        .write(move |conn| {
            let tenant: Option<String> = conn
                .prepare_cached(WAITING)?
                .query_row([document.to_string()], |row| row.get(0))
                .optional()?;
            let Some(tenant) = tenant else { return Ok(()) };
            let tenant = tenant.parse().map_err(|error| Problem::internal(&error))?;
            settle(conn, tenant, document, &code, now)
        })
        .await?;
    metrics::counter!("miaopi_submissions_left_to_the_office_total").increment(1);
    news::tell(app, document).await;
    Ok(())
}

fn settle(
    conn: &Connection,
    tenant: TenantId,
    document: DocumentId,
    code: &str,
    now: Timestamp,
) -> Result<(), Problem> {
    let submission: String = conn
        .prepare_cached(
            "UPDATE submission_cases SET state = 'office', code = ?2, settled_at = ?3 WHERE document = ?1
             RETURNING submission",
        )?
        .query_row(params![document.to_string(), code, now.as_millisecond()], |row| row.get(0))?;
    let detail = json!({"document": document, "code": code});
    record(conn, tenant, &submission, "submission.needs_office", &detail, now)
}

fn record(
    conn: &Connection,
    tenant: TenantId,
    subject: &str,
    action: &str,
    detail: &serde_json::Value,
    now: Timestamp,
) -> Result<(), Problem> {
    let (tenant, detail) = (tenant.to_string(), detail.to_string());
    let entry = audit::Entry { tenant: &tenant, at: now, actor: "machine", action, subject, detail: &detail };
    Ok(audit::record(conn, entry)?)
}
