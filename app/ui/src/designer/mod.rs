//! The flow designer: business staff compose a process of blocks on a canvas.
//!
//! Where to start: `board` is what all parts share; `stage` is the canvas with `blocks` and `edges` on it, `panel` what can
//! be set of a block, `keeping` how the draft is kept. What is drawn, and whether it could run, is decided by
//! [`shared::flow::draw`]. Screens exist with the feature `web` only; what they calculate ([`form`], [`grid`], [`view`],
//! [`begin`]) and what things are called ([`looks`]) builds everywhere.

pub mod begin;
pub mod form;
pub mod grid;
pub mod looks;
pub mod view;

#[cfg(feature = "web")]
mod api;
#[cfg(feature = "web")]
mod app;
#[cfg(feature = "web")]
mod bar;
#[cfg(feature = "web")]
mod blocks;
#[cfg(feature = "web")]
mod board;
#[cfg(feature = "web")]
mod dialogs;
#[cfg(feature = "web")]
mod edges;
#[cfg(feature = "web")]
mod flow_panel;
#[cfg(feature = "web")]
mod guide;
#[cfg(feature = "web")]
mod keeping;
#[cfg(feature = "web")]
mod keys;
#[cfg(feature = "web")]
mod lists;
#[cfg(feature = "web")]
mod minimap;
#[cfg(feature = "web")]
mod palette;
#[cfg(feature = "web")]
mod panel;
#[cfg(feature = "web")]
mod params;
#[cfg(feature = "web")]
mod parts;
#[cfg(feature = "web")]
mod stage;
#[cfg(feature = "web")]
mod table;
#[cfg(feature = "web")]
mod trying;

/// Starts the designer in the page's element `app`.
#[cfg(feature = "web")]
pub fn launch() {
    crate::texts::speak(&crate::texts::DESIGNER);
    crate::crash::watch(crate::crash::DESIGNER);
    dioxus_web::launch::launch_cfg(app::App, dioxus_web::Config::new().rootname("app"));
}
