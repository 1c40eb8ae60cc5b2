//! A reader proposes what it saw on a photo.

use super::put;
use crate::document::{Application, DocumentError, Edit, Entry, Field, Source, genesis::keys};
use jiff::Timestamp;

impl Application {
    /// Proposes values, each with its own confidence and place on the photo. What people typed is not touched: a
    /// person takes a proposal over by typing it.
    ///
    /// # Errors
    /// [`DocumentError::Malformed`] for a source that is no reader, [`DocumentError::Sealed`],
    /// [`DocumentError::ValueTooLong`].
    pub fn propose_reading(
        &mut self,
        read: &[(Field, &str, Source)],
        at: Timestamp,
    ) -> Result<Edit, DocumentError> {
        let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut entries = Vec::new();
        for (field, text, source) in read {
            if !matches!(source, Source::Reader { .. }) {
                return Err(DocumentError::Malformed);
            }
            entries.push((*field, Entry::new(source.clone(), at, field.canonical(text, today))?));
        }
        self.commit(|tx| {
            entries.iter().try_for_each(|(field, entry)| put(tx, keys::READ, field.key(), entry.to_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Standing, two_devices::*};
    use crate::domain::PhotoId;

    fn reader(confidence: u8) -> Source {
        Source::reader(confidence, PhotoId::from_bytes([4; 16]), [120, 800, 900, 880])
    }

    #[test]
    fn a_reading_meets_a_typed_value_and_the_person_counts() {
        let (mut a, mut b) = pair();
        let at = advisor(1, 3).at;
        a.propose_reading(&[(Field::IdNumber, "11010519491231002X", reader(97))], at).unwrap();
        assert!(
            matches!(a.field(Field::IdNumber).standing(), Standing::Proposed(_)),
            "a proposal is no fact"
        );
        b.enter_field(Field::IdNumber, "440524188001010014", &advisor(2, 4)).unwrap();
        meet(&mut a, &mut b);
        let view = a.field(Field::IdNumber);
        assert!(matches!(view.standing(), Standing::Clear(entry) if entry.text == "440524188001010014"));
        assert_eq!(view.read.len(), 1, "the screen shows it beside the photo");
        assert_eq!(view.read[0].source, reader(97));
    }

    #[test]
    fn two_readings_of_two_photos_are_both_kept() {
        let (mut a, mut b) = pair();
        let at = advisor(1, 3).at;
        a.propose_reading(&[(Field::Name, "王小明", reader(60))], at).unwrap();
        b.propose_reading(&[(Field::Name, "王小朋", reader(95))], at).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(a.field(Field::Name).read.len(), 2);
        assert_eq!(
            a.propose_reading(&[(Field::Name, "x", Source::Customer)], at),
            Err(DocumentError::Malformed)
        );
    }
}
