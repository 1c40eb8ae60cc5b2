//! Values that differ, side by side with who says so and when; each field is settled on its own.

use super::errand::errand;
use super::{
    desk::{Desk, use_desk},
    field::readable,
    missing::field_name,
    moment::when,
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Ask, By, ChoiceShown, FieldShown, FieldStanding};
use shared::document::{DocumentId, Field};

/// Everything to settle in the open case.
#[component]
pub fn Settle() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let document = case.row.document;
    let open: Vec<&FieldShown> = case
        .fields
        .iter()
        .filter(|shown| matches!(shown.standing, FieldStanding::Conflict | FieldStanding::Discrepancy))
        .collect();
    rsx! {
        if open.is_empty() {
            p { class: "banner good", role: "status", {icon(Icon::Check)} {w.t("settle-nothing")} }
        } else {
            p { class: "lead", {w.t("settle-lead")} }
        }
        for shown in open {
            {field(desk, w, document, shown)}
        }
    }
}

fn field(desk: Desk, w: Words, document: DocumentId, shown: &FieldShown) -> Element {
    let Some(field) = Field::from_key(&shown.key) else { return rsx! {} };
    let why =
        if shown.standing == FieldStanding::Discrepancy { "settle-discrepancy" } else { "settle-conflict" };
    rsx! {
        section { class: "settle", key: "{shown.key}", aria_labelledby: "settle-{shown.key}",
            h2 { id: "settle-{shown.key}", {field_name(w, field)} }
            p { class: "hint", {w.t(why)} }
            div { class: "side-by-side",
                for choice in &shown.choices {
                    {value(desk, w, document, field, choice)}
                }
            }
        }
    }
}

fn value(desk: Desk, w: Words, document: DocumentId, field: Field, choice: &ChoiceShown) -> Element {
    let text = choice.text.clone();
    let shown = if text.is_empty() { w.t("settle-emptied") } else { readable(w, field, &text) };
    let settle = move |_| {
        let text = text.clone();
        errand(async move {
            let _ = desk.change(Ask::Settle { document, field: field.key().to_owned(), text }, None).await;
        });
    };
    rsx! {
        div { class: "card value",
            p { class: "value-text", "{shown}" }
            p { class: "muted",
                {who(w, &choice.by)}
                " · "
                {when(desk, choice.at)}
            }
            button { class: "button second", r#type: "button", "data-choice": choice.text.clone(), aria_label: w.with("settle-use-of", &[("what", shown.clone().into())]), onclick: settle, {w.t("settle-use")} }
        }
    }
}

/// Who says so.
pub fn who(w: Words, by: &By) -> String {
    match by {
        By::Me => w.t("by-me"),
        By::Colleague(account) => {
            let id = account.to_string();
            w.with("by-colleague", &[("id", id[id.len().saturating_sub(4)..].to_owned().into())])
        }
        By::Customer => w.t("by-customer"),
        By::Reader { confidence, .. } => w.with("by-reader", &[("n", (*confidence).into())]),
        By::Partner(key) => {
            let name = w.find(&format!("partner-{key}")).unwrap_or_else(|| key.clone());
            w.with("by-partner", &[("name", name.into())])
        }
    }
}
