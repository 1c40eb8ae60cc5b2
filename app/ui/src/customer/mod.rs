//! The page behind a customer's link, one task at a time.
//!
//! [`render`] turns a [`CustomerView`] into a complete HTML document. Every form posts to `{base}/…` and carries a hidden
//! `step_id`, so that the server recognises a second submit; each page's own file names its fields.

mod agree;
mod ask;
mod code;
mod consent_identity;
mod consent_partners;
mod contract;
mod declined;
mod disclosure;
mod done;
mod ended;
mod identity;
mod in_review;
mod locked;
mod offer;
mod page;
mod photo_field;
mod progress;
mod reading;
mod request;
mod settled;
mod ways;
mod welcome;

pub use agree::ConsentItem;
pub use ask::{Ask, AskWhat};
pub use code::{Code, SIGNATURE_LIMIT};
pub use consent_identity::ConsentIdentity;
pub use consent_partners::ConsentPartners;
pub use contract::{Article, ContractText};
pub use declined::Declined;
pub use disclosure::{CostGroup, CostRow, Disclosure};
pub use done::Done;
pub use ended::Trouble;
pub use identity::Identity;
pub use in_review::InReview;
pub use locked::FinishedLocked;
pub use offer::{Change, Offer};
pub use page::CustomerPage;
pub use photo_field::PhotoAsk;
pub use progress::{Progress, Stage, StageState};
pub use reading::{NameConfidence, Reading};
pub use request::Request;
pub use settled::{PersonAsked, Withdrawn};
pub use welcome::Welcome;

use crate::components::{
    document::{self, Frame, banner, document},
    form::{Problem, Problems, hidden},
};
use crate::texts::Words;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::lang::Lang;

/// The ES module that improves the customer's pages.
pub const SCRIPT: &str = "/assets/customer/customer.js";

/// Seconds after which a waiting page asks again in a browser without JavaScript.
const REFRESH_S: u32 = 4;

/// Everything the customer's page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CustomerView {
    /// The language of the page.
    pub lang: Lang,
    /// The page's address without a slash at its end, such as `/c/abc`. Forms post below it.
    pub base: String,
    /// Id of this step: a second submit of the same page carries the same one.
    pub step_id: String,
    /// Large text (care mode): `?large=1` was chosen.
    pub large: bool,
    /// The page came without HTTPS: the camera view and storage need it, handing in a file works.
    pub insecure_context: bool,
    /// The page is open inside WeChat: "open in browser" helps.
    pub wechat: bool,
    /// Who asks, for the page's head; none on pages that show no case data.
    pub tenant: Option<String>,
    /// Case number to quote to the advisor; none on pages that show no case data.
    pub case_number: Option<String>,
    /// Address of the step before, where going back is possible.
    pub back: Option<String>,
    /// A demonstration: says so, and where its SMS inbox is read.
    pub demo_inbox: Option<String>,
    /// What was wrong with the last submit.
    pub problems: Vec<Problem>,
    /// The page itself.
    pub page: CustomerPage,
}

/// The customer's page as a complete HTML document.
pub fn render(view: &CustomerView) -> String {
    let cx = Cx { view, w: Words(view.lang) };
    let title = view.page.title(cx.w);
    let frame = Frame {
        words: cx.w,
        title: &title,
        large: view.large,
        face: "customer",
        page: view.page.key(),
        script: Some(SCRIPT),
        here: &view.base,
        refresh_s: view.page.is_waiting().then_some(REFRESH_S),
        base: Some(&view.base),
        live: view.page.is_live(),
        problems: &view.problems,
    };
    let header = document::header(&frame, &view.base, view.tenant.as_deref(), rsx! {});
    document(&frame, header, main(cx, &title), footer(cx))
}

/// What every page of the customer's can reach: the view and its words.
#[derive(Clone, Copy)]
pub(crate) struct Cx<'a> {
    pub(crate) view: &'a CustomerView,
    pub(crate) w: Words,
}

impl<'a> Cx<'a> {
    /// The text for a key.
    pub(crate) fn t(self, key: &str) -> String {
        self.w.t(key)
    }

    /// The address that a form of this case posts to.
    pub(crate) fn action(self, path: &str) -> String {
        format!("{}/{path}", self.view.base)
    }

    /// The hidden values that every form carries.
    pub(crate) fn step(self) -> Element {
        hidden("step_id", &self.view.step_id)
    }

    /// The problems of the last submit.
    pub(crate) fn problems(self) -> Problems<'a> {
        Problems { words: self.w, list: &self.view.problems }
    }
}

fn main(cx: Cx, title: &str) -> Element {
    let view = cx.view;
    rsx! {
        {banners(cx)}
        if let Some(back) = &view.back {
            a { class: "back", href: "{back}", {cx.t("back")} }
        }
        if let Some(step) = view.page.step() {
            {steps(cx, step)}
        }
        {cx.problems().summary()}
        h1 { tabindex: "-1", "{title}" }
        {view.page.element(cx)}
    }
}

fn banners(cx: Cx) -> Element {
    let view = cx.view;
    rsx! {
        if let Some(inbox) = &view.demo_inbox {
            {banner("note", rsx! {
                p {
                    {cx.t("demo-note")}
                    " "
                    a { href: "{inbox}", target: "_blank", rel: "noopener noreferrer", {cx.t("demo-inbox")} }
                }
            })}
        }
        if view.wechat && (view.page.takes_a_photo() || view.page.opens_a_file()) {
            {banner("note", rsx! { p { {cx.t("wechat-note")} } })}
        }
        if view.insecure_context && view.page.takes_a_photo() {
            {banner("warn", rsx! { p { {cx.t("insecure-note")} } })}
        }
    }
}

fn steps(cx: Cx, step: u32) -> Element {
    let text = cx.w.with("step", &[("n", step.into()), ("of", CustomerPage::STEPS.into())]);
    rsx! {
        div { class: "steps",
            p { "{text}" }
            div { class: "steps-bar", "aria-hidden": "true",
                for n in 1..=CustomerPage::STEPS {
                    i { class: if n < step { "past" } else if n == step { "now" } else { "" } }
                }
            }
        }
    }
}

fn footer(cx: Cx) -> Element {
    let view = cx.view;
    rsx! {
        footer { class: "bottom",
            if let Some(number) = &view.case_number {
                p {
                    {cx.t("case-number")}
                    " "
                    strong { class: "number", "{number}" }
                }
            }
            p { {cx.t("footer-safety")} }
        }
        div {
            id: "line",
            class: "line",
            role: "status",
            "data-sending": cx.t("line-sending"),
            "data-broken": cx.t("line-broken"),
            "data-again": cx.t("line-again"),
        }
    }
}
