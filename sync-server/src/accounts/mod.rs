//! Staff and programs: who they are, what they may do.
//!
//! Where to start: [`staff`] and [`key`] make a [`Staff`] or [`ApiKey`] from a request; [`permission`] lists the types
//! that handlers ask for, each of which is a permission. A customer is neither: see `links/`.

pub mod change;
pub mod create;
pub mod key;
pub mod password;
pub mod permission;
pub mod session;
pub mod staff;

mod sign_in;
mod sign_out;

pub use key::ApiKey;
pub use staff::{FormOf, FormWithFile, NoFields, Staff};

pub(crate) use sign_in::{__path_sign_in, __path_sign_in_page, sign_in, sign_in_page};
pub(crate) use sign_out::{__path_end_session, __path_sign_out, end_session, sign_out};

#[cfg(test)]
mod key_tests;
#[cfg(test)]
mod tests;
