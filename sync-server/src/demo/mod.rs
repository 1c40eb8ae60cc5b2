//! `serve --demo`: a tenant, an account for each role, an API key, a customer link and the partner lab, so that the
//! whole journey can be tried. Without `--demo` nothing of this exists.

mod card;
mod lab;
mod tenant;

pub use card::{Card, DemoAccount, write};
pub use lab::Lab;

/// What a link is for when nothing else is said: the body of `POST /api/v1/links`.
pub const OFFER: &str = include_str!("offer.json");
