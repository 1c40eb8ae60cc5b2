//! Everything that can be set for a partner, as a form that leads to the preview.

use super::Cx;
use crate::components::form::{Choice, TextField, hidden, main_button, select_field, text_field};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What stands in the form.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ControlForm {
    /// `open`, `draining` or `paused`.
    pub state: String,
    /// Calls a second.
    pub per_second: String,
    /// Milliseconds for a call.
    pub timeout_ms: String,
    /// Calls a day.
    pub quota: String,
    /// Days of the week, Monday first, on which it is open.
    pub days: [bool; 7],
    /// From when.
    pub from: String,
    /// Until when.
    pub to: String,
    /// Minutes that a parked case waits.
    pub park_minutes: String,
    /// Yuan for a call.
    pub cost: String,
    /// A funder's weight.
    pub weight: String,
    /// Kinds of plan: code, name, whether it is chosen.
    pub products: Vec<(String, String, bool)>,
    /// Provinces by their codes.
    pub regions: String,
    /// Least amount in yuan.
    pub amount_min: String,
    /// Most.
    pub amount_max: String,
    /// What happens with answers that come too late.
    pub late: String,
    /// It is a funder.
    pub funder: bool,
    /// Its calls a day can be limited.
    pub counted: bool,
}

pub(super) fn form(cx: Cx, slug: &str, number: u32, form: &ControlForm) -> Element {
    let faulty = !cx.view.problems.is_empty() && !super::partner_recording::is_refused(cx);
    rsx! {
        details { class: "card steer", open: faulty,
            summary {
                h2 { {cx.t("steer-settings")} }
            }
            form { method: "get", action: "/office/partners/{slug}/change", novalidate: true,
                {hidden("full", "1")}
                {hidden("number", &number.to_string())}
                fieldset {
                    legend { {cx.t("steer-part-asked")} }
                    {state(cx, form)}
                    {field(cx, "park_minutes", &form.park_minutes)}
                    {hours(cx, form)}
                    if form.funder {
                        {late(cx, form)}
                    }
                }
                fieldset {
                    legend { {cx.t("steer-part-limits")} }
                    {field(cx, "per_second", &form.per_second)}
                    {field(cx, "timeout_ms", &form.timeout_ms)}
                    if form.counted {
                        {field(cx, "quota", &form.quota)}
                    }
                    {field(cx, "cost_fen", &form.cost)}
                }
                if form.funder {
                    fieldset {
                        legend { {cx.t("steer-part-route")} }
                        {products(cx, form)}
                        {field(cx, "regions", &form.regions)}
                        {field(cx, "amount", &form.amount_min)}
                        {field(cx, "amount_max", &form.amount_max)}
                        {field(cx, "weight", &form.weight)}
                    }
                }
                {main_button(&cx.t("steer-look"))}
            }
        }
    }
}

/// The key of a field's label; `-hint` after it is its hint.
pub(super) fn label_key(name: &str) -> String {
    format!("steer-field-{}", name.replace('_', "-"))
}

fn field(cx: Cx, name: &str, value: &str) -> Element {
    let (label, hint) = (cx.t(&label_key(name)), cx.t(&format!("{}-hint", label_key(name))));
    let keypad = match name {
        "regions" => "text",
        "cost_fen" | "amount" | "amount_max" => "decimal",
        _ => "numeric",
    };
    let class = if name == "regions" { "" } else { "w-money" };
    let field =
        TextField { name, label: &label, hint: Some(&hint), value, keypad, class, ..TextField::default() };
    text_field(cx.problems(), field)
}

fn state(cx: Cx, form: &ControlForm) -> Element {
    let choice = |state: &str| Choice { value: state.to_owned(), label: cx.t(&format!("steer-is-{state}")) };
    let label = cx.t(&label_key("state"));
    let field = TextField { name: "state", label: &label, value: &form.state, ..TextField::default() };
    select_field(cx.problems(), field, &["open", "draining", "paused"].map(choice), None)
}

fn late(cx: Cx, form: &ControlForm) -> Element {
    let choice = |late: &str| Choice { value: late.to_owned(), label: cx.t(&format!("steer-late-{late}")) };
    let (label, hint) = (cx.t(&label_key("late")), cx.t("steer-field-late-hint"));
    let field = TextField {
        name: "late",
        label: &label,
        hint: Some(&hint),
        value: &form.late,
        ..TextField::default()
    };
    select_field(cx.problems(), field, &["keep", "notice", "ignore"].map(choice), None)
}

fn hours(cx: Cx, form: &ControlForm) -> Element {
    let error = cx.problems().of("hours");
    rsx! {
        fieldset { class: "plain",
            legend { {cx.t(&label_key("hours"))} }
            p { class: "hint", {cx.t("steer-field-hours-hint")} }
            {crate::components::form::field_error("hours", error.as_deref())}
            div { class: "choices", id: "hours", tabindex: "-1",
                {days(cx, |day| form.days[day - 1])}
            }
            div { class: "two",
                {from_to(cx, &form.from, &form.to)}
            }
        }
    }
}

/// A box to tick for each day of the week, Monday being 1.
pub(super) fn days(cx: Cx, is_open: impl Fn(usize) -> bool) -> Element {
    rsx! {
        for day in 1..=7 {
            label { class: "tick",
                input { r#type: "checkbox", name: "day{day}", value: "1", checked: is_open(day) }
                span { {cx.t(&format!("steer-day-{day}"))} }
            }
        }
    }
}

/// The times of the day from and to which somebody works.
pub(super) fn from_to(cx: Cx, from: &str, to: &str) -> Element {
    let time = |name, text, value| {
        let label = cx.t(text);
        let field =
            TextField { name, label: &label, value, kind: "time", class: "w-money", ..TextField::default() };
        text_field(cx.problems(), field)
    };
    rsx! {
        {time("from", "steer-hours-from", from)}
        {time("to", "steer-hours-to", to)}
    }
}

fn products(cx: Cx, form: &ControlForm) -> Element {
    rsx! {
        fieldset { class: "plain",
            legend { {cx.t(&label_key("products"))} }
            p { class: "hint", {cx.t("steer-field-products-hint")} }
            div { class: "choices",
                for (code , name , chosen) in &form.products {
                    label { class: "tick",
                        input { r#type: "checkbox", name: "product-{code}", value: "1", checked: *chosen }
                        span { "{name}" }
                    }
                }
            }
        }
    }
}
