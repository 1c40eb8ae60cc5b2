//! What the sources say of one customer, side by side: typed, read from the card, and the real-name check.

use jiff::Timestamp;
use shared::domain::{IdNumber, Lang, Phone};
use ui::{
    components::facts::Fact,
    office::{FieldCheck, Match, Sight},
};

use super::case::Loaded;
use crate::{
    cases::cutout::cutout,
    photos::{CardReading, ReadField},
};

/// A phone number as it may be seen.
pub(super) fn shown_phone(phone: Option<&str>, sight: Sight) -> String {
    let shown = |phone: Phone| match sight {
        Sight::Revealed => phone.reveal().to_owned(),
        _ => phone.masked(),
    };
    phone.and_then(|phone| Phone::parse(phone).ok()).map(shown).unwrap_or_default()
}

/// What was measured of the photo.
pub(super) fn quality(loaded: &Loaded, lang: Lang) -> Vec<Fact> {
    let Some(quality) = loaded.reading.as_ref().and_then(|reading| reading.quality.as_ref()) else {
        return Vec::new();
    };
    let flags: Vec<String> = quality
        .flags
        .iter()
        .map(|flag| {
            ui::texts::problem(
                &format!(
                    "photo_{}",
                    serde_json::to_value(flag)
                        .ok()
                        .and_then(|value| value.as_str().map(str::to_owned))
                        .unwrap_or_default()
                ),
                lang,
            )
        })
        .collect();
    let said = if flags.is_empty() { lang.pick("清晰可用", "good").to_owned() } else { flags.join(" ") };
    vec![
        Fact::new(lang.pick("照片质量", "Photo"), said),
        Fact::new(lang.pick("证件宽度", "Card width"), format!("{:.0} px", quality.card_width_px)),
    ]
}

/// Typed × read × partner, masked unless somebody asked to see it; each beside its place in the photo at this address,
/// for whoever may see the photo.
pub(super) fn checks(
    loaded: &Loaded,
    photo_url: Option<&str>,
    now: Timestamp,
    sight: Sight,
    lang: Lang,
) -> Vec<FieldCheck> {
    let card = loaded.reading.as_ref().and_then(|reading| reading.card.as_ref());
    let today = shared::domain::funders::china_date(now);
    let number = |text: &str| IdNumber::parse(text, today).ok();
    let shown_number = |text: &str| match sight {
        Sight::Revealed => text.to_owned(),
        _ => number(text).map(|number| number.masked()).unwrap_or_default(),
    };
    let shown_name = |text: &str| match sight {
        Sight::Revealed => text.to_owned(),
        _ => masked_name(text),
    };
    let shown_birth = |text: &str| match sight {
        Sight::Revealed => text.to_owned(),
        _ => masked_birth(text),
    };
    let percent = |field: Option<&ReadField>| {
        field
            .filter(|f| !f.text.is_empty())
            .map(|f| {
                let percent = format!("{:.0}%", f.confidence * 100.0);
                lang.pick("把握 ", "sure to ").to_owned() + &percent
            })
            .unwrap_or_default()
    };
    let verdict = |field: &str| {
        let found = loaded.comparisons.iter().find(|comparison| comparison["field"] == field);
        match found.and_then(|comparison| comparison["verdict"].as_str()) {
            Some("agrees") => Match::Same,
            Some("differs") => Match::Differs,
            _ => Match::Unknown,
        }
    };
    let real_name = match loaded.situation.facts().text("partner.realname.verdict") {
        Some("match") => lang.pick("一致", "match"),
        Some("mismatch") => lang.pick("不一致", "mismatch"),
        _ => "–",
    };
    // The real-name check speaks of what was typed: a card that surely shows another name differs all the same.
    let other_name = card.zip(loaded.name.as_deref()).is_some_and(|(card, typed)| {
        card.name.confidence >= crate::photos::NAME_CONFIDENT && card.name.text != typed
    });
    let crop = |field: fn(&CardReading) -> &ReadField| {
        let card = card?;
        let field = Some(field(card)).filter(|field| !field.text.is_empty() && field.region.width > 0)?;
        Some(cutout(photo_url?.to_owned(), loaded.reading.as_ref()?, card, Some(field.region)))
    };
    vec![
        FieldCheck {
            label: lang.pick("公民身份号码", "ID number").to_owned(),
            typed: loaded.id_number.as_deref().map(shown_number).unwrap_or_default(),
            read: card.map(|card| shown_number(&card.id_number.text)).unwrap_or_default(),
            confidence: percent(card.map(|card| &card.id_number)),
            partner: real_name.to_owned(),
            crop: crop(|card| &card.id_number),
            agreement: verdict("number"),
        },
        FieldCheck {
            label: lang.pick("姓名", "Name").to_owned(),
            typed: loaded.name.as_deref().map(shown_name).unwrap_or_default(),
            read: card.map(|card| shown_name(&card.name.text)).unwrap_or_default(),
            confidence: percent(card.map(|card| &card.name)),
            partner: real_name.to_owned(),
            crop: crop(|card| &card.name),
            agreement: if other_name { Match::Differs } else { verdict("name") },
        },
        FieldCheck {
            label: lang.pick("出生日期", "Birth date").to_owned(),
            typed: loaded
                .id_number
                .as_deref()
                .and_then(number)
                .map(|number| shown_birth(&number.birth().to_string()))
                .unwrap_or_default(),
            read: card.map(|card| shown_birth(&card.birth.text)).unwrap_or_default(),
            confidence: percent(card.map(|card| &card.birth)),
            partner: "–".to_owned(),
            crop: crop(|card| &card.birth),
            agreement: verdict("birth"),
        },
    ]
}

/// The first character stays: a reviewer sees at a glance whether two names begin alike.
fn masked_name(text: &str) -> String {
    text.chars().enumerate().map(|(at, letter)| if at == 0 { letter } else { '*' }).collect()
}

/// The year stays.
fn masked_birth(text: &str) -> String {
    let digits = |letter: char| if letter.is_ascii_digit() { '*' } else { letter };
    text.chars().enumerate().map(|(at, letter)| if at < 4 { letter } else { digits(letter) }).collect()
}
