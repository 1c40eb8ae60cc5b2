//! What others need for the same work. Constants: they were measured once, on a box like this, not in this run; those of
//! them that can be measured in this run are in `peers_here.rs`.

use serde::Serialize;

/// A figure of somebody else.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Peer {
    /// Who.
    pub name: &'static str,
    /// In the unit of the figure it stands beside.
    pub value: f64,
    /// Where the figure comes from.
    pub source: &'static str,
}

impl Peer {
    /// A figure of this run.
    pub(super) fn here(name: &'static str, value: f64) -> Self {
        Self { name, value, source: HERE }
    }

    /// Whether it was measured in this run.
    pub fn is_here(&self) -> bool {
        self.source == HERE
    }
}

const HERE: &str = "measured here";
const BOX: &str = "measured on a box like this (2 cores, Debian 12)";

pub(super) const ENGINE_RATE: [Peer; 3] = [
    Peer { name: "Restate", value: 110.0, source: BOX },
    Peer { name: "DBOS + PostgreSQL", value: 70.0, source: BOX },
    Peer { name: "bare rusqlite, then", value: 3_570.0, source: BOX },
];

pub(super) const ENGINE_CPU: [Peer; 2] = [
    Peer { name: "Restate, at best", value: 14.0, source: BOX },
    Peer { name: "bare rusqlite, then", value: 0.23, source: BOX },
];

pub(super) const PHOTO: [Peer; 2] = [
    Peer { name: "turbojpeg at half scale, then", value: 125.0, source: BOX },
    Peer { name: "the image crate alone", value: 1_240.0, source: BOX },
];

pub(super) const NUMBER_LINE: [Peer; 2] = [
    Peer { name: "Tesseract in process and warm, then", value: 23.0, source: BOX },
    Peer { name: "Tesseract as a new process", value: 270.0, source: BOX },
];

pub(super) const PDF: [Peer; 2] = [
    Peer { name: "Typst warm, then", value: 36.0, source: BOX },
    Peer { name: "Typst with a fresh compiler", value: 232.0, source: BOX },
];

pub(super) const SYNC_PUSH_CPU: [Peer; 4] = [
    Peer { name: "Hocuspocus", value: 3.7, source: BOX },
    Peer { name: "automerge-repo 2.5", value: 22.0, source: BOX },
    Peer { name: "samod 0.16", value: 9.7, source: BOX },
    Peer { name: "bare batches, then", value: 0.24, source: BOX },
];

pub(super) const SYNC_PULL_CPU: [Peer; 4] = [
    Peer { name: "Hocuspocus", value: 1.3, source: BOX },
    Peer { name: "automerge-repo 2.5", value: 4.6, source: BOX },
    Peer { name: "samod 0.16", value: 5.0, source: BOX },
    Peer { name: "bare batches, then", value: 0.012, source: BOX },
];

pub(super) const SYNC_EDITS_CPU: [Peer; 4] = [
    Peer { name: "Hocuspocus", value: 1.0, source: BOX },
    Peer { name: "automerge-repo 2.5", value: 9.2, source: BOX },
    Peer { name: "samod 0.16", value: 13.6, source: BOX },
    Peer { name: "bare batches, then", value: 0.12, source: BOX },
];

pub(super) const SYNC_PUSH_WIRE: [Peer; 2] = [
    Peer { name: "automerge-repo 2.5, the best then", value: 2.2, source: BOX },
    Peer { name: "bare batches, then", value: 0.38, source: BOX },
];

pub(super) const SYNC_PULL_WIRE: [Peer; 2] = [
    Peer { name: "samod 0.16, the best then", value: 2.1, source: BOX },
    Peer { name: "bare batches, then", value: 0.38, source: BOX },
];

pub(super) const SYNC_EDITS_WIRE: [Peer; 2] = [
    Peer { name: "Hocuspocus, the best then", value: 0.19, source: BOX },
    Peer { name: "bare batches, then", value: 0.24, source: BOX },
];
