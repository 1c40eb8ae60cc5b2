//! Everything that is not yet safe on the server, each with its state; and the connection.

use super::{
    case::name_of,
    desk::{Desk, problem_text, use_desk},
    engine,
    missing::slot_name,
    parts::Part,
    route::Route,
    states::link_words,
};
use crate::components::{
    amounts::size,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{Answer, Ask, LinkState, Standing, UnsafeItem, UnsafeState, UnsafeWhat};

/// The sync screen.
#[component]
pub fn Sync() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut items = use_signal(|| None::<(Vec<UnsafeItem>, usize)>);
    use_effect(move || {
        // Whenever the standing or a case changes, the list may have changed.
        let _ = (desk.standing.read(), desk.lists.read());
        spawn(async move {
            if let (Answer::Unsafe { items: list, total }, _) = engine::ask(Ask::Unsafe, None).await {
                items.set(Some((list, total)));
            }
        });
    });
    let standing = desk.standing.read();
    let Some(standing) = standing.as_ref() else { return rsx! {} };
    rsx! {
        h1 { id: "heading", tabindex: "-1", {w.t("title-sync")} }
        {how_safe(w, standing)}
        if standing.link != LinkState::Online {
            button {
                class: "button second",
                r#type: "button",
                "data-connect": true,
                onclick: move |_| {
                    spawn(async move {
                        if let (Answer::Refused { code }, _) = engine::ask(Ask::ConnectNow, None).await {
                            desk.tell_problem(&code);
                        }
                    });
                },
                {w.t("sync-connect")}
            }
        }
        if let Some((items, total)) = items.read().as_ref() {
            if !items.is_empty() {
                ul { class: "unsafe", aria_label: w.t("sync-items"),
                    for (at , item) in items.iter().enumerate() {
                        {one(desk, w, at, item)}
                    }
                }
            }
            if *total > counted(items) {
                p { class: "hint", {w.with("sync-more", &[("n", (total - counted(items)).into())])} }
            }
        }
        p { class: "hint", {w.t("sync-kept")} }
    }
}

/// How many things the lines stand for.
fn counted(items: &[UnsafeItem]) -> usize {
    items.iter().map(|item| item.count).sum()
}

fn how_safe(w: Words, standing: &Standing) -> Element {
    let safe = standing.unsynced == 0;
    rsx! {
        div { class: if safe { "outcome good all-safe" } else { "outcome" }, role: "status",
            {icon(if safe { Icon::Check } else { Icon::Clock })}
            div {
                p { class: "strong",
                    if safe {
                        {w.t("sync-all-safe")}
                    } else {
                        {w.with("sync-unsafe", &[("n", standing.unsynced.into())])}
                    }
                }
                p { class: "muted",
                    {link_words(w, standing.link)}
                    if standing.photo_bytes > 0 {
                        " · "
                        {w.with("sync-photos-wait", &[("size", size(standing.photo_bytes).into())])}
                    }
                }
            }
        }
        if let Some(percent) = standing.sending_percent {
            div { class: "sending",
                label { r#for: "sending", {w.with("sync-photo-sending", &[("n", percent.into())])} }
                progress { id: "sending", max: "100", value: "{percent}" }
            }
        }
        if standing.aside > 0 {
            p { class: "banner warn", {icon(Icon::Alert)} {w.with("sync-aside", &[("n", standing.aside.into())])} }
        }
    }
}

fn one(desk: Desk, w: Words, at: usize, item: &UnsafeItem) -> Element {
    let route = Route::Case(item.document, Part::Overview);
    let what = match item.what {
        UnsafeWhat::Change => w.with("unsafe-change", &[("n", item.count.into())]),
        UnsafeWhat::Submission => w.t("unsafe-submission"),
        UnsafeWhat::Photo(slot) => w.with("unsafe-photo", &[("what", slot_name(w, slot).into())]),
    };
    let (state, class, why) = match &item.state {
        UnsafeState::Waiting => (w.t("unsafe-waiting"), "", None),
        UnsafeState::Sending => (w.t("unsafe-sending"), "busy", None),
        UnsafeState::Aside(code) => (w.t("unsafe-aside"), "bad", Some(problem_text(w, code))),
    };
    rsx! {
        li { key: "{at}", class: "unsafe-item",
            a {
                class: "part",
                href: route.path(),
                onclick: move |event| {
                    event.prevent_default();
                    desk.go(route);
                },
                span { class: "part-text",
                    span { class: "part-name",
                        {name_of(w, &item.name)}
                        small { class: "muted",
                            "{what}"
                            if item.bytes > 0 {
                                " · {size(item.bytes)}"
                            }
                        }
                        if let Some(why) = why {
                            small { class: "error", "{why}" }
                        }
                    }
                    span { class: "chip {class}", "{state}" }
                }
                {icon(Icon::Forward)}
            }
        }
    }
}
