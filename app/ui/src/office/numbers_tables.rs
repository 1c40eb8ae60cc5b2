//! The tables of the page of numbers.

use super::{
    Cx,
    numbers::{
        Beside, Beside2, BlockTimes, FunderFigures, MovedPart, PartnerFigures, Reason, count, part_name,
        percent, percent_text, points, reason_name, time,
    },
    numbers_charts as charts,
};
use dioxus::prelude::*;

pub(super) fn funnel(cx: Cx, stages: &[(String, Beside<u32>)]) -> Element {
    let first = stages.first().map_or(0, |(_, cases)| cases.now);
    let rows = stages.iter().enumerate().map(|(place, (key, cases))| {
        let above = place.checked_sub(1).and_then(|place| stages.get(place)).map(|(_, cases)| cases.now);
        (key, *cases, above)
    });
    rsx! {
        div { class: "scroll", role: "region", tabindex: "0", aria_label: cx.t("numbers-funnel"),
            table { class: "numbers funnel",
                thead {
                    tr {
                        th { scope: "col", {cx.t("numbers-stage")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-cases")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-of-first")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-lost")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-col-before")} }
                    }
                }
                tbody {
                    for (key , cases , above) in rows {
                        tr {
                            th { scope: "row",
                                {cx.t(&format!("numbers-stage-{key}"))}
                                {charts::bar(percent(cases.now, first).unwrap_or(0.0))}
                            }
                            td { class: "sum", {count(cases.now)} }
                            td { class: "sum", {percent_text(percent(cases.now, first), cx.w)} }
                            td { class: "sum",
                                if let Some(above) = above {
                                    {percent_text(percent(above.saturating_sub(cases.now), above), cx.w)}
                                } else {
                                    "–"
                                }
                            }
                            td { class: "sum", {count(cases.before)} }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn reasons(cx: Cx, reasons: &[Reason]) -> Element {
    if reasons.is_empty() {
        return rsx! { p { class: "muted", {cx.t("numbers-reasons-none")} } };
    }
    let most = reasons.iter().map(|reason| reason.cases.0).max().unwrap_or(0);
    rsx! {
        div { class: "scroll", role: "region", tabindex: "0", aria_label: cx.t("numbers-reasons"),
            table { class: "numbers",
                thead {
                    tr {
                        th { scope: "col", {cx.t("numbers-reason")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-cases")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-col-before")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-change")} }
                    }
                }
                tbody {
                    for reason in reasons {
                        tr {
                            th { scope: "row",
                                if let Some(href) = &reason.href {
                                    a { class: "tall", href: "{href}", {reason_name(cx.w, &reason.code)} }
                                } else {
                                    {reason_name(cx.w, &reason.code)}
                                }
                                {charts::bar(percent(reason.cases.0, most).unwrap_or(0.0))}
                            }
                            td { class: "sum", {count(reason.cases.0)} }
                            td { class: "sum", {count(reason.cases.1)} }
                            td { class: "sum", {more_or_less(reason.cases)} }
                        }
                    }
                }
            }
        }
    }
}

fn more_or_less((now, before): Beside2) -> String {
    match now.cmp(&before) {
        std::cmp::Ordering::Less => format!("−{}", count(before - now)),
        std::cmp::Ordering::Equal => "±0".to_owned(),
        std::cmp::Ordering::Greater => format!("+{}", count(now - before)),
    }
}

pub(super) fn moved(cx: Cx, parts: &[MovedPart]) -> Element {
    rsx! {
        div { class: "scroll", role: "region", tabindex: "0", aria_label: cx.t("numbers-moved"),
            table { class: "numbers",
                thead {
                    tr {
                        th { scope: "col", {cx.t("numbers-part")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-tile-rate")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-tile-decided")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-rate-effect")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-mix-effect")} }
                        th { scope: "col", class: "sum", {cx.t("numbers-without")} }
                    }
                }
                tbody {
                    for part in parts {
                        tr {
                            th { scope: "row",
                                small { {cx.t(&format!("numbers-by-{}", part.dimension))} }
                                if let Some(href) = &part.href {
                                    a { href: "{href}", {part_name(cx, part)} }
                                } else {
                                    {part_name(cx, part)}
                                }
                            }
                            td { class: "sum",
                                {percent_text(part.rate.now, cx.w)}
                                small { {cx.w.with("numbers-before", &[("n", percent_text(part.rate.before, cx.w).into())])} }
                            }
                            td { class: "sum",
                                {count(part.decided.now)}
                                small { {cx.w.with("numbers-before", &[("n", count(part.decided.before).into())])} }
                            }
                            td { class: "sum", {points(part.rate_effect, cx.w)} }
                            td { class: "sum", {points(part.mix_effect, cx.w)} }
                            td { class: "sum", {points(part.without, cx.w)} }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn funders(cx: Cx, funders: &[FunderFigures]) -> Element {
    if funders.is_empty() {
        return rsx! {};
    }
    rsx! {
        section { class: "card",
            h2 { {cx.t("numbers-funders")} }
            div { class: "scroll", role: "region", tabindex: "0", aria_label: cx.t("numbers-funders"),
                table { class: "numbers",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("numbers-by-funder")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-tile-signed")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-share")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-asked")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-agreed")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-refused")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-failed")} }
                            th { scope: "col", class: "sum", "p50 / p95 / p99" }
                        }
                    }
                    tbody {
                        for funder in funders {
                            tr {
                                th { scope: "row", "{funder.name}" }
                                td { class: "sum",
                                    {count(funder.signed.now)}
                                    small { {cx.w.with("numbers-before", &[("n", count(funder.signed.before).into())])} }
                                }
                                td { class: "sum",
                                    {percent_text(funder.share.now, cx.w)}
                                    small { {cx.w.with("numbers-before", &[("n", percent_text(funder.share.before, cx.w).into())])} }
                                }
                                td { class: "sum", {count(funder.asked[0])} }
                                td { class: "sum", {percent_text(percent(funder.asked[1], funder.asked[0]), cx.w)} }
                                td { class: "sum", {percent_text(percent(funder.asked[2], funder.asked[0]), cx.w)} }
                                td { class: "sum", {percent_text(percent(funder.asked[3], funder.asked[0]), cx.w)} }
                                td { class: "sum", {times(cx, funder.times)} }
                            }
                        }
                    }
                }
            }
        }
    }
}

pub(super) fn partners(cx: Cx, partners: &[PartnerFigures]) -> Element {
    if partners.is_empty() {
        return rsx! {};
    }
    rsx! {
        section { class: "card",
            h2 { {cx.t("numbers-partners")} }
            div { class: "scroll", role: "region", tabindex: "0", aria_label: cx.t("numbers-partners"),
                table { class: "numbers",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("numbers-partner")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-calls")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-failed")} }
                            th { scope: "col", class: "sum", "p50 / p95 / p99" }
                        }
                    }
                    tbody {
                        for partner in partners {
                            tr {
                                th { scope: "row", "{partner.name}" }
                                td { class: "sum", {count(partner.calls)} }
                                td { class: "sum",
                                    {percent_text(percent(partner.failed, partner.calls), cx.w)}
                                    small { {count(partner.failed)} }
                                }
                                td { class: "sum", {times(cx, partner.times)} }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn times(cx: Cx, times: Option<[u64; 3]>) -> String {
    times.map_or_else(|| "–".to_owned(), |times| times.map(|ms| time(ms, cx.w)).join(" / "))
}

/// Blocks of one sort with their times.
pub(super) fn blocks(cx: Cx, title: &str, blocks: &[BlockTimes]) -> Element {
    if blocks.is_empty() {
        return rsx! {};
    }
    rsx! {
        section { class: "card",
            h2 { {cx.t(title)} }
            p { class: "hint", {cx.t("numbers-times-hint")} }
            div { class: "scroll", role: "region", tabindex: "0", aria_label: cx.t(title),
                table { class: "numbers",
                    thead {
                        tr {
                            th { scope: "col", {cx.t("flow-block")} }
                            th { scope: "col", class: "sum", {cx.t("numbers-times")} }
                            th { scope: "col", class: "sum", "p50" }
                            th { scope: "col", class: "sum", "p95" }
                            th { scope: "col", class: "sum", "p99" }
                        }
                    }
                    tbody {
                        for block in blocks {
                            tr {
                                th { scope: "row",
                                    "{block.kind} "
                                    code { "{block.block}" }
                                }
                                td { class: "sum", {count(block.count)} }
                                for ms in block.times {
                                    td { class: "sum", {time(ms, cx.w)} }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_has_its_sign() {
        let said = [(3, 5), (5, 5), (1_500, 0)].map(more_or_less);
        assert_eq!(said, ["−2", "±0", "+1,500"]);
    }
}
