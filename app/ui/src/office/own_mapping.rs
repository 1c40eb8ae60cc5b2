//! How an own funder's answers are read, and what our reader makes of samples of them. One form: trying changes nothing,
//! keeping does (`POST /office/partners/{partner}/mapping`).

use super::Cx;
use crate::components::form::{Choice, TextField, hidden, select_field, text_field};
use crate::components::table::heads;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::protocol::partners::dialect::{FunderOutcome, Part};
use std::collections::BTreeMap;

/// How many samples the form has room for.
pub const SAMPLES: usize = 5;

/// The page.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OwnMapping {
    /// The funder's segment in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// Number of its latest change.
    pub number: u32,
    /// What stands in the fields, by name.
    pub values: BTreeMap<String, String>,
    /// What our reader makes of each sample: its number from 1, and what it says.
    pub tried: Vec<(usize, TriedSample)>,
    /// All samples are read as declared, a yes and a no among them.
    pub passes: bool,
}

/// What our reader makes of one sample.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TriedSample {
    /// What it is to be read as: an outcome's code.
    pub says: String,
    /// It is read as that.
    pub fits: bool,
    /// Each part: its code, what was found, why not.
    pub parts: Vec<(String, Option<String>, Option<String>)>,
}

pub(super) fn page(cx: Cx, page: &OwnMapping) -> Element {
    let its = value(page, "speaks") == "its";
    rsx! {
        p { class: "links",
            a { href: "/office/partners/{page.slug}", {cx.t("own-back")} }
        }
        p { class: "hint", {cx.t("own-map-intro")} }
        if !page.tried.is_empty() {
            {results(cx, page)}
        }
        div { class: "card steer",
            form { method: "post", action: "/office/partners/{page.slug}/mapping", novalidate: true,
                {cx.form_id()}
                {hidden("number", &page.number.to_string())}
                fieldset {
                    legend { {cx.t("own-speaks")} }
                    div { class: "plain",
                        for (code , chosen) in [("ours", !its), ("its", its)] {
                            label { class: "tick",
                                input { r#type: "radio", name: "speaks", value: code, checked: chosen }
                                span {
                                    {cx.t(&format!("own-speaks-{code}"))}
                                    small { {cx.t(&format!("own-speaks-{code}-hint"))} }
                                }
                            }
                        }
                    }
                }
                {mapping(cx, page, its)}
                {samples(cx, page)}
                div { class: "pair do",
                    button { class: "button second", r#type: "submit", name: "do", value: "try", {cx.t("own-map-try")} }
                    button { class: "button main", r#type: "submit", name: "do", value: "keep", {cx.t("own-map-keep")} }
                }
            }
        }
    }
}

fn mapping(cx: Cx, page: &OwnMapping, its: bool) -> Element {
    let (needed, other): (Vec<Part>, Vec<Part>) = Part::ALL.into_iter().partition(|part| part.is_needed());
    let usual = [FunderOutcome::Approved, FunderOutcome::Declined, FunderOutcome::Pending];
    let rare = FunderOutcome::ALL.into_iter().filter(|outcome| !usual.contains(outcome));
    let faulty = other.iter().any(|part| cx.problems().of(&format!("at-{}", part.code())).is_some())
        || rare.clone().any(|outcome| cx.problems().of(&format!("words-{}", outcome.code())).is_some());
    let filled = other.iter().any(|part| !value(page, &format!("at-{}", part.code())).is_empty());
    rsx! {
        details { class: "own-more", open: its,
            summary { {cx.t("own-map-its")} }
            p { class: "hint", {cx.t("own-map-at-hint")} }
            fieldset {
                for part in needed {
                    {pointer(cx, page, part)}
                }
                for outcome in usual {
                    {words(cx, page, outcome)}
                }
                {unit(cx, page, "money", ["fen", "yuan"])}
                {unit(cx, page, "rate", ["fraction", "percent"])}
            }
            details { class: "own-more", open: faulty || filled,
                summary { {cx.t("own-map-more")} }
                fieldset {
                    for part in other {
                        {pointer(cx, page, part)}
                    }
                    for outcome in rare {
                        {words(cx, page, outcome)}
                    }
                }
            }
        }
    }
}

fn value<'a>(page: &'a OwnMapping, name: &str) -> &'a str {
    page.values.get(name).map(String::as_str).unwrap_or_default()
}

/// What a part of an answer is called.
fn part_key(code: &str) -> String {
    format!("own-of-{}", code.replace('_', "-"))
}

fn says(cx: Cx, code: &str) -> String {
    cx.t(&format!("own-says-{}", code.replace('_', "-")))
}

fn pointer(cx: Cx, page: &OwnMapping, part: Part) -> Element {
    let name = format!("at-{}", part.code());
    let label = cx.w.with("own-map-at", &[("part", cx.t(&part_key(part.code())).into())]);
    let hint = cx.w.find(&format!("{}-hint", part_key(part.code())));
    let field = TextField {
        name: &name,
        label: &label,
        hint: hint.as_deref(),
        value: value(page, &name),
        longest: 400,
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}

fn words(cx: Cx, page: &OwnMapping, outcome: FunderOutcome) -> Element {
    let name = format!("words-{}", outcome.code());
    let label = cx.w.with("own-map-words", &[("outcome", says(cx, outcome.code()).into())]);
    let field = TextField {
        name: &name,
        label: &label,
        value: value(page, &name),
        longest: 2_000,
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}

fn unit(cx: Cx, page: &OwnMapping, name: &str, units: [&str; 2]) -> Element {
    let label = cx.t(&format!("own-map-{name}"));
    let choices =
        units.map(|unit| Choice { value: unit.to_owned(), label: cx.t(&format!("own-unit-{unit}")) });
    let field = TextField { name, label: &label, value: value(page, name), ..TextField::default() };
    select_field(cx.problems(), field, &choices, None)
}

fn samples(cx: Cx, page: &OwnMapping) -> Element {
    // Those with something in them, and one more; at first a yes, a no and an answer that is still to come.
    let used = (1..=SAMPLES).rev().find(|n| !value(page, &format!("sample-{n}")).is_empty()).unwrap_or(0);
    let shown = (used + 1).clamp(3, SAMPLES);
    rsx! {
        fieldset { class: "own-samples",
            legend { {cx.t("own-samples")} }
            p { class: "hint plain", {cx.t("own-samples-hint")} }
            for n in 1..=shown {
                {sample(cx, page, n)}
            }
        }
    }
}

fn sample(cx: Cx, page: &OwnMapping, n: usize) -> Element {
    let (name, of) = (format!("sample-{n}"), format!("says-{n}"));
    let label = cx.w.with("own-sample", &[("n", n.to_string().into())]);
    let says_label = cx.w.with("own-sample-says", &[("n", n.to_string().into())]);
    let choices = FunderOutcome::ALL
        .map(|outcome| Choice { value: outcome.code().to_owned(), label: says(cx, outcome.code()) });
    let usual = ["approved", "declined", "pending"].get(n - 1).copied().unwrap_or("approved");
    let chosen = Some(value(page, &of)).filter(|chosen| !chosen.is_empty()).unwrap_or(usual);
    let select = TextField { name: &of, label: &says_label, value: chosen, ..TextField::default() };
    let error = cx.problems().of(&name);
    rsx! {
        div { class: "own-sample plain",
            {select_field(cx.problems(), select, &choices, None)}
            div { class: if error.is_some() { "field bad" } else { "field" },
                label { r#for: "{name}", "{label}" }
                {crate::components::form::field_error(&name, error.as_deref())}
                textarea {
                    id: "{name}",
                    name: "{name}",
                    class: "code",
                    rows: 5,
                    maxlength: 65_536,
                    spellcheck: "false",
                    aria_invalid: error.is_some().then_some("true"),
                    aria_describedby: error.is_some().then(|| format!("{name}-error")),
                    {value(page, &name)}
                }
            }
        }
    }
}

fn results(cx: Cx, page: &OwnMapping) -> Element {
    let verdict = if page.passes { "own-passes" } else { "own-passes-not" };
    rsx! {
        section { class: "card", id: "tried", role: "status",
            h2 { {cx.t("own-tried")} }
            p {
                strong { {cx.t(verdict)} }
            }
            for (n , tried) in &page.tried {
                {result(cx, *n, tried)}
            }
        }
    }
}

fn result(cx: Cx, n: usize, tried: &TriedSample) -> Element {
    let heading =
        cx.w.with("own-tried-one", &[("n", n.to_string().into()), ("outcome", says(cx, &tried.says).into())]);
    let labels = ["own-col-part", "own-col-read"].map(|key| cx.t(key));
    rsx! {
        h3 {
            "{heading} "
            span { class: if tried.fits { "state open" } else { "state over" },
                {cx.t(if tried.fits { "own-fits" } else { "own-fits-not" })}
            }
        }
        table { class: "rows narrow own-tried",
            caption { class: "unseen", "{heading}" }
            {heads(&labels)}
            tbody {
                for (part , found , why) in &tried.parts {
                    tr {
                        th { scope: "row", {cx.t(&part_key(part))} }
                        td { "data-label": "{labels[1]}", class: why.is_some().then_some("own-misread"),
                            match (found, why) {
                                (Some(found), _) if part == "outcome" => says(cx, found),
                                (Some(found), _) => found.clone(),
                                (None, Some(why)) => cx.t(&format!("own-why-{}", why.replace('_', "-"))),
                                (None, None) => String::new(),
                            }
                        }
                    }
                }
            }
        }
    }
}
