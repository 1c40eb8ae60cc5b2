//! What lies around the page (`assets/advisor/link.js`): a browser, or an app of its own. The screens do not know which.

use super::room::Room;
use js_sys::Promise;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;
use web_sys::Worker;

#[wasm_bindgen(raw_module = "/advisor/link.js")]
extern "C" {
    /// The engine: a worker, or something that is asked and answers as one.
    #[wasm_bindgen(catch)]
    pub fn engine() -> Result<Worker, JsValue>;
    #[wasm_bindgen(js_name = room)]
    fn ask_for_room() -> Promise;
    fn keep() -> Promise;
    /// Says it on the system's own board, in an app of its own whose window nobody looks at.
    pub fn notify(text: &str);
}

/// How safely, and with how much room, what the server does not have yet is kept.
pub async fn room() -> Room {
    let room = JsFuture::from(ask_for_room()).await.unwrap_or(JsValue::UNDEFINED);
    let said = |name: &str| js_sys::Reflect::get(&room, &name.into()).unwrap_or(JsValue::UNDEFINED);
    let number = |name: &str| said(name).as_f64().unwrap_or(0.0);
    Room { kept: said("kept").is_truthy(), used: number("used"), quota: number("quota") }
}

/// Asks that it be kept; says whether it is.
pub async fn persist() -> bool {
    JsFuture::from(keep()).await.is_ok_and(|kept| kept.is_truthy())
}
