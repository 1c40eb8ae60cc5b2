//! Recording what a partner answers: on the partner's page what runs and what lies here, and a page of its own for each
//! recording with what today's code makes of it.

use super::Cx;
use crate::components::amounts::took;
use crate::components::document::banner;
use crate::components::form::{TextField, hidden, main_button, text_area, text_field};
use crate::components::moment::Moment;
use crate::components::table::heads;
use crate::components::tile::tile;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingRow {
    /// Its id.
    pub id: String,
    /// `proposed`, `running`, `stopped`, `over` or `full`.
    pub state: String,
    /// At most so many answers, for at most so many hours.
    pub most: (u32, u32),
    /// Why.
    pub reason: String,
    /// Who asked for it.
    pub by: String,
    /// Who confirmed it.
    pub second: Option<String>,
    /// The reader asked for it.
    pub own: bool,
    /// When it was asked for.
    pub at: Moment,
    /// When it ends, or ended.
    pub until: Option<Moment>,
    /// When it is removed.
    pub goes: Moment,
    /// Answers kept.
    pub kept: u32,
    /// Answers that could not be kept.
    pub dropped: u32,
}

/// What a partner's page says of its recordings.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Recordings {
    /// All of them, the newest first.
    pub rows: Vec<RecordingRow>,
    /// What was typed: answers, hours, reason.
    pub typed: (String, String, String),
    /// A second person has to confirm.
    pub two_needed: bool,
    /// Another one may be begun here: not for a funder of the company's own, whose mapping has samples.
    pub offered: bool,
}

/// What an answer was read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerRead {
    /// Its outcome, or what went wrong.
    pub says: String,
    /// Something went wrong.
    pub failed: bool,
    /// What of the answer, the partner's own code, or the status.
    pub what: Option<String>,
}

/// One answer, read once more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayedAnswer {
    /// Its number.
    pub number: u32,
    /// When the question was put.
    pub at: Moment,
    /// What was asked.
    pub kind: String,
    /// Milliseconds until the answer.
    pub ms: u64,
    /// What it was read as then.
    pub then: AnswerRead,
    /// What it is read as now; none where nothing came that could be read.
    pub now: Option<AnswerRead>,
    /// Which parts of that differ.
    pub differs: Vec<String>,
}

/// One recording with what today's code makes of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerRecording {
    /// The partner's segment in addresses.
    pub slug: String,
    /// Its name.
    pub name: String,
    /// The recording.
    pub row: RecordingRow,
    /// Read as they were, read otherwise, nothing to read.
    pub totals: (usize, usize, usize),
    /// All answers, those that differ first.
    pub answers: Vec<ReplayedAnswer>,
    /// When it was looked at.
    pub at: Moment,
}

/// Whether the form was sent and refused.
pub(super) fn is_refused(cx: Cx) -> bool {
    ["answers", "last_hours", "reason"].into_iter().any(|field| cx.problems().of(field).is_some())
}

/// What runs now, for everybody who opens the partner.
pub(super) fn running(cx: Cx, slug: &str, recordings: &Recordings) -> Element {
    let open = recordings.rows.iter().find(|row| row.state == "running" || row.state == "proposed");
    match open {
        Some(row) if row.state == "running" => rsx! {
            div { class: "recording",
                {banner("warn", rsx! {
                    p {
                        strong { {cx.w.with("tape-runs", &[("kept", row.kept.into()), ("most", row.most.0.into())])} }
                        if let Some(until) = &row.until {
                            " · "
                            {cx.t("tape-until")}
                            " "
                            {until.element()}
                        }
                    }
                    p {
                        "{row.by} · {row.reason} · "
                        a { href: "/office/partners/{slug}/recordings/{row.id}", {cx.t("tape-look")} }
                    }
                    {stop(cx, slug, &row.id)}
                })}
            }
        },
        Some(row) => rsx! {
            section { class: "card alerting",
                h2 { {cx.t("tape-proposal")} }
                p { {cx.w.with("tape-most", &[("answers", row.most.0.into()), ("hours", row.most.1.into())])} }
                p { class: "muted",
                    "{row.by} · "
                    {row.at.element()}
                }
                p { "{row.reason}" }
                if row.own {
                    p { class: "hint", {cx.t("steer-proposal-own")} }
                }
                form { method: "post", action: "/office/partners/{slug}/recordings/{row.id}",
                    {cx.form_id()}
                    div { class: "pair do",
                        if !row.own {
                            button { class: "button main", r#type: "submit", name: "do", value: "confirm", {cx.t("tape-confirm")} }
                        }
                        button { class: "button second", r#type: "submit", name: "do", value: "stop", {cx.t("steer-proposal-drop")} }
                    }
                }
            }
        },
        None => rsx! {},
    }
}

fn stop(cx: Cx, slug: &str, id: &str) -> Element {
    rsx! {
        form { method: "post", action: "/office/partners/{slug}/recordings/{id}",
            {cx.form_id()}
            {hidden("do", "stop")}
            button { class: "button small", r#type: "submit", {cx.t("tape-stop")} }
        }
    }
}

/// The recordings that lie here, and the form for another one.
pub(super) fn card(cx: Cx, slug: &str, recordings: &Recordings) -> Element {
    let open = recordings.rows.iter().any(|row| row.state == "running" || row.state == "proposed");
    rsx! {
        details { class: "card steer taping", id: "recordings", open: is_refused(cx) || !recordings.rows.is_empty(),
            summary {
                h2 { {cx.t("tape-title")} }
            }
            p { class: "hint", {cx.t("tape-hint")} }
            if !recordings.rows.is_empty() {
                {table(cx, slug, &recordings.rows)}
            }
            if !open {
                {form(cx, slug, recordings)}
            }
        }
    }
}

fn table(cx: Cx, slug: &str, rows: &[RecordingRow]) -> Element {
    let labels = ["tape-begun", "tape-state", "tape-kept", "tape-why", "tape-goes"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("tape-title")} }
            {heads(&labels)}
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            a { class: "tall", href: "/office/partners/{slug}/recordings/{row.id}", {row.at.element()} }
                        }
                        td { "data-label": "{labels[1]}", {state(cx, row)} }
                        td { "data-label": "{labels[2]}", {kept(cx, row)} }
                        td { "data-label": "{labels[3]}",
                            "{row.reason}"
                            small { {who(cx, row)} }
                        }
                        td { "data-label": "{labels[4]}", {row.goes.element()} }
                    }
                }
            }
        }
    }
}

fn state(cx: Cx, row: &RecordingRow) -> Element {
    let class = match row.state.as_str() {
        "running" => "state open",
        "proposed" => "state waiting",
        _ => "state over",
    };
    rsx! {
        span { class, {cx.t(&format!("tape-is-{}", row.state))} }
    }
}

fn kept(cx: Cx, row: &RecordingRow) -> Element {
    rsx! {
        {cx.w.with("tape-kept-of", &[("kept", row.kept.into()), ("most", row.most.0.into())])}
        if row.dropped > 0 {
            " "
            small { {cx.w.with("tape-dropped", &[("n", row.dropped.into())])} }
        }
    }
}

fn who(cx: Cx, row: &RecordingRow) -> String {
    match &row.second {
        Some(second) => {
            format!("{} · {}", row.by, cx.w.with("steer-confirmed-by", &[("who", second.as_str().into())]))
        }
        None => row.by.clone(),
    }
}

fn form(cx: Cx, slug: &str, recordings: &Recordings) -> Element {
    let (answers, hours, reason) = &recordings.typed;
    let number = |name: &'static str, label: String, hint: String, value: &str| {
        let field = TextField {
            name,
            label: &label,
            hint: Some(&hint),
            value,
            keypad: "numeric",
            class: "w-money",
            longest: 3,
            required: true,
            ..TextField::default()
        };
        text_field(cx.problems(), field)
    };
    let (label, hint) = (cx.t("tape-why"), cx.t("steer-reason-hint"));
    let why = TextField {
        name: "reason",
        label: &label,
        hint: Some(&hint),
        value: reason,
        longest: 500,
        required: true,
        ..TextField::default()
    };
    rsx! {
        form { method: "post", action: "/office/partners/{slug}/recordings", novalidate: true,
            {cx.form_id()}
            {number("answers", cx.t("tape-answers"), cx.t("tape-answers-hint"), answers)}
            {number("last_hours", cx.t("tape-hours"), cx.t("tape-hours-hint"), hours)}
            {text_area(cx.problems(), why)}
            if recordings.two_needed {
                p { class: "hint", {cx.t("steer-two-needed")} }
            }
            {main_button(&cx.t(if recordings.two_needed { "tape-propose" } else { "tape-start" }))}
        }
    }
}

pub(super) fn page(cx: Cx, page: &PartnerRecording) -> Element {
    let (same, different, unread) = page.totals;
    let here = format!("/office/partners/{}/recordings/{}", page.slug, page.row.id);
    rsx! {
        p { class: "links",
            a { href: "/office/partners/{page.slug}", {cx.w.with("steer-back", &[("name", page.name.as_str().into())])} }
        }
        {facts(cx, page)}
        section { class: "list", id: "replay",
            h2 { {cx.t("tape-replay")} }
            p { class: "hint", {cx.t("tape-replay-hint")} }
            if page.answers.is_empty() {
                p { class: "empty", {cx.t("tape-nothing")} }
            } else {
                dl { class: "tiles",
                    {tile(&cx.t("tape-different"), rsx! { "{different}" }, different > 0)}
                    {tile(&cx.t("tape-same"), rsx! { "{same}" }, false)}
                    {tile(&cx.t("tape-unread"), rsx! { "{unread}" }, false)}
                }
                {answers(cx, &page.answers)}
            }
        }
        if !page.answers.is_empty() {
            section { class: "card",
                h2 { {cx.t("tape-take")} }
                p { class: "hint", {cx.t("tape-take-hint")} }
                form { method: "post", action: "{here}/file",
                    {cx.form_id()}
                    button { class: "button small", r#type: "submit", {cx.t("tape-take-go")} }
                }
            }
        }
        details { class: "card steer", id: "delete",
            summary {
                h2 { {cx.t("tape-delete")} }
            }
            p { class: "hint", {cx.t("tape-delete-hint")} }
            form { method: "post", action: "{here}",
                {cx.form_id()}
                {hidden("do", "delete")}
                button { class: "button small danger", r#type: "submit", {cx.t("tape-delete-go")} }
            }
        }
    }
}

fn facts(cx: Cx, page: &PartnerRecording) -> Element {
    let row = &page.row;
    let fact = |key: &str, value: Element| {
        rsx! {
            div {
                dt { {cx.t(key)} }
                dd { {value} }
            }
        }
    };
    rsx! {
        section { class: "card",
            dl { class: "facts",
                {fact("tape-state", state(cx, row))}
                {fact("tape-kept", kept(cx, row))}
                {fact("tape-begun", row.at.element())}
                if let Some(until) = &row.until {
                    {fact(if row.state == "running" { "tape-ends" } else { "tape-ended" }, until.element())}
                }
                {fact("tape-goes", row.goes.element())}
                {fact("tape-by", rsx! { {who(cx, row)} })}
                {fact("tape-why", rsx! { "{row.reason}" })}
            }
            if row.state == "running" {
                {stop(cx, &page.slug, &row.id)}
            }
        }
    }
}

fn answers(cx: Cx, answers: &[ReplayedAnswer]) -> Element {
    let labels =
        ["tape-when", "tape-kind", "tape-took", "tape-then", "tape-now", "tape-verdict"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("tape-replay")} }
            {heads(&labels)}
            tbody {
                for answer in answers {
                    tr {
                        th { scope: "row",
                            {answer.at.element()}
                            small { "#{answer.number}" }
                        }
                        td { "data-label": "{labels[1]}", {cx.t(&format!("tape-kind-{}", answer.kind.replace('_', "-")))} }
                        td { "data-label": "{labels[2]}", class: "number", {took(answer.ms, cx.w)} }
                        td { "data-label": "{labels[3]}", {read(cx, &answer.then)} }
                        td { "data-label": "{labels[4]}",
                            match &answer.now {
                                Some(now) => read(cx, now),
                                None => rsx! { "–" },
                            }
                        }
                        td { "data-label": "{labels[5]}", {verdict(cx, answer)} }
                    }
                }
            }
        }
    }
}

fn read(cx: Cx, read: &AnswerRead) -> Element {
    let code = read.says.replace('_', "-");
    let words = match read.failed {
        true => cx.t(&super::partners::class_key(&read.says)),
        false => cx.w.find(&format!("tape-read-{code}")).unwrap_or_else(|| read.says.clone()),
    };
    rsx! {
        "{words}"
        if let Some(what) = &read.what {
            small {
                code { "{what}" }
            }
        }
    }
}

fn verdict(cx: Cx, answer: &ReplayedAnswer) -> Element {
    if answer.now.is_none() {
        return rsx! {
            span { class: "muted", {cx.t("tape-no-body")} }
        };
    }
    if answer.differs.is_empty() {
        return rsx! {
            span { class: "state open", {cx.t("tape-is-same")} }
        };
    }
    let parts: Vec<&str> =
        answer.differs.iter().map(String::as_str).filter(|part| *part != "outcome").collect();
    rsx! {
        span { class: "state over", {cx.t("tape-is-different")} }
        if !parts.is_empty() {
            small {
                code { {parts.join(", ")} }
            }
        }
    }
}
