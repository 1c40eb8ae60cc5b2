//! What lies over the canvas for a moment: handing in, which keys do what, a table.

use super::{
    board::{Board, Dialog},
    keeping::{self, Kept},
    table::Table,
};
use crate::browser;
use dioxus::prelude::*;

/// Shortest note that says something to whoever approves, characters: what the server asks for.
const LEAST_NOTE: usize = 5;

/// The open dialogue, if any.
#[component]
pub fn Dialogs() -> Element {
    let board: Board = use_context();
    let dialog = board.dialog.read().clone();
    match dialog {
        Dialog::None => rsx! {},
        Dialog::Table(block, param) => rsx! { Table { block, param } },
        Dialog::Submit => rsx! { Submit {} },
        Dialog::Help => help(board),
    }
}

/// A dialogue with a title. Escape and a click beside it close it.
pub fn over(board: Board, title: String, class: &str, content: Element) -> Element {
    let close = move || {
        let mut dialog = board.dialog;
        dialog.set(Dialog::None);
        super::stage::focus("stage");
    };
    rsx! {
        div { class: "over", onclick: move |_| close(),
            div {
                class: "dialog {class}",
                role: "dialog",
                "aria-modal": "true",
                aria_labelledby: "dialog-title",
                onclick: move |event| event.stop_propagation(),
                onkeydown: move |event| {
                    event.stop_propagation();
                    if event.key() == Key::Escape {
                        close();
                    }
                },
                div { class: "dialog-head",
                    h2 { id: "dialog-title", tabindex: "-1", "{title}" }
                    button { id: "dialog-close", class: "button small", r#type: "button", onclick: move |_| close(), {board.words().t("designer-close")} }
                }
                {content}
            }
        }
    }
}

/// Gives the focus to something of a dialogue once it is drawn.
pub fn begin_at(id: &'static str) {
    spawn(async move {
        browser::sleep(20).await;
        super::stage::focus(id);
    });
}

#[component]
fn Submit() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let mut note = use_signal(String::new);
    let mut sending = use_signal(|| false);
    use_hook(|| begin_at("submit-note"));
    let problems = board.broken();
    let key = board.drawing.read().canvas().key.clone();
    if *board.kept.read() == Kept::Submitted {
        return over(
            board,
            w.t("submit-done"),
            "",
            rsx! {
                p { {w.t("submit-done-text")} }
                a { class: "button main", href: "/office/flows/{key}", {w.t("submit-done-go")} }
            },
        );
    }
    over(
        board,
        w.t("submit-title"),
        "",
        rsx! {
            p { class: "lead", {w.t("submit-lead")} }
            if problems > 0 {
                p { class: "banner warn", {w.with("submit-problems", &[("n", problems.into())])} }
            }
            div { class: "field",
                label { r#for: "submit-note", {w.t("submit-note")} }
                p { class: "hint", {w.t("submit-note-hint")} }
                textarea { id: "submit-note", rows: "4", maxlength: "500", value: "{note}", oninput: move |event| note.set(event.value()) }
            }
            button {
                id: "submit-go",
                class: "button main",
                r#type: "button",
                disabled: *sending.read() || note.read().trim().chars().count() < LEAST_NOTE,
                onclick: move |_| async move {
                    sending.set(true);
                    let text = note.peek().trim().to_owned();
                    keeping::submit(board, text).await;
                    if let Ok(mut sending) = sending.try_write() {
                        *sending = false;
                    }
                },
                {w.t("submit-go")}
            }
        },
    )
}

fn help(board: Board) -> Element {
    let w = board.words();
    begin_at("dialog-title");
    let keys = [
        ("/", "keys-search"),
        ("↑ ↓ ← →", "keys-go"),
        ("Shift + ↑ ↓ ← →", "keys-move"),
        ("Enter", "keys-connect"),
        ("Delete", "keys-delete"),
        ("Ctrl + Z / Y", "keys-undo"),
        ("Ctrl + C / X / V / D", "keys-copy"),
        ("Ctrl + A", "keys-all"),
        ("+ / −", "keys-zoom"),
        ("0", "keys-fit"),
        ("Shift + drag", "keys-band"),
        ("Esc", "keys-escape"),
    ];
    over(
        board,
        w.t("keys-title"),
        "",
        rsx! {
            dl { class: "keys",
                for (key , text) in keys {
                    div { key: "{text}",
                        dt { kbd { "{key}" } }
                        dd { {w.t(text)} }
                    }
                }
            }
        },
    )
}
