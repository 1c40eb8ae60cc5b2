//! Somebody finishes a section: all its fields in one commit.

use super::Stamp;
use crate::document::{Application, DocumentError, Edit, Field};

impl Application {
    /// Types several values at once. Those that say what the document says already cost nothing.
    ///
    /// # Errors
    /// As [`Application::enter_field`], and then none of them is written.
    pub fn fill_section(&mut self, typed: &[(Field, &str)], stamp: &Stamp) -> Result<Edit, DocumentError> {
        if typed.len() > Field::ALL.len() {
            return Err(DocumentError::TooMany);
        }
        self.type_in(typed, stamp)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::two_devices::*;

    #[test]
    fn two_sections_filled_apart_come_together() {
        let (mut a, mut b) = pair();
        a.fill_section(&[(Field::Vin, "LSVWY4180KN246094"), (Field::Brand, "大众")], &advisor(1, 0)).unwrap();
        b.fill_section(&[(Field::Name, "王小明"), (Field::Phone, "13800138000")], &advisor(2, 0)).unwrap();
        meet(&mut a, &mut b);
        for (field, value) in [
            (Field::Vin, "LSVWY4180KN246094"),
            (Field::Brand, "大众"),
            (Field::Name, "王小明"),
            (Field::Phone, "13800138000"),
        ] {
            assert_eq!(shown(&b, field), Some(value.into()));
        }
    }

    #[test]
    fn one_field_in_conflict_holds_the_whole_section_back_and_nothing_is_half_written() {
        let (mut a, mut b) = pair();
        a.enter_field(Field::Name, "王小明", &advisor(1, 0)).unwrap();
        b.enter_field(Field::Name, "王晓明", &advisor(2, 0)).unwrap();
        meet(&mut a, &mut b);
        let before = a.heads();
        let filled =
            a.fill_section(&[(Field::Email, "w@example.cn"), (Field::Name, "王小明")], &advisor(1, 9));
        assert_eq!(filled, Err(DocumentError::InConflict));
        assert_eq!((a.heads(), shown(&a, Field::Email)), (before, None));
    }

    #[test]
    fn a_section_of_thirteen_fields_stays_small() {
        let mut a = device(1);
        let values = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"];
        let fields =
            Field::ALL.iter().filter(|field| !field.is_regulated()).zip(values).map(|(f, v)| (*f, v));
        let typed: Vec<_> = fields.collect();
        let edit = a.fill_section(&typed, &advisor(1, 0)).unwrap();
        assert!(edit.bytes.len() < 800, "{} bytes", edit.bytes.len());
    }
}
