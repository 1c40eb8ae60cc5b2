//! Funders that a company adds itself, by a form: what they finance, how they are reached, how their answers are read.
//!
//! Where to start: [`Funders`] for what everything that asks about funders sees, `keep.rs` for what may become of one
//! (draft, tested, live, retired), `samples.rs` for what a mapping has to show before its funder is switched on. The
//! line itself is in `partners/own.rs`; switching on and off is the control room's, as for every partner.

mod catalogue;
pub(crate) mod form;
mod hold;
pub(crate) mod keep;
pub(crate) mod samples;

pub use catalogue::{Funders, OwnFunders};
pub(crate) use hold::{begin, refresh};
pub(crate) use keep::{Own, Stage};

#[cfg(test)]
mod tests;
