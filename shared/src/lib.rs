//! What every part of Miaopi agrees on. Pure: builds for wasm, does no I/O, reads no clock, draws no randomness.
//!
//! Where to start: [`domain`] for people, vehicles, money, plans and funders; [`document`] for an application that
//! several devices edit at once; [`flow`] for the blocks a process is made of and the machine that runs them;
//! [`protocol`] for what travels; [`sync`] for how devices and server come to hold the same; [`app`] for what an advisor's
//! screens and the engine behind them say to each other.

pub mod app;
pub mod document;
pub mod domain;
pub mod flow;
pub mod protocol;
pub mod sync;
