//! The first page: who asks, for what, what is needed. Posts to `{base}/start`.

use super::{Cx, Request, request};
use crate::components::{
    form::main_button,
    icons::{Icon, icon},
    moment::Moment,
};
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the first page shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Welcome {
    /// What is asked for.
    pub request: Request,
    /// About how long it takes, in minutes.
    pub minutes: u32,
    /// Until when the link works.
    pub expires: Moment,
}

pub(super) fn page(cx: Cx, welcome: &Welcome) -> Element {
    let lead = cx.w.with("welcome-lead", &[("tenant", welcome.request.tenant.as_str().into())]);
    let time = cx.w.with("welcome-minutes", &[("n", welcome.minutes.into())]);
    rsx! {
        p { class: "lead", "{lead}" }
        {request::card(cx, &welcome.request)}
        section {
            h2 { {cx.t("welcome-need")} }
            ul { class: "needs",
                li {
                    {icon(Icon::Card)}
                    span { {cx.t("welcome-need-card")} }
                }
                li {
                    {icon(Icon::Phone)}
                    span { {cx.t("welcome-need-phone")} }
                }
                li {
                    {icon(Icon::Clock)}
                    span { "{time}" }
                }
            }
        }
        form { method: "post", action: cx.action("start"), "data-send": "",
            {cx.step()}
            {main_button(&cx.t("welcome-start"))}
        }
        section { class: "quiet",
            h2 { {cx.t("welcome-how")} }
            ol {
                li { {cx.t("welcome-how-1")} }
                li { {cx.t("welcome-how-2")} }
                li { {cx.t("welcome-how-3")} }
            }
            p {
                {cx.t("welcome-expires")}
                " "
                {welcome.expires.element()}
            }
        }
    }
}
