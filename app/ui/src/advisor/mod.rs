//! The advisor's app: cases are filled beside a vehicle, with or without a network.
//!
//! Where to start: [`route`] says which screen an address means, [`parts`] how a case is divided; `app` puts the screens
//! together, `desk` is what they share, `engine` is the page's end of the worker. Screens and whatever touches the browser
//! exist with the feature `web` only; what they calculate ([`calculate`], [`typed`], [`missing`], [`measure`],
//! [`window`], [`room`]) is pure and builds everywhere.

pub mod calculate;
pub mod measure;
pub mod missing;
pub mod parts;
pub mod room;
pub mod route;
pub mod typed;
pub mod window;

#[cfg(feature = "web")]
mod app;
#[cfg(feature = "web")]
mod at_risk;
#[cfg(feature = "web")]
mod camera;
#[cfg(feature = "web")]
mod case;
#[cfg(feature = "web")]
mod cases;
#[cfg(feature = "web")]
mod consents;
#[cfg(feature = "web")]
mod contract;
#[cfg(feature = "web")]
mod desk;
#[cfg(feature = "web")]
mod engine;
#[cfg(feature = "web")]
mod errand;
#[cfg(any(test, feature = "fake"))]
mod fake;
#[cfg(feature = "web")]
mod field;
#[cfg(feature = "web")]
mod gate;
#[cfg(feature = "web")]
mod handover;
#[cfg(feature = "web")]
mod install;
#[cfg(feature = "web")]
mod link;
#[cfg(feature = "web")]
mod moment;
#[cfg(feature = "web")]
mod new;
#[cfg(feature = "web")]
mod outside;
#[cfg(feature = "web")]
mod pad;
#[cfg(feature = "web")]
mod photos;
#[cfg(feature = "web")]
mod plan;
#[cfg(feature = "web")]
mod prepare_photo;
#[cfg(feature = "web")]
mod proposal;
#[cfg(feature = "web")]
mod rescue;
#[cfg(feature = "web")]
mod review;
#[cfg(feature = "web")]
mod scan;
#[cfg(feature = "web")]
mod section;
#[cfg(feature = "web")]
mod settings;
#[cfg(feature = "web")]
mod settle;
#[cfg(feature = "web")]
mod states;
#[cfg(feature = "web")]
mod sync;
#[cfg(feature = "web")]
mod timeline;
#[cfg(feature = "web")]
mod viewfinder;

#[cfg(test)]
mod sample;

#[cfg(feature = "web")]
use crate::{browser, crash};

/// Starts the app in the page's element `app`.
#[cfg(feature = "web")]
pub fn launch() {
    crate::texts::speak(&crate::texts::ADVISOR);
    crash::watch(crash::ADVISOR);
    engine::start();
    dioxus_web::launch::launch_cfg(app::App, dioxus_web::Config::new().rootname("app"));
}
