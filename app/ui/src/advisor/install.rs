//! The app on the home screen: the browser's own offer, or how it is done where browsers make none.

use super::{
    browser::{self, window},
    camera::call,
    desk::{Desk, use_desk},
};
use crate::components::icons::{Icon, icon};
use crate::texts::Words;
use dioxus::prelude::*;
use js_sys::{Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Where the page keeps the browser's offer (`start.js`, which is there before it comes).
const OFFER: &str = "installOffer";
/// What is remembered once the offer in the list was put away.
const PUT_AWAY: &str = "install-put-away";

/// How the app gets to the home screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The browser offers it.
    Offered,
    /// By the person's own hand, from Safari's menu on iOS.
    ByHand,
}

/// The way on this browser; `None` where there is none, or it is there already.
pub fn way() -> Option<Way> {
    let of = |what: &JsValue, name: &str| Reflect::get(what, &name.into()).unwrap_or(JsValue::UNDEFINED);
    if of(&window(), OFFER).is_truthy() {
        return Some(Way::Offered);
    }
    // Only Safari on iOS has this; it is true in an app that was started from the home screen.
    (of(&window().navigator(), "standalone") == JsValue::FALSE).then_some(Way::ByHand)
}

/// The card in the settings.
#[component]
pub fn InstallCard() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let Some(way) = *desk.install.read() else { return rsx! {} };
    rsx! {
        section { class: "card", aria_labelledby: "install",
            h2 { id: "install", {w.t("install")} }
            p { {words(w, way)} }
            if way == Way::Offered {
                button { class: "button second", r#type: "button", onclick: move |_| accept(desk), {w.t("install")} }
            }
        }
    }
}

/// The offer above the list, until it is put away.
#[component]
pub fn InstallOffer() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let mut put_away = use_signal(|| browser::recall(PUT_AWAY).is_some());
    let Some(way) = desk.install.read().filter(|_| !*put_away.read()) else { return rsx! {} };
    rsx! {
        div { class: "banner note install", role: "note",
            {icon(Icon::Phone)}
            div { class: "notice-in",
                p { {words(w, way)} }
                div { class: "pair",
                    if way == Way::Offered {
                        button { class: "button small", r#type: "button", onclick: move |_| accept(desk), {w.t("install-go")} }
                    }
                    button {
                        class: "button small plain",
                        r#type: "button",
                        onclick: move |_| {
                            browser::remember(PUT_AWAY, "1");
                            put_away.set(true);
                        },
                        {w.t("install-not-now")}
                    }
                }
            }
        }
    }
}

fn words(w: Words, way: Way) -> String {
    w.t(match way {
        Way::Offered => "install-why",
        Way::ByHand => "install-by-hand",
    })
}

/// Takes the browser's offer up: it asks the person itself, and makes an offer only once.
fn accept(mut desk: Desk) {
    let offer = Reflect::get(&window(), &OFFER.into()).unwrap_or(JsValue::UNDEFINED);
    let asked = call(&offer, "prompt", None).and_then(|asked| asked.dyn_into::<Promise>().ok());
    let _ = Reflect::set(&window(), &OFFER.into(), &JsValue::NULL);
    spawn(async move {
        if let Some(asked) = asked {
            let _ = JsFuture::from(asked).await;
        }
        desk.install.set(way());
    });
}
