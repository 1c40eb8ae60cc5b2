//! The device's camera: opened for as long as somebody looks through it, and let go of whatever happens.

use super::browser::window;
use js_sys::{Array, Function, Promise, Reflect};
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, EventTarget};

/// What is asked for: the camera on the back, as finely as a prepared photo can use.
const WISH: &str = r#"{"video": {"facingMode": {"ideal": "environment"}, "width": {"ideal": 2560}, "height": {"ideal": 1440}}}"#;

/// A camera that is on. It goes off when it is closed or the last one that looks through it is dropped.
#[derive(Clone)]
pub struct Camera(Rc<Stream>);

struct Stream(JsValue);

impl PartialEq for Camera {
    fn eq(&self, other: &Camera) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// May this page use a camera at all? Browsers offer none to a page that is not secure.
pub fn possible() -> bool {
    window().is_secure_context()
        && devices().is_some_and(|devices| method(&devices, "getUserMedia").is_some())
}

/// Turns the camera on; the browser may ask the person first.
///
/// # Errors
/// `camera_denied`, `camera_missing`, `camera_busy`.
pub async fn open() -> Result<Camera, &'static str> {
    let promise = devices().zip(js_sys::JSON::parse(WISH).ok());
    let promise = promise.and_then(|(devices, wish)| call(&devices, "getUserMedia", Some(&wish)));
    let promise = promise.and_then(|promise| promise.dyn_into::<Promise>().ok()).ok_or("camera_missing")?;
    let mut coming = Coming(Some(promise.clone()));
    let came = JsFuture::from(promise).await;
    coming.0 = None;
    match came {
        Ok(stream) => Ok(Camera(Rc::new(Stream(stream)))),
        Err(why) => Err(refusal(&why)),
    }
}

/// A camera that was asked for. Whoever goes away before it comes does not leave it on.
struct Coming(Option<Promise>);

impl Drop for Coming {
    fn drop(&mut self) {
        let Some(promise) = self.0.take() else { return };
        wasm_bindgen_futures::spawn_local(async move { drop(JsFuture::from(promise).await.map(Stream)) });
    }
}

fn refusal(why: &JsValue) -> &'static str {
    match why.dyn_ref::<DomException>().map(DomException::name).as_deref() {
        Some("NotFoundError" | "OverconstrainedError") => "camera_missing",
        Some("NotReadableError" | "AbortError") => "camera_busy",
        _ => "camera_denied",
    }
}

impl Camera {
    /// Shows what the camera sees in a `<video>`.
    pub fn show_in(&self, video: &EventTarget) {
        // Telephones open a film in a player of their own and wait for a tap, unless it is told otherwise here.
        for name in ["autoplay", "muted", "playsInline"] {
            let _ = Reflect::set(video, &name.into(), &JsValue::TRUE);
        }
        let _ = Reflect::set(video, &"srcObject".into(), &self.0.0);
    }

    /// Did the camera end by itself: unplugged, or taken by another app?
    pub fn ended(&self) -> bool {
        self.0.tracks().iter().all(|track| get(&track, "readyState").as_string().as_deref() == Some("ended"))
    }

    /// Has it a light that can be left on?
    pub fn has_light(&self) -> bool {
        let abilities = |track: &JsValue| call(track, "getCapabilities", None);
        self.0.tracks().iter().filter_map(|track| abilities(&track)).any(|all| get(&all, "torch").is_truthy())
    }

    /// Turns its light on or off.
    pub fn light(&self, on: bool) {
        let Ok(wish) = js_sys::JSON::parse(&format!(r#"{{"advanced": [{{"torch": {on}}}]}}"#)) else {
            return;
        };
        for track in self.0.tracks().iter() {
            if let Some(done) = call(&track, "applyConstraints", Some(&wish)) {
                // A light that does not come on is seen; there is nothing to say about it.
                wasm_bindgen_futures::spawn_local(async move {
                    let _ = JsFuture::from(done.unchecked_into::<Promise>()).await;
                });
            }
        }
    }

    /// Turns the camera off.
    pub fn close(&self) {
        self.0.stop();
    }
}

impl Stream {
    fn tracks(&self) -> Array {
        call(&self.0, "getTracks", None).map(|tracks| Array::from(&tracks)).unwrap_or_default()
    }

    fn stop(&self) {
        for track in self.tracks().iter() {
            call(&track, "stop", None);
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.stop();
    }
}

fn devices() -> Option<JsValue> {
    Some(get(&window().navigator(), "mediaDevices")).filter(JsValue::is_truthy)
}

fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn method(on: &JsValue, name: &str) -> Option<Function> {
    get(on, name).dyn_into().ok()
}

/// Calls what not every browser has; `None` where it is not there or throws.
pub fn call(on: &JsValue, name: &str, with: Option<&JsValue>) -> Option<JsValue> {
    let method = method(on, name)?;
    match with {
        Some(with) => method.call1(on, with).ok(),
        None => method.call0(on).ok(),
    }
}
