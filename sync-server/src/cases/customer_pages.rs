//! The customer's pages and forms below `/c/{token}`. Every act works without JavaScript: a form, then a redirect.

use axum::{
    extract::{DefaultBodyLimit, Form, Multipart, Path, Query, State},
    http::{HeaderMap, Method, StatusCode, Uri},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::CookieJar;
use rusqlite::params;
use serde::Deserialize;
use serde_json::json;
use shared::domain::Lang;
use ui::customer::CustomerPage;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    acts::{self, ActId},
    code::{self, CodeFor},
    confirm, consent, documents,
    hand_in::{self, HandIn},
    offer, own_words,
    photo_form::PhotoForm,
    sign, unlock,
    visit::{Visit, html},
    ways_out,
};
use crate::{
    app::App,
    links::{Customer, note_opened},
    photos::MAX_PHOTO_BYTES,
    problem::Problem,
};

/// Largest form with a photo: the photo and a little text.
const MAX_FORM_BYTES: usize = MAX_PHOTO_BYTES + 64 * 1024;

/// All routes below `/c/{token}`.
pub fn routes() -> OpenApiRouter<App> {
    let photos = OpenApiRouter::new()
        .routes(routes!(identity))
        .routes(routes!(redo))
        .layer(DefaultBodyLimit::max(MAX_FORM_BYTES));
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(start))
        .routes(routes!(consent_identity))
        .routes(routes!(reading))
        .routes(routes!(retake))
        .routes(routes!(consent_partners))
        .routes(routes!(refuse))
        .routes(routes!(accept))
        .routes(routes!(refuse_offer))
        .routes(routes!(disclosure))
        .routes(routes!(enter_code))
        .routes(routes!(send_code))
        .routes(routes!(ask_person))
        .routes(routes!(withdraw))
        .routes(routes!(unlock_case))
        .routes(routes!(send_unlock))
        .routes(routes!(contract_pdf))
        .routes(routes!(contract_page))
        .routes(routes!(photo))
        .routes(routes!(super::events::events))
        .merge(photos)
}

/// What a page may be asked to look like.
#[derive(Debug, Default, Deserialize)]
pub struct Look {
    lang: Option<String>,
    large: Option<String>,
}

/// The page the customer is on.
#[utoipa::path(get, path = "/c/{token}", tag = "page", params(("token" = String, Path)), responses((status = 200)))]
async fn show(
    State(app): State<App>,
    Path(token): Path<String>,
    Query(look): Query<Look>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Response {
    let visit = match Visit::begin(&app, &token, &headers, &jar, look.large.as_deref()).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    if let Some(lang) = look.lang.as_deref().and_then(Lang::from_tag) {
        return match set_lang(&app, &visit.customer, lang).await {
            Ok(()) => Redirect::to(&visit.base).into_response(),
            Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
        };
    }
    visit.page(&app, Vec::new(), |_| {}).await
}

/// Fields of the forms. Each form fills its own.
#[derive(Debug, Default, Deserialize)]
pub struct Fields {
    #[serde(default)]
    step_id: String,
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    name_pick: Option<String>,
    #[serde(default)]
    terms: Option<String>,
    #[serde(default)]
    read: Option<String>,
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    confirm: Option<String>,
    #[serde(flatten)]
    others: std::collections::BTreeMap<String, String>,
}

impl Fields {
    fn act(&self) -> Result<ActId, Problem> {
        ActId::parse(&self.step_id)
    }

    /// Names of the boxes that were ticked.
    fn ticked(&self) -> Vec<String> {
        self.others.iter().filter(|(_, value)| *value == "yes").map(|(field, _)| field.clone()).collect()
    }
}

macro_rules! form_act {
    ($(#[$doc:meta])* $name:ident, $path:literal, |$app:ident, $customer:ident, $fields:ident| $act:expr) => {
        $(#[$doc])*
        #[utoipa::path(post, path = $path, tag = "page", params(("token" = String, Path)), responses((status = 303)))]
        async fn $name(
            State($app): State<App>,
            Path(token): Path<String>,
            headers: HeaderMap,
            jar: CookieJar,
            Form($fields): Form<Fields>,
        ) -> Response {
            let visit = match Visit::to_act(&$app, &token, &headers, &jar).await {
                Ok(visit) => visit,
                Err(response) => return response,
            };
            let $customer = &visit.customer;
            let result: Result<(), Problem> = async { $act }.await;
            match result {
                Ok(()) => visit.back(),
                Err(problem) => visit.page(&$app, vec![problem], |page| refill(page, &$fields)).await,
            }
        }
    };
}

form_act!(
    /// The customer has seen who asks and starts.
    start, "/c/{token}/start", |app, customer, fields| {
        let _ = &fields;
        open(&app, customer).await
    }
);
form_act!(
    /// Consent to process ID number and photo.
    consent_identity, "/c/{token}/consent-identity", |app, customer, fields| {
        consent::give(&app, customer, fields.act()?, fields.ticked()).await
    }
);
form_act!(
    /// What was read is right, or the name is another.
    reading, "/c/{token}/reading", |app, customer, fields| {
        let name = fields.name_pick.clone().or(fields.name.clone()).unwrap_or_default();
        confirm::confirm(&app, customer, fields.act()?, Some(name)).await
    }
);
form_act!(
    /// This is not my card.
    retake, "/c/{token}/retake", |app, customer, fields| {
        confirm::retake(&app, customer, fields.act()?).await
    }
);
form_act!(
    /// Consents for the credit query and for named funders.
    consent_partners, "/c/{token}/consent-partners", |app, customer, fields| {
        consent::give(&app, customer, fields.act()?, fields.ticked()).await
    }
);
form_act!(
    /// No consent to what is asked.
    refuse, "/c/{token}/refuse", |app, customer, fields| {
        let _ = &fields;
        consent::refuse(&app, customer).await
    }
);
form_act!(
    /// The plan is accepted.
    accept, "/c/{token}/accept", |app, customer, fields| {
        offer::accept(&app, customer, fields.act()?, fields.terms.clone().unwrap_or_default()).await
    }
);
form_act!(
    /// The plan is refused.
    refuse_offer, "/c/{token}/refuse-offer", |app, customer, fields| {
        offer::refuse(&app, customer, fields.act()?, fields.terms.clone().unwrap_or_default()).await
    }
);
form_act!(
    /// The costs were read.
    disclosure, "/c/{token}/disclosure", |app, customer, fields| {
        let read = fields.read.as_deref() == Some("yes");
        let terms = fields.terms.clone().unwrap_or_default();
        offer::confirm_disclosure(&app, customer, fields.act()?, terms, read).await
    }
);
form_act!(
    /// A fresh code for signing.
    send_code, "/c/{token}/code/send", |app, customer, fields| {
        let _ = &fields;
        code::send(&app, customer, CodeFor::Sign).await
    }
);
form_act!(
    /// A person shall look at it.
    ask_person, "/c/{token}/ask-person", |app, customer, fields| {
        let note = fields.others.get("note").map_or("", String::as_str);
        ways_out::ask_person(&app, customer, fields.act()?, note).await
    }
);
form_act!(
    /// The customer withdraws.
    withdraw, "/c/{token}/withdraw", |app, customer, fields| {
        if fields.confirm.as_deref() != Some("yes") {
            return Err(Problem::invalid("confirm", "withdraw_unconfirmed", "Confirm that you want to withdraw."));
        }
        ways_out::withdraw(&app, customer, fields.act()?).await
    }
);

/// The code that signs.
#[utoipa::path(post, path = "/c/{token}/code", tag = "page", params(("token" = String, Path)), responses((status = 303)))]
async fn enter_code(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(fields): Form<Fields>,
) -> Response {
    let visit = match Visit::to_act(&app, &token, &headers, &jar).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let code = fields.code.clone().unwrap_or_default();
    let strokes = fields.others.get("signature").map_or("", String::as_str);
    let signed = async {
        own_words::keep_signature(&app, &visit.customer, strokes).await?;
        sign::sign(&app, &visit.customer, fields.act()?, code).await
    }
    .await;
    match signed {
        // Whoever just proved the phone sees the result without another code.
        Ok(()) => visit.back_unlocked(&app, jar).await,
        Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
    }
}

/// A fresh code for a finished case, also once the link's time is over.
#[utoipa::path(post, path = "/c/{token}/unlock/send", tag = "page", params(("token" = String, Path)), responses((status = 303)))]
async fn send_unlock(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Response {
    let visit = match Visit::begin(&app, &token, &headers, &jar, None).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match code::send(&app, &visit.customer, CodeFor::Reopen).await {
        Ok(()) => visit.back(),
        Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
    }
}

/// The code that shows a finished case.
#[utoipa::path(post, path = "/c/{token}/unlock", tag = "page", params(("token" = String, Path)), responses((status = 303)))]
async fn unlock_case(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
    Form(fields): Form<Fields>,
) -> Response {
    let visit = match Visit::begin(&app, &token, &headers, &jar, None).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match unlock::try_code(&app, &visit.customer, fields.code.clone().unwrap_or_default()).await {
        Ok(()) => visit.back_unlocked(&app, jar).await,
        Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
    }
}

/// ID number and photo.
#[utoipa::path(post, path = "/c/{token}/identity", tag = "page", params(("token" = String, Path)), responses((status = 303)))]
async fn identity(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
    form: Multipart,
) -> Response {
    let visit = match Visit::to_act(&app, &token, &headers, &jar).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let mut typed = PhotoForm::default();
    let result: Result<Vec<Problem>, Problem> = async {
        typed = PhotoForm::read(&app, &visit.customer, form).await?;
        let (id_number, phone, photo) = (typed.id_number.clone(), typed.phone.clone(), typed.photo.clone());
        let act = ActId::parse(&typed.step_id)?;
        let wrong =
            hand_in::look_at_form(&app, &visit.customer, &id_number, phone.as_deref(), photo.is_some())
                .await?;
        let Some(photo) = photo.filter(|_| wrong.is_empty()) else { return Ok(wrong) };
        let handed = HandIn { id_number, phone, photo };
        hand_in::hand_in(&app, &visit.customer, act, handed).await.map(|()| Vec::new())
    }
    .await;
    match result.unwrap_or_else(|problem| vec![problem]) {
        none if none.is_empty() => visit.back(),
        problems => {
            let refill = |page: &mut CustomerPage| {
                if let CustomerPage::Identity(page) = page {
                    page.id_number.clone_from(&typed.id_number);
                    page.phone = typed.phone.clone().unwrap_or_default();
                }
            };
            visit.page(&app, problems, refill).await
        }
    }
}

/// One thing again.
#[utoipa::path(post, path = "/c/{token}/redo", tag = "page", params(("token" = String, Path)), responses((status = 303)))]
async fn redo(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
    form: Multipart,
) -> Response {
    let visit = match Visit::to_act(&app, &token, &headers, &jar).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let result = async {
        let form = PhotoForm::read(&app, &visit.customer, form).await?;
        let act = ActId::parse(&form.step_id)?;
        if form.use_anyway {
            return hand_in::use_photo_anyway(&app, &visit.customer, act).await;
        }
        if form.what == "phone" {
            let typed = form.phone.unwrap_or_default();
            return confirm::give_phone(&app, &visit.customer, act, &typed).await;
        }
        if form.what == "name" || form.name.is_some() {
            let name = form.name.unwrap_or_default();
            return confirm::confirm(&app, &visit.customer, act, Some(name)).await;
        }
        let photo = form.photo.ok_or_else(photo_missing)?;
        hand_in::hand_in_photo(&app, &visit.customer, act, photo).await
    }
    .await;
    match result {
        Ok(()) => visit.back(),
        Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
    }
}

fn photo_missing() -> Problem {
    Problem::invalid("photo", "photo_missing", "Take or choose a photo of the card.")
}

/// The contract, sealed before and signed after signing.
#[utoipa::path(get, path = "/c/{token}/contract.pdf", tag = "page", params(("token" = String, Path)), responses((status = 200)))]
async fn contract_pdf(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Response {
    let visit = match Visit::begin(&app, &token, &headers, &jar, None).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match documents::contract(&app, &visit.customer, visit.unlocked).await {
        Ok(pdf) => documents::pdf(pdf, visit.customer.number),
        Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
    }
}

/// The contract to read on a phone, where a PDF opens badly or not at all.
#[utoipa::path(get, path = "/c/{token}/contract", tag = "page", params(("token" = String, Path)), responses((status = 200)))]
async fn contract_page(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Response {
    let visit = match Visit::begin(&app, &token, &headers, &jar, None).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    let pdf = format!("{}/contract.pdf", visit.base);
    match documents::contract_text(&app, &visit.customer, visit.unlocked, pdf).await {
        Ok(text) => {
            let mut view = visit.view(&app, CustomerPage::Contract(text), None, None, Vec::new());
            view.back = Some(visit.base.clone());
            html(&view, 200)
        }
        Err(problem) => visit.page(&app, vec![problem], |_| {}).await,
    }
}

/// Our re-encoded copy of the newest photo.
#[utoipa::path(get, path = "/c/{token}/photo.jpg", tag = "page", params(("token" = String, Path)), responses((status = 200)))]
async fn photo(
    State(app): State<App>,
    Path(token): Path<String>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Response {
    let visit = match Visit::begin(&app, &token, &headers, &jar, None).await {
        Ok(visit) => visit,
        Err(response) => return response,
    };
    match documents::photo(&app, &visit.customer).await {
        Ok(jpeg) => documents::jpeg(jpeg),
        Err(problem) => problem.into_response(),
    }
}

/// A browser that comes back to the address of a form (a tab restored after the camera, say) sees the page instead.
pub async fn to_the_page(method: Method, uri: Uri) -> Response {
    let mut parts = uri.path().split('/').skip(1);
    match (method, parts.next(), parts.next()) {
        (Method::GET, Some("c"), Some(token)) => Redirect::to(&format!("/c/{token}")).into_response(),
        _ => StatusCode::METHOD_NOT_ALLOWED.into_response(),
    }
}

/// Puts what was typed back, so that nobody types it twice.
fn refill(page: &mut CustomerPage, fields: &Fields) {
    match page {
        CustomerPage::Reading(page) => {
            if let Some(name) = &fields.name {
                page.name.clone_from(name);
            }
        }
        CustomerPage::ConsentIdentity(page) => {
            let ticked = fields.ticked();
            page.items.iter_mut().for_each(|item| item.ticked = ticked.contains(&item.field));
        }
        CustomerPage::ConsentPartners(page) => {
            let ticked = fields.ticked();
            let items = page.queries.iter_mut().chain(&mut page.funders);
            items.for_each(|item| item.ticked = ticked.contains(&item.field));
        }
        CustomerPage::Disclosure(page) => page.ticked = fields.read.is_some(),
        _ => {}
    }
}

async fn open(app: &App, customer: &Customer) -> Result<(), Problem> {
    let (of, now) = (customer.of, app.world.clock.now());
    app.store.write(move |conn| Ok(note_opened(conn, of, now)?)).await
}

async fn set_lang(app: &App, customer: &Customer, lang: Lang) -> Result<(), Problem> {
    let (of, now) = (customer.of, app.world.clock.now());
    app.store
        .write(move |conn| {
            let changed = conn
                .prepare_cached("UPDATE cases SET lang = ?3 WHERE tenant = ?1 AND id = ?2 AND lang <> ?3")?
                .execute(params![of.tenant.to_string(), of.case.to_string(), lang.tag()])?;
            if changed > 0 {
                acts::record(conn, of, "customer", "language.chosen", &json!({"lang": lang.tag()}), now)?;
            }
            Ok(())
        })
        .await
}
