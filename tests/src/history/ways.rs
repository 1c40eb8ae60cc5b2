//! The ways that cases take through the shipped flows, each walked once by the machine that walks real cases.

use std::collections::HashMap;

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use miaopi::flows::SHIPPED;
use shared::flow::{At, BlockId, Event, Facts, Flow, Run, Status, step};

/// How a case goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Goes {
    /// The link is never opened, or left.
    Nowhere,
    /// Opened and not yet handed in: it waits.
    Waits,
    /// The customer withdraws after having handed in.
    Withdrawn,
    /// Too old.
    TooOld,
    /// Overdue now.
    Overdue,
    /// The score is too low.
    LowGrade,
    /// No funder agrees, and a reviewer declines.
    NoFunder,
    /// Signed.
    Signed,
}

impl Goes {
    const ALL: [Self; 8] = [
        Self::Nowhere,
        Self::Waits,
        Self::Withdrawn,
        Self::TooOld,
        Self::Overdue,
        Self::LowGrade,
        Self::NoFunder,
        Self::Signed,
    ];
}

/// One step: block, kind, outcome, and the range of its time in milliseconds.
#[derive(Debug, Clone)]
pub(super) struct Taken {
    pub(super) block: &'static str,
    pub(super) kind: String,
    pub(super) outcome: &'static str,
    pub(super) ms: (i64, i64),
}

/// A way through one flow.
#[derive(Debug, Clone)]
pub(super) struct Way {
    pub(super) steps: Vec<Taken>,
    pub(super) state: String,
    pub(super) decision: Option<(String, String)>,
}

/// All ways by the flow's key.
pub(super) struct Ways(HashMap<(&'static str, Goes), Way>);

impl Ways {
    /// Walks them all.
    pub(super) fn walked() -> Result<Self> {
        let mut ways = HashMap::new();
        for (key, definition) in SHIPPED {
            let flow = Flow::parse(definition)?;
            for goes in Goes::ALL {
                let way = walk(&flow, goes).with_context(|| format!("{key}: {goes:?}"))?;
                ways.insert((key, goes), way);
            }
        }
        Ok(Self(ways))
    }

    pub(super) fn of(&self, flow: &'static str, goes: Goes) -> Result<&Way> {
        self.0.get(&(flow, goes)).context("there is no such way")
    }
}

type Step = (&'static str, &'static str, (i64, i64));

fn steps(flow: &Flow, goes: Goes) -> Vec<Step> {
    const NO_TIME: (i64, i64) = (0, 1);
    const CUSTOMER: (i64, i64) = (20_000, 240_000);
    let valued = flow.key == "used-car-leaseback";
    let mut way: Vec<Step> = match goes {
        Goes::Waits => return Vec::new(),
        Goes::Nowhere => return vec![("intake", "expired", (604_800_000, 604_801_000))],
        _ => vec![
            ("intake", "complete", (60_000, 900_000)),
            ("id_rules", if goes == Goes::TooOld { "over_age" } else { "valid" }, NO_TIME),
            ("photo_quality", "good", (25, 90)),
            ("ocr", "clear", (250, 1_400)),
            ("duplicate", "none", (2, 20)),
        ],
    };
    if goes == Goes::TooOld {
        way.push(("triage", "decline", NO_TIME));
        return way;
    }
    way.extend([
        ("triage", "clear", NO_TIME),
        ("confirm_reading", "given", CUSTOMER),
        ("realname", "match", (90, 900)),
        ("matrix", "match", (1, 6)),
    ]);
    if goes == Goes::Withdrawn {
        return way;
    }
    way.push(("consent", "given", CUSTOMER));
    way.push(("bureau", "found", (300, 2_600)));
    if valued {
        way.extend([("valuation", "valued", (120, 1_200)), ("answers", "complete", NO_TIME)]);
    }
    way.push(("score", "scored", NO_TIME));
    if matches!(goes, Goes::Overdue | Goes::LowGrade) {
        way.push(("policy", "decline", NO_TIME));
        return way;
    }
    way.extend([("policy", "approve", NO_TIME), ("plan", "found", (1, 8))]);
    if goes == Goes::NoFunder {
        way.extend([("funder", "none", (400, 4_500)), ("offer_review", "decline", (240_000, 5_400_000))]);
        return way;
    }
    way.extend([
        ("funder", "matched", (400, 4_500)),
        ("disclose", "confirmed", CUSTOMER),
        ("contract", "generated", (60, 260)),
        ("sign", "signed", (40_000, 600_000)),
        ("notify", "sent", (30, 220)),
    ]);
    way
}

fn walk(flow: &Flow, goes: Goes) -> Result<Way> {
    let now: Timestamp = "2026-11-25T02:30:00Z".parse()?;
    let facts = Facts::new().with("product", flow.key.as_str()).with("id.age", 34).with("score.grade", "B");
    let reason = match goes {
        Goes::TooOld => Some(("triage.reason", "over_age")),
        Goes::Overdue => Some(("policy.reason", "overdue_now")),
        Goes::LowGrade => Some(("policy.reason", "grade_too_low")),
        _ => None,
    };
    let mut run = step(flow, Run::new(flow), Event::Start { facts }, now)?.run;
    let mut taken = Vec::new();
    for (block, outcome, ms) in steps(flow, goes) {
        let id = BlockId::parse(block).ok_or_else(|| anyhow!("{block} is no id"))?;
        let kind = flow.block(&id).with_context(|| format!("{block} is not there"))?.kind.key().to_owned();
        let writes = match (outcome, reason) {
            ("decline", Some((path, reason))) => Facts::new().with(path, reason),
            _ => Facts::new(),
        };
        let at = At { block: id, visit: 1 };
        let event = Event::Done { at, outcome: outcome.to_owned(), writes };
        run = step(flow, run, event, now).with_context(|| format!("{block} → {outcome}"))?.run;
        taken.push(Taken { block, kind, outcome, ms });
    }
    if goes == Goes::Withdrawn {
        run = step(flow, run, Event::Withdraw, now)?.run;
    }
    let decision = match run.status() {
        Status::Ended { decision, reason } => Some((decision.code().to_owned(), reason.clone())),
        Status::New | Status::Running => None,
    };
    let ends = goes != Goes::Waits;
    anyhow::ensure!(decision.is_some() == ends, "it does not end where it should: {decision:?}");
    Ok(Way { steps: taken, state: serde_json::to_string(&run)?, decision })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_leads_where_it_should_in_both_flows() {
        let ways = Ways::walked().unwrap();
        for (key, _) in SHIPPED {
            let end = |goes| ways.of(key, goes).unwrap().decision.clone();
            let said = |decision: &str, reason: &str| Some((decision.to_owned(), reason.to_owned()));
            assert_eq!(end(Goes::Signed), said("approved", "signed"));
            assert_eq!(end(Goes::TooOld), said("declined", "over_age"));
            assert_eq!(end(Goes::Overdue), said("declined", "overdue_now"));
            assert_eq!(end(Goes::LowGrade), said("declined", "grade_too_low"));
            assert_eq!(end(Goes::NoFunder), said("declined", "declined_by_reviewer"));
            assert_eq!(end(Goes::Withdrawn).unwrap().0, "withdrawn");
            assert_eq!(end(Goes::Nowhere).unwrap().0, "expired");
            assert_eq!(end(Goes::Waits), None);
        }
    }
}
