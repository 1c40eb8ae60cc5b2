//! Photos that devices took: uploaded in slices by tus 1.0 below `/files`, checked whole against the digest that the
//! device signed, and only then counted towards a submission.
//!
//! A device names itself in the header `Miaopi-Device` and signs each photo's name, digest and length
//! (`Miaopi-Signature`, [`shared::protocol::sync::signed::upload_bytes`]): whoever repeats that can only send the same
//! photo once more. What a device asks about its own photos and cases over HTTP, it signs as well.

mod contract;
mod holder;
mod open_sealed;
mod read_card;
mod submitted;
mod upload;

use utoipa_axum::{router::OpenApiRouter, routes};

use crate::app::App;

pub use upload::Writing;

pub(crate) use holder::is_device;
pub(crate) use open_sealed::{WrongPhoto, open_sealed};
pub(crate) use submitted::{completed, receipt_of};
pub(crate) use upload::{bring, create, go_on, how_far};

/// What only devices ask, beside the uploads that they share the address with.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(read_card::read_card)).routes(routes!(contract::contract))
}
