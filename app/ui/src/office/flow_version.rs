//! One version of a flow: who composed and approved it, and the forms that approve, release and go on from it.

use super::Cx;
use super::flows::{Acted, FlowVersions, VersionLine, draft_from, state, version_name};
use crate::components::form::{described_by, field_error, hint};
use dioxus::prelude::*;
use shared::protocol::flows::VersionState;

pub(super) fn version_card(cx: Cx, page: &FlowVersions, version: &VersionLine) -> Element {
    let short = short(&version.hash);
    let acted = page.acted.as_ref().filter(|acted| acted.hash == version.hash);
    let ended = version.ended_why.as_deref().filter(|_| version.state == VersionState::TakenBack);
    let may_release = page.may_approve
        && matches!(version.state, VersionState::Approved | VersionState::TakenBack | VersionState::Canary);
    rsx! {
        section { class: "card", id: "v{version.number}", aria_labelledby: "v{version.number}-name",
            h3 { id: "v{version.number}-name",
                {version_name(cx, version)}
                " "
                {state(cx, version)}
            }
            p { class: "muted",
                code { title: "{version.hash}", "{short}" }
                " · {version.author} · "
                {version.submitted.element()}
            }
            if !version.note.is_empty() {
                p { "{version.note}" }
            }
            if let Some((who, when, words)) = &version.decided {
                p { class: "muted",
                    {cx.w.with("flow-decided", &[("who", who.as_str().into())])}
                    " · "
                    {when.element()}
                }
                if !words.is_empty() {
                    p { "{words}" }
                }
            }
            if let Some(why) = ended {
                p { {cx.t(ended_key(why))} }
            }
            p { class: "links",
                if version.state != VersionState::Live {
                    a { href: "/office/flows/{page.key}?to={version.hash}", {cx.t("flow-compare-live")} }
                }
                a { href: "/api/v1/flows/versions/{version.hash}", {cx.t("flow-file")} }
            }
            if page.may_approve && version.state == VersionState::Waiting {
                if version.own {
                    p { class: "hint", {cx.t("flow-own")} }
                } else {
                    {decision(cx, version, acted)}
                }
            }
            if may_release {
                {release(cx, page, version, acted)}
            }
            if page.may_compose {
                {draft_from(cx, version)}
            }
        }
    }
}

fn ended_key(why: &str) -> &'static str {
    match why {
        "errors" => "flow-ended-errors",
        "slow" => "flow-ended-slow",
        "drift" => "flow-ended-drift",
        _ => "flow-ended-by-person",
    }
}

fn decide(cx: Cx, class: &str, value: &str, key: &str) -> Element {
    rsx! {
        button { class: "button {class}", r#type: "submit", name: "decision", value, {cx.t(key)} }
    }
}

fn decision(cx: Cx, version: &VersionLine, acted: Option<&Acted>) -> Element {
    let reason =
        Of { name: "reason", label: "flow-reason", hint: "flow-reason-hint", usual: "", longest: 500 };
    rsx! {
        form {
            class: "decide",
            method: "post",
            action: "/office/flows/versions/{version.hash}/decide",
            novalidate: true,
            {cx.form_id()}
            {field(cx, version, acted.map(|acted| acted.reason.as_str()), reason)}
            div { class: "pair",
                {decide(cx, "main", "approve", "flow-approve")}
                {decide(cx, "danger", "refuse", "flow-refuse")}
            }
        }
    }
}

fn release(cx: Cx, page: &FlowVersions, version: &VersionLine, acted: Option<&Acted>) -> Element {
    let share =
        Of { name: "share_percent", label: "flow-share", hint: "flow-share-hint", usual: "100", longest: 3 };
    let regions =
        Of { name: "regions", label: "flow-regions", hint: "flow-regions-hint", usual: "", longest: 120 };
    rsx! {
        details { class: "acts", open: acted.is_some(),
            summary { {cx.w.with("flow-release-this", &[("n", version.number.into())])} }
            form {
                method: "post",
                action: "/office/flows/versions/{version.hash}/release",
                novalidate: true,
                {cx.form_id()}
                {field(cx, version, acted.map(|acted| acted.share.as_str()), share)}
                {field(cx, version, acted.map(|acted| acted.regions.as_str()), regions)}
                {band(cx, page, version, acted)}
                button { class: "button main", r#type: "submit", {cx.t("flow-release")} }
            }
        }
    }
}

/// When a canary takes itself back.
fn band(cx: Cx, page: &FlowVersions, version: &VersionLine, acted: Option<&Acted>) -> Element {
    let error = acted.and_then(|_| cx.problems().of("band"));
    let usual = page.usual_band;
    let usual = [
        usual.least_cases.to_string(),
        usual.most_errors_percent.to_string(),
        usual.most_approval_drift_points.to_string(),
        usual.most_p95_ms.to_string(),
    ];
    let names = [
        ("least_cases", "flow-band-cases"),
        ("most_errors_percent", "flow-band-errors"),
        ("most_approval_drift_points", "flow-band-drift"),
        ("most_p95_ms", "flow-band-p95"),
    ];
    rsx! {
        details { class: "band", id: error.is_some().then_some("band"), open: error.is_some(),
            summary { {cx.t("flow-band")} }
            p { class: "hint", {cx.t("flow-band-hint")} }
            {field_error("band", error.as_deref())}
            for (at , (name , label)) in names.into_iter().enumerate() {
                div { class: "field",
                    label { r#for: "{name}-{version.number}", {cx.t(label)} }
                    input {
                        id: "{name}-{version.number}",
                        name,
                        r#type: "text",
                        inputmode: "numeric",
                        class: "w-money",
                        value: acted.map_or(&usual[at], |acted| &acted.band[at]).as_str(),
                        maxlength: 6,
                        autocomplete: "off",
                    }
                }
            }
        }
    }
}

/// A field that several versions on the page have.
#[derive(Clone, Copy)]
struct Of {
    name: &'static str,
    label: &'static str,
    hint: &'static str,
    usual: &'static str,
    longest: i64,
}

/// The field of the version that was acted on bears its plain name, so that the summary's line leads to it.
fn field(cx: Cx, version: &VersionLine, typed: Option<&str>, of: Of) -> Element {
    let id = match typed {
        Some(_) => of.name.to_owned(),
        None => format!("{}-{}", of.name, version.number),
    };
    let error = typed.and_then(|_| cx.problems().of(of.name));
    let value = typed.unwrap_or(of.usual);
    let described = described_by(&id, true, error.is_some());
    let invalid = error.is_some().then_some("true");
    rsx! {
        div { class: if error.is_some() { "field bad" } else { "field" },
            label { r#for: "{id}", {cx.t(of.label)} }
            {hint(&id, Some(&cx.t(of.hint)))}
            {field_error(&id, error.as_deref())}
            if of.name == "reason" {
                textarea {
                    id: "{id}",
                    name: of.name,
                    rows: 2,
                    maxlength: of.longest,
                    aria_invalid: invalid,
                    aria_describedby: described,
                    "{value}"
                }
            } else {
                input {
                    id: "{id}",
                    name: of.name,
                    r#type: "text",
                    class: "w-money",
                    value,
                    maxlength: of.longest,
                    autocomplete: "off",
                    aria_invalid: invalid,
                    aria_describedby: described,
                }
            }
        }
    }
}

/// Enough of a hash for two people to compare it.
pub(super) fn short(hash: &str) -> &str {
    hash.get(..12).unwrap_or(hash)
}
