//! Lets a case through during office hours only; outside them it waits until they begin.

use jiff::civil::{Time, Weekday};
use jiff::tz::Offset;
use jiff::{SignedDuration, Timestamp, ToSpan};
use schemars::JsonSchema;
use serde::Deserialize;

use super::shape::{About, BadParams, Class, KindOf, Shape, Who, Work, unless_set};

pub(crate) struct ScheduleWindow;

/// Parameters of `schedule-window`.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Params {
    /// On which days.
    pub days: Vec<Day>,
    /// From when on, Chinese time, such as `09:00`.
    pub from: String,
    /// Until when, Chinese time, such as `18:00`; later than `from`.
    pub until: String,
}

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Day {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Hours of a week, in China.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    days: Vec<Weekday>,
    from: Time,
    until: Time,
}

/// China keeps one time all year.
const CHINA: Offset = Offset::constant(8);
/// A week in minutes: every window begins within one.
const WEEK_MINUTES: u32 = 7 * 24 * 60;

impl KindOf for ScheduleWindow {
    type Params = Params;
    const ABOUT: About = About {
        key: "schedule-window",
        class: Class::Control,
        name: ("营业时间", "Office hours"),
        help: (
            "只在设定的时间内放行，其余时间等到下一次开始。",
            "Lets a case through during set hours; at other times it waits until they begin.",
        ),
        budget_ms: 0,
        example: r#"{"days": ["monday", "tuesday", "wednesday", "thursday", "friday"], "from": "09:00", "until": "18:00"}"#,
    };

    fn shape(params: Params) -> Result<Shape, BadParams> {
        unless_set("days", &params.days)?;
        let (from, until) = (time("from", &params.from)?, time("until", &params.until)?);
        if from >= until {
            return Err(BadParams::at("until", "必须晚于开始时间", "must be later than `from`"));
        }
        let window = Window { days: params.days.into_iter().map(Day::weekday).collect(), from, until };
        let work =
            Work::Wait { who: Who::Clock, due_minutes: WEEK_MINUTES, on_due: "open", opens: Some(window) };
        Ok(Shape::of(work, &["open"]))
    }
}

impl Window {
    /// The first moment from `now` on that lies within the hours.
    pub(crate) fn next(&self, now: Timestamp) -> Timestamp {
        let here = CHINA.to_datetime(now);
        for days in 0..=7 {
            let Ok(date) = here.date().checked_add(days.days()) else { break };
            if !self.days.contains(&date.weekday()) {
                continue;
            }
            let begins = date.to_datetime(self.from);
            if days == 0 && here >= date.to_datetime(self.until) {
                continue;
            }
            let opens = if days == 0 { begins.max(here) } else { begins };
            if let Ok(moment) = CHINA.to_timestamp(opens) {
                return moment.max(now);
            }
        }
        now.saturating_add(SignedDuration::from_mins(i64::from(WEEK_MINUTES))).unwrap_or(Timestamp::MAX)
    }
}

impl Day {
    fn weekday(self) -> Weekday {
        match self {
            Self::Monday => Weekday::Monday,
            Self::Tuesday => Weekday::Tuesday,
            Self::Wednesday => Weekday::Wednesday,
            Self::Thursday => Weekday::Thursday,
            Self::Friday => Weekday::Friday,
            Self::Saturday => Weekday::Saturday,
            Self::Sunday => Weekday::Sunday,
        }
    }
}

fn time(path: &str, text: &str) -> Result<Time, BadParams> {
    let digits = text.len() == 5 && text.as_bytes()[2] == b':';
    let parsed = digits.then(|| text.parse::<Time>().ok()).flatten();
    parsed.ok_or_else(|| BadParams::at(path, "请写成 09:00 的形式", "write a time such as 09:00"))
}

#[cfg(test)]
mod tests {
    use super::super::shape::Kind;
    use super::*;
    use serde_json::{Value, json};

    fn next(now: &str) -> String {
        let params = json!({"days": ["monday", "friday"], "from": "09:00", "until": "18:00"});
        let shape = ScheduleWindow.shape(&params).unwrap();
        let Work::Wait { opens: Some(window), .. } = &shape.work else { panic!("no window") };
        window.next(now.parse().unwrap()).to_string()
    }

    #[test]
    fn a_case_waits_until_the_hours_begin() {
        // 2 March 2026 is a Monday; China is eight hours ahead.
        assert_eq!(next("2026-03-02T01:30:00Z"), "2026-03-02T01:30:00Z", "half past nine: open");
        assert_eq!(next("2026-03-01T23:00:00Z"), "2026-03-02T01:00:00Z", "seven in the morning");
        assert_eq!(next("2026-03-02T10:00:00Z"), "2026-03-06T01:00:00Z", "six in the evening: on Friday");
        assert_eq!(next("2026-03-06T12:00:00Z"), "2026-03-09T01:00:00Z", "on Friday evening: on Monday");
    }

    #[test]
    fn hours_that_are_none_are_refused() {
        let bad = |params: Value| ScheduleWindow.shape(&params).err().map(|bad| bad.path).unwrap_or_default();
        assert_eq!(bad(json!({"days": [], "from": "09:00", "until": "18:00"})), "days");
        assert_eq!(bad(json!({"days": ["monday"], "from": "9", "until": "18:00"})), "from");
        assert_eq!(bad(json!({"days": ["monday"], "from": "09:00", "until": "24:30"})), "until");
        assert_eq!(bad(json!({"days": ["monday"], "from": "18:00", "until": "09:00"})), "until");
    }
}
