//! The contract that the customer signed: what it comes to, and the file itself, fetched when somebody asks for it.

use super::errand::{errand, note};
use super::{browser, desk::use_desk, engine, field::readable, missing::field_name};
use crate::components::icons::{Icon, icon};
use dioxus::prelude::*;
use js_sys::Uint8Array;
use shared::app::{Answer, Ask, CaseView, Stage};
use shared::document::Field;
use shared::domain::PhotoHash;

/// What of the case stands above the file.
const FACTS: [Field; 5] = [Field::Name, Field::Vin, Field::Price, Field::DownPayment, Field::Plan];

/// The file, as long as the screen shows it.
#[derive(Debug, Clone, PartialEq)]
struct File {
    url: String,
    sha256: String,
    kilobytes: usize,
}

/// The contract of the open case.
#[component]
pub fn ContractScreen() -> Element {
    let desk = use_desk();
    let w = desk.words();
    let file = use_signal(|| None::<File>);
    let busy = use_signal(|| false);
    use_drop(move || {
        if let Some(url) = file.try_peek().ok().and_then(|file| file.as_ref().map(|file| file.url.clone())) {
            browser::forget_url(&url);
        }
    });
    let case = desk.case.read();
    let Some(case) = case.as_ref() else { return rsx! {} };
    if case.row.stage != Stage::Signed {
        return rsx! { p { class: "empty", {icon(Icon::Clock)} {w.t("contract-not-yet")} } };
    }
    let document = case.row.document;
    let fetch = move |_| {
        errand(async move {
            note(busy, true);
            let (answer, bytes) = engine::ask(Ask::Contract { document }, None).await;
            match (answer, bytes) {
                (Answer::Contract, Some(bytes)) => note(file, read(&bytes)),
                (Answer::Refused { code }, _) => desk.tell_problem(&code),
                _ => desk.tell_problem("no_network"),
            }
            note(busy, false);
        });
    };
    rsx! {
        p { class: "banner good", {icon(Icon::Check)} {w.t("timeline-signed")} }
        section { class: "card", aria_labelledby: "contract-facts",
            h2 { id: "contract-facts", {number(case)} }
            dl { class: "facts",
                for field in FACTS.into_iter().filter(|field| !case.text(*field).is_empty()) {
                    div { key: "{field.key()}",
                        dt { {field_name(w, field)} }
                        dd { {readable(w, field, case.text(field))} }
                    }
                }
            }
        }
        if let Some(file) = file.read().as_ref() {
            section { class: "card", aria_labelledby: "contract-file",
                h2 { id: "contract-file", {w.with("contract-file", &[("n", file.kilobytes.into())])} }
                div { class: "pair",
                    a { class: "button second", href: "{file.url}", target: "_blank", {w.t("contract-open")} }
                    a { class: "button second", href: "{file.url}", download: "{number(case)}.pdf", {w.t("contract-save")} }
                }
                p { class: "hint", {w.t("contract-digest")} }
                p { class: "digest", "{file.sha256}" }
            }
        } else {
            button { class: "button main", r#type: "button", disabled: *busy.read(), onclick: fetch,
                {w.t(if *busy.read() { "contract-fetching" } else { "contract-fetch" })}
            }
            p { class: "hint", {w.t("contract-hint")} }
        }
    }
}

fn number(case: &CaseView) -> String {
    case.row.number.clone().unwrap_or_else(|| "MP".to_owned())
}

fn read(bytes: &js_sys::ArrayBuffer) -> Option<File> {
    let url = browser::picture_url(bytes, "application/pdf")?;
    let bytes = Uint8Array::new(bytes).to_vec();
    // The same digest as stands in the signature's evidence.
    Some(File { url, sha256: PhotoHash::of(&bytes).to_string(), kilobytes: bytes.len().div_ceil(1024) })
}
