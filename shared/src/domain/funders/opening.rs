//! Opening hours in China's one time zone (UTC+08:00 all year).

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time, Weekday},
    tz::Offset,
};
use serde::{Deserialize, Serialize};

/// China keeps one time zone without summer time; a fixed offset needs no time-zone database.
const CHINA: Offset = Offset::constant(8);

/// Most days looked ahead for an opening: a week, since hours repeat weekly.
const DAYS_AHEAD: u8 = 8;

/// When a funder decides: on these days from one time to another on the same day. `{"days": [1, 2, 3, 4, 5],
/// "from": "08:30", "to": "20:00"}`; `to` itself is closed; `00:00` to `24:00` is written as `00:00` to
/// `00:00`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OpeningHours {
    /// Days of the week, 1 for Monday to 7 for Sunday.
    pub days: Vec<u8>,
    /// When it opens, `HH:MM`.
    #[serde(with = "clock_time")]
    pub from: Time,
    /// When it closes, `HH:MM`; `00:00` for midnight.
    #[serde(with = "clock_time")]
    pub to: Time,
}

impl OpeningHours {
    /// Whether it is open at this moment.
    pub fn open_at(&self, now: Timestamp) -> bool {
        let local = CHINA.to_datetime(now);
        self.opens_on(local.weekday())
            && local.time() >= self.from
            && (self.past_midnight() || local.time() < self.to)
    }

    /// The first moment from `now` on at which it is open; `None` where it never is.
    pub fn next_open(&self, now: Timestamp) -> Option<Timestamp> {
        if self.open_at(now) { Some(now) } else { self.next_opening(now) }
    }

    /// The first opening on a later day, when quotas have begun anew.
    pub fn next_open_day(&self, now: Timestamp) -> Option<Timestamp> {
        let midnight = DateTime::from_parts(CHINA.to_datetime(now).date().tomorrow().ok()?, Time::midnight());
        self.next_open(CHINA.to_timestamp(midnight).ok()?)
    }

    /// What is wrong with the hours, if anything.
    pub fn problem(&self) -> Option<&'static str> {
        if self.days.is_empty() || self.days.iter().any(|day| !(1..=7).contains(day)) {
            return Some("opening.days needs days from 1 (Monday) to 7");
        }
        (!self.past_midnight() && self.from >= self.to).then_some("opening.from must be before to")
    }

    fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        let mut day = CHINA.to_datetime(now).date();
        for _ in 0..DAYS_AHEAD {
            let opening = CHINA.to_timestamp(DateTime::from_parts(day, self.from)).ok()?;
            if opening >= now && self.opens_on(day.weekday()) {
                return Some(opening);
            }
            day = day.tomorrow().ok()?;
        }
        None
    }

    fn opens_on(&self, day: Weekday) -> bool {
        self.days.iter().any(|&open| i16::from(open) == i16::from(day.to_monday_one_offset()))
    }

    fn past_midnight(&self) -> bool {
        self.to == Time::midnight()
    }
}

/// The calendar day in China at this moment: quotas, ages and effective dates count by it.
pub fn china_date(now: Timestamp) -> Date {
    CHINA.to_datetime(now).date()
}

/// The local time in China as `11-23 08:30`, for a sentence.
pub(super) fn china_clock(at: Timestamp) -> String {
    let local = CHINA.to_datetime(at);
    format!("{:02}-{:02} {:02}:{:02}", local.month(), local.day(), local.hour(), local.minute())
}

/// `HH:MM`.
mod clock_time {
    use jiff::civil::Time;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format!("{:02}:{:02}", time.hour(), time.minute()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        let read = || {
            let (hour, minute) = text.split_once(':')?;
            let two_digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            let plain = two_digits(hour) && two_digits(minute);
            let (hour, minute) = (hour.parse().ok()?, minute.parse().ok()?);
            if plain { Time::new(hour, minute, 0, 0).ok() } else { None }
        };
        read().ok_or_else(|| D::Error::custom("write a time as HH:MM, such as 08:30"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::datetime;
    use proptest::prelude::*;

    fn weekdays() -> OpeningHours {
        serde_json::from_str(r#"{"days": [1, 2, 3, 4, 5], "from": "08:30", "to": "20:00"}"#).unwrap()
    }

    fn at(day: i8, hour: i8, minute: i8) -> Timestamp {
        CHINA.to_timestamp(datetime(2026, 3, day, hour, minute, 0, 0)).unwrap()
    }

    /// 2 March 2026 is a Monday.
    #[test]
    fn hours_of_a_week() {
        for (now, open, next) in [
            (at(2, 8, 29), false, at(2, 8, 30)),
            (at(2, 8, 30), true, at(2, 8, 30)),
            (at(2, 19, 59), true, at(2, 19, 59)),
            (at(2, 20, 0), false, at(3, 8, 30)),
            (at(6, 20, 0), false, at(9, 8, 30)),
            (at(7, 12, 0), false, at(9, 8, 30)),
        ] {
            assert_eq!(weekdays().open_at(now), open, "{now}");
            assert_eq!(weekdays().next_open(now), Some(next), "{now}");
        }
        assert_eq!(weekdays().next_open_day(at(2, 12, 0)), Some(at(3, 8, 30)));
        assert_eq!(weekdays().next_open_day(at(6, 12, 0)), Some(at(9, 8, 30)));
        let only_monday = OpeningHours { days: vec![1], ..weekdays() };
        assert_eq!(only_monday.next_open(at(2, 21, 0)), Some(at(9, 8, 30)));
    }

    #[test]
    fn the_day_is_chinas() {
        let late: Timestamp = "2026-03-01T16:00:00Z".parse().unwrap();
        assert_eq!(china_date(late).to_string(), "2026-03-02");
        assert_eq!(china_clock(late), "03-02 00:00");
    }

    #[test]
    fn around_the_clock_and_faults() {
        let always: OpeningHours =
            serde_json::from_str(r#"{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "to": "00:00"}"#)
                .unwrap();
        assert!(always.problem().is_none() && always.open_at(at(8, 23, 59)) && always.open_at(at(8, 0, 0)));
        assert!(weekdays().problem().is_none());
        assert!(OpeningHours { days: vec![8], ..weekdays() }.problem().is_some());
        assert!(OpeningHours { days: vec![], ..weekdays() }.problem().is_some());
        assert!(OpeningHours { from: Time::constant(21, 0, 0, 0), ..weekdays() }.problem().is_some());
        for time in ["8:30", "08:60", "24:00", "0830", "", "+8:30"] {
            let json = format!(r#"{{"days": [1], "from": "{time}", "to": "20:00"}}"#);
            assert!(serde_json::from_str::<OpeningHours>(&json).is_err(), "{time}");
        }
    }

    proptest! {
        #![proptest_config(crate::domain::fixed_seed(128))]
        #[test]
        fn the_next_opening_is_open_and_nothing_before_it(minute in 0..20_000i64, days in proptest::sample::subsequence(vec![1u8, 2, 3, 4, 5, 6, 7], 1..=7)) {
            let hours = OpeningHours { days, ..weekdays() };
            let now = Timestamp::from_second(at(1, 0, 0).as_second() + minute * 60).unwrap();
            let next = hours.next_open(now).unwrap();
            prop_assert!(hours.open_at(next) && next >= now);
            let just_before = Timestamp::from_second(next.as_second() - 60).unwrap();
            prop_assert!(next == now || !hours.open_at(just_before));
        }
    }
}
