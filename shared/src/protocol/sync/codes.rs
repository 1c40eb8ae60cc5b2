//! Every reason to say no over `/sync`, with what the other side does about it.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $code:literal, $todo:ident;)*) => {
        /// Why something was refused. Its number is on the wire and its text in logs and on screens; neither changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(from = "u16", into = "u16")]
        pub enum SyncCode {
            $($(#[$doc])* $name,)*
            /// A reason of a newer version.
            Newer(u16),
        }

        impl SyncCode {
            /// Every reason of this version.
            pub const ALL: &'static [SyncCode] = &[$(SyncCode::$name,)*];

            /// Stable code for programs.
            pub fn code(self) -> &'static str {
                match self { $(SyncCode::$name => $code,)* SyncCode::Newer(_) => "sync_newer" }
            }

            /// What whoever is refused does.
            pub fn what_to_do(self) -> WhatToDo {
                match self { $(SyncCode::$name => WhatToDo::$todo,)* SyncCode::Newer(_) => WhatToDo::SetAside }
            }
        }

        impl From<SyncCode> for u16 {
            fn from(code: SyncCode) -> u16 {
                match code { $(SyncCode::$name => $number,)* SyncCode::Newer(number) => number }
            }
        }

        impl From<u16> for SyncCode {
            fn from(number: u16) -> SyncCode {
                match number { $($number => SyncCode::$name,)* other => SyncCode::Newer(other) }
            }
        }
    };
}

/// What whoever is refused does about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhatToDo {
    /// Try again later; nothing is wrong with what was sent.
    Again,
    /// Compare the document with the server's, then go on.
    Repair,
    /// Set this item aside where a person sees it, and go on with the rest.
    SetAside,
    /// Open a new connection.
    Reconnect,
    /// Ask a person: nothing sent from here will be taken.
    Stop,
}

codes! {
    /// Not a frame.
    FrameMalformed = 1, "sync_frame_malformed", Reconnect;
    /// Longer than a frame may be.
    FrameTooLarge = 2, "sync_frame_too_large", Reconnect;
    /// A version of the frames that is not spoken here.
    VersionUnknown = 3, "sync_version_unknown", Stop;
    /// More items than the frame may hold.
    TooMany = 4, "sync_too_many", Reconnect;
    /// This frame does not belong here.
    OutOfOrder = 5, "sync_out_of_order", Reconnect;
    /// Too much in the works on this connection.
    Busy = 6, "sync_busy", Again;
    /// The device is not enrolled, or its proof is wrong: which of the two is not said.
    NotEnrolled = 10, "sync_not_enrolled", Stop;
    /// The signature of a batch is wrong.
    SignatureWrong = 11, "sync_signature_wrong", Reconnect;
    /// The device is revoked: a new connection says how, hand over or erase.
    Revoked = 12, "sync_revoked", Reconnect;
    /// There is no such document for this device: another tenant's, another scope's, or none.
    DocumentUnknown = 20, "sync_document_unknown", SetAside;
    /// There is no such scope for this device.
    ScopeUnknown = 21, "sync_scope_unknown", SetAside;
    /// The bytes are no change.
    ChangeMalformed = 22, "sync_change_malformed", SetAside;
    /// The change is out of bounds.
    ChangeTooLarge = 23, "sync_change_too_large", SetAside;
    /// It follows a change that is not here.
    DependencyMissing = 24, "sync_dependency_missing", Repair;
    /// Another change has this place of its actor: the device's data was copied or rolled back.
    ActorReused = 25, "sync_actor_reused", SetAside;
    /// The document has as many changes as it may have.
    DocumentFull = 26, "sync_document_full", SetAside;
    /// The same submission came before with other content.
    SubmissionReused = 30, "sync_submission_reused", SetAside;
    /// The manifest is out of bounds.
    ManifestMalformed = 31, "sync_manifest_malformed", SetAside;
    /// The cursor is beyond the newest change: the server was restored from an older state.
    CursorUnknown = 40, "sync_cursor_unknown", Repair;
    /// The repair of this document did not work out.
    RepairFailed = 41, "sync_repair_failed", Again;
    /// No room left.
    StorageFull = 50, "sync_storage_full", Again;
    /// Storing failed.
    StorageFailed = 51, "sync_storage_failed", Again;
}

impl fmt::Display for SyncCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}
