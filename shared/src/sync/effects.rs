//! What the device's machine asks of the shell around it: store, send, connect, tell.

use super::{Lease, OutboxRow};
use crate::domain::{ChangeHash, DocumentId, ScopeId};
use crate::protocol::sync::{Bytes, CaseNews, Frame, Receipt, Revoked, Sent, SyncCode};

/// What the shell has to do.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Make this durable, all or nothing, and answer with [`Device::handle_stored`](super::Device::handle_stored).
    Store(Transaction),
    /// Send this; nothing answers, and it may get lost.
    Send(Frame),
    /// Open a connection, then call [`Device::handle_connected`](super::Device::handle_connected) or [`Device::handle_disconnected`](super::Device::handle_disconnected).
    Connect,
    /// Close the connection.
    Disconnect,
    /// Compute the digests of all documents and call [`Device::handle_digests`](super::Device::handle_digests).
    ComputeDigests,
    /// Begin a repair of this document and call [`Device::handle_repair_begun`](super::Device::handle_repair_begun).
    BeginRepair(DocumentId),
    /// Let the document's repair hear this and call [`Device::handle_repaired`](super::Device::handle_repaired).
    HearRepair(DocumentId, Bytes),
    /// The lease has run out: show the lock. Nothing is deleted.
    Lock,
    /// Destroy the key that the device's data is encrypted with.
    EraseKey,
    /// A person has to know.
    Tell(SyncCode),
}

/// Things that become durable together or not at all.
#[derive(Debug, Clone, PartialEq)]
pub struct Transaction {
    /// Answer by this.
    pub id: u64,
    /// What to write.
    pub writes: Vec<Write>,
}

/// One thing to write.
#[derive(Debug, Clone, PartialEq)]
pub enum Write {
    /// A change of this device's own, into the change log.
    Change {
        /// Of which document.
        document: DocumentId,
        /// Its name.
        hash: ChangeHash,
        /// Its bytes.
        bytes: Bytes,
    },
    /// A row for the outbox.
    Outbox(OutboxRow),
    /// The document's row in lists and searches, as the document now is.
    Row(DocumentId),
    /// This outbox row is safe on the server.
    OutboxRemove(u64),
    /// This outbox row is set aside.
    OutboxAside(u64, SyncCode),
    /// This outbox row is no longer set aside: it is sent once more.
    OutboxAgain(u64),
    /// Changes that came from the server: merge them, and write their documents' rows. Those that the document refuses
    /// go into the quarantine of incoming changes within the same transaction, and count as stored.
    Incoming(Sent),
    /// A scope was pulled so far.
    Cursor(ScopeId, u64),
    /// How far a submission is.
    Receipt(Receipt),
    /// A lease.
    Lease(Lease),
    /// The device is revoked.
    Revoked(Revoked),
    /// What is on offer; it replaces what was.
    OnOffer(Bytes),
    /// How a document's case stands; it replaces an older one.
    Case(CaseNews),
}

/// How storing went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It is durable.
    Done,
    /// There is no room; nothing was written.
    Full,
    /// It failed; nothing was written.
    Failed,
}
