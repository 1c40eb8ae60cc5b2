//! What devices and server say to each other over `/sync`: one connection, many documents, binary frames.
//!
//! Where to start: [`Frame`] lists everything that is said; [`encode`] and [`decode`] are the only way in and out of
//! bytes; [`signed`] is what a device's key signs; [`SyncCode`] is every reason to say no.
//!
//! A frame is one version byte and the frame in postcard: compact, read without believing any length, and written in
//! one way only, so that it can be frozen. What is signed is spelled out in [`signed`], not the frame. [`pack`] makes a
//! frame shorter for the way, over all its changes at once, which is why changes travel in their plain form.
//!
//! Frames are only ever added at the end of [`Frame`]; a changed frame is a new version.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

mod bytes;
mod codes;
mod packing;
mod report;
pub mod signed;

pub(super) use bytes::id;
pub use bytes::{Bytes, IdBytes, Signature};
pub use codes::{SyncCode, WhatToDo};
pub use packing::{MAX_MESSAGE_BYTES, pack, unpack};
pub use report::{
    DeviceReport, MAX_REPORTED_ITEMS, MAX_REPORTED_SCOPES, ReportedCursor, ReportedItem, ReportedState,
    ReportedStorage, ReportedWhat,
};

use crate::domain::{ChangeHash, DeviceId, DocumentId, PhotoHash, PhotoId, ScopeId, SubmissionId, TenantId};

/// The version of these frames.
pub const VERSION: u8 = 1;
/// Largest frame, in bytes (1 MiB). Whoever reads refuses a longer one before it is in memory.
pub const MAX_FRAME_BYTES: usize = 1024 * 1024;
/// Most changes in one push.
pub const MAX_PUSH_CHANGES: usize = 2_000;
/// Bytes of changes that one push or one answer to a pull aims at (256 KiB); a single change may be longer.
pub const AIM_FRAME_BYTES: usize = 256 * 1024;
/// Most documents in one digest frame.
pub const MAX_DIGESTS: usize = 10_000;
/// Most photos in one manifest.
pub const MAX_MANIFEST_PHOTOS: usize = 64;
/// Most heads in one manifest.
pub const MAX_MANIFEST_HEADS: usize = 64;
/// Most steps of one case's news; the newest count.
pub const MAX_CASE_STEPS: usize = 200;

/// Everything that is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Frame {
    /// Device: who I am and how much I hold that you do not have.
    Hello(Hello),
    /// Server: prove it, over these bytes.
    Challenge(Challenge),
    /// Device: proved.
    Auth(Auth),
    /// Server: come in.
    Welcome(Welcome),
    /// Device: changes of many documents, signed.
    Push(Push),
    /// Server: they are durable, or refused one by one.
    PushAck(PushAck),
    /// Device: what came after my cursor?
    Pull(Pull),
    /// Server: this did, in the order of commits; also unasked, as it happens.
    Changes(Changes),
    /// Device: this is what my documents come to.
    Digest(Digest),
    /// Server: those come to something else here.
    Differ(Differ),
    /// Either: one message of Automerge's sync for one document.
    Repair(Repair),
    /// Device: this was handed in, with these photos; signed.
    PhotoManifest(PhotoManifest),
    /// Server: how far a submission is.
    Receipt(Receipt),
    /// Server: this device is no longer trusted.
    Revoked(Revoked),
    /// Either: no, and why.
    Error(Refusal),
    /// Server: what is on offer, for working without a network; after each welcome.
    OnOffer(Bytes),
    /// Server: how the case stands that a document became; after each welcome for those that go on, and as it happens.
    Case(CaseNews),
    /// Device: how I stand; after each welcome, as it changes, and every minute. The server came with the app or is newer,
    /// so that it knows this.
    Report(DeviceReport),
    /// Server: the office wants what you set aside offered once more. Only to a device that has reported on this connection.
    OfferAgain,
}

/// Who I am.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// The device.
    #[serde(with = "bytes::id")]
    pub device: DeviceId,
    /// The document schema that its app writes.
    pub schema: u32,
    /// How many items it holds that are not yet safe on the server: what would be lost with it.
    pub unsynced: u32,
}

/// Prove it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Challenge {
    /// Drawn fresh for this connection.
    pub nonce: [u8; 32],
}

/// Proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Auth {
    /// Over [`signed::auth_bytes`].
    pub signature: Signature,
}

/// Come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// The tenant that the device's key belongs to.
    #[serde(with = "bytes::id")]
    pub tenant: TenantId,
    /// What the device may see.
    pub scopes: Vec<Scope>,
    /// How long it may work without a network from now on, seconds.
    pub lease_seconds: u32,
}

/// A scope and how far its sequence is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Which.
    #[serde(with = "bytes::id")]
    pub scope: ScopeId,
    /// The newest sequence number that was committed.
    pub head: u64,
}

/// Changes of many documents.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Push {
    /// Names this push within the connection.
    pub number: u32,
    /// The documents, each with its changes oldest first.
    pub documents: Vec<Pushed>,
    /// Over [`signed::push_bytes`]: tenant, device, and for each document its scope and its changes' names.
    pub signature: Signature,
}

/// Changes of one document. Their names do not travel: a change's name is the SHA-256 of its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    /// Which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// Where it belongs, if it is new.
    #[serde(with = "bytes::id")]
    pub scope: ScopeId,
    /// The changes.
    pub changes: Vec<Bytes>,
}

/// What came of a push. Sent after the commit is durable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PushAck {
    /// Which push.
    pub number: u32,
    /// How far the scopes moved by it.
    pub steps: Vec<ScopeStep>,
    /// Changes that were not taken; all others are durable.
    pub refused: Vec<RefusedChange>,
    /// The device is revoked: what it sent lies in quarantine, where the office sees it.
    pub quarantined: bool,
}

/// A scope went from one sequence number to another by nothing but this push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScopeStep {
    /// Which scope.
    #[serde(with = "bytes::id")]
    pub scope: ScopeId,
    /// The number before the first of these changes.
    pub before: u64,
    /// The number of the last.
    pub after: u64,
}

/// A change that was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusedChange {
    /// Of which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// Which change.
    pub change: ChangeHash,
    /// Why.
    pub code: SyncCode,
}

/// What came after my cursor?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pull {
    /// In which scope.
    #[serde(with = "bytes::id")]
    pub scope: ScopeId,
    /// The last sequence number that is durable on the device.
    pub cursor: u64,
}

/// What came.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// In which scope.
    #[serde(with = "bytes::id")]
    pub scope: ScopeId,
    /// After this sequence number.
    pub from: u64,
    /// Up to and including this one.
    pub to: u64,
    /// More is there: ask again once this is durable.
    pub more: bool,
    /// By document, oldest first.
    pub documents: Vec<Sent>,
}

/// Changes of one document on their way to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// Which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// The changes.
    pub changes: Vec<Bytes>,
}

/// What my documents come to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    /// Each document with [`head_digest`] of its heads.
    pub documents: Vec<DocumentDigest>,
}

/// One document's heads in sixteen bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentDigest {
    /// Which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// The digest.
    pub digest: [u8; 16],
}

/// Those differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Differ {
    /// Documents whose digest is another one here.
    pub documents: Vec<IdBytes>,
}

/// One message of a repair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repair {
    /// Of which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// Automerge's own sync message.
    pub message: Bytes,
}

/// This was handed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhotoManifest {
    /// Which handing-in.
    #[serde(with = "bytes::id")]
    pub submission: SubmissionId,
    /// Of which document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// The frozen heads.
    pub heads: Vec<ChangeHash>,
    /// The frozen photos.
    pub photos: Vec<ManifestPhoto>,
    /// Over [`signed::manifest_bytes`].
    pub signature: Signature,
}

/// A photo that belongs to a submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ManifestPhoto {
    /// Its name.
    #[serde(with = "bytes::id")]
    pub id: PhotoId,
    /// Digest of the picture.
    pub plain: PhotoHash,
    /// Digest of what is uploaded.
    pub cipher: PhotoHash,
    /// Length of what is uploaded.
    pub cipher_bytes: u32,
}

/// How far a submission is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// The submission that stands for it: there is one, the first that came.
    #[serde(with = "bytes::id")]
    pub submission: SubmissionId,
    /// How far it is.
    pub state: ReceiptState,
    /// Photos that did not arrive yet, or not as the manifest says.
    pub awaited: Vec<IdBytes>,
}

/// How far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ReceiptState {
    /// The document is durable; photos may be on their way.
    Received,
    /// Every photo was verified and is durable. Only now may the device delete its copies.
    Complete,
}

/// How a case stands that a document became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseNews {
    /// The document.
    #[serde(with = "bytes::id")]
    pub document: DocumentId,
    /// The case's number, as it is said on the phone.
    pub number: String,
    /// The address that the customer goes on at, on their own phone.
    pub link: String,
    /// Whose turn it is, or how it ended.
    pub standing: CaseStanding,
    /// When this was so, milliseconds since 1970: an older one never replaces a newer.
    pub at_ms: i64,
    /// The blocks that it passed and the one it is in, oldest first.
    pub steps: Vec<CaseStep>,
}

/// Whose turn it is, or how the case ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CaseStanding {
    /// The customer's, on the link.
    Customer,
    /// The machine's.
    Machine,
    /// The office's.
    Office,
    /// Signed.
    Signed,
    /// Declined.
    Declined,
    /// Over without a contract: withdrawn, or too late.
    Ended,
}

/// A block that a case passed, or is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseStep {
    /// The block's kind.
    pub kind: String,
    /// How it left it; `None` while it is in it.
    pub outcome: Option<String>,
    /// How long it took, or has taken, milliseconds.
    pub ms: u64,
}

/// No longer trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Revoked {
    /// Hand over what is still in the outbox (into quarantine), then stop.
    HandOver,
    /// Reported stolen: destroy the key.
    Erase,
}

/// No, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Why.
    pub code: SyncCode,
    /// Which push it is about, if it is about one.
    pub push: Option<u32>,
    /// Which document it is about, if it is about one.
    pub document: Option<IdBytes>,
    /// The connection ends with this.
    pub closes: bool,
}

/// The frame's bytes.
pub fn encode(frame: &Frame) -> Vec<u8> {
    // Writing into a vector cannot fail, and no frame holds what postcard cannot write; were it otherwise, the reader
    // refuses the lone version byte.
    postcard::to_extend(frame, vec![VERSION]).unwrap_or_else(|_| vec![VERSION])
}

/// Reads a frame.
///
/// # Errors
/// [`SyncCode::FrameTooLarge`], [`SyncCode::VersionUnknown`], or [`SyncCode::FrameMalformed`] for anything but exactly
/// one frame whose lists are within their bounds.
pub fn decode(bytes: &[u8]) -> Result<Frame, SyncCode> {
    if bytes.len() > MAX_FRAME_BYTES {
        return Err(SyncCode::FrameTooLarge);
    }
    let (version, body) = bytes.split_first().ok_or(SyncCode::FrameMalformed)?;
    if *version != VERSION {
        return Err(SyncCode::VersionUnknown);
    }
    let (frame, rest) = postcard::take_from_bytes::<Frame>(body).map_err(|_| SyncCode::FrameMalformed)?;
    if !rest.is_empty() {
        return Err(SyncCode::FrameMalformed);
    }
    if !within_bounds(&frame) {
        return Err(SyncCode::TooMany);
    }
    // postcard also reads numbers that are written longer than they need be.
    if encode(&frame) == bytes { Ok(frame) } else { Err(SyncCode::FrameMalformed) }
}

fn within_bounds(frame: &Frame) -> bool {
    match frame {
        Frame::Push(push) => {
            let names: BTreeSet<DocumentId> = push.documents.iter().map(|pushed| pushed.document).collect();
            names.len() == push.documents.len()
                && push.documents.iter().all(|pushed| !pushed.changes.is_empty())
                && push.documents.iter().map(|pushed| pushed.changes.len()).sum::<usize>() <= MAX_PUSH_CHANGES
        }
        Frame::Case(news) => news.steps.len() <= MAX_CASE_STEPS,
        Frame::Report(report) => report.is_within_bounds(),
        Frame::OnOffer(bytes) => bytes.0.len() <= super::on_offer::MAX_ON_OFFER_BYTES,
        Frame::Digest(digest) => digest.documents.len() <= MAX_DIGESTS,
        Frame::Differ(differ) => differ.documents.len() <= MAX_DIGESTS,
        Frame::PhotoManifest(manifest) => {
            manifest.photos.len() <= MAX_MANIFEST_PHOTOS
                && (1..=MAX_MANIFEST_HEADS).contains(&manifest.heads.len())
        }
        _ => true,
    }
}

/// A document's heads in sixteen bytes: equal digests mean equal documents.
pub fn head_digest(heads: &[ChangeHash]) -> [u8; 16] {
    let mut heads = heads.to_vec();
    heads.sort();
    let all: Vec<u8> = heads.iter().flat_map(|head| head.to_bytes()).collect();
    let mut digest = [0; 16];
    digest.copy_from_slice(&ChangeHash::of(&all).to_bytes()[..16]);
    digest
}

#[cfg(test)]
mod tests;
