//! Somebody looks at several values side by side and says which one counts.

use super::{Stamp, put};
use crate::document::{Application, DocumentError, Edit, Field, genesis::keys};

impl Application {
    /// Settles a field on one of the values that it shows (typed, confirmed or read). The others are overruled by
    /// name: another value that turns up later opens the field again.
    ///
    /// # Errors
    /// [`DocumentError::NothingToSettle`] when the field is not open or shows no such value;
    /// [`DocumentError::Sealed`].
    pub fn settle(&mut self, field: Field, chosen: &str, stamp: &Stamp) -> Result<Edit, DocumentError> {
        let view = self.field_at(field, None);
        let chosen = field.canonical(chosen, stamp.today());
        if !view.is_open() || !view.choices().any(|entry| entry.text == chosen) {
            return Err(DocumentError::NothingToSettle);
        }
        let others = view.typed.iter().chain(&view.confirmed).map(|entry| entry.text.as_str());
        let entry = stamp.entry(field, &chosen)?.over(others.filter(|other| *other != chosen));
        self.commit(|tx| put(tx, keys::TYPED, field.key(), entry.to_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Standing, two_devices::*};

    fn in_conflict() -> (Application, Application) {
        let (mut a, mut b) = pair();
        a.enter_field(Field::Price, "8529900", &advisor(1, 0)).unwrap();
        b.enter_field(Field::Price, "8500000", &advisor(2, 60)).unwrap();
        meet(&mut a, &mut b);
        (a, b)
    }

    #[test]
    fn one_person_settles_and_it_is_settled_for_both() {
        let (mut a, mut b) = in_conflict();
        assert_eq!(a.settle(Field::Price, "1", &advisor(1, 70)), Err(DocumentError::NothingToSettle));
        a.settle(Field::Price, "8529900", &advisor(1, 70)).unwrap();
        meet(&mut a, &mut b);
        assert!(
            matches!(b.field(Field::Price).standing(), Standing::Clear(entry) if entry.text == "8529900")
        );
        assert_eq!(b.settle(Field::Price, "8529900", &advisor(2, 80)), Err(DocumentError::NothingToSettle));
    }

    #[test]
    fn two_people_settle_differently_and_it_stays_open() {
        let (mut a, mut b) = in_conflict();
        a.settle(Field::Price, "8529900", &advisor(1, 70)).unwrap();
        b.settle(Field::Price, "8500000", &advisor(2, 71)).unwrap();
        meet(&mut a, &mut b);
        assert!(matches!(a.field(Field::Price).standing(), Standing::Conflict(_)));
        a.settle(Field::Price, "8500000", &advisor(1, 90)).unwrap();
        meet(&mut a, &mut b);
        assert!(
            matches!(b.field(Field::Price).standing(), Standing::Clear(entry) if entry.text == "8500000")
        );
    }

    #[test]
    fn a_value_typed_without_seeing_the_settlement_opens_it_again() {
        let (mut a, mut b) = in_conflict();
        let mut c = device(3);
        c.enter_field(Field::Price, "8111100", &advisor(3, 1)).unwrap();
        a.settle(Field::Price, "8529900", &advisor(1, 70)).unwrap();
        meet(&mut a, &mut c);
        assert!(matches!(a.field(Field::Price).standing(), Standing::Conflict(_)));
        meet(&mut a, &mut b);
        assert_eq!(b.field(Field::Price).typed.len(), 2);
    }

    #[test]
    fn a_discrepancy_is_settled_until_the_partner_says_something_new() {
        let (mut a, mut b) = pair();
        a.enter_field(Field::Name, "王晓明", &advisor(1, 0)).unwrap();
        b.confirm_by_partner(&[(Field::Name, "王小明")], "realname", advisor(2, 1).at).unwrap();
        meet(&mut a, &mut b);
        a.settle(Field::Name, "王晓明", &advisor(1, 5)).unwrap();
        meet(&mut a, &mut b);
        assert!(matches!(b.field(Field::Name).standing(), Standing::Clear(entry) if entry.text == "王晓明"));
        b.confirm_by_partner(&[(Field::Name, "王小名")], "realname", advisor(2, 9).at).unwrap();
        meet(&mut a, &mut b);
        assert!(
            matches!(a.field(Field::Name).standing(), Standing::Discrepancy(entry) if entry.text == "王小名")
        );
    }
}
