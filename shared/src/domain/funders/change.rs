//! The smallest single change that would turn a funder's no into a yes.

use super::funder::Funder;
use super::match_funders::{Application, against};
use super::opening::{china_clock, china_date};
use super::reasons::Reason;
use crate::domain::{
    lang::Lang,
    money::{Fen, Months},
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One change to an application.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Change {
    /// Pay more down, and finance that much less.
    DownPayment {
        /// By how many hundredths of the price.
        percent: u16,
        /// By how much, in fen: that share of the price, rounded up.
        more: Fen,
    },
    /// Finance less, and pay that much more down.
    LessAmount {
        /// By how much.
        less: Fen,
    },
    /// Finance more, and pay that much less down.
    MoreAmount {
        /// By how much.
        more: Fen,
    },
    /// Take another term.
    Term {
        /// The term as it is.
        from: Months,
        /// The term to take.
        to: Months,
    },
    /// Wait until the funder decides again.
    Wait {
        /// Until when.
        until: Timestamp,
    },
}

impl Change {
    /// Stable code for programs; also the `code` of the serialised form.
    pub fn code(&self) -> &'static str {
        match self {
            Change::DownPayment { .. } => "down_payment",
            Change::LessAmount { .. } => "less_amount",
            Change::MoreAmount { .. } => "more_amount",
            Change::Term { .. } => "term",
            Change::Wait { .. } => "wait",
        }
    }

    /// The change in a few words: `首付再加5%`, `down payment +5 %`.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            Change::DownPayment { percent, .. } => {
                lang.pick(format!("首付再加{percent}%"), format!("down payment +{percent} %"))
            }
            Change::LessAmount { less } => {
                lang.pick(format!("融资金额减少{less}元"), format!("amount −{less} yuan"))
            }
            Change::MoreAmount { more } => {
                lang.pick(format!("融资金额增加{more}元"), format!("amount +{more} yuan"))
            }
            Change::Term { from, to } if to < from => {
                let by = from.get() - to.get();
                lang.pick(format!("期限缩短{by}个月（{to}期）"), format!("term −{by} months ({to})"))
            }
            Change::Term { from, to } => {
                let by = to.get() - from.get();
                lang.pick(format!("期限延长{by}个月（{to}期）"), format!("term +{by} months ({to})"))
            }
            Change::Wait { until } => {
                let clock = china_clock(*until);
                lang.pick(format!("等到{clock}再提交"), format!("wait until {clock} (China time)"))
            }
        }
    }

    /// The application with the change made; `None` where its own plan leaves no room for it. Waiting changes
    /// nothing in it. Financed fees are taken as they are; the offer is worked out anew when the customer
    /// takes the change.
    pub fn applied_to(&self, application: &Application) -> Option<Application> {
        let mut changed = application.clone();
        match self {
            Change::DownPayment { more, .. } => shift(&mut changed, *more)?,
            Change::LessAmount { less } => shift(&mut changed, *less)?,
            Change::MoreAmount { more } => shift(&mut changed, Fen::ZERO.minus(*more).ok()?)?,
            Change::Term { to, .. } => changed.months = *to,
            Change::Wait { .. } => (),
        }
        let room = &application.room;
        let down = (room.min_down_payment..=room.max_down_payment).contains(&changed.down_payment);
        let amount = (room.min_amount..=room.max_amount).contains(&changed.amount);
        (down && amount && room.months.contains(&changed.months)).then_some(changed)
    }
}

/// The smallest single change after which the funder would take the application, or none. Reasons fall into
/// three groups: when, how long, how much; a single change cures reasons of one group only.
pub(super) fn smallest_change(
    funder: &Funder,
    application: &Application,
    now: Timestamp,
    used: u32,
    reasons: &[Reason],
) -> Option<Change> {
    let all = |group: fn(&Reason) -> bool| reasons.iter().all(group);
    let cures = |change: &Change| qualifies_after(change, funder, application, now, used);
    if all(|reason| matches!(reason, Reason::Quota { .. } | Reason::Closed { .. })) {
        let tomorrow = reasons.iter().any(|reason| matches!(reason, Reason::Quota { .. }));
        let until = if tomorrow { funder.opening.next_open_day(now) } else { funder.opening.next_open(now) }?;
        return Some(Change::Wait { until }).filter(cures);
    }
    if all(|r| matches!(r, Reason::Term { .. } | Reason::VehicleAgeAtEnd { .. } | Reason::TooOldAtEnd { .. }))
    {
        return nearest_terms(application).into_iter().find(cures);
    }
    if all(|reason| matches!(reason, Reason::AmountTooSmall { .. })) {
        let more = funder.amount.min.minus(application.amount).ok()?;
        return Some(Change::MoreAmount { more }).filter(cures);
    }
    if all(|reason| matches!(reason, Reason::AmountTooLarge { .. } | Reason::DownPayment { .. })) {
        return less_financed(funder, application, reasons).into_iter().find(cures);
    }
    None
}

/// Whether the funder takes the application once the change is made.
fn qualifies_after(
    change: &Change,
    funder: &Funder,
    application: &Application,
    now: Timestamp,
    used: u32,
) -> bool {
    let Some(changed) = change.applied_to(application) else { return false };
    let (now, used) = match *change {
        Change::Wait { until } if china_date(until) != china_date(now) => (until, 0),
        Change::Wait { until } => (until, used),
        _ => (now, used),
    };
    against(funder, &changed, now, used).is_empty()
}

/// The plan's other terms, the nearest first and of two equally near the shorter.
fn nearest_terms(application: &Application) -> Vec<Change> {
    let from = application.months;
    let mut terms: Vec<Months> = application.room.months.iter().copied().filter(|&to| to != from).collect();
    terms.sort_by_key(|to| (to.get().abs_diff(from.get()), *to));
    terms.into_iter().map(|to| Change::Term { from, to }).collect()
}

/// More down payment in whole hundredths of the price, as people say it, where the share is too small;
/// otherwise, or where whole hundredths overshoot the plan, the exact amount.
fn less_financed(funder: &Funder, application: &Application, reasons: &[Reason]) -> Vec<Change> {
    let least_down = funder.least_down_payment(application.price);
    let missing_down = least_down.and_then(|least| least.minus(application.down_payment)).unwrap_or_default();
    let too_much = application.amount.minus(funder.amount.max).unwrap_or_default();
    let less = missing_down.max(too_much);
    let mut changes = Vec::new();
    if reasons.iter().any(|reason| matches!(reason, Reason::DownPayment { .. })) {
        changes.extend(whole_percent(application.price, less));
    }
    changes.push(Change::LessAmount { less });
    changes
}

/// The fewest whole hundredths of the price that come to at least this much.
fn whole_percent(price: Fen, at_least: Fen) -> Option<Change> {
    let (price, at_least) = (i128::from(price.get()), i128::from(at_least.get()));
    if price <= 0 || at_least <= 0 {
        return None;
    }
    let percent = (at_least * 100 + price - 1) / price;
    let more = (price * percent + 99) / 100;
    Some(Change::DownPayment {
        percent: u16::try_from(percent).ok()?,
        more: Fen::new(i64::try_from(more).ok()?).ok()?,
    })
}

fn shift(application: &mut Application, to_down_payment: Fen) -> Option<()> {
    application.down_payment = application.down_payment.plus(to_down_payment).ok()?;
    application.amount = application.amount.minus(to_down_payment).ok()?;
    Some(())
}
