//! The way through the office: a tab for each thing that somebody may do. What is set up once and looked at rarely shares
//! one tab, where somebody may do several of these things.

use dioxus::prelude::*;

use super::{Cx, Staff, key};

/// A page's name in its address, and its text.
type Tab = (&'static str, &'static str);

/// What is done every day.
fn daily(staff: &Staff) -> Vec<Tab> {
    let tabs = [
        (staff.may_see_links, "links", "nav-links"),
        (staff.may_review, "queue", "nav-queue"),
        (staff.may_see_cases, "cases", "nav-cases"),
        (staff.may_see_devices, "sync", "nav-devices"),
        (staff.may_see_figures, "numbers", "nav-numbers"),
        (staff.may_see_flows, "flows", "nav-flows"),
        (staff.may_steer_partners, "partners", "nav-partners"),
    ];
    allowed(&tabs)
}

/// What is set up.
fn settings(staff: &Staff) -> Vec<Tab> {
    let tabs = [
        (staff.may_keep_accounts, "accounts", "nav-accounts"),
        (staff.may_keep_blacklist, "blacklist", "nav-blacklist"),
        (staff.may_keep_settings, "webhooks", "nav-webhooks"),
        (staff.may_keep_keys, "keys", "nav-keys"),
    ];
    allowed(&tabs)
}

fn allowed(tabs: &[(bool, &'static str, &'static str)]) -> Vec<Tab> {
    tabs.iter().filter(|(may, ..)| *may).map(|(_, page, text)| (*page, *text)).collect()
}

/// The tab on which somebody is.
fn here(cx: Cx, staff: &Staff) -> &'static str {
    match key(&cx.view.page) {
        "flow" => "flows",
        "case" | "case-record" if staff.may_review => "queue",
        "case" | "case-record" => "cases",
        "devices" => "sync",
        "partner" | "partner-change" | "partner-recording" | "own-funder" | "own-mapping" => "partners",
        "inbound" if !staff.may_keep_settings => "partners",
        "deliveries" | "inbound" => "webhooks",
        here => here,
    }
}

/// The tabs, who is signed in, and the way out.
pub(super) fn tabs(cx: Cx) -> Element {
    let Some(staff) = &cx.view.staff else { return rsx! {} };
    let (here, settings, mut tabs) = (here(cx, staff), settings(staff), daily(staff));
    let in_settings = settings.len() > 1 && settings.iter().any(|(page, _)| *page == here);
    match settings.as_slice() {
        [(first, _), _, ..] => tabs.push((*first, "nav-settings")),
        few => tabs.extend(few),
    }
    let is_current = |page: &str, text: &str| here == page || in_settings && text == "nav-settings";
    rsx! {
        for (page , text) in tabs {
            a {
                class: "tab",
                href: "/office/{page}",
                aria_current: is_current(page, text).then_some("page"),
                {cx.t(text)}
            }
        }
        form { class: "who", method: "post", action: "/office/sign-out",
            {cx.form_id()}
            span { "{staff.name} · {staff.role}" }
            button { class: "link", r#type: "submit", {cx.t("sign-out")} }
        }
    }
}

/// On a page where something is set up, the others of its kind.
pub(super) fn within_settings(cx: Cx) -> Element {
    let Some(staff) = &cx.view.staff else { return rsx! {} };
    let (here, tabs) = (here(cx, staff), settings(staff));
    if tabs.len() < 2 || tabs.iter().all(|(page, _)| *page != here) {
        return rsx! {};
    }
    rsx! {
        nav { class: "filters", aria_label: cx.t("nav-settings"),
            for (page , text) in tabs {
                a {
                    href: "/office/{page}",
                    aria_current: (here == page).then_some("page"),
                    {cx.t(text)}
                }
            }
        }
    }
}
