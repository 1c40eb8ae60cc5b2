//! The frame of the designer: bar, palette, canvas, panel, and the drawers below.

use super::{
    bar::{Bar, ChangedElsewhere},
    board::Board,
    dialogs::Dialogs,
    keeping::use_keeping,
    keys,
    lists::ProblemList,
    palette::Palette,
    panel::Panel,
    stage::Stage,
    trying::Trying,
};
use crate::browser;
use crate::texts::problem_short;
use dioxus::prelude::*;

/// The whole designer.
#[allow(non_snake_case)] // a component
pub fn App() -> Element {
    let board = use_context_provider(Board::new);
    use_keeping(board);
    use_effect(move || {
        let w = board.words();
        let name = board.drawing.read().canvas().name.get(w.0).to_owned();
        browser::set_title(&format!("{name} · {}", w.t("designer-title")));
    });
    let w = board.words();
    if let Some(code) = board.shut.read().as_ref() {
        let own = w.find(&format!("designer-refused-{}", code.replace('_', "-")));
        let text = own.or_else(|| problem_short(code, w.0)).unwrap_or_else(|| w.t("problem-unknown"));
        return rsx! {
            main { id: "main", class: "gate",
                div { class: "card", role: "alert",
                    h1 { {w.t("designer-shut")} }
                    p { "{text}" }
                    button { class: "button main", r#type: "button", onclick: |_| browser::reload(), {w.t("crash-go")} }
                    a { class: "button plain", href: "/office/flows", {w.t("designer-home")} }
                }
            }
        };
    }
    if board.open.read().is_none() {
        return rsx! {
            main { id: "main", class: "gate",
                div { class: "loading", role: "status", {w.t("designer-loading")} }
            }
        };
    }
    rsx! {
        div {
            class: "designer",
            onkeydown: move |event| keys::pressed(board, &event),
            onpaste: move |event| keys::pasted(board, &event),
            a { class: "skip", href: "#stage", {w.t("skip-to-content")} }
            Bar {}
            Palette {}
            main { id: "main", class: "middle",
                ChangedElsewhere {}
                Stage {}
                Trying {}
                ProblemList {}
            }
            Panel {}
            Dialogs {}
            p { class: "line", role: "status", aria_live: "polite",
                if let Some(told) = board.told.read().as_ref() {
                    "{told}"
                }
            }
        }
    }
}
