//! Miaopi's screens as Dioxus components.
//!
//! Where to start: [`customer::render`] for the page behind a link, [`office::render`] for the staff pages,
//! [`advisor`] for the app on a phone or tablet, [`designer`] for the flow designer, [`texts`] for zh-CN and English.
//!
//! Customer's and staff pages are rendered on the server to complete HTML documents that work without JavaScript; what
//! they show arrives as plain view models, and they read no clock, do no I/O and decide nothing. The advisor's app and the
//! designer run in the browser (feature `web`); the app asks its engine by messages, the designer asks the server. All of them live under a strict content security policy:
//! no inline script, no style attribute.

pub mod advisor;
pub mod components;
pub mod customer;
pub mod designer;
pub mod office;
pub mod texts;

#[cfg(feature = "web")]
mod browser;
#[cfg(feature = "web")]
mod crash;
