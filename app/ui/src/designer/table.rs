//! A decision table as an editable grid over the whole canvas.

use super::{
    board::{Board, Dialog},
    dialogs::{begin_at, over},
    grid::{self, Column, Sort},
    params::set_param,
};
use crate::texts::Words;
use dioxus::prelude::*;
use dioxus_web::WebEventExt;
use serde_json::Value;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element as WebElement};

/// The grid of a block's table.
#[component]
pub fn Table(block: String, param: String) -> Element {
    let board: Board = use_context();
    let w = board.words();
    use_hook(|| begin_at("dialog-title"));
    let drawing = board.drawing.read();
    let Some(drawn) = drawing.canvas().block(&block).cloned() else { return rsx! {} };
    drop(drawing);
    let table = match &drawn.params[&param] {
        Value::Object(table) => Value::Object(table.clone()),
        _ if drawn.kind == "score-card" => grid::blank_of_points(),
        _ => grid::blank(),
    };
    let bad = board.faces.read().iter().find(|face| face.block.id == block).and_then(|face| face.bad.clone());
    let bad = bad.filter(|bad| bad.path.starts_with(&param));
    let at = bad
        .as_ref()
        .and_then(|bad| grid::place(&bad.path).map(|(row, column)| (row, column.map(str::to_owned))));
    let columns = grid::columns(&table);
    let edit = Editor { board, block: block.clone(), param: param.clone(), table: table.clone() };
    let (pasting, adding) = (edit.clone(), edit.clone());
    let (tests, answers) = (edit.clone(), edit.clone());
    let widths = columns.len();
    over(
        board,
        w.with("table-title", &[("block", block.clone().into())]),
        "wide",
        rsx! {
            p { class: "hint", {w.t("table-hint")} }
            if let Some(bad) = bad.as_ref() {
                p { class: "error", role: "status", "{bad.path}: {bad.text.get(w.0)}" }
            }
            div {
                class: "scroll grid-box",
                tabindex: "0",
                role: "region",
                aria_label: w.t("table-region"),
                onpaste: move |event| {
                    let event = event.data().as_web_event();
                    let Some(paste) = event.dyn_ref::<ClipboardEvent>() else { return };
                    let text = paste.clipboard_data().and_then(|data| data.get_data("text/plain").ok()).unwrap_or_default();
                    let cell = event.target().and_then(|target| target.dyn_into::<WebElement>().ok());
                    let of = |what: &str| cell.as_ref().and_then(|cell| cell.get_attribute(what));
                    if let (true, Some(row), Some(column)) = (text.contains(['\t', '\n']), of("data-row"), of("data-column")) {
                        event.prevent_default();
                        if let Ok(row) = row.parse() {
                            pasting.change(|table| grid::paste(table, row, &column, &text));
                        }
                    }
                },
                table { class: "grid",
                    thead {
                        tr {
                            th { scope: "col", class: "grid-n", "#" }
                            for column in columns.iter() {
                                {head(w, &edit, column)}
                            }
                            th { scope: "col", span { class: "unseen", {w.t("table-row-actions")} } }
                        }
                    }
                    tbody {
                        for row in 0..grid::rows(&table) {
                            {line(w, &edit, &table, &columns, row, at.as_ref())}
                        }
                        tr {
                            td { colspan: "{widths + 2}",
                                div { class: "pair",
                                    button { id: "table-add-row", class: "button small", r#type: "button", onclick: move |_| adding.change(|table| grid::add_row(table, None)), {w.t("table-add-row")} }
                                    button { class: "button small", r#type: "button", onclick: move |_| tests.change(|table| grid::add_column(table, Sort::Test)), {w.t("table-add-test")} }
                                    button { class: "button small", r#type: "button", onclick: move |_| answers.change(|table| grid::add_column(table, Sort::Answer)), {w.t("table-add-answer")} }
                                }
                            }
                        }
                    }
                }
            }
            div { class: "pair end",
                button {
                    class: "button small main",
                    r#type: "button",
                    onclick: move |_| {
                        let mut dialog = board.dialog;
                        dialog.set(Dialog::None);
                    },
                    {w.t("designer-close")}
                }
            }
        },
    )
}

#[derive(Clone)]
struct Editor {
    board: Board,
    block: String,
    param: String,
    table: Value,
}

impl Editor {
    fn change(&self, change: impl FnOnce(&mut Value)) {
        let mut table = self.table.clone();
        change(&mut table);
        set_param(self.board, &self.block, std::slice::from_ref(&self.param), table);
    }
}

fn head(w: Words, edit: &Editor, column: &Column) -> Element {
    let (name, field, gone) = (edit.clone(), edit.clone(), edit.clone());
    let (a, b, c) = (column.id.clone(), column.id.clone(), column.id.clone());
    let sort = match column.sort {
        Sort::Note => {
            return rsx! { th { key: "{column.id}", scope: "col", class: "grid-note", {w.t("table-note")} } };
        }
        Sort::Test => "test",
        Sort::Answer => "answer",
    };
    rsx! {
        th { key: "{column.id}", scope: "col", class: "grid-{sort}",
            div { class: "grid-head",
                span { class: "sign", {w.t(if column.sort == Sort::Test { "table-test" } else { "table-answer" })} }
                button {
                    class: "button small grid-button",
                    r#type: "button",
                    aria_label: w.with("table-remove-column", &[("name", column.id.clone().into())]),
                    onclick: move |_| gone.change(|table| grid::remove_column(table, &c)),
                    "×"
                }
            }
            input {
                size: "12",
                aria_label: w.t("table-column-name"),
                placeholder: w.t("table-column-name"),
                value: "{column.name}",
                onchange: move |event| name.change(|table| grid::set_column(table, &a, "name", event.value().trim())),
            }
            input {
                class: "code",
                size: "12",
                aria_label: w.t("table-column-field"),
                placeholder: w.t("table-column-field"),
                spellcheck: "false",
                value: "{column.field}",
                onchange: move |event| field.change(|table| grid::set_column(table, &b, "field", event.value().trim())),
            }
        }
    }
}

fn line(
    w: Words,
    edit: &Editor,
    table: &Value,
    columns: &[Column],
    row: usize,
    bad: Option<&(usize, Option<String>)>,
) -> Element {
    let (up, gone) = (edit.clone(), edit.clone());
    let n = row + 1;
    let cells = columns.iter().map(|column| {
        let wrong = bad.is_some_and(|(at, which)| *at == row && which.as_ref().is_none_or(|which| *which == column.id));
        let edit = edit.clone();
        let id = column.id.clone();
        let text = grid::cell(table, row, &column.id).to_owned();
        let label = w.with("table-cell", &[("row", n.into()), ("column", if column.name.is_empty() { column.id.clone() } else { column.name.clone() }.into())]);
        rsx! {
            td { key: "{column.id}", class: if wrong { "bad" } else { "" },
                input {
                    size: "12",
                    class: if column.sort == Sort::Note { "" } else { "code" },
                    "data-row": "{row}",
                    "data-column": "{column.id}",
                    aria_label: label,
                    aria_invalid: wrong.then_some("true"),
                    spellcheck: "false",
                    autocomplete: "off",
                    value: "{text}",
                    onchange: move |event| edit.change(|table| grid::set_cell(table, row, &id, event.value().trim())),
                }
            }
        }
    });
    rsx! {
        tr { key: "{row}",
            th { scope: "row", class: "grid-n", "{n}" }
            {cells}
            td { class: "grid-actions",
                button {
                    class: "button small grid-button",
                    r#type: "button",
                    disabled: row == 0,
                    aria_label: w.with("table-raise-row", &[("n", n.into())]),
                    onclick: move |_| up.change(|table| grid::raise_row(table, row)),
                    "↑"
                }
                button {
                    class: "button small grid-button",
                    r#type: "button",
                    aria_label: w.with("table-remove-row", &[("n", n.into())]),
                    onclick: move |_| gone.change(|table| grid::remove_row(table, row)),
                    "×"
                }
            }
        }
    }
}
