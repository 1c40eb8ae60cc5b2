//! Dates, times and numbers as people read them.

use jiff::{Timestamp, tz::TimeZone};
use shared::domain::{Fen, Lang};
use ui::components::moment::Moment;

use crate::cases::hand_in::today;

/// A moment in China's time.
pub fn moment(at: Timestamp, lang: Lang) -> Moment {
    let local = at.to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
    let shown = match lang {
        Lang::Zh => local.strftime("%-m月%-d日 %H:%M").to_string(),
        Lang::En => local.strftime("%-d %b %Y, %H:%M").to_string(),
    };
    Moment::new(local.strftime("%Y-%m-%dT%H:%M:%S+08:00").to_string(), shown)
}

/// A moment to the second, in China's time: for what is on record.
pub fn exact(at: Timestamp, lang: Lang) -> Moment {
    let local = at.to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
    let shown = match lang {
        Lang::Zh => local.strftime("%-m月%-d日 %H:%M:%S"),
        Lang::En => local.strftime("%-d %b %Y, %H:%M:%S"),
    };
    Moment::new(moment(at, lang).iso, shown.to_string())
}

/// A moment of today to the second, in China's time: for what was just read.
pub fn second(at: Timestamp, lang: Lang) -> Moment {
    let local = at.to_zoned(TimeZone::fixed(jiff::tz::offset(8)));
    Moment::new(moment(at, lang).iso, local.strftime("%H:%M:%S").to_string())
}

/// A day in words.
pub fn day_in_words(at: Timestamp, lang: Lang) -> String {
    let day = today(at);
    match lang {
        Lang::Zh => day.strftime("%Y年%-m月%-d日").to_string(),
        Lang::En => day.strftime("%-d %B %Y").to_string(),
    }
}

/// As said on the phone.
pub fn case_number(number: i64) -> String {
    format!("MP{number:06}")
}

/// A company that blocks ask, as people call it; `None` for a key that is none.
pub fn partner_name(key: &str, lang: Lang) -> Option<&'static str> {
    Some(match key {
        "realname" => lang.pick("实名核验机构", "the real-name service"),
        "bureau" => lang.pick("征信机构", "the credit bureau"),
        "valuation" => lang.pick("车辆评估机构", "the valuation service"),
        "funder" => lang.pick("资金方", "the funder"),
        "ca" => lang.pick("电子认证机构", "the certification authority"),
        _ => return None,
    })
}

/// An amount with its sign.
pub(super) fn yuan(amount: Fen) -> String {
    format!("¥{amount}")
}
