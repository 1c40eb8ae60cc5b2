//! A consent as one box to tick: what for, who gets it, until when, with the full text at hand.

use super::Cx;
use crate::components::{
    facts::paragraphs,
    form::{field_error},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One consent, asked for by itself. Its texts are the versioned ones that are recorded, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentItem {
    /// Name of the form field, such as `consent_identity_photo`; its value is `yes` when ticked.
    pub field: String,
    /// The sentence beside the box: "I agree that …".
    pub title: String,
    /// Who receives the data; none where it stays here.
    pub recipient: Option<String>,
    /// What is handed over or processed.
    pub data: String,
    /// What for.
    pub purpose: String,
    /// Until when the consent holds, in words.
    pub until: String,
    /// The full text; each line is a paragraph.
    pub text: String,
    /// Whether the journey can go on without it.
    pub optional: bool,
    /// Ticked by the customer in the submit that is shown again; never ticked beforehand.
    pub ticked: bool,
}

/// The consent with its box, unticked unless the customer ticked it.
pub(super) fn consent(cx: Cx, item: &ConsentItem) -> Element {
    let error = cx.problems().of(&item.field);
    let facts_id = format!("{}-facts", item.field);
    let described = if error.is_some() { format!("{facts_id} {}-error", item.field) } else { facts_id.clone() };
    rsx! {
        div { class: if error.is_some() { "consent bad" } else { "consent" },
            {field_error(&item.field, error.as_deref())}
            label { class: "tick", r#for: "{item.field}",
                input {
                    r#type: "checkbox",
                    id: "{item.field}",
                    name: "{item.field}",
                    value: "yes",
                    checked: item.ticked,
                    aria_invalid: error.is_some().then_some("true"),
                    aria_describedby: described,
                }
                span {
                    "{item.title}"
                    if item.optional {
                        small { class: "tag", {cx.t("consent-optional")} }
                    }
                }
            }
            dl { class: "facts small", id: "{facts_id}",
                if let Some(recipient) = &item.recipient {
                    {line(cx.t("consent-recipient"), recipient)}
                }
                {line(cx.t("consent-data"), &item.data)}
                {line(cx.t("consent-purpose"), &item.purpose)}
                {line(cx.t("consent-until"), &item.until)}
            }
            details {
                summary { {cx.t("consent-text")} }
                div { class: "prose", {paragraphs(&item.text)} }
            }
        }
    }
}

fn line(label: String, value: &str) -> Element {
    rsx! {
        div {
            dt { "{label}" }
            dd { "{value}" }
        }
    }
}
