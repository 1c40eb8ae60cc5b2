//! Reads a barcode, such as the VIN on a windscreen or in a door frame, with the browser's own reader where it has one.

use super::browser::{document, listen, sleep, window};
use super::camera::{self, Camera, call};
use js_sys::{Array, Function, Promise, Reflect};
use std::{cell::Cell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Between two looks at the camera's picture, milliseconds.
const LOOK_MS: i32 = 200;
/// Most looks: one minute.
const MOST_LOOKS: u32 = 300;

/// Does this browser read barcodes?
pub fn possible() -> bool {
    Reflect::has(&window(), &"BarcodeDetector".into()).unwrap_or(false)
}

/// Opens the camera until a code is seen or the person closes it (`None`).
///
/// # Errors
/// Those of [`camera::open`]; `scan_unavailable` where the reader does not start.
pub async fn barcode(close: &str) -> Result<Option<String>, &'static str> {
    let detector = detector().ok_or("scan_unavailable")?;
    let camera = camera::open().await?;
    let closed = Rc::new(Cell::new(false));
    let Some((view, video)) = view(&camera, close, &closed) else { return Ok(None) };
    let found = look(&detector, &video, &closed).await;
    drop(view);
    Ok(found)
}

/// The view, gone with whoever looked through it.
struct View(web_sys::Element);

impl Drop for View {
    fn drop(&mut self) {
        self.0.remove();
    }
}

async fn look(detector: &JsValue, video: &JsValue, closed: &Cell<bool>) -> Option<String> {
    for _ in 0..MOST_LOOKS {
        sleep(LOOK_MS).await;
        if closed.get() {
            return None;
        }
        let Some(promise) = call(detector, "detect", Some(video)) else { continue };
        let Ok(codes) = JsFuture::from(promise.unchecked_into::<Promise>()).await else { continue };
        let first = Array::from(&codes).get(0);
        if let Some(text) = Reflect::get(&first, &"rawValue".into()).ok().and_then(|text| text.as_string()) {
            // Some makers put an I before the VIN on the label.
            let text = text.trim().to_uppercase();
            return Some(
                text.strip_prefix('I').filter(|rest| rest.len() == 17).map_or(text.clone(), str::to_owned),
            );
        }
    }
    None
}

fn detector() -> Option<JsValue> {
    let class: Function = Reflect::get(&window(), &"BarcodeDetector".into()).ok()?.dyn_into().ok()?;
    Reflect::construct(&class, &Array::new()).ok()
}

fn view(camera: &Camera, close: &str, closed: &Rc<Cell<bool>>) -> Option<(View, JsValue)> {
    let document = document();
    let dialog = document.create_element("dialog").ok()?;
    dialog.set_class_name("camera");
    let video = document.create_element("video").ok()?;
    camera.show_in(&video);
    let pair = document.create_element("div").ok()?;
    pair.set_class_name("pair");
    let button = document.create_element("button").ok()?;
    button.set_class_name("button plain");
    button.set_text_content(Some(close));
    for event in ["click", "cancel"] {
        let closed = closed.clone();
        let target: &web_sys::EventTarget = if event == "click" { &button } else { &dialog };
        listen(target, event, move |_| closed.set(true));
    }
    pair.append_child(&button).ok()?;
    dialog.append_child(&video).ok()?;
    dialog.append_child(&pair).ok()?;
    document.body()?.append_child(&dialog).ok()?;
    call(&dialog, "showModal", None);
    Some((View(dialog), video.into()))
}
