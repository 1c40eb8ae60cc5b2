//! What is not yet safe, saved as files that somebody takes to the office: for a device that cannot send it any more.

use super::desk::{problem_text, use_desk};
use super::errand::{errand, note};
use super::{browser, engine};
use crate::components::amounts::size;
use dioxus::prelude::*;
use shared::app::{Answer, Ask};

/// Codes of databases that do not open, and from which something may still be read.
const WHERE_IT_HELPS: [&str; 4] = ["storage_full", "storage_newer", "storage_failed", "storage_unreadable"];

/// Can what is not yet safe be saved after this refusal?
pub fn helps(code: &str) -> bool {
    WHERE_IT_HELPS.contains(&code)
}

/// One file that was made.
#[derive(Debug, Clone, PartialEq)]
struct File {
    url: String,
    things: usize,
    bytes: usize,
}

/// The way to these files; with the `pin` where the device is locked.
#[component]
pub fn Rescue(#[props(default)] pin: String) -> Element {
    let desk = use_desk();
    let w = desk.words();
    let files = use_signal(Vec::<File>::new);
    let next = use_signal(|| Some(String::new()));
    let unreadable = use_signal(|| 0);
    let busy = use_signal(|| false);
    let problem = use_signal(|| None::<String>);
    use_drop(move || {
        for file in files.try_peek().iter().flat_map(|files| files.iter()) {
            browser::forget_url(&file.url);
        }
    });
    let make = move |_| {
        let Some(after) = next.peek().clone() else { return };
        let ask = Ask::Rescue { after, pin: pin.clone() };
        errand(async move {
            note(busy, true);
            note(problem, None);
            match engine::ask(ask, None).await {
                (Answer::Rescued { things, unreadable: lost, next: more }, Some(bytes)) => {
                    let made = browser::picture_url(&bytes, "application/octet-stream");
                    let made = made.map(|url| File { url, things, bytes: bytes.byte_length() as usize });
                    let all = files.peek().iter().cloned().chain(made).collect();
                    note(files, all);
                    let in_all = *unreadable.peek() + lost;
                    note(unreadable, in_all);
                    note(next, more);
                }
                (Answer::Refused { code }, _) => note(problem, Some(code)),
                _ => note(problem, Some("storage_failed".into())),
            }
            note(busy, false);
        });
    };
    let made = files.read().len();
    rsx! {
        section { class: "card", aria_labelledby: "rescue", "data-rescue": "{made}",
            h2 { id: "rescue", {w.t("rescue-title")} }
            p { {w.t("rescue-lead")} }
            if let Some(code) = problem.read().as_ref() {
                p { class: "error", role: "alert", {problem_text(w, code)} }
            }
            for (place , file) in files.read().iter().enumerate() {
                p { key: "{place}",
                    a {
                        class: "button second",
                        href: "{file.url}",
                        download: "miaopi-{place + 1}.rescue",
                        {w.with("rescue-save", &[("n", (place + 1).into()), ("things", file.things.into()), ("size", size(file.bytes as u64).into())])}
                    }
                }
            }
            if *unreadable.read() > 0 {
                p { class: "banner warn", {w.with("rescue-unreadable", &[("n", (*unreadable.read()).into())])} }
            }
            if next.read().is_some() {
                button { class: "button second", r#type: "button", disabled: *busy.read(), onclick: make,
                    {w.t(if *busy.read() { "rescue-busy" } else if made > 0 { "rescue-next" } else { "rescue-make" })}
                }
            } else {
                p { class: "hint", role: "status",
                    {w.t(if *unreadable.read() > 0 { "rescue-rest" } else { "rescue-whole" })}
                }
            }
        }
    }
}
