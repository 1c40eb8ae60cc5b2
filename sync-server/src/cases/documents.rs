//! What a customer may look at: the contract and the own photo.

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;

use shared::domain::PersonId;

use super::{Situation, hand_in::open_object, reading, sign};
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
                return Err(Problem::conflict(
                    "code_needed",
                    "Ask for a code by SMS first, then open the contract.",
                ));
            }
            Ok(contract.signed.unwrap_or(contract.object))
        })
        .await?;
    open_object(app, of, customer.person, &object).await
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
