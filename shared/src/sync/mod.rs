//! How devices and server come to hold the same: pure machines. What happened goes in, what to do comes out as data, and
//! the shell that carries it out answers by id. No clock, no network, no disk, no randomness: each call brings a
//! [`Moment`].
//!
//! Where to start: [`Device`] is the device's side of the connection, [`Session`] the server's; [`admit_push`] decides
//! inside the server's write transaction what is taken; [`Uploads`] sends photos.
//!
//! The rules that both sides keep:
//! - The device sends nothing that its storage has not confirmed, and removes nothing from its outbox before the
//!   server's acknowledgement and its own storage say so.
//! - The server acknowledges nothing that its storage has not confirmed.
//! - A cursor passes nothing that is not durable, and a document with a hole is not taken for a whole one: see [`Ends`].
//! - Doing anything again changes nothing. Whatever is lost, doubled, cut or out of order on the way ends in a repeated
//!   act or a new connection.

mod admit;
mod backoff;
mod device;
mod effects;
mod ends;
mod frames_in;
mod hand_in;
mod lease;
mod outbox;
mod session;
mod storing;
mod uploads;

#[cfg(test)]
mod plots;

pub use admit::{
    Admitted, KnownDevice, KnownDocument, Ledger, MAX_SERVER_CHANGES_PER_DOCUMENT, PushPlan, Submission,
    admit_manifest, admit_push, receipt,
};
pub use backoff::Backoff;
pub use device::{Device, DeviceBoot, Identity, Link};
pub use effects::{Effect, Stored, Transaction, Write};
pub use ends::Ends;
pub use hand_in::manifest_of;
pub use lease::Lease;
pub use outbox::{Item, MAX_OUTBOX_ROWS, Outbox, OutboxRow, RowState, Unsynced, push_of};
pub use session::{
    Batch, Checked, CheckedPush, Committed, LEASE_SECONDS, MAX_COMMITS_IN_WORK, ServerEffect, Session, Work,
};
pub use uploads::{MAX_SLICE_BYTES, MIN_SLICE_BYTES, TusAnswer, TusRequest, Upload, Uploads};

use jiff::Timestamp;

/// When a call is made, and a number drawn for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The device's own clock: for people and for the lease. It may be wrong and step back.
    pub wall: Timestamp,
    /// Milliseconds since the program started; never steps back. Everything that waits, waits by it.
    pub ticks: u64,
    /// Drawn by the caller, so that devices do not all come back at once.
    pub dice: u64,
}

/// Why the device takes nothing from the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotTaken {
    /// The offline lease has run out: connect to unlock. Nothing is deleted.
    Locked,
    /// The device is revoked.
    Revoked,
    /// The outbox is full.
    OutboxFull,
}

impl NotTaken {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Locked => "device_locked",
            Self::Revoked => "device_revoked",
            Self::OutboxFull => "device_outbox_full",
        }
    }

    /// What it means and what to do.
    pub fn text(self, lang: crate::domain::Lang) -> &'static str {
        match self {
            Self::Locked => lang.pick(
                "离线时间过长，应用已锁定；资料均已保留。请联网解锁。",
                "This device was offline too long and is locked; nothing is lost. Connect it to unlock.",
            ),
            Self::Revoked => {
                lang.pick("此设备已被停用，请联系管理员。", "This device was revoked. Ask the office.")
            }
            Self::OutboxFull => lang.pick(
                "待上传内容过多，请先联网上传。",
                "Too much waits to be sent. Connect before you go on.",
            ),
        }
    }
}
