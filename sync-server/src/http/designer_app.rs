//! The flow designer: a page of the office with a program behind it.

use axum::{extract::State, http::HeaderMap, response::Response};

use super::input::Path;
use crate::{accounts::permission::FlowReader, app::App, office::Reader, problem::Problem};

/// The language that the page is written in, where nobody says otherwise.
const WRITTEN_IN: &str = "<html lang=\"zh-CN\">";

/// The designer with a draft. The program itself reads the draft's id from the address.
#[utoipa::path(get, path = "/office/flows/design/{id}", tag = "page", params(("id" = String, Path, description = "Draft")),
    responses((status = 200, description = "The designer")))]
pub(crate) async fn page(State(app): State<App>, _: FlowReader, reader: Reader) -> Result<Response, Problem> {
    app.designer.shell(|page| page.replacen(WRITTEN_IN, &format!("<html lang=\"{}\">", reader.lang), 1))
}

/// A file of the program. It holds nobody's data.
#[utoipa::path(get, path = "/office/designer/{*path}", tag = "page", params(("path" = String, Path, description = "File")),
    responses((status = 200, description = "The file")))]
pub(crate) async fn file(
    State(app): State<App>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.designer.answer(&path, &headers)
}
