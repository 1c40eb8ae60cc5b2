//! What people see of a refusal: a page instead of a problem document, the sign-in page instead of a 401.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use ui::office::{Message, OfficePage};

use super::{Reader, View, problem_at};
use crate::problem::Problem;

/// Whether a person's browser asked for a page here; programs and scripts get problem documents.
pub(crate) fn wants_page(headers: &HeaderMap, path: &str) -> bool {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
        && !["/api/", "/files", "/assets/"].iter().any(|start| path.starts_with(start))
}

/// The refusal as a page.
pub(crate) fn as_page(problem: &Problem, reader: Reader) -> Response {
    let lang = reader.lang;
    let home = || ("/office/".to_owned(), lang.pick("返回首页", "Back to your start page").to_owned());
    let sentence = problem_at(problem, lang).sentence(ui::texts::Words(lang));
    let message = Message {
        title: lang.pick("没有完成", "That did not work").to_owned(),
        text: sentence,
        code: Some(problem.code.to_owned()),
        next: reader.here.starts_with("/office/").then(home),
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, View::open(reader, OfficePage::Message(message))).into_response()
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
