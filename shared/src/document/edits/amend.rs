//! Something has to change after handing in: a new document, linked to the sealed one, that begins with its content.

use super::put;
use crate::document::{Actor, Application, DocumentError, Edit, Field, genesis::keys, seal::link_bytes};
use crate::domain::DocumentId;
use automerge::{ROOT, ReadDoc, transaction::Transactable};

impl Application {
    /// Makes the amendment. Values keep who said them and when; captured consents are not taken over, because they were
    /// given for what was handed in; the sealed document does not change.
    ///
    /// # Errors
    /// [`DocumentError::NotSealed`] when there is nothing to amend.
    pub fn amend(&self, id: DocumentId, actor: Actor) -> Result<(Application, Edit), DocumentError> {
        let seal = self.seal().ok_or(DocumentError::NotSealed)?;
        let view = self.view();
        let mut amendment = Application::begin(id, actor)?;
        let edit = amendment.commit(|tx| {
            tx.put(ROOT, keys::AMENDS, link_bytes(self.id(), seal.submission))?;
            for field in Field::ALL {
                let Some(field_view) = view.fields.get(field) else { continue };
                // A sealed field has one value in each lane, or several that say the same.
                for (map, lane) in [
                    (keys::TYPED, &field_view.typed),
                    (keys::READ, &field_view.read),
                    (keys::CONFIRMED, &field_view.confirmed),
                ] {
                    if let Some(entry) = lane.last() {
                        put(tx, map, field.key(), entry.to_bytes())?;
                    }
                }
            }
            for photo in &view.photos {
                put(tx, keys::PHOTOS, &photo.id.to_string(), photo.to_bytes(false))?;
            }
            let (_, notes) = tx.get(ROOT, keys::NOTES)?.ok_or(DocumentError::Malformed)?;
            Ok(tx.update_text(&notes, &view.notes)?)
        })?;
        Ok((amendment, edit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Needs, Status, two_devices::*};
    use crate::domain::SubmissionId;

    #[test]
    fn an_amendment_begins_with_what_was_handed_in_and_two_people_can_work_on_it() {
        let mut sealed = complete();
        assert_eq!(
            sealed.amend(DocumentId::from_bytes([8; 16]), actor(50)).err(),
            Some(DocumentError::NotSealed)
        );
        let submission = SubmissionId::from_bytes([1; 16]);
        sealed.submit(submission, &Needs::standard(), &advisor(1, 90)).unwrap();
        let frozen = sealed.view();
        let (mut a, _) = sealed.amend(DocumentId::from_bytes([8; 16]), actor(50)).unwrap();
        let mut b = Application::replay(a.id(), actor(51), &a.changes_since(&[])).unwrap();
        assert_eq!(a.amends(), Some((sealed.id(), submission)));
        let view = a.view();
        assert_eq!((view.status, &view.photos, &view.notes), (Status::Draft, &frozen.photos, &frozen.notes));
        assert_eq!(view.fields, frozen.fields);
        assert!(view.consents.is_empty(), "consent is given again for what changed");
        a.enter_field(Field::Mileage, "43000", &advisor(1, 100)).unwrap();
        b.enter_field(Field::Colour, "白", &advisor(2, 100)).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(shown(&b, Field::Mileage), Some("43000".into()));
        assert_eq!(sealed.view(), frozen);
    }
}
