//! The shell around every handler: who asks from where, how much may be asked, how answers and refusals look.
//!
//! Where to start: [`shell`] lists the layers in the order in which a request meets them.

pub mod address;
pub mod advisor_app;
pub mod assets;
pub mod built_files;
pub mod designer_app;
pub mod input;
pub mod limits;
pub mod paging;
pub mod tus;

mod compress;
mod event_stream;
mod headers;
mod heard_out;
mod observe;
mod overload;
mod refusals;
mod same_site;

use axum::{Router, middleware};
use tower_http::{catch_panic::CatchPanicLayer, limit::RequestBodyLimitLayer};

pub use compress::compressed;
pub use event_stream::event_stream;
pub use headers::personal;
pub use same_site::same_site;

use crate::app::App;

/// Largest body of a form or a JSON request, in bytes.
pub const FORM_BYTES: usize = 64 * 1024;
/// Largest form of those few pages that take whole documents in fields; its route says so.
pub const LARGE_FORM_BYTES: usize = 1024 * 1024;

/// Puts the shell around `router`. A request meets the layers from the last one here to the first.
pub fn shell(router: Router<App>, app: App) -> Router {
    router
        .layer(middleware::from_fn_with_state(app.clone(), overload::in_time))
        .layer(middleware::from_fn_with_state(app.clone(), overload::shed))
        .layer(middleware::from_fn_with_state(app.clone(), limits::by_address))
        .layer(CatchPanicLayer::custom(refusals::after_panic))
        .layer(middleware::from_fn(heard_out::heard_out))
        .layer(middleware::from_fn_with_state(app.clone(), refusals::uniform))
        .layer(middleware::from_fn_with_state(app.clone(), headers::protect))
        .layer(middleware::from_fn_with_state(app.clone(), address::resolve))
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}

/// Bounds the bodies of a group of routes: beyond `bytes` the answer is 413, whatever the handler reads.
pub fn bodies_up_to(router: Router<App>, bytes: usize) -> Router<App> {
    router.layer(axum::extract::DefaultBodyLimit::disable()).layer(RequestBodyLimitLayer::new(bytes))
}

#[cfg(test)]
mod tests;
