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

pub use upload::Writing;

pub(crate) use contract::contract;
pub(crate) use holder::is_device;
pub(crate) use open_sealed::{WrongPhoto, open_sealed};
pub(crate) use read_card::read_card;
pub(crate) use submitted::{completed, receipt_of};
pub(crate) use upload::{create, go_on, how_far};
