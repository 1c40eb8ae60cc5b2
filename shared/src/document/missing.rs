//! What is still needed before an application can be handed in, as one list.

use super::{
    Field, Slot, Standing, View,
    photos::{MAX_VEHICLE_PHOTOS, MIN_VEHICLE_PHOTOS},
};
use crate::domain::{Purpose, Vin};
use jiff::civil::Date;

/// What handing in needs. The product may ask for more or less than [`Needs::standard`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// These fields.
    pub fields: Vec<Field>,
    /// So many photos at least and at most.
    pub photos: Vec<(Slot, usize, usize)>,
    /// Consents captured for these purposes.
    pub consents: Vec<Purpose>,
}

impl Needs {
    /// What every application needs.
    pub fn standard() -> Needs {
        Needs {
            fields: Field::ALL.iter().copied().filter(|field| field.is_needed()).collect(),
            photos: vec![
                (Slot::IdFront, 1, 2),
                (Slot::IdBack, 1, 2),
                (Slot::Vehicle, MIN_VEHICLE_PHOTOS, MAX_VEHICLE_PHOTOS),
            ],
            consents: vec![Purpose::ProcessIdentity, Purpose::RealNameCheck, Purpose::CreditQuery],
        }
    }

    pub(super) fn missing(&self, view: &View, today: Date) -> Vec<Missing> {
        let mut missing = Vec::new();
        for field in Field::ALL {
            let needed = self.fields.contains(field);
            match view.fields.get(field).map(|view| (view.standing(), view.unreadable)) {
                None | Some((Standing::Empty, 0)) if needed => missing.push(Missing::Field(*field)),
                None | Some((Standing::Empty, 0)) => {}
                Some((_, 1..)) => missing.push(Missing::Unreadable(*field)),
                Some((Standing::Proposed(_), _)) => {
                    if needed {
                        missing.push(Missing::TakeOver(*field));
                    }
                }
                Some((Standing::Conflict(_) | Standing::Discrepancy(_), _)) => {
                    missing.push(Missing::Settle(*field));
                }
                Some((Standing::Clear(entry), _)) => {
                    if let Err(bad) = field.check(&entry.text, today) {
                        missing.push(Missing::Correct(*field, bad.code));
                    } else if *field == Field::Vin && needs_override(&entry.text, view) {
                        missing.push(Missing::Correct(*field, "vin_check_digit"));
                    }
                }
            }
        }
        for &(slot, least, most) in &self.photos {
            let have = view.photos.iter().filter(|photo| photo.slot == slot).count();
            if have < least || have > most {
                missing.push(Missing::Photos { slot, have, least, most });
            }
        }
        for purpose in &self.consents {
            if !view.consents.iter().any(|consent| consent.purpose == *purpose) {
                missing.push(Missing::Consent(*purpose));
            }
        }
        missing
    }
}

/// One thing that is still needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Missing {
    /// The field is empty.
    Field(Field),
    /// A reader proposes a value; somebody has to take it over or type another.
    TakeOver(Field),
    /// The value does not follow the field's rule; the code says how.
    Correct(Field, &'static str),
    /// There are several values, or a partner says otherwise.
    Settle(Field),
    /// A value that this app cannot read: update it.
    Unreadable(Field),
    /// Too few photos, or too many.
    Photos {
        /// Of what.
        slot: Slot,
        /// So many there are.
        have: usize,
        /// So many are needed.
        least: usize,
        /// So many are allowed.
        most: usize,
    },
    /// The customer has not yet given this consent.
    Consent(Purpose),
}

impl Missing {
    /// Stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Field(_) => "missing_field",
            Self::TakeOver(_) => "missing_take_over",
            Self::Correct(..) => "missing_correction",
            Self::Settle(_) => "missing_settlement",
            Self::Unreadable(_) => "missing_app_update",
            Self::Photos { .. } => "missing_photos",
            Self::Consent(_) => "missing_consent",
        }
    }
}

fn needs_override(vin: &str, view: &View) -> bool {
    let said_why = view.settled(Field::VinOverride).is_some();
    Vin::parse_overridden(vin)
        .is_ok_and(|vin| vin.check_digit_mandatory() && !vin.check_digit_fits() && !said_why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::two_devices;
    use jiff::civil::date;

    #[test]
    fn an_empty_application_misses_everything_and_a_full_one_nothing() {
        let today = date(2026, 11, 25);
        let empty = two_devices::device(1);
        let needs = Needs::standard();
        let missing = empty.view().missing(&needs, today);
        assert_eq!(missing.len(), needs.fields.len() + needs.photos.len() + needs.consents.len());
        let full = two_devices::complete();
        assert_eq!(full.view().missing(&needs, today), []);
    }

    #[test]
    fn the_list_says_what_to_do() {
        let today = date(2026, 11, 25);
        let mut a = two_devices::complete();
        let stamp = two_devices::advisor(1, 50);
        a.enter_field(Field::IdNumber, "110105194912310021", &stamp).unwrap();
        a.enter_field(Field::Vin, "LSVWY4181KN246094", &stamp).unwrap();
        a.enter_field(Field::Phone, "", &stamp).unwrap();
        a.confirm_by_partner(&[(Field::Name, "王小二")], "realname", stamp.at).unwrap();
        assert_eq!(
            a.view().missing(&Needs::standard(), today),
            [
                Missing::Correct(Field::Vin, "vin_check_digit"),
                Missing::Settle(Field::Name),
                Missing::Correct(Field::IdNumber, "id_number_checksum"),
                Missing::Field(Field::Phone),
            ]
        );
        a.enter_field(Field::VinOverride, "imported engine", &stamp).unwrap();
        let missing = a.view().missing(&Needs::standard(), today);
        assert!(!missing.contains(&Missing::Correct(Field::Vin, "vin_check_digit")));
    }
}
