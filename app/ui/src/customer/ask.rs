//! "Redo only this": one thing again, with the reason. Posts multipart to `{base}/redo` with hidden `what`
//! (`photo`, `phone`, `name`, `id_number`) and that thing's field.

use super::{Cx, PhotoAsk, identity, photo_field, ways};
use crate::components::{
    form::{TextField, hidden, main_button, text_field},
    icons::{Icon, icon},
};
use crate::texts::{self, Words};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// The thing that is asked for again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AskWhat {
    /// The photo of the card.
    Photo(PhotoAsk),
    /// The phone, with what was typed.
    Phone(String),
    /// The name, with what was typed or read.
    Name(String),
    /// The ID number, with what was typed.
    IdNumber(String),
}

impl std::fmt::Debug for AskWhat {
    /// The kind only: the values are personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.key())
    }
}

impl AskWhat {
    /// The value of the hidden field `what`.
    pub fn key(&self) -> &'static str {
        match self {
            AskWhat::Photo(_) => "photo",
            AskWhat::Phone(_) => "phone",
            AskWhat::Name(_) => "name",
            AskWhat::IdNumber(_) => "id_number",
        }
    }
}

/// What the page for one thing shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The thing.
    pub what: AskWhat,
    /// Why it is asked again: a problem code.
    pub code: String,
    /// What the person at the back office wrote, where one asked.
    pub from_person: Option<String>,
}

impl Ask {
    pub(super) fn title(&self, w: Words) -> String {
        match self.what {
            AskWhat::Photo(_) => w.t("title-ask-photo"),
            AskWhat::Phone(_) => w.t("title-ask-phone"),
            AskWhat::Name(_) => w.t("title-ask-name"),
            AskWhat::IdNumber(_) => w.t("title-ask-number"),
        }
    }
}

pub(super) fn page(cx: Cx, ask: &Ask) -> Element {
    rsx! {
        div { class: "reason",
            {icon(Icon::Info)}
            div {
                p { {texts::problem(&ask.code, cx.w.0)} }
                if let Some(note) = &ask.from_person {
                    p { class: "quote",
                        {cx.t("ask-from-person")}
                        " "
                        q { "{note}" }
                    }
                }
            }
        }
        p { {cx.t("ask-only-this")} }
        form {
            method: "post",
            action: cx.action("redo"),
            enctype: "multipart/form-data",
            novalidate: true,
            "data-send": "",
            {cx.step()}
            {hidden("what", ask.what.key())}
            div { class: "card form", {field(cx, &ask.what)} }
            {main_button(&cx.t("ask-go"))}
        }
        {ways::ways(cx)}
    }
}

fn field(cx: Cx, what: &AskWhat) -> Element {
    match what {
        AskWhat::Photo(photo) => photo_field::photo_field(cx, photo),
        AskWhat::Phone(value) => identity::phone(cx, value),
        AskWhat::IdNumber(value) => identity::id_number(cx, value),
        AskWhat::Name(value) => {
            let (label, hint) = (cx.t("name"), cx.t("name-hint"));
            let field = TextField {
                name: "name",
                label: &label,
                hint: Some(&hint),
                value,
                longest: 60,
                required: true,
                ..TextField::default()
            };
            text_field(cx.problems(), field)
        }
    }
}
