//! One field: checked and kept when it is left, never while it is being typed, so that an input method can work in peace.

use super::{
    desk::{Desk, use_desk},
    errand::{errand, note},
    missing::field_name,
    parts::Part,
    proposal::proposal,
    scan, typed,
};
use crate::components::{
    amounts::yuan,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{CaseView, FieldShown, FieldStanding};
use shared::document::{DocumentId, Field, PlanChosen, fields::Rule};
use shared::domain::{Ethnicity, Region, lang::Lang};

/// The value by which a card says that it never expires.
const NEVER: &str = "long";

/// A field of the open case with its label, its error and its warning.
#[component]
pub fn FieldBox(field: Field) -> Element {
    let desk = use_desk();
    let w = desk.words();
    // What is being typed; `None` while nobody types, so that what others change shows at once.
    let typing = use_signal(|| None::<String>);
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    if field == Field::VinOverride && !typed::vin_needs_reason(case) && case.text(field).is_empty() {
        return rsx! {};
    }
    let today = *desk.today.read();
    let typed = typing.read().is_some();
    let fault = typed::fault(field, case.text(field), today, w.0).filter(|_| !typed);
    let warning = typed::cross_check(field, case, today).filter(|_| fault.is_none() && !typed);
    let id = format!("f-{}", field.key());
    let described = format!("{id}-says");
    let says = fault.is_some() || warning.is_some();
    let bad = fault.is_some();
    rsx! {
        div { class: if bad { "field bad" } else { "field" },
            label { r#for: "{id}",
                {field_name(w, field)}
                if field.is_needed() {
                    span { class: "needed", title: w.t("needed"), "aria-hidden": "true", "*" }
                    span { class: "unseen", {w.t("needed")} }
                }
            }
            {control(Control { desk, w, case, field, typing, id: &id, described: says.then_some(described.as_str()), bad })}
            div { id: "{described}", aria_live: "polite",
                if let Some(fault) = fault {
                    p { class: "error", "{fault}" }
                }
                if let Some(warning) = warning {
                    p { class: "warning", {icon(Icon::Alert)} {w.t(warning.key())} }
                }
            }
            if let Some(shown) = case.field(field) {
                {standing(desk, w, case, field, shown)}
            }
        }
    }
}

#[derive(Clone, Copy)]
struct Control<'a> {
    desk: Desk,
    w: Words,
    case: &'a CaseView,
    field: Field,
    typing: Signal<Option<String>>,
    id: &'a str,
    described: Option<&'a str>,
    bad: bool,
}

impl Control<'_> {
    fn kept(self) -> String {
        self.case.text(self.field).to_owned()
    }

    fn locked(self) -> bool {
        !self.case.is_draft()
    }
}

fn control(c: Control) -> Element {
    match c.field.rule() {
        Rule::OneOf(words) => {
            choice(c, words.iter().map(|word| ((*word).to_owned(), option_name(c.w, word))).collect())
        }
        Rule::Sex => choice(
            c,
            [("男", "option-man"), ("女", "option-woman")]
                .map(|(value, key)| (value.to_owned(), c.w.t(key)))
                .into(),
        ),
        Rule::Region => choice(
            c,
            Region::provinces().map(|region| (region.code().to_owned(), region.text(c.w.0))).collect(),
        ),
        Rule::Ethnicity => choice(
            c,
            Ethnicity::all()
                .map(|people| (people.name().to_owned(), people.text(c.w.0).to_owned()))
                .collect(),
        ),
        Rule::DayOrLong => day_or_never(c),
        _ => text(c),
    }
}

/// A word in the reader's language.
pub fn option_name(w: Words, word: &str) -> String {
    w.t(&format!("option-{}", word.replace('_', "-")))
}

/// A kept value as people read it, e.g. in a list of facts.
pub fn readable(w: Words, field: Field, kept: &str) -> String {
    match field.rule() {
        _ if kept.is_empty() => String::new(),
        Rule::OneOf(words) if words.contains(&kept) => option_name(w, kept),
        Rule::Money => format!("¥{}", typed::shown(field, kept)),
        Rule::Whole(_) if field == Field::Mileage => {
            format!("{} {}", typed::shown(field, kept), w.t("unit-km"))
        }
        Rule::Region => kept.parse::<Region>().map_or_else(|_| kept.to_owned(), |region| region.text(w.0)),
        Rule::Sex if w.0 == Lang::En => w.t(if kept == "男" { "option-man" } else { "option-woman" }),
        Rule::Plan => PlanChosen::parse(kept).map_or_else(String::new, |plan| {
            format!("{} × {} · {}", yuan(plan.monthly.get()), plan.months, plan.annualised_cost.percent(2))
        }),
        Rule::DayOrLong if kept == NEVER => w.t("card-never-ends"),
        _ => typed::shown(field, kept),
    }
}

fn text(c: Control) -> Element {
    let Control { desk, field, mut typing, .. } = c;
    let rule = field.rule();
    let document = c.case.row.document;
    let kept = c.kept();
    let value = typing.read().clone().unwrap_or_else(|| typed::shown(field, &kept));
    let kind = match rule {
        Rule::Day => "date",
        Rule::Phone => "tel",
        _ => "text",
    };
    let keypad = match rule {
        Rule::IdNumber | Rule::BankCard | Rule::Whole(_) => Some("numeric"),
        Rule::Money => Some("decimal"),
        Rule::Phone => Some("tel"),
        _ => None,
    };
    let capitals = matches!(rule, Rule::IdNumber | Rule::Vin | Rule::Plate);
    rsx! {
        div { class: "with-key",
            input {
                id: "{c.id}",
                r#type: kind,
                inputmode: keypad,
                class: "{width(rule)}",
                autocomplete: "off",
                autocapitalize: if capitals { "characters" } else { "off" },
                spellcheck: "false",
                enterkeyhint: "next",
                maxlength: longest(rule),
                readonly: c.locked(),
                aria_invalid: c.bad.then_some("true"),
                aria_describedby: c.described,
                value: "{value}",
                oninput: move |event| typing.set(Some(event.value())),
                onblur: move |_| leave(desk, document, field, typing),
            }
            if rule == Rule::Money {
                span { class: "unit", {c.w.t("unit-yuan")} }
            }
            if field == Field::Mileage {
                span { class: "unit", {c.w.t("unit-km")} }
            }
            if rule == Rule::IdNumber && !c.locked() {
                button {
                    class: "button small key",
                    r#type: "button",
                    aria_label: c.w.t("key-x"),
                    onclick: move |_| {
                        let so_far = typing.peek().clone().unwrap_or_else(|| kept_now(desk, field));
                        typing.set(Some(format!("{so_far}X")));
                        leave(desk, document, field, typing);
                    },
                    "X"
                }
            }
            if rule == Rule::Vin && !c.locked() && scan::possible() {
                button {
                    class: "button small key",
                    r#type: "button",
                    onclick: move |_| {
                        spawn(async move {
                            match scan::barcode(&desk.words().t("scan-close")).await {
                                Ok(Some(found)) => {
                                    typing.set(Some(found));
                                    leave(desk, document, field, typing);
                                }
                                Ok(None) => {}
                                Err(code) => desk.tell_problem(code),
                            }
                        });
                    },
                    {icon(Icon::Camera)}
                    {c.w.t("scan")}
                }
            }
        }
    }
}

fn choice(c: Control, mut options: Vec<(String, String)>) -> Element {
    let Control { desk, field, .. } = c;
    let document = c.case.row.document;
    let kept = c.kept();
    if !kept.is_empty() && !options.iter().any(|(value, _)| *value == kept) {
        options.push((kept.clone(), readable(c.w, field, &kept)));
    }
    rsx! {
        select {
            id: "{c.id}",
            disabled: c.locked(),
            aria_invalid: c.bad.then_some("true"),
            aria_describedby: c.described,
            onchange: move |event| {
                let fields = vec![(field.key().to_owned(), event.value())];
                errand(async move {
                    let _ = desk.fill(document, fields).await;
                });
            },
            option { value: "", selected: kept.is_empty(), {c.w.t("choose")} }
            for (value , name) in options {
                option { key: "{value}", value: "{value}", selected: value == kept, "{name}" }
            }
        }
    }
}

fn day_or_never(c: Control) -> Element {
    let Control { desk, field, mut typing, .. } = c;
    let document = c.case.row.document;
    let kept = c.kept();
    let never = kept == NEVER;
    let day = if never { String::new() } else { kept };
    let value = typing.read().clone().unwrap_or(day);
    rsx! {
        div { class: "day-or-never",
            input {
                id: "{c.id}",
                r#type: "date",
                value: "{value}",
                disabled: never,
                readonly: c.locked(),
                aria_invalid: c.bad.then_some("true"),
                aria_describedby: c.described,
                oninput: move |event| typing.set(Some(event.value())),
                onblur: move |_| leave(desk, document, field, typing),
            }
            label { class: "tick",
                input {
                    r#type: "checkbox",
                    checked: never,
                    disabled: c.locked(),
                    onchange: move |event| {
                        let text = if event.checked() { NEVER } else { "" };
                        let fields = vec![(field.key().to_owned(), text.to_owned())];
                        typing.set(None);
                        errand(async move {
                            let _ = desk.fill(document, fields).await;
                        });
                    },
                }
                span { {c.w.t("card-never-ends")} }
            }
        }
    }
}

/// What a photo says, or several values to settle.
fn standing(desk: Desk, w: Words, case: &CaseView, field: Field, shown: &FieldShown) -> Element {
    let document = case.row.document;
    match shown.standing {
        FieldStanding::Conflict | FieldStanding::Discrepancy => rsx! {
            p { class: "proposed differs",
                span { {w.t("differs")} }
                button {
                    class: "button small",
                    r#type: "button",
                    onclick: move |_| desk.jump(document, Part::Settle, None),
                    {w.t("differs-go")}
                }
            }
        },
        _ => proposal(desk, w, document, field, shown, case.is_draft()),
    }
}

fn kept_now(desk: Desk, field: Field) -> String {
    desk.case.peek().as_ref().map(|case| case.text(field).to_owned()).unwrap_or_default()
}

/// The fields that leaving this one fills: itself, and what an ID number also says.
fn filled(desk: Desk, field: Field, typed: &str) -> Vec<(String, String)> {
    let today = *desk.today.peek();
    let kept = typed::kept(field, typed, today);
    let case = desk.case.peek();
    let Some(case) = case.as_ref() else { return Vec::new() };
    let mut fields = Vec::new();
    // Typing what a photo says takes it over.
    let proposed = case.field(field).is_some_and(|shown| shown.standing == FieldStanding::Proposed);
    if case.text(field) != kept || proposed {
        if field == Field::IdNumber {
            fields = typed::from_id_number(case, &kept, today);
        }
        fields.insert(0, (field.key().to_owned(), kept));
    }
    fields
}

fn leave(desk: Desk, document: DocumentId, field: Field, mut typing: Signal<Option<String>>) {
    let Some(text) = typing.peek().clone() else { return };
    let fields = filled(desk, field, &text);
    if fields.is_empty() {
        typing.set(None);
        return;
    }
    // The screen may go before this is answered: what was typed is kept all the same.
    errand(async move {
        let kept = desk.fill(document, fields).await;
        // What was typed meanwhile stays; what could not be kept stays in the field too.
        let unchanged = typing.try_peek().is_ok_and(|typed| typed.as_ref() == Some(&text));
        if kept.is_ok() && unchanged {
            note(typing, None);
        }
    });
}

fn width(rule: Rule) -> &'static str {
    match rule {
        Rule::IdNumber | Rule::Vin | Rule::BankCard => "w-id",
        Rule::Phone => "w-phone",
        Rule::Money | Rule::Whole(_) | Rule::Day | Rule::Plate => "w-short",
        _ => "",
    }
}

fn longest(rule: Rule) -> i64 {
    match rule {
        Rule::Text(most) => most as i64,
        Rule::Name => 60,
        _ => 40,
    }
}
