//! Language, text size, lock, and whether the browser keeps what is stored.

use super::{
    browser,
    desk::{Desk, use_desk},
    install::InstallCard,
    link,
    rescue::Rescue,
    room::Room,
};
use crate::components::{
    amounts::size,
    icons::{Icon, icon},
};
use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::Ask;
use shared::domain::lang::Lang;

/// The settings.
#[component]
pub fn Settings() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut storage = use_signal(|| None::<Room>);
    let refused = use_signal(|| false);
    use_future(move || async move { storage.set(Some(link::room().await)) });
    let standing = desk.standing.read();
    let account = standing.as_ref().and_then(|standing| standing.account.clone());
    let device = standing.as_ref().and_then(|standing| standing.device_name.clone());
    rsx! {
        h1 { id: "heading", tabindex: "-1", {w.t("title-settings")} }
        section { class: "card",
            h2 { {w.t("settings-show")} }
            {language(desk, w)}
            {text_size(desk, w)}
        }
        section { class: "card",
            h2 { {w.t("settings-device")} }
            dl { class: "facts",
                if let Some(account) = account {
                    div {
                        dt { {w.t("settings-account")} }
                        dd { "{account}" }
                    }
                }
                if let Some(device) = device {
                    div {
                        dt { {w.t("settings-name")} }
                        dd { "{device}" }
                    }
                }
            }
            button {
                class: "button second",
                r#type: "button",
                "data-lock": "yes",
                onclick: move |_| {
                    spawn(async move {
                        if let Err(code) = desk.learn_standing(Ask::Lock).await {
                            desk.tell_problem(&code);
                        }
                    });
                },
                {icon(Icon::Lock)}
                {w.t("settings-lock")}
            }
            p { class: "hint", {w.t("settings-lock-hint")} }
        }
        section { class: "card",
            h2 { {w.t("settings-storage")} }
            if let Some(room) = *storage.read() {
                {kept_or_not(w, room.kept, storage, refused)}
                if room.quota > 0.0 {
                    p { class: "muted", {w.with("storage-used", &[("used", size(room.used as u64).into()), ("quota", size(room.quota as u64).into())])} }
                }
            }
        }
        if standing.as_ref().is_some_and(|standing| standing.unsynced > 0) {
            Rescue {}
        }
        InstallCard {}
    }
}

/// The choice of language, on the settings and on every gate.
pub fn language(mut desk: Desk, w: Words) -> Element {
    let now = *desk.lang.read();
    rsx! {
        fieldset { class: "terms",
            legend { {w.t("settings-language")} }
            div { class: "chips",
                for (lang , name) in [(Lang::Zh, "中文"), (Lang::En, "English")] {
                    label { class: "chip-choice",
                        input {
                            r#type: "radio",
                            name: "lang",
                            checked: lang == now,
                            onchange: move |_| {
                                browser::remember("lang", lang.tag());
                                desk.lang.set(lang);
                            },
                        }
                        span { lang: lang.tag(), "{name}" }
                    }
                }
            }
        }
    }
}

fn text_size(mut desk: Desk, w: Words) -> Element {
    let large = *desk.large.read();
    rsx! {
        fieldset { class: "terms",
            legend { {w.t("settings-size")} }
            div { class: "chips",
                for (value , key) in [(false, "size-normal"), (true, "size-large")] {
                    label { class: "chip-choice",
                        input {
                            r#type: "radio",
                            name: "size",
                            checked: value == large,
                            onchange: move |_| {
                                browser::remember("large", if value { "1" } else { "0" });
                                desk.large.set(value);
                            },
                        }
                        span { {w.t(key)} }
                    }
                }
            }
        }
    }
}

fn kept_or_not(
    w: Words,
    kept: bool,
    mut storage: Signal<Option<Room>>,
    mut refused: Signal<bool>,
) -> Element {
    if kept {
        return rsx! { p { class: "banner good", {icon(Icon::Check)} {w.t("storage-kept")} } };
    }
    rsx! {
        p { class: "banner warn", {icon(Icon::Alert)} {w.t(if *refused.read() { "storage-refused" } else { "storage-at-risk" })} }
        button {
            class: "button second",
            r#type: "button",
            onclick: move |_| {
                spawn(async move {
                    refused.set(!link::persist().await);
                    storage.set(Some(link::room().await));
                });
            },
            {w.t("storage-ask")}
        }
    }
}
