//! One device: what is not yet safe on it and why, its connections, and what can be done. `revoke` posts `how`, `take-over`
//! posts `document`.

use super::{
    Cx,
    devices::{DeviceRow, EVENTS, LIST, as_of, perhaps, rescue, standing},
};
use crate::components::{amounts::size, moment::Moment};
use crate::texts::problem_short;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// Something that is not yet safe.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnsafeRow {
    /// The application: the beginning of its id.
    pub application: String,
    /// The case that it became: id and number.
    pub case: Option<(String, String)>,
    /// `change`, `submission` or `photo`.
    pub what: String,
    /// `waiting`, `sending` or `aside`.
    pub state: String,
    /// The code of why it is set aside.
    pub why: Option<String>,
    /// How many alike.
    pub count: u32,
    /// Bytes of a photo.
    pub bytes: u64,
}

/// What a revoked device handed over of one application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandedOverRow {
    /// The application's id.
    pub document: String,
    /// The beginning of it.
    pub application: String,
    /// The case that it became: id and number.
    pub case: Option<(String, String)>,
    /// How many changes.
    pub changes: u32,
    /// When the last of them came.
    pub received: Moment,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VisitRow {
    /// When it came.
    pub came: Moment,
    /// When it was gone; `None` while it is there.
    pub left: Option<Moment>,
    /// Changes it brought.
    pub pushed: u64,
    /// What was not taken.
    pub refused: u64,
    /// Changes it was sent.
    pub pulled: u64,
    /// Receipts it was given.
    pub handed_in: u64,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// How it stands.
    pub row: DeviceRow,
    /// When it was enrolled.
    pub enrolled: Moment,
    /// When it last said how it stands.
    pub reported: Option<Moment>,
    /// The version of its app.
    pub app: Option<String>,
    /// Its storage is kept when space runs short.
    pub kept: Option<bool>,
    /// Bytes that are free.
    pub free: Option<u64>,
    /// How far its clock is ahead, seconds.
    pub ahead_s: Option<i64>,
    /// Until when it may work without a network.
    pub lease_until: Option<Moment>,
    /// The lease is over.
    pub lease_over: bool,
    /// When it was taken out of use.
    pub revoked_at: Option<Moment>,
    /// Items that went with it, where it was stolen.
    pub lost: Option<u32>,
    /// Items that are set aside on it.
    pub aside: u32,
    /// What is not yet safe.
    pub items: Vec<UnsafeRow>,
    /// What it handed over.
    pub handed_over: Vec<HandedOverRow>,
    /// Its newest connections.
    pub visits: Vec<VisitRow>,
    /// When this was read.
    pub as_of: Moment,
}

pub(super) fn page(cx: Cx, page: &Device) -> Element {
    let row = &page.row;
    rsx! {
        p { class: "links",
            a { href: LIST, {cx.t("devices-all")} }
        }
        div { id: "fresh", "data-events": EVENTS, "data-here": "{LIST}/{row.device}",
            {as_of(cx, &page.as_of)}
            p { {standing(cx, row)} }
            if row.is_erased() {
                p { class: "banner warn", {cx.t("device-erased")} }
            }
            if !row.alarms.is_empty() {
                ul { class: "alarms",
                    for alarm in &row.alarms {
                        li { {cx.t(&format!("device-do-{alarm}"))} }
                    }
                }
            }
            {facts(cx, page)}
            {items(cx, page)}
            if !page.handed_over.is_empty() {
                {handed_over(cx, page)}
            }
            {visits(cx, &page.visits)}
        }
        {acts(cx, page)}
    }
}

fn facts(cx: Cx, page: &Device) -> Element {
    let row = &page.row;
    let fact = |label: &str, value: Element| {
        rsx! {
            div {
                dt { {cx.t(label)} }
                dd { {value} }
            }
        }
    };
    let storage = match page.kept {
        None => cx.t("device-storage-unknown"),
        Some(true) => cx.t("device-storage-kept"),
        Some(false) => cx.t("device-storage-risk"),
    };
    rsx! {
        section { class: "card",
            h2 { {cx.t("device-facts")} }
            dl { class: "facts",
                {fact("device-owner", rsx! { "{row.owner}" })}
                {fact("device-enrolled", page.enrolled.element())}
                {fact("col-seen", perhaps(row.last_seen.as_ref()))}
                {fact("device-said", perhaps(page.reported.as_ref()))}
                {fact("device-app", rsx! { {page.app.clone().unwrap_or_else(|| "–".into())} })}
                if row.photo_bytes > 0 {
                    {fact("devices-photos", rsx! { {size(row.photo_bytes)} })}
                }
                {fact("col-behind", rsx! { "{row.behind}" })}
                {fact(
                    "device-storage",
                    rsx! {
                        "{storage}"
                        if let Some(free) = page.free {
                            " · "
                            {cx.w.with("device-free", &[("size", size(free).into())])}
                        }
                    },
                )}
                if let Some(ahead) = page.ahead_s {
                    {fact("device-clock", rsx! { {clock(cx, ahead)} })}
                }
                if let Some(until) = &page.lease_until {
                    {fact(
                        "device-lease",
                        rsx! {
                            {until.element()}
                            if page.lease_over {
                                " "
                                span { class: "muted", {cx.t("device-lease-over")} }
                            }
                        },
                    )}
                }
                if let Some(at) = &page.revoked_at {
                    {fact("device-revoked-at", at.element())}
                }
                if let Some(lost) = page.lost {
                    {fact("device-lost", rsx! { "{lost}" })}
                }
            }
        }
    }
}

fn clock(cx: Cx, ahead_s: i64) -> String {
    match ahead_s {
        -5..=5 => cx.t("device-clock-right"),
        ahead if ahead > 0 => cx.w.with("device-clock-ahead", &[("n", ahead.into())]),
        behind => cx.w.with("device-clock-behind", &[("n", (-behind).into())]),
    }
}

fn application(cx: Cx, application: &str, case: Option<&(String, String)>) -> Element {
    rsx! {
        code { "{application}" }
        if let Some((id, number)) = case {
            " "
            {cx.case_link(id, number)}
        }
    }
}

fn items(cx: Cx, page: &Device) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "unsafe",
            h2 { id: "unsafe", {cx.t("device-unsafe")} }
            if page.items.is_empty() {
                p { class: "empty", {cx.t(if page.row.unsynced > 0 { "device-unsafe-unknown" } else { "device-unsafe-none" })} }
            } else {
                table { class: "rows",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("col-application")} }
                            th { scope: "col", {cx.t("col-item")} }
                            th { scope: "col", {cx.t("col-standing")} }
                            th { scope: "col", {cx.t("col-why")} }
                        }
                    }
                    tbody {
                        for item in &page.items {
                            tr {
                                th { scope: "row", {application(cx, &item.application, item.case.as_ref())} }
                                td { "data-label": cx.t("col-item"),
                                    {cx.w.with(&format!("device-item-{}", item.what), &[("n", item.count.into())])}
                                    if item.bytes > 0 {
                                        small { {size(item.bytes)} }
                                    }
                                }
                                td { "data-label": cx.t("col-standing"),
                                    span { class: if item.state == "aside" { "state over" } else { "state" },
                                        {cx.t(&format!("device-state-{}", item.state))}
                                    }
                                }
                                td { "data-label": cx.t("col-why"), {why(cx, item.why.as_deref())} }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// In the words that the advisor reads on the device; a code that has none is shown itself.
fn why(cx: Cx, code: Option<&str>) -> String {
    let Some(code) = code else { return "–".to_owned() };
    let own = cx.w.find(&format!("device-problem-{}", code.replace('_', "-")));
    own.or_else(|| problem_short(code, cx.view.lang)).unwrap_or_else(|| code.to_owned())
}

fn handed_over(cx: Cx, page: &Device) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "handed-over",
            h2 { id: "handed-over", {cx.t("device-handed-over")} }
            p { class: "muted", {cx.t("device-handed-over-lead")} }
            table { class: "rows",
                thead {
                    tr {
                        th { scope: "col", {cx.t("col-application")} }
                        th { scope: "col", {cx.t("col-changes")} }
                        th { scope: "col", {cx.t("col-received")} }
                        th { scope: "col", {cx.t("col-do")} }
                    }
                }
                tbody {
                    for row in &page.handed_over {
                        tr {
                            th { scope: "row", {application(cx, &row.application, row.case.as_ref())} }
                            td { "data-label": cx.t("col-changes"), "{row.changes}" }
                            td { "data-label": cx.t("col-received"), {row.received.element()} }
                            td { "data-label": cx.t("col-do"),
                                form { method: "post", action: "{LIST}/{page.row.device}/take-over",
                                    {cx.form_id()}
                                    input { r#type: "hidden", name: "document", value: "{row.document}" }
                                    button { class: "button small second", r#type: "submit", {cx.t("device-take-over")} }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn visits(cx: Cx, visits: &[VisitRow]) -> Element {
    rsx! {
        section { class: "list", aria_labelledby: "visits",
            h2 { id: "visits", {cx.t("device-visits")} }
            if visits.is_empty() {
                p { class: "empty", {cx.t("device-visits-none")} }
            } else {
                table { class: "rows",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("col-came")} }
                            th { scope: "col", {cx.t("col-left")} }
                            th { scope: "col", class: "sum", {cx.t("col-pushed")} }
                            th { scope: "col", class: "sum", {cx.t("col-refused")} }
                            th { scope: "col", class: "sum", {cx.t("col-pulled")} }
                            th { scope: "col", class: "sum", {cx.t("col-receipts")} }
                        }
                    }
                    tbody {
                        for visit in visits {
                            tr {
                                th { scope: "row", {visit.came.element()} }
                                td { "data-label": cx.t("col-left"),
                                    if let Some(left) = &visit.left {
                                        {left.element()}
                                    } else {
                                        span { class: "state open", {cx.t("device-connected")} }
                                    }
                                }
                                td { class: "sum", "data-label": cx.t("col-pushed"), "{visit.pushed}" }
                                td { class: "sum", "data-label": cx.t("col-refused"), "{visit.refused}" }
                                td { class: "sum", "data-label": cx.t("col-pulled"), "{visit.pulled}" }
                                td { class: "sum", "data-label": cx.t("col-receipts"), "{visit.handed_in}" }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn acts(cx: Cx, page: &Device) -> Element {
    let device = &page.row.device;
    let revoke = |how: &'static str, label: &str, says: &str, class: &'static str| {
        rsx! {
            details { class: "acts",
                summary { {cx.t(label)} }
                p { {cx.w.with(says, &[("n", page.row.unsynced.into())])} }
                form { method: "post", action: "{LIST}/{device}/revoke",
                    {cx.form_id()}
                    input { r#type: "hidden", name: "how", value: how }
                    button { class, r#type: "submit", {cx.t(label)} }
                }
            }
        }
    };
    rsx! {
        section { class: "list", aria_labelledby: "device-acts",
            h2 { id: "device-acts", {cx.t("device-acts")} }
            {rescue(cx)}
            if page.row.revoked.is_none() && page.aside > 0 {
                form { method: "post", action: "{LIST}/{device}/offer-again",
                    {cx.form_id()}
                    p { {cx.t("device-offer-again-says")} }
                    button { class: "button second", r#type: "submit", {cx.t("device-offer-again")} }
                }
            }
            if page.row.revoked.is_none() {
                {revoke("hand_over", "device-revoke", "device-revoke-says", "button second")}
            }
            if !page.row.is_erased() {
                {revoke("erase", "device-erase", "device-erase-says", "button danger")}
            }
        }
    }
}
