//! The front door: what this is, and where to go.

use super::Cx;
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// An account of the demonstration.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoAccount {
    /// Role in words.
    pub role: String,
    /// User name.
    pub user: String,
    /// Password: of the demonstration only.
    pub password: String,
}

impl std::fmt::Debug for DemoAccount {
    /// Without the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("DemoAccount").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What the demonstration offers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DemoDoor {
    /// Its accounts.
    pub accounts: Vec<DemoAccount>,
    /// A fresh customer link.
    pub customer_link: String,
    /// The inbox of text messages.
    pub inbox_url: String,
}

/// What the front door shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrontDoor {
    /// The demonstration's doors; none in production.
    pub demo: Option<DemoDoor>,
    /// Version of the server.
    pub version: String,
}

pub(super) fn page(cx: Cx, door: &FrontDoor) -> Element {
    rsx! {
        p { class: "lead", {cx.t("door-lead")} }
        div { class: "doors",
            {way(Icon::Phone, &cx.t("door-customer"), &cx.t("door-customer-text"), None)}
            {way(Icon::Person, &cx.t("door-staff"), &cx.t("door-staff-text"), Some(("/office/sign-in", cx.t("sign-in-go"))))}
            {way(Icon::Paper, &cx.t("door-docs"), &cx.t("door-docs-text"), Some(("/docs", cx.t("door-docs-go"))))}
        }
        if let Some(demo) = &door.demo {
            {demonstration(cx, demo)}
        }
        p { class: "hint", "miaopi {door.version}" }
    }
}

fn way(sign: Icon, heading: &str, text: &str, link: Option<(&str, String)>) -> Element {
    rsx! {
        section { class: "card door",
            {icon(sign)}
            h2 { "{heading}" }
            p { "{text}" }
            if let Some((href, text)) = link {
                a { class: "button second", href, "{text}" }
            }
        }
    }
}

fn demonstration(cx: Cx, demo: &DemoDoor) -> Element {
    rsx! {
        section { class: "card demo",
            h2 { {cx.t("door-demo")} }
            p { {cx.t("door-demo-text")} }
            p { class: "links",
                a { href: "{demo.customer_link}", {cx.t("door-demo-link")} }
                a { href: "{demo.inbox_url}", {cx.t("demo-inbox")} }
            }
            div { class: "scroll", tabindex: "0", role: "region", aria_label: cx.t("door-accounts"),
                table { class: "rows",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("door-role")} }
                            th { scope: "col", {cx.t("sign-in-user")} }
                            th { scope: "col", {cx.t("sign-in-password")} }
                        }
                    }
                    tbody {
                        for account in &demo.accounts {
                            tr {
                                th { scope: "row", "{account.role}" }
                                td { "data-label": cx.t("sign-in-user"),
                                    code { "{account.user}" }
                                }
                                td { "data-label": cx.t("sign-in-password"),
                                    code { "{account.password}" }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
