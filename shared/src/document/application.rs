//! Opening, merging and saving an application document.

use super::{
    ChangeHeader, DocumentError, SCHEMA,
    genesis::{self, Actor, keys},
};
use crate::domain::{ChangeHash, DocumentId, SubmissionId};
use automerge::{
    Automerge, AutomergeError, LoadOptions, ROOT, ReadDoc, ScalarValue, TextEncoding, Value,
    transaction::{CommitOptions, Transaction},
};
use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
};

/// Largest saved document, in bytes (1 MiB). A hundred edits make 2.3 KB, ten thousand 72 KB.
pub const MAX_DOCUMENT_BYTES: usize = 1024 * 1024;
/// Most changes of one document.
pub const MAX_CHANGES_PER_DOCUMENT: usize = 20_000;
/// Most concurrent values of one field that are shown.
pub const MAX_PEOPLE_CONCURRENT: usize = 16;

/// One application, as one tab of one boot of one device sees it.
#[derive(Clone)]
pub struct Application {
    id: DocumentId,
    pub(super) doc: Automerge,
    /// The submission that the server's receipt names.
    pub(super) accepted: Option<SubmissionId>,
}

/// A change that was just made: it must be durable on the device before it is sent or shown as saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// Its name.
    pub hash: ChangeHash,
    /// Its bytes, in the form that travels.
    pub bytes: Vec<u8>,
}

/// What came of taking in changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// Changes that others refer to and that are not here: what was taken in waits for them, unseen.
    pub awaited: Vec<ChangeHash>,
}

impl Application {
    /// A new application, so far with the first change only.
    ///
    /// # Errors
    /// None in practice; the first change always applies.
    pub fn begin(id: DocumentId, actor: Actor) -> Result<Application, DocumentError> {
        Ok(Application { id, doc: genesis::new_document(actor)?, accepted: None })
    }

    /// An application from the bytes that [`Application::save`] gave. The actor must be fresh: see [`Actor`].
    ///
    /// # Errors
    /// When the bytes are too large, damaged, of a newer schema, or not an application.
    pub fn open(id: DocumentId, actor: Actor, saved: &[u8]) -> Result<Application, DocumentError> {
        if saved.len() > MAX_DOCUMENT_BYTES {
            return Err(DocumentError::TooLarge);
        }
        let loaded = caught(|| Ok(Automerge::load_with_options(saved, reading())?))?;
        let mut application = Application { id, doc: loaded, accepted: None };
        application.doc.set_actor(actor.into_inner());
        application.check()?;
        Ok(application)
    }

    /// An application from its changes, as a server holds them.
    ///
    /// # Errors
    /// As [`Application::take`].
    pub fn replay(id: DocumentId, actor: Actor, changes: &[Vec<u8>]) -> Result<Application, DocumentError> {
        let mut application = Application::begin(id, actor)?;
        application.take(changes)?;
        Ok(application)
    }

    /// Which application this is.
    pub fn id(&self) -> DocumentId {
        self.id
    }

    /// Takes in changes that came from elsewhere, in any order, as often as they come. All or nothing: after an error
    /// the application is as before.
    ///
    /// # Errors
    /// When a change is out of bounds or damaged, makes the library panic, cannot be written again as it came, comes from
    /// a newer schema, or claims an actor's place that another change has. Whoever calls puts it aside and goes on with the rest.
    pub fn take(&mut self, changes: &[Vec<u8>]) -> Result<Taken, DocumentError> {
        let mut copy = self.clone();
        caught(|| {
            let parsed = changes.iter().map(|bytes| genesis::parse(bytes)).collect::<Result<Vec<_>, _>>()?;
            copy.doc.apply_changes(parsed)?;
            copy.check()?;
            if copy.doc.get_heads() == self.doc.get_heads() { Ok(()) } else { copy.check_writing() }
        })?;
        *self = copy;
        Ok(Taken { awaited: own(self.doc.get_missing_deps(&[])) })
    }

    /// All of it in one piece, for the device's own storage.
    pub fn save(&self) -> Vec<u8> {
        self.doc.save()
    }

    /// The newest changes: equal heads mean equal documents.
    pub fn heads(&self) -> Vec<ChangeHash> {
        own(self.doc.get_heads())
    }

    /// What was changed after those heads, oldest first, in the form that travels. Heads that are not known here count
    /// for nothing.
    pub fn changes_since(&self, heads: &[ChangeHash]) -> Vec<Vec<u8>> {
        self.doc.get_changes(&self.known(heads)).iter().map(|change| change.raw_bytes().to_vec()).collect()
    }

    /// Is this change part of the document?
    pub fn has(&self, hash: ChangeHash) -> bool {
        self.doc.get_change_meta_by_hash(&theirs(hash)).is_some()
    }

    /// Those of the given heads that are here.
    pub(super) fn known(&self, heads: &[ChangeHash]) -> Vec<automerge::ChangeHash> {
        heads.iter().filter(|hash| self.has(**hash)).map(|hash| theirs(*hash)).collect()
    }

    /// Writes one change. Every named edit goes through here.
    pub(super) fn commit(
        &mut self,
        write: impl FnOnce(&mut Transaction<'_>) -> Result<(), DocumentError>,
    ) -> Result<Edit, DocumentError> {
        if !self.seals().is_empty() {
            return Err(DocumentError::Sealed);
        }
        if self.doc.stats().num_changes >= MAX_CHANGES_PER_DOCUMENT as u64 {
            return Err(DocumentError::TooMany);
        }
        let mut tx = self.doc.transaction();
        if let Err(refused) = write(&mut tx) {
            tx.rollback();
            return Err(refused);
        }
        // No time in the change itself: each entry says when, and a change stays small.
        let (hash, _) = tx.commit_with(CommitOptions::default().with_time(0));
        let hash = hash.ok_or(DocumentError::NothingChanged)?;
        let change = self.doc.get_change_by_hash(&hash).ok_or(DocumentError::Malformed)?;
        let edit = Edit { hash: ChangeHash::from_bytes(hash.0), bytes: change.raw_bytes().to_vec() };
        // What we write ourselves must pass where it is going.
        ChangeHeader::read(&edit.bytes)?;
        Ok(edit)
    }

    /// Comes back what is written? The library takes in changes that it cannot write again byte for byte, and then
    /// panics or gives another name to them; or that it cannot read again.
    fn check_writing(&self) -> Result<(), DocumentError> {
        let again = Automerge::load_with_options(&self.doc.save_nocompress(), reading())?;
        if again.get_heads() == self.doc.get_heads() { Ok(()) } else { Err(DocumentError::Malformed) }
    }

    /// Is this a document of ours that we understand?
    fn check(&self) -> Result<(), DocumentError> {
        if !self.has(genesis::genesis_hash()) {
            return Err(DocumentError::Malformed);
        }
        if self.doc.stats().num_changes > MAX_CHANGES_PER_DOCUMENT as u64 {
            return Err(DocumentError::TooMany);
        }
        match self.doc.get(ROOT, keys::SCHEMA)? {
            Some((Value::Scalar(value), _)) => match value.as_ref() {
                ScalarValue::Uint(schema) if *schema > SCHEMA => Err(DocumentError::SchemaUnknown),
                ScalarValue::Uint(_) => Ok(()),
                _ => Err(DocumentError::Malformed),
            },
            _ => Err(DocumentError::Malformed),
        }
    }
}

/// Prints no content.
impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Application({} at {:?})", self.id, self.heads())
    }
}

impl From<AutomergeError> for DocumentError {
    fn from(error: AutomergeError) -> Self {
        match error {
            AutomergeError::DuplicateSeqNumber(..) | AutomergeError::DuplicateActorId(_) => Self::ActorReused,
            _ => Self::Malformed,
        }
    }
}

fn reading() -> LoadOptions<'static> {
    LoadOptions::new().text_encoding(TextEncoding::UnicodeCodePoint)
}

/// Runs what may panic on hostile bytes.
pub(super) fn caught<T>(work: impl FnOnce() -> Result<T, DocumentError>) -> Result<T, DocumentError> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(DocumentError::Poisoned))
}

pub(super) fn own(hashes: Vec<automerge::ChangeHash>) -> Vec<ChangeHash> {
    hashes.into_iter().map(|hash| ChangeHash::from_bytes(hash.0)).collect()
}

pub(super) fn theirs(hash: ChangeHash) -> automerge::ChangeHash {
    automerge::ChangeHash(hash.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Field, two_devices};

    #[test]
    fn an_application_is_read_back_as_it_was_saved() {
        let (a, _) = two_devices::busy();
        let again = Application::open(a.id(), two_devices::actor(77), &a.save()).unwrap();
        assert_eq!(again.heads(), a.heads());
        assert_eq!(again.view(), a.view());
        let replayed = Application::replay(a.id(), two_devices::actor(78), &a.changes_since(&[])).unwrap();
        assert_eq!(replayed.view(), a.view());
    }

    #[test]
    fn changes_may_come_twice_and_in_any_order() {
        let (a, _) = two_devices::busy();
        let mut changes = a.changes_since(&[]);
        changes.reverse();
        let mut b = two_devices::device(5);
        for change in changes.iter().chain(&changes) {
            b.take(std::slice::from_ref(change)).unwrap();
        }
        assert_eq!(b.heads(), a.heads());
    }

    #[test]
    fn what_waits_for_an_earlier_change_says_so() {
        let mut a = two_devices::device(1);
        let stamp = two_devices::advisor(1, 0);
        let first = a.enter_field(Field::Brand, "红旗", &stamp).unwrap();
        let second = a.enter_field(Field::Model, "H5", &stamp).unwrap();
        let mut b = two_devices::device(2);
        assert_eq!(b.take(&[second.bytes]).unwrap().awaited, [first.hash]);
        assert_eq!(b.take(&[first.bytes]).unwrap().awaited, []);
        assert_eq!(b.heads(), [second.hash]);
    }

    #[test]
    fn an_actor_used_twice_is_noticed_and_nothing_is_taken() {
        let mut first = two_devices::device(1);
        let mut copied = first.clone();
        let stamp = two_devices::advisor(1, 0);
        let one = first.enter_field(Field::Brand, "红旗", &stamp).unwrap();
        let other = copied.enter_field(Field::Brand, "吉利", &stamp).unwrap();
        let mut elsewhere = two_devices::device(2);
        elsewhere.take(&[one.bytes]).unwrap();
        let before = elsewhere.heads();
        assert_eq!(elsewhere.take(&[other.bytes]), Err(DocumentError::ActorReused));
        assert_eq!(elsewhere.heads(), before);
    }

    /// Found by fuzzing.
    #[test]
    fn a_change_that_could_not_be_read_back_is_refused() {
        let mut a = two_devices::device(1);
        let edit = a.enter_field(Field::Brand, "红旗", &two_devices::advisor(1, 0)).unwrap();
        let mut body = two_devices::body_of(&edit.bytes).to_vec();
        // One dependency, the actor's length and name, which of its changes: then where its operations begin to count.
        let start = 1 + 32 + 1 + 16 + 1;
        assert!(body[start] > 1);
        body[start] = 1;
        let hostile = two_devices::sealed_change(&body);
        ChangeHeader::read(&hostile).unwrap();
        let mut b = two_devices::device(2);
        let before = b.heads();
        assert_eq!(b.take(&[hostile]), Err(DocumentError::Malformed));
        assert_eq!(b.heads(), before);
        assert!(b.take(&[two_devices::sealed_change(two_devices::body_of(&edit.bytes))]).is_ok());
    }

    #[test]
    fn damaged_and_oversized_documents_are_refused() {
        let a = two_devices::busy().0;
        let mut saved = a.save();
        assert!(Application::open(a.id(), two_devices::actor(3), &saved[..saved.len() / 2]).is_err());
        let middle = saved.len() / 2;
        saved[middle] ^= 0xff;
        assert!(Application::open(a.id(), two_devices::actor(3), &saved).is_err());
        assert_eq!(
            Application::open(a.id(), two_devices::actor(3), &vec![0; MAX_DOCUMENT_BYTES + 1]).err(),
            Some(DocumentError::TooLarge)
        );
        assert!(
            Application::open(a.id(), two_devices::actor(3), &[]).is_err(),
            "nothing is not an application"
        );
    }
}
