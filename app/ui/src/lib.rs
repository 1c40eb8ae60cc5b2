//! Miaopi's screens as Dioxus components.
//!
//! Where to start: [`customer`] for the page behind a link, [`office`] for the staff pages, [`texts`] for zh-CN and
//! English. Customer and minimal staff pages are rendered on the server to plain HTML that works without JavaScript.

pub mod components;
pub mod customer;
pub mod office;
pub mod texts;
