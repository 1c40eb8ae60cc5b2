//! The company's own blacklist: list something, look it up, take it off. Adding posts to `/office/blacklist`, looking up
//! to `/office/blacklist/find`, removing to `/office/blacklist/{entry}/remove`. Values travel in bodies only.

use super::Cx;
use crate::components::table::heads_and;
use crate::components::{
    form::{Choice, TextField, main_button, select_field, text_area, text_field},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What can be listed.
const SORTS: [&str; 3] = ["id_number", "phone", "vin"];

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedRow {
    /// Its id.
    pub id: String,
    /// `id_number`, `phone` or `vin`.
    pub sort: String,
    /// The value, masked.
    pub masked: String,
    /// Why it is listed.
    pub reason: String,
    /// Who listed it.
    pub by: String,
    /// When.
    pub added: Moment,
}

/// What the page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blacklist {
    /// The entries, the newest first; or what was found.
    pub rows: Vec<ListedRow>,
    /// They are the answer to a search.
    pub is_search: bool,
    /// The sort and the reason that were typed; the value is typed again.
    pub typed: (String, String),
    /// Address of older ones.
    pub older: Option<String>,
}

pub(super) fn page(cx: Cx, page: &Blacklist) -> Element {
    let problems = !cx.view.problems.is_empty();
    rsx! {
        p { class: "hint", {cx.t("listed-intro")} }
        div { class: "panes",
            section { class: "card form",
                h2 { {cx.t("listed-add")} }
                form { method: "post", novalidate: true,
                    action: "/office/blacklist",
                    {cx.form_id()}
                    {sort(cx, &page.typed.0)}
                    {value(cx)}
                    {reason(cx, &page.typed.1)}
                    {main_button(&cx.t("listed-add-go"))}
                    button { class: "button second", r#type: "submit", formaction: "/office/blacklist/find",
                        {cx.t("listed-find-go")}
                    }
                    p { class: "hint", {cx.t("listed-find-hint")} }
                }
            }
            section { class: "list",
                if page.is_search && !problems {
                    h2 { {cx.w.with("listed-found", &[("n", page.rows.len().into())])} }
                    p { class: "links",
                        a { href: "/office/blacklist", {cx.t("listed-all")} }
                    }
                } else {
                    h2 { {cx.t("listed-list")} }
                }
                if page.rows.is_empty() {
                    p { class: "empty", {cx.t(if page.is_search { "listed-not-found" } else { "listed-none" })} }
                } else {
                    {table(cx, &page.rows)}
                }
                if let Some(older) = &page.older {
                    a { class: "button plain", href: "{older}", {cx.t("older")} }
                }
            }
        }
    }
}

fn sort(cx: Cx, chosen: &str) -> Element {
    let label = cx.t("listed-sort");
    let choice = |sort: &str| Choice {
        value: sort.to_owned(),
        label: cx.t(&format!("listed-{}", sort.replace('_', "-"))),
    };
    let field = TextField { name: "sort", label: &label, value: chosen, ..TextField::default() };
    select_field(cx.problems(), field, &SORTS.map(choice), None)
}

fn value(cx: Cx) -> Element {
    let (label, hint) = (cx.t("listed-value"), cx.t("listed-value-hint"));
    let field = TextField {
        name: "value",
        label: &label,
        hint: Some(&hint),
        longest: 24,
        required: true,
        class: "w-id",
        ..TextField::default()
    };
    text_field(cx.problems(), field)
}

fn reason(cx: Cx, typed: &str) -> Element {
    let (label, hint) = (cx.t("listed-reason"), cx.t("listed-reason-hint"));
    let field = TextField {
        name: "reason",
        label: &label,
        hint: Some(&hint),
        value: typed,
        longest: 500,
        ..TextField::default()
    };
    text_area(cx.problems(), field)
}

fn table(cx: Cx, rows: &[ListedRow]) -> Element {
    let labels = ["listed-what", "listed-reason", "listed-by"].map(|key| cx.t(key));
    rsx! {
        table { class: "rows",
            caption { class: "unseen", {cx.t("listed-list")} }
            {heads_and(&labels, &cx.t("col-do"))}
            tbody {
                for row in rows {
                    tr {
                        th { scope: "row",
                            span { class: "number", "{row.masked}" }
                            small { {cx.t(&format!("listed-{}", row.sort.replace('_', "-")))} }
                        }
                        td { "data-label": "{labels[1]}", "{row.reason}" }
                        td { "data-label": "{labels[2]}",
                            "{row.by}"
                            small { {row.added.element()} }
                        }
                        td {
                            details { class: "acts",
                                summary {
                                    {cx.t("hook-remove-begin")}
                                    span { class: "unseen", " {row.masked}" }
                                }
                                form { method: "post", action: "/office/blacklist/{row.id}/remove",
                                    {cx.form_id()}
                                    p { class: "hint", {cx.t("listed-remove-hint")} }
                                    button { class: "button small danger", r#type: "submit", {cx.t("listed-remove")} }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
