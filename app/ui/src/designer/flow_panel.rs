//! The flow itself: its name and key, where a case starts, who helps, what the product sells.

use super::{
    board::Board,
    looks::{choice_name, param_name, unit},
    params,
};
use crate::components::amounts::took;
use dioxus::prelude::*;
use serde_json::{Value, json};
use shared::domain::Texts;
use shared::flow::draw::Edit;

/// The settings of the flow.
#[component]
pub fn FlowPanel() -> Element {
    let board: Board = use_context();
    let w = board.words();
    let drawing = board.drawing.read();
    let canvas = drawing.canvas();
    let (name, key) = (canvas.name.clone(), canvas.key.clone());
    let titled = |kinds: Option<&str>| -> Vec<(String, String)> {
        let faces = board.faces.read();
        let fits = faces.iter().filter(|face| kinds.is_none_or(|kind| face.block.kind == kind));
        fits.map(|face| (face.block.id.clone(), format!("{} · {}", face.title(w.0), face.block.id))).collect()
    };
    let (start, person) = (canvas.start.clone(), canvas.person.clone());
    let product = canvas.product.clone();
    let (zh, en) = (name.clone(), name.clone());
    rsx! {
        header { class: "panel-head",
            div {
                h2 { {w.t("designer-flow")} }
                p { class: "hint", {w.t("designer-flow-hint")} }
            }
        }
        {estimate(board)}
        {params::text("flow-name-zh", &w.t("designer-name-zh"), "field", &name.zh, None, move |text: String| {
            board.edit(Edit::SetName(Texts::new(text.trim(), zh.en.clone())));
        }, rsx! {})}
        {params::text("flow-name-en", &w.t("designer-name-en"), "field", &name.en, None, move |text: String| {
            board.edit(Edit::SetName(Texts::new(en.zh.clone(), text.trim())));
        }, rsx! {})}
        {params::text("flow-key", &w.t("designer-key"), "field", &key, Some(w.t("designer-key-hint")), move |text: String| {
            board.edit(Edit::SetKey(text.trim().to_owned()));
        }, rsx! {})}
        {choose("flow-start", w.t("designer-start"), w.t("designer-choose"), &titled(None), start.as_deref(), move |id| {
            board.edit(Edit::SetStart(id));
        })}
        {choose("flow-person", w.t("designer-person"), w.t("designer-choose"), &titled(Some("manual-review")), person.as_deref(), move |id| {
            board.edit(Edit::SetPerson(id));
        })}
        p { class: "hint", {w.t("designer-person-hint")} }
        {terms(board, product)}
    }
}

/// What a case would take.
fn estimate(board: Board) -> Element {
    let w = board.words();
    let said = board.estimate.read();
    let Some(said) = said.as_ref() else { return rsx! {} };
    let n = |key: &str| said[key].as_u64().unwrap_or(0);
    let asked = n("questions_per_100");
    let words = [
        ("p50", took(n("p50_ms"), w).into()),
        ("p95", took(n("p95_ms"), w).into()),
        ("asked", format!("{}.{:02}", asked / 100, asked % 100).into()),
        ("cases", n("past_cases").into()),
    ];
    rsx! {
        p { class: "estimate", {w.with("designer-estimate", &words)} }
    }
}

fn choose(
    id: &str,
    label: String,
    nothing: String,
    options: &[(String, String)],
    now: Option<&str>,
    set: impl Fn(Option<String>) + 'static,
) -> Element {
    rsx! {
        div { class: "field",
            label { r#for: "{id}", "{label}" }
            select {
                id: "{id}",
                onchange: move |event| set(Some(event.value()).filter(|id| !id.is_empty())),
                option { value: "", selected: now.is_none(), "{nothing}" }
                for (id , name) in options.iter() {
                    option { key: "{id}", value: "{id}", selected: now == Some(id), "{name}" }
                }
            }
        }
    }
}

/// What a product begins with that has none yet.
fn first_terms() -> Value {
    json!({"condition": "new", "kinds": ["loan"], "least_down_payment_percent": 20, "usual_down_payment_percent": 30})
}

fn terms(board: Board, product: Option<Value>) -> Element {
    let w = board.words();
    let on = product.is_some();
    let terms = product.unwrap_or_default();
    let put = move |key: &str, value: Value| {
        let now = board.drawing.peek().canvas().product.clone();
        let mut terms = now.and_then(|terms| terms.as_object().cloned()).unwrap_or_default();
        if value.is_null() {
            terms.shift_remove(key);
        } else {
            terms.insert(key.to_owned(), value);
        }
        board.edit(Edit::SetProduct(Some(Value::Object(terms))));
    };
    let choices = |words: &[&str]| {
        words.iter().map(|word| ((*word).to_owned(), choice_name(w, word))).collect::<Vec<_>>()
    };
    let chosen: Vec<String> = terms["kinds"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|kind| kind.as_str().map(str::to_owned))
        .collect();
    let energy = terms["new_energy"].as_bool().map(|new| if new { "new_energy" } else { "fuel" });
    rsx! {
        div { class: "group",
            h3 { {w.t("designer-product")} }
            label { class: "tick",
                input {
                    id: "product-on",
                    r#type: "checkbox",
                    checked: on,
                    onchange: move |event| {
                        board.edit(Edit::SetProduct(event.checked().then(first_terms)));
                    },
                }
                span { {w.t("designer-product-on")} }
            }
            if on {
                {choose("product-condition", param_name(w, "", "condition"), w.t("designer-choose"), &choices(&["new", "used"]), terms["condition"].as_str(), move |word| put("condition", word.map_or(Value::Null, Value::from)))}
                {choose("product-energy", param_name(w, "", "new_energy"), choice_name(w, "any_energy"), &choices(&["new_energy", "fuel"]), energy, move |word| put("new_energy", word.map_or(Value::Null, |word| Value::from(word == "new_energy"))))}
                fieldset { class: "field",
                    legend { {param_name(w, "", "kinds")} }
                    for kind in ["loan", "direct_lease", "leaseback"] {
                        label { key: "{kind}", class: "tick",
                            input {
                                id: "product-{kind}",
                                r#type: "checkbox",
                                checked: chosen.iter().any(|one| one == kind),
                                onchange: {
                                    let chosen = chosen.clone();
                                    move |event: FormEvent| {
                                        let all = ["loan", "direct_lease", "leaseback"];
                                        let now = all.iter().filter(|one| if **one == kind { event.checked() } else { chosen.iter().any(|other| other == *one) });
                                        put("kinds", now.map(|one| (*one).to_owned()).collect::<Vec<_>>().into());
                                    }
                                },
                            }
                            span { {choice_name(w, kind)} }
                        }
                    }
                }
                for key in ["least_down_payment_percent", "usual_down_payment_percent"] {
                    div { key: "{key}", class: "field",
                        label { r#for: "product-{key}", {param_name(w, "", key)} }
                        div { class: "with-unit",
                            input {
                                id: "product-{key}",
                                inputmode: "numeric",
                                autocomplete: "off",
                                value: terms[key].as_i64().map(|n| n.to_string()).unwrap_or_default(),
                                onchange: move |event| {
                                    let text = event.value();
                                    put(key, text.trim().parse::<u8>().map_or_else(|_| Value::from(text.trim()), Value::from));
                                },
                            }
                            if let Some(unit) = unit(w, key) {
                                span { "{unit}" }
                            }
                        }
                    }
                }
            }
        }
    }
}
