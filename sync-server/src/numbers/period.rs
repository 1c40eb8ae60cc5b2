//! Which days, and which days before them they are held against. Days are China's; hours are those of the records.

use jiff::{Span, Timestamp, civil::Date};

use crate::{cases::today, problem::Problem};

use super::case::hour_of;

/// Longest period, days: more than a quarter is for whoever exports.
pub const MOST_DAYS: i64 = 92;
/// Days that the course of the approval rate shows at least.
const COURSE_DAYS: i64 = 14;
/// Hours by which China's clock is ahead of UTC; it has no other time in summer.
pub const CHINA_HOURS: u32 = 8;

/// As it stands in an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Asked {
    /// The day under way, beside yesterday up to the same hour.
    Today,
    /// The day before, beside the one before it.
    #[default]
    Yesterday,
    /// The last 7 whole days.
    Week,
    /// The last 30 whole days.
    Month,
    /// From one day to another.
    Days(Date, Date),
}

impl Asked {
    /// Those that have a name, in the order in which they are offered.
    pub const NAMED: [Self; 4] = [Self::Today, Self::Yesterday, Self::Week, Self::Month];

    /// From an address. Both days make a period of their own.
    ///
    /// # Errors
    /// 422 `period_form` where a day cannot be read, `period_order` where the first is after the last,
    /// `period_too_long` beyond [`MOST_DAYS`].
    pub fn read(name: &str, from: &str, to: &str) -> Result<Self, Problem> {
        if from.is_empty() && to.is_empty() {
            let named = Self::NAMED.into_iter().find(|asked| asked.code() == name);
            return match (named, name) {
                (Some(named), _) => Ok(named),
                (None, "" | "days") => Ok(Self::default()),
                (None, _) => Err(form("period")),
            };
        }
        let day = |text: &str, field| text.parse::<Date>().map_err(|_| form(field));
        let (from, to) = (day(from, "from")?, day(to, "to")?);
        if from > to {
            let says = "The first day lies after the last one. Exchange them.";
            return Err(Problem::invalid("from", "period_order", says));
        }
        let sane = |day: Date| (2_000..2_200).contains(&day.year());
        if !sane(from) || !sane(to) {
            return Err(form("from"));
        }
        if days_between(from, to) >= MOST_DAYS {
            let says = format!("Choose at most {MOST_DAYS} days.");
            return Err(Problem::invalid("to", "period_too_long", says));
        }
        Ok(Self::Days(from, to))
    }

    /// As it stands in an address.
    pub fn code(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Yesterday => "yesterday",
            Self::Week => "7d",
            Self::Month => "30d",
            Self::Days(..) => "days",
        }
    }
}

fn form(field: &'static str) -> Problem {
    Problem::invalid(field, "period_form", "Give both days as year-month-day, such as 2026-11-27.")
}

/// Hours from one up to, and without, another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    /// The first.
    pub from: u32,
    /// The first one no longer in it.
    pub to: u32,
}

impl Hours {
    /// Whether an hour is in it.
    pub fn has(self, hour: u32) -> bool {
        (self.from..self.to).contains(&hour)
    }

    /// How many there are.
    pub fn count(self) -> u32 {
        self.to.saturating_sub(self.from)
    }
}

/// A period and what it is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// As asked.
    pub asked: Asked,
    /// First day.
    pub first: Date,
    /// Last day.
    pub last: Date,
    /// First day of the period before.
    pub first_before: Date,
    /// Last day of the period before.
    pub last_before: Date,
    /// Its hours, as far as they have begun.
    pub now: Hours,
    /// As many hours before.
    pub before: Hours,
    /// From this hour on the course of the approval rate is shown.
    pub course_from: u32,
}

impl Period {
    /// What is asked for, seen from now.
    pub fn of(asked: Asked, now: Timestamp) -> Self {
        let today = today(now);
        let (first, last) = match asked {
            Asked::Today => (today, today),
            Asked::Yesterday => (back(today, 1), back(today, 1)),
            Asked::Week => (back(today, 7), back(today, 1)),
            Asked::Month => (back(today, 30), back(today, 1)),
            Asked::Days(first, last) => (first, last),
        };
        let days = days_between(first, last) + 1;
        let (first_before, last_before) = (back(first, days), back(first, 1));
        let begun = hour_of(now.as_millisecond()) + 1;
        let hours = |first: Date, last: Date| Hours { from: first_hour(first), to: first_hour(last) + 24 };
        let mut this = hours(first, last);
        let mut before = hours(first_before, last_before);
        if this.has(begun) {
            // The day is under way: as much of the days before is looked at, and no more.
            this.to = begun;
            before.to = before.from + this.count();
        }
        let course = days.max(COURSE_DAYS);
        let course_from = first_hour(back(last, course - 1));
        Self { asked, first, last, first_before, last_before, now: this, before, course_from }
    }

    /// The China day of an hour, counted from 1970.
    pub fn day_of(hour: u32) -> u32 {
        (hour + CHINA_HOURS) / 24
    }

    /// The hour of China's clock.
    pub fn clock_of(hour: u32) -> usize {
        usize::try_from((hour + CHINA_HOURS) % 24).unwrap_or(0)
    }
}

/// A China day by its number since 1970.
pub fn date_of(day: u32) -> Date {
    let epoch = jiff::civil::date(1970, 1, 1);
    epoch.checked_add(Span::new().days(i64::from(day))).unwrap_or(epoch)
}

fn back(day: Date, days: i64) -> Date {
    day.checked_sub(Span::new().days(days)).unwrap_or(day)
}

/// Days from one day to a later one.
fn days_between(from: Date, to: Date) -> i64 {
    from.until(to).map_or(0, |span| i64::from(span.get_days()))
}

/// The first hour of a China day.
fn first_hour(day: Date) -> u32 {
    let days = days_between(jiff::civil::date(1970, 1, 1), day);
    u32::try_from(days * 24 - i64::from(CHINA_HOURS)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn days_are_chinas() {
        // 00:30 on the 27th in China.
        let now = at("2026-11-26T16:30:00Z");
        let yesterday = Period::of(Asked::Yesterday, now);
        assert_eq!((yesterday.first, yesterday.last), (date(2026, 11, 26), date(2026, 11, 26)));
        assert_eq!(yesterday.now.from, hour_of(at("2026-11-25T16:00:00Z").as_millisecond()));
        assert_eq!(yesterday.now.to, hour_of(at("2026-11-26T16:00:00Z").as_millisecond()));
        assert_eq!(yesterday.before.to, yesterday.now.from);
        assert_eq!(date_of(Period::day_of(yesterday.now.from)), date(2026, 11, 26));
        assert_eq!(date_of(Period::day_of(yesterday.now.to - 1)), date(2026, 11, 26));
        assert_eq!((Period::clock_of(yesterday.now.from), Period::clock_of(yesterday.now.to - 1)), (0, 23));
        assert_eq!(yesterday.course_from, yesterday.now.to - 14 * 24);
    }

    #[test]
    fn a_day_under_way_is_held_against_as_much_of_the_day_before() {
        let today = Period::of(Asked::Today, at("2026-11-27T01:10:00Z")); // 09:10
        assert_eq!((today.now.count(), today.before.count()), (10, 10));
        assert_eq!(today.before.from, today.now.from - 24);
        let month = Period::of(Asked::Month, at("2026-11-27T01:10:00Z"));
        assert_eq!((month.now.count(), month.before.to), (720, month.now.from));
        let free =
            Period::of(Asked::Days(date(2026, 11, 25), date(2026, 11, 27)), at("2026-11-27T01:10:00Z"));
        assert_eq!((free.now.count(), free.before.count()), (58, 58));
        assert_eq!(free.before.from, free.now.from - 72);
    }

    #[test]
    fn an_address_says_which_days_or_is_refused_by_a_code() {
        for asked in Asked::NAMED {
            assert_eq!(Asked::read(asked.code(), "", "").unwrap(), asked);
        }
        assert_eq!(Asked::read("", "", "").unwrap(), Asked::Yesterday);
        let days = Asked::Days(date(2026, 9, 1), date(2026, 12, 1));
        assert_eq!(Asked::read("days", "2026-09-01", "2026-12-01").unwrap(), days);
        for (name, from, to, code) in [
            ("tomorrow", "", "", "period_form"),
            ("days", "2026-09-01", "", "period_form"),
            ("days", "", "2026-09-01", "period_form"),
            ("days", "01.09.2026", "2026-12-01", "period_form"),
            ("days", "2026-02-30", "2026-12-01", "period_form"),
            ("days", "2026-12-02", "2026-12-01", "period_order"),
            ("days", "2026-09-01", "2026-12-02", "period_too_long"),
            ("days", "-002026-09-01", "2026-12-02", "period_form"),
            ("days", "0001-01-01", "0001-01-02", "period_form"),
            ("days", "9999-12-30", "9999-12-31", "period_form"),
        ] {
            assert_eq!(Asked::read(name, from, to).unwrap_err().code, code, "{from} {to}");
        }
    }
}
