//! The parts of a case as its screens divide it: which fields and photos lie where, and how far each part is.

use shared::app::{CaseView, FieldStanding, MissingShown};
use shared::document::{Field, Slot};

/// A screen of a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// All parts with how far they are.
    Overview,
    /// The identity card, front and back.
    IdCard,
    /// The vehicle and its photos.
    Vehicle,
    /// Licence and certificate.
    Papers,
    /// The customer.
    Customer,
    /// Work and income.
    Work,
    /// People around the customer.
    People,
    /// Where instalments are drawn from.
    Bank,
    /// What is asked for, and the plan.
    Plan,
    /// The customer reads and signs.
    Consents,
    /// What is still missing; handing in.
    Review,
    /// The blocks that the case passed.
    Timeline,
    /// The customer goes on on their own phone.
    Handover,
    /// The contract that the customer signed.
    Contract,
    /// Values that differ.
    Settle,
}

use Part::*;

impl Part {
    /// All.
    pub const ALL: [Part; 15] = [
        Overview, IdCard, Vehicle, Papers, Customer, Work, People, Bank, Plan, Consents, Review, Timeline,
        Handover, Contract, Settle,
    ];

    /// Those that are filled, in the order in which an advisor does it beside a vehicle.
    pub const FILLED: [Part; 9] = [IdCard, Vehicle, Papers, Customer, Work, People, Bank, Plan, Consents];

    /// The name in an address and in texts.
    pub fn slug(self) -> &'static str {
        match self {
            Overview => "overview",
            IdCard => "id-card",
            Vehicle => "vehicle",
            Papers => "papers",
            Customer => "customer",
            Work => "work",
            People => "people",
            Bank => "bank",
            Plan => "plan",
            Consents => "consents",
            Review => "review",
            Timeline => "timeline",
            Handover => "handover",
            Contract => "contract",
            Settle => "settle",
        }
    }

    /// The part with this name.
    pub fn from_slug(slug: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.slug() == slug)
    }

    /// Its fields, in the order of the screen.
    pub fn fields(self) -> &'static [Field] {
        use Field as F;
        match self {
            IdCard => &[
                F::Name,
                F::IdNumber,
                F::Sex,
                F::Birth,
                F::Ethnicity,
                F::CardAddress,
                F::CardIssuer,
                F::CardFrom,
                F::CardUntil,
            ],
            Vehicle => &[
                F::Condition,
                F::Vin,
                F::VinOverride,
                F::Plate,
                F::Brand,
                F::Model,
                F::Energy,
                F::Class,
                F::Mileage,
                F::Colour,
                F::MadeOn,
                F::EngineNumber,
                F::Seats,
                F::Keys,
            ],
            Papers => &[
                F::Owner,
                F::RegisteredOn,
                F::LicenceIssuedOn,
                F::UseNature,
                F::Certificate,
                F::EarlierOwners,
                F::Mortgaged,
            ],
            Customer => {
                &[F::Phone, F::HomeAddress, F::Housing, F::HomeSince, F::Marital, F::Education, F::Email]
            }
            Work => &[
                F::Employer,
                F::EmployerPhone,
                F::EmployerAddress,
                F::Position,
                F::EmployedSince,
                F::Income,
                F::OtherIncome,
            ],
            People => &[
                F::SpouseName,
                F::SpouseIdNumber,
                F::SpousePhone,
                F::ContactName,
                F::ContactRelation,
                F::ContactPhone,
                F::Contact2Name,
                F::Contact2Phone,
            ],
            Bank => &[F::BankName, F::BankCard, F::BankPhone],
            Plan => &[
                F::Price,
                F::DownPayment,
                F::Term,
                F::ProductKind,
                F::Plan,
                F::SaleRegion,
                F::Dealer,
                F::Purpose,
            ],
            _ => &[],
        }
    }

    /// Its photos.
    pub fn slots(self) -> &'static [Slot] {
        match self {
            IdCard => &[Slot::IdFront, Slot::IdBack],
            Vehicle => &[Slot::Vehicle],
            Papers => &[Slot::Licence, Slot::Certificate],
            _ => &[],
        }
    }

    /// Where a field is entered.
    pub fn of_field(field: Field) -> Part {
        Part::FILLED.into_iter().find(|part| part.fields().contains(&field)).unwrap_or(Overview)
    }

    /// Where a photo is taken.
    pub fn of_slot(slot: Slot) -> Part {
        Part::FILLED.into_iter().find(|part| part.slots().contains(&slot)).unwrap_or(Consents)
    }

    /// Where something missing is put right.
    pub fn of_missing(missing: &MissingShown) -> Part {
        if missing.code == "missing_settlement" {
            return Settle;
        }
        if missing.consent.is_some() {
            return Consents;
        }
        if let Some((slot, ..)) = missing.photos {
            return Part::of_slot(slot);
        }
        missing.field.as_deref().and_then(Field::from_key).map_or(Review, Part::of_field)
    }

    /// The part that is filled after this one.
    pub fn next(self) -> Part {
        let at = Part::FILLED.iter().position(|part| *part == self);
        at.and_then(|at| Part::FILLED.get(at + 1)).copied().unwrap_or(Review)
    }

    /// How far this part of a case is.
    pub fn progress(self, case: &CaseView) -> Progress {
        let own = |key: &str| Field::from_key(key).is_some_and(|field| self.fields().contains(&field));
        let differ =
            case.fields.iter().any(|shown| own(&shown.key) && shown.standing == FieldStanding::Conflict);
        if differ {
            return Progress::Differs;
        }
        let missing = case.missing.iter().filter(|missing| {
            let about_field = missing.field.as_deref().is_some_and(own);
            about_field || (missing.field.is_none() && Part::of_missing(missing) == self)
        });
        match missing.count() {
            0 if self == Consents || self.begun(case) => Progress::Done,
            0 => Progress::Optional,
            missing => Progress::Missing(missing),
        }
    }

    fn begun(self, case: &CaseView) -> bool {
        self.fields().iter().any(|field| !case.text(*field).is_empty())
            || case.photos.iter().any(|photo| self.slots().contains(&photo.slot))
    }
}

/// How far a part of a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Nothing is missing.
    Done,
    /// So much is missing.
    Missing(usize),
    /// Empty, and it may stay so.
    Optional,
    /// Several people's values differ.
    Differs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_lies_on_exactly_one_screen() {
        for field in Field::ALL {
            let screens = Part::FILLED.iter().filter(|part| part.fields().contains(field)).count();
            assert_eq!(screens, 1, "{}", field.key());
        }
    }

    #[test]
    fn the_parts_follow_one_another_up_to_the_review() {
        let mut part = Part::FILLED[0];
        for next in &Part::FILLED[1..] {
            part = part.next();
            assert_eq!(part, *next);
        }
        assert_eq!(part.next(), Review);
    }

    #[test]
    fn what_is_missing_leads_to_its_screen() {
        let missing = |code: &str, field: Option<Field>| MissingShown {
            code: code.into(),
            field: field.map(|field| field.key().into()),
            problem: None,
            photos: None,
            consent: None,
        };
        assert_eq!(Part::of_missing(&missing("missing_field", Some(Field::Vin))), Vehicle);
        assert_eq!(Part::of_missing(&missing("missing_settlement", Some(Field::Vin))), Settle);
        let photos =
            MissingShown { photos: Some((Slot::IdBack, 0, 1, 2)), ..missing("missing_photos", None) };
        assert_eq!(Part::of_missing(&photos), IdCard);
    }
}
