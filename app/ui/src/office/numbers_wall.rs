//! A few figures of today in large type, for a screen on a wall. It shows nobody's name and asks again by itself: the
//! answer carries `Refresh`, unless `still` is asked for.

use super::{
    Cx,
    numbers::{Beside, Figures, count, percent_text, points},
    numbers_charts as charts,
};
use crate::components::moment::Moment;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};

/// What the wall shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NumbersWall {
    /// Whose.
    pub tenant: String,
    /// Today beside yesterday up to the same hour.
    pub figures: Figures,
    /// Cases that wait for a person now.
    pub waiting: u32,
    /// When it was read.
    pub as_of: Moment,
    /// It does not ask again by itself.
    pub still: bool,
}

pub(super) fn page(cx: Cx, wall: &NumbersWall) -> Element {
    let figures = &wall.figures;
    let rate = figures.rate();
    let change = rate.now.zip(rate.before).map(|(now, before)| points(now - before, cx.w));
    rsx! {
        p { class: "muted",
            "{wall.tenant} · "
            {cx.t("as-of")}
            " "
            {wall.as_of.element()}
        }
        dl { class: "wall",
            {figure(cx, "opened", &count(figures.opened.now), Some(beside(cx, figures.opened)))}
            {figure(cx, "rate", &percent_text(rate.now, cx.w), change)}
            {figure(cx, "signed", &count(figures.approved.now), Some(beside(cx, figures.approved)))}
            {figure(cx, "waiting", &count(wall.waiting), None)}
        }
        section { class: "card",
            h2 { {cx.t("numbers-by-hour")} }
            {charts::hours(cx, &figures.by_hour)}
        }
        p { class: "links",
            if wall.still {
                a { href: "/office/numbers/wall", {cx.t("numbers-wall-moving")} }
            } else {
                a { href: "/office/numbers/wall?still=1", {cx.t("numbers-wall-still")} }
            }
            " "
            a { href: "/office/numbers?period=today", {cx.t("numbers-wall-more")} }
        }
    }
}

fn beside(cx: Cx, cases: Beside<u32>) -> String {
    cx.w.with("numbers-wall-before", &[("n", count(cases.before).into())])
}

fn figure(cx: Cx, key: &str, value: &str, beside: Option<String>) -> Element {
    rsx! {
        div {
            dt { {cx.t(&format!("numbers-tile-{key}"))} }
            dd {
                strong { "{value}" }
                if let Some(beside) = beside {
                    small { "{beside}" }
                }
            }
        }
    }
}
