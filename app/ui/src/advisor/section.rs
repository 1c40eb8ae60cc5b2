//! A part of a case that is filled: its photos, its fields, and the way on to the next part.

use super::{
    consents::Consents,
    desk::use_desk,
    field::FieldBox,
    parts::Part,
    photos::Photos,
    plan::Plan,
    proposal::{PhotoForPieces, photo_of},
    route::Route,
};
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use shared::document::Field;

/// Fields that stand behind "more", because most cases do without them.
const MORE: [Field; 9] = [
    Field::Colour,
    Field::MadeOn,
    Field::EngineNumber,
    Field::Seats,
    Field::Keys,
    Field::HomeSince,
    Field::Education,
    Field::Email,
    Field::UseNature,
];

/// A part of the open case.
#[component]
pub fn SectionScreen(part: Part) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    let document = case.row.document;
    let draft = case.is_draft();
    let fields = part.fields().iter().copied().filter(|field| part != Part::Plan && !MORE.contains(field));
    let more: Vec<Field> = part.fields().iter().copied().filter(|field| MORE.contains(field)).collect();
    let more_filled = more.iter().any(|field| !case.text(*field).is_empty());
    rsx! {
        if !draft {
            p { class: "banner note", {icon(Icon::Lock)} {w.t("case-no-longer-draft")} }
        }
        if let Some(photo) = photo_of(case, part.fields()) {
            PhotoForPieces { key: "{photo}", photo }
        }
        for slot in part.slots() {
            Photos { key: "{slot:?}", slot: *slot }
        }
        if part == Part::Plan {
            Plan {}
        }
        if part == Part::Consents {
            Consents {}
        }
        if !matches!(part, Part::Plan | Part::Consents) {
            section { class: "card fields", aria_label: w.t(&format!("part-{}", part.slug())),
                for field in fields {
                    FieldBox { key: "{field.key()}", field }
                }
                if !more.is_empty() {
                    details { open: more_filled,
                        summary { {w.t("fields-more")} }
                        div { class: "fields",
                            for field in more {
                                FieldBox { key: "{field.key()}", field }
                            }
                        }
                    }
                }
            }
        }
        if draft {
            button {
                class: "button second",
                r#type: "button",
                onclick: move |_| desk.go(Route::Case(document, part.next())),
                {w.with("go-on-to", &[("what", w.t(&format!("part-{}", part.next().slug())).into())])}
            }
        }
    }
}
