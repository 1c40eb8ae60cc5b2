//! The warning above every screen while something lies on this device alone and the browser may not keep it.

use super::{
    browser,
    desk::{Desk, use_desk},
    link,
    room::{Risk, Room},
    route::Route,
};
use crate::components::{
    amounts::size,
    icons::{Icon, icon},
};
use dioxus::prelude::*;

/// Between two looks at what is not yet safe, milliseconds: what is safe by the next look is not worth a warning.
const LOOK_MS: i32 = 5_000;

/// The warning, where there is something to warn of.
#[component]
pub fn AtRisk() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut room = use_signal(|| None::<Room>);
    let mut refused = use_signal(|| false);
    let mut put_away = use_signal(|| false);
    use_future(move || async move {
        let mut before = 0;
        loop {
            browser::sleep(LOOK_MS).await;
            let now = unsafe_items(desk);
            let looked = if before > 0 && now > 0 { Some(link::room().await) } else { None };
            if looked != *room.peek() {
                room.set(looked);
            }
            before = now;
        }
    });
    let waiting = desk.standing.read().as_ref().map_or(0, |standing| standing.unsynced);
    let Some(room_now) = room.read().filter(|_| waiting > 0) else { return rsx! {} };
    // The settings say the same at greater length.
    let in_settings = *desk.route.read() == Route::Settings;
    match room_now.risk() {
        Some(Risk::NearlyFull) => rsx! {
            div { class: "banner warn notice", role: "alert", "data-risk": "full",
                {icon(Icon::Alert)}
                p { {w.with("risk-nearly-full", &[("n", waiting.into()), ("free", size(room_now.free() as u64).into())])} }
            }
        },
        Some(Risk::NotKept) if !in_settings && !*put_away.read() => rsx! {
            div { class: "banner warn notice", role: "alert", "data-risk": "not-kept",
                {icon(Icon::Alert)}
                div { class: "notice-in",
                    p { {if *refused.read() { w.t("storage-refused") } else { w.with("risk-not-kept", &[("n", waiting.into())]) }} }
                    div { class: "pair",
                        if !*refused.read() {
                            button {
                                class: "button small",
                                r#type: "button",
                                onclick: move |_| {
                                    spawn(async move {
                                        refused.set(!link::persist().await);
                                        room.set(Some(link::room().await));
                                    });
                                },
                                {w.t("storage-ask")}
                            }
                        }
                        button { class: "button small plain", r#type: "button", onclick: move |_| put_away.set(true), {w.t("risk-put-away")} }
                    }
                }
            }
        },
        _ => rsx! {},
    }
}

fn unsafe_items(desk: Desk) -> usize {
    desk.standing.peek().as_ref().map_or(0, |standing| standing.unsynced)
}
