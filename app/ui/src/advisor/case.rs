//! One case: its head with the saved state, and the part that is open. The overview lists the parts with how far they are.

use super::errand::errand;
use super::{
    contract::ContractScreen,
    desk::{Desk, problem_text, use_desk},
    handover::Handover,
    missing,
    parts::{Part, Progress},
    review::Review,
    route::Route,
    section::SectionScreen,
    settle::Settle,
    states::{safety_chip, stage_chip},
    timeline::Timeline,
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Ask, CaseView, Stage};
use shared::document::DocumentId;

/// A part of a case.
#[component]
pub fn CaseScreen(document: DocumentId, part: Part) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let case = desk.case.read();
    let Some(case) = case.as_ref().filter(|case| case.row.document == document) else {
        return rsx! {
            h1 { id: "heading", tabindex: "-1", {w.t("title-case-loading")} }
            if let Some(code) = desk.case_refused.read().as_deref() {
                div { class: "empty-box",
                    p { {problem_text(w, code)} }
                    button { class: "button second", r#type: "button", onclick: move |_| desk.go(Route::Cases), {w.t("title-my-cases")} }
                }
            } else {
                div { class: "loading", role: "status",
                    span { class: "unseen", {w.t("loading")} }
                }
            }
        };
    };
    rsx! {
        {head(desk, w, case, part)}
        match part {
            Part::Overview => overview(desk, w, case),
            Part::Review => rsx! { Review {} },
            Part::Timeline => rsx! { Timeline {} },
            Part::Handover => rsx! { Handover {} },
            Part::Contract => rsx! { ContractScreen {} },
            Part::Settle => rsx! { Settle {} },
            part => rsx! { SectionScreen { key: "{part.slug()}", part } },
        }
    }
}

/// The customer's name, or what stands in for it.
pub fn name_of(w: Words, name: &str) -> String {
    if name.is_empty() { w.t("case-unnamed") } else { name.to_owned() }
}

fn head(desk: Desk, w: Words, case: &CaseView, part: Part) -> Element {
    let document = case.row.document;
    let name = name_of(w, &case.row.name);
    let keeping = *desk.keeping.read() > 0;
    rsx! {
        header { class: "case-head",
            if part == Part::Overview {
                a {
                    class: "back only-narrow",
                    href: Route::Cases.path(),
                    onclick: move |event| {
                        event.prevent_default();
                        desk.go(Route::Cases);
                    },
                    {icon(Icon::Back)}
                    {w.t("tab-cases")}
                }
                h1 { id: "heading", tabindex: "-1", "{name}" }
            } else {
                a {
                    class: "back",
                    href: Route::Case(document, Part::Overview).path(),
                    onclick: move |event| {
                        event.prevent_default();
                        desk.go(Route::Case(document, Part::Overview));
                    },
                    {icon(Icon::Back)}
                    span { class: "back-name", "{name}" }
                }
                h1 { id: "heading", tabindex: "-1", {w.t(&format!("part-{}", part.slug()))} }
            }
            div { class: "case-state",
                if part == Part::Overview {
                    {stage_chip(w, case.row.stage)}
                }
                span { role: "status", aria_live: "polite",
                    if keeping {
                        span { class: "chip busy keeping", {w.t("keeping")} }
                    } else {
                        {safety_chip(w, case.row.safety)}
                    }
                }
                if part == Part::Overview {
                    if let Some(number) = &case.row.number {
                        span { class: "muted number", "{number}" }
                    }
                }
            }
        }
    }
}

fn overview(desk: Desk, w: Words, case: &CaseView) -> Element {
    let document = case.row.document;
    let draft = case.is_draft();
    let differ = case.row.stage == Stage::Conflict;
    rsx! {
        if !case.row.vehicle.is_empty() {
            p { class: "lead", "{case.row.vehicle}" }
        }
        if differ {
            div { class: "banner warn", role: "note",
                {icon(Icon::Alert)}
                div {
                    p { {w.t("settle-needed")} }
                    {go(desk, Route::Case(document, Part::Settle), w.t("differs-go"))}
                }
            }
        }
        if !case.late.is_empty() {
            div { class: "banner warn", role: "note",
                {icon(Icon::Alert)}
                p { {w.t("case-late")} }
            }
        }
        if draft {
            {what_is_missing(desk, w, case)}
        } else {
            nav { class: "after", aria_label: w.t("case-after"),
                {row(desk, w, case, Part::Timeline)}
                if case.row.stage == Stage::Signed {
                    {row(desk, w, case, Part::Contract)}
                } else {
                    {row(desk, w, case, Part::Handover)}
                }
            }
        }
        nav { aria_label: w.t("case-parts"),
            ul { class: "parts",
                for part in Part::FILLED {
                    li { key: "{part.slug()}", {row(desk, w, case, part)} }
                }
            }
        }
        if draft {
            button {
                class: "button main",
                r#type: "button",
                onclick: move |_| desk.go(Route::Case(document, Part::Review)),
                {w.t("part-review")}
            }
            Withdraw { document }
        }
    }
}

/// "Still missing: … and 7 more", each leading to where it is put right.
pub fn what_is_missing(desk: Desk, w: Words, case: &CaseView) -> Element {
    let document = case.row.document;
    let (jumps, more) = missing::sentence(w, &case.missing);
    let comma = w.t("list-comma");
    rsx! {
        if jumps.is_empty() {
            p { class: "banner good", {icon(Icon::Check)} {w.t("missing-nothing")} }
        } else {
            p { class: "banner missing", id: "missing",
                span {
                    {w.t("missing-lead")}
                    for (at , jump) in jumps.into_iter().enumerate() {
                        if at > 0 {
                            "{comma}"
                        }
                        a {
                            href: Route::Case(document, jump.part).path(),
                            onclick: move |event| {
                                event.prevent_default();
                                desk.jump(document, jump.part, jump.field.clone());
                            },
                            "{jump.words}"
                        }
                    }
                    if more > 0 {
                        {w.with("missing-more", &[("n", more.into())])}
                    }
                    {w.t("full-stop")}
                }
            }
        }
    }
}

fn go(desk: Desk, route: Route, text: String) -> Element {
    rsx! {
        a {
            href: route.path(),
            onclick: move |event| {
                event.prevent_default();
                desk.go(route);
            },
            "{text}"
        }
    }
}

fn row(desk: Desk, w: Words, case: &CaseView, part: Part) -> Element {
    let route = Route::Case(case.row.document, part);
    let progress = part.progress(case);
    let plain = matches!(part, Part::Timeline | Part::Handover | Part::Contract);
    let (text, class) = match progress {
        Progress::Done => (w.t("progress-done"), "good"),
        Progress::Missing(n) => (w.with("progress-missing", &[("n", n.into())]), "warn"),
        Progress::Optional => (w.t("progress-optional"), ""),
        Progress::Differs => (w.t("progress-differs"), "bad"),
    };
    rsx! {
        a {
            class: "part",
            href: route.path(),
            onclick: move |event| {
                event.prevent_default();
                desk.go(route);
            },
            span { class: "part-text",
                span { class: "part-name", {w.t(&format!("part-{}", part.slug()))} }
                if !plain && case.is_draft() {
                    span { class: "chip {class}", "{text}" }
                }
            }
            {icon(Icon::Forward)}
        }
    }
}

/// Takes a case back before it is handed in; asks once more first.
#[component]
fn Withdraw(document: DocumentId) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut asked = use_signal(|| false);
    rsx! {
        if *asked.read() {
            div { class: "banner warn", role: "alert",
                div { class: "asks",
                    p { {w.t("take-back-sure")} }
                    div { class: "pair",
                        button {
                            class: "button small danger",
                            r#type: "button",
                            onclick: move |_| {
                                errand(async move {
                                    if desk.change(Ask::Withdraw { document }, None).await.is_ok() {
                                        desk.go(Route::Cases);
                                    }
                                });
                            },
                            {w.t("take-back-go")}
                        }
                        button { class: "button small", r#type: "button", onclick: move |_| asked.set(false), {w.t("take-back-not")} }
                    }
                }
            }
        } else {
            button { class: "button plain", r#type: "button", onclick: move |_| asked.set(true), {w.t("take-back")} }
        }
    }
}
