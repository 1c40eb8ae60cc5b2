//! What the customer is asked to finance: shown first, and again wherever it helps to remember.

use super::Cx;
use crate::components::amounts::yuan_short;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// The request behind a link. Texts are in the reader's language, amounts in fen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The company whose front office this is.
    pub tenant: String,
    /// The dealer, where one is named.
    pub dealer: Option<String>,
    /// The advisor, where one is named.
    pub advisor: Option<String>,
    /// The product, such as "used-car leaseback".
    pub product: String,
    /// The vehicle as described by the advisor.
    pub vehicle: String,
    /// New or used, in words.
    pub condition: String,
    /// Price of the vehicle.
    pub price_fen: i64,
    /// Wished down payment, where it was said.
    pub down_payment_fen: Option<i64>,
    /// Amount to finance.
    pub amount_fen: i64,
    /// Wished term in months, where it was said.
    pub months: Option<u32>,
}

/// The request as a card.
pub(super) fn card(cx: Cx, request: &Request) -> Element {
    let months = request.months.map(|n| cx.w.with("months", &[("n", n.into())]));
    rsx! {
        section { class: "card request", aria_label: cx.t("request"),
            div { class: "request-head",
                p { class: "eyebrow", "{request.product}" }
                p { class: "vehicle", "{request.vehicle}" }
                p { class: "muted", "{request.condition}" }
            }
            dl { class: "figures three",
                {figure(cx.t("request-amount"), yuan_short(request.amount_fen), true)}
                {figure(cx.t("request-price"), yuan_short(request.price_fen), false)}
                if let Some(fen) = request.down_payment_fen {
                    {figure(cx.t("request-down"), yuan_short(fen), false)}
                }
                if let Some(months) = months {
                    {figure(cx.t("request-months"), months, false)}
                }
            }
            dl { class: "facts",
                {line(cx.t("request-tenant"), Some(&request.tenant))}
                {line(cx.t("request-dealer"), request.dealer.as_deref())}
                {line(cx.t("request-advisor"), request.advisor.as_deref())}
            }
        }
    }
}

/// A figure with its label; the large one stands out.
pub(super) fn figure(label: String, value: String, large: bool) -> Element {
    rsx! {
        div { class: if large { "figure large" } else { "figure" },
            dt { "{label}" }
            dd { "{value}" }
        }
    }
}

fn line(label: String, value: Option<&str>) -> Element {
    rsx! {
        if let Some(value) = value {
            div {
                dt { "{label}" }
                dd { "{value}" }
            }
        }
    }
}
