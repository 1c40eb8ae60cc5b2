//! ID number and photo. Posts multipart to `{base}/identity`: `id_number`, `phone` when asked, and the photo's fields.

use super::{Cx, PhotoAsk, photo_field, ways};
use crate::components::form::{TextField, main_button, text_field};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page with ID number and photo shows.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// What was typed before, as typed.
    pub id_number: String,
    /// The phone is not known yet: ask for it.
    pub needs_phone: bool,
    /// What was typed as phone before.
    pub phone: String,
    /// What is asked for the photo.
    pub photo: PhotoAsk,
}

impl std::fmt::Debug for Identity {
    /// Without the typed values: they are personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("needs_phone", &self.needs_phone).finish_non_exhaustive()
    }
}

pub(super) fn page(cx: Cx, identity: &Identity) -> Element {
    rsx! {
        p { class: "lead", {cx.t("identity-lead")} }
        form {
            method: "post",
            action: cx.action("identity"),
            enctype: "multipart/form-data",
            novalidate: true,
            "data-send": "",
            {cx.step()}
            div { class: "card form",
                {id_number(cx, &identity.id_number)}
                if identity.needs_phone {
                    {phone(cx, &identity.phone)}
                }
            }
            div { class: "card form",
                {photo_field::photo_field(cx, &identity.photo)}
                // The script keeps the photo; a browser without it empties the field with every answer.
                if !cx.view.problems.is_empty() && identity.photo == PhotoAsk::First && cx.problems().of("photo").is_none() {
                    noscript {
                        p { class: "hint", {cx.t("photo-choose-again")} }
                    }
                }
            }
            {main_button(&cx.t("identity-go"))}
            p { class: "hint center", {cx.t("identity-next")} }
        }
        {ways::withdraw(cx)}
    }
}

/// The ID number with its checks on leaving the field; the script takes the sentences from the data attributes.
pub(super) fn id_number(cx: Cx, value: &str) -> Element {
    let (label, hint) = (cx.t("id-number"), cx.t("id-number-hint"));
    let field = TextField {
        name: "id_number",
        label: &label,
        hint: Some(&hint),
        value,
        longest: 24,
        required: true,
        class: "w-id",
        check: Some("id"),
        ..TextField::default()
    };
    let sentence = |code: &str| crate::texts::problem(code, cx.w.0);
    rsx! {
        div {
            "data-say-length": sentence("id_number_length"),
            "data-say-letters": sentence("id_number_letters"),
            "data-say-date": sentence("id_number_birth_date"),
            "data-say-key": cx.t("id-number-key"),
            "data-say-checksum": sentence("id_number_checksum"),
            {text_field(cx.problems(), field)}
        }
    }
}

/// The phone that gets the one-time code.
pub(super) fn phone(cx: Cx, value: &str) -> Element {
    let (label, hint) = (cx.t("phone"), cx.t("phone-hint"));
    let field = TextField {
        name: "phone",
        label: &label,
        hint: Some(&hint),
        value,
        kind: "tel",
        keypad: "tel",
        autocomplete: "tel-national",
        longest: 20,
        required: true,
        class: "w-phone",
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}
