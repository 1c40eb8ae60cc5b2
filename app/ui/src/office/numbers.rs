//! What the company's cases amount to. The choice lies in the address: `period` (`today`, `yesterday`, `7d`, `30d`) or
//! `from` and `to`, and one word of each dimension. Works without a script; every picture stands beside its figures.

use super::{Cx, numbers_charts as charts, numbers_tables as tables};
use crate::components::{
    amounts::grouped,
    form::{Choice, TextField, select_field, text_field},
    moment::Moment,
};
use crate::texts::Words;
use dioxus::prelude::*;
use serde::{Deserialize, Serialize};
use shared::domain::lang::Lang;

/// A figure of the period and of the one before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Beside<T> {
    /// Of the period.
    pub now: T,
    /// Of the one before.
    pub before: T,
}

/// What the page shows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Numbers {
    /// Named periods: text key, address, whether it is this one.
    pub periods: Vec<(String, String, bool)>,
    /// First day as in a form, where the days were chosen.
    pub from: String,
    /// Last day.
    pub to: String,
    /// The days in words.
    pub days_said: String,
    /// The days before in words.
    pub before_said: String,
    /// Of the days only what has passed of today counts.
    pub under_way: bool,
    /// What can be filtered by.
    pub filters: Vec<NumberFilter>,
    /// Address of the same period without filters, where there are any.
    pub unfiltered: Option<String>,
    /// The figures; none where the choice cannot be read.
    pub figures: Option<Figures>,
    /// Address of the export.
    pub csv: String,
    /// Address of the wall.
    pub wall: String,
    /// Up to when the cases were read.
    pub as_of: Option<Moment>,
    /// There are cases that were not yet read.
    pub behind: bool,
}

/// One dimension to filter by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberFilter {
    /// Its name in the address, and in texts.
    pub name: String,
    /// What is chosen; empty is all.
    pub chosen: String,
    /// What there is.
    pub choices: Vec<Choice>,
}

/// The figures.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Cases opened.
    pub opened: Beside<u32>,
    /// Hours of the period so far.
    pub hours: Beside<u32>,
    /// Approved ones.
    pub approved: Beside<u32>,
    /// Declined ones.
    pub declined: Beside<u32>,
    /// Withdrawn, expired, failed.
    pub others: Beside<u32>,
    /// Per hour of the clock.
    pub by_hour: Vec<Beside<f64>>,
    /// The approval rate day by day.
    pub days: Vec<DayRate>,
    /// Stages: name in texts, cases.
    pub funnel: Vec<(String, Beside<u32>)>,
    /// Reasons of decline, most frequent first.
    pub reasons: Vec<Reason>,
    /// What moved the approval rate, largest first.
    pub moved: Vec<MovedPart>,
    /// Funders.
    pub funders: Vec<FunderFigures>,
    /// Other partners.
    pub partners: Vec<PartnerFigures>,
    /// Blocks in which the machine works.
    pub machine: Vec<BlockTimes>,
    /// Blocks in which somebody is waited for.
    pub people: Vec<BlockTimes>,
}

/// One day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayRate {
    /// The day of the month.
    pub label: String,
    /// Day and month.
    pub day: String,
    /// Approved.
    pub approved: u32,
    /// Declined.
    pub declined: u32,
    /// Part of the period.
    pub chosen: bool,
}

/// One reason of decline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Its code.
    pub code: String,
    /// Cases.
    pub cases: Beside2,
    /// The cases behind it.
    pub href: Option<String>,
}

/// Counts of the period and of the one before.
pub type Beside2 = (u32, u32);

/// One part of the cases and what it did to the approval rate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MovedPart {
    /// Dimension, its name in texts.
    pub dimension: String,
    /// What it is called; empty: the cases that have none.
    pub name: String,
    /// Decided cases.
    pub decided: Beside<u32>,
    /// Approval rate, percent.
    pub rate: Beside<Option<f64>>,
    /// Rate effect, percentage points.
    pub rate_effect: f64,
    /// Mix effect, percentage points.
    pub mix_effect: f64,
    /// What the change would have been without it, percentage points.
    pub without: f64,
    /// The cases behind it.
    pub href: Option<String>,
}

/// One funder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FunderFigures {
    /// Its name.
    pub name: String,
    /// Signed cases.
    pub signed: Beside<u32>,
    /// Its share of the signed ones, percent.
    pub share: Beside<Option<f64>>,
    /// Asked, agreed, refused, no usable answer.
    pub asked: [u32; 4],
    /// Time to its answer, milliseconds: p50, p95, p99.
    pub times: Option<[u64; 3]>,
}

/// One partner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartnerFigures {
    /// Its name.
    pub name: String,
    /// Calls.
    pub calls: u32,
    /// Calls without a usable answer.
    pub failed: u32,
    /// Milliseconds: p50, p95, p99.
    pub times: Option<[u64; 3]>,
}

/// One block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockTimes {
    /// What its kind is called.
    pub kind: String,
    /// Its id.
    pub block: String,
    /// How often it was left.
    pub count: u64,
    /// Milliseconds: p50, p95, p99.
    pub times: [u64; 3],
}

impl Figures {
    /// Decided cases.
    pub fn decided(&self) -> Beside<u32> {
        let sum = |approved, declined| approved + declined;
        Beside {
            now: sum(self.approved.now, self.declined.now),
            before: sum(self.approved.before, self.declined.before),
        }
    }

    /// Approval rate, percent.
    pub fn rate(&self) -> Beside<Option<f64>> {
        let decided = self.decided();
        Beside {
            now: percent(self.approved.now, decided.now),
            before: percent(self.approved.before, decided.before),
        }
    }

    fn is_empty(&self) -> bool {
        self.opened.now + self.decided().now + self.others.now == 0 && self.machine.is_empty()
    }
}

/// A part of a hundred; `None` of nothing.
pub fn percent(part: u32, of: u32) -> Option<f64> {
    (of > 0).then(|| f64::from(part) * 100.0 / f64::from(of))
}

/// A percentage as people read it.
pub(super) fn percent_text(value: Option<f64>, w: Words) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.1}{}%", w.0.pick("", " ")))
}

/// A difference of percentages: `−9.2 points`.
pub(super) fn points(value: f64, w: Words) -> String {
    w.with("numbers-points", &[("n", signed(value).into())])
}

fn signed(value: f64) -> String {
    let size = format!("{:.1}", value.abs());
    match () {
        () if size == "0.0" => "±0".to_owned(),
        () if value < 0.0 => format!("−{size}"),
        () => format!("+{size}"),
    }
}

/// A count with its thousands apart.
pub(super) fn count(n: impl Into<u64>) -> String {
    grouped(n.into())
}

/// A time from milliseconds to days.
pub(super) fn time(ms: u64, w: Words) -> String {
    let tenths = |of: u64| format!("{}.{}", ms / of, ms % of * 10 / of);
    let (key, n) = match ms {
        0..1_000 => ("took-ms", ms.to_string()),
        1_000..120_000 => ("took-s", tenths(1_000)),
        120_000..7_200_000 => ("took-min", (ms / 60_000).to_string()),
        7_200_000..172_800_000 => ("took-h", tenths(3_600_000)),
        _ => ("took-d", tenths(86_400_000)),
    };
    w.with(key, &[("n", n.into())])
}

pub(super) fn page(cx: Cx, page: &Numbers) -> Element {
    rsx! {
        {choice(cx, page)}
        if let Some(figures) = &page.figures {
            p { class: "muted",
                {cx.w.with("numbers-says", &[("days", page.days_said.as_str().into()), ("before", page.before_said.as_str().into())])}
                if page.under_way {
                    " "
                    {cx.t("numbers-under-way")}
                }
                if let Some(as_of) = &page.as_of {
                    " · "
                    {cx.t("as-of")}
                    " "
                    {as_of.element()}
                }
            }
            if page.behind {
                p { class: "muted", role: "status", {cx.t("numbers-behind")} }
            }
            if figures.is_empty() {
                p { class: "empty", {cx.t(if page.unfiltered.is_some() { "numbers-none-filtered" } else { "numbers-none" })} }
            } else {
                {shown(cx, figures)}
            }
            p { class: "links",
                a { href: "{page.csv}", download: true, {cx.t("numbers-csv")} }
                " "
                a { href: "{page.wall}", {cx.t("numbers-wall")} }
            }
        }
    }
}

fn choice(cx: Cx, page: &Numbers) -> Element {
    rsx! {
        nav { class: "filters", aria_label: cx.t("numbers-period"),
            for (key , href , chosen) in &page.periods {
                a { href: "{href}", aria_current: chosen.then_some("true"), {cx.t(&format!("numbers-period-{key}"))} }
            }
        }
        details { class: "card choose", open: page.unfiltered.is_some() || !page.from.is_empty() || page.figures.is_none(),
            summary { {cx.t("numbers-choose")} }
            form { method: "get", action: "/office/numbers", novalidate: true,
                div { class: "fields",
                    {day(cx, "from", &cx.t("numbers-from"), &page.from)}
                    {day(cx, "to", &cx.t("numbers-to"), &page.to)}
                    for filter in &page.filters {
                        {filter_field(cx, filter)}
                    }
                }
                if page.from.is_empty() {
                    for (key , _ , _) in page.periods.iter().filter(|(.., chosen)| *chosen) {
                        input { r#type: "hidden", name: "period", value: "{key}" }
                    }
                }
                div { class: "pair",
                    button { class: "button second small", r#type: "submit", {cx.t("numbers-show")} }
                    if let Some(unfiltered) = &page.unfiltered {
                        a { class: "button plain small", href: "{unfiltered}", {cx.t("numbers-unfiltered")} }
                    }
                }
            }
        }
    }
}

fn day(cx: Cx, name: &str, label: &str, value: &str) -> Element {
    text_field(
        cx.problems(),
        TextField { name, label, value, kind: "date", longest: 10, ..TextField::default() },
    )
}

fn filter_field(cx: Cx, filter: &NumberFilter) -> Element {
    let label = cx.t(&format!("numbers-by-{}", filter.name));
    let field =
        TextField { name: &filter.name, label: &label, value: &filter.chosen, ..TextField::default() };
    select_field(cx.problems(), field, &filter.choices, Some(&cx.t("numbers-all")))
}

fn shown(cx: Cx, figures: &Figures) -> Element {
    rsx! {
        {tiles(cx, figures)}
        {moved(cx, figures)}
        div { class: "halves",
            section { class: "card",
                h2 { {cx.t("numbers-rate-days")} }
                {charts::days(cx, &figures.days)}
            }
            section { class: "card",
                h2 { {cx.t("numbers-by-hour")} }
                {charts::hours(cx, &figures.by_hour)}
            }
            section { class: "card",
                h2 { {cx.t("numbers-funnel")} }
                p { class: "hint", {cx.t("numbers-funnel-hint")} }
                {tables::funnel(cx, &figures.funnel)}
            }
            section { class: "card",
                h2 { {cx.t("numbers-reasons")} }
                {tables::reasons(cx, &figures.reasons)}
            }
        }
        {tables::funders(cx, &figures.funders)}
        {tables::partners(cx, &figures.partners)}
        {tables::blocks(cx, "numbers-machine", &figures.machine)}
        {tables::blocks(cx, "numbers-people", &figures.people)}
    }
}

fn tiles(cx: Cx, figures: &Figures) -> Element {
    let (decided, rate) = (figures.decided(), figures.rate());
    let per_hour = |cases: u32, hours: u32| f64::from(cases) / f64::from(hours.max(1));
    let pace = Beside {
        now: per_hour(figures.opened.now, figures.hours.now),
        before: per_hour(figures.opened.before, figures.hours.before),
    };
    let rate_change = rate.now.zip(rate.before).map(|(now, before)| now - before);
    rsx! {
        dl { class: "tiles",
            {tile(cx, "opened", count(figures.opened.now), count(figures.opened.before), growth(cx, figures.opened.now.into(), figures.opened.before.into()))}
            {tile(cx, "per-hour", format!("{:.1}", pace.now), format!("{:.1}", pace.before), growth(cx, pace.now, pace.before))}
            {tile(cx, "decided", count(decided.now), count(decided.before), growth(cx, decided.now.into(), decided.before.into()))}
            {tile(cx, "rate", percent_text(rate.now, cx.w), percent_text(rate.before, cx.w), rate_change.map(|change| (points(change, cx.w), change)))}
            {tile(cx, "signed", count(figures.approved.now), count(figures.approved.before), growth(cx, figures.approved.now.into(), figures.approved.before.into()))}
            {tile(cx, "others", count(figures.others.now), count(figures.others.before), None)}
        }
    }
}

/// By how many percent a count grew, with the change itself for its colour.
fn growth(cx: Cx, now: f64, before: f64) -> Option<(String, f64)> {
    let percent = (before > 0.0).then(|| (now - before) * 100.0 / before)?;
    Some((format!("{}{}%", signed(percent), cx.w.0.pick("", " ")), percent))
}

fn tile(cx: Cx, key: &str, now: String, before: String, change: Option<(String, f64)>) -> Element {
    rsx! {
        div { class: "tile",
            dt { {cx.t(&format!("numbers-tile-{key}"))} }
            dd {
                strong { "{now}" }
                if let Some((said , change)) = change {
                    span { class: direction(change), "{said}" }
                }
                small { {cx.w.with("numbers-before", &[("n", before.into())])} }
            }
        }
    }
}

/// A change that is more than the usual to and fro, percent or points.
const NOTABLE: f64 = 3.0;
/// Share of a change from which on one part of the cases is said to have brought it about.
const MOSTLY: f64 = 0.3;

/// A notable change's colour; the sign says the same.
fn direction(change: f64) -> &'static str {
    match change {
        change if change <= -NOTABLE => "change down",
        change if change >= NOTABLE => "change up",
        _ => "change",
    }
}

fn moved(cx: Cx, figures: &Figures) -> Element {
    let rate = figures.rate();
    let Some((now, before)) = rate.now.zip(rate.before) else {
        return rsx! {
            section { class: "card",
                h2 { {cx.t("numbers-moved")} }
                p { {cx.t("numbers-moved-none")} }
            }
        };
    };
    let change = now - before;
    let said = match change {
        change if change <= -0.05 => "numbers-moved-fell",
        change if change >= 0.05 => "numbers-moved-rose",
        _ => "numbers-moved-same",
    };
    let args = [
        ("now", percent_text(Some(now), cx.w).into()),
        ("before", percent_text(Some(before), cx.w).into()),
        ("change", points(change, cx.w).into()),
    ];
    rsx! {
        section { class: "card moved",
            h2 { {cx.t("numbers-moved")} }
            p { {cx.w.with(said, &args)} }
            if let Some(first) = figures.moved.first().filter(|_| change.abs() >= 0.05) {
                if (change - first.without) / change >= MOSTLY {
                    p { class: "lead-part", {first_said(cx, first)} }
                } else {
                    p { {cx.t("numbers-moved-spread")} }
                }
            }
            if !figures.moved.is_empty() {
                {tables::moved(cx, &figures.moved)}
                details {
                    summary { {cx.t("numbers-moved-how")} }
                    p { class: "hint", {cx.t("numbers-moved-hint")} }
                }
            }
        }
    }
}

/// The part that did most, in a sentence.
fn first_said(cx: Cx, part: &MovedPart) -> String {
    let args = [
        ("dimension", cx.t(&format!("numbers-by-{}", part.dimension)).into()),
        ("name", part_name(cx, part).into()),
        ("now", percent_text(part.rate.now, cx.w).into()),
        ("before", percent_text(part.rate.before, cx.w).into()),
        ("without", points(part.without, cx.w).into()),
    ];
    cx.w.with("numbers-moved-first", &args)
}

pub(super) fn part_name(cx: Cx, part: &MovedPart) -> String {
    if part.name.is_empty() { cx.t("numbers-without-any") } else { part.name.clone() }
}

/// A code of a decline in words; a company's own code stands for itself.
pub fn reason_text(code: &str, lang: Lang) -> String {
    reason_name(Words(lang), code)
}

pub(super) fn reason_name(w: Words, code: &str) -> String {
    w.find(&format!("decline-{}", code.replace('_', "-"))).unwrap_or_else(|| code.replace('_', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_as_people_read_them() {
        let (en, zh) = (Words(Lang::En), Words(Lang::Zh));
        assert_eq!(
            (percent_text(Some(62.04), en), percent_text(Some(62.04), zh)),
            ("62.0 %".to_owned(), "62.0%".to_owned())
        );
        assert_eq!(percent_text(percent(1, 0), en), "–");
        assert_eq!(
            (signed(-9.24), signed(0.04), signed(-0.04), signed(12.0)),
            ("−9.2".into(), "±0".into(), "±0".into(), "+12.0".into())
        );
        assert_eq!((count(999_u32), count(1_234_567_u32)), ("999".to_owned(), "1,234,567".to_owned()));
        for (ms, said) in [
            (12, "12 ms"),
            (1_500, "1.5 s"),
            (180_000, "3 min"),
            (9_000_000, "2.5 h"),
            (259_200_000, "3.0 days"),
        ] {
            assert_eq!(time(ms, en), said);
        }
        assert_eq!(reason_name(en, "own_rule_7"), "own rule 7");
    }
}
