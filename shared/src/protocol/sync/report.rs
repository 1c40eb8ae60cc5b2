//! What a device says of itself, so that the office sees what is not yet safe and why. No names and no values travel: a
//! document is its id, a reason is a code.

use serde::{Deserialize, Serialize};

use super::bytes;
use crate::domain::{DocumentId, ScopeId};

/// Most items of one report; how many there are in all is counted.
pub const MAX_REPORTED_ITEMS: usize = 50;
/// Most scopes of one report.
pub const MAX_REPORTED_SCOPES: usize = 64;
/// Longest name of an app's version, and longest code, in bytes.
const MAX_CODE_BYTES: usize = 40;

/// How a device stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceReport {
    /// The version of its app.
    pub app: String,
    /// The moment by the device's own clock, milliseconds since 1970.
    pub at_ms: i64,
    /// Items that are not yet safe on the server.
    pub unsynced: u32,
    /// Of these, items that are set aside: a person has to look.
    pub aside: u32,
    /// Bytes of photos that are still to be uploaded.
    pub photo_bytes: u64,
    /// Since when its oldest unsafe item lies on it alone, by its own clock, milliseconds since 1970.
    pub oldest_ms: Option<i64>,
    /// How safely the browser or the system keeps its storage; unknown until it was asked.
    pub storage: Option<ReportedStorage>,
    /// How far it has pulled each scope.
    pub cursors: Vec<ReportedCursor>,
    /// What is not yet safe, by document; the first [`MAX_REPORTED_ITEMS`].
    pub items: Vec<ReportedItem>,
}

/// How safely a device keeps what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedStorage {
    /// It is kept when space runs short.
    pub kept: bool,
    /// Bytes that are free; `None` where nobody says.
    pub free: Option<u64>,
}

/// How far a scope was pulled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedCursor {
    /// Which.
    #[serde(with = "bytes::id")]
    pub scope: ScopeId,
    /// The last sequence number that is durable on the device.
    pub cursor: u64,
}

/// Something of one document that is not yet safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportedItem {
    /// Of which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// What it is.
    pub what: ReportedWhat,
    /// Where it is.
    pub state: ReportedState,
    /// How many alike.
    pub count: u32,
    /// Bytes of a photo; 0 otherwise.
    pub bytes: u64,
}

/// What is not yet safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReportedWhat {
    /// Something that was entered.
    Change,
    /// A handing-in.
    Submission,
    /// A photo.
    Photo,
}

/// Where it is.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReportedState {
    /// On the device only.
    Waiting,
    /// On its way.
    Sending,
    /// Set aside, with the code of why.
    Aside(String),
}

impl DeviceReport {
    /// Are its lists and texts within their bounds?
    pub(super) fn is_within_bounds(&self) -> bool {
        let code = |state: &ReportedState| match state {
            ReportedState::Aside(code) => is_plain(code),
            ReportedState::Waiting | ReportedState::Sending => true,
        };
        self.items.len() <= MAX_REPORTED_ITEMS
            && self.cursors.len() <= MAX_REPORTED_SCOPES
            && is_plain(&self.app)
            && self.items.iter().all(|item| code(&item.state))
    }
}

/// Codes and versions only: nothing that could carry a person's data.
fn is_plain(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-' | b'+');
    !text.is_empty() && text.len() <= MAX_CODE_BYTES && text.bytes().all(plain)
}
