//! A point in time as the server says it.

use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// A point in time, already put into the reader's zone and language by the server (these screens read no clock and know
/// no zone).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moment {
    /// For programs: RFC 3339, such as `2026-11-22T21:04:00+08:00`.
    pub iso: String,
    /// For people: such as `11月22日 21:04`.
    pub shown: String,
}

impl Moment {
    /// A moment from its two forms.
    pub fn new(iso: impl Into<String>, shown: impl Into<String>) -> Self {
        Moment { iso: iso.into(), shown: shown.into() }
    }

    /// The moment as a `<time>` element.
    pub fn element(&self) -> Element {
        rsx! { time { datetime: "{self.iso}", "{self.shown}" } }
    }
}
