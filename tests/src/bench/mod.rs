//! What a case costs: each figure beside a floor measured in the same run, the bare work without HTTP or our logic.
//!
//! Where to start: [`run`] measures the parts asked for; [`Report`] is what comes out. One file a part: `engine.rs`
//! (the flow engine alone), `case.rs` (a case without photo and PDF), `whole.rs` (a case with everything), `weight.rs`
//! (the customer's page, memory), `pure.rs` (ranking and matching), `flow.rs` (the flow without a server), `hanging.rs` (one
//! partner of twenty hangs), `sync.rs` (devices and the server), `app.rs` (the advisor's app), `mobile.rs` (the same as an app of its own), `reader.rs` (cards read), `office.rs` (the office over a
//! million cases). `durable.rs`, `lab.rs` and `bare.rs` are the
//! floors; `peers.rs` and `peers_here.rs` are what others need.
//!
//! Time is measured here, so this is the one place of the tests that reads clocks and waits for them.

mod app;
mod bare;
mod case;
mod customer;
mod durable;
mod engine;
mod flow;
mod hanging;
mod inside;
mod lab;
mod measure;
mod mobile;
mod office;
mod paper;
mod peers;
mod peers_here;
mod people;
mod pure;
mod reader;
mod report;
mod sync;
mod weight;
mod whole;

use std::path::Path;

use anyhow::Result;
use clap::ValueEnum;
use serde::Serialize;

pub use engine::once as engine_once;
pub use report::Report;

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// A flow of seven trivial steps: the engine alone.
    Engine,
    /// A whole case without photo and PDF.
    Case,
    /// A whole case with everything.
    Whole,
    /// The customer's page in bytes, the server in memory.
    Weight,
    /// Plan ranking and funder matching.
    Pure,
    /// Steps, proofs, replays and tables of the flow, without a server.
    Flow,
    /// Devices and the server.
    Sync,
    /// One partner of twenty hangs.
    Partners,
    /// The advisor's app in a browser.
    App,
    /// The advisor's app as an app of its own beside the same in a browser; only where it is asked for.
    Mobile,
    /// How well and how fast cards are read, by our own reader and by Tesseract; only where it is asked for.
    Reader,
    /// The office over a million cases; only where it is asked for.
    Office,
}

impl Part {
    /// In the order in which they are measured, the quiet ones first; without [`Part::Office`], which takes gigabytes,
    /// [`Part::Mobile`], which is built by itself, and [`Part::Reader`], which draws hundreds of photos.
    pub const ALL: [Self; 9] = [
        Self::Pure,
        Self::Flow,
        Self::Engine,
        Self::Sync,
        Self::Case,
        Self::Partners,
        Self::Weight,
        Self::App,
        Self::Whole,
    ];
}

/// Measures `parts` one after the other and says on standard error how far it is. With the folder in which the peers
/// of [`Part::Sync`] lie installed, they are measured as well; without it their figures are constants.
///
/// # Errors
/// When a part cannot be measured at all; figures that miss their aim are no error.
pub async fn run(parts: &[Part], peers: Option<&Path>) -> Result<Report> {
    let mut report = Report::begin();
    for part in parts {
        eprintln!("measuring {part:?} …");
        match part {
            Part::Engine => engine::measure(&mut report).await?,
            Part::Case => case::measure(&mut report).await?,
            Part::Whole => whole::measure(&mut report).await?,
            Part::Partners => hanging::measure(&mut report).await?,
            Part::Weight => weight::measure(&mut report).await?,
            Part::Pure => pure::measure(&mut report)?,
            Part::Flow => flow::measure(&mut report)?,
            Part::Sync => sync::measure(&mut report, peers).await?,
            Part::App => app::measure(&mut report).await?,
            Part::Mobile => mobile::measure(&mut report).await?,
            Part::Reader => reader::measure(&mut report)?,
            Part::Office => office::measure(&mut report).await?,
        }
    }
    report.end();
    Ok(report)
}
