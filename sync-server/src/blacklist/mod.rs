//! The company's own blacklist: ID numbers, phones and VINs with which it makes no contract.
//!
//! Where to start: `routes.rs` for what may be asked, `entry.rs` for what a row holds. No value is kept in the clear:
//! `cases/perform/blacklist.rs` holds cases against it by keyed hashes.

pub(crate) mod add;
mod entry;
pub(crate) mod find;
pub(crate) mod list;
pub(crate) mod remove;
mod routes;

pub(crate) use entry::vin_index;
pub use entry::{Entry, EntryLine, Value};
pub use routes::routes;

#[cfg(test)]
mod tests;
