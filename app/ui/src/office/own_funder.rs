//! A funder of the company's own: the form that adds or changes one (`POST /office/partners/new`,
//! `/office/partners/{partner}/terms`), and what the partner's page says about it.

use super::{
    Cx, ShownOnce,
    accounts::shown_once,
    partner_form::{days, from_to},
};
use crate::components::form::{
    Choice, TextField, field_error, hidden, main_button, select_field, text_field,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::PlanKind;
use std::collections::BTreeMap;

/// The form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnFunder {
    /// Segment in addresses of the funder that is changed; none for a new one.
    pub slug: Option<String>,
    /// Its name; empty for a new one.
    pub name: String,
    /// Number of its latest change.
    pub number: u32,
    /// What stands in the fields, by name.
    pub values: BTreeMap<String, String>,
    /// Funders that a new one may be like: key and name.
    pub like: Vec<(String, String)>,
    /// The one that it is like.
    pub liked: String,
}

/// What a partner's page says of an own funder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnCard {
    /// `draft`, `tested`, `live` or `retired`.
    pub stage: String,
    /// Its key, as in its callbacks.
    pub key: String,
    /// Where it is reached.
    pub address: String,
    /// It speaks our own protocol.
    pub speaks_ours: bool,
    /// Nothing of it may be changed now: it is not paused.
    pub held: bool,
    /// Its secret, just after it was added.
    pub secret: Option<ShownOnce>,
}

pub(super) fn page(cx: Cx, page: &OwnFunder) -> Element {
    let action = match &page.slug {
        Some(slug) => format!("/office/partners/{slug}/terms"),
        None => "/office/partners/new".to_owned(),
    };
    let back = page.slug.as_ref().map_or(String::new(), |slug| format!("/{slug}"));
    rsx! {
        p { class: "links",
            a { href: "/office/partners{back}", {cx.t(if page.slug.is_some() { "own-back" } else { "steer-all" })} }
        }
        if page.slug.is_none() {
            p { class: "hint", {cx.t("own-intro")} }
            {like(cx, page)}
        }
        div { class: "card steer",
            form { method: "post", action, novalidate: true,
                {cx.form_id()}
                {hidden("number", &page.number.to_string())}
                {who(cx, page)}
                {reached(cx, page)}
                {finances(cx, page)}
                {whom(cx, page)}
                {when(cx, page)}
                {main_button(&cx.t(if page.slug.is_some() { "own-save" } else { "own-add" }))}
            }
        }
    }
}

/// Begins with what another funder finances.
fn like(cx: Cx, page: &OwnFunder) -> Element {
    let label = cx.t("own-like");
    let choices: Vec<Choice> =
        page.like.iter().map(|(key, name)| Choice { value: key.clone(), label: name.clone() }).collect();
    let field = TextField { name: "like", label: &label, value: &page.liked, ..TextField::default() };
    rsx! {
        form { class: "own-like", method: "get", action: "/office/partners/new",
            {select_field(cx.problems(), field, &choices, Some(&cx.t("own-like-none")))}
            button { class: "button second", r#type: "submit", {cx.t("own-like-go")} }
        }
    }
}

fn who(cx: Cx, page: &OwnFunder) -> Element {
    rsx! {
        fieldset {
            legend { {cx.t("own-part-who")} }
            for name in ["name_zh", "name_en", "legal_name", "credit_code", "registered", "phone"] {
                {field(cx, page, name)}
            }
        }
    }
}

fn reached(cx: Cx, page: &OwnFunder) -> Element {
    rsx! {
        fieldset {
            legend { {cx.t("own-part-line")} }
            for name in ["address", "api_key", "timeout_ms"] {
                {field(cx, page, name)}
            }
        }
    }
}

fn finances(cx: Cx, page: &OwnFunder) -> Element {
    let products = PlanKind::ALL.map(|kind| (kind.code(), kind.text(cx.view.lang).to_owned()));
    rsx! {
        fieldset {
            legend { {cx.t("own-part-finances")} }
            {ticks(cx, page, "products", "product", &products)}
            for name in [
                "amount_min",
                "amount_max",
                "months",
                "min_down_payment",
                "min_rate",
                "max_rate",
                "daily_quota",
            ]
            {
                {field(cx, page, name)}
            }
        }
    }
}

const WHOM: [&str; 8] = [
    "conditions",
    "classes",
    "energies",
    "grades",
    "max_age_at_end",
    "max_age_months",
    "max_age_months_at_end",
    "max_mileage_km",
];

fn whom(cx: Cx, page: &OwnFunder) -> Element {
    let words =
        |key: &str, codes: [&'static str; 2]| codes.map(|code| (code, cx.t(&format!("{key}-{code}"))));
    let dashed = |key: &str, code: &'static str| (code, cx.t(&format!("{key}-{}", code.replace('_', "-"))));
    let classes = ["passenger", "light_commercial", "heavy_truck"].map(|code| dashed("own-class", code));
    let energies = ["fuel", "electric", "plug_in", "hydrogen"].map(|code| dashed("energy", code));
    let grades = ["A", "B", "C", "D", "E"].map(|grade| (grade, grade.to_owned()));
    let faulty = WHOM.iter().chain(&["regions"]).any(|name| cx.problems().of(name).is_some());
    rsx! {
        details { class: "own-more", open: faulty,
            summary { {cx.t("own-part-whom")} }
            fieldset {
                {ticks(cx, page, "conditions", "condition", &words("condition", ["new", "used"]))}
                {ticks(cx, page, "grades", "grade", &grades)}
                {ticks(cx, page, "classes", "class", &classes)}
                {ticks(cx, page, "energies", "energy", &energies)}
                for name in WHOM.into_iter().skip(4) {
                    {field(cx, page, name)}
                }
                {field(cx, page, "regions")}
            }
        }
    }
}

fn when(cx: Cx, page: &OwnFunder) -> Element {
    let error = cx.problems().of("hours");
    rsx! {
        details { class: "own-more", open: error.is_some(),
            summary { {cx.t("own-part-hours")} }
            fieldset {
                div { class: "plain field",
                    p { class: "hint", {cx.t("own-hours-hint")} }
                    {field_error("hours", error.as_deref())}
                    div { class: "choices", id: "hours", tabindex: "-1", role: "group", aria_label: cx.t("own-part-hours"),
                        {days(cx, |day| ticked(page, &format!("day{day}")))}
                    }
                }
                {from_to(cx, value(page, "from"), value(page, "to"))}
            }
        }
    }
}

fn value<'a>(page: &'a OwnFunder, name: &str) -> &'a str {
    page.values.get(name).map(String::as_str).unwrap_or_default()
}

fn ticked(page: &OwnFunder, name: &str) -> bool {
    !value(page, name).is_empty()
}

fn key_of(name: &str) -> String {
    format!("own-field-{}", name.replace('_', "-"))
}

fn field(cx: Cx, page: &OwnFunder, name: &str) -> Element {
    let label = cx.t(&key_of(name));
    let kept = name == "api_key" && page.slug.is_some();
    let hint = if kept { Some(cx.t("own-key-kept")) } else { cx.w.find(&format!("{}-hint", key_of(name))) };
    let (kind, keypad, class) = match name {
        "api_key" => ("password", "", ""),
        "address" => ("url", "url", ""),
        "phone" => ("tel", "tel", ""),
        "credit_code" => ("", "", "w-id"),
        "name_zh" | "name_en" | "legal_name" | "registered" | "regions" | "months" => ("", "", ""),
        "timeout_ms"
        | "daily_quota"
        | "max_age_at_end"
        | "max_age_months"
        | "max_age_months_at_end"
        | "max_mileage_km" => ("", "numeric", "w-money"),
        _ => ("", "decimal", "w-money"),
    };
    let field = TextField {
        name,
        label: &label,
        hint: hint.as_deref(),
        value: value(page, name),
        kind,
        keypad,
        class,
        autocomplete: if name == "api_key" { "new-password" } else { "off" },
        longest: 500,
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}

fn ticks(cx: Cx, page: &OwnFunder, name: &str, sort: &str, choices: &[(&'static str, String)]) -> Element {
    let error = cx.problems().of(name);
    let hint = cx.w.find(&format!("{}-hint", key_of(name)));
    rsx! {
        fieldset { class: "plain",
            legend { {cx.t(&key_of(name))} }
            if let Some(hint) = hint {
                p { class: "hint", "{hint}" }
            }
            {field_error(name, error.as_deref())}
            div { class: "choices", id: name, tabindex: "-1",
                for (code , label) in choices {
                    label { class: "tick",
                        input {
                            r#type: "checkbox",
                            name: "{sort}-{code}",
                            value: "1",
                            checked: ticked(page, &format!("{sort}-{code}")),
                        }
                        span { "{label}" }
                    }
                }
            }
        }
    }
}

/// What the partner's page says of an own funder, and what comes next.
pub(super) fn card(cx: Cx, slug: &str, card: &OwnCard) -> Element {
    let stage = card.stage.as_str();
    let is_over = stage == "retired";
    let (to_map, to_terms) =
        (format!("/office/partners/{slug}/mapping"), format!("/office/partners/{slug}/terms"));
    rsx! {
        if let Some(secret) = &card.secret {
            {shown_once(cx, secret, "own-secret", "own-secret-text")}
        }
        section { class: "card",
            h2 { {cx.t("own-card")} }
            p {
                strong { {cx.t(&format!("own-stage-{stage}"))} }
            }
            p { class: "hint", {cx.t(&format!("own-next-{stage}"))} }
            dl { class: "facts small",
                div {
                    dt { {cx.t("own-field-address")} }
                    dd { "{card.address}" }
                }
                div {
                    dt { {cx.t("own-its-key")} }
                    dd { code { "{card.key}" } }
                }
                div {
                    dt { {cx.t("own-speaks")} }
                    dd { {cx.t(if card.speaks_ours { "own-speaks-ours" } else { "own-speaks-its" })} }
                }
            }
            if !is_over {
                if card.held {
                    p { class: "hint", {cx.t("own-pause-first")} }
                }
                div { class: "pair do",
                    a { class: if stage == "draft" { "button main" } else { "button second" }, href: to_map, {cx.t("own-to-mapping")} }
                    a { class: "button second", href: to_terms, {cx.t("own-to-terms")} }
                }
                details { class: "acts",
                    summary { {cx.t("own-retire-begin")} }
                    form { method: "post", action: "/office/partners/{slug}/retire",
                        {cx.form_id()}
                        p { class: "hint", {cx.t("own-retire-hint")} }
                        button { class: "button small danger", r#type: "submit", {cx.t("own-retire")} }
                    }
                }
            }
        }
    }
}
