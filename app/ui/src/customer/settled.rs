//! What the customer wished has arrived: a person was asked, or the application is withdrawn.

use super::{Cx, ways};
use crate::components::{
    icons::{Icon, icon},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// The wish for a person has arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonAsked {
    /// Until when somebody answers.
    pub until: Moment,
    /// Who answers: the team.
    pub team: String,
}

/// The application is withdrawn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Withdrawn {
    /// When.
    pub at: Moment,
    /// What happens to the data, in one or two sentences.
    pub data: String,
}

pub(super) fn person_asked(cx: Cx, asked: &PersonAsked) -> Element {
    rsx! {
        div { class: "outcome good",
            {icon(Icon::Person)}
            p { {answer_by(cx, &asked.team, &asked.until)} }
        }
        p { {cx.t("in-review-leave")} }
        a { class: "button second", href: "{cx.view.base}", {cx.t("progress-look")} }
        {ways::withdraw(cx)}
    }
}

/// Who answers, and until when.
pub(super) fn answer_by(cx: Cx, team: &str, until: &Moment) -> String {
    cx.w.with("in-review-by", &[("team", team.into()), ("time", until.shown.as_str().into())])
}

pub(super) fn withdrawn(cx: Cx, withdrawn: &Withdrawn) -> Element {
    rsx! {
        div { class: "outcome",
            {icon(Icon::Check)}
            p {
                {cx.t("withdrawn-at")}
                " "
                {withdrawn.at.element()}
            }
        }
        p { "{withdrawn.data}" }
        p { {cx.t("withdrawn-next")} }
    }
}
