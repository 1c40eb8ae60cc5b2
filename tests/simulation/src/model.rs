//! The naive truth: every entry anybody ever made, what it followed, and where it has to be. It knows nothing of Automerge,
//! outboxes or cursors.

use std::collections::{BTreeMap, BTreeSet};

use shared::document::{ChangeHeader, Field, genesis_hash};
use shared::domain::{ChangeHash, DocumentId, PhotoHash, PhotoId, SubmissionId};

/// An entry as it was made.
pub(crate) struct Made {
    pub(crate) device: usize,
    /// Everything it was made in knowledge of.
    pub(crate) ancestors: BTreeSet<ChangeHash>,
    pub(crate) typed: Vec<(Field, String)>,
    pub(crate) seal: Option<SubmissionId>,
    /// The device's storage has it: the person was told that it is saved, or was about to be.
    pub(crate) saved: bool,
}

/// Everything that was ever done.
#[derive(Default)]
pub(crate) struct Model {
    pub(crate) made: BTreeMap<(DocumentId, ChangeHash), Made>,
    /// Lost in a way that the product does not promise to survive: rolled back, erased, device gone.
    pub(crate) excused: BTreeSet<(DocumentId, ChangeHash)>,
    pub(crate) excused_photos: BTreeSet<PhotoId>,
    /// Which submission the server named first for a document.
    pub(crate) receipts: BTreeMap<DocumentId, SubmissionId>,
    /// What each photo's encrypted bytes come to.
    pub(crate) photos: BTreeMap<PhotoId, PhotoHash>,
}

impl Model {
    /// Somebody made an entry; nobody promised anything yet.
    pub(crate) fn make(
        &mut self,
        device: usize,
        document: DocumentId,
        bytes: &[u8],
        typed: Vec<(Field, String)>,
        seal: Option<SubmissionId>,
    ) {
        let Ok(header) = ChangeHeader::read(bytes) else { return };
        let mut ancestors = BTreeSet::new();
        for parent in header.dependencies {
            if let Some(made) = self.made.get(&(document, parent)) {
                ancestors.extend(made.ancestors.iter().copied());
            }
            ancestors.insert(parent);
        }
        self.made.insert((document, header.hash), Made { device, ancestors, typed, seal, saved: false });
    }

    /// Storage has it.
    pub(crate) fn save(&mut self, document: DocumentId, hash: ChangeHash) {
        if let Some(made) = self.made.get_mut(&(document, hash)) {
            made.saved = true;
        }
    }

    /// What each field's typed lane must show to somebody who knows these changes: every value that nobody replaced
    /// knowingly.
    pub(crate) fn typed(
        &self,
        document: DocumentId,
        known: &BTreeSet<ChangeHash>,
        accepted: Option<SubmissionId>,
    ) -> BTreeMap<Field, BTreeSet<String>> {
        let mut known = known.clone();
        let seals = known.iter().filter_map(|hash| {
            let made = self.made.get(&(document, *hash))?;
            Some((Some(made.seal?) != accepted, made.seal?, &made.ancestors))
        });
        if let Some((_, _, sealed)) = seals.min() {
            known = known.intersection(sealed).copied().collect();
        }
        let mut shown: BTreeMap<Field, Vec<(ChangeHash, String)>> = BTreeMap::new();
        for hash in &known {
            let Some(made) = self.made.get(&(document, *hash)) else { continue };
            for (field, text) in &made.typed {
                shown.entry(*field).or_default().push((*hash, text.clone()));
            }
        }
        let mut expected = BTreeMap::new();
        for (field, writes) in shown {
            let replaced = |hash: &ChangeHash| {
                writes.iter().any(|(other, _)| self.made[&(document, *other)].ancestors.contains(hash))
            };
            let standing = writes.iter().filter(|(hash, _)| !replaced(hash)).map(|(_, text)| text.clone());
            expected.insert(field, standing.collect());
        }
        expected
    }

    /// The newest of these changes.
    pub(crate) fn heads(&self, document: DocumentId, known: &BTreeSet<ChangeHash>) -> Vec<ChangeHash> {
        let older: BTreeSet<ChangeHash> = known
            .iter()
            .filter_map(|hash| self.made.get(&(document, *hash)))
            .flat_map(|made| made.ancestors.iter().copied())
            .collect();
        let heads: Vec<ChangeHash> = known.iter().filter(|hash| !older.contains(hash)).copied().collect();
        if heads.is_empty() { vec![genesis_hash()] } else { heads }
    }
}
