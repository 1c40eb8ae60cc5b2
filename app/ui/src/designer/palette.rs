//! The kinds of block to choose from: by class, with what each does in plain words. Click, drag in, or type and Enter.

use super::{
    board::Board,
    looks::{CLASSES, class_icon, class_slug},
};
use dioxus::prelude::*;
use dioxus_web::WebEventExt;
use shared::domain::lang::Lang;
use shared::flow::{Kind, catalogue};

/// The palette.
#[component]
pub fn Palette() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let mut search = use_signal(String::new);
    let wanted = search.read().trim().to_lowercase();
    let kinds: Vec<&'static dyn Kind> =
        catalogue().iter().copied().filter(|kind| fits(*kind, &wanted, w.0)).collect();
    let first = kinds.iter().min_by_key(|kind| rank(**kind, &wanted, w.0)).map(|kind| kind.key());
    let groups = CLASSES
        .map(|class| (class, kinds.iter().copied().filter(|kind| kind.class() == class).collect::<Vec<_>>()));
    rsx! {
        nav { class: "palette", aria_label: w.t("designer-palette"),
            div { class: "palette-search",
                label { class: "unseen", r#for: "palette-search", {w.t("designer-search")} }
                input {
                    id: "palette-search",
                    r#type: "search",
                    autocomplete: "off",
                    placeholder: w.t("designer-search"),
                    value: "{search}",
                    oninput: move |event| search.set(event.value()),
                    onkeydown: move |event| {
                        event.stop_propagation();
                        if event.key() == Key::Enter && let Some(key) = first {
                            event.prevent_default();
                            board.add(key, None);
                            search.set(String::new());
                        }
                    },
                }
            }
            div { class: "palette-list",
                if kinds.is_empty() {
                    p { class: "hint", {w.t("designer-search-none")} }
                }
                for (class , kinds) in groups.into_iter().filter(|(_, kinds)| !kinds.is_empty()) {
                    section { key: "{class_slug(class)}", class: class_slug(class),
                        h2 { {w.t(class_slug(class))} }
                        for kind in kinds {
                            button {
                                key: "{kind.key()}",
                                id: "kind-{kind.key()}",
                                class: "kind",
                                r#type: "button",
                                draggable: "true",
                                title: "{kind.help().get(w.0)}",
                                onclick: move |_| board.add(kind.key(), None),
                                ondragstart: move |event| {
                                    let mut carried = board.carried;
                                    carried.set(Some(kind.key()));
                                    // Some browsers begin no drag without something to carry.
                                    if let Some(data) = event.data().as_web_event().data_transfer() {
                                        let _ = data.set_data("text/plain", kind.key());
                                    }
                                },
                                ondragend: move |_| {
                                    let mut carried = board.carried;
                                    carried.set(None);
                                },
                                span { class: "block-icon", {class_icon(Some(class))} }
                                span { class: "kind-words",
                                    b { {kind.name().get(w.0).to_owned()} }
                                    small { {kind.help().get(w.0).to_owned()} }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn fits(kind: &dyn Kind, wanted: &str, lang: Lang) -> bool {
    let texts = [kind.key().to_owned(), kind.name().zh, kind.name().en, kind.help().get(lang).to_owned()];
    wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(wanted))
}

/// Which kind Enter adds: the one that is called so, before those that begin so, before all others.
fn rank(kind: &dyn Kind, wanted: &str, lang: Lang) -> u8 {
    let names = [kind.key().to_owned(), kind.name().get(lang).to_lowercase()];
    if names.iter().any(|name| name == wanted) {
        0
    } else if names.iter().any(|name| name.starts_with(wanted)) {
        1
    } else {
        2
    }
}
