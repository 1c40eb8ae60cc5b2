//! Somebody empties a field.

use super::Stamp;
use crate::document::{Application, DocumentError, Edit, Field};

impl Application {
    /// Empties a field. Who emptied it and when stays in the document; it is an entry like any other.
    ///
    /// # Errors
    /// As [`Application::enter_field`].
    pub fn clear_field(&mut self, field: Field, stamp: &Stamp) -> Result<Edit, DocumentError> {
        self.type_in(&[(field, "")], stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Standing, two_devices::*};

    #[test]
    fn one_empties_what_the_other_corrects_and_somebody_has_to_look() {
        let (mut a, mut b) = pair();
        a.enter_field(Field::BankCard, "4111111111111111", &advisor(1, 0)).unwrap();
        meet(&mut a, &mut b);
        a.clear_field(Field::BankCard, &advisor(1, 5)).unwrap();
        b.enter_field(Field::BankCard, "5500000000000004", &advisor(2, 6)).unwrap();
        assert_eq!(a.field(Field::BankCard).standing(), Standing::Empty);
        meet(&mut a, &mut b);
        let view = a.field(Field::BankCard);
        assert!(view.is_open());
        assert_eq!(
            view.typed.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(),
            ["", "5500000000000004"]
        );
    }
}
