//! The bar at the top: which flow, whether it is kept, and what can be done with all of it.

use super::{
    board::{Board, Dialog},
    keeping::{self, Kept},
    trying,
};
use crate::browser;
use crate::components::brand::wordmark;
use dioxus::prelude::*;
use shared::flow::draw::{Marks, picture};

/// The bar.
#[component]
pub fn Bar() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let (name, undo, redo) = {
        let drawing = board.drawing.read();
        (drawing.canvas().name.get(w.0).to_owned(), drawing.can_undo(), drawing.can_redo())
    };
    let name = if name.is_empty() { w.t("designer-unnamed") } else { name };
    let problems = board.broken();
    let listing = *board.listing.read();
    let trying = board.trial.read().is_some();
    let lang = w.0;
    rsx! {
        header { class: "bar",
            a { class: "home", href: "/office/flows", title: w.t("designer-home"), {wordmark(&w.t("brand"))} }
            div { class: "bar-name",
                h1 { "{name}" }
                KeptSign {}
            }
            div { class: "tools", role: "toolbar", aria_label: w.t("designer-tools"),
                {tool("tool-undo", w.t("tool-undo"), "M9 7L4.5 11.5 9 16M5 11.5h9a5 5 0 0 1 0 10h-3", !undo, move || board.undo())}
                {tool("tool-redo", w.t("tool-redo"), "M15 7l4.5 4.5L15 16M19 11.5h-9a5 5 0 0 0 0 10h3", !redo, move || board.redo())}
                {tool("tool-tidy", w.t("tool-tidy"), "M3.5 4.5h6v5h-6zM14.5 4.5h6v5h-6zM14.5 14.5h6v5h-6zM9.5 7h5M12 7v10h2.5", false, move || board.tidy())}
                {tool("tool-out", w.t("tool-out"), "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5l5 5M7.5 10.5h6", false, move || board.zoom(0.8))}
                {tool("tool-in", w.t("tool-in"), "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5l5 5M7.5 10.5h6M10.5 7.5v6", false, move || board.zoom(1.25))}
                {tool("tool-fit", w.t("tool-fit"), "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5", false, move || board.fit())}
                {tool("tool-json", w.t("tool-json"), "M12 4v11M7.5 11l4.5 4.5 4.5-4.5M4.5 20h15", false, move || save_json(board))}
                {tool("tool-picture", w.t("tool-picture"), "M5 4h14a1.5 1.5 0 0 1 1.5 1.5v13A1.5 1.5 0 0 1 19 20H5a1.5 1.5 0 0 1-1.5-1.5v-13A1.5 1.5 0 0 1 5 4zM3.5 16.5l5-5 4.5 4.5 2.5-2.5 5 4.5M15.5 9.5h.01", false, move || {
                    let drawing = board.drawing.peek();
                    let svg = picture(drawing.canvas(), lang, &|kind, outcome| w.outcome_of(kind, outcome), &Marks::default());
                    browser::download(&format!("{}.svg", file_name(&drawing.canvas().key)), "image/svg+xml", &svg);
                })}
                {tool("tool-keys", w.t("keys-title"), "M9 9a3 3 0 1 1 4 2.8c-.8.4-1 1-1 2.2M12 17.5h.01M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z", false, move || {
                    let mut dialog = board.dialog;
                    dialog.set(Dialog::Help);
                })}
            }
            div { class: "bar-ends",
                button {
                    id: "problems-button",
                    class: if problems > 0 { "button small wrong" } else { "button small right" },
                    r#type: "button",
                    aria_expanded: if listing { "true" } else { "false" },
                    onclick: move |_| {
                        let mut listing = board.listing;
                        let now = !*listing.peek();
                        listing.set(now);
                    },
                    if problems > 0 {
                        {w.with("designer-problems-n", &[("n", problems.into())])}
                    } else {
                        {w.t("designer-problems-none")}
                    }
                }
                button {
                    id: "try-button",
                    class: "button small",
                    r#type: "button",
                    aria_pressed: if trying { "true" } else { "false" },
                    onclick: move |_| if trying { trying::end(board) } else { trying::start(board, None) },
                    {w.t(if trying { "try-end" } else { "try-start" })}
                }
                button {
                    id: "submit-button",
                    class: "button small main",
                    r#type: "button",
                    onclick: move |_| {
                        let mut dialog = board.dialog;
                        dialog.set(Dialog::Submit);
                    },
                    {w.t("designer-submit")}
                }
            }
        }
    }
}

fn save_json(board: Board) {
    let drawing = board.drawing.peek();
    let file = serde_json::to_string_pretty(&drawing.canvas().write()).unwrap_or_default();
    browser::download(&format!("{}.json", file_name(&drawing.canvas().key)), "application/json", &file);
}

fn file_name(key: &str) -> &str {
    if key.is_empty() { "flow" } else { key }
}

fn tool(id: &str, name: String, d: &str, disabled: bool, act: impl Fn() + 'static) -> Element {
    rsx! {
        button { id, class: "tool", r#type: "button", title: "{name}", aria_label: "{name}", disabled, onclick: move |_| act(),
            svg {
                class: "icon",
                view_box: "0 0 24 24",
                fill: "none",
                stroke: "currentColor",
                stroke_width: "1.8",
                stroke_linecap: "round",
                stroke_linejoin: "round",
                "aria-hidden": "true",
                "focusable": "false",
                path { d }
            }
        }
    }
}

#[component]
fn KeptSign() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let kept = *board.kept.read();
    let (key, class) = match kept {
        Kept::All => ("kept-all", "good"),
        Kept::Changed => ("kept-changed", ""),
        Kept::Keeping => ("kept-keeping", ""),
        Kept::Failed => ("kept-failed", "bad"),
        Kept::Elsewhere => ("kept-elsewhere", "bad"),
        Kept::Submitted => ("kept-submitted", "good"),
    };
    rsx! {
        p { id: "kept", class: "kept {class}", role: "status", "data-kept": "{key}",
            {w.t(key)}
            if kept == Kept::Failed {
                button { class: "link", r#type: "button", onclick: move |_| async move { keeping::keep(board).await; }, {w.t("kept-again")} }
            }
        }
    }
}

/// The draft was changed elsewhere: what is here can be saved as a file before the other one is loaded.
#[component]
pub fn ChangedElsewhere() -> Element {
    let board: Board = use_context();
    let w = board.words();
    if *board.kept.read() != Kept::Elsewhere {
        return rsx! {};
    }
    rsx! {
        div { class: "banner warn elsewhere", role: "alert",
            p { {w.t("elsewhere-text")} }
            div { class: "pair",
                button { id: "load-other", class: "button small main", r#type: "button", onclick: move |_| async move { keeping::load(board).await; }, {w.t("elsewhere-load")} }
                button { class: "button small", r#type: "button", onclick: move |_| save_json(board), {w.t("elsewhere-save")} }
            }
        }
    }
}
