//! "What is still missing" as one sentence whose parts lead to where it is put right.

use super::parts::Part;
use crate::texts::Words;
use shared::document::{Field, Slot};
use shared::protocol::app::MissingShown;

/// Most things that the sentence names; the rest is counted.
const MOST_NAMED: usize = 5;

/// One part of the sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jump {
    /// What is missing, in a few words.
    pub words: String,
    /// Where it is put right.
    pub part: Part,
    /// The field to begin at.
    pub field: Option<String>,
}

/// The sentence: the first things by name, and how many more there are.
pub fn sentence(w: Words, missing: &[MissingShown]) -> (Vec<Jump>, usize) {
    let named = if missing.len() == MOST_NAMED + 1 { MOST_NAMED + 1 } else { MOST_NAMED };
    let jumps = missing.iter().take(named).map(|missing| jump(w, missing)).collect();
    (jumps, missing.len().saturating_sub(named))
}

/// One missing thing.
pub fn jump(w: Words, missing: &MissingShown) -> Jump {
    Jump { words: words(w, missing), part: Part::of_missing(missing), field: missing.field.clone() }
}

/// A field's name.
pub fn field_name(w: Words, field: Field) -> String {
    w.t(&format!("field-{}", field.key().replace('_', "-")))
}

/// What a photo shows.
pub fn slot_name(w: Words, slot: Slot) -> String {
    w.t(slot_key(slot))
}

fn slot_key(slot: Slot) -> &'static str {
    match slot {
        Slot::IdFront => "slot-id-front",
        Slot::IdBack => "slot-id-back",
        Slot::Vehicle => "slot-vehicle",
        Slot::Licence => "slot-licence",
        Slot::Certificate => "slot-certificate",
        Slot::ConsentSignature => "slot-consent-signature",
    }
}

fn words(w: Words, missing: &MissingShown) -> String {
    if let Some((slot, have, least, most)) = missing.photos {
        let what = slot_name(w, slot);
        let key = if have > most { "missing-photos-over" } else { "missing-photos" };
        let bound = if have > most { most } else { least };
        return w.with(key, &[("what", what.into()), ("have", have.into()), ("need", bound.into())]);
    }
    if let Some(purpose) = missing.consent {
        return w.with("missing-consent", &[("what", purpose.text(w.0).into())]);
    }
    let field = missing.field.as_deref().and_then(Field::from_key);
    let Some(what) = field.map(|field| field_name(w, field)) else { return w.t("missing-something") };
    let key = match missing.code.as_str() {
        "missing_take_over" => "missing-take-over",
        "missing_correction" => "missing-correction",
        "missing_settlement" => "missing-settlement",
        "missing_app_update" => "missing-app-update",
        _ => return what,
    };
    w.with(key, &[("what", what.into())])
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::{Lang, Purpose};

    fn missing(code: &str, field: Option<&str>) -> MissingShown {
        MissingShown {
            code: code.into(),
            field: field.map(str::to_owned),
            problem: None,
            photos: None,
            consent: None,
        }
    }

    #[test]
    fn each_kind_of_gap_has_words_and_a_place() {
        let photos =
            MissingShown { photos: Some((Slot::Vehicle, 1, 4, 8)), ..missing("missing_photos", None) };
        let many = MissingShown { photos: Some((Slot::Vehicle, 9, 4, 8)), ..missing("missing_photos", None) };
        let consent =
            MissingShown { consent: Some(Purpose::CreditQuery), ..missing("missing_consent", None) };
        for (gap, zh, part) in [
            (missing("missing_field", Some("vin")), "车架号（VIN）", Part::Vehicle),
            (missing("missing_correction", Some("id_number")), "改正身份证号码", Part::IdCard),
            (missing("missing_settlement", Some("name")), "选定姓名", Part::Settle),
            (missing("missing_take_over", Some("name")), "确认姓名", Part::IdCard),
            (photos, "车辆照片（已拍 1 张，至少 4 张）", Part::Vehicle),
            (many, "车辆照片多了（已拍 9 张，最多 8 张）", Part::Vehicle),
        ] {
            let jump = jump(Words(Lang::Zh), &gap);
            assert_eq!((jump.words.as_str(), jump.part), (zh, part));
        }
        assert_eq!(jump(Words(Lang::Zh), &consent).part, Part::Consents);
    }

    #[test]
    fn a_long_list_is_counted_and_never_ends_in_one_more() {
        let gaps = |n: usize| vec![missing("missing_field", Some("vin")); n];
        for (n, named, rest) in [(0, 0, 0), (5, 5, 0), (6, 6, 0), (7, 5, 2), (20, 5, 15)] {
            let (jumps, more) = sentence(Words(Lang::En), &gaps(n));
            assert_eq!((jumps.len(), more), (named, rest), "{n}");
        }
    }
}
