//! The company's flows: versions with who composed and who approved them, drafts of one's own, what differs between two
//! versions, and the buttons that approve, release and take back. Everything works without a script.

use super::Cx;
use super::flow_picture::framed;
use super::flow_replay::{FlowReplay, replayed};
use super::flow_version::{short, version_card};
use crate::components::{
    form::{Choice, TextField, hidden, main_button, select_field, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::protocol::flows::{Band, VersionState};

/// One version of a flow.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct VersionLine {
    /// SHA-256 of its definition.
    pub hash: String,
    /// Counted up per flow.
    pub number: u32,
    /// Where it stands.
    pub state: VersionState,
    /// Percent of new cases; 100 for a live version.
    pub share: u8,
    /// Provinces that a canary is for, in words; empty for all.
    pub regions: String,
    /// What its author wrote about it.
    pub note: String,
    /// Login of whoever composed it.
    pub author: String,
    /// The reader composed it.
    pub own: bool,
    /// When it was handed in.
    pub submitted: Moment,
    /// Login of whoever approved or refused it, when, and what they wrote.
    pub decided: Option<(String, Moment, String)>,
    /// Why it was taken back: `taken_back`, `errors`, `slow` or `drift`.
    pub ended_why: Option<String>,
}

/// One flow in the list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowLine {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Versions that new cases get or that wait: live, canary, waiting.
    pub versions: Vec<VersionLine>,
}

/// One draft of one's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftLine {
    /// Its id.
    pub id: String,
    /// Key of the flow.
    pub key: String,
    /// Its name.
    pub name: String,
    /// When it was last kept.
    pub saved: Moment,
}

/// What was typed into the form for a new flow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewFlow {
    /// Its Chinese name.
    pub name_zh: String,
    /// Its English name.
    pub name_en: String,
    /// Its key.
    pub key: String,
}

/// The list of flows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowList {
    /// The company's flows, by key.
    pub flows: Vec<FlowLine>,
    /// Drafts of one's own, newest first.
    pub drafts: Vec<DraftLine>,
    /// May compose: begin and delete drafts.
    pub may_compose: bool,
    /// What was typed before.
    pub form: NewFlow,
}

/// One flow with all its versions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FlowVersions {
    /// Its key.
    pub key: String,
    /// Its name.
    pub name: String,
    /// Its versions, newest first.
    pub versions: Vec<VersionLine>,
    /// May compose.
    pub may_compose: bool,
    /// May approve, release and take back.
    pub may_approve: bool,
    /// There is something to take back, and a version to go back to.
    pub may_take_back: bool,
    /// Taking back was asked for: ask once more.
    pub sure: bool,
    /// What was sent about a version and refused.
    pub acted: Option<Acted>,
    /// Two versions beside each other.
    pub compared: Option<Compared>,
    /// How far a canary may fall behind where nobody says otherwise.
    pub usual_band: Band,
    /// Running cases of versions that new cases do not get: hash, number, how many.
    pub elsewhere: Vec<(String, u32, u32)>,
}

/// What somebody sent about a version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acted {
    /// The version.
    pub hash: String,
    /// Why it was to be approved or refused.
    pub reason: String,
    /// Its share of new cases.
    pub share: String,
    /// The provinces.
    pub regions: String,
    /// The band: cases, errors, drift, milliseconds.
    pub band: [String; 4],
}

/// What one version says otherwise than another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compared {
    /// Hash of the earlier one.
    pub from: String,
    /// Hash of the later one.
    pub to: String,
    /// Each difference: `added`, `removed`, `changed` or `moved`, and the line that says it.
    pub lines: Vec<(String, String)>,
    /// The later one as a picture, SVG, with what differs in colour.
    pub picture: String,
    /// What the later one would have done with cases of the past, where the earlier one is live.
    pub replay: Option<FlowReplay>,
}

pub(super) fn list(cx: Cx, page: &FlowList) -> Element {
    rsx! {
        p { class: "links",
            a { href: "/office/flows/rules", {cx.t("title-flow-rules")} }
        }
        div { class: "panes",
            if page.may_compose {
                div {
                    section { class: "card form",
                        h2 { {cx.t("flow-new")} }
                        {new_flow(cx, &page.form)}
                    }
                    section { class: "list",
                        h2 { {cx.t("flow-drafts")} }
                        {drafts(cx, &page.drafts)}
                    }
                }
            }
            div { class: "list",
                for flow in &page.flows {
                    {flow_card(cx, flow, page.may_compose)}
                }
            }
        }
    }
}

fn new_flow(cx: Cx, form: &NewFlow) -> Element {
    let field = |name, label, hint, value, longest| TextField {
        name,
        label,
        hint,
        value,
        longest,
        required: true,
        ..TextField::default()
    };
    let (zh, en, key, hint) =
        (cx.t("flow-name-zh"), cx.t("flow-name-en"), cx.t("flow-key"), cx.t("flow-key-hint"));
    rsx! {
        form { method: "post", action: "/office/flows/drafts", novalidate: true,
            {cx.form_id()}
            {text_field(cx.problems(), field("name", &zh, None, &form.name_zh, 60))}
            {text_field(cx.problems(), field("name_en", &en, None, &form.name_en, 60))}
            {text_field(cx.problems(), field("key", &key, Some(&hint), &form.key, 40))}
            {main_button(&cx.t("flow-new-go"))}
        }
    }
}

fn drafts(cx: Cx, drafts: &[DraftLine]) -> Element {
    rsx! {
        if drafts.is_empty() {
            p { class: "empty", {cx.t("flow-drafts-none")} }
        } else {
            table { class: "rows",
                thead {
                    tr {
                        th { scope: "col", {cx.t("flow-draft")} }
                        th { scope: "col",
                            span { class: "unseen", {cx.t("col-do")} }
                        }
                    }
                }
                tbody {
                    for draft in drafts {
                        tr {
                            th { scope: "row",
                                a { href: "/office/flows/design/{draft.id}",
                                    if draft.name.is_empty() { "{draft.key}" } else { "{draft.name}" }
                                }
                                small {
                                    code { "{draft.key}" }
                                    " · "
                                    {draft.saved.element()}
                                }
                            }
                            td {
                                form { method: "post", action: "/office/flows/drafts/{draft.id}/delete",
                                    {cx.form_id()}
                                    button {
                                        class: "button small",
                                        r#type: "submit",
                                        aria_label: cx.w.with("flow-draft-delete-this", &[("name", draft.name.as_str().into())]),
                                        {cx.t("flow-draft-delete")}
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn flow_card(cx: Cx, flow: &FlowLine, may_compose: bool) -> Element {
    let live = flow.versions.iter().find(|version| version.state == VersionState::Live);
    rsx! {
        section { class: "card",
            h2 {
                a { class: "tall", href: "/office/flows/{flow.key}", "{flow.name}" }
            }
            p { class: "muted",
                code { "{flow.key}" }
            }
            if flow.versions.is_empty() {
                p { {cx.t("flow-not-live")} }
            } else {
                ul { class: "versions",
                    for version in &flow.versions {
                        li {
                            {version_name(cx, version)}
                            " "
                            {state(cx, version)}
                        }
                    }
                }
            }
            if let Some(live) = live.filter(|_| may_compose) {
                {draft_from(cx, live)}
            }
        }
    }
}

pub(super) fn version_name(cx: Cx, version: &VersionLine) -> String {
    cx.w.with("flow-version-n", &[("n", version.number.into())])
}

pub(super) fn state(cx: Cx, version: &VersionLine) -> Element {
    let (class, key) = match version.state {
        VersionState::Waiting => ("state waiting", "flow-is-waiting"),
        VersionState::Refused => ("state over", "flow-is-refused"),
        VersionState::Approved => ("state", "flow-is-approved"),
        VersionState::Canary => ("state waiting", "flow-is-canary"),
        VersionState::Live => ("state open", "flow-is-live"),
        VersionState::TakenBack => ("state over", "flow-is-taken-back"),
    };
    rsx! {
        span { class, {cx.w.with(key, &[("share", u32::from(version.share).into())])} }
        if !version.regions.is_empty() {
            " "
            small { "{version.regions}" }
        }
    }
}

pub(super) fn draft_from(cx: Cx, version: &VersionLine) -> Element {
    rsx! {
        form { method: "post", action: "/office/flows/drafts",
            {cx.form_id()}
            {hidden("from", &version.hash)}
            button {
                class: "button small",
                r#type: "submit",
                {cx.w.with("flow-draft-from", &[("n", version.number.into())])}
            }
        }
    }
}

pub(super) fn versions(cx: Cx, page: &FlowVersions) -> Element {
    rsx! {
        p { class: "links",
            a { href: "/office/flows", {cx.t("flow-all")} }
            if page.versions.iter().any(|version| version.state == VersionState::Live) {
                " "
                a { href: "/office/flows/{page.key}/live", {cx.t("flow-live")} }
            }
            " "
            code { "{page.key}" }
        }
        {take_back(cx, page)}
        {elsewhere(cx, page)}
        if let Some(compared) = &page.compared {
            {comparison(cx, page, compared)}
        }
        h2 { {cx.t("flow-versions")} }
        for version in &page.versions {
            {version_card(cx, page, version)}
        }
    }
}

/// Cases that go on on versions that are no longer live.
fn elsewhere(cx: Cx, page: &FlowVersions) -> Element {
    let is_live = |version: &&VersionLine| version.state == VersionState::Live;
    let Some(live) = page.versions.iter().find(is_live).filter(|_| !page.elsewhere.is_empty()) else {
        return rsx! {};
    };
    rsx! {
        section { class: "card", aria_labelledby: "elsewhere",
            h2 { id: "elsewhere", {cx.t("flow-elsewhere")} }
            p { class: "hint", {cx.t("flow-elsewhere-hint")} }
            ul { class: "versions",
                for (hash , number , cases) in &page.elsewhere {
                    li {
                        {cx.w.with("flow-elsewhere-n", &[("n", (*number).into()), ("cases", (*cases).into())])}
                        " "
                        a { class: "tall", href: "/office/flows/{page.key}/move?from={hash}",
                            {cx.w.with("flow-elsewhere-move", &[("n", live.number.into())])}
                        }
                    }
                }
            }
        }
    }
}

fn take_back(cx: Cx, page: &FlowVersions) -> Element {
    let standing = |state| page.versions.iter().find(|version| version.state == state);
    let Some(gone) = standing(VersionState::Canary).or(standing(VersionState::Live)) else { return rsx! {} };
    if !page.may_approve || !page.may_take_back {
        return rsx! {};
    }
    let action = format!("/office/flows/{}/take-back", page.key);
    rsx! {
        if page.sure {
            section { class: "card alerting", id: "take-back",
                h2 { {cx.w.with("flow-take-back-sure", &[("n", gone.number.into())])} }
                p { {cx.t("flow-take-back-text")} }
                form { method: "post", action,
                    {cx.form_id()}
                    {hidden("sure", "yes")}
                    button { class: "button danger", r#type: "submit", {cx.t("flow-take-back-go")} }
                    a { class: "button plain", href: "/office/flows/{page.key}", {cx.t("flow-take-back-not")} }
                }
            }
        } else {
            form { class: "search", method: "post", action,
                {cx.form_id()}
                button { class: "button small", r#type: "submit",
                    {cx.w.with("flow-take-back", &[("n", gone.number.into())])}
                }
            }
        }
    }
}

fn comparison(cx: Cx, page: &FlowVersions, compared: &Compared) -> Element {
    let number = |hash: &str| {
        page.versions.iter().find(|version| version.hash == hash).map_or(0, |version| version.number)
    };
    let choices: Vec<Choice> = page
        .versions
        .iter()
        .map(|version| Choice {
            value: version.hash.clone(),
            label: format!("{} · {}", version_name(cx, version), short(&version.hash)),
        })
        .collect();
    let (from, to) = (cx.t("flow-compare-from"), cx.t("flow-compare-to"));
    let field = |name, label, value| TextField { name, label, value, ..TextField::default() };
    let title = cx.w.with(
        "flow-compare-title",
        &[("from", number(&compared.from).into()), ("to", number(&compared.to).into())],
    );
    rsx! {
        section { class: "card", aria_labelledby: "compared",
            h2 { id: "compared", "{title}" }
            form { class: "search", method: "get", action: "/office/flows/{page.key}",
                {select_field(cx.problems(), field("from", &from, &compared.from), &choices, None)}
                {select_field(cx.problems(), field("to", &to, &compared.to), &choices, None)}
                button { class: "button second", r#type: "submit", {cx.t("flow-compare-go")} }
            }
            if compared.lines.is_empty() {
                p { class: "empty", {cx.t("flow-compare-same")} }
            } else {
                ul { class: "diff",
                    for (mark , line) in &compared.lines {
                        li { class: "{mark}", "{line}" }
                    }
                }
                {framed(&compared.picture, &cx.t("flow-picture"))}
                if let Some(replay) = &compared.replay {
                    {replayed(cx, replay)}
                }
            }
        }
    }
}
