//! Tests of the whole system and what they stand on. Where to start: [`world`] starts real servers and command lines,
//! [`browser`] drives a headless Chromium, [`cards`] draws and photographs invented ID cards, [`odd_files`] makes what is
//! handed in instead, [`intake`] hands it in, [`history`] has weeks of cases, [`phone`] is an advisor's device, [`mod@bench`] measures what a case costs, and the files in `tests/` tell the
//! journeys.

pub mod bench;
pub mod browser;
pub mod history;
pub mod intake;
pub mod odd_files;
pub mod phone;
pub mod world;

pub use ::cards;
