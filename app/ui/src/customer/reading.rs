//! What was read from the card, to confirm or correct. Posts to `{base}/reading`: `name_pick` from a one-tap button, or
//! `name` with `answer=confirm`; "this is not my card" posts to `{base}/retake`.

use super::{Cx, ways};
use crate::components::{
    cutout::{Cutout, cutout},
    form::{TextField, text_field},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// How sure the reader is about the name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NameConfidence {
    /// Sure enough to go on without asking for more than a look.
    Sure,
    /// Has to be confirmed.
    Unsure,
    /// Sure, but the real-name check knows another spelling.
    PartnerDisagrees,
    /// Not read at all: the customer types it.
    NotRead,
}

/// What was read from the card. A proposal, never a fact.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// The name as read or typed before; empty when it was not read.
    pub name: String,
    /// How sure that is.
    pub confidence: NameConfidence,
    /// Other readings of the name, most likely first, for one tap.
    pub alternatives: Vec<String>,
    /// ID number, masked.
    pub id_number_masked: String,
    /// Sex, in words; empty when not read.
    pub sex: String,
    /// Ethnicity, in words; empty when not read.
    pub ethnicity: String,
    /// Birth date as shown.
    pub birth: String,
    /// Address; empty when not read.
    pub address: String,
    /// The card in the photo.
    pub card: Option<Cutout>,
    /// The line with the name in the photo.
    pub name_line: Option<Cutout>,
}

impl std::fmt::Debug for Reading {
    /// How sure it is only: the rest is personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Reading").field("confidence", &self.confidence).finish_non_exhaustive()
    }
}

impl Reading {
    /// Whether the page asks for the name rather than only showing it.
    pub fn is_asked(&self) -> bool {
        self.confidence != NameConfidence::Sure
    }
}

pub(super) fn page(cx: Cx, reading: &Reading) -> Element {
    let lead = match reading.confidence {
        NameConfidence::Sure => "reading-lead",
        NameConfidence::Unsure => "reading-lead-unsure",
        NameConfidence::PartnerDisagrees => "reading-lead-partner",
        NameConfidence::NotRead => "reading-lead-not-read",
    };
    rsx! {
        p { class: "lead", {cx.t(lead)} }
        {picture(cx, reading)}
        if reading.is_asked() && !reading.alternatives.is_empty() {
            {one_tap(cx, reading)}
        }
        form { method: "post", action: cx.action("reading"), novalidate: true, "data-send": "",
            {cx.step()}
            div { class: "card form",
                {name_field(cx, reading)}
                {facts(cx, reading)}
            }
            button { class: "button main", r#type: "submit", name: "answer", value: "confirm", {cx.t("reading-confirm")} }
        }
        form { method: "post", action: cx.action("retake"), "data-send": "",
            {cx.step()}
            button { class: "button plain", r#type: "submit", {cx.t("reading-retake")} }
        }
        {ways::ways(cx)}
    }
}

fn picture(cx: Cx, reading: &Reading) -> Element {
    let (part, text, class) = match (&reading.name_line, &reading.card) {
        (Some(part), _) if reading.is_asked() => (part, "reading-name-picture", "crop name"),
        (_, Some(part)) => (part, "reading-card-picture", "crop"),
        _ => return rsx! {},
    };
    rsx! {
        figure { class,
            {cutout(part, &cx.t(text))}
            figcaption { {cx.t("reading-caption")} }
        }
    }
}

fn one_tap(cx: Cx, reading: &Reading) -> Element {
    rsx! {
        form { class: "one-tap", method: "post", action: cx.action("reading"), "data-send": "",
            {cx.step()}
            fieldset {
                legend { {cx.t("reading-one-tap")} }
                div { class: "taps",
                    for name in &reading.alternatives {
                        button { class: "button second", r#type: "submit", name: "name_pick", value: "{name}", "{name}" }
                    }
                }
            }
        }
    }
}

fn name_field(cx: Cx, reading: &Reading) -> Element {
    let (label, key) = (cx.t("name"), if reading.is_asked() { "name-hint-asked" } else { "name-hint" });
    let hint = cx.t(key);
    let field = TextField {
        name: "name",
        label: &label,
        hint: Some(&hint),
        value: &reading.name,
        longest: 60,
        required: true,
        class: "w-name",
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}

fn facts(cx: Cx, reading: &Reading) -> Element {
    let lines = [
        ("id-number", &reading.id_number_masked),
        ("sex", &reading.sex),
        ("ethnicity", &reading.ethnicity),
        ("birth", &reading.birth),
        ("address", &reading.address),
    ];
    rsx! {
        dl { class: "facts",
            for (key, value) in lines.into_iter().filter(|(_, value)| !value.is_empty()) {
                div {
                    dt { {cx.t(key)} }
                    dd { "{value}" }
                }
            }
        }
    }
}
