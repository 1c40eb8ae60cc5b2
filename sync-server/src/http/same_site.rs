//! Changes are taken from our own pages and from programs, never from another site's page in a visitor's browser.

use axum::{
    Router,
    body::Body,
    http::{Response, StatusCode},
    response::IntoResponse,
};
use tower_http::csrf::CsrfLayer;

use crate::{app::App, problem::Problem};

/// Refuses state-changing requests that a browser marks as coming from another origin (`Sec-Fetch-Site`, else
/// `Origin`). Programs send neither and pass: they carry no cookie that a browser would add by itself.
pub fn same_site(router: Router<App>, app: &App) -> Router<App> {
    let layer = CsrfLayer::new();
    let layer = match &app.config.public_url {
        // Behind a proxy that changes `Host`, the public address is still ours.
        Some(url) => layer.add_trusted_origin(url.as_str()).unwrap_or_default(),
        None => layer,
    };
    router.layer(layer.with_rejection_response(|_| -> Response<Body> {
        Problem::new(
            StatusCode::FORBIDDEN,
            "cross_site",
            "This request came from another site's page. Open the page from our own address and try again.",
        )
        .into_response()
    }))
}
