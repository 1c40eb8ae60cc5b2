//! The device's engine: what an advisor enters is kept here, encrypted, before anything is said to be saved, and goes to
//! the server when there is a connection.
//!
//! Where to start: [`Engine::handle_ask`] answers the screens (`shared::app`); [`Engine::take_deeds`] is what the
//! shell around it has to do (connect, send, upload, tell); [`Store`] is the database; [`rescue()`] reads one that does not
//! open otherwise. The engine itself opens no
//! connection and reads no clock: one source for the browser, where `web` is its shell's half in Rust and
//! `assets/advisor/worker.js` the other, and for a native shell.

mod engine;
mod rescue;
mod store;
mod world;

#[cfg(target_family = "wasm")]
pub mod web;

pub use engine::{ContractRequest, Deed, Engine, Me, Upload};
pub use rescue::{RescueFile, rescue};
pub use store::{Store, StoreError};
pub use world::{Draw, World};
