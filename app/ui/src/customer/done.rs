//! Signed: outcome, amount, next step, number. Loading it again changes nothing.

use super::{Cx, request::figure};
use crate::components::{
    amounts::{took, yuan},
    facts::{Fact, facts},
    icons::{Icon, icon},
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the last page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// Contract number.
    pub contract_number: String,
    /// The ordinary payment in fen.
    pub monthly_fen: i64,
    /// First due date as shown.
    pub first_due: String,
    /// Plan, funder, term and the like.
    pub summary: Vec<Fact>,
    /// What happens next and who does it.
    pub next_steps: Vec<String>,
    /// Address of the contract as a page.
    pub contract_url: String,
    /// Address of the contract as PDF.
    pub pdf_url: String,
    /// SHA-256 of the PDF in hex.
    pub sha256: String,
    /// What the system needed in total, without waiting for the customer, in milliseconds.
    pub system_ms: Option<u64>,
}

pub(super) fn page(cx: Cx, done: &Done) -> Element {
    let time = done.system_ms.map(|ms| cx.w.with("done-time", &[("time", took(ms, cx.w).into())]));
    rsx! {
        div { class: "outcome good",
            {icon(Icon::Check)}
            p { {cx.t("done-lead")} }
        }
        section { class: "card",
            dl { class: "figures",
                {figure(cx.t("offer-monthly"), yuan(done.monthly_fen), true)}
                {figure(cx.t("done-first-due"), done.first_due.clone(), false)}
                {figure(cx.t("contract-number"), done.contract_number.clone(), false)}
            }
            {facts(&done.summary)}
            div { class: "pair",
                a { class: "button main", href: "{done.pdf_url}", download: "{done.contract_number}.pdf", {cx.t("contract-pdf")} }
                a { class: "button second", href: "{done.contract_url}", {cx.t("contract-read")} }
            }
        }
        section {
            h2 { {cx.t("done-next")} }
            ol { class: "next",
                for step in &done.next_steps {
                    li { "{step}" }
                }
            }
        }
        p { class: "hint fingerprint",
            {cx.t("contract-hash")}
            " "
            code { "{done.sha256}" }
        }
        p { class: "hint", {cx.t("done-keep")} }
        if let Some(time) = time {
            p { class: "hint", "{time}" }
        }
    }
}
