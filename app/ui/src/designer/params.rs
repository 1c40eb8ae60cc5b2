//! The fields of a block's parameters, each kept when it is left.

use super::{
    board::{Board, Dialog},
    form::{Param, Widget, blank},
    looks::{choice_name, in_words, param_name, unit},
};
use crate::texts::Words;
use dioxus::prelude::*;
use serde_json::{Map, Value};
use shared::flow::draw::Edit;

/// One parameter of a block. `path` are the names and places that lead to its object.
#[derive(Clone, PartialEq)]
struct Spot {
    block: String,
    path: Vec<String>,
    bad: Option<(String, String)>,
}

/// The fields of all parameters of a block.
pub fn fields(
    board: Board,
    block: &str,
    params: &Value,
    list: &[Param],
    bad: Option<(String, String)>,
) -> Element {
    let spot = Spot { block: block.to_owned(), path: Vec::new(), bad };
    rsx! {
        for param in list.iter() {
            {field(board, &spot, params, param)}
        }
    }
}

fn field(board: Board, spot: &Spot, holder: &Value, param: &Param) -> Element {
    let w = board.words();
    let given = holder.get(&param.name).filter(|value| !value.is_null());
    let shown = given.or(param.default.as_ref()).cloned().unwrap_or(Value::Null);
    let mut place = spot.path.clone();
    place.push(param.name.clone());
    let dotted = place.join(".");
    let id = format!("p-{}", dotted.replace('.', "-"));
    let within =
        spot.path.iter().rev().find(|part| part.parse::<usize>().is_err()).map_or("", String::as_str);
    let within = if matches!(param.widget, Widget::Many(_)) { "many" } else { within };
    let label = param_name(w, within, &param.name);
    let wrong = spot.bad.as_ref().filter(|(at, _)| {
        at == &dotted || (at.is_empty() && spot.path.is_empty() && given.is_none() && param.required)
    });
    let wrong = wrong.map(|(_, text)| text.clone());
    let set = {
        let (spot, place) = (spot.clone(), place.clone());
        move |value: Value| set_param(board, &spot.block, &place, value)
    };
    let class = if wrong.is_some() { "field bad" } else { "field" };
    // Which default the kind takes is not always written down.
    let by_default =
        given.is_none() && param.default.is_none() && !param.required && param.widget != Widget::Yes;
    let said = rsx! {
        if by_default {
            p { class: "hint", {w.t("param-default-hint")} }
        }
        if let Some(text) = wrong {
            p { class: "error", "{text}" }
        }
    };
    let optional = !param.required;
    match &param.widget {
        Widget::Yes => rsx! {
            div { key: "{id}", class,
                label { class: "tick",
                    input {
                        id: "{id}",
                        r#type: "checkbox",
                        checked: shown.as_bool().unwrap_or_default(),
                        onchange: move |event| set(Value::from(event.checked())),
                    }
                    span { "{label}" }
                }
                {said}
            }
        },
        Widget::Many(options) => {
            let chosen: Vec<String> = texts(&shown);
            rsx! {
                fieldset { key: "{id}", class,
                    legend { "{label}" }
                    for option in options.iter() {
                        {tick(w, &id, option, &chosen, options, set.clone())}
                    }
                    {said}
                }
            }
        }
        Widget::Rows(columns) => rows(board, spot, &place, &shown, columns, &label, said),
        Widget::Fields(inner) => {
            let spot = Spot { path: place, ..spot.clone() };
            rsx! {
                fieldset { key: "{id}", class: "inner",
                    legend { "{label}" }
                    for param in inner.iter() {
                        {field(board, &spot, &shown, param)}
                    }
                    {said}
                }
            }
        }
        Widget::Table => {
            let (block, name) = (spot.block.clone(), param.name.clone());
            let rows = super::grid::rows(&shown);
            rsx! {
                div { key: "{id}", class,
                    span { class: "label", "{label}" }
                    button {
                        id: "{id}",
                        class: "button small",
                        r#type: "button",
                        onclick: move |_| {
                            let mut dialog = board.dialog;
                            dialog.set(Dialog::Table(block.clone(), name.clone()));
                        },
                        {w.with("table-open", &[("n", rows.into())])}
                    }
                    {said}
                }
            }
        }
        Widget::One(options) => select(w, &id, &label, class, options, &shown, optional, 0, set, said),
        Widget::OneOrWhole(options) => select(w, &id, &label, class, options, &shown, optional, 9, set, said),
        Widget::Whole { .. } => whole(w, &id, &label, class, &param.name, &shown, optional, set, said),
        Widget::Text if param.name == "of" => {
            let ids: Vec<String> = {
                let drawing = board.drawing.read();
                let parallel = drawing.canvas().blocks().iter().filter(|block| block.kind == "parallel");
                parallel.map(|block| block.id.clone()).collect()
            };
            select(w, &id, &label, class, &ids, &shown, true, 0, set, said)
        }
        Widget::Text => text(
            &id,
            &label,
            class,
            shown.as_str().unwrap_or_default(),
            None,
            move |text: String| {
                set(if text.trim().is_empty() && optional { Value::Null } else { Value::from(text.trim()) });
            },
            said,
        ),
        Widget::Codes => text(
            &id,
            &label,
            class,
            &texts(&shown).join(", "),
            Some(w.t("param-codes-hint")),
            move |text: String| {
                let codes =
                    text.split([',', '，', '、', ' ', '\n']).map(str::trim).filter(|code| !code.is_empty());
                set(codes.collect::<Vec<_>>().into());
            },
            said,
        ),
        Widget::Json => json(w, &id, &label, class, given, set, said),
    }
}

fn tick(
    w: Words,
    id: &str,
    option: &str,
    chosen: &[String],
    options: &[String],
    set: impl Fn(Value) + 'static,
) -> Element {
    let (chosen, options, own) = (chosen.to_vec(), options.to_vec(), option.to_owned());
    let on = chosen.contains(&own);
    rsx! {
        label { key: "{option}", class: "tick",
            input {
                id: "{id}-{option}",
                r#type: "checkbox",
                checked: on,
                onchange: move |event| {
                    // In the order of the kind, whatever order they are ticked in.
                    let now = options.iter().filter(|other| if **other == own { event.checked() } else { chosen.contains(other) });
                    set(now.cloned().collect::<Vec<_>>().into());
                },
            }
            span { {choice_name(w, option)} }
        }
    }
}

#[allow(clippy::too_many_arguments)] // a form field is that much
fn select(
    w: Words,
    id: &str,
    label: &str,
    class: &str,
    options: &[String],
    shown: &Value,
    optional: bool,
    numbers: i64,
    set: impl Fn(Value) + 'static,
    said: Element,
) -> Element {
    let now = match shown {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => String::new(),
    };
    let known = options.contains(&now)
        || (numbers > 0 && now.parse::<i64>().is_ok_and(|n| (1..=numbers).contains(&n)));
    rsx! {
        div { key: "{id}", class,
            label { r#for: "{id}", "{label}" }
            select {
                id: "{id}",
                onchange: move |event| {
                    let value = event.value();
                    set(match value.parse::<i64>() {
                        _ if value.is_empty() => Value::Null,
                        Ok(number) if numbers > 0 => Value::from(number),
                        _ => Value::from(value),
                    });
                },
                if optional || now.is_empty() {
                    option { value: "", selected: now.is_empty(), {w.t("designer-choose")} }
                }
                if !known && !now.is_empty() {
                    option { value: "{now}", selected: true, "{now}" }
                }
                for option in options.iter() {
                    option { key: "{option}", value: "{option}", selected: *option == now, {choice_name(w, option)} }
                }
                for n in 1..=numbers {
                    option { key: "{n}", value: "{n}", selected: now == n.to_string(), "{n}" }
                }
            }
            {said}
        }
    }
}

#[allow(clippy::too_many_arguments)] // a form field is that much
fn whole(
    w: Words,
    id: &str,
    label: &str,
    class: &str,
    name: &str,
    shown: &Value,
    optional: bool,
    set: impl Fn(Value) + 'static,
    said: Element,
) -> Element {
    let now = shown.as_i64().map(|n| n.to_string()).unwrap_or_default();
    let words = shown.as_i64().and_then(|n| in_words(w, name, n));
    let unit = unit(w, name);
    rsx! {
        div { key: "{id}", class,
            label { r#for: "{id}", "{label}" }
            div { class: "with-unit",
                input {
                    id: "{id}",
                    inputmode: "numeric",
                    autocomplete: "off",
                    value: "{now}",
                    onchange: move |event| {
                        let text = event.value().replace([',', ' '], "");
                        set(match text.parse::<i64>() {
                            Ok(number) => Value::from(number),
                            Err(_) if text.is_empty() && optional => Value::Null,
                            Err(_) => Value::from(text),
                        });
                    },
                }
                if let Some(unit) = unit {
                    span { "{unit}" }
                }
            }
            if let Some(words) = words {
                p { class: "hint", "= {words}" }
            }
            {said}
        }
    }
}

/// A line of text.
pub fn text(
    id: &str,
    label: &str,
    class: &str,
    now: &str,
    hint: Option<String>,
    set: impl Fn(String) + 'static,
    said: Element,
) -> Element {
    rsx! {
        div { key: "{id}", class,
            label { r#for: "{id}", "{label}" }
            if let Some(hint) = hint {
                p { class: "hint", "{hint}" }
            }
            input { id: "{id}", autocomplete: "off", spellcheck: "false", value: "{now}", onchange: move |event| set(event.value()) }
            {said}
        }
    }
}

fn json(
    w: Words,
    id: &str,
    label: &str,
    class: &str,
    given: Option<&Value>,
    set: impl Fn(Value) + 'static,
    said: Element,
) -> Element {
    let now = given.map(|value| serde_json::to_string_pretty(value).unwrap_or_default()).unwrap_or_default();
    let hint = w.t("param-json-hint");
    rsx! {
        div { key: "{id}", class,
            label { r#for: "{id}", "{label}" }
            p { class: "hint", "{hint}" }
            textarea {
                id: "{id}",
                rows: "6",
                spellcheck: "false",
                value: "{now}",
                onchange: move |event| {
                    let text = event.value();
                    // What is no JSON is kept as a text: the kind's own message then says what it expects.
                    set(serde_json::from_str(&text).unwrap_or_else(|_| if text.trim().is_empty() { Value::Null } else { Value::from(text) }));
                },
            }
            {said}
        }
    }
}

/// A list of small objects, one a line.
fn rows(
    board: Board,
    spot: &Spot,
    place: &[String],
    shown: &Value,
    columns: &[Param],
    label: &str,
    said: Element,
) -> Element {
    let w = board.words();
    let count = shown.as_array().map_or(0, Vec::len);
    let list = place.to_vec();
    let (block, more) = (spot.block.clone(), (shown.clone(), columns.to_vec()));
    let id = format!("p-{}", list.join("-"));
    let entries = (0..count).map(|i| {
        let spot = Spot { path: [list.clone(), vec![i.to_string()]].concat(), ..spot.clone() };
        let (block, list, all) = (spot.block.clone(), list.clone(), shown.clone());
        let entry = shown[i].clone();
        rsx! {
            div { key: "{i}", class: "entry",
                for param in columns.iter() {
                    {field(board, &spot, &entry, param)}
                }
                button {
                    class: "button small",
                    r#type: "button",
                    aria_label: w.with("designer-remove-entry", &[("n", (i + 1).into())]),
                    onclick: move |_| {
                        let mut all = all.clone();
                        if let Value::Array(entries) = &mut all {
                            entries.remove(i);
                        }
                        set_param(board, &block, &list, all);
                    },
                    "×"
                }
            }
        }
    });
    rsx! {
        fieldset { key: "{id}", class: "field",
            legend { "{label}" }
            {entries}
            button {
                class: "button small",
                r#type: "button",
                onclick: move |_| {
                    let (all, columns) = &more;
                    let mut all = all.clone();
                    if !all.is_array() {
                        all = Value::Array(Vec::new());
                    }
                    if let Value::Array(entries) = &mut all {
                        entries.push(blank(&Widget::Fields(columns.clone())));
                    }
                    set_param(board, &block, &list, all);
                },
                {w.t("designer-add-entry")}
            }
            {said}
        }
    }
}

/// Sets what lies at a place of a block's parameters; null takes it out.
pub fn set_param(board: Board, block: &str, place: &[String], value: Value) {
    let Some(mut params) = board.drawing.peek().canvas().block(block).map(|block| block.params.clone())
    else {
        return;
    };
    if !params.is_object() {
        params = Value::Object(Map::new());
    }
    put(&mut params, place, value);
    board.edit(Edit::SetParams { id: block.to_owned(), params });
}

fn put(holder: &mut Value, place: &[String], value: Value) {
    let Some((first, rest)) = place.split_first() else { return };
    match holder {
        Value::Array(list) => {
            if let Some(entry) = first.parse::<usize>().ok().and_then(|i| list.get_mut(i)) {
                if rest.is_empty() { *entry = value } else { put(entry, rest, value) }
            }
        }
        Value::Object(map) if rest.is_empty() => {
            if value.is_null() {
                map.shift_remove(first);
            } else {
                map.insert(first.clone(), value);
            }
        }
        Value::Object(map) => {
            put(map.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())), rest, value)
        }
        _ => {}
    }
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}
