//! Wire types: the HTTP API and the sync connection. Domain types are converted at the edge, so renaming one never
//! breaks an old client.

pub mod flows;
pub mod on_offer;
pub mod partners;
pub mod photo_reading;
pub mod rescued;
pub mod sealed_photo;
pub mod sync;
pub mod tus;
