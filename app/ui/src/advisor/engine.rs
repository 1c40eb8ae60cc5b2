//! The page's end of the engine. In the browser it is a worker, elsewhere something like one: page and engine exchange
//! `{id, ask, bytes?}` and `{id, answer, bytes?}`, and `{news}` comes unasked; `ask`, `answer` and `news` are JSON, bytes
//! are an `ArrayBuffer` that is handed over, not copied. An `id` is used once in all pages of this browser: by it the engine
//! knows an ask that comes again.

use super::{
    link,
    outside::{self, Outside},
};
use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect};
use shared::app::{Answer, Ask};
use std::{cell::RefCell, collections::HashMap};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageEvent, Worker};

/// The code of an ask that no engine answers any more.
pub const GONE: &str = "engine_gone";

/// What came back: the answer and the bytes beside it.
pub type Back = (Answer, Option<ArrayBuffer>);

#[cfg_attr(feature = "fake", allow(dead_code))]
enum Link {
    Worker {
        worker: Worker,
        page: String,
        next: u32,
        waiting: HashMap<String, Function>,
    },
    #[cfg(feature = "fake")]
    Fake(super::fake::Fake),
    Gone,
}

thread_local! {
    static LINK: RefCell<Link> = const { RefCell::new(Link::Gone) };
}

/// Starts the engine.
pub fn start() {
    #[cfg(feature = "fake")]
    LINK.set(Link::Fake(super::fake::Fake::start(&super::browser::query(), clock)));
    #[cfg(not(feature = "fake"))]
    LINK.set(link().unwrap_or(Link::Gone));
}

#[cfg_attr(feature = "fake", allow(dead_code))]
fn link() -> Option<Link> {
    let page = super::browser::window().crypto().ok()?.random_uuid();
    Some(Link::Worker { worker: worker()?, page, next: 1, waiting: HashMap::new() })
}

/// Asks the engine; `bytes` are handed over.
pub async fn ask(ask: Ask, bytes: Option<ArrayBuffer>) -> Back {
    #[cfg(feature = "fake")]
    if LINK.with_borrow(|link| matches!(link, Link::Fake(_))) {
        super::browser::sleep(super::fake::PAUSE_MS).await;
        return ask_fake(ask, bytes);
    }
    let Some(promise) = send(&ask, bytes) else { return gone() };
    match JsFuture::from(promise).await {
        Ok(message) => read(&message),
        Err(_) => gone(),
    }
}

/// Asks the stand-in, passes its news on, and lets it go on by itself, as a server's answer would.
#[cfg(feature = "fake")]
fn ask_fake(ask: Ask, bytes: Option<ArrayBuffer>) -> Back {
    let bytes = bytes.map(|bytes| js_sys::Uint8Array::new(&bytes).to_vec());
    let mut later = Vec::new();
    let (answer, picture) = with_fake(|fake| {
        let back = fake.ask(None, ask, bytes.as_deref());
        later.append(&mut fake.later);
        back
    })
    .unwrap_or_else(|| (Answer::refused(GONE), None));
    for document in later {
        wasm_bindgen_futures::spawn_local(async move {
            super::browser::sleep(super::fake::SAFE_AFTER_MS).await;
            with_fake(|fake| fake.make_safe(document));
        });
    }
    (answer, picture.map(|picture| js_sys::Uint8Array::from(picture.as_slice()).buffer()))
}

#[cfg(feature = "fake")]
fn with_fake<T>(act: impl FnOnce(&mut super::fake::Fake) -> T) -> Option<T> {
    let (done, news) = LINK.with_borrow_mut(|link| match link {
        Link::Fake(fake) => (Some(act(fake)), std::mem::take(&mut fake.news)),
        _ => (None, Vec::new()),
    });
    news.into_iter().for_each(|news| outside::tell(Outside::News(news)));
    done
}

#[cfg(feature = "fake")]
fn clock() -> (jiff::Timestamp, jiff::civil::Date) {
    let now = jiff::Timestamp::from_millisecond(js_sys::Date::now() as i64).unwrap_or_default();
    (now, super::browser::today())
}

fn gone() -> Back {
    (Answer::refused(GONE), None)
}

fn send(ask: &Ask, bytes: Option<ArrayBuffer>) -> Option<Promise> {
    let json = serde_json::to_string(ask).ok()?;
    LINK.with_borrow_mut(|link| {
        let Link::Worker { worker, page, next, waiting } = link else { return None };
        let id = format!("{page}-{next}");
        *next = next.wrapping_add(1).max(1);
        let message = Object::new();
        set(&message, "id", &id.as_str().into());
        set(&message, "ask", &json.into());
        let handed_over = Array::new();
        if let Some(bytes) = &bytes {
            set(&message, "bytes", bytes);
            handed_over.push(bytes);
        }
        let promise = Promise::new(&mut |done, _| {
            waiting.insert(id.clone(), done);
        });
        if worker.post_message_with_transfer(&message, &handed_over).is_err() {
            waiting.remove(&id);
            return None;
        }
        Some(promise)
    })
}

fn set(object: &Object, name: &str, value: &JsValue) {
    let _ = Reflect::set(object, &name.into(), value);
}

fn get(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

fn read(message: &JsValue) -> Back {
    let answer = get(message, "answer").as_string().and_then(|json| serde_json::from_str(&json).ok());
    let bytes = get(message, "bytes").dyn_into::<ArrayBuffer>().ok();
    (answer.unwrap_or_else(|| Answer::refused("engine_answer_unreadable")), bytes)
}

#[cfg_attr(feature = "fake", allow(dead_code))]
fn worker() -> Option<Worker> {
    let worker = link::engine().ok()?;
    let heard = Closure::<dyn FnMut(MessageEvent)>::new(|event: MessageEvent| hear(&event.data()));
    worker.set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
    let broken = Closure::<dyn FnMut(JsValue)>::new(|_| lose());
    worker.set_onerror(Some(broken.as_ref().unchecked_ref()));
    broken.forget();
    Some(worker)
}

fn hear(message: &JsValue) {
    if let Some(news) = get(message, "news").as_string() {
        if let Ok(news) = serde_json::from_str(&news) {
            outside::tell(Outside::News(news));
        }
        return;
    }
    let Some(id) = get(message, "id").as_string() else { return };
    let done = LINK.with_borrow_mut(|link| match link {
        Link::Worker { waiting, .. } => waiting.remove(&id),
        _ => None,
    });
    if let Some(done) = done {
        let _ = done.call1(&JsValue::NULL, message);
    }
}

/// The worker died: whoever waits is answered, and the app says so.
fn lose() {
    let link = LINK.replace(Link::Gone);
    if let Link::Worker { waiting, .. } = link {
        for done in waiting.into_values() {
            let _ = done.call1(&JsValue::NULL, &Object::new());
        }
    }
    outside::tell(Outside::EngineGone);
}
