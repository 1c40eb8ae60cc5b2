//! Make a link and see how far each customer is. The form posts to `/office/links`: `product`, `vehicle`, `condition`,
//! `price` and `down_payment` (yuan), `months`, `phone`, `region`; revoking posts to `/office/links/{id}/revoke`, a fresh
//! link for the same case to `/office/links/{id}/renew`.

use super::Cx;
use crate::components::{
    amounts::yuan_short,
    form::{Choice, TextField, main_button, select_field, text_field},
    icons::{Icon, icon},
    moment::Moment,
    qr::qr_code,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What was typed into the form, as typed.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkForm {
    /// Value of the chosen product.
    pub product: String,
    /// The vehicle described.
    pub vehicle: String,
    /// `new` or `used`.
    pub condition: String,
    /// Vehicle identification number.
    pub vin: String,
    /// `fuel`, `electric`, `plug_in` or `hydrogen`.
    pub energy: String,
    /// Months since first registration of a used vehicle.
    pub age_months: String,
    /// Kilometres a used vehicle has run.
    pub mileage_km: String,
    /// Price in yuan.
    pub price: String,
    /// Wished down payment in yuan.
    pub down_payment: String,
    /// Wished term in months.
    pub months: String,
    /// The customer's phone; optional.
    pub phone: String,
    /// Value of the chosen region.
    pub region: String,
}

impl std::fmt::Debug for LinkForm {
    /// Without the phone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LinkForm").field("product", &self.product).finish_non_exhaustive()
    }
}

/// The link that was just made. Its address is shown this once: only its hash is kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeLink {
    /// The whole address.
    pub url: String,
    /// Case number.
    pub case_number: String,
    /// Until when it works.
    pub expires: Moment,
}

impl std::fmt::Debug for MadeLink {
    /// Without the address: it is a credential.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MadeLink").field("case_number", &self.case_number).finish_non_exhaustive()
    }
}

/// Where a link stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// Sent, not opened yet.
    Unopened,
    /// The customer is on the way.
    Open,
    /// Waits for a person here.
    Waiting,
    /// Signed.
    Signed,
    /// Ended without a contract: declined or withdrawn.
    Ended,
    /// Too old.
    Expired,
    /// Taken back.
    Revoked,
}

impl LinkState {
    /// The state's name in texts and class names.
    pub fn key(self) -> &'static str {
        match self {
            LinkState::Unopened => "unopened",
            LinkState::Open => "open",
            LinkState::Waiting => "waiting",
            LinkState::Signed => "signed",
            LinkState::Ended => "ended",
            LinkState::Expired => "expired",
            LinkState::Revoked => "revoked",
        }
    }

    /// Whether there is still something to take back.
    pub fn may_be_revoked(self) -> bool {
        matches!(self, LinkState::Unopened | LinkState::Open | LinkState::Waiting)
    }
}

/// One link of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkRow {
    /// Id of the link, for revoking.
    pub id: String,
    /// Case number.
    pub case_number: String,
    /// Product and vehicle in words.
    pub product: String,
    /// The vehicle.
    pub vehicle: String,
    /// Price in fen.
    pub price_fen: i64,
    /// The customer, masked; empty while unknown.
    pub customer: String,
    /// When it was made.
    pub made: Moment,
    /// Where it stands.
    pub state: LinkState,
    /// How far the customer is, in words, such as "confirming what was read".
    pub progress: String,
    /// When the present step is due; none when nothing is.
    pub due: Option<Moment>,
    /// The due time has passed.
    pub overdue: bool,
    /// A fresh link for the same case may be made in its place.
    pub may_be_renewed: bool,
    /// It may be taken back.
    pub may_be_revoked: bool,
}

/// What the page with the links shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// What was typed.
    pub form: LinkForm,
    /// Products to choose from.
    pub products: Vec<Choice>,
    /// Regions to choose from.
    pub regions: Vec<Choice>,
    /// Terms in months to choose from.
    pub terms: Vec<u32>,
    /// The link that was just made.
    pub made: Option<MadeLink>,
    /// Links made so far, newest first.
    pub rows: Vec<LinkRow>,
    /// Address of older links, where there are more.
    pub older: Option<String>,
    /// When the list was read.
    pub as_of: Moment,
}

pub(super) fn page(cx: Cx, links: &Links) -> Element {
    rsx! {
        if let Some(made) = &links.made {
            {made_link(cx, made)}
        }
        div { class: "panes",
            if cx.view.staff.as_ref().is_some_and(|staff| staff.may_make_links) {
                section { class: "card form",
                    h2 { {cx.t("link-make")} }
                    {form(cx, links)}
                }
            }
            section { class: "list",
                div { class: "list-head",
                    h2 { {cx.t("link-list")} }
                    p { class: "muted",
                        {cx.t("as-of")}
                        " "
                        {links.as_of.element()}
                    }
                }
                if links.rows.is_empty() {
                    p { class: "empty", {cx.t("link-none")} }
                } else {
                    {table(cx, &links.rows)}
                }
                if let Some(older) = &links.older {
                    a { class: "button plain", href: "{older}", {cx.t("older")} }
                }
            }
        }
    }
}

fn made_link(cx: Cx, made: &MadeLink) -> Element {
    rsx! {
        section { class: "card made", aria_labelledby: "made-heading",
            {qr_code(&made.url, &cx.t("link-qr"))}
            div {
                h2 { id: "made-heading",
                    {icon(Icon::Check)}
                    {cx.t("link-made")}
                }
                p { {cx.t("link-made-text")} }
                label { r#for: "made-url", {cx.t("link-url")} }
                div { class: "copy",
                    input { id: "made-url", r#type: "text", value: "{made.url}", readonly: true, "data-select": "" }
                    button {
                        class: "button second",
                        r#type: "button",
                        hidden: true,
                        "data-copy": "made-url",
                        "data-done": cx.t("link-copied"),
                        {cx.t("link-copy")}
                    }
                }
                p { class: "muted",
                    "{made.case_number} · "
                    {cx.t("link-expires")}
                    " "
                    {made.expires.element()}
                }
            }
        }
    }
}

fn form(cx: Cx, links: &Links) -> Element {
    let typed = &links.form;
    let conditions = ["new", "used"]
        .map(|value| Choice { value: value.into(), label: cx.t(&format!("condition-{value}")) });
    let energies = ["fuel", "electric", "plug_in", "hydrogen"].map(|value| Choice {
        value: value.into(),
        label: cx.t(&format!("energy-{}", value.replace('_', "-"))),
    });
    let months = |n: &u32| Choice { value: n.to_string(), label: cx.w.with("months", &[("n", (*n).into())]) };
    let terms: Vec<Choice> = links.terms.iter().map(months).collect();
    let (choose, open) = (cx.t("choose"), cx.t("choose-open"));
    rsx! {
        form { method: "post", action: "/office/links", novalidate: true,
            {cx.form_id()}
            {select(cx, "product", "link-product", &typed.product, &links.products, Some(&choose))}
            {text(cx, "vehicle", "link-vehicle", &typed.vehicle, "", true)}
            div { class: "two",
                {text(cx, "vin", "link-vin", &typed.vin, "", true)}
                {select(cx, "energy", "link-energy", &typed.energy, &energies, None)}
            }
            div { class: "two",
                {select(cx, "condition", "link-condition", &typed.condition, &conditions, None)}
                {select(cx, "region", "link-region", &typed.region, &links.regions, Some(&choose))}
            }
            div { class: "two",
                {text(cx, "age_months", "link-age", &typed.age_months, "numeric", false)}
                {text(cx, "mileage_km", "link-mileage", &typed.mileage_km, "numeric", false)}
            }
            div { class: "two",
                {text(cx, "price", "link-price", &typed.price, "decimal", true)}
                {text(cx, "down_payment", "link-down", &typed.down_payment, "decimal", false)}
            }
            div { class: "two",
                {select(cx, "months", "link-months", &typed.months, &terms, Some(&open))}
                {text(cx, "phone", "link-phone", &typed.phone, "tel", false)}
            }
            {main_button(&cx.t("link-go"))}
        }
    }
}

fn text(cx: Cx, name: &str, key: &str, value: &str, keypad: &str, required: bool) -> Element {
    let label = cx.t(key);
    let field =
        TextField { name, label: &label, value, keypad, required, longest: 120, ..TextField::default() };
    text_field(cx.problems(), field)
}

fn select(cx: Cx, name: &str, key: &str, value: &str, choices: &[Choice], empty: Option<&str>) -> Element {
    let label = cx.t(key);
    select_field(
        cx.problems(),
        TextField { name, label: &label, value, ..TextField::default() },
        choices,
        empty,
    )
}

fn table(cx: Cx, rows: &[LinkRow]) -> Element {
    rsx! {
        table { class: "rows",
            thead {
                tr {
                    th { scope: "col", {cx.t("col-case")} }
                    th { scope: "col", {cx.t("col-what")} }
                    th { scope: "col", {cx.t("col-state")} }
                    th { scope: "col", {cx.t("col-due")} }
                    th { scope: "col",
                        span { class: "unseen", {cx.t("col-do")} }
                    }
                }
            }
            tbody {
                for row in rows {
                    {table_row(cx, row)}
                }
            }
        }
    }
}

fn table_row(cx: Cx, row: &LinkRow) -> Element {
    let state = cx.t(&format!("link-state-{}", row.state.key()));
    let number = [("number", row.case_number.as_str().into())];
    let (revoke, renew) = (cx.w.with("link-revoke-this", &number), cx.w.with("link-renew-this", &number));
    rsx! {
        tr {
            th { scope: "row",
                span { class: "number", "{row.case_number}" }
                small { {row.made.element()} }
            }
            td { "data-label": cx.t("col-what"),
                "{row.vehicle}"
                small { "{row.product} · {yuan_short(row.price_fen)}" }
                if !row.customer.is_empty() {
                    small { "{row.customer}" }
                }
            }
            td { "data-label": cx.t("col-state"),
                span { class: "state {row.state.key()}", "{state}" }
                small { "{row.progress}" }
            }
            td { "data-label": cx.t("col-due"),
                if let Some(due) = &row.due {
                    {super::queue::due(cx, due, row.overdue, None)}
                } else {
                    span { class: "muted", "–" }
                }
            }
            td { class: "acts",
                if row.may_be_renewed {
                    form { method: "post", action: "/office/links/{row.id}/renew",
                        {cx.form_id()}
                        button { class: "button small", r#type: "submit", aria_label: renew, {cx.t("link-renew")} }
                    }
                }
                if row.may_be_revoked {
                    form { method: "post", action: "/office/links/{row.id}/revoke",
                        {cx.form_id()}
                        button { class: "button small", r#type: "submit", aria_label: revoke, {cx.t("link-revoke")} }
                    }
                }
            }
        }
    }
}
