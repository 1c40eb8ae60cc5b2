//! Which answers are compressed.
//!
//! A compressed page that holds a secret next to text an attacker chose gives the secret away by its length (BREACH),
//! if the attacker can make the victim's browser ask for it. A staff page can be asked for by any site's link, because
//! the browser adds the cookie, and it holds the session's form key: staff pages are not compressed. A customer's page
//! needs the token in its address or header, which no other site knows, and no cookie: it may be compressed. The same
//! holds for the API with its keys, and for what is public anyway.

use axum::Router;
use tower_http::{
    CompressionLevel,
    compression::{
        CompressionLayer,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
};

use crate::app::App;

/// Brotli's effort: 4 is near gzip's speed and a fifth smaller.
const EFFORT: i32 = 4;

/// Compresses text answers of this group; photos, PDFs and event streams stay as they are.
pub fn compressed(router: Router<App>) -> Router<App> {
    let worth_it = DefaultPredicate::new().and(NotForContentType::const_new("application/pdf"));
    router.layer(CompressionLayer::new().quality(CompressionLevel::Precise(EFFORT)).compress_when(worth_it))
}
