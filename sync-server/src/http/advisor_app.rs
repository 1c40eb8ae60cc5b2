//! The advisor's app: files that were built for the browser.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{Redirect, Response},
};

use super::{built_files::SHELL, input::Path};
use crate::{app::App, problem::Problem};

/// The way to the app for those who leave the last stroke out.
#[utoipa::path(get, path = "/advisor", tag = "page", responses((status = 308, description = "To the app")))]
pub(crate) async fn door() -> Redirect {
    Redirect::permanent("/advisor/")
}

/// The app's first page.
#[utoipa::path(get, path = "/advisor/", tag = "page", responses((status = 200, description = "The app")))]
pub(crate) async fn shell(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    app.advisor_app.answer(SHELL, &headers)
}

/// A file of the app, or its first page for every address within the app.
#[utoipa::path(get, path = "/advisor/{*path}", tag = "page", params(("path" = String, Path, description = "File, or address within the app")),
    responses((status = 200, description = "The file, or the app")))]
pub(crate) async fn file(
    State(app): State<App>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let is_file = path.rsplit('/').next().is_some_and(|last| last.contains('.'));
    app.advisor_app.answer(if is_file { &path } else { SHELL }, &headers)
}
