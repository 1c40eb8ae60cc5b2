//! Every refusal is a problem document, also those that no handler of ours made.

use std::any::Any;

use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{
    app::App,
    office::{self, Reader},
    problem::Problem,
};

/// Answers a handler's panic. What it says may quote a person's data, so it is neither shown nor logged; the panic
/// hook has logged the place.
pub(super) fn after_panic(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal(&"a handler panicked").into_response()
}

/// Turns bare error answers (unknown route, wrong method, body too large, …) into problem documents, and for a person's
/// browser each problem document into a page. Pages made by handlers pass.
pub(super) async fn uniform(State(app): State<App>, request: Request, next: Next) -> Response {
    let reader = office::wants_page(request.headers(), request.uri().path())
        .then(|| Reader::of(request.headers(), request.uri(), &app));
    let response = next.run(request).await;
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) || is(&response, "text/html") {
        return response;
    }
    let problem = match response.extensions().get::<Problem>() {
        Some(_) if reader.is_none() => return response,
        Some(problem) => problem.clone(),
        None => problem_for(status),
    };
    let (mut parts, _) = response.into_parts();
    for name in
        [header::CONTENT_TYPE, header::CONTENT_LENGTH, header::CONTENT_ENCODING, header::TRANSFER_ENCODING]
    {
        parts.headers.remove(name);
    }
    let mut shown = match reader {
        Some(reader) => office::as_page(&problem, reader),
        None => problem.into_response(),
    };
    // Headers such as `Allow` and `Retry-After` stay.
    parts.headers.extend(std::mem::take(shown.headers_mut()));
    *shown.headers_mut() = parts.headers;
    shown
}

fn is(response: &Response, content_type: &str) -> bool {
    let given = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or_default();
    given.starts_with(content_type.as_bytes())
}

fn problem_for(status: StatusCode) -> Problem {
    let (code, detail) = match status {
        StatusCode::NOT_FOUND => return Problem::not_found(),
        StatusCode::UNAUTHORIZED => {
            ("sign_in_needed", "Sign in, or send your key as `Authorization: Bearer …`.")
        }
        StatusCode::FORBIDDEN => ("not_allowed", "You are not permitted to do this. Ask your administrator."),
        StatusCode::METHOD_NOT_ALLOWED => {
            ("method_not_allowed", "Use one of the methods in the `Allow` header.")
        }
        StatusCode::REQUEST_TIMEOUT => ("timeout", "This took too long. Try again."),
        StatusCode::CONFLICT => {
            ("conflict", "This does not fit what is already recorded. Load it again first.")
        }
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("too_large", "This is larger than what is taken here. Send less at once.")
        }
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("unsupported_media_type", "Send the content type that the API description names.")
        }
        StatusCode::UNPROCESSABLE_ENTITY => (
            "unreadable_input",
            "The fields do not have the expected form. Compare them with the API description.",
        ),
        status if status.is_server_error() => {
            ("internal", "Something went wrong on our side. Nothing was lost; try again in a minute.")
        }
        _ => ("bad_request", "The request could not be read. Compare it with the API description."),
    };
    Problem::new(status, code, detail)
}
