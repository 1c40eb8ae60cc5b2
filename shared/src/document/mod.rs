//! The application as one small Automerge document that several people edit at once, with or without a network.
//!
//! Where to start: [`Application`] opens, merges and saves it; [`fields`] names what can be entered; the acts of
//! people are one file each in [`edits`]; [`Application::view`] says what the document means.
//!
//! Each field has three lanes that never overwrite each other: what people typed, what a reader saw on a photo, what a
//! partner confirmed. Concurrent values within a lane are all kept. Which one is shown, and what somebody has to
//! settle, is a rule (`authority.rs`), never a race.
//!
//! **Hostile bytes.** Changes that come over a network are read by [`ChangeHeader::read`] first: our own code, bounded
//! in bytes, operations and dependencies, which can neither panic nor swell. What passes goes to Automerge inside a
//! caught panic. That catches nothing where panics abort (wasm): there, and on a server, call [`Application::take`]
//! where a crash is affordable (a worker, a child process with limits).

mod application;
mod authority;
mod change_header;
pub mod edits;
mod entry;
pub mod fields;
mod genesis;
mod missing;
mod photos;
mod plan;
mod refused;
mod repair;
mod seal;
mod upgrade;
mod view;

#[cfg(test)]
pub(crate) mod two_devices;

pub use application::{
    Application, Edit, MAX_CHANGES_PER_DOCUMENT, MAX_DOCUMENT_BYTES, MAX_PEOPLE_CONCURRENT, Taken,
};
pub use authority::{FieldView, Standing};
pub use change_header::{ChangeHeader, MAX_CHANGE_BYTES, MAX_CHANGE_OPERATIONS, MAX_DEPENDENCIES};
pub use edits::Stamp;
pub use entry::{Entry, MAX_VALUE_BYTES, Source};
pub use fields::{BadValue, Field, Section};
pub use genesis::{Actor, genesis_hash};
pub use missing::{Missing, Needs};
pub use photos::{MAX_PHOTOS, Photo, Slot};
pub use plan::PlanChosen;
pub use refused::DocumentError;
pub use repair::{MAX_REPAIR_MESSAGE_BYTES, Repaired, Repairing};
pub use seal::{Late, Seal, SealedPhoto};
pub use view::{CapturedConsent, Status, View};

pub use crate::domain::{ChangeHash, DocumentId, PhotoHash};

/// The version of the document's shape that this program writes.
pub const SCHEMA: u64 = 1;
