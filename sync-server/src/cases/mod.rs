//! What a case goes through: one file for each act of a customer or a reviewer.
//!
//! Where to start: [`open()`] makes a case, `hand_in.rs` to `sign.rs` are the customer's acts in their order, [`page`]
//! says which page the customer is on, [`perform`] does the machine's blocks.

pub mod acts;
pub(crate) mod arrived;
mod asked;
pub mod brought;
pub mod callbacks;
pub mod code;
mod confirm;
pub mod consent;
pub mod consent_texts;
mod courier;
mod customer_api;
mod customer_bodies;
mod customer_pages;
pub mod cutout;
mod documents;
mod events;
pub mod follow;
mod hand_in;
mod list;
mod list_documents;
pub mod offer;
mod open;
pub mod own_words;
pub mod page;
pub mod perform;
pub mod person;
mod photo_form;
pub mod products;
pub mod reading;
mod request;
pub mod review;
pub mod row;
pub mod sign;
mod situation;
mod unlock;
mod uploads;
mod visit;
mod ways_out;
pub mod words;

pub use arrived::Refusals;
pub use callbacks::routes as callback_routes;
pub use courier::deliver_codes;
pub use customer_api::routes as customer_api_routes;
pub use customer_pages::{routes as customer_page_routes, to_the_page};
pub use documents::photo_bytes;
pub use follow::routes as follow_routes;
pub use hand_in::{midnight, today};
pub use open::{Opening, open};
pub use perform::quota_used;
pub use request::CaseRequest;
pub use situation::Situation;
pub use uploads::routes as upload_routes;
