//! Miaopi's screens as Dioxus components.
//!
//! Where to start: [`customer::render`] for the page behind a link, [`office::render`] for the staff pages,
//! [`texts`] for zh-CN and English. Both faces are rendered on the server to complete HTML documents that work without
//! JavaScript and under a strict content security policy: no inline script, no style attribute.
//!
//! What the pages show arrives as plain view models; these screens read no clock, do no I/O and decide nothing.

pub mod advisor;
pub mod components;
pub mod customer;
pub mod office;
pub mod texts;
