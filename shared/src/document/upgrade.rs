//! From one version of the document's shape to the next: by adding, with a change that is the same on every device.
//!
//! An upgrade follows the first change (or the upgrade before it) and nothing else, whatever else the document holds by
//! then, is written by a fixed actor at time 0, and only makes new parts. So two devices that upgrade apart make the
//! same bytes, and an old app goes on writing into the old parts.

use super::{
    DocumentError,
    genesis::{self, keys},
};
use automerge::{
    ActorId, Automerge, Change, ChangeHash, PatchLog, ROOT,
    transaction::{CommitOptions, Transactable, Transaction},
};

/// One step from version `to - 1` to version `to`.
pub(super) struct Upgrade {
    /// The version it leads to.
    pub(super) to: u64,
    /// Its fixed actor.
    pub(super) actor: [u8; 16],
    /// Makes the new parts.
    pub(super) add: fn(&mut Transaction<'_>) -> Result<(), automerge::AutomergeError>,
}

/// All steps there are, in order. So far there is one version.
pub(super) const UPGRADES: &[Upgrade] = &[];

/// The changes of these steps: the same on every device.
pub(super) fn changes(steps: &[Upgrade]) -> Result<Vec<Change>, DocumentError> {
    let mut doc = Automerge::new_with_encoding(automerge::TextEncoding::UnicodeCodePoint);
    doc.apply_changes([genesis::genesis().clone()])?;
    let mut last: ChangeHash = genesis::genesis().hash();
    let mut made = Vec::new();
    for step in steps {
        doc.set_actor(ActorId::from(step.actor));
        let mut tx =
            doc.transaction_at(PatchLog::inactive(), &[last]).map_err(|_| DocumentError::Malformed)?;
        tx.put(ROOT, keys::SCHEMA, step.to)?;
        (step.add)(&mut tx)?;
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
        last = hash.ok_or(DocumentError::Malformed)?;
        made.push(doc.get_last_local_change().ok_or(DocumentError::Malformed)?);
    }
    Ok(made)
}

impl super::Application {
    /// Brings the document to the newest version; returns what was added, to be stored and sent like any change.
    ///
    /// # Errors
    /// As [`Application::take`](super::Application::take).
    pub fn upgrade(&mut self) -> Result<Vec<super::Edit>, DocumentError> {
        self.upgrade_by(UPGRADES)
    }

    fn upgrade_by(&mut self, steps: &[Upgrade]) -> Result<Vec<super::Edit>, DocumentError> {
        if !self.seals().is_empty() {
            return Ok(Vec::new()); // what was handed in stays as it is
        }
        let mut added = Vec::new();
        for change in changes(steps)? {
            let hash = crate::domain::ChangeHash::from_bytes(change.hash().0);
            if !self.has(hash) {
                added.push(super::Edit { hash, bytes: change.raw_bytes().to_vec() });
                self.doc.apply_changes([change])?;
            }
        }
        Ok(added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Field, two_devices};
    use automerge::{ObjType, ReadDoc};

    const NEXT: &[Upgrade] = &[Upgrade {
        to: 2,
        actor: *b"miaopi upgrade 2",
        add: |tx| tx.put_object(ROOT, "guarantor", ObjType::Map).map(|_| ()),
    }];

    #[test]
    fn two_devices_that_upgrade_apart_make_the_same_change() {
        let (mut a, mut b) = two_devices::pair();
        a.enter_field(Field::Brand, "红旗", &two_devices::advisor(1, 0)).unwrap();
        b.enter_field(Field::Model, "H5", &two_devices::advisor(2, 1)).unwrap();
        let (from_a, from_b) = (a.upgrade_by(NEXT).unwrap(), b.upgrade_by(NEXT).unwrap());
        assert_eq!(from_a, from_b);
        assert_eq!(from_a.len(), 1);
        a.doc.merge(&mut b.doc).unwrap();
        assert_eq!(a.doc.get_all(ROOT, "guarantor").unwrap().len(), 1, "one map, seen by both");
        assert_eq!(a.field(Field::Brand).shown().map(|entry| entry.text.as_str()), Some("红旗"));
        assert_eq!(a.field(Field::Model).shown().map(|entry| entry.text.as_str()), Some("H5"));
        assert_eq!(a.upgrade_by(NEXT).unwrap(), [], "done once");
    }

    #[test]
    fn an_old_app_says_that_it_is_too_old_and_keeps_what_it_had() {
        let (mut new, mut old) = two_devices::pair();
        new.upgrade_by(NEXT).unwrap();
        let before = old.heads();
        assert_eq!(old.take(&new.changes_since(&[])), Err(DocumentError::SchemaUnknown));
        assert_eq!(old.heads(), before);
    }
}
