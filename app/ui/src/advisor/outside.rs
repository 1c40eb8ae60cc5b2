//! What comes from outside the screens, in the order in which it came: news of the engine, the back button, the network.

use shared::app::News;
use std::{cell::RefCell, collections::VecDeque};
use wasm_bindgen_futures::JsFuture;

/// Something that no screen asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Outside {
    /// The engine says something.
    News(News),
    /// The browser went back or forward to this path.
    Went(String),
    /// The network came or went.
    Network(bool),
    /// How the app gets to the home screen has changed.
    Install,
    /// The engine is gone.
    EngineGone,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Outside>,
    reader: Option<js_sys::Function>,
}

thread_local! {
    static QUEUE: RefCell<Queue> = RefCell::default();
}

/// Puts something into the queue.
pub fn tell(outside: Outside) {
    let reader = QUEUE.with_borrow_mut(|queue| {
        queue.waiting.push_back(outside);
        queue.reader.take()
    });
    if let Some(reader) = reader {
        let _ = reader.call0(&wasm_bindgen::JsValue::NULL);
    }
}

/// The next thing in the queue; waits for one.
pub async fn next() -> Outside {
    loop {
        if let Some(outside) = QUEUE.with_borrow_mut(|queue| queue.waiting.pop_front()) {
            return outside;
        }
        let promise = js_sys::Promise::new(&mut |done, _| {
            QUEUE.with_borrow_mut(|queue| queue.reader = Some(done));
        });
        let _ = JsFuture::from(promise).await;
    }
}
