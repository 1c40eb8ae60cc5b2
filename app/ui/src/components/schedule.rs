//! A repayment schedule as a table.

use crate::components::amounts::yuan;
use crate::texts::Words;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// One payment of a schedule. Amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Number, from 1.
    pub number: u32,
    /// Due date as shown, such as `2026-12-22`; empty when dates follow the contract's start.
    pub due: String,
    /// Principal part.
    pub principal_fen: i64,
    /// Interest (or rent charge) part.
    pub interest_fen: i64,
    /// Fees due with this payment.
    pub fees_fen: i64,
    /// What is paid in total.
    pub total_fen: i64,
    /// Principal left afterwards.
    pub rest_fen: i64,
}

/// The schedule as a table that scrolls by itself on a narrow screen.
pub fn schedule_table(words: Words, list: &[Instalment]) -> Element {
    let fees = list.iter().any(|row| row.fees_fen != 0);
    let caption = words.t("schedule");
    rsx! {
        div { class: "scroll", tabindex: "0", role: "region", aria_label: "{caption}",
            table { class: "schedule",
                thead {
                    tr {
                        th { scope: "col", {words.t("schedule-number")} }
                        th { scope: "col", class: "sum", {words.t("schedule-total")} }
                        th { scope: "col", class: "sum", {words.t("schedule-principal")} }
                        th { scope: "col", class: "sum", {words.t("schedule-interest")} }
                        if fees {
                            th { scope: "col", class: "sum", {words.t("schedule-fees")} }
                        }
                        th { scope: "col", class: "sum", {words.t("schedule-rest")} }
                    }
                }
                tbody {
                    for row in list {
                        tr {
                            th { scope: "row",
                                "{row.number}"
                                if !row.due.is_empty() {
                                    small { "{row.due}" }
                                }
                            }
                            td { class: "sum strong", {yuan(row.total_fen)} }
                            td { class: "sum", {yuan(row.principal_fen)} }
                            td { class: "sum", {yuan(row.interest_fen)} }
                            if fees {
                                td { class: "sum", {yuan(row.fees_fen)} }
                            }
                            td { class: "sum", {yuan(row.rest_fen)} }
                        }
                    }
                }
            }
        }
    }
}
