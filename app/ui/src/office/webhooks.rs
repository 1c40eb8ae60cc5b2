//! Where the company's own systems are told: addresses, and what was sent to each. Adding posts `url` and `label` to
//! `/office/webhooks`, removing to `/office/webhooks/{id}/remove`, sending again to
//! `/office/webhooks/{id}/deliveries/{message}/resend`.

use super::{Cx, ShownOnce, accounts::shown_once};
use crate::components::table::heads_and;
use crate::components::{
    form::{TextField, main_button, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What of the messages is shown, in the order in which it is offered; the empty one is everything.
pub const DELIVERY_FILTERS: [&str; 4] = ["", "waiting", "delivered", "given_up"];

/// One address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookRow {
    /// Its id.
    pub id: String,
    /// What the company calls it.
    pub label: String,
    /// Where messages go.
    pub url: String,
    /// When it was entered.
    pub made: Moment,
    /// Messages that wait for their next try.
    pub waiting: i64,
    /// Messages that were given up.
    pub given_up: i64,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhooks {
    /// The addresses, the oldest first.
    pub rows: Vec<WebhookRow>,
    /// What was typed before: the address and its name.
    pub typed: (String, String),
    /// The secret of an address that was just added.
    pub made: Option<ShownOnce>,
}

/// One message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRow {
    /// Its id.
    pub id: String,
    /// The case's id and its number.
    pub case: (String, String),
    /// What happened, as the flow names it.
    pub event: String,
    /// `waiting`, `delivered` or `given_up`.
    pub state: String,
    /// How often it was sent.
    pub tries: u32,
    /// Code of the last failure.
    pub last: Option<String>,
    /// When it was noted.
    pub made: Moment,
    /// When it goes out next.
    pub due: Option<Moment>,
    /// When it was taken.
    pub delivered: Option<Moment>,
}

/// What one address was told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliveries {
    /// The address.
    pub webhook: WebhookRow,
    /// One of [`DELIVERY_FILTERS`].
    pub filter: String,
    /// The messages, the newest first.
    pub rows: Vec<DeliveryRow>,
    /// Address of older ones.
    pub older: Option<String>,
    /// When they were read.
    pub as_of: Moment,
}

pub(super) fn list(cx: Cx, page: &Webhooks) -> Element {
    rsx! {
        if let Some(made) = &page.made {
            {shown_once(cx, made, "hook-secret", "hook-secret-text")}
        }
        p { class: "hint", {cx.t("hook-intro")} }
        p { class: "links",
            a { href: "/office/webhooks/inbound", {cx.t("hook-to-inbound")} }
        }
        div { class: "panes",
            section { class: "card form",
                h2 { {cx.t("hook-add")} }
                {form(cx, &page.typed)}
            }
            section { class: "list",
                h2 { {cx.t("hook-list")} }
                if page.rows.is_empty() {
                    p { class: "empty", {cx.t("hook-none")} }
                } else {
                    {addresses(cx, &page.rows)}
                }
            }
        }
    }
}

fn form(cx: Cx, (url, label): &(String, String)) -> Element {
    let texts = ["hook-url", "hook-url-hint", "hook-label", "hook-label-hint"].map(|key| cx.t(key));
    let address = TextField {
        name: "url",
        label: &texts[0],
        hint: Some(&texts[1]),
        value: url,
        kind: "url",
        longest: 500,
        required: true,
        ..TextField::default()
    };
    let name = TextField {
        name: "label",
        label: &texts[2],
        hint: Some(&texts[3]),
        value: label,
        longest: 60,
        required: true,
        ..TextField::default()
    };
    rsx! {
        form { method: "post", action: "/office/webhooks", novalidate: true,
            {cx.form_id()}
            {text_field(cx.problems(), address)}
            {text_field(cx.problems(), name)}
            {main_button(&cx.t("hook-add-go"))}
        }
    }
}

fn addresses(cx: Cx, rows: &[WebhookRow]) -> Element {
    let labels = ["hook-label", "hook-waiting", "hook-given-up"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("hook-list")} }
            {heads_and(&labels, &cx.t("col-do"))}
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            a { class: "tall", href: "/office/webhooks/{row.id}", "{row.label}" }
                            small { "{row.url}" }
                            small { {row.made.element()} }
                        }
                        td { "data-label": "{labels[1]}", "{row.waiting}" }
                        td { "data-label": "{labels[2]}",
                            if row.given_up > 0 {
                                span { class: "state over", "{row.given_up}" }
                            } else {
                                "0"
                            }
                        }
                        td { {remove(cx, row)} }
                    }
                }
            }
        }
    }
}

fn remove(cx: Cx, row: &WebhookRow) -> Element {
    rsx! {
        details { class: "acts",
            summary {
                {cx.t("hook-remove-begin")}
                span { class: "unseen", " {row.label}" }
            }
            form { method: "post", action: "/office/webhooks/{row.id}/remove",
                {cx.form_id()}
                p { class: "hint", {cx.t("hook-remove-hint")} }
                button { class: "button small danger", r#type: "submit", {cx.t("hook-remove")} }
            }
        }
    }
}

pub(super) fn one(cx: Cx, page: &Deliveries) -> Element {
    rsx! {
        p { class: "links",
            a { href: "/office/webhooks", {cx.t("hook-all")} }
        }
        p { class: "muted", "{page.webhook.url}" }
        nav { class: "filters", aria_label: cx.t("hook-filter"),
            for filter in DELIVERY_FILTERS {
                {filter_link(cx, page, filter)}
            }
        }
        p { class: "muted",
            {cx.t("as-of")}
            " "
            {page.as_of.element()}
        }
        if page.rows.is_empty() {
            p { class: "empty", {cx.t("hook-no-messages")} }
        } else {
            {messages(cx, page)}
        }
        if let Some(older) = &page.older {
            a { class: "button plain", href: "{older}", {cx.t("older")} }
        }
    }
}

fn filter_link(cx: Cx, page: &Deliveries, filter: &str) -> Element {
    let here = format!("/office/webhooks/{}", page.webhook.id);
    let (href, name) = match filter {
        "" => (here, "all".to_owned()),
        filter => (format!("{here}?state={filter}"), filter.replace('_', "-")),
    };
    rsx! {
        a { href, aria_current: (filter == page.filter).then_some("true"), {cx.t(&format!("hook-state-{name}"))} }
    }
}

fn messages(cx: Cx, page: &Deliveries) -> Element {
    let labels = ["col-case", "hook-event", "col-state", "hook-tries", "hook-made"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("hook-messages")} }
            {heads_and(&labels, &cx.t("col-do"))}
            tbody {
                for row in &page.rows {
                    tr {
                        th { scope: "row",
                            {cx.case_link(&row.case.0, &row.case.1)}
                            small {
                                code { "{row.id}" }
                            }
                        }
                        td { "data-label": "{labels[1]}",
                            code { "{row.event}" }
                        }
                        td { "data-label": "{labels[2]}", {state(cx, row)} }
                        td { "data-label": "{labels[3]}", "{row.tries}" }
                        td { "data-label": "{labels[4]}", {row.made.element()} }
                        td { {resend(cx, page, row)} }
                    }
                }
            }
        }
    }
}

fn state(cx: Cx, row: &DeliveryRow) -> Element {
    let class = match row.state.as_str() {
        "delivered" => "state open",
        "waiting" => "state waiting",
        _ => "state over",
    };
    rsx! {
        span { class, {cx.t(&format!("hook-state-{}", row.state.replace('_', "-")))} }
        if let Some(at) = &row.delivered {
            small { {at.element()} }
        }
        if let Some(code) = row.last.as_ref().filter(|_| row.state != "delivered") {
            small { {failure(cx, code)} }
        }
        if let Some(at) = &row.due {
            small {
                {cx.t("hook-next")}
                " "
                {at.element()}
            }
        }
    }
}

/// Why a try failed, in words; the code where there are none.
fn failure(cx: Cx, code: &str) -> String {
    match code.strip_prefix("status_") {
        Some(status) => cx.w.with("hook-answered", &[("status", status.into())]),
        None => {
            cx.w.find(&format!("hook-last-{}", code.replace('_', "-"))).unwrap_or_else(|| code.to_owned())
        }
    }
}

fn resend(cx: Cx, page: &Deliveries, row: &DeliveryRow) -> Element {
    let action = format!("/office/webhooks/{}/deliveries/{}/resend", page.webhook.id, row.id);
    rsx! {
        form { method: "post", action,
            {cx.form_id()}
            button {
                class: "button small",
                r#type: "submit",
                aria_label: cx.w.with("hook-resend-this", &[("id", row.id.as_str().into())]),
                {cx.t("hook-resend")}
            }
        }
    }
}
