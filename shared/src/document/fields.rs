//! What can be entered: about sixty fields in sections, with the rule that each value follows.
//!
//! A draft keeps whatever a person typed, right or wrong, so that nothing is lost when the battery dies in the middle of
//! a number; [`Field::check`] says what is wrong with it, and a document with such a value cannot be handed in.

use crate::domain::{
    BankCard, Ethnicity, Fen, IdNumber, PersonName, Phone, Plate, Region, Sex, Vin, lang::Lang,
};
use jiff::civil::Date;

/// What a value must look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rule {
    /// A person's name.
    Name,
    /// A resident identity number.
    IdNumber,
    /// A mobile number.
    Phone,
    /// A VIN; a wrong check digit is a warning of the screen, not of the document.
    Vin,
    /// A number plate.
    Plate,
    /// A bank card.
    BankCard,
    /// An amount of money, whole fen.
    Money,
    /// A whole number up to this one.
    Whole(u32),
    /// A day, `YYYY-MM-DD`.
    Day,
    /// A day, or `long` where a card never expires.
    DayOrLong,
    /// A region code.
    Region,
    /// Male or female as the card says it.
    Sex,
    /// One of the 56.
    Ethnicity,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// Any text up to this many characters.
    Text(usize),
    /// A [`PlanChosen`](super::PlanChosen).
    Plan,
}

macro_rules! fields {
    ($($(#[$section_doc:meta])* $section:ident { $($(#[$doc:meta])* $field:ident = $key:literal, $rule:expr, $flags:literal;)* })*) => {
        /// A part of the application that is filled together.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Section { $($(#[$section_doc])* $section,)* }

        /// One thing that can be entered. Its key is part of every stored document and never changes.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Field { $($($(#[$doc])* $field,)*)* }

        impl Section {
            /// All sections in the order of the screens.
            pub const ALL: &'static [Section] = &[$(Section::$section,)*];
        }

        impl Field {
            /// All fields in the order of the screens.
            pub const ALL: &'static [Field] = &[$($(Field::$field,)*)*];

            /// The name inside the document.
            pub const fn key(self) -> &'static str {
                match self { $($(Field::$field => $key,)*)* }
            }

            /// The section it belongs to.
            pub const fn section(self) -> Section {
                match self { $($(Field::$field => Section::$section,)*)* }
            }

            /// What its value must look like.
            pub const fn rule(self) -> Rule {
                match self { $($(Field::$field => $rule,)*)* }
            }

            const fn flags(self) -> &'static str {
                match self { $($(Field::$field => $flags,)*)* }
            }
        }
    };
}

const YES_NO: &[&str] = &["yes", "no"];

// Flags: `r` regulated (concurrent values are kept until someone settles), `n` needed to hand in.
fields! {
    /// What is asked for.
    Offer {
        /// New or used.
        Condition = "condition", Rule::OneOf(&["new", "used"]), "rn";
        /// The vehicle's price.
        Price = "price", Rule::Money, "rn";
        /// What the customer pays at once.
        DownPayment = "down_payment", Rule::Money, "rn";
        /// Months to repay.
        Term = "term", Rule::Whole(120), "rn";
        /// Loan, direct lease or leaseback.
        ProductKind = "product_kind", Rule::OneOf(&["loan", "direct_lease", "leaseback"]), "rn";
        /// Where it is sold.
        SaleRegion = "sale_region", Rule::Region, "n";
        /// The dealer.
        Dealer = "dealer", Rule::Text(60), "";
        /// What the money is for.
        Purpose = "purpose", Rule::Text(60), "";
    }
    /// The vehicle itself.
    Vehicle {
        /// Vehicle identification number.
        Vin = "vin", Rule::Vin, "rn";
        /// Why the VIN counts although its check digit does not fit.
        VinOverride = "vin_override", Rule::Text(80), "r";
        /// Number plate.
        Plate = "plate", Rule::Plate, "r";
        /// Brand.
        Brand = "brand", Rule::Text(40), "n";
        /// Model as the licence says it.
        Model = "model", Rule::Text(60), "n";
        /// What drives it.
        Energy = "energy", Rule::OneOf(&["fuel", "electric", "plug_in", "hydrogen"]), "rn";
        /// What it is built for.
        Class = "class", Rule::OneOf(&["passenger", "light_commercial", "heavy_truck"]), "rn";
        /// Kilometres driven.
        Mileage = "mileage", Rule::Whole(3_000_000), "rn";
        /// Colour.
        Colour = "colour", Rule::Text(20), "";
        /// Day of manufacture.
        MadeOn = "made_on", Rule::Day, "";
        /// Engine number.
        EngineNumber = "engine_number", Rule::Text(30), "r";
        /// Seats.
        Seats = "seats", Rule::Whole(80), "";
        /// Keys handed over.
        Keys = "keys", Rule::Whole(9), "";
    }
    /// Vehicle licence and registration certificate.
    Papers {
        /// Owner as the licence says it.
        Owner = "owner", Rule::Name, "r";
        /// First registration.
        RegisteredOn = "registered_on", Rule::Day, "r";
        /// Issue of the licence.
        LicenceIssuedOn = "licence_issued_on", Rule::Day, "";
        /// What it is used for.
        UseNature = "use_nature", Rule::Text(20), "";
        /// Number of the registration certificate.
        Certificate = "certificate", Rule::Text(20), "r";
        /// Owners before.
        EarlierOwners = "earlier_owners", Rule::Whole(50), "";
        /// Mortgaged now.
        Mortgaged = "mortgaged", Rule::OneOf(YES_NO), "r";
    }
    /// The customer.
    Customer {
        /// Name.
        Name = "name", Rule::Name, "rn";
        /// Identity number.
        IdNumber = "id_number", Rule::IdNumber, "rn";
        /// Mobile number.
        Phone = "phone", Rule::Phone, "rn";
        /// Sex as the card says it.
        Sex = "sex", Rule::Sex, "r";
        /// Day of birth.
        Birth = "birth", Rule::Day, "r";
        /// Ethnicity as the card says it.
        Ethnicity = "ethnicity", Rule::Ethnicity, "";
        /// Address on the card.
        CardAddress = "card_address", Rule::Text(120), "r";
        /// Where the customer lives.
        HomeAddress = "home_address", Rule::Text(120), "n";
        /// How the customer lives.
        Housing = "housing", Rule::OneOf(&["owned", "mortgaged", "rented", "family", "employer"]), "";
        /// Living there since.
        HomeSince = "home_since", Rule::Day, "";
        /// Marital status.
        Marital = "marital", Rule::OneOf(&["single", "married", "divorced", "widowed"]), "";
        /// Education.
        Education = "education", Rule::Text(20), "";
        /// Electronic mail.
        Email = "email", Rule::Text(80), "";
    }
    /// The rest of the identity card.
    Card {
        /// Issuing authority.
        CardIssuer = "card_issuer", Rule::Text(60), "r";
        /// Valid from.
        CardFrom = "card_from", Rule::Day, "r";
        /// Valid until.
        CardUntil = "card_until", Rule::DayOrLong, "r";
    }
    /// Work and income.
    Work {
        /// Employer.
        Employer = "employer", Rule::Text(80), "";
        /// Employer's telephone.
        EmployerPhone = "employer_phone", Rule::Text(20), "";
        /// Employer's address.
        EmployerAddress = "employer_address", Rule::Text(120), "";
        /// Position.
        Position = "position", Rule::Text(40), "";
        /// Employed since.
        EmployedSince = "employed_since", Rule::Day, "";
        /// Income a month.
        Income = "income", Rule::Money, "r";
        /// Other income a month.
        OtherIncome = "other_income", Rule::Money, "r";
    }
    /// People around the customer.
    People {
        /// Spouse's name.
        SpouseName = "spouse_name", Rule::Name, "r";
        /// Spouse's identity number.
        SpouseIdNumber = "spouse_id_number", Rule::IdNumber, "r";
        /// Spouse's mobile number.
        SpousePhone = "spouse_phone", Rule::Phone, "r";
        /// A contact's name.
        ContactName = "contact_name", Rule::Name, "";
        /// A contact's relation to the customer.
        ContactRelation = "contact_relation", Rule::Text(20), "";
        /// A contact's mobile number.
        ContactPhone = "contact_phone", Rule::Phone, "";
        /// A second contact's name.
        Contact2Name = "contact2_name", Rule::Name, "";
        /// A second contact's mobile number.
        Contact2Phone = "contact2_phone", Rule::Phone, "";
    }
    /// Where instalments are drawn from.
    Bank {
        /// Bank.
        BankName = "bank_name", Rule::Text(40), "";
        /// Card number.
        BankCard = "bank_card", Rule::BankCard, "r";
        /// Mobile number known to the bank.
        BankPhone = "bank_phone", Rule::Phone, "r";
    }
    /// The plan that was agreed on; one value, so that two people's choices never mix.
    Plan {
        /// The plan with its figures.
        Plan = "plan", Rule::Plan, "rn";
    }
}

/// A value that does not follow its field's rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadValue {
    /// Stable code for programs, e.g. `id_number_checksum`.
    pub code: &'static str,
    chinese: &'static str,
    english: &'static str,
}

impl BadValue {
    fn new(code: &'static str, text: impl Fn(Lang) -> &'static str) -> Self {
        Self { code, chinese: text(Lang::Zh), english: text(Lang::En) }
    }

    fn plain(code: &'static str, chinese: &'static str, english: &'static str) -> Self {
        Self { code, chinese, english }
    }

    /// What is wrong and what to do.
    pub fn text(&self, lang: Lang) -> &'static str {
        lang.pick(self.chinese, self.english)
    }
}

impl Field {
    /// The field with this key.
    pub fn from_key(key: &str) -> Option<Field> {
        Field::ALL.iter().copied().find(|field| field.key() == key)
    }

    /// Are concurrent values kept until somebody settles them?
    pub fn is_regulated(self) -> bool {
        self.flags().contains('r')
    }

    /// Is it needed to hand the application in?
    pub fn is_needed(self) -> bool {
        self.flags().contains('n')
    }

    /// The fields of a section.
    pub fn of(section: Section) -> impl Iterator<Item = Field> {
        Field::ALL.iter().copied().filter(move |field| field.section() == section)
    }

    /// The value as it is compared and stored: `11010519491231002x ` is `11010519491231002X`. What does not follow the
    /// rule is kept as it was typed, without the spaces around it.
    pub fn canonical(self, typed: &str, today: Date) -> String {
        self.check(typed, today).unwrap_or_else(|_| typed.trim().to_owned())
    }

    /// The canonical value.
    ///
    /// # Errors
    /// [`BadValue`] when the text does not follow the field's rule.
    pub fn check(self, typed: &str, today: Date) -> Result<String, BadValue> {
        let text = typed.trim();
        let format = || {
            BadValue::plain(
                "value_format",
                "内容格式不正确，请核对后修改。",
                "This does not look like the field wants it: please correct it.",
            )
        };
        let kept = |fits: bool| if fits { Ok(text.to_owned()) } else { Err(format()) };
        match self.rule() {
            Rule::Name => PersonName::parse(text)
                .map(|name| name.reveal().to_owned())
                .map_err(|e| BadValue::new(e.code(), |lang| e.text(lang))),
            Rule::IdNumber => IdNumber::parse(text, today)
                .map(|number| number.reveal().to_owned())
                .map_err(|e| BadValue::new(e.code(), |lang| e.text(lang))),
            Rule::Phone => Phone::parse(text)
                .map(|phone| phone.reveal().to_owned())
                .map_err(|e| BadValue::new(e.code(), |lang| e.text(lang))),
            Rule::Vin => Vin::parse_overridden(text)
                .map(|vin| vin.as_str().to_owned())
                .map_err(|e| BadValue::new(e.code(), |lang| e.text(lang))),
            Rule::Plate => Plate::parse(text)
                .map(|plate| plate.as_str().to_owned())
                .map_err(|e| BadValue::new(e.code(), |lang| e.text(lang))),
            Rule::BankCard => BankCard::parse(text)
                .map(|card| card.reveal().to_owned())
                .map_err(|e| BadValue::new(e.code(), |lang| e.text(lang))),
            Rule::Money => {
                let amount = text.parse::<i64>().ok().and_then(|fen| Fen::new(fen).ok());
                amount.filter(|fen| !fen.is_negative()).map(|fen| fen.get().to_string()).ok_or_else(format)
            }
            Rule::Whole(most) => {
                let whole = text.parse::<u32>().ok().filter(|whole| *whole <= most);
                whole.map(|whole| whole.to_string()).ok_or_else(format)
            }
            Rule::DayOrLong if text == "long" => Ok(text.to_owned()),
            Rule::Day | Rule::DayOrLong => {
                text.parse::<Date>().map(|day| day.to_string()).map_err(|_| format())
            }
            Rule::Region => kept(text.parse::<Region>().is_ok()),
            Rule::Sex => kept(Sex::from_card(text).is_some()),
            Rule::Ethnicity => kept(Ethnicity::from_card(text).is_some()),
            Rule::OneOf(words) => kept(words.contains(&text)),
            Rule::Text(most) => kept(!text.is_empty() && text.chars().count() <= most),
            Rule::Plan => super::PlanChosen::parse(text).map(|plan| plan.to_text()).ok_or_else(format),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use std::collections::BTreeSet;

    #[test]
    fn about_sixty_fields_each_under_its_own_name() {
        let keys: BTreeSet<_> = Field::ALL.iter().map(|field| field.key()).collect();
        assert_eq!(keys.len(), Field::ALL.len());
        assert!((58..=70).contains(&keys.len()), "{} fields", keys.len());
        for field in Field::ALL {
            assert_eq!(Field::from_key(field.key()), Some(*field));
            assert!(Field::of(field.section()).any(|other| other == *field));
        }
    }

    #[test]
    fn values_are_stored_as_they_are_compared_and_wrong_ones_as_they_were_typed() {
        let today = date(2026, 3, 1);
        for (field, typed, stored) in [
            (Field::IdNumber, " 11010519491231002x", "11010519491231002X"),
            (Field::IdNumber, " 1101051949123", "1101051949123"),
            (Field::Phone, "+86 138 0013 8000", "13800138000"),
            (Field::Vin, "lsvwy4180kn246094", "LSVWY4180KN246094"),
            (Field::Price, "08529900", "8529900"),
            (Field::CardUntil, "long", "long"),
            (Field::RegisteredOn, "2024-02-29", "2024-02-29"),
            (Field::Energy, "electric", "electric"),
        ] {
            assert_eq!(field.canonical(typed, today), stored, "{typed}");
        }
        for (field, typed, code) in [
            (Field::IdNumber, "110105194912310021", "id_number_checksum"),
            (Field::Phone, "12800138000", "phone_prefix"),
            (Field::Price, "-1", "value_format"),
            (Field::Term, "121", "value_format"),
            (Field::RegisteredOn, "2023-02-29", "value_format"),
            (Field::Energy, "steam", "value_format"),
            (Field::Plan, "{}", "value_format"),
            (Field::Brand, "", "value_format"),
        ] {
            let bad = field.check(typed, today).unwrap_err();
            assert_eq!(bad.code, code, "{typed}");
            assert!(bad.text(Lang::Zh).ends_with('。') && bad.text(Lang::En).ends_with('.'));
        }
    }
}
