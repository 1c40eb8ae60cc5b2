//! What a company sets for one of its partners while the server runs, on top of the server's own settings and never
//! beyond them. Pure: `now` comes in.

use std::ops::RangeInclusive;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use shared::domain::{AmountRange, FunderSwitch, OpeningHours, PlanKind, Region};

use super::Partner;

/// Calls a second that can be set.
pub const PER_SECOND: RangeInclusive<u32> = 1..=1_000;
/// Milliseconds for a call that can be set.
pub const TIMEOUT_MS: RangeInclusive<u32> = 100..=60_000;
/// Calls a day that can be set.
pub const QUOTA: RangeInclusive<u32> = 1..=1_000_000;
/// Minutes for which a parked case waits that can be set: up to a day.
pub const PARK_MINUTES: RangeInclusive<u32> = 1..=1_440;
/// Weights that can be set.
pub const WEIGHT: RangeInclusive<u32> = 0..=1_000;
/// Fen for a call that can be set: up to 1,000 yuan.
pub const COST_FEN: RangeInclusive<u32> = 0..=100_000;

/// Whether a partner is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Switch {
    /// As usual.
    #[default]
    Open,
    /// No new question goes to it; what is under way there, or waits for its turn, goes on.
    Draining,
    /// Nothing goes to it.
    Paused,
}

impl Switch {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Open, Self::Draining, Self::Paused];

    /// Its stable name, as stored and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Draining => "draining",
            Self::Paused => "paused",
        }
    }
}

/// What happens with an answer that comes after its case has gone on. It never moves the case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LateAnswers {
    /// Whoever reviews the case finds it there.
    #[default]
    Keep,
    /// The same, and reviewers are told of it until one has taken note, while the case is undecided.
    Notice,
    /// It is on record and nobody is told.
    Ignore,
}

impl LateAnswers {
    /// All, in the order in which they are listed.
    pub const ALL: [Self; 3] = [Self::Keep, Self::Notice, Self::Ignore];

    /// Its stable name, as stored and in forms.
    pub fn code(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Notice => "notice",
            Self::Ignore => "ignore",
        }
    }

    /// The one with this name.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }
}

/// Why a partner gets no new question now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    /// It is drained.
    Draining,
    /// It is paused.
    Paused,
    /// It is outside its hours, until then.
    Closed(Option<Timestamp>),
}

/// Everything that is set for one partner. The default leaves it as the server's settings have it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Control {
    /// Whether it is asked.
    pub state: Switch,
    /// Most calls a second.
    pub per_second: Option<u32>,
    /// Most milliseconds for a call with all its tries; a block's own time holds where it is shorter.
    pub timeout_ms: Option<u32>,
    /// Most calls on one of China's calendar days.
    pub quota: Option<u32>,
    /// When it gets new questions; outside it is as if it were drained.
    pub hours: Option<OpeningHours>,
    /// Minutes for which a case that may not ask it waits, before it takes its block's own way out.
    pub park_minutes: u32,
    /// What a call costs, in fen.
    pub cost_fen: u32,
    /// Of a funder: its share among those that charge at most the same.
    pub weight: Option<u32>,
    /// Of a funder: only these kinds of plan; empty for its own.
    pub products: Vec<PlanKind>,
    /// Of a funder: only these regions; empty for its own.
    pub regions: Vec<Region>,
    /// Of a funder: only these financed amounts.
    pub amount: Option<AmountRange>,
    /// Of a funder: what happens with an answer that comes too late.
    pub late: LateAnswers,
}

impl Default for Control {
    fn default() -> Self {
        Self {
            state: Switch::Open,
            per_second: None,
            timeout_ms: None,
            quota: None,
            hours: None,
            park_minutes: 30,
            cost_fen: 0,
            weight: None,
            products: Vec::new(),
            regions: Vec::new(),
            amount: None,
            late: LateAnswers::Keep,
        }
    }
}

impl Control {
    /// What holds before anything was set: a funder that a company added itself begins paused.
    pub fn usual(partner: &Partner) -> Self {
        let state = if partner.own_funder().is_some() { Switch::Paused } else { Switch::Open };
        Self { state, ..Self::default() }
    }

    /// Why the partner gets no new question at this moment.
    pub fn hold(&self, now: Timestamp) -> Option<Hold> {
        match self.state {
            Switch::Paused => Some(Hold::Paused),
            Switch::Draining => Some(Hold::Draining),
            Switch::Open => {
                let hours = self.hours.as_ref().filter(|hours| !hours.open_at(now))?;
                Some(Hold::Closed(hours.next_open(now)))
            }
        }
    }

    /// What matching looks at, of a funder.
    pub fn switch(&self, now: Timestamp) -> FunderSwitch {
        FunderSwitch {
            held: self.hold(now).is_some(),
            weight: self.weight,
            products: self.products.clone(),
            regions: self.regions.clone(),
            amount: self.amount,
            daily: self.quota,
        }
    }

    /// The first field whose value cannot be set for `partner`.
    pub fn fault(&self, partner: &Partner) -> Option<&'static str> {
        let within =
            |value: Option<u32>, range: RangeInclusive<u32>| value.is_none_or(|v| range.contains(&v));
        let funder = matches!(partner, Partner::Funder(_));
        let plain = self.weight.is_none()
            && self.products.is_empty()
            && self.regions.is_empty()
            && self.amount.is_none();
        let sound = |amount: AmountRange| amount.min.is_positive() && amount.min <= amount.max;
        [
            ("per_second", within(self.per_second, PER_SECOND)),
            ("timeout_ms", within(self.timeout_ms, TIMEOUT_MS)),
            ("quota", within(self.quota, QUOTA) && (self.quota.is_none() || partner.is_counted())),
            ("hours", self.hours.as_ref().is_none_or(|hours| hours.problem().is_none())),
            ("park_minutes", PARK_MINUTES.contains(&self.park_minutes)),
            ("cost_fen", COST_FEN.contains(&self.cost_fen)),
            ("weight", within(self.weight, WEIGHT) && (funder || plain)),
            ("regions", self.regions.len() <= 34),
            ("late", funder || self.late == LateAnswers::Keep),
            ("amount", self.amount.is_none_or(sound)),
        ]
        .into_iter()
        .find(|(_, fits)| !fits)
        .map(|(field, _)| field)
    }
}

impl Partner {
    /// Whether each of its calls stands in a case's record, so that they can be counted over a day and a restart. For
    /// messages, certificates and time-stamps that is not so, and a customer who is about to sign is not counted out.
    pub fn is_counted(&self) -> bool {
        !matches!(self, Self::Sms | Self::Ca | Self::Tsa)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::domain::Fen;
    use shared::protocol::partners::PartnerToken;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn hours() -> OpeningHours {
        serde_json::from_str(r#"{"days": [1, 2, 3, 4, 5], "from": "09:00", "to": "18:00"}"#).unwrap()
    }

    #[test]
    fn a_switch_goes_before_hours_and_hours_are_chinas() {
        // Monday 10:00 and 20:00 in China.
        let (open, late) = (at("2026-03-02T02:00:00Z"), at("2026-03-02T12:00:00Z"));
        let control = |state| Control { state, hours: Some(hours()), ..Control::default() };
        assert_eq!(control(Switch::Open).hold(open), None);
        let next = at("2026-03-03T01:00:00Z");
        assert_eq!(control(Switch::Open).hold(late), Some(Hold::Closed(Some(next))));
        assert_eq!(control(Switch::Draining).hold(open), Some(Hold::Draining));
        assert_eq!(control(Switch::Paused).hold(late), Some(Hold::Paused));
        assert_eq!(Control::default().hold(late), None);
        assert!(control(Switch::Open).switch(late).held && !control(Switch::Open).switch(open).held);
    }

    #[test]
    fn values_out_of_range_or_for_another_sort_of_partner_name_their_field() {
        let funder = Partner::Funder(PartnerToken::parse("f").unwrap());
        let plain = Control::default;
        let amount = |min, max| Some(AmountRange { min: Fen::yuan(min), max: Fen::yuan(max) });
        let rows = [
            (plain(), &funder, None),
            (Control { per_second: Some(0), ..plain() }, &funder, Some("per_second")),
            (Control { timeout_ms: Some(60_001), ..plain() }, &funder, Some("timeout_ms")),
            (Control { quota: Some(0), ..plain() }, &funder, Some("quota")),
            (Control { quota: Some(5), ..plain() }, &Partner::Bureau, None),
            (Control { quota: Some(5), ..plain() }, &Partner::Sms, Some("quota")),
            (Control { park_minutes: 0, ..plain() }, &funder, Some("park_minutes")),
            (Control { cost_fen: 100_001, ..plain() }, &funder, Some("cost_fen")),
            (Control { weight: Some(1_001), ..plain() }, &funder, Some("weight")),
            (Control { weight: Some(1), ..plain() }, &funder, None),
            (Control { late: LateAnswers::Notice, ..plain() }, &funder, None),
            (Control { late: LateAnswers::Ignore, ..plain() }, &Partner::Bureau, Some("late")),
            (Control { weight: Some(1), ..plain() }, &Partner::Bureau, Some("weight")),
            (Control { amount: amount(2, 1), ..plain() }, &funder, Some("amount")),
            (
                Control { hours: Some(OpeningHours { days: vec![9], ..hours() }), ..plain() },
                &funder,
                Some("hours"),
            ),
        ];
        for (control, partner, fault) in rows {
            assert_eq!(control.fault(partner), fault, "{control:?}");
        }
    }

    #[test]
    fn what_is_stored_reads_back_and_a_stranger_in_it_is_refused() {
        let control = Control { hours: Some(hours()), quota: Some(3), ..Control::default() };
        let text = serde_json::to_string(&control).unwrap();
        assert_eq!(serde_json::from_str::<Control>(&text).unwrap(), control);
        assert_eq!(serde_json::from_str::<Control>("{}").unwrap(), Control::default());
        assert!(serde_json::from_str::<Control>(r#"{"approve_all": true}"#).is_err());
    }
}
