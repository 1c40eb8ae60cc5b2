//! One case to settle: the photo, what differs, the path so far, and the decision. Posts to `/office/cases/{id}/decide`:
//! `action` = `approve` | `decline` | `request` | `change` | `visit`, `code` for a decline, `ask_photo`, `ask_confirm_name` …
//! (ticked) for a request, `down_payment` (yuan) and `months` for a change, `address` and `vehicle` (ticked) for a visit, `reason`, hidden `revision` (what the reviewer saw).

use super::{
    Cx,
    dossier::{self, Dossier},
    holding::{self, CaseHold, DECLINE_CODES, decline_text},
    queue,
};
use crate::components::{
    amounts::{took, yuan_short},
    cutout::{Cutout, cutout},
    facts::{Fact, facts},
    form::{Choice, TextField, field_error, hidden, select_field, text_area, text_field},
    icons::{Icon, icon},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// How the sources of one field agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Match {
    /// All that is known agrees.
    Same,
    /// At least two sources differ.
    Differs,
    /// Something is missing, so nothing can be compared.
    Unknown,
}

/// One field with its sources side by side. Empty text: that source says nothing.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldCheck {
    /// The field in words.
    pub label: String,
    /// As typed or confirmed by the customer.
    pub typed: String,
    /// As read from the card.
    pub read: String,
    /// How sure the reader is, such as `93 %`; empty when not read.
    pub confidence: String,
    /// As the real-name partner says.
    pub partner: String,
    /// Picture of just this field, where it was found.
    pub crop: Option<Cutout>,
    /// Whether they agree.
    pub agreement: Match,
}

impl std::fmt::Debug for FieldCheck {
    /// Without the values: they are personal data.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FieldCheck")
            .field("label", &self.label)
            .field("agreement", &self.agreement)
            .finish_non_exhaustive()
    }
}

/// One block of the path so far.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineBlock {
    /// The block's name in words.
    pub name: String,
    /// Its outcome in words.
    pub outcome: String,
    /// A remark, such as the rule that decided; empty when there is none.
    pub remark: String,
    /// How long it took, in milliseconds; none while it runs.
    pub ms: Option<u64>,
    /// When it ended or began.
    pub at: Moment,
    /// Needs a look: a failure, a timeout, a mismatch.
    pub notable: bool,
}

/// What the reviewer can have the customer asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MayRequest {
    /// Nothing: the flow has no such way.
    Nothing,
    /// What the flow asks for next.
    Next,
    /// Any of these (`photo`, `confirm_reading`, `confirm_name`, `phone`), and whether each is ticked.
    Chosen(Vec<(String, bool)>),
}

/// Other terms that the reviewer may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherTerms {
    /// Down payment as it is, in fen.
    pub down_payment_now_fen: i64,
    /// Months as they are, where a term is known.
    pub months_now: Option<u32>,
    /// Down payment as typed, in yuan.
    pub down_payment: String,
    /// From where to where, in fen.
    pub down_payment_between_fen: (i64, i64),
    /// Months as typed.
    pub months: String,
    /// From where to where.
    pub months_between: (u32, u32),
    /// Shown at once: something was typed before.
    pub open: bool,
}

/// How the case was settled already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// The decision in words.
    pub decision: String,
    /// Why it was declined, in words; empty for other decisions.
    pub code: String,
    /// By whom.
    pub who: String,
    /// The reason given.
    pub reason: String,
    /// When.
    pub at: Moment,
}

/// What the page of one case shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReviewCase {
    /// Case id, for the address.
    pub case: String,
    /// Case number.
    pub case_number: String,
    /// Revision of the case that is shown.
    pub revision: String,
    /// Why it waits, one sentence each: the mismatch lines.
    pub reasons: Vec<String>,
    /// The customer's own words when they asked for a person.
    pub customer_note: Option<String>,
    /// Product, vehicle, amounts.
    pub request: Vec<Fact>,
    /// Amount to finance, in fen.
    pub amount_fen: i64,
    /// Our copy of the photo.
    pub photo_url: Option<String>,
    /// Its width and height, pixels: room is kept for it before it has come.
    pub photo_size: Option<(u32, u32)>,
    /// What was measured of the photo, such as sharpness, in words.
    pub photo_quality: Vec<Fact>,
    /// Each field with its sources.
    pub checks: Vec<FieldCheck>,
    /// The path so far, oldest first.
    pub timeline: Vec<TimelineBlock>,
    /// When an answer is due.
    pub due: Moment,
    /// The due time has passed.
    pub overdue: bool,
    /// Whole minutes until it is due; negative once it is over.
    pub minutes_left: i64,
    /// Who works on it, and what was decided a moment ago.
    pub hold: CaseHold,
    /// How it was settled, if it was.
    pub decided: Option<Decided>,
    /// What a visit has to see (`address`, `vehicle`); empty where the case waits for a decision.
    pub visit: Vec<String>,
    /// Nothing is to be decided now: the case is with the customer or the system, or over.
    pub waits_elsewhere: bool,
    /// This person may decide.
    pub may_decide: bool,
    /// The reason typed before.
    pub reason: String,
    /// The code for a decline chosen before.
    pub code: String,
    /// What the customer can be asked for.
    pub may_request: MayRequest,
    /// Other terms, where the flow lets the reviewer set them.
    pub other_terms: Option<OtherTerms>,
    /// How it stands, its contract, and why funders and plans were excluded.
    pub dossier: Dossier,
}

pub(super) fn page(cx: Cx, case: &ReviewCase) -> Element {
    rsx! {
        p { class: "muted",
            if !case.waits_elsewhere {
                {cx.t("case-due")}
                " "
                {queue::due(cx, &case.due, case.overdue, Some(case.minutes_left))}
                " · "
            }
            {yuan_short(case.amount_fen)}
            " · "
            a { href: "/office/cases/{case.case}/record", {cx.t("record-link")} }
        }
        if !case.waits_elsewhere {
            {holding::fresh(cx, &case.hold)}
        }
        div { class: "panes case",
            div {
                if !case.waits_elsewhere {
                    {why(cx, case)}
                }
                {checks(cx, case)}
                {photo(cx, case)}
                {dossier::exclusions(cx, &case.dossier)}
            }
            div {
                {decision(cx, case)}
                {dossier::standing(cx, &case.dossier)}
                section { class: "card",
                    h2 { {cx.t("case-facts")} }
                    {facts(&case.request)}
                }
                {timeline(cx, &case.timeline)}
            }
        }
        if !case.waits_elsewhere && case.may_decide {
            {queue::keys(cx, &["r", "a", "d", "t", "u", "esc"])}
        }
    }
}

fn why(cx: Cx, case: &ReviewCase) -> Element {
    rsx! {
        section { class: "card alerting",
            h2 {
                {icon(Icon::Alert)}
                {cx.t("case-why")}
            }
            ul {
                for reason in &case.reasons {
                    li { "{reason}" }
                }
            }
            if let Some(note) = &case.customer_note {
                p {
                    {cx.t("case-note")}
                    " "
                    q { "{note}" }
                }
            }
        }
    }
}

fn photo(cx: Cx, case: &ReviewCase) -> Element {
    rsx! {
        section { class: "card",
            h2 { {cx.t("case-photo")} }
            if let Some(url) = &case.photo_url {
                a { class: "photo-link", href: "{url}", target: "_blank", rel: "noopener noreferrer",
                    img {
                        class: "evidence",
                        src: "{url}",
                        width: case.photo_size.map(|(width, _)| i64::from(width)),
                        height: case.photo_size.map(|(_, height)| i64::from(height)),
                        alt: cx.t("case-photo-alt"),
                    }
                    span { {cx.t("case-photo-large")} }
                }
            } else {
                p { class: "empty", {cx.t("case-no-photo")} }
            }
            {facts(&case.photo_quality)}
        }
    }
}

fn checks(cx: Cx, case: &ReviewCase) -> Element {
    rsx! {
        section { class: "card",
            h2 { {cx.t("case-checks")} }
            table { class: "rows checks",
                thead {
                    tr {
                        th { scope: "col", {cx.t("check-field")} }
                        th { scope: "col", {cx.t("check-typed")} }
                        th { scope: "col", {cx.t("check-read")} }
                        th { scope: "col", {cx.t("check-partner")} }
                        th { scope: "col", {cx.t("check-match")} }
                    }
                }
                tbody {
                    for check in &case.checks {
                        {check_row(cx, check)}
                    }
                }
            }
            {dossier::reveal(cx, &case.case, case.dossier.sight)}
        }
    }
}

fn check_row(cx: Cx, check: &FieldCheck) -> Element {
    let (word, class) = match check.agreement {
        Match::Same => ("match-same", "state signed"),
        Match::Differs => ("match-differs", "state over"),
        Match::Unknown => ("match-unknown", "state ended"),
    };
    let said = |text: &str| if text.is_empty() { "–".to_owned() } else { text.to_owned() };
    rsx! {
        tr {
            th { scope: "row", "{check.label}" }
            td { "data-label": cx.t("check-typed"), {said(&check.typed)} }
            td { "data-label": cx.t("check-read"),
                {said(&check.read)}
                if !check.confidence.is_empty() {
                    small { "{check.confidence}" }
                }
                if let Some(part) = &check.crop {
                    {cutout(part, &cx.w.with("check-crop", &[("field", check.label.as_str().into())]))}
                }
            }
            td { "data-label": cx.t("check-partner"), {said(&check.partner)} }
            td { "data-label": cx.t("check-match"),
                span { class, {cx.t(word)} }
            }
        }
    }
}

fn decision(cx: Cx, case: &ReviewCase) -> Element {
    if let Some(decided) = &case.decided {
        return rsx! {
            section { class: "card",
                h2 { {cx.t("case-decided")} }
                p {
                    strong { "{decided.decision}" }
                    if !decided.code.is_empty() {
                        " · {decided.code}"
                    }
                    " · {decided.who} · "
                    {decided.at.element()}
                }
                p { class: "quote", "{decided.reason}" }
            }
        };
    }
    if case.waits_elsewhere {
        return rsx! {
            p { class: "empty", {cx.t("case-not-here")} }
        };
    }
    if !case.may_decide {
        return rsx! {
            p { class: "empty", {cx.t("case-may-not")} }
        };
    }
    if case.hold.pending.is_some() {
        return rsx! {};
    }
    if case.hold.holding.is_anothers() {
        return rsx! {
            p { class: "empty", {cx.t("case-anothers")} }
        };
    }
    let (label, hint) = match case.visit.is_empty() {
        true => (cx.t("case-reason"), cx.t("case-reason-hint")),
        false => (cx.t("visit-note"), cx.t("visit-note-hint")),
    };
    let reason = TextField {
        name: "reason",
        label: &label,
        hint: Some(&hint),
        value: &case.reason,
        longest: 500,
        required: true,
        ..TextField::default()
    };
    rsx! {
        section { class: "card form",
            h2 { {cx.t(if case.visit.is_empty() { "case-decide" } else { "visit-title" })} }
            form { method: "post", action: "/office/cases/{case.case}/decide", novalidate: true,
                {cx.form_id()}
                {hidden("revision", &case.revision)}
                if case.visit.is_empty() {
                    {text_area(cx.problems(), reason)}
                    {request_again(cx, &case.may_request)}
                    if let Some(terms) = &case.other_terms {
                        {other_terms(cx, terms)}
                    }
                    button {
                        class: "button main",
                        r#type: "submit",
                        name: "action",
                        value: "approve",
                        "data-key": "a",
                        {cx.t("case-approve")}
                    }
                    {decline(cx, case)}
                } else {
                    {seen(cx, &case.visit)}
                    {text_area(cx.problems(), reason)}
                    div { class: "decisions",
                        button { class: "button main", r#type: "submit", name: "action", value: "visit", {cx.t("visit-send")} }
                    }
                }
            }
        }
    }
}

/// A decline says why from a list, so that it can be counted.
fn decline(cx: Cx, case: &ReviewCase) -> Element {
    let (label, lang) = (cx.t("decline-code"), cx.w.0);
    let code = TextField { name: "code", label: &label, value: &case.code, ..TextField::default() };
    let codes = DECLINE_CODES.map(|code| Choice { value: code.to_owned(), label: decline_text(code, lang) });
    rsx! {
        div { class: "decline",
            {select_field(cx.problems(), code, &codes, Some(&cx.t("decline-code-none")))}
            button {
                class: "button danger",
                r#type: "submit",
                name: "action",
                value: "decline",
                "data-key": "d",
                {cx.t("case-decline")}
            }
        }
    }
}

/// What was seen: what is not ticked was not as stated.
fn seen(cx: Cx, visit: &[String]) -> Element {
    rsx! {
        fieldset {
            legend { {cx.t("visit-seen")} }
            div { class: "choices",
                for what in visit {
                    label { class: "tick", r#for: "seen-{what}",
                        input { r#type: "checkbox", id: "seen-{what}", name: "{what}", value: "yes" }
                        span { {cx.t(if what == "address" { "visit-address" } else { "visit-vehicle" })} }
                    }
                }
            }
        }
    }
}

/// What the customer is asked for, and its button; it comes after the reason so that Enter in the reason's field cannot
/// decide. Where the flow says what is asked there is nothing to choose.
fn request_again(cx: Cx, may: &MayRequest) -> Element {
    let button = rsx! {
        button { class: "button second", r#type: "submit", name: "action", value: "request", {cx.t("case-request")} }
    };
    match may {
        MayRequest::Nothing => rsx! {},
        MayRequest::Next => button,
        MayRequest::Chosen(things) => rsx! {
            fieldset { class: "request-again", id: "what", tabindex: "-1",
                legend { {cx.t("case-request-legend")} }
                {field_error("what", cx.problems().of("what").as_deref())}
                div { class: "choices",
                    for (what , ticked) in things {
                        label { class: "tick", r#for: "ask_{what}",
                            input {
                                r#type: "checkbox",
                                id: "ask_{what}",
                                name: "ask_{what}",
                                value: "yes",
                                checked: *ticked,
                            }
                            span { {cx.t(request_words(what))} }
                        }
                    }
                }
                {button}
            }
        },
    }
}

fn request_words(what: &str) -> &'static str {
    match what {
        "photo" => "case-request-photo",
        "phone" => "case-request-phone",
        "confirm_name" => "case-request-name",
        _ => "case-request-reading",
    }
}

/// Other terms within what the flow allows, folded: most cases need none.
fn other_terms(cx: Cx, terms: &OtherTerms) -> Element {
    let (down, months) = (cx.t("terms-down-payment"), cx.t("terms-months"));
    let (least, most) = terms.down_payment_between_fen;
    let down_hint = cx.w.with(
        "terms-down-payment-hint",
        &[
            ("least", yuan_short(least).into()),
            ("most", yuan_short(most).into()),
            ("now", yuan_short(terms.down_payment_now_fen).into()),
        ],
    );
    let (shortest, longest) = terms.months_between;
    let now = terms.months_now.map_or_else(|| "–".to_owned(), |months| months.to_string());
    let months_hint = cx.w.with(
        "terms-months-hint",
        &[("least", shortest.into()), ("most", longest.into()), ("now", now.into())],
    );
    let field = |name, label, hint, value, longest| TextField {
        name,
        label,
        hint: Some(hint),
        value,
        longest,
        keypad: "decimal",
        class: "w-money",
        ..TextField::default()
    };
    rsx! {
        details { class: "request-again", open: terms.open,
            summary { {cx.t("terms-title")} }
            div { class: "other-terms",
                p { class: "hint", {cx.t("terms-hint")} }
                {text_field(cx.problems(), field("down_payment", &down, &down_hint, &terms.down_payment, 12))}
                {text_field(cx.problems(), field("months", &months, &months_hint, &terms.months, 3))}
                button { class: "button second", r#type: "submit", name: "action", value: "change", {cx.t("terms-go")} }
            }
        }
    }
}

fn timeline(cx: Cx, blocks: &[TimelineBlock]) -> Element {
    rsx! {
        section { class: "card",
            h2 { {cx.t("case-timeline")} }
            ol { class: "timeline",
                for block in blocks {
                    li { class: if block.notable { "notable" } else { "" },
                        p {
                            strong { "{block.name}" }
                            " {block.outcome}"
                        }
                        if !block.remark.is_empty() {
                            p { "{block.remark}" }
                        }
                        p { class: "muted",
                            {block.at.element()}
                            if let Some(ms) = block.ms {
                                " · "
                                {took(ms, cx.w)}
                            }
                        }
                    }
                }
            }
        }
    }
}
