//! Staff pages.

mod pages;

use axum::{
    extract::{Request, State},
    http::{Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};

pub(crate) use pages::sign_in_page;

use crate::{accounts::Staff, app::App};

/// The front door.
#[utoipa::path(get, path = "/", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn front_door(State(_): State<App>) -> Response {
    pages::front_door().into_response()
}

/// What the signed-in member of staff may do.
#[utoipa::path(get, path = "/office", tag = "page", responses((status = 200, description = "Page")))]
pub(crate) async fn home(staff: Staff) -> Response {
    pages::home(&staff).into_response()
}

/// Leads a browser without a session to the sign-in page, and back afterwards.
pub(crate) async fn to_sign_in(request: Request, next: Next) -> Response {
    let page = (request.method() == Method::GET).then(|| request.uri().path().to_owned());
    let response = next.run(request).await;
    match page {
        Some(path) if response.status() == StatusCode::UNAUTHORIZED => {
            let plain = path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_'));
            let back = if plain { format!("?next={path}") } else { String::new() };
            Redirect::to(&format!("/office/sign-in{back}")).into_response()
        }
        _ => response,
    }
}
