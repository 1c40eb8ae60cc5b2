//! The customer's acts for programs: the same use cases as the pages, with the link's token as bearer.

use axum::{
    Json,
    extract::{DefaultBodyLimit, FromRequestParts, Multipart, State},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ui::customer::CustomerPage;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    Situation,
    acts::ActId,
    asked::Asked,
    code::{self, CodeFor, CodeRules, seconds_until},
    confirm, consent,
    customer_bodies::{DisclosureSheet, IdentityForm, PhotoOnlyForm},
    documents,
    hand_in::{self, HandIn},
    offer, page,
    photo_form::PhotoForm,
    sign, ways_out,
};
use crate::{
    app::App,
    http::input::Json as Sent,
    links::{Customer, LinkState, resolve},
    photos::MAX_PHOTO_BYTES,
    problem::Problem,
};

/// All routes below `/api/v1/customer`.
pub fn routes() -> OpenApiRouter<App> {
    let photos = OpenApiRouter::new()
        .routes(routes!(identity))
        .routes(routes!(photo))
        .layer(DefaultBodyLimit::max(MAX_PHOTO_BYTES + 64 * 1024));
    OpenApiRouter::new()
        .routes(routes!(case))
        .routes(routes!(consents))
        .routes(routes!(confirmation))
        .routes(routes!(phone))
        .routes(routes!(acceptance))
        .routes(routes!(refusal))
        .routes(routes!(shown, disclosure))
        .routes(routes!(send_code))
        .routes(routes!(signature))
        .routes(routes!(person))
        .routes(routes!(withdrawal))
        .routes(routes!(contract))
        .merge(photos)
}

impl FromRequestParts<App> for Customer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let bearer = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
        let now = app.world.clock.now();
        let found = app.store.read::<_, Problem>(move |conn| Ok(resolve(conn, &token, now)?)).await?;
        let customer = found.ok_or_else(link_needed)?;
        if customer.state != LinkState::Open {
            return Err(Problem::new(
                StatusCode::GONE,
                "link_ended",
                "This link is no longer good. Ask your advisor for a new one.",
            ));
        }
        Ok(customer)
    }
}

/// The token proves who asks: without one, or with one that is no link's, nobody does.
pub(super) fn link_needed() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "link_needed",
        "Send the token of the customer's link: the end of its address.",
    )
}

/// Where a case stands.
#[derive(Debug, Serialize, ToSchema)]
#[schema(example = json!({
    "case": "5f3k9q0m7t2v8x1y4z6b0c2d4f", "page": "offer", "decision": null, "reason": null,
    "steps": [{"block": "intake", "kind": "intake", "outcome": "complete", "ms": 41_230}], "total_ms": 45_012,
    "waited_ms": 41_230, "consents": [{"field": "process_identity", "title": "处理身份信息"}], "asked": [],
    "asked_because": null, "terms_sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    "name_is_sure": true, "phone_masked": "138****8000", "code": {"seconds_left": 240, "attempts_left": 5, "resend_s": 0},
    "contract_sha256": null
}))]
pub struct CaseView {
    /// The case's id.
    pub case: String,
    /// The page the customer is on, e.g. `identity`, `progress`, `offer`, `code`, `done`.
    pub page: &'static str,
    /// `approved`, `declined`, `expired`, `withdrawn` or `error`, once it is over.
    pub decision: Option<String>,
    /// Stable code of the reason, once it is over.
    pub reason: Option<String>,
    /// Steps taken.
    pub steps: Vec<StepView>,
    /// Milliseconds from opening the case to its end, or until now.
    pub total_ms: u64,
    /// Of these, milliseconds spent waiting for the customer or staff.
    pub waited_ms: u64,
    /// Consents asked for now.
    pub consents: Vec<ConsentAsked>,
    /// What is asked for again, e.g. `["photo"]`.
    pub asked: Vec<String>,
    /// Why it is asked for: a stable code, e.g. `photo_blurred`.
    pub asked_because: Option<String>,
    /// Hash of the terms on offer.
    pub terms_sha256: Option<String>,
    /// The name was read surely enough to stand without the customer's word.
    pub name_is_sure: bool,
    /// Where codes are sent: first three and last four digits.
    pub phone_masked: Option<String>,
    /// The signing code, once one was sent.
    pub code: Option<CodeView>,
    /// SHA-256 of the signed contract.
    pub contract_sha256: Option<String>,
}

/// A consent that is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct ConsentAsked {
    /// Names it when it is given.
    field: String,
    /// What it says above its text, in the customer's language.
    title: String,
}

/// How the signing code stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct CodeView {
    /// Seconds for which it is still good.
    pub seconds_left: u32,
    /// Attempts left.
    pub attempts_left: i64,
    /// Seconds until another one may be asked for.
    pub resend_s: u32,
}

/// One step of a case.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct StepView {
    /// The block.
    pub block: String,
    /// Its kind.
    pub kind: String,
    /// How it ended.
    pub outcome: String,
    /// Milliseconds it took.
    pub ms: u64,
}

/// Where the case stands.
#[utoipa::path(get, path = "/api/v1/customer/case", tag = "customer",
    responses((status = 200, description = "Where it stands", body = CaseView)), extensions(("x-problems" = json!([
        "410 link_ended"]))),
    security(("customer_token" = [])))]
async fn case(State(app): State<App>, customer: Customer) -> Result<Json<CaseView>, Problem> {
    let shown = page::page_for(&app, &customer, "", true).await?;
    let (of, library, texts) =
        (customer.of, app.driver.library().clone(), app.products.consent_texts.clone());
    let (now, lang) = (app.world.clock.now(), customer.lang);
    let rules = CodeRules::of(&app.config);
    let page = shown.page.key();
    let phone_masked = shown.phone_masked;
    let name_is_sure = matches!(&shown.page, CustomerPage::Reading(reading) if !reading.is_asked());
    let asked_because = match &shown.page {
        CustomerPage::Ask(ask) => Some(ask.code.clone()),
        _ => None,
    };
    let mut view = app
        .store
        .read(move |conn| {
            let situation = Situation::load(conn, &library, of)?;
            let steps = page::steps(conn, of)?;
            let offer = offer::latest(conn, of)?;
            let contract = sign::latest(conn, of)?;
            let code = code::state(conn, of, CodeFor::Sign, &rules)?;
            let first = steps.first().map_or(now, |step| step.since);
            let until = match situation.end() {
                Some(_) => steps.last().map_or(now, |step| step.at),
                None => now,
            };
            let waited: u64 = steps.iter().filter(|step| step.waits_for_a_person()).map(page::Step::ms).sum();
            let end = situation.end();
            Ok::<_, Problem>(CaseView {
                case: of.case.to_string(),
                page,
                decision: end.map(|(decision, _)| decision.code().to_owned()),
                reason: end.map(|(_, reason)| reason.to_owned()),
                total_ms: u64::try_from(until.duration_since(first).as_millis()).unwrap_or(0),
                waited_ms: waited,
                consents: consent::asked_now(&texts, &situation)
                    .iter()
                    .map(|asked| ConsentAsked {
                        field: asked.field.clone(),
                        title: asked.text.title.get(lang).to_owned(),
                    })
                    .collect(),
                asked: situation
                    .customer_in("request-more")
                    .map(|wait| Asked::of(conn, of, &situation, wait))
                    .transpose()?
                    .map(|asked| asked.left().into_iter().map(|thing| thing.code().to_owned()).collect())
                    .unwrap_or_default(),
                asked_because,
                terms_sha256: offer.map(|offer| offer.terms_sha256),
                name_is_sure,
                phone_masked,
                code: code.map(|code| CodeView {
                    seconds_left: seconds_until(code.expires_at, now),
                    attempts_left: code.attempts_left,
                    resend_s: seconds_until(code.resend_at, now),
                }),
                contract_sha256: contract.and_then(|contract| contract.sha256),
                steps: steps
                    .into_iter()
                    .map(|step| StepView {
                        ms: step.ms(),
                        block: step.block,
                        kind: step.kind,
                        outcome: step.outcome,
                    })
                    .collect(),
            })
        })
        .await?;
    // The case may have ended between the two looks: whoever is told of its end is told the page of its end.
    if view.decision.is_some() {
        view.page = page::page_for(&app, &customer, "", true).await?.page.key();
    }
    Ok(Json(view))
}

/// An act, with the id that makes it happen once. Which of the fields count, each act's example shows.
#[derive(Debug, Deserialize, ToSchema)]
pub struct ActBody {
    /// Minted by the caller; the same id is the same act.
    #[schema(pattern = "^[A-Za-z0-9_:#.-]{1,64}$")]
    act_id: String,
    /// Fields of the consents given.
    #[serde(default)]
    fields: Vec<String>,
    /// The customer's name, where it is said.
    #[serde(default)]
    name: Option<String>,
    /// The customer's mobile number, where it is asked for again.
    #[serde(default)]
    phone: Option<String>,
    /// Hash of the terms accepted or confirmed.
    #[serde(default)]
    terms_sha256: Option<String>,
    /// The disclosure was read.
    #[serde(default)]
    read: bool,
    /// The one-time code.
    #[serde(default)]
    code: Option<String>,
    /// What a person shall know; up to 500 characters are kept.
    #[serde(default)]
    note: Option<String>,
}

impl ActBody {
    fn act(&self) -> Result<ActId, Problem> {
        ActId::parse(&self.act_id)
    }
}

const DONE: StatusCode = StatusCode::NO_CONTENT;

/// Gives the consents asked for now.
#[utoipa::path(post, path = "/api/v1/customer/consents", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "consents-1", "fields": ["process_identity", "real_name_check"]})),
    responses((status = 204, description = "Given; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "422 consent_missing", "422 consent_funder_missing"]))),
    security(("customer_token" = [])))]
async fn consents(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    consent::give(&app, &customer, body.act()?, body.fields).await.map(|()| DONE)
}

/// Hands in ID number and photo (multipart: `act_id`, `id_number`, `phone`, `photo`).
#[utoipa::path(post, path = "/api/v1/customer/identity", tag = "customer",
    request_body(content = IdentityForm, content_type = "multipart/form-data"),
    responses((status = 204, description = "Received; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "422 id_number_missing", "422 id_number_length",
        "422 id_number_letters", "422 id_number_checksum", "422 id_number_birth_date", "422 id_number_future",
        "422 id_number_under_age", "422 phone_missing", "422 phone_length", "422 phone_digits", "422 phone_prefix",
        "409 consent_missing", "413 photo_too_large", "413 too_large", "400 form_broken", "400 bad_request",
        "415 unsupported_media_type", "422 photo_empty", "422 photo_missing", "422 photo_truncated",
        "422 photo_not_an_image", "422 photo_too_many_pixels", "422 photo_animated", "422 photo_heic",
        "422 photo_unsupported_kind", "422 photo_decode_failed", "503 photo_busy",
        "503 photo_reader_unavailable"]))),
    security(("customer_token" = [])))]
async fn identity(
    State(app): State<App>,
    customer: Customer,
    form: Multipart,
) -> Result<StatusCode, Problem> {
    let form = PhotoForm::read(&app, &customer, form).await?;
    let photo =
        form.photo.ok_or_else(|| Problem::invalid("photo", "photo_empty", "Send a photo of the card."))?;
    let handed = HandIn { id_number: form.id_number, phone: form.phone, photo };
    hand_in::hand_in(&app, &customer, ActId::parse(&form.step_id)?, handed).await.map(|()| DONE)
}

/// Hands in a better photo (multipart: `act_id`, `photo`).
#[utoipa::path(post, path = "/api/v1/customer/photo", tag = "customer",
    request_body(content = PhotoOnlyForm, content_type = "multipart/form-data"),
    responses((status = 204, description = "Received; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "413 photo_too_large", "413 too_large",
        "400 form_broken", "400 bad_request", "415 unsupported_media_type", "422 photo_empty", "422 photo_missing",
        "422 photo_truncated", "422 photo_not_an_image", "422 photo_too_many_pixels", "422 photo_animated",
        "422 photo_heic", "422 photo_unsupported_kind", "422 photo_decode_failed", "503 photo_busy",
        "503 photo_reader_unavailable"]))),
    security(("customer_token" = [])))]
async fn photo(State(app): State<App>, customer: Customer, form: Multipart) -> Result<StatusCode, Problem> {
    let form = PhotoForm::read(&app, &customer, form).await?;
    let photo =
        form.photo.ok_or_else(|| Problem::invalid("photo", "photo_empty", "Send a photo of the card."))?;
    hand_in::hand_in_photo(&app, &customer, ActId::parse(&form.step_id)?, photo).await.map(|()| DONE)
}

/// Confirms the reading, with the name where the customer says it.
#[utoipa::path(post, path = "/api/v1/customer/confirmation", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "confirm-1", "name": "唐飞"})),
    responses((status = 204, description = "Confirmed; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "422 name_unconfirmed", "422 person_name_length",
        "422 person_name_character", "422 person_name_mixed", "422 person_name_dot"]))),
    security(("customer_token" = [])))]
async fn confirmation(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    confirm::confirm(&app, &customer, body.act()?, body.name).await.map(|()| DONE)
}

/// Gives the mobile number where it is asked for again.
#[utoipa::path(post, path = "/api/v1/customer/phone", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "phone-1", "phone": "13800138000"})),
    responses((status = 204, description = "Received; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "422 phone_missing", "422 phone_length",
        "422 phone_digits", "422 phone_prefix"]))),
    security(("customer_token" = [])))]
async fn phone(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    let typed = body.phone.clone().unwrap_or_default();
    confirm::give_phone(&app, &customer, body.act()?, &typed).await.map(|()| DONE)
}

/// Accepts the plan.
#[utoipa::path(post, path = "/api/v1/customer/acceptance", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "accept-1", "terms_sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"})),
    responses((status = 204, description = "Accepted; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "409 terms_changed"]))),
    security(("customer_token" = [])))]
async fn acceptance(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    let terms = body.terms_sha256.clone().unwrap_or_default();
    offer::accept(&app, &customer, body.act()?, terms).await.map(|()| DONE)
}

/// Refuses the plan.
#[utoipa::path(post, path = "/api/v1/customer/refusal", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "refuse-1", "terms_sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"})),
    responses((status = 204, description = "Refused; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "409 terms_changed"]))),
    security(("customer_token" = [])))]
async fn refusal(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    let terms = body.terms_sha256.clone().unwrap_or_default();
    offer::refuse(&app, &customer, body.act()?, terms).await.map(|()| DONE)
}

/// The disclosure sheet; its reading time starts when it is first asked for.
#[utoipa::path(get, path = "/api/v1/customer/disclosure", tag = "customer",
    responses((status = 200, description = "The sheet", body = DisclosureSheet)),
    extensions(("x-problems" = json!(["410 link_ended", "409 not_now"]))),
    security(("customer_token" = [])))]
async fn shown(State(app): State<App>, customer: Customer) -> Result<Json<Value>, Problem> {
    let shown = page::page_for(&app, &customer, "", false).await?;
    if let Some(number) = shown.first_shown {
        offer::note_shown(&app, customer.of, number).await?;
    }
    match shown.page {
        CustomerPage::Disclosure(sheet) => Ok(Json(json!(sheet))),
        _ => Err(Problem::conflict("not_now", "There is no disclosure to read at the moment.")),
    }
}

/// Confirms the disclosure.
#[utoipa::path(post, path = "/api/v1/customer/disclosure", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "disclosure-1", "terms_sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae", "read": true})),
    responses((status = 204, description = "Confirmed; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "409 terms_changed", "409 disclosure_too_early",
        "422 disclosure_unread"]))),
    security(("customer_token" = [])))]
async fn disclosure(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    let terms = body.terms_sha256.clone().unwrap_or_default();
    offer::confirm_disclosure(&app, &customer, body.act()?, terms, body.read).await.map(|()| DONE)
}

/// Sends a fresh signing code to the customer's phone.
#[utoipa::path(post, path = "/api/v1/customer/code", tag = "customer",
    responses((status = 204, description = "On its way")),
    extensions(("x-problems" = json!(["410 link_ended", "409 not_now", "429 code_too_soon", "503 sms_unavailable"]))),
    security(("customer_token" = [])))]
async fn send_code(State(app): State<App>, customer: Customer) -> Result<StatusCode, Problem> {
    code::send(&app, &customer, CodeFor::Sign).await.map(|()| DONE)
}

/// Signs with the code.
#[utoipa::path(post, path = "/api/v1/customer/signature", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "sign-1", "code": "204718"})),
    responses((status = 204, description = "Signed, or being signed; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed", "409 terms_changed", "409 consent_missing",
        "409 code_expired", "409 code_attempts", "422 code_wrong"]))),
    security(("customer_token" = [])))]
async fn signature(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    let act = body.act()?;
    sign::sign(&app, &customer, act, body.code.unwrap_or_default()).await.map(|()| DONE)
}

/// Asks for a person.
#[utoipa::path(post, path = "/api/v1/customer/human-review", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "person-1", "note": "我的姓名识别不正确"})),
    responses((status = 204, description = "A person looks at it; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_nothing_yet", "409 run_already_asked", "409 run_no_person",
        "409 run_signed"]))),
    security(("customer_token" = [])))]
async fn person(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    let note = body.note.clone().unwrap_or_default();
    ways_out::ask_person(&app, &customer, body.act()?, &note).await.map(|()| DONE)
}

/// Withdraws.
#[utoipa::path(post, path = "/api/v1/customer/withdrawal", tag = "customer",
    request_body(content = ActBody, example = json!({"act_id": "withdraw-1"})),
    responses((status = 204, description = "Withdrawn; the same `act_id` again is answered the same")),
    extensions(("x-problems" = json!(["410 link_ended", "422 act_id_invalid", "409 act_reused", "409 not_now",
        "409 run_stale", "409 run_ended", "409 run_signed"]))),
    security(("customer_token" = [])))]
async fn withdrawal(
    State(app): State<App>,
    customer: Customer,
    Sent(body): Sent<ActBody>,
) -> Result<StatusCode, Problem> {
    ways_out::withdraw(&app, &customer, body.act()?).await.map(|()| DONE)
}

/// The contract while it is to be signed, and right after: for the program that signs.
#[utoipa::path(get, path = "/api/v1/customer/contract", tag = "customer",
    responses((status = 200, description = "The PDF", content_type = "application/pdf")),
    extensions(("x-problems" = json!(["410 link_ended", "409 code_needed"]))),
    security(("customer_token" = [])))]
async fn contract(State(app): State<App>, customer: Customer) -> Result<Response, Problem> {
    let fresh = sign::signed_within(&app, customer.of, jiff::SignedDuration::from_mins(15)).await?;
    let pdf = documents::contract(&app, &customer, fresh).await?;
    Ok(documents::pdf(pdf, customer.number).into_response())
}
