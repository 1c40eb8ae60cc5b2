//! Pictures of figures, drawn in shares of the width so that their writing keeps its size on a phone. What they show stands
//! in a table below each.

use super::{
    Cx,
    numbers::{Beside, DayRate, count, percent, percent_text},
};
use dioxus::prelude::*;

/// Height of the drawing above the labels, CSS pixels.
const HEIGHT: f64 = 150.0;
/// Room above the drawing for a value.
const ABOVE: f64 = 18.0;
/// Room below it for labels.
const BELOW: f64 = 20.0;
/// Days whose values and names all find room.
const FEW_DAYS: usize = 14;
/// Hours between labels of the clock.
const EVERY_HOURS: usize = 3;

/// A bar beside a row of a table, `share` of a hundred of its full length.
pub(super) fn bar(share: f64) -> Element {
    rsx! {
        svg { class: "row-bar", width: "100%", height: "6", "aria-hidden": "true",
            rect { class: "c-ground", width: "100%", height: "6", rx: "3" }
            rect { class: "c-now", width: "{share:.1}%", height: "6", rx: "3" }
        }
    }
}

/// The approval rate day by day; days of the period stand out.
pub(super) fn days(cx: Cx, days: &[DayRate]) -> Element {
    let step = 100.0 / days.len().max(1) as f64;
    let every = days.len().div_ceil(FEW_DAYS).max(1);
    let rate = |day: &DayRate| percent(day.approved, day.approved + day.declined);
    let bars = days.iter().enumerate().map(|(place, day)| {
        let shown = rate(day);
        let height = shown.unwrap_or(0.0) * HEIGHT / 100.0;
        let class = if day.chosen { "c-now" } else { "c-before" };
        let named = (days.len() - 1 - place).is_multiple_of(every);
        (
            step * (place as f64 + 0.12),
            step * 0.76,
            step * (place as f64 + 0.5),
            height,
            class,
            named,
            day,
            shown,
        )
    });
    let all = HEIGHT + ABOVE + BELOW;
    rsx! {
        p { class: "legend",
            span { class: "key-now", {cx.t("numbers-days-chosen")} }
            span { class: "key-others", {cx.t("numbers-days-others")} }
        }
        svg { class: "chart", role: "img", width: "100%", height: "{all}", "aria-label": cx.t("numbers-rate-days"),
            for percent in [50.0, 100.0] {
                line { class: "c-line", x1: "0", x2: "100%", y1: "{ABOVE + HEIGHT * (1.0 - percent / 100.0)}", y2: "{ABOVE + HEIGHT * (1.0 - percent / 100.0)}" }
            }
            // The other line would be written into the bars.
            text { class: "c-most", x: "0", y: "{ABOVE - 4.0}", "100%" }
            for (left , width , middle , height , class , named , day , shown) in bars {
                rect { class, x: "{left:.2}%", width: "{width:.2}%", y: "{ABOVE + HEIGHT - height:.1}", height: "{height:.1}", rx: "2" }
                if let Some(shown) = shown.filter(|_| named) {
                    text { x: "{middle:.2}%", y: "{ABOVE + HEIGHT - height - 5.0:.1}", "{shown:.0}" }
                }
                if named {
                    text { class: "c-label", x: "{middle:.2}%", y: "{all - 4.0}", "{day.label}" }
                }
            }
        }
        details {
            summary { {cx.t("numbers-as-table")} }
            table { class: "numbers",
                caption { class: "unseen", {cx.t("numbers-rate-days")} }
                thead {
                    tr {
                        th { scope: "col", {cx.t("numbers-day")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-tile-signed")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-declined")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-tile-rate")} }
                    }
                }
                tbody {
                    for day in days {
                        tr {
                            th { scope: "row", "{day.day}" }
                            td { class: "sum", {count(day.approved)} }
                            td { class: "sum", {count(day.declined)} }
                            td { class: "sum", {percent_text(rate(day), cx.w)} }
                        }
                    }
                }
            }
        }
    }
}

/// Cases opened by the hour of the clock; a stroke marks the period before.
pub(super) fn hours(cx: Cx, hours: &[Beside<f64>]) -> Element {
    let most = hours.iter().map(|hour| hour.now.max(hour.before)).fold(1.0, f64::max);
    let step = 100.0 / hours.len().max(1) as f64;
    let bars = hours.iter().enumerate().map(|(place, hour)| {
        let (now, before) = (hour.now * HEIGHT / most, hour.before * HEIGHT / most);
        (place, step * (place as f64 + 0.15), step * (place as f64 + 0.5), now, before)
    });
    let all = HEIGHT + ABOVE + BELOW;
    rsx! {
        p { class: "legend",
            span { class: "key-now", {cx.t("numbers-col-now")} }
            span { class: "key-before", {cx.t("numbers-col-before")} }
        }
        svg { class: "chart", role: "img", width: "100%", height: "{all}", "aria-label": cx.t("numbers-by-hour"),
            line { class: "c-line", x1: "0", x2: "100%", y1: "{ABOVE + HEIGHT}", y2: "{ABOVE + HEIGHT}" }
            text { class: "c-most", x: "0", y: "12", {short(most)} }
            for (place , left , middle , now , before) in bars {
                rect { class: "c-now", x: "{left:.2}%", width: "{step * 0.7:.2}%", y: "{ABOVE + HEIGHT - now:.1}", height: "{now:.1}", rx: "2" }
                if before > 0.0 {
                    rect { class: "c-mark", x: "{left - step * 0.1:.2}%", width: "{step * 0.9:.2}%", y: "{ABOVE + HEIGHT - before - 1.5:.1}", height: "3" }
                }
                if place % EVERY_HOURS == 0 {
                    text { class: "c-label", x: "{middle:.2}%", y: "{all - 4.0}", "{place}" }
                }
            }
        }
        details {
            summary { {cx.t("numbers-as-table")} }
            table { class: "numbers",
                caption { class: "unseen", {cx.t("numbers-by-hour")} }
                thead {
                    tr {
                        th { scope: "col", {cx.t("numbers-hour")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-col-now")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-col-before")} }
                    }
                }
                tbody {
                    for (place , hour) in hours.iter().enumerate() {
                        tr {
                            th { scope: "row", "{place}:00" }
                            td { class: "sum", {short(hour.now)} }
                            td { class: "sum", {short(hour.before)} }
                        }
                    }
                }
            }
        }
    }
}

/// A mean per day: whole where it is.
fn short(value: f64) -> String {
    if value.fract() < 0.05 || value >= 100.0 { format!("{value:.0}") } else { format!("{value:.1}") }
}
