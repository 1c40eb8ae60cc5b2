//! The first change of every document, and who writes the others.
//!
//! Two devices that each make "the same" map make two maps, and one side's entries become invisible. So the maps are
//! made by one change that is the same everywhere, byte for byte: fixed actor, time 0.

use super::{DocumentError, SCHEMA, change_header::ChangeHeader};
use crate::domain::ChangeHash;
use automerge::{
    ActorId, Automerge, Change, ObjType, ROOT, TextEncoding,
    transaction::{CommitOptions, Transactable},
};
use std::sync::OnceLock;

/// Who writes a change: one boot of one tab with one document. Never used again after a restart, because a second
/// history under the same name wedges the document on every device that has seen the first.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Actor(ActorId);

impl Actor {
    /// An actor of these bytes, freshly drawn by the caller for this document, boot and tab.
    pub fn fresh(random: [u8; 16]) -> Actor {
        Actor(ActorId::from(random))
    }

    pub(super) fn into_inner(self) -> ActorId {
        self.0
    }
}

/// The actor of the first change. The same for everybody, for ever.
const GENESIS_ACTOR: [u8; 16] = *b"miaopi genesis 1";

pub(super) mod keys {
    //! Names of the document's parts. They never change.
    pub const SCHEMA: &str = "schema";
    pub const TYPED: &str = "typed";
    pub const READ: &str = "read";
    pub const CONFIRMED: &str = "confirmed";
    pub const PHOTOS: &str = "photos";
    pub const CONSENTS: &str = "consents";
    pub const NOTES: &str = "notes";
    pub const SEAL: &str = "seal";
    pub const AMENDS: &str = "amends";
    pub const WITHDRAWN: &str = "withdrawn";
}

/// The name of the first change: every device and every server has it without being told.
pub fn genesis_hash() -> ChangeHash {
    ChangeHash::from_bytes(genesis().hash().0)
}

/// A document with the first change only.
pub(super) fn new_document(actor: Actor) -> Result<Automerge, DocumentError> {
    let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
    doc.apply_changes([genesis().clone()])?;
    doc.set_actor(actor.into_inner());
    Ok(doc)
}

pub(super) fn genesis() -> &'static Change {
    static GENESIS: OnceLock<Change> = OnceLock::new();
    GENESIS.get_or_init(|| {
        let mut doc = Automerge::new_with_encoding(TextEncoding::UnicodeCodePoint);
        doc.set_actor(ActorId::from(GENESIS_ACTOR));
        let mut tx = doc.transaction();
        let made = (|| {
            tx.put(ROOT, keys::SCHEMA, SCHEMA)?;
            for map in [keys::TYPED, keys::READ, keys::CONFIRMED, keys::PHOTOS, keys::CONSENTS] {
                tx.put_object(ROOT, map, ObjType::Map)?;
            }
            tx.put_object(ROOT, keys::NOTES, ObjType::Text)
        })();
        made.expect("an empty document takes its maps");
        tx.commit_with(CommitOptions::default().with_time(0));
        doc.get_last_local_change().expect("a commit with operations is a change")
    })
}

/// Reads a change that came from outside as Automerge's own type, after our own reading let it pass.
pub(super) fn parse(bytes: &[u8]) -> Result<Change, DocumentError> {
    ChangeHeader::read(bytes)?;
    Change::from_bytes(bytes.to_vec()).map_err(|_| DocumentError::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes these bytes splits every application in the field in two: devices with the old app and devices
    /// with the new one would each write into maps that the other does not see. Do not; make an upgrade instead.
    #[test]
    fn the_first_change_is_the_same_for_everybody_for_ever() {
        assert_eq!(
            genesis_hash().to_string(),
            "64cf3e118bfab055f22347e341af5397e361b07910e1252b455d1aabd1e20ef3"
        );
        assert_eq!((genesis().timestamp(), genesis().seq(), genesis().deps().len()), (0, 1, 0));
        assert!(ChangeHeader::read(genesis().raw_bytes()).is_ok());
    }
}
