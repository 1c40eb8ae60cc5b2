//! Work that outlives the screen on which it was begun: what is to be kept is kept, whatever the person looks at meanwhile.

use dioxus::prelude::*;
use std::future::Future;

/// Does this to its end, whichever screens come and go.
pub fn errand(work: impl Future<Output = ()> + 'static) {
    dioxus::core::spawn_forever(work);
}

/// Notes something for the screen on which an errand was begun, where it is still there.
pub fn note<T: 'static>(mut on_screen: Signal<T>, value: T) {
    if let Ok(mut place) = on_screen.try_write() {
        *place = value;
    }
}
