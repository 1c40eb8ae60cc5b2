//! The partner lab: plays every outside company over HTTP, as its own process.
//!
//! Where to start: [`serve()`] starts it; `magic.rs` is the table of values that steer its answers (also served at
//! `GET /`); `play.rs` is what every request goes through; `control.rs` breaks partners on purpose.

mod answers;
mod authorities;
pub mod ca;
mod callbacks;
mod connection;
mod control;
mod effects;
mod faults;
mod funders;
mod inbox;
mod magic;
mod page;
mod play;
mod reel;
mod registry;
mod serve;
pub mod tsa;

pub use authorities::Authorities;
pub use faults::{Calls, Fault, Faults};
pub use funders::Personality;
pub use reel::Reel;
pub use registry::Registry;
pub use serve::{LabConfig, Pace, router, serve};
