//! The kinds of block to choose from: by class, with what each does in plain words. Click, drag in, or type and Enter.

use super::{
    board::Board,
    looks::{CLASSES, class_icon, class_slug},
};
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use dioxus_web::WebEventExt;
use shared::domain::lang::Lang;
use shared::flow::{Kind, Piece, catalogue, pieces};
use std::rc::Rc;

/// The palette.
#[component]
pub fn Palette() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let mut search = use_signal(String::new);
    let wanted = search.read().trim().to_lowercase();
    let kinds: Vec<&'static dyn Kind> =
        catalogue().iter().copied().filter(|kind| fits(*kind, &wanted, w.0)).collect();
    let all = use_hook(|| Rc::new(pieces()));
    let ready: Vec<Piece> = all.iter().filter(|piece| matches(&words_of(piece), &wanted)).cloned().collect();
    let first = best(&kinds, &wanted).map(|kind| kind.key());
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
                if kinds.is_empty() && ready.is_empty() {
                    p { class: "hint", {w.t("designer-search-none")} }
                }
                if !ready.is_empty() {
                    section { class: "class-control",
                        h2 { {w.t("designer-pieces")} }
                        p { class: "hint", {w.t("designer-pieces-lead")} }
                        for piece in ready {
                            button {
                                key: "{piece.key}",
                                id: "piece-{piece.key}",
                                class: "kind",
                                r#type: "button",
                                title: "{piece.help.get(w.0)}",
                                onclick: {
                                    let piece = piece.clone();
                                    move |_| board.insert(&piece)
                                },
                                span { class: "block-icon", {icon(Icon::Plus)} }
                                span { class: "kind-words",
                                    b { {piece.name.get(w.0).to_owned()} }
                                    small { {piece.help.get(w.0).to_owned()} }
                                }
                            }
                        }
                    }
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
    matches(&texts, wanted)
}

/// The kind that Enter takes: the one of exactly this name, or whose name begins so, or the first of all.
fn best<'k>(kinds: &[&'k dyn Kind], wanted: &str) -> Option<&'k dyn Kind> {
    let names = |kind: &dyn Kind| [kind.key().to_owned(), kind.name().zh, kind.name().en.to_lowercase()];
    let exact = kinds.iter().find(|kind| names(**kind).iter().any(|name| name == wanted));
    let begun = || kinds.iter().find(|kind| names(**kind).iter().any(|name| name.starts_with(wanted)));
    exact.or_else(begun).or_else(|| kinds.first()).copied()
}

fn words_of(piece: &Piece) -> [String; 4] {
    [piece.name.zh.clone(), piece.name.en.clone(), piece.help.zh.clone(), piece.help.en.clone()]
}

fn matches(texts: &[String], wanted: &str) -> bool {
    wanted.is_empty() || texts.iter().any(|text| text.to_lowercase().contains(wanted))
}
