//! A person is looking at the case: why, until when, and that nobody has to wait here.

use super::{Cx, settled, ways};
use crate::components::{
    icons::{Icon, icon},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the page shows while a person is looking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InReview {
    /// Why a person looks, in plain words, one sentence each.
    pub reasons: Vec<String>,
    /// Until when there will be an answer.
    pub until: Moment,
    /// Who answers: the team.
    pub team: String,
    /// The phone that gets a message, masked; none where it is not known.
    pub phone_masked: Option<String>,
    /// The customer has asked for a person.
    pub asked_for: bool,
}

pub(super) fn page(cx: Cx, review: &InReview) -> Element {
    let by_phone = review.phone_masked.as_deref().map(|phone| cx.w.with("in-review-phone", &[("phone", phone.into())]));
    let by = settled::answer_by(cx, &review.team, &review.until);
    rsx! {
        div { class: "outcome wait",
            {icon(Icon::Person)}
            p { "{by}" }
        }
        if review.asked_for {
            p { {cx.t("in-review-asked")} }
        }
        if !review.reasons.is_empty() {
            section { class: "points",
                h2 { {cx.t("in-review-why")} }
                ul {
                    for reason in &review.reasons {
                        li { "{reason}" }
                    }
                }
            }
        }
        section {
            h2 { {cx.t("in-review-next")} }
            p {
                if let Some(text) = by_phone {
                    "{text} "
                }
                {cx.t("in-review-leave")}
            }
            a { class: "button second", href: "{cx.view.base}", {cx.t("progress-look")} }
        }
        if review.asked_for {
            {ways::withdraw(cx)}
        } else {
            {ways::ways(cx)}
        }
    }
}
