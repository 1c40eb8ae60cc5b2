//! The browser as the screens need it: clock, address, storage, focus, pictures. The only place that reads them.

use jiff::{Timestamp, civil::Date};
use js_sys::{Array, Uint8Array};
use shared::domain::lang::Lang;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag, Document, Element, EventTarget, HtmlElement, Window};

/// The window. The app runs in a page, so there always is one.
#[allow(clippy::expect_used)]
pub fn window() -> Window {
    web_sys::window().expect("a page has a window")
}

/// The document.
#[allow(clippy::expect_used)]
pub fn document() -> Document {
    window().document().expect("a window has a document")
}

/// Today by the device's clock and zone.
pub fn today() -> Date {
    let now = js_sys::Date::new_0();
    let (month, day) = (now.get_month() as i8 + 1, now.get_date() as i8);
    Date::new(now.get_full_year() as i16, month, day).unwrap_or(Date::MIN)
}

/// Month, day, hour and minute of a moment in the device's zone.
pub fn local(at: Timestamp) -> (u32, u32, u32, u32) {
    let date = js_sys::Date::new(&JsValue::from_f64(at.as_millisecond() as f64));
    (date.get_month() + 1, date.get_date(), date.get_hours(), date.get_minutes())
}

/// The address's path.
pub fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

/// What stands behind the question mark.
pub fn query() -> String {
    window().location().search().unwrap_or_default()
}

/// Where this app was loaded from, for addresses that the server names without it.
pub fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Goes to an address without loading it; `replace` leaves no way back to the present one.
pub fn visit(path: &str, replace: bool) {
    let Ok(history) = window().history() else { return };
    let address = format!("{path}{}", query());
    let _ = if replace {
        history.replace_state_with_url(&JsValue::NULL, "", Some(&address))
    } else {
        history.push_state_with_url(&JsValue::NULL, "", Some(&address))
    };
}

/// Loads the app anew.
pub fn reload() {
    let _ = window().location().reload();
}

/// The page's title.
pub fn set_title(title: &str) {
    document().set_title(title);
}

/// Is there a network, as far as the browser knows?
pub fn online() -> bool {
    window().navigator().on_line()
}

/// The language last chosen here, otherwise the browser's own.
pub fn language() -> Lang {
    let own = || window().navigator().language().and_then(|tag| Lang::from_tag(&tag));
    recall("lang").and_then(|tag| Lang::from_tag(&tag)).or_else(own).unwrap_or_default()
}

/// The language that the server wrote the page in.
pub fn page_language() -> Lang {
    let root = document().document_element().and_then(|root| root.get_attribute("lang"));
    root.and_then(|tag| Lang::from_tag(&tag)).unwrap_or_default()
}

/// Now, milliseconds since 1970.
pub fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// Puts a text into the system's clipboard, where the browser lets it.
pub fn to_clipboard(text: &str) {
    let clipboard = js_sys::Reflect::get(&window().navigator(), &"clipboard".into()).unwrap_or_default();
    let write = js_sys::Reflect::get(&clipboard, &"writeText".into()).ok();
    if let Some(write) = write.and_then(|write| write.dyn_into::<js_sys::Function>().ok())
        && let Ok(promise) = write.call1(&clipboard, &text.into())
        && let Ok(promise) = promise.dyn_into::<js_sys::Promise>()
    {
        wasm_bindgen_futures::spawn_local(async move {
            // Refused: what was copied is kept in the page all the same.
            let _ = JsFuture::from(promise).await;
        });
    }
}

/// Whether a piece of text on the page is selected.
pub fn has_selected_text() -> bool {
    let selection = js_sys::Reflect::get(&window(), &"getSelection".into()).ok();
    let selection = selection.and_then(|get| get.dyn_into::<js_sys::Function>().ok()?.call0(&window()).ok());
    let text = selection.and_then(|selection| {
        let to_string: js_sys::Function =
            js_sys::Reflect::get(&selection, &"toString".into()).ok()?.dyn_into().ok()?;
        to_string.call0(&selection).ok()?.as_string()
    });
    text.is_some_and(|text| !text.is_empty())
}

/// Hands a text to the person as a file.
pub fn download(name: &str, kind: &str, text: &str) {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let Ok(blob) = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options) else {
        return;
    };
    let Ok(url) = web_sys::Url::create_object_url_with_blob(&blob) else { return };
    if let Ok(link) = document().create_element("a").map(|link| link.unchecked_into::<HtmlElement>()) {
        let _ = link.set_attribute("href", &url);
        let _ = link.set_attribute("download", name);
        link.click();
    }
    forget_url(&url);
}

thread_local! {
    static HELD: std::cell::Cell<Option<bool>> = const { std::cell::Cell::new(None) };
}

/// Asks the person before the page is left, as long as something on it is not kept.
pub fn hold_page(hold: bool) {
    if HELD.replace(Some(hold)).is_none() {
        listen(&window(), "beforeunload", |event| {
            if HELD.get() == Some(true) {
                event.prevent_default();
            }
        });
    }
}

/// Says language and text size to the style sheet and to screen readers.
pub fn dress(lang: Lang, large: bool) {
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", lang.tag());
        root.set_class_name(if large { "large" } else { "" });
    }
}

/// A choice of this device that may be forgotten: never anything of a customer's.
pub fn recall(what: &str) -> Option<String> {
    window().local_storage().ok().flatten()?.get_item(&format!("advisor.{what}")).ok().flatten()
}

/// Keeps a choice of this device.
pub fn remember(what: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(&format!("advisor.{what}"), value);
    }
}

/// The element with this id.
pub fn element(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// Brings an element into view and gives it the focus.
pub fn focus(id: &str) -> bool {
    let Some(element) = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok()) else {
        return false;
    };
    let _ = element.focus();
    element.scroll_into_view();
    true
}

/// Gives an element the focus and moves the screen no further than it takes to see it.
pub fn focus_in_place(id: &str) -> bool {
    let element = element(id).and_then(|element| element.dyn_into::<HtmlElement>().ok());
    element.is_some_and(|element| element.focus().is_ok())
}

/// Shows a screen from its top and gives its heading the focus, so that a screen reader begins there.
pub fn begin_at(heading: &str) {
    for pane in ["detail", "main"] {
        if let Some(pane) = element(pane) {
            pane.set_scroll_top(0);
        }
    }
    if let Some(heading) = element(heading).and_then(|heading| heading.dyn_into::<HtmlElement>().ok()) {
        let quietly = web_sys::FocusOptions::new();
        quietly.set_prevent_scroll(true);
        let _ = heading.focus_with_options(&quietly);
    }
}

/// Leaves the field that is being filled, so that it is kept.
pub fn leave_field() {
    if let Some(active) = document().active_element().and_then(|active| active.dyn_into::<HtmlElement>().ok())
    {
        let _ = active.blur();
    }
}

/// Is the page hidden (the phone was put away, another app is in front)?
pub fn hidden() -> bool {
    js_sys::Reflect::get(&document(), &"hidden".into()).is_ok_and(|hidden| hidden.is_truthy())
}

/// How many pixels one `rem` has.
pub fn rem() -> f64 {
    let style =
        document().document_element().and_then(|root| window().get_computed_style(&root).ok().flatten());
    let size = style.and_then(|style| style.get_property_value("font-size").ok());
    size.and_then(|size| size.trim_end_matches("px").parse().ok()).unwrap_or(17.0)
}

/// Calls `act` at every such event, for as long as the page lives.
pub fn listen(target: &EventTarget, event: &str, act: impl FnMut(web_sys::Event) + 'static) {
    let act = Closure::<dyn FnMut(web_sys::Event)>::new(act);
    let _ = target.add_event_listener_with_callback(event, act.as_ref().unchecked_ref());
    act.forget();
}

/// Waits so many milliseconds.
pub async fn sleep(ms: i32) {
    let promise = js_sys::Promise::new(&mut |done, _| {
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, ms);
    });
    let _ = JsFuture::from(promise).await;
}

/// An address under which the page can show these bytes; [`forget_url`] gives it back.
pub fn picture_url(bytes: &js_sys::ArrayBuffer, kind: &str) -> Option<String> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let parts = Array::of1(&Uint8Array::new(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).ok()?;
    web_sys::Url::create_object_url_with_blob(&blob).ok()
}

/// Gives an address of [`picture_url`] back.
pub fn forget_url(url: &str) {
    let _ = web_sys::Url::revoke_object_url(url);
}

/// The bytes of a file or picture.
pub async fn bytes_of(blob: &Blob) -> Option<js_sys::ArrayBuffer> {
    JsFuture::from(blob.array_buffer()).await.ok()?.dyn_into().ok()
}
