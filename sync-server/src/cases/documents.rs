//! What a customer may look at: the contract and the own photo.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use shared::domain::PersonId;
use ui::customer::ContractText;

use super::{Situation, hand_in::open_object, offer, page, perform, reading, sign};
use crate::{app::App, flows::journal::CaseRef, links::Customer, problem::Problem, store::ObjectKey};

/// The contract: the sealed one while it is to be signed; afterwards the signed one, for whoever proved the phone.
///
/// # Errors
/// 404 while there is none; 409 `code_needed` for a finished case that is still locked.
pub(super) async fn contract(app: &App, customer: &Customer, unlocked: bool) -> Result<Bytes, Problem> {
    let (of, library) = (customer.of, app.driver.library().clone());
    let object = app
        .store
        .read(move |conn| {
            let contract = sign::latest(conn, of)?.ok_or_else(Problem::not_found)?;
            let ended = Situation::load(conn, &library, of)?.end().is_some();
            if ended && !unlocked {
                return Err(locked());
            }
            Ok(contract.signed.unwrap_or(contract.object))
        })
        .await?;
    open_object(app, of, customer.person, &object).await
}

/// The contract's text for a phone, under the same conditions as the file.
///
/// # Errors
/// As [`contract`].
pub(super) async fn contract_text(
    app: &App,
    customer: &Customer,
    unlocked: bool,
    pdf_url: String,
) -> Result<ContractText, Problem> {
    let (of, library) = (customer.of, app.driver.library().clone());
    let (row, offer, request) = app
        .store
        .read(move |conn| {
            let row = sign::latest(conn, of)?.ok_or_else(Problem::not_found)?;
            let situation = Situation::load(conn, &library, of)?;
            if situation.end().is_some() && !unlocked {
                return Err(locked());
            }
            let offer = offer::latest(conn, of)?.ok_or_else(Problem::not_found)?;
            Ok::<_, Problem>((row, offer, situation.request))
        })
        .await?;
    let data = perform::contract_data(app, of, customer.person, offer, request, row.made_at).await?;
    let data = data.ok_or_else(Problem::not_found)?;
    let composer = app.composer.clone();
    let (data, articles) = tokio::task::spawn_blocking(move || {
        let articles = composer.articles(&data);
        (data, articles)
    })
    .await
    .map_err(|error| Problem::internal(&error))?;
    let articles = articles.map_err(|error| Problem::internal(&error))?;
    Ok(page::contract_text(customer.lang, &data, articles, &row, pdf_url))
}

fn locked() -> Problem {
    Problem::conflict("code_needed", "Ask for a code by SMS first, then open the contract.")
}

/// Our re-encoded copy of the newest photo.
///
/// # Errors
/// 404 while there is none, and once the case is over.
pub(super) async fn photo(app: &App, customer: &Customer) -> Result<Bytes, Problem> {
    let (of, library) = (customer.of, app.driver.library().clone());
    let photo = app
        .store
        .read(move |conn| {
            if Situation::load(conn, &library, of)?.end().is_some() {
                return Err(Problem::not_found());
            }
            reading::latest_photo(conn, of)?.ok_or_else(Problem::not_found)
        })
        .await?;
    open_object(app, of, customer.person, &photo.object).await
}

/// A photo for whoever may see it.
///
/// # Errors
/// When it cannot be read or opened.
pub async fn photo_bytes(
    app: &App,
    of: CaseRef,
    person: PersonId,
    object: &ObjectKey,
) -> Result<Response, Problem> {
    Ok(jpeg(open_object(app, of, person, object).await?))
}

/// A PDF to read or save.
pub(super) fn pdf(bytes: Bytes, number: i64) -> Response {
    let name = format!("inline; filename=\"MP{number:06}.pdf\"");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&name).unwrap_or(HeaderValue::from_static("inline")),
        ),
    ];
    (headers, bytes).into_response()
}

/// A photo of ours.
pub(super) fn jpeg(bytes: Bytes) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"))], bytes).into_response()
}
