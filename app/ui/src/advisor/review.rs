//! What is still missing, what was entered, and handing the case in.

use super::errand::{errand, note};
use super::{
    case::what_is_missing,
    desk::{Desk, use_desk},
    field::readable,
    missing,
    parts::Part,
    route::Route,
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Ask, CaseView};
use shared::document::Field;

/// The review of the open case.
#[component]
pub fn Review() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let busy = use_signal(|| false);
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let document = case.row.document;
    let complete = case.missing.is_empty();
    let hand_in = move |_| {
        errand(async move {
            note(busy, true);
            let handed_in = desk.change(Ask::HandIn { document }, None).await;
            note(busy, false);
            if handed_in.is_ok() {
                desk.show(Route::Case(document, Part::Timeline), true);
            }
        });
    };
    rsx! {
        if case.is_draft() {
            {what_is_missing(desk, w, case)}
            if complete {
                p { class: "lead", {w.t("review-complete")} }
                button { class: "button main", r#type: "button", disabled: *busy.read(), onclick: hand_in, {w.t("review-go")} }
                p { class: "hint", {w.t("review-offline")} }
            } else if case.missing.len() > 1 {
                {all_gaps(desk, w, case)}
            }
        } else {
            p { class: "banner note", {w.t("case-no-longer-draft")} }
        }
        h2 { {w.t("review-entered")} }
        for part in Part::FILLED {
            {entered(desk, w, case, part)}
        }
    }
}

fn all_gaps(desk: Desk, w: Words, case: &CaseView) -> Element {
    let document = case.row.document;
    rsx! {
        section { class: "card", aria_labelledby: "gaps",
            h2 { id: "gaps", {w.with("review-gaps", &[("n", case.missing.len().into())])} }
            ul { class: "gaps",
                for gap in &case.missing {
                    {gap_row(desk, document, missing::jump(w, gap), w)}
                }
            }
        }
    }
}

fn gap_row(desk: Desk, document: shared::document::DocumentId, jump: missing::Jump, w: Words) -> Element {
    rsx! {
        li {
            a {
                href: Route::Case(document, jump.part).path(),
                onclick: move |event| {
                    event.prevent_default();
                    desk.jump(document, jump.part, jump.field.clone());
                },
                "{jump.words}"
            }
            small { class: "muted", {w.t(&format!("part-{}", jump.part.slug()))} }
        }
    }
}

fn entered(desk: Desk, w: Words, case: &CaseView, part: Part) -> Element {
    let filled: Vec<Field> =
        part.fields().iter().copied().filter(|field| !case.text(*field).is_empty()).collect();
    if filled.is_empty() {
        return rsx! {};
    }
    let route = Route::Case(case.row.document, part);
    let name = w.t(&format!("part-{}", part.slug()));
    rsx! {
        section { class: "card",
            div { class: "photos-head",
                h3 { "{name}" }
                if case.is_draft() {
                    a {
                        class: "edit",
                        href: route.path(),
                        aria_label: w.with("review-edit-of", &[("what", name.clone().into())]),
                        onclick: move |event| {
                            event.prevent_default();
                            desk.go(route);
                        },
                        {w.t("review-edit")}
                    }
                }
            }
            dl { class: "facts small",
                for field in filled {
                    div { key: "{field.key()}",
                        dt { {missing::field_name(w, field)} }
                        dd { {readable(w, field, case.text(field))} }
                    }
                }
            }
        }
    }
}
