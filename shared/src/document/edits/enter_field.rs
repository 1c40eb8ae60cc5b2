//! Somebody types a value and leaves the field.

use super::Stamp;
use crate::document::{Application, DocumentError, Edit, Field};

impl Application {
    /// Types a value. A value that breaks the field's rule is kept too: see [`Field::check`].
    ///
    /// # Errors
    /// [`DocumentError::InConflict`] when the regulated field has several values: typing over them would silently drop
    /// somebody's; [`DocumentError::Sealed`], [`DocumentError::ValueTooLong`], [`DocumentError::NothingChanged`].
    pub fn enter_field(&mut self, field: Field, typed: &str, stamp: &Stamp) -> Result<Edit, DocumentError> {
        self.type_in(&[(field, typed)], stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Standing, two_devices::*};

    #[test]
    fn two_people_type_different_fields_and_both_stand() {
        let (mut a, mut b) = pair();
        a.enter_field(Field::Brand, "红旗", &advisor(1, 0)).unwrap();
        b.enter_field(Field::Mileage, "42000", &advisor(2, 0)).unwrap();
        meet(&mut a, &mut b);
        assert_eq!(shown(&a, Field::Brand), Some("红旗".into()));
        assert_eq!(shown(&a, Field::Mileage), Some("42000".into()));
        assert_eq!(a.view().open_fields(), []);
    }

    #[test]
    fn two_people_type_the_same_regulated_field_and_both_values_are_kept_and_shown() {
        let (mut a, mut b) = pair();
        a.enter_field(Field::Price, "8529900", &advisor(1, 0)).unwrap();
        b.enter_field(Field::Price, "8500000", &advisor(2, 60)).unwrap();
        meet(&mut a, &mut b);
        let view = a.field(Field::Price);
        assert!(matches!(view.standing(), Standing::Conflict(_)));
        let typed: Vec<_> = view.typed.iter().map(|entry| (entry.text.as_str(), &entry.source)).collect();
        assert_eq!(typed, [("8529900", &advisor(1, 0).source), ("8500000", &advisor(2, 0).source)]);
        // Typing over it would drop one of them silently.
        assert_eq!(a.enter_field(Field::Price, "8400000", &advisor(1, 90)), Err(DocumentError::InConflict));
    }

    #[test]
    fn the_same_value_typed_twice_is_no_conflict() {
        let (mut a, mut b) = pair();
        a.enter_field(Field::Phone, "138 0013 8000", &advisor(1, 0)).unwrap();
        b.enter_field(Field::Phone, "+8613800138000", &advisor(2, 5)).unwrap();
        meet(&mut a, &mut b);
        assert!(
            matches!(a.field(Field::Phone).standing(), Standing::Clear(entry) if entry.text == "13800138000")
        );
        assert_eq!(
            a.enter_field(Field::Phone, "13800138000", &advisor(1, 9)),
            Err(DocumentError::NothingChanged)
        );
    }
}
