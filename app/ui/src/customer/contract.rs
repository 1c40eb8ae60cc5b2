//! The contract to read on a phone; the PDF is what counts.

use super::Cx;
use crate::components::{
    facts::{Fact, facts},
    icons::{Icon, icon},
    schedule::{Instalment, schedule_table},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One article of the contract.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Article {
    /// Its heading with its number.
    pub heading: String,
    /// Its paragraphs.
    pub paragraphs: Vec<String>,
}

/// The contract's text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContractText {
    /// The contract's title, also the page's heading.
    pub title: String,
    /// Contract number.
    pub number: String,
    /// Parties, vehicle and terms.
    pub parties: Vec<Fact>,
    /// The articles.
    pub articles: Vec<Article>,
    /// The schedule.
    pub schedule: Vec<Instalment>,
    /// Address of the PDF.
    pub pdf_url: String,
    /// SHA-256 of the PDF in hex.
    pub sha256: String,
    /// Whether it is signed already.
    pub signed: bool,
}

impl std::fmt::Debug for ContractText {
    /// The number only: the rest names people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ContractText").field("number", &self.number).finish_non_exhaustive()
    }
}

pub(super) fn page(cx: Cx, contract: &ContractText) -> Element {
    let state = if contract.signed { "contract-signed" } else { "contract-unsigned" };
    rsx! {
        p { class: "muted",
            {cx.t("contract-number")}
            " {contract.number} · "
            {cx.t(state)}
        }
        p { class: "links",
            a { href: "{contract.pdf_url}",
                {icon(Icon::Download)}
                {cx.t("contract-pdf")}
            }
        }
        article { class: "card contract",
            {facts(&contract.parties)}
            for article in &contract.articles {
                section {
                    h2 { "{article.heading}" }
                    for paragraph in &article.paragraphs {
                        p { "{paragraph}" }
                    }
                }
            }
            if !contract.schedule.is_empty() {
                h2 { {cx.t("schedule")} }
                {schedule_table(cx.w, &contract.schedule)}
            }
        }
        if !contract.sha256.is_empty() {
            p { class: "hint fingerprint",
                {cx.t("contract-hash")}
                " "
                code { "{contract.sha256}" }
            }
        }
        a { class: "button main", href: "{cx.view.base}", {cx.t("contract-back")} }
    }
}
