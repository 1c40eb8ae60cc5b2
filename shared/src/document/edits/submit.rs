//! The advisor hands the application in.

use super::Stamp;
use crate::document::{Application, DocumentError, Edit, Needs, Seal, genesis::keys};
use crate::domain::SubmissionId;
use automerge::{ROOT, transaction::Transactable};

/// What handing in made: a change, and the seal that the server gets as a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Submitted {
    /// The change.
    pub edit: Edit,
    /// What was frozen.
    pub seal: Seal,
}

impl Application {
    /// Freezes heads and photo digests. From here on the document reads as it did at this moment.
    ///
    /// # Errors
    /// [`DocumentError::Incomplete`] while anything of [`Needs`] is missing or open, [`DocumentError::Sealed`].
    pub fn submit(
        &mut self,
        submission: SubmissionId,
        needs: &Needs,
        stamp: &Stamp,
    ) -> Result<Submitted, DocumentError> {
        if !self.seals().is_empty() {
            return Err(DocumentError::Sealed);
        }
        if !self.view().missing(needs, stamp.today()).is_empty() {
            return Err(DocumentError::Incomplete);
        }
        let seal = Seal::of(self, submission, stamp.source.clone(), stamp.at);
        let edit = self.commit(|tx| Ok(tx.put(ROOT, keys::SEAL, seal.to_bytes())?))?;
        Ok(Submitted { edit, seal })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Field, Status, two_devices::*};

    fn submission(number: u8) -> SubmissionId {
        SubmissionId::from_bytes([number; 16])
    }

    #[test]
    fn what_was_handed_in_stands_whatever_comes_later() {
        let mut a = complete();
        let mut b = device(2);
        meet(&mut a, &mut b);
        let before = a.view();
        // b edits in a cellar while a hands in.
        let late = b.enter_field(Field::Mileage, "99999", &advisor(2, 100)).unwrap();
        let late_photo = b.attach_photo(&photo(99, crate::document::Slot::Vehicle)).unwrap();
        let sealed = a.submit(submission(1), &Needs::standard(), &advisor(1, 90)).unwrap();
        assert_eq!(sealed.seal.photos.len(), before.photos.len());
        meet(&mut a, &mut b);
        for device in [&a, &b] {
            let view = device.view();
            assert_eq!(view.status, Status::HandedIn);
            assert_eq!(
                (&view.fields, &view.photos, &view.notes),
                (&before.fields, &before.photos, &before.notes)
            );
            assert_eq!(view.seal.as_ref(), Some(&sealed.seal));
            let frozen = device.view_at(&sealed.seal.heads).unwrap();
            assert_eq!((&frozen.fields, &frozen.photos), (&before.fields, &before.photos));
            assert_eq!(device.view_at(&[]), None);
            // Kept, and shown to whoever makes the amendment.
            assert_eq!(device.late_changes(), [late.hash, late_photo.hash]);
            let fields: Vec<_> = device.late().iter().map(|late| late.field).collect();
            assert_eq!(fields, [Field::Mileage]);
        }
        let stamp = advisor(2, 200);
        assert_eq!(b.enter_field(Field::Colour, "红", &stamp), Err(DocumentError::Sealed));
        assert_eq!(b.settle(Field::Price, "1", &stamp), Err(DocumentError::NothingToSettle));
        assert_eq!(b.write_note("x"), Err(DocumentError::Sealed));
        assert_eq!(b.submit(submission(2), &Needs::standard(), &stamp), Err(DocumentError::Sealed));
    }

    #[test]
    fn handed_in_twice_without_a_signal_everybody_sees_the_same_and_the_server_decides() {
        let mut a = complete();
        let mut b = device(2);
        meet(&mut a, &mut b);
        b.enter_field(Field::Mileage, "50001", &advisor(2, 80)).unwrap();
        a.submit(submission(7), &Needs::standard(), &advisor(1, 90)).unwrap();
        b.submit(submission(3), &Needs::standard(), &advisor(2, 91)).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(a.seals().len(), 2);
        assert_eq!(a.seal().map(|seal| seal.submission), Some(submission(3)));
        assert_eq!(shown(&a, Field::Mileage), Some("50001".into()));
        // The server received the other one first.
        for device in [&mut a, &mut b] {
            device.accept(submission(7));
            assert_eq!(device.seal().map(|seal| seal.submission), Some(submission(7)));
            assert_eq!(shown(device, Field::Mileage), Some("42000".into()));
            assert_eq!(device.late_changes().len(), 1);
        }
    }

    #[test]
    fn an_incomplete_or_open_application_is_not_handed_in() {
        let mut a = device(1);
        assert_eq!(
            a.submit(submission(1), &Needs::standard(), &advisor(1, 0)),
            Err(DocumentError::Incomplete)
        );
        let mut a2 = complete();
        a2.confirm_by_partner(&[(Field::Name, "王小二")], "realname", advisor(1, 1).at).unwrap();
        assert_eq!(
            a2.submit(submission(1), &Needs::standard(), &advisor(1, 2)),
            Err(DocumentError::Incomplete)
        );
    }
}
