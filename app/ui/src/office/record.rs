//! Everything that happened on one case: the steps with what each rule saw and gave, what people did to them, consents,
//! documents, offers, and the audit trail. What can be done to the step that the case is in posts to
//! `/office/cases/{id}/step` (`action` = `hurry` | `more_time`, `revision`, `why`).

use super::Cx;
use crate::components::{
    amounts::took,
    form::{TextField, hidden, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// A step that the case is in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrentStep {
    /// The block and visit, for the form.
    pub revision: String,
    /// The block's kind in words.
    pub name: String,
    /// Who is waited for, in words.
    pub waits_for: String,
    /// Until when.
    pub due: Moment,
    /// What the reader may do with it: `hurry` or `more_time`.
    pub may: Option<String>,
}

/// A rule that fired.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FiredRule {
    /// Its number in the table, from 1.
    pub rule: u64,
    /// Its description.
    pub note: String,
    /// The facts it tested, with the values found.
    pub saw: Vec<(String, String)>,
    /// What it gave.
    pub gave: Vec<(String, String)>,
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordStep {
    /// The block's own id, with the visit where it was entered before.
    pub block: String,
    /// Its kind in words.
    pub name: String,
    /// How it ended, in words.
    pub outcome: String,
    /// Whom it asked; empty where it asked nobody.
    pub partner: String,
    /// When it began.
    pub since: Moment,
    /// How long it took, in milliseconds.
    pub ms: u64,
    /// The rules that fired.
    pub rules: Vec<FiredRule>,
}

/// What somebody with authority did to a step, or decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDeed {
    /// What, in words.
    pub what: String,
    /// To which block.
    pub block: String,
    /// Why.
    pub reason: String,
    /// Who.
    pub who: String,
    /// When.
    pub at: Moment,
}

/// A consent that was given.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordConsent {
    /// What for, in words.
    pub purpose: String,
    /// To whom.
    pub recipient: String,
    /// Which text.
    pub version: String,
    /// When it was given.
    pub given: Moment,
    /// Until when it holds.
    pub until: Moment,
    /// It no longer holds: taken back, or its time is over.
    pub is_over: bool,
}

/// A photo or a contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordDocument {
    /// What it is, in words.
    pub name: String,
    /// More of it, such as its size or hash.
    pub about: String,
    /// When it was made.
    pub at: Moment,
    /// Its address, where the reader may see it.
    pub href: Option<String>,
}

/// A row of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordAudit {
    /// When.
    pub at: Moment,
    /// Who.
    pub who: String,
    /// What, in words.
    pub action: String,
    /// Old and new values, and what else was written down.
    pub detail: Vec<(String, String)>,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseRecord {
    /// Case id, for addresses.
    pub case: String,
    /// Case number.
    pub case_number: String,
    /// The steps that it is in.
    pub now: Vec<CurrentStep>,
    /// The steps taken, oldest first.
    pub steps: Vec<RecordStep>,
    /// What people decided and did.
    pub deeds: Vec<RecordDeed>,
    /// Consents.
    pub consents: Vec<RecordConsent>,
    /// Photos and contracts, oldest first.
    pub documents: Vec<RecordDocument>,
    /// The audit trail, newest first; none for those who may not read it.
    pub audit: Option<Vec<RecordAudit>>,
    /// Address of older rows of it.
    pub older: Option<String>,
    /// What was typed as the reason.
    pub why: String,
}

pub(super) fn page(cx: Cx, record: &CaseRecord) -> Element {
    rsx! {
        p {
            a { class: "tall", href: "/office/cases/{record.case}", {cx.t("record-to-case")} }
        }
        if !record.now.is_empty() {
            {now(cx, record)}
        }
        {steps(cx, &record.steps)}
        if !record.deeds.is_empty() {
            {deeds(cx, &record.deeds)}
        }
        div { class: "panes",
            {consents(cx, &record.consents)}
            {documents(cx, &record.documents)}
        }
        if let Some(audit) = &record.audit {
            {trail(cx, audit, record.older.as_deref())}
        }
    }
}

fn now(cx: Cx, record: &CaseRecord) -> Element {
    rsx! {
        section { class: "card form", aria_labelledby: "now",
            h2 { id: "now", {cx.t("record-now")} }
            for step in &record.now {
                div { class: "step-now",
                    p {
                        strong { "{step.name}" }
                        " · {step.waits_for} · "
                        {cx.t("record-until")}
                        " "
                        {step.due.element()}
                    }
                    if let Some(may) = &step.may {
                        {steer(cx, record, step, may)}
                    }
                }
            }
        }
    }
}

fn steer(cx: Cx, record: &CaseRecord, step: &CurrentStep, may: &str) -> Element {
    let key = may.replace('_', "-");
    let (label, hint) = (cx.t("record-why"), cx.t(&format!("step-{key}-hint")));
    let why = TextField {
        name: "why",
        label: &label,
        hint: Some(&hint),
        value: &record.why,
        longest: 500,
        required: true,
        ..TextField::default()
    };
    rsx! {
        details { class: "acts", open: !record.why.is_empty() || cx.problems().of("why").is_some(),
            summary { {cx.t(&format!("step-{key}"))} }
            form { class: "wide", method: "post", action: "/office/cases/{record.case}/step", novalidate: true,
                {cx.form_id()}
                {hidden("revision", &step.revision)}
                {text_field(cx.problems(), why)}
                button { class: "button second", r#type: "submit", name: "action", value: "{may}", {cx.t(&format!("step-{key}-go"))} }
            }
        }
    }
}

fn steps(cx: Cx, steps: &[RecordStep]) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "steps",
            h2 { id: "steps", {cx.t("record-steps")} }
            if steps.is_empty() {
                p { class: "empty", {cx.t("record-none")} }
            } else {
                table { class: "rows",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("record-block")} }
                            th { scope: "col", {cx.t("record-outcome")} }
                            th { scope: "col", {cx.t("record-rules")} }
                            th { scope: "col", {cx.t("record-began")} }
                            th { scope: "col", {cx.t("record-took")} }
                        }
                    }
                    tbody {
                        for step in steps {
                            tr {
                                th { scope: "row",
                                    "{step.name}"
                                    small { "{step.block}" }
                                }
                                td { "data-label": cx.t("record-outcome"),
                                    "{step.outcome}"
                                    if !step.partner.is_empty() {
                                        small { "{step.partner}" }
                                    }
                                }
                                td { "data-label": cx.t("record-rules"), {rules(cx, &step.rules)} }
                                td { "data-label": cx.t("record-began"), {step.since.element()} }
                                td { "data-label": cx.t("record-took"), {took(step.ms, cx.w)} }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rules(cx: Cx, rules: &[FiredRule]) -> Element {
    if rules.is_empty() {
        return rsx! { span { class: "muted", "–" } };
    }
    rsx! {
        for rule in rules {
            details {
                summary {
                    {cx.w.with("record-rule", &[("n", rule.rule.into())])}
                    if !rule.note.is_empty() {
                        " · {rule.note}"
                    }
                }
                {pairs(&cx.t("record-saw"), &rule.saw)}
                {pairs(&cx.t("record-gave"), &rule.gave)}
            }
        }
    }
}

fn pairs(title: &str, pairs: &[(String, String)]) -> Element {
    if pairs.is_empty() {
        return rsx! {};
    }
    rsx! {
        p { class: "muted", "{title}" }
        ul { class: "pairs",
            for (name , value) in pairs {
                li {
                    code { "{name}" }
                    " {value}"
                }
            }
        }
    }
}

fn deeds(cx: Cx, deeds: &[RecordDeed]) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "deeds",
            h2 { id: "deeds", {cx.t("record-deeds")} }
            table { class: "rows",
                thead {
                    tr {
                        th { scope: "col", {cx.t("record-what")} }
                        th { scope: "col", {cx.t("case-reason")} }
                        th { scope: "col", {cx.t("record-who")} }
                        th { scope: "col", {cx.t("record-when")} }
                    }
                }
                tbody {
                    for deed in deeds {
                        tr {
                            th { scope: "row",
                                "{deed.what}"
                                small { "{deed.block}" }
                            }
                            td { "data-label": cx.t("case-reason"), "{deed.reason}" }
                            td { "data-label": cx.t("record-who"), "{deed.who}" }
                            td { "data-label": cx.t("record-when"), {deed.at.element()} }
                        }
                    }
                }
            }
        }
    }
}

fn consents(cx: Cx, consents: &[RecordConsent]) -> Element {
    rsx! {
        section { class: "card", aria_labelledby: "consents",
            h2 { id: "consents", {cx.t("record-consents")} }
            if consents.is_empty() {
                p { class: "empty", {cx.t("record-none")} }
            }
            ul { class: "record-list",
                for consent in consents {
                    li {
                        p {
                            strong { "{consent.purpose}" }
                            if consent.is_over {
                                " "
                                span { class: "state ended", {cx.t("record-over")} }
                            }
                        }
                        p { class: "muted",
                            "{consent.recipient} · {consent.version} · "
                            {consent.given.element()}
                            " – "
                            {consent.until.element()}
                        }
                    }
                }
            }
        }
    }
}

fn documents(cx: Cx, documents: &[RecordDocument]) -> Element {
    rsx! {
        section { class: "card", aria_labelledby: "documents",
            h2 { id: "documents", {cx.t("record-documents")} }
            if documents.is_empty() {
                p { class: "empty", {cx.t("record-none")} }
            }
            ul { class: "record-list",
                for document in documents {
                    li {
                        p {
                            if let Some(href) = &document.href {
                                a { class: "tall", href: "{href}", target: "_blank", rel: "noopener noreferrer", "{document.name}" }
                            } else {
                                strong { "{document.name}" }
                            }
                        }
                        p { class: "muted",
                            {document.at.element()}
                            if !document.about.is_empty() {
                                " · "
                                span { class: "about", "{document.about}" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn trail(cx: Cx, audit: &[RecordAudit], older: Option<&str>) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "trail",
            h2 { id: "trail", {cx.t("record-audit")} }
            p { class: "muted", {cx.t("record-audit-lead")} }
            table { class: "rows",
                thead {
                    tr {
                        th { scope: "col", {cx.t("record-when")} }
                        th { scope: "col", {cx.t("record-who")} }
                        th { scope: "col", {cx.t("record-what")} }
                        th { scope: "col", {cx.t("record-values")} }
                    }
                }
                tbody {
                    for row in audit {
                        tr {
                            th { scope: "row", {row.at.element()} }
                            td { "data-label": cx.t("record-who"), "{row.who}" }
                            td { "data-label": cx.t("record-what"), "{row.action}" }
                            td { "data-label": cx.t("record-values"),
                                if row.detail.is_empty() {
                                    span { class: "muted", "–" }
                                } else {
                                    ul { class: "pairs",
                                        for (name , value) in &row.detail {
                                            li {
                                                code { "{name}" }
                                                " {value}"
                                            }
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
            if let Some(older) = older {
                a { class: "button plain", href: "{older}", {cx.t("older")} }
            }
        }
    }
}
