//! The frame of the app: head with what is not yet safe, the list beside the open screen, the navigation.

use super::{
    at_risk::AtRisk,
    browser,
    case::CaseScreen,
    cases::Cases,
    desk::{Desk, problem_text, provide_desk},
    gate::GateScreen,
    missing::slot_name,
    new::New,
    parts::Part,
    route::Route,
    settings::Settings,
    sync::Sync,
};
use crate::components::{
    brand::wordmark,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Gate, LinkState, Standing};

/// The whole app.
#[allow(non_snake_case)] // a component
pub fn App() -> Element {
    let desk = provide_desk();
    use_effect(move || {
        if *desk.engine_gone.read() {
            super::crash::show(super::crash::ADVISOR);
        }
    });
    use_effect(move || arrive(desk));
    let standing = desk.standing.read().clone();
    let w = desk.words();
    rsx! {
        match standing {
            None => rsx! {
                main { id: "main", class: "gate",
                    if let Some(code) = desk.shut.read().as_ref() {
                        div { class: "card", role: "alert",
                            h1 { {w.t("shut-title")} }
                            p { {problem_text(w, code)} }
                            button { class: "button main", r#type: "button", onclick: |_| browser::reload(), {w.t("crash-go")} }
                        }
                    } else {
                        div { class: "loading", role: "status", {w.t("loading")} }
                    }
                }
            },
            Some(standing) if standing.gate == Gate::Open => rsx! { Open { standing } },
            Some(standing) => rsx! { GateScreen { standing } },
        }
        p { class: "line", role: "status", aria_live: "polite",
            if let Some(told) = desk.told.read().as_ref() {
                "{told}"
            }
        }
    }
}

/// A new screen: its title, and the focus on its heading or on the field that was jumped to.
fn arrive(mut desk: Desk) {
    let route = *desk.route.read();
    let lang = *desk.lang.read();
    let ready = match route {
        Route::Case(document, _) => {
            desk.case.read().as_ref().is_some_and(|case| case.row.document == document)
        }
        _ => desk.standing.read().is_some(),
    };
    browser::set_title(&title(Words(lang), route));
    let place = format!("{}{ready}", route.path());
    thread_local! {
        static LAST: std::cell::RefCell<String> = const { std::cell::RefCell::new(String::new()) };
    }
    let came_from = LAST.replace(place.clone());
    if came_from == place || !ready {
        return;
    }
    let field = desk.focus.take();
    spawn(async move {
        // The new screen is drawn after this effect.
        browser::sleep(30).await;
        let found = field.as_deref().is_some_and(browser::focus);
        if !found && !came_from.is_empty() && route != Route::Cases {
            browser::begin_at("heading");
        }
    });
}

fn title(w: Words, route: Route) -> String {
    let screen = match route {
        Route::Cases => w.t("title-my-cases"),
        Route::New => w.t("title-new"),
        Route::Sync => w.t("title-sync"),
        Route::Settings => w.t("title-settings"),
        Route::Case(_, part) => w.t(&format!("part-{}", part.slug())),
    };
    // No customer's name: titles end up in the browser's history.
    format!("{screen} · {}", w.t("brand"))
}

#[component]
fn Open(standing: Standing) -> Element {
    let desk: Desk = use_context();
    let w = desk.words();
    let route = *desk.route.read();
    rsx! {
        a { class: "skip", href: "#main", {w.t("skip-to-content")} }
        div { class: "app", "data-at": if route == Route::Cases { "list" } else { "detail" },
            header { class: "app-top",
                {head(desk, w, &standing)}
                {camera_was_open(desk, w, &standing)}
                AtRisk {}
            }
            main { id: "main", class: "panes-2",
                section { class: "pane-list", aria_label: w.t("title-my-cases"), Cases {} }
                section { class: "pane-detail", id: "detail", aria_label: w.t("detail"),
                    div { class: "pane-in",
                        match route {
                            Route::Cases => rsx! { p { class: "empty-box", {icon(Icon::Back)} {w.t("choose-a-case")} } },
                            Route::New => rsx! { New {} },
                            Route::Sync => rsx! { Sync {} },
                            Route::Settings => rsx! { Settings {} },
                            Route::Case(document, part) => rsx! { CaseScreen { key: "{document}", document, part } },
                        }
                    }
                }
            }
            {navigation(desk, w, route)}
        }
    }
}

fn head(desk: Desk, w: Words, standing: &Standing) -> Element {
    let offline = standing.link != LinkState::Online;
    let (text, class) = match standing.unsynced {
        0 => (w.t("head-safe"), "good"),
        n if standing.aside > 0 => (w.with("head-unsafe", &[("n", n.into())]), "bad"),
        n => (w.with("head-unsafe", &[("n", n.into())]), "warn"),
    };
    rsx! {
        div { class: "app-head",
            a {
                class: "home",
                href: Route::Cases.path(),
                onclick: move |event| {
                    event.prevent_default();
                    desk.go(Route::Cases);
                },
                {wordmark(&w.t("brand"))}
            }
            a {
                class: "safety-link {class}",
                href: Route::Sync.path(),
                aria_live: "polite",
                onclick: move |event| {
                    event.prevent_default();
                    desk.go(Route::Sync);
                },
                if offline {
                    span { class: "off", {w.t("head-offline")} }
                }
                span { "{text}" }
            }
        }
    }
}

/// The camera may have ended the app: where it was opened, the way back is one tap.
fn camera_was_open(desk: Desk, w: Words, standing: &Standing) -> Element {
    let Some((document, slot)) = standing.capturing else { return rsx! {} };
    let part = Part::of_slot(slot);
    if *desk.route.read() == Route::Case(document, part) {
        return rsx! {};
    }
    rsx! {
        div { class: "banner note notice", role: "note",
            {icon(Icon::Camera)}
            div {
                p { {w.with("camera-ended", &[("what", slot_name(w, slot).into())])} }
                a {
                    href: Route::Case(document, part).path(),
                    onclick: move |event| {
                        event.prevent_default();
                        desk.go(Route::Case(document, part));
                    },
                    {w.t("camera-ended-go")}
                }
            }
        }
    }
}

fn navigation(desk: Desk, w: Words, route: Route) -> Element {
    let tabs = [
        (Route::Cases, "tab-cases", Icon::Paper),
        (Route::New, "tab-new", Icon::Plus),
        (Route::Sync, "tab-sync", Icon::Cloud),
        (Route::Settings, "tab-settings", Icon::Settings),
    ];
    rsx! {
        nav { class: "tabs", aria_label: w.t("nav"),
            for (to , key , sign) in tabs {
                {tab(desk, w, to, key, sign, route)}
            }
        }
    }
}

fn tab(desk: Desk, w: Words, to: Route, key: &str, sign: Icon, now: Route) -> Element {
    let here = to == now || (to == Route::Cases && now.document().is_some());
    let unsynced = desk.standing.read().as_ref().map_or(0, |standing| standing.unsynced);
    rsx! {
        a {
            class: "tab-link",
            href: to.path(),
            aria_current: here.then_some("page"),
            onclick: move |event| {
                event.prevent_default();
                desk.go(to);
            },
            {icon(sign)}
            span { {w.t(key)} }
            if to == Route::Sync && unsynced > 0 {
                span { class: "badge", "aria-hidden": "true", if unsynced > 99 { "99+" } else { "{unsynced}" } }
            }
        }
    }
}
