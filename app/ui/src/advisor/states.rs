//! Where a case is and how safe it is: always a word beside the colour.

use crate::texts::Words;
use dioxus::prelude::*;
use shared::app::{LinkState, Safety, Stage};

/// Where a case is.
pub fn stage_chip(w: Words, stage: Stage) -> Element {
    let (key, class) = match stage {
        Stage::Draft => ("a-stage-draft", ""),
        Stage::Conflict => ("a-stage-conflict", "bad"),
        Stage::HandedIn => ("a-stage-handed-in", "busy"),
        Stage::Machine => ("a-stage-machine", "busy"),
        Stage::Customer => ("a-stage-customer", "warn"),
        Stage::Office => ("a-stage-office", "busy"),
        Stage::Signed => ("a-stage-signed", "good"),
        Stage::Declined => ("a-stage-declined", "bad"),
        Stage::Ended => ("a-stage-ended", ""),
        Stage::Damaged => ("a-stage-damaged", "bad"),
    };
    rsx! { span { class: "chip {class}", {w.t(key)} } }
}

/// How people are told that a case has come there; none where nobody has to know.
pub fn moved(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::Customer => Some("case-moved-customer"),
        Stage::Office => Some("case-moved-office"),
        Stage::Signed => Some("case-moved-signed"),
        Stage::Declined => Some("case-moved-declined"),
        Stage::Ended => Some("case-moved-ended"),
        Stage::Draft | Stage::Conflict | Stage::HandedIn | Stage::Machine | Stage::Damaged => None,
    }
}

/// How safe a case is.
pub fn safety_chip(w: Words, safety: Safety) -> Element {
    let (key, class) = match safety {
        Safety::Saved => ("safety-saved", ""),
        Safety::Sending => ("safety-sending", "busy"),
        Safety::Safe => ("safety-safe", "good"),
        Safety::Aside => ("safety-aside", "bad"),
    };
    rsx! { span { class: "chip safety {class}", {w.t(key)} } }
}

/// The connection in words.
pub fn link_words(w: Words, link: LinkState) -> String {
    w.t(match link {
        LinkState::Offline => "link-offline",
        LinkState::Connecting => "link-connecting",
        LinkState::Online => "link-online",
        LinkState::Stopped => "link-stopped",
    })
}
