//! Advisors' devices: enrolled with a key of their own, listed, revoked.
//!
//! A device proves itself by its Ed25519 key over `/sync` ([`crate::sync`]); a session of its owner's is needed once, to
//! enrol it. What it may see are its owner's scopes.

mod enrol;
mod list;
mod on_offer;
pub(crate) mod overview;
mod revoke;
mod routes;
mod visit;

pub use enrol::{Enrolled, NewDevice};
pub use list::DeviceLine;
pub use revoke::Revocation;
pub(crate) use routes::revoke_one_of;
pub use routes::routes;

pub(crate) use on_offer::on_offer;
pub(crate) use visit::{Note, Tally, Visit, end_all as end_visits};
