//! Totals as the page shows them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use shared::{
    domain::Lang,
    flow::{Work, kind},
};
use ui::{
    components::form,
    office::{
        Beside, BlockTimes, DayRate, Figures, FunderFigures, MovedPart, NumberFilter, PartnerFigures, Reason,
        percent,
    },
};

use super::{Address, Names};
use crate::numbers::{
    Dimension, Filter, Period, Totals,
    add_up::{Calls, Decided, Two},
    buckets::Histogram,
    case::{Ending, Stage, sort},
    moved::{change, moved},
    period::date_of,
};

/// Words of a long list that are offered to choose from: those with the most decided cases.
const OFFERED: usize = 100;
/// Reasons that are named.
const REASONS: usize = 12;

/// All figures. With an `address` of the page, figures lead to the cases behind them.
pub(super) fn figures(totals: &Totals, names: &Names, period: &Period, address: Option<&Address>) -> Figures {
    let ended = |ending: Ending| Beside {
        now: totals.endings.now[ending as usize],
        before: totals.endings.before[ending as usize],
    };
    let others = [Ending::Withdrawn, Ending::Expired, Ending::Error].map(ended);
    let (machine, people) = blocks(totals, names);
    Figures {
        opened: beside(totals.opened()),
        hours: Beside { now: period.now.count(), before: period.before.count() },
        approved: ended(Ending::Approved),
        declined: ended(Ending::Declined),
        others: Beside {
            now: others.iter().map(|one| one.now).sum(),
            before: others.iter().map(|one| one.before).sum(),
        },
        by_hour: by_hour(totals, period),
        days: days(totals, period, names.lang()),
        funnel: funnel(totals),
        reasons: reasons(totals, names, period, address),
        moved: moved_parts(totals, names, period, address),
        funders: funders(totals, names),
        partners: partners(totals, names),
        machine,
        people,
    }
}

/// A day, or days, in words.
pub(crate) fn days_said(first: Date, last: Date, lang: Lang) -> String {
    let day = |day: Date| match lang {
        Lang::Zh => day.strftime("%Y年%-m月%-d日").to_string(),
        Lang::En => day.strftime("%-d %b %Y").to_string(),
    };
    if first == last {
        day(first)
    } else {
        format!("{}{}{}", day(first), lang.pick("至", " to "), day(last))
    }
}

/// What can be filtered by.
pub(super) fn filters(totals: &Totals, names: &Names, filter: &Filter) -> Vec<NumberFilter> {
    Dimension::ALL
        .into_iter()
        .map(|dimension| {
            let mut offered: Vec<(u16, u32)> = totals
                .by(dimension)
                .iter()
                .map(|(word, of)| (*word, of.now.all() + of.before.all()))
                .collect();
            offered.sort_by_key(|(_, cases)| std::cmp::Reverse(*cases));
            let long = matches!(dimension, Dimension::Dealer | Dimension::Advisor);
            offered.truncate(OFFERED);
            let mut words: Vec<u16> = offered.into_iter().map(|(word, _)| word).collect();
            if !long {
                words.extend(
                    names.words.of_sort(dimension.code()).into_iter().map(|(word, _)| word).take(OFFERED),
                );
            }
            let chosen = filter.of(dimension);
            words.extend(chosen);
            let mut choices: Vec<form::Choice> = words
                .into_iter()
                .map(|word| form::Choice {
                    value: dimension.in_address(&names.words, word),
                    label: label(names, dimension, word),
                })
                .collect();
            choices.sort_by(|a, b| a.label.cmp(&b.label).then(a.value.cmp(&b.value)));
            choices.dedup_by(|a, b| a.value == b.value);
            NumberFilter {
                name: dimension.code().to_owned(),
                chosen: chosen.map(|word| dimension.in_address(&names.words, word)).unwrap_or_default(),
                choices,
            }
        })
        .collect()
}

/// What a word is called in a list to choose from.
pub(crate) fn label(names: &Names, dimension: Dimension, word: u16) -> String {
    let name = names.of(dimension, word);
    if name.is_empty() { names.lang().pick("（无）", "(none)").to_owned() } else { name }
}

fn beside<T>(two: Two<T>) -> Beside<T> {
    Beside { now: two.now, before: two.before }
}

/// Mean cases a day by the hour of the clock.
fn by_hour(totals: &Totals, period: &Period) -> Vec<Beside<f64>> {
    let days = |hours: u32| f64::from(hours.div_ceil(24).max(1));
    let (now, before) = (days(period.now.count()), days(period.before.count()));
    let Two { now: cases, before: cases_before } = totals.opened_by_clock;
    cases
        .into_iter()
        .zip(cases_before)
        .map(|(c, b)| Beside { now: f64::from(c) / now, before: f64::from(b) / before })
        .collect()
}

fn days(totals: &Totals, period: &Period, lang: Lang) -> Vec<DayRate> {
    let last = period.now.to.max(period.course_from + 1) - 1;
    (Period::day_of(period.course_from)..=Period::day_of(last))
        .map(|day| {
            let Decided { approved, declined } = totals.days.get(&day).copied().unwrap_or_default();
            let date = date_of(day);
            let said = match lang {
                Lang::Zh => date.strftime("%-m月%-d日").to_string(),
                Lang::En => date.strftime("%-d %b").to_string(),
            };
            let chosen = (period.first..=period.last).contains(&date);
            DayRate { label: date.day().to_string(), day: said, approved, declined, chosen }
        })
        .collect()
}

fn funnel(totals: &Totals) -> Vec<(String, Beside<u32>)> {
    Stage::ALL
        .into_iter()
        .map(|stage| {
            let place = stage as usize;
            let cases = Beside { now: totals.stages.now[place], before: totals.stages.before[place] };
            (stage.code().replace('_', "-"), cases)
        })
        .collect()
}

fn reasons(totals: &Totals, names: &Names, period: &Period, address: Option<&Address>) -> Vec<Reason> {
    let mut reasons: Vec<Reason> = totals
        .reasons
        .iter()
        .map(|(word, cases)| {
            let code = names.words.word(sort::REASON, *word).unwrap_or_default().to_owned();
            let href = address.filter(|_| !code.is_empty());
            let href = href.map(|address| address.cases("declined", &code, period, &names.words));
            Reason { code, cases: (cases.now, cases.before), href }
        })
        .collect();
    reasons.sort_by_key(|reason| std::cmp::Reverse(reason.cases));
    reasons.truncate(REASONS);
    reasons
}

fn moved_parts(totals: &Totals, names: &Names, period: &Period, address: Option<&Address>) -> Vec<MovedPart> {
    let fell = change(totals.decided()).is_some_and(|change| change < 0.0);
    let state = if fell { "declined" } else { "approved" };
    moved(totals)
        .into_iter()
        .map(|part| {
            let href = address.map(|address| {
                address.with(part.dimension, part.word).cases(state, "", period, &names.words)
            });
            MovedPart {
                dimension: part.dimension.code().to_owned(),
                name: names.of(part.dimension, part.word),
                decided: Beside { now: part.decided.now.all(), before: part.decided.before.all() },
                rate: Beside { now: part.decided.now.rate(), before: part.decided.before.rate() },
                rate_effect: part.rate_effect,
                mix_effect: part.mix_effect,
                without: part.without,
                href,
            }
        })
        .collect()
}

fn times(histogram: &Histogram) -> Option<[u64; 3]> {
    let [p50, p95, p99] = [50, 95, 99].map(|percent| histogram.percentile(percent));
    Some([p50?, p95?, p99?])
}

fn funders(totals: &Totals, names: &Names) -> Vec<FunderFigures> {
    let signed = totals.decided();
    // By name: a funder is a word of two sorts.
    let mut found: BTreeMap<String, (Two<Decided>, Option<&Calls>)> = BTreeMap::new();
    for (word, of) in totals.by(Dimension::Funder) {
        let name = names.of(Dimension::Funder, *word);
        if !name.is_empty() {
            found.entry(name).or_default().0 = *of;
        }
    }
    for (word, calls) in &totals.calls {
        if let (name, Some(_)) = names.partner(*word) {
            found.entry(name).or_default().1 = Some(calls);
        }
    }
    let mut funders: Vec<FunderFigures> = found
        .into_iter()
        .map(|(name, (decided, calls))| {
            let answers = calls.map_or([0; 4], |calls| calls.answers);
            let [agreed, refused, _, failed] = answers;
            FunderFigures {
                name,
                signed: Beside { now: decided.now.approved, before: decided.before.approved },
                share: Beside {
                    now: percent(decided.now.approved, signed.now.approved),
                    before: percent(decided.before.approved, signed.before.approved),
                },
                asked: [answers.iter().sum(), agreed, refused, failed],
                times: calls.and_then(|calls| times(&calls.times)),
            }
        })
        .collect();
    funders.sort_by_key(|funder| std::cmp::Reverse((funder.signed.now, funder.asked[0])));
    funders
}

fn partners(totals: &Totals, names: &Names) -> Vec<PartnerFigures> {
    let mut partners: Vec<PartnerFigures> = totals
        .calls
        .iter()
        .filter_map(|(word, calls)| {
            let (name, funder) = names.partner(*word);
            let figures = || PartnerFigures {
                name,
                calls: calls.all(),
                failed: calls.answers[3],
                times: times(&calls.times),
            };
            funder.is_none().then(figures)
        })
        .collect();
    partners.sort_by_key(|partner| std::cmp::Reverse(partner.calls));
    partners
}

/// Blocks in which the machine works, and those in which somebody is waited for; the slowest first.
fn blocks(totals: &Totals, names: &Names) -> (Vec<BlockTimes>, Vec<BlockTimes>) {
    let mut both = (Vec::new(), Vec::new());
    for (word, histogram) in &totals.blocks {
        let Some((of_kind, block)) =
            names.words.word(sort::BLOCK, *word).and_then(|word| word.split_once('/'))
        else {
            continue;
        };
        let Some(times) = times(histogram) else { continue };
        let known = kind(of_kind);
        let waits = known.is_some_and(|kind| {
            kind.shape(&kind.example()).is_ok_and(|shape| matches!(shape.work, Work::Wait { .. }))
        });
        let name = known.map_or_else(|| of_kind.to_owned(), |kind| kind.name().get(names.lang()).to_owned());
        let figures = BlockTimes { kind: name, block: block.to_owned(), count: histogram.count(), times };
        if waits { both.1.push(figures) } else { both.0.push(figures) }
    }
    for blocks in [&mut both.0, &mut both.1] {
        blocks.sort_by_key(|block: &BlockTimes| std::cmp::Reverse(block.times[1]));
    }
    both
}
