//! Miaopi's screens as Dioxus components.
//!
//! Where to start: [`customer::render`] for the page behind a link, [`office::render`] for the staff pages,
//! [`advisor`] for the app on a phone or tablet, [`texts`] for zh-CN and English.
//!
//! Customer's and staff pages are rendered on the server to complete HTML documents that work without JavaScript; what
//! they show arrives as plain view models, and they read no clock, do no I/O and decide nothing. The advisor's app runs in
//! the browser (feature `web`) and asks its engine by messages. All of them live under a strict content security policy:
//! no inline script, no style attribute.

pub mod advisor;
pub mod components;
pub mod customer;
pub mod office;
pub mod texts;
