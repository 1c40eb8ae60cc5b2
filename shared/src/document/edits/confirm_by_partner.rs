//! A partner says what its register holds.

use super::put;
use crate::document::{Application, DocumentError, Edit, Entry, Field, Source, genesis::keys};
use jiff::Timestamp;

impl Application {
    /// Notes what a partner confirmed. It outranks what was typed for display; where that differs, somebody settles it.
    ///
    /// # Errors
    /// [`DocumentError::Sealed`], [`DocumentError::ValueTooLong`].
    pub fn confirm_by_partner(
        &mut self,
        confirmed: &[(Field, &str)],
        partner: &str,
        at: Timestamp,
    ) -> Result<Edit, DocumentError> {
        let today = at.to_zoned(jiff::tz::TimeZone::UTC).date();
        let mut entries = Vec::new();
        for (field, text) in confirmed {
            let source = Source::Partner(partner.to_owned());
            entries.push((*field, Entry::new(source, at, field.canonical(text, today))?));
        }
        self.commit(|tx| {
            entries
                .iter()
                .try_for_each(|(field, entry)| put(tx, keys::CONFIRMED, field.key(), entry.to_bytes()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Standing, two_devices::*};

    #[test]
    fn a_partner_and_a_person_who_differ_leave_a_discrepancy_whoever_was_first() {
        for partner_first in [true, false] {
            let (mut a, mut b) = pair();
            let (early, late) = if partner_first { (1, 2) } else { (2, 1) };
            a.confirm_by_partner(&[(Field::Name, "王小明")], "realname", advisor(1, early).at).unwrap();
            b.enter_field(Field::Name, "王晓明", &advisor(2, late)).unwrap();
            meet(&mut a, &mut b);
            assert!(
                matches!(a.field(Field::Name).standing(), Standing::Discrepancy(entry) if entry.text == "王小明"),
                "the partner's is shown, and neither is lost"
            );
            assert_eq!(a.field(Field::Name).typed.len(), 1);
        }
    }

    #[test]
    fn a_partner_who_agrees_makes_it_a_confirmed_fact() {
        let (mut a, mut b) = pair();
        b.enter_field(Field::Name, "王小明", &advisor(2, 1)).unwrap();
        a.confirm_by_partner(&[(Field::Name, "王小明")], "realname", advisor(1, 2).at).unwrap();
        meet(&mut a, &mut b);
        let view = b.field(Field::Name);
        assert!(
            matches!(view.standing(), Standing::Clear(entry) if entry.source == Source::Partner("realname".into()))
        );
    }
}
